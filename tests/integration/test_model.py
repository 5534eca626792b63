"""The real default model, and R1's attention beside that of transformers. What every engine does: tests/contract."""

import errno
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    PreTrainedConfig,
    Qwen2Config,
)

from core.chat import ConversationModel, TextGenerator
from core.engine.open import open_engine
from core.engine.request import Message, Request, SamplingParams
from core.engine.runner import LocalEngine
from core.errors import ContextLengthError, StorageError
from core.model import attention
from core.model.decoder import Decoder
from core.model.load import load_model

GREEDY = SamplingParams(temperature=0, repetition_penalty=1, max_tokens=24)
SMALL = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}


@pytest.mark.parametrize(
    "config",
    [
        LlamaConfig(num_hidden_layers=2, **SMALL),
        Qwen2Config(num_hidden_layers=2, **SMALL),
        # One layer in two sees a window of 8 tokens only.
        Gemma3TextConfig(
            num_hidden_layers=2,
            head_dim=8,
            sliding_window=8,
            layer_types=["sliding_attention", "full_attention"],
            **SMALL,
        ),
    ],
    ids=lambda config: config.model_type,
)
def test_r1_attention_gives_the_logits_of_transformers(config: PreTrainedConfig) -> None:
    """Padded on the left and on the right, and token by token from a cache."""
    attention.register()
    torch.manual_seed(0)
    reference = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa", dtype=torch.float32).eval()
    model = AutoModelForCausalLM.from_config(config, attn_implementation=attention.NAME, dtype=torch.float32).eval()
    model.load_state_dict(reference.state_dict())
    ids = torch.randint(1, 64, (3, 20))
    mask = torch.ones_like(ids)
    mask[1, :7] = 0
    mask[2, 13:] = 0
    with torch.inference_mode():
        wanted = reference(input_ids=ids, attention_mask=mask).logits
        got = model(input_ids=ids, attention_mask=mask).logits
        torch.testing.assert_close(got[mask.bool()], wanted[mask.bool()], atol=1e-4, rtol=0)
        cache, steps = None, []
        for position in range(ids.shape[1]):
            step = model(input_ids=ids[:1, position : position + 1], cache=cache, use_cache=True)
            cache = step.cache
            steps.append(step.logits)
        torch.testing.assert_close(torch.cat(steps, 1), wanted[:1], atol=1e-4, rtol=0)


@pytest.fixture(scope="module")
def engine(home: Path) -> LocalEngine:
    return LocalEngine(load_model(home / "models" / "smollm2-135m-instruct"))


def ask(question: str, **params: Any) -> Request:
    return Request(
        (Message("user", question),), params=SamplingParams(**{"temperature": 0, "max_tokens": 24, **params})
    )


@pytest.mark.parametrize(("asked", "got"), [(None, "fp32"), ("bf16", "bf16")])
def test_engine_follows_the_settings_unless_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, asked: str | None, got: str
) -> None:
    monkeypatch.setenv("R1_HOME", str(home))
    monkeypatch.setenv("R1_DEVICE", "meta")  # a device that every machine has and nobody gets by default
    monkeypatch.setattr(Decoder, "warm_up", lambda self: torch.zeros(1))  # there are no numbers on it
    monkeypatch.setenv("R1_PRECISION", "fp32")
    monkeypatch.setenv("R1_CONTEXT", "12000")
    decoder = open_engine("smollm2-135m-instruct", device=asked and "cpu", precision=asked)._loaded.decoder
    assert (decoder.device.type, decoder.precision.linear) == ("cpu" if asked else "meta", got)
    assert decoder.context == 12_000


@pytest.mark.parametrize(
    "question", ["Name three fruits.", "Say this again: the cat and the dog and the cat and the dog."]
)
def test_pieces_make_the_whole(home: Path, question: str) -> None:
    """The streamed text is what transformers' own greedy generation says."""
    folder = home / "models" / "smollm2-135m-instruct"
    loaded = load_model(folder, precision="fp32")
    chunks = list(LocalEngine(loaded).stream(ask(question, repetition_penalty=1)))
    assert len(chunks) > 3
    prompt = loaded.tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], add_generation_prompt=True, return_tensors="pt"
    )
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        written = model.generate(**prompt, max_new_tokens=24, do_sample=False)[0, prompt["input_ids"].shape[1] :]
    assert "".join(chunk.text for chunk in chunks) == loaded.tokenizer.decode(written, skip_special_tokens=True)


def test_a_disk_without_room_for_kernels_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(_: Decoder) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Decoder, "warm_up", fill)
    with pytest.raises(StorageError, match="No space left") as caught:
        load_model(home / "models" / "smollm2-135m-instruct")
    assert "NUMBA_CACHE_DIR" in (caught.value.hint or "")


def test_too_long_prompt_is_refused(engine: LocalEngine) -> None:
    with pytest.raises(ContextLengthError, match="exceed the model's 8192"):
        engine.stream(ask("word " * 9000))


def test_prompt_is_continued(engine: LocalEngine) -> None:
    assert "5" in TextGenerator(engine, GREEDY).generate("1, 2, 3, 4,")


def test_follow_up_is_understood(engine: LocalEngine) -> None:
    conversation = ConversationModel(engine, params=GREEDY)
    assert "Paris" in conversation.generate("What is the capital of France?")
    assert "Rome" in conversation.generate("And of Italy?")


def test_oldest_turns_give_way_to_new_ones(home: Path) -> None:
    """A context of 150 tokens holds one turn of 50, never two and the system text."""
    small = LocalEngine(load_model(home / "models" / "smollm2-135m-instruct", context=150))
    conversation = ConversationModel(small, params=SamplingParams(temperature=0, max_tokens=2))
    for _ in range(4):
        assert conversation.generate("word " * 50)
