"""Products of INT8 matrices: every way to them is exact."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.model import int8_matmul


def computed(way: int8_matmul.Way, quantized: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return way(quantized, quantized.sum(1, dtype=torch.int32), weight)


each_way = pytest.mark.parametrize("way", [int8_matmul.by_integers, int8_matmul.by_floats, int8_matmul.by_kernel])


@each_way
@given(n=st.integers(1, 40), inputs=st.integers(2, 2100), outputs=st.integers(1, 600), seed=st.integers(0, 9))
def test_any_sizes(way: int8_matmul.Way, n: int, inputs: int, outputs: int, seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    quantized, weight = (torch.randint(-127, 128, (rows, inputs), generator=draw).char() for rows in (n, outputs))
    assert torch.equal(computed(way, quantized, weight).long(), quantized.long() @ weight.long().t())


@each_way
@pytest.mark.parametrize(("a", "b"), [(-127, -127), (-127, 127), (127, 127)])
@pytest.mark.parametrize("inputs", [1024, 1041, 4095, 4096])
def test_the_largest_sums(way: int8_matmul.Way, a: int, b: int, inputs: int) -> None:
    quantized, weight = torch.full((3, inputs), a).char(), torch.full((5, inputs), b).char()
    quantized[1, ::7], weight[2, ::5] = 1, -1
    assert torch.equal(computed(way, quantized, weight).long(), quantized.long() @ weight.long().t())
