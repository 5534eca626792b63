"""Questions with given answers: what the judge finds is what a plain pass finds and what the engine writes."""

import functools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from core.engine.request import Message, Request, SamplingParams, complete
from core.engine.runner import LocalEngine
from core.errors import InputFormatError, UnsupportedModelError
from core.lora.adapter import Adapter, write_adapter
from core.lora.baselines import best_constant, rows_for, svm
from core.lora.encode import Encoder
from core.lora.evaluation import Baselines, Evaluator, by_task, compare, measure_baselines
from core.lora.judge import Judge, Verdict, parse
from core.lora.metrics import intervals, metric_of, score
from core.lora.questions import Question
from core.lora.rows import Row
from core.model.decoder import Decoder
from core.model.layer import Step
from core.model.load import LoadedModel
from core.model.precision import Precision
from tests.unit.core.small_models import CONFIGS, EXACT, WHOLE, decoder, reference

END = 1
PRECISIONS = {"fp32": EXACT, "int8": WHOLE, "bf16": Precision("bf16", "bf16", torch.bfloat16)}
CHOICES = ("neutral", "no", "Non-Compete", "general conditions", "A", "nought")

sentences = st.text("abcdefghij klmno?", min_size=1, max_size=120)


class Letters:
    """A tokenizer whose tokens are the characters of ASCII."""

    chat_template = "yes"
    added_tokens_decoder: ClassVar[dict[int, Any]] = {}
    eos_token_id = END

    def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[int]]:
        return {"input_ids": [END if letter == "\3" else ord(letter) - 30 for letter in text]}

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        return "".join(chr(token + 30) for token in ids if token > END)

    def apply_chat_template(self, messages: list[dict[str, str]], *, add_generation_prompt: bool, **_: Any) -> str:
        turns = [f"<{message['role']}>{message['content']}\3" for message in messages]
        return "<system>Be brief.\3" + "".join(turns) + ("<assistant>" if add_generation_prompt else "")


@functools.cache
def model(precision: str) -> LoadedModel:
    ours = decoder(CONFIGS["llama"], PRECISIONS[precision])
    ours.adapt(0, random_adapter().scaled())
    return LoadedModel("tiny", ours, Letters(), frozenset({END}))


def random_adapter(seed: int = 0) -> Adapter:
    random = torch.Generator().manual_seed(seed)
    shapes = {"self_attn.q_proj": (32, 32), "mlp.down_proj": (32, 48)}
    weights = {
        f"layers.{layer}.{name}": (torch.randn(3, n, generator=random), torch.randn(m, 3, generator=random) * 0.3)
        for layer in range(2)
        for name, (m, n) in shapes.items()
    }
    return Adapter("random", 1.0, weights)


def question(prompt: str, choices: tuple[str, ...] = CHOICES, task: str = "t", right: int = 0) -> Question:
    return Question(task, prompt, choices[right], choices)


def plain_probabilities(loaded: LoadedModel, asked: Question, slot: int) -> list[float]:
    """Of each choice, from one pass for each: of every token among those with which one of the choices goes on."""
    encoder = Encoder(loaded.tokenizer, loaded.stop_ids, 512, loaded.decoder.vocab_size)
    rows = [Row("f", 1, "", (Message("user", asked.prompt),), choice) for choice in asked.choices]
    examples = [encoder.encode(row) for row in rows]
    answers = [example.ids[example.prompt :] for example in examples]
    probabilities = []
    for example, answer in zip(examples, answers, strict=True):
        ids = torch.tensor(example.ids)
        memory = loaded.decoder.new_memory(len(ids))
        states = loaded.decoder.forward([Step(ids[:-1], memory, "everything", slot)])
        logprobs = loaded.decoder.logits(states).float()[example.prompt - 1 :]
        product = 1.0
        for at, token in enumerate(answer):
            possible = sorted({other[at] for other in answers if other[:at] == answer[:at]})
            product *= float(logprobs[at, possible].softmax(-1)[possible.index(token)])
        probabilities.append(product)
    return probabilities


# What the judge finds


@settings(max_examples=12, deadline=None)
@given(st.lists(sentences, min_size=1, max_size=5), st.sampled_from([*PRECISIONS]), st.sampled_from([-1, 0]))
def test_the_likeliest_is_that_of_plain_passes(prompts: list[str], precision: str, slot: int) -> None:
    loaded, near = model(precision), {"fp32": 1e-4, "int8": 0.05, "bf16": 0.1}[precision]
    asked = [question(prompt) for prompt in prompts]
    for one, verdict in zip(asked, Judge(loaded, slot).judge(asked), strict=True):
        wanted = plain_probabilities(loaded, one, slot)
        assert sum(wanted) == pytest.approx(1, abs=near)
        assert wanted[verdict.choice] >= max(wanted) - 2 * near
        assert verdict.probability == pytest.approx(wanted[verdict.choice], abs=near)


