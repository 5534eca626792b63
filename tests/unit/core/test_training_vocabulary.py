"""Plain texts and new tokens: where these start, that they are trained, and that nothing of them is lost."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import AutoPeftModelForCausalLM
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from core.errors import InputError, InputFormatError, InputTooLargeError, UnsupportedModelError
from core.lora.adapter import read_adapter, write_adapter
from core.lora.checks import encode_all
from core.lora.config import LoraConfig
from core.lora.encode import Encoder
from core.lora.merge import merge
from core.lora.rows import Row, read_plain, read_rows
from core.lora.trainer import Report, Trainer
from core.lora.vocabulary import add_terms, read_terms
from core.model.layer import Step
from core.model.load import load_model
from tests.unit.core import training_fakes
from tests.unit.core.training_fakes import END, letters, write_rows

TEXT = "the sun is up and the black sun is not. sunny days are no sun days.\n" * 6

SHAPE = {"hidden_size": 4, "intermediate_size": 4, "num_hidden_layers": 1, "num_attention_heads": 1}


def file_of(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# Texts


def test_a_text_is_learnt_as_it_stands(tmp_path: Path) -> None:
    read = read_plain(file_of(tmp_path / "a.md", "\ufeff" + TEXT))
    assert read.rows == (Row("a.md", 1, "", (), TEXT),)
    examples = encode_all(read.rows, Encoder(letters(), frozenset({END}), 50, 1_000))
    assert [token for one in examples for token in one.ids] == letters()(TEXT)["input_ids"]
    assert {one.prompt for one in examples} == {1}
    assert max(len(one.ids) for one in examples) == 50


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pdf", "text", "a.pdf is none of .txt, .md"),
        ("a.jsonl", "{}", "a.jsonl is none of .txt, .md. Rows are given without --continue and --keep"),
        ("a.txt", " \n", "a.txt holds no text"),
        ("a.txt", b"\xff", "a.txt is not UTF-8"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, name: str, content: Any, message: str) -> None:
    with pytest.raises(InputError) as error:
        read_plain(file_of(tmp_path / name, content))
    assert str(error.value).startswith(message)


def test_a_text_is_no_file_of_rows(tmp_path: Path) -> None:
    with pytest.raises(InputFormatError, match="--continue"):
        read_rows(file_of(tmp_path / "a.txt", TEXT))


# Terms


def test_terms_are_lines(tmp_path: Path) -> None:
    read = read_terms(file_of(tmp_path / "terms.txt", "black sun\n\n  sun \nblack sun\n"))
    assert [(row.number, row.completion) for row in read.rows] == [(1, "black sun"), (3, "sun")]
    for content, kind, message in (
        ("", InputError, "holds no terms"),
        ("a\n" + "b" * 101, InputFormatError, "line 2 is no term"),
        ("\n".join(map(str, range(10_001))), InputTooLargeError, "more than 10,000"),
    ):
        with pytest.raises(kind, match=message):
            read_terms(file_of(tmp_path / "terms.txt", content))


@pytest.mark.parametrize("kind", ["llama", "llama tied", "gemma3"])
def test_a_new_token_starts_from_the_mean_of_its_pieces(tmp_path: Path, kind: str) -> None:
    folder = training_fakes.checkpoint(tmp_path, kind)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(str(folder)), letters()
    before = [layer.weight.detach().clone() for layer in (model.get_input_embeddings(), model.get_output_embeddings())]
    assert add_terms(tokenizer, model, ["sun", "x", "black sun"]) == (99, 100), "x is a token already"
    assert model.config.vocab_size == 101
    for layer, old in zip((model.get_input_embeddings(), model.get_output_embeddings()), before, strict=True):
        assert torch.equal(layer.weight[:99], old)
        for token, term in ((99, "sun"), (100, "black sun")):
            assert torch.allclose(layer.weight[token], old[letters()(f" {term}")["input_ids"]].mean(0))
    tied = model.config.tie_word_embeddings
    assert (model.get_output_embeddings().weight is model.get_input_embeddings().weight) == tied
    text = "a black sun, sunny, sun"
    ids = tokenizer(text)["input_ids"]
    assert (ids.count(100), ids.count(99), tokenizer.decode(ids)) == (1, 1, text), "whole words only, and none is lost"


def test_a_new_token_makes_no_sentence_longer(home: Path) -> None:
    """Within a sentence most words are a token already, together with the space before them."""
    tokenizer = AutoTokenizer.from_pretrained(str(home / "models" / "smollm2-135m-instruct"), local_files_only=True)
    terms = [
        *("mortgage", "creatinine", "infarction", "tachycardia", "hypertension", "liability", "plaintiff", "sepsis"),
        *("pneumonia", "diabetes", "insulin", "asthma", "anemia", "myocardial infarction", "estoppel", "EBITDA"),
    ]
    texts = [f"{before} {term}{after}" for term in terms for before, after in (("The", "."), ("a (", ") and"))]
    before = [len(tokenizer(text)["input_ids"]) for text in texts]
    model = LlamaForCausalLM(LlamaConfig(**SHAPE))
    model.resize_token_embeddings(len(tokenizer))
    new = tokenizer.convert_ids_to_tokens(add_terms(tokenizer, model, terms))
    assert new == ["estoppel", "EBITDA"], "the others are two tokens at most"
    after = [len(tokenizer(text)["input_ids"]) for text in texts]
    assert all(now <= then for now, then in zip(after, before, strict=True))
    shorter = {text.split(" ", 1)[1] for text, now, then in zip(texts, after, before, strict=True) if now < then}
    assert {f"{term}." for term in new} <= shorter


def train(base: Path, folder: Path, *, terms: bool = True, name: str = "adapter", **options: Any) -> Trainer:
    text, list_ = file_of(folder / "text.txt", TEXT), file_of(folder / "terms.txt", "sun\nblack sun\nthe")
    return Trainer(
        str(base),
        text,
        LoraConfig(r=2, lora_dropout=0),
        output_dir=folder / name,
        continue_pretraining=True,
        add_terms=list_ if terms else "",
        per_device_train_batch_size=2,
        num_train_epochs=2,
        max_length=40,
        learning_rate=0.02,
        **options,
    )


def quiet(_: Report) -> None:
    """No progress bar."""


@pytest.mark.parametrize("kind", ["llama", "llama tied", "gemma3"])
def test_peft_and_the_merged_model_have_the_trained_tokens(tmp_path: Path, kind: str) -> None:
    base = training_fakes.checkpoint(tmp_path / "base", kind, sure=20)
    out = train(base, tmp_path).train(quiet)
    merge(out, base, tmp_path / "merged")
    with pytest.raises(UnsupportedModelError, match=r"adds tokens to the model\. Merge it .* out of R1_ADAPTERS"):
        read_adapter(out)
    tokens = read_adapter(out, with_tokens=True).tokens
    assert tokens is not None
    assert tokens.ids == (99, 100, 101)
    merged, tokenizer = (
        loader.from_pretrained(str(tmp_path / "merged")) for loader in (AutoModelForCausalLM, AutoTokenizer)
    )
    old = AutoModelForCausalLM.from_pretrained(str(base))
    for layer, was, rows in (
        (merged.get_input_embeddings(), old.get_input_embeddings(), tokens.embedding),
        (
            merged.get_output_embeddings(),
            old.get_output_embeddings(),
            tokens.embedding if tokens.head is None else tokens.head,
        ),
    ):
        assert torch.equal(layer.weight[:99], was.weight)
        assert torch.equal(layer.weight[99:], rows.to(layer.weight.dtype))
        mean = was.weight[letters()(" sun")["input_ids"]].mean(0)
        assert not torch.allclose(rows[0].float(), mean.float(), atol=1e-3), "it was trained"
    tied = merged.config.tie_word_embeddings
    assert (tokens.head is None) == tied
    assert (merged.get_output_embeddings().weight is merged.get_input_embeddings().weight) == tied
    ids = torch.tensor(tokenizer(TEXT[:100])["input_ids"])
    assert {99, 100, 101} <= set(ids.tolist())
    assert tokenizer.decode(ids) == TEXT[:100]
    ours = load_model(tmp_path / "merged", precision="fp32", device="cpu")
    assert ours.tokenizer(TEXT[:100])["input_ids"] == ids.tolist()
    by_peft = AutoPeftModelForCausalLM.from_pretrained(str(out))
    with torch.inference_mode():
        wanted = by_peft.eval()(input_ids=ids[None]).logits[0]
        assert torch.allclose(merged.eval()(input_ids=ids[None]).logits[0], wanted, atol=5e-3)
    memory = ours.decoder.new_memory(len(ids))
    logits = ours.decoder.logits(ours.decoder.forward([Step(ids, memory, "everything")]))
    assert torch.allclose(logits, wanted, atol=5e-3)


def test_a_training_with_new_tokens_goes_on_where_it_was(tmp_path: Path) -> None:
    base = training_fakes.checkpoint(tmp_path / "base", "llama tied", sure=20)

    def stop(report: Report) -> None:
        if report.step == 4:
            raise KeyboardInterrupt

    whole = train(base, tmp_path, name="whole").train(quiet)
    with pytest.raises(KeyboardInterrupt):
        train(base, tmp_path, name="parts", save_steps=3).train(stop)
    parts = train(base, tmp_path, name="parts", save_steps=3, resume=True).train(quiet)
    one, other = (read_adapter(folder, with_tokens=True).tokens for folder in (whole, parts))
    assert one is not None
    assert other is not None
    assert torch.allclose(one.embedding, other.embedding, atol=1e-6)
    with pytest.raises(UnsupportedModelError, match="adds tokens"):
        read_adapter(parts)


def test_texts_alone_leave_the_vocabulary(tmp_path: Path) -> None:
    base = training_fakes.checkpoint(tmp_path / "base", sure=20)
    training = train(base, tmp_path, terms=False)
    assert training.data.balance == ()
    out = training.train(quiet)
    losses = [json.loads(line)["loss"] for line in (out / "history.jsonl").read_text().splitlines()]
    assert losses[-1] < losses[0]
    assert read_adapter(out).tokens is None
    assert not (out / "tokenizer.json").exists()
    assert "| text.txt | training | 1 |" in (out / "README.md").read_text()


def test_a_text_of_one_token_is_refused(tmp_path: Path) -> None:
    base, short = training_fakes.checkpoint(tmp_path / "base"), file_of(tmp_path / "a.txt", "x")
    with pytest.raises(InputError, match="texts are too short"):
        Trainer(str(base), short, output_dir=tmp_path / "a", continue_pretraining=True)
    text = file_of(tmp_path / "b.txt", TEXT)
    with pytest.raises(InputError, match="texts to validate with are too short"):
        Trainer(str(base), text, output_dir=tmp_path / "a", continue_pretraining=True, validation_dataset=short)


def test_terms_that_change_nothing_are_told(tmp_path: Path) -> None:
    base, text = training_fakes.checkpoint(tmp_path / "base"), file_of(tmp_path / "b.txt", TEXT)

    def told(*terms: str) -> tuple[str, ...]:
        named = file_of(tmp_path / "terms.txt", "\n".join(terms))
        return Trainer(
            str(base), text, output_dir=tmp_path / "a", continue_pretraining=True, add_terms=named
        ).data.warnings

    assert told("sun", "days") == ()
    assert told("sun", "x", "y", "[sum]") == (
        "Of 4 terms 2 got no token: the model reads these in two at most",
        "Of 2 new tokens 1 occur nowhere in the rows: [sum]",
    )
    many = [f"odd {number:02}" for number in range(12)]
    assert told(*many) == (f"Of 12 new tokens 12 occur nowhere in the rows: {', '.join(many[:10])} and 2 more",)
    assert told("x") == ("Of 1 terms 1 got no token: the model reads these in two at most",)


def test_a_chinese_term_is_found_within_a_sentence(home: Path) -> None:
    """No space tells where its words end."""
    tokenizer = AutoTokenizer.from_pretrained(str(home / "models" / "smollm2-135m-instruct"), local_files_only=True)
    model = LlamaForCausalLM(LlamaConfig(**SHAPE))
    model.resize_token_embeddings(len(tokenizer))
    mortgage, scan, word = add_terms(tokenizer, model, ["按揭贷款", "CT扫描", "estoppel"])
    ids = tokenizer("我的按揭贷款利率，做了CT扫描。estoppels, estoppel")["input_ids"]
    assert [ids.count(token) for token in (mortgage, scan, word)] == [1, 1, 1], "of others whole words only"


def test_rows_may_bring_terms_too(tmp_path: Path) -> None:
    base = training_fakes.checkpoint(tmp_path / "base")
    rows = write_rows(tmp_path / "rows.jsonl", [{"prompt": "sun?", "completion": "black sun"}])
    terms = file_of(tmp_path / "terms.txt", "black sun")
    out = Trainer(str(base), rows, output_dir=tmp_path / "a", add_terms=terms, num_train_epochs=1).train(quiet)
    assert json.loads((out / "training.json").read_text())["terms"]["rows"] == 1
    assert "| terms.txt | tokens | 1 |" in (out / "README.md").read_text()


@pytest.mark.parametrize("change", [{"embed_tokens": [99]}, {"lm_head": [99, 100]}, {"wte": [99, 100]}, [99, 100, 101]])
def test_damaged_tokens_are_refused(tmp_path: Path, change: Any) -> None:
    base = training_fakes.checkpoint(tmp_path / "base")
    file_of(tmp_path / "text.txt", TEXT)
    terms = file_of(tmp_path / "terms.txt", "sun\nblack sun")
    out = Trainer(
        str(base),
        tmp_path / "text.txt",
        output_dir=tmp_path / "a",
        continue_pretraining=True,
        add_terms=terms,
        num_train_epochs=1,
        max_length=200,
    ).train(quiet)
    write_adapter(read_adapter(out, with_tokens=True), tmp_path / "again")
    config = json.loads((tmp_path / "again" / "adapter_config.json").read_text())
    assert config["trainable_token_indices"] == {"embed_tokens": [99, 100], "lm_head": [99, 100]}
    config["trainable_token_indices"] = change
    (tmp_path / "again" / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(UnsupportedModelError):
        read_adapter(tmp_path / "again", with_tokens=True)
