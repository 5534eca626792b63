"""What a token reads of a memory in bf16, with the processor's own instruction where it has it and without."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model.kernels import NOTHING_FAR, Rows, Rules
from core.model.kernels.attention import attend, new_attention_work
from core.model.kernels.numbers import Array
from core.model.kernels.team import ALONE

GROUPS, REPEAT = 2, 3
RULES = Rules(page=16, block=64, dense_until=4096, first=1, local=3, budget=8.0, far=NOTHING_FAR)


def numbers(tensor: torch.Tensor) -> Array:
    """numpy has no bf16: its bits."""
    array: Array = (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy()
    return array


def read(keys: torch.Tensor, values: torch.Tensor, queries: Array, table: Array, seen: int, window: int) -> Array:
    """Of a memory ``[kv_heads, tokens, head_dim]``."""
    none = np.empty((1, 1, GROUPS, 0), np.float32)
    rows = Rows(table[None], np.array([seen]), np.empty(0), np.empty(0), np.array([-1]), np.array([0]), none)
    bounds = torch.zeros(GROUPS, keys.shape[1] // 16, 2 * keys.shape[2], dtype=keys.dtype)
    work = new_attention_work(queries, GROUPS, rows, RULES)
    memory = (numbers(part) for part in (keys, values, bounds))
    attend(queries, *memory, none[:, 0], rows, window, RULES, 0.25, work, ALONE)
    return work.out


@pytest.mark.parametrize("head_dim", [20, 32, 64, 96])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), seen=st.integers(1, 700), window=st.sampled_from([0, 40]))
def test_bf16_memory_is_read_as_it_would_be_in_fp32(head_dim: int, seed: int, seen: int, window: int) -> None:
    random = torch.Generator().manual_seed(seed)
    blocks = -(-seen // 64)
    table = torch.randperm(blocks, generator=random).numpy()
    keys, values = (
        torch.randn(GROUPS, blocks * 64, head_dim, generator=random).to(torch.bfloat16) for _ in ("keys", "values")
    )
    queries = torch.randn(1, GROUPS * REPEAT, head_dim, generator=random).to(torch.bfloat16).float().numpy()
    short = read(keys, values, queries, table, seen, window)
    exact = read(keys.float(), values.float(), queries, table, seen, window)
    assert np.abs(short - exact).max() < 0.02