@settings(max_examples=10, deadline=None)
@given(st.lists(sentences, min_size=2, max_size=6), st.sampled_from(["fp32", "int8"]))
def test_neighbours_do_not_matter(prompts: list[str], precision: str) -> None:
    """But for the last digits, which depend on where a prompt is cut into the common beginning and the rest."""
    judge, asked = Judge(model(precision)), [question(prompt) for prompt in prompts]
    for together, one in zip(judge.judge(asked), asked, strict=True):
        (alone,) = judge.judge([one])
        assert together.probability == pytest.approx(alone.probability, abs=1e-3)


def test_length_neither_costs_nor_pays() -> None:
    short, long = (
        Judge(model("fp32")).judge([question("which?", ("yes", f"no{more}"))])[0] for more in ("", " no" * 20)
    )
    assert (short.choice, short.probability) == (long.choice, pytest.approx(long.probability, abs=1e-5))


def test_an_adapter_changes_probabilities() -> None:
    asked = [question("which?")]
    plain, adapted = (Judge(model("fp32"), slot).judge(asked)[0] for slot in (-1, 0))
    assert plain.probability != pytest.approx(adapted.probability, abs=1e-3)


def test_a_long_prompt_loses_its_middle_and_is_counted() -> None:
    short, long = Judge(model("fp32")).judge([question("why?"), question("why " * 150 + "?")])
    assert (short.cut, long.cut > 0) == (0, True)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_a_free_answer_is_what_the_engine_writes(precision: str) -> None:
    weights = reference(CONFIGS["llama"]).state_dict()
    weights["model.embed_tokens.weight"] *= 50  # what comes next then depends on the last token most
    talking = Decoder(CONFIGS["llama"], weights, PRECISIONS[precision], None, torch.device("cpu"))
    engine = LocalEngine(LoadedModel("tiny", talking, Letters(), frozenset({END})))
    params = SamplingParams(temperature=0, repetition_penalty=1, max_tokens=12)
    text = complete(engine, Request((Message("user", "which?"),), params=params)).text
    engine.close()
    end = next(n for n in range(3, 12) if text[n] not in text[:n])
    loaded = LoadedModel("tiny", talking, Letters(), frozenset({END, ord(text[end]) - 30}))  # the answer ends there
    asked = [question("which?", choices) for choices in (("~~", text[:end]), ("~~", text[: end - 1]))]
    assert [verdict.written for verdict in Judge(loaded).judge(asked)] == [1, None]


def test_the_prompt_is_the_one_that_the_engine_reads() -> None:
    loaded = model("fp32")
    engine = LocalEngine(loaded)
    last = complete(engine, Request((Message("user", "why?"),), params=SamplingParams(max_tokens=1)))
    engine.close()
    encoder = Encoder(loaded.tokenizer, loaded.stop_ids, 512, loaded.decoder.vocab_size)
    assert encoder.encode(Row("f", 1, "", (Message("user", "why?"),), "no")).prompt == last.prompt_tokens


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ("bearish", 0),
        (" Bearish.\n", 0),
        ("NON  compete", 1),
        ('"Non-Compete"', 1),
        ("c++", 3),
        ("c", 2),
        ("bearish, I think", None),
        ("bear", None),
        ("", None),
        ("...", None),
    ],
)
def test_an_answer_is_one_of_the_choices_apart_from_case_space_and_punctuation(answer: str, place: int | None) -> None:
    assert parse(answer, ("bearish", "Non-Compete", "c", "c++")) == place


# Scores

labels = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcde")), min_size=1, max_size=50)


