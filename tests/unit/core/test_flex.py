"""FlexAttention against the gathered blocks and the oracle, on CPU."""

import sysconfig
from pathlib import Path

import pytest
import torch

from core.errors import UnsupportedModelError
from core.model.dense import dense_attention
from core.model.flex import FlexOrGathered, block_mask, flex_sparse_attention
from core.model.sparse import SparsePolicy, sparse_attention
from tests.conftest import require_program, unavailable
from tests.unit.core.sparse_oracle import oracle_attention, oracle_mask

SMALL = SparsePolicy(block=8, dense_until=128, first=1, local=2, budget=3, stride=4, page=4)
HEADS, GROUPS, WIDTH, SCALE = 4, 2, 16, 0.25
LENGTHS = [(384, 64), (384, 0), (301, 0), (200, 128), (21, 320)]
"""(n, past): before and beyond ``dense_until``, with and without an unfinished block. One kernel serves all."""


@pytest.fixture
def compiler() -> None:
    """Goes on only where torch can compile for the CPU."""
    require_program("g++")
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        unavailable("Python's C headers are not installed")
    if not torch.backends.cpu.get_cpu_capability().startswith("AVX"):
        unavailable("FlexAttention runs on no CPU without AVX2")


def tensors(n: int, past: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Strided as the decoder has them: queries by token, keys and values in a memory with room for more."""
    random = torch.Generator().manual_seed(n)
    query = torch.randn(n, HEADS, WIDTH, generator=random).transpose(0, 1) * 3  # sharp, so that the choice matters
    key, value = (torch.randn(GROUPS, 512, WIDTH, generator=random)[:, : past + n] for _ in range(2))
    return query, key, value


@pytest.mark.usefixtures("compiler")
@torch.inference_mode()
def test_equals_the_gathered_blocks() -> None:
    for n, past in LENGTHS:
        query, key, value = tensors(n, past)
        ours = flex_sparse_attention(query, key, value, scale=SCALE, policy=SMALL)
        gathered = sparse_attention(query, key, value, scale=SCALE, policy=SMALL)
        assert torch.allclose(ours, gathered, atol=1e-5), (n, past)


@pytest.mark.usefixtures("compiler")
@torch.inference_mode()
def test_equals_the_oracle() -> None:
    query, key, value = tensors(200, 64)
    ours = flex_sparse_attention(query, key, value, scale=SCALE, policy=SMALL)
    assert torch.allclose(ours, oracle_attention(query, key, value, scale=SCALE, policy=SMALL), atol=1e-5)


@pytest.mark.parametrize(("n", "past"), [(210, 0), (100, 128)])
def test_the_mask_lists_the_pages_that_the_oracle_reads(n: int, past: int) -> None:
    query, key, _ = tensors(n, past)
    grouped = query.unflatten(0, (GROUPS, -1))
    listed = block_mask(query, key, scale=SCALE, policy=SMALL).to_dense()[0].bool().unflatten(0, (GROUPS, -1))
    for members, keys, heads in zip(grouped, key, listed, strict=True):
        visible = oracle_mask(members, keys, scale=SCALE, policy=SMALL)
        padded = torch.nn.functional.pad(visible, (0, -(past + n) % SMALL.block, 0, -n % SMALL.block))
        pages = padded.unflatten(1, (-1, SMALL.page)).unflatten(0, (-1, SMALL.block)).any(3).any(1)
        assert torch.equal(heads, pages.expand_as(heads))


def test_short_prompts_are_dense_and_need_no_compiler() -> None:
    query, key, value = tensors(128, 0)
    with torch.compiler.set_stance("force_eager"):
        ours = flex_sparse_attention(query, key, value, scale=SCALE, policy=SMALL)
    assert torch.equal(ours, dense_attention(query, key, value, scale=SCALE))


def test_it_is_refused_where_nothing_is_compiled() -> None:
    with torch.compiler.set_stance("force_eager"), pytest.raises(UnsupportedModelError, match=r"torch\.compile"):
        flex_sparse_attention(*tensors(384, 0), scale=SCALE, policy=SMALL)


def test_where_nothing_is_compiled_the_blocks_are_gathered_and_the_log_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    query, key, value = tensors(384, 0)
    gathered = sparse_attention(query, key, value, scale=SCALE, policy=SMALL)
    attend = FlexOrGathered()
    with torch.compiler.set_stance("force_eager"):
        for _ in range(2):
            attend(query, key, value, scale=SCALE, policy=SMALL, out=(out := torch.empty_like(query)))
            assert torch.equal(out, gathered)
    (told,) = caplog.messages
    assert "torch.compile" in told


def test_what_cannot_be_compiled_is_refused() -> None:
    wide = (tensor.double() for tensor in tensors(384, 0))
    with pytest.raises(UnsupportedModelError, match="float64 on cpu"):
        flex_sparse_attention(*wide, scale=SCALE, policy=SMALL)


def test_gradients_are_refused() -> None:
    query, key, value = tensors(384, 0)
    with pytest.raises(UnsupportedModelError, match="gradients"):
        flex_sparse_attention(query.requires_grad_(), key, value, scale=SCALE, policy=SMALL)


def test_an_unaligned_cache_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 8"):
        flex_sparse_attention(*tensors(200, 3), scale=SCALE, policy=SMALL)
