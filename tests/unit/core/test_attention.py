"""The ``r1`` attention inside transformers models: padding, batches, segments."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AttentionInterface,
    AttentionMaskInterface,
    AutoModelForCausalLM,
    DynamicCache,
    Gemma3TextConfig,
    LlamaConfig,
    Qwen2Config,
)

from core.model.attention import BlockSparseAttention
from core.model.sparse import SparsePolicy

SMALL = SparsePolicy(block=8, dense_until=128, first=1, local=1, budget=2, stride=4, page=4)
SIZES = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "vocab_size": 99}
HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 4096}
CONFIGS = {
    "llama": LlamaConfig(**SIZES, **HEADS),
    "qwen2": Qwen2Config(**SIZES, **HEADS),
    "gemma3": Gemma3TextConfig(
        **SIZES, **HEADS, sliding_window=64, layer_types=["sliding_attention", "full_attention"]
    ),
}


@pytest.fixture(params=sorted(CONFIGS))
def model(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A tiny random model that reads sparsely from 128 tokens on."""
    attention = BlockSparseAttention(SMALL)
    AttentionInterface.register("r1-small", attention.attend)
    AttentionMaskInterface.register("r1-small", attention.mask)
    torch.manual_seed(0)
    built: Any = AutoModelForCausalLM.from_config(CONFIGS[request.param], attn_implementation="r1-small")
    with torch.inference_mode():
        yield built.eval()


def test_the_example_of_the_docs_runs(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "architecture.md").read_text("utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    AutoModelForCausalLM.from_config(CONFIGS["llama"]).save_pretrained(tmp_path)
    there: dict[str, Any] = {}
    exec(example.replace("path/to/model", str(tmp_path)), there)
    assert there["model"].config._attn_implementation == "r1"
    assert there["model"](input_ids=tokens(1, 30)).logits.shape == (1, 30, 99)


def tokens(*shape: int) -> torch.Tensor:
    return torch.randint(1, 99, shape, generator=torch.Generator().manual_seed(1))


def test_a_row_is_the_same_alone_and_padded_in_a_batch(model: Any) -> None:
    long, short = tokens(1, 400), tokens(1, 333)
    for side in ("left", "right"):
        gap = torch.zeros(1, 400 - 333, dtype=torch.long)
        real = torch.ones_like(short)
        padded = torch.cat([gap, short] if side == "left" else [short, gap], 1)
        mask = torch.cat([gap, real] if side == "left" else [real, gap], 1)
        batch = model(
            input_ids=torch.cat([long, padded]),
            attention_mask=torch.cat([torch.ones_like(long), mask]),
            position_ids=torch.cat([torch.arange(400)[None], (mask.cumsum(1) - 1).clamp(min=0)]),
        ).logits
        assert torch.allclose(batch[0], model(input_ids=long).logits[0], atol=1e-4)
        rows = slice(67, 400) if side == "left" else slice(0, 333)
        assert torch.allclose(batch[1, rows], model(input_ids=short).logits[0], atol=1e-4)


def test_segments_with_the_cache_carried_over_equal_one_pass(model: Any) -> None:
    prompt = tokens(1, 512)
    whole = model(input_ids=prompt).logits
    cache = DynamicCache(config=model.config)
    parts = [model(input_ids=part, cache=cache, use_cache=True).logits for part in prompt.split([128, 200, 184], 1)]
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-4)


def test_a_long_prompt_reads_everything_only_at_its_beginning(model: Any) -> None:
    prompt = tokens(1, 300)
    sparse = model(input_ids=prompt).logits
    model.set_attn_implementation("sdpa")
    dense = model(input_ids=prompt).logits
    assert not torch.allclose(sparse, dense, atol=1e-4)
    assert torch.allclose(sparse[:, :128], dense[:, :128], atol=1e-4)


def test_a_cache_that_ends_within_a_block_is_read_whole(model: Any) -> None:
    prompt = tokens(1, 205)
    cache = DynamicCache(config=model.config)
    model(input_ids=prompt[:, :101], cache=cache, use_cache=True)
    ours = model(input_ids=prompt[:, 101:], cache=cache, use_cache=True).logits
    model.set_attn_implementation("sdpa")
    assert torch.allclose(ours, model(input_ids=prompt).logits[:, 101:], atol=1e-4)
