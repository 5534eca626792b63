"""What is made of attention's scores, by kernels for bf16 and by torch: weights, and the best key of each page."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model.dense import best_of_pages, causal_weights


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([torch.bfloat16, torch.float32]),
    st.integers(1, 64),
    st.integers(1, 3),
    st.integers(0, 300),
    st.floats(-200, 200),
    st.integers(0, 2**31),
)
def test_weights_are_those_of_a_masked_softmax(
    dtype: torch.dtype, own: int, heads: int, earlier: int, middle: float, seed: int
) -> None:
    random = torch.Generator().manual_seed(seed)
    scores = (torch.randn(heads * own, earlier + own, generator=random) * 5 + middle).to(dtype)
    later = torch.ones(own, earlier + own, dtype=torch.bool).triu(earlier + 1).repeat(heads, 1)
    wanted = scores.float().masked_fill(later, float("-inf")).softmax(-1)
    weights, shares = causal_weights(scores.clone(), own)
    found = weights.float() * shares
    assert not found[later].any()
    torch.testing.assert_close(found, wanted, atol=1e-6, rtol=2e-2 if dtype is torch.bfloat16 else 1e-4)


@pytest.mark.parametrize("value", [0.0, -0.0, -3e38, 3e38])
def test_equal_scores_weigh_the_same(value: float) -> None:
    weights, shares = causal_weights(torch.full((4, 12), value, dtype=torch.bfloat16), 4)
    torch.testing.assert_close(weights[3].float() * shares[3], torch.full((12,), 1 / 12), atol=1e-3, rtol=0)


@given(st.sampled_from([torch.bfloat16, torch.float32]), st.integers(1, 9), st.integers(1, 70), st.integers(0, 2**31))
def test_the_best_of_a_page_is_its_largest(dtype: torch.dtype, pages: int, rows: int, seed: int) -> None:
    scores = torch.randn(pages * 16, rows, generator=torch.Generator().manual_seed(seed)).to(dtype)
    assert torch.equal(best_of_pages(scores, 16), scores.unflatten(0, (pages, 16)).amax(1))
