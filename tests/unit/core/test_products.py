"""Products of INT8 matrices: every way to them is exact."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.model import products


def computed(way: products.Way, whole: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return way(whole, whole.sum(1, dtype=torch.int32), weight)


each_way = pytest.mark.parametrize("way", [products.by_integers, products.by_floats, products.by_kernel])


@each_way
@given(n=st.integers(1, 40), inputs=st.integers(2, 2100), outputs=st.integers(1, 600), seed=st.integers(0, 9))
def test_any_sizes(way: products.Way, n: int, inputs: int, outputs: int, seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    whole, weight = (torch.randint(-127, 128, (rows, inputs), generator=draw).char() for rows in (n, outputs))
    assert torch.equal(computed(way, whole, weight).long(), whole.long() @ weight.long().t())


@each_way
@pytest.mark.parametrize(("a", "b"), [(-127, -127), (-127, 127), (127, 127)])
@pytest.mark.parametrize("inputs", [1024, 1041, 4095, 4096])
def test_the_largest_sums(way: products.Way, a: int, b: int, inputs: int) -> None:
    whole, weight = torch.full((3, inputs), a).char(), torch.full((5, inputs), b).char()
    whole[1, ::7], weight[2, ::5] = 1, -1
    assert torch.equal(computed(way, whole, weight).long(), whole.long() @ weight.long().t())