@given(labels)
def test_macro_f1_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    truth, chosen = zip(*pairs, strict=True)
    wanted = f1_score(truth, chosen, average="macro", zero_division=0)
    assert score("macro_f1", truth, chosen) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("task", "n", "commonest", "metric"),
    [
        ("fin_tweet", 2373, 0.656, "accuracy"),
        ("mmlu", 123, 0.333, "accuracy"),
        ("clause_type", 932, 0.092, "accuracy"),
        ("abstract_topic", 857, 0.316, "accuracy"),
        ("symptom_dx", 230, 0.065, "accuracy"),
        ("tos", 1141, 0.912, "macro_f1"),
    ],
)
def test_unequal_labels_are_scored_by_macro_f1(task: str, n: int, commonest: float, metric: str) -> None:
    """Shares as the score of the best single answer tells them in benchmarks/results/domains.json.

    Of nine labels of ``tos`` always the commonest has a macro F1 of .106, so an F1 of its own of .954.
    """
    same = round(commonest * n)
    assert metric_of(["a"] * same + [f"b{number % 8}" for number in range(n - same)]) == metric, task


def test_always_the_commonest_of_terms_of_service_scores_what_the_results_say() -> None:
    truth = ["a"] * 1041 + [f"b{number % 8}" for number in range(100)]
    assert score("macro_f1", truth, ["a"] * 1141) == pytest.approx(0.106, abs=0.0005)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    random, held, held_difference, runs = np.random.default_rng(1), 0, 0, 60
    for _ in range(runs):
        right, other = random.random(200) < 0.7, random.random(200) < 0.6
        found = intervals(
            "accuracy", ["a"] * 200, np.where(right, "a", "b").tolist(), np.where(other, "a", "b").tolist()
        )
        held += found.own[0] <= 0.7 <= found.own[1]
        held_difference += found.difference[0] <= 0.1 <= found.difference[1]
    assert min(held, held_difference) >= 0.87 * runs


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
def test_intervals_are_paired_and_the_same_every_time(metric: Any) -> None:
    truth, chosen = list("abca" * 25), list("abba" * 25)
    found = intervals(metric, truth, chosen, chosen)
    assert found.difference == (0, 0)
    assert found == intervals(metric, truth, chosen, chosen)
    assert found.own[0] < score(metric, truth, chosen) < found.own[1]
    assert intervals(metric, truth, truth, ["c"] * 100).difference[0] > 0


def test_baselines() -> None:
    rows = [Row("f", n, "t", (Message("user", f"{word} {n}"),), label) for n in range(9) for word, label in PAIRS]
    asked = [Question("t", f"so {word}", label, ("x", "y", "z")) for word, label in PAIRS]
    assert svm(rows, asked) == [label for _, label in PAIRS]
    assert best_constant(asked, "accuracy") == "x"
    assert measure_baselines(asked, rows) == Baselines(2 / 3, 2 / 3, 1)
    assert measure_baselines(asked, rows[1:2]) == Baselines(1 / 3, 2 / 3, None)
    assert measure_baselines(asked, ()) == Baselines(2 / 3, 2 / 3, None)
    assert svm([Row("f", n, "t", (Message("user", "?"),), "xy"[n]) for n in range(2)], asked) is None, "no words"


def test_the_baselines_learn_from_the_task_or_from_rows_with_such_answers() -> None:
    def row(task: str, answer: str) -> Row:
        return Row("f", 1, task, (Message("user", "which?"),), answer)

    rows, asked = [row("s", "b"), row("s", "z"), row("r", "a")], [question("1", ("a", "b")), question("2", ("b", "c"))]
    assert rows_for(asked, rows) == (rows[0], rows[2])
    assert rows_for(asked, [*rows, own := row("t", "z")]) == (own,)
    assert measure_baselines(asked, rows_for(asked, rows)).majority == 1 / 2, (
        "other tasks' commonest answer is not asked"
    )


PAIRS = [("sun", "x"), ("rain", "y"), ("moon", "x")]


def test_the_line_has_exactly_these_keys() -> None:
    asked = [question("1"), question("2", right=1), question("3", task="one answer")]
    ours = [Verdict(0, 0.9, 0, 0), Verdict(1, 0.6, None, 3), Verdict(0, 0.8, 1, 0)]
    base = [Verdict(1, 0.7, None, 0)] * 3
    tasks = by_task(asked)
    compared = compare(tasks["t"], ours[:2], base[:2], Baselines(0.25, 0.5, None))
    assert (compared.parsed, compared.written, compared.cut) == (0.5, 1, 1)
    line = compared.line()
    assert list(line) == ["task", "n", "metric", "adapter", "base", "majority", "svm", "ci95"]
    low, high = line.pop("ci95")
    assert low <= 0.5 <= high
    assert line == {
        **{"task": "t", "n": 2, "metric": "accuracy", "adapter": 1, "base": 0.5, "majority": 0.25, "svm": None}
    }
    assert compare(tasks["one answer"], ours[2:], base[2:], Baselines(0, 0, 0)).metric == "macro_f1"


def test_verdicts_are_kept_for_the_same_adapter_and_questions(tmp_path: Path) -> None:
    loads = []

    def load() -> LoadedModel:
        loads.append(1)
        return model("fp32")

    def verdicts(adapter: Path | None, asked: list[Question]) -> list[Verdict]:
        return Evaluator(load, "tiny", tmp_path / "kept").verdicts(adapter, asked)

    write_adapter(random_adapter(), tmp_path / "a")
    asked, done = [question("which?"), question("why?")], []
    first = [verdicts(adapter, asked) for adapter in (None, tmp_path / "a")]
    assert first[0] != first[1]
    assert [verdicts(adapter, asked) for adapter in (None, tmp_path / "a")] == first
    assert len(loads) == 2
    Evaluator(load, "tiny", tmp_path / "kept").verdicts(None, asked, done.append)
    assert sum(done) == 2
    write_adapter(random_adapter(seed=1), tmp_path / "a")
    assert verdicts(tmp_path / "a", asked) != first[1]
    assert len(verdicts(None, asked[:1])) == 1
    assert len(loads) == 4
    with pytest.raises(UnsupportedModelError):
        verdicts(tmp_path / "none", asked)


def test_the_loss_of_a_text_is_that_of_a_plain_pass_and_is_kept(tmp_path: Path) -> None:
    text, loads = "the quick brown fox jumps. " * 40, []

    def load() -> LoadedModel:
        loads.append(1)
        return model("fp32")

    write_adapter(random_adapter(), tmp_path / "a")
    loaded, found = model("fp32"), []
    for adapter, slot in ((None, -1), (tmp_path / "a", 0)):
        found += [Evaluator(load, "tiny", tmp_path / "kept").loss(adapter, text) for _ in range(2)]  # adapts the slot
        ids = torch.tensor(Letters()(text, add_special_tokens=False)["input_ids"])
        losses = []
        for piece in ids.split(min(1024, loaded.decoder.context)):
            step = Step(piece[:-1], loaded.decoder.new_memory(len(piece)), "everything", slot)
            logits = loaded.decoder.logits(loaded.decoder.forward([step])).float()
            losses.append(torch.nn.functional.cross_entropy(logits, piece[1:], reduction="none"))
        assert found[-2:] == pytest.approx([float(torch.cat(losses).mean())] * 2, abs=1e-4)
    assert found[0] == found[1] != found[2] == found[3]
    assert len(loads) == 2


def test_verdicts_that_cannot_be_kept_are_told_all_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    assert len(Evaluator(lambda: model("fp32"), "tiny", tmp_path / "file").verdicts(None, [question("which?")])) == 1
    assert "not kept" in caplog.text


def test_choices_that_are_the_same_tokens_are_refused() -> None:
    class Trimming(Letters):
        def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[int]]:
            return super().__call__(text.replace(" ", ""), add_special_tokens)

    loaded = replace(model("fp32"), tokenizer=Trimming())
    same = replace(question("which?", ("a", "b", "a ")), file="q.jsonl", number=6)
    with pytest.raises(InputFormatError, match="jsonl, row 6: the model reads the choices 'a' and 'a ' as the same"):
        Judge(loaded).judge([question("which?"), same])


def test_a_choice_that_is_too_long_is_told_with_its_row() -> None:
    long = replace(question("which? " * 40, ("a", "b" * 300)), file="q.jsonl", number=6)
    with pytest.raises(InputFormatError, match=r"^q.jsonl, row 6: the answer has 301 tokens.*\. Shorten the choice$"):
        Judge(model("fp32")).judge([question("which?"), long])


def test_verdicts_do_not_depend_on_where_a_question_stands(tmp_path: Path) -> None:
    evaluator = Evaluator(lambda: model("fp32"), "tiny", tmp_path)
    for asked in (question("which?"), replace(question("which?"), file="q.jsonl", number=6)):
        evaluator.verdicts(None, [asked])
    assert len(list(tmp_path.iterdir())) == 1


def test_damaged_verdicts_are_made_again(tmp_path: Path) -> None:
    evaluator, asked = Evaluator(lambda: model("fp32"), "tiny", tmp_path), [question("which?")]
    first = evaluator.verdicts(None, asked)
    (kept,) = tmp_path.iterdir()
    for content in ("", "[]", "[1]", "{}"):
        kept.write_text(content)
        assert evaluator.verdicts(None, asked) == first
