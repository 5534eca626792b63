"""Block-sparse attention against its oracle, and what must hold whatever the tensors."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention

from core.errors import SettingsError
from core.model.dense import dense_attention
from core.model.sparse import ARTICLE, TRAINING_FREE, SparsePolicy, sparse_attention, work
from tests.unit.core.sparse_oracle import oracle_attention, oracle_mask

SMALL = SparsePolicy(block=8, dense_until=128, first=1, local=2, budget=3, stride=2, page=4)


def tensors(seed: int, heads: int, groups: int, n: int, m: int, width: int) -> tuple[torch.Tensor, ...]:
    random = torch.Generator().manual_seed(seed)
    query = torch.randn(heads, n, width, generator=random) * 3  # sharp, so that the choice of blocks matters
    return query, *(torch.randn(groups, m, width, generator=random) for _ in range(2))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    groups=st.integers(1, 3),
    repeat=st.integers(1, 3),
    past_blocks=st.integers(0, 40),
    n=st.integers(1, 300),
    width=st.sampled_from([4, 8, 20]),
)
def test_equals_the_oracle(seed: int, groups: int, repeat: int, past_blocks: int, n: int, width: int) -> None:
    past = past_blocks * SMALL.block
    query, key, value = tensors(seed, groups * repeat, groups, n, past + n, width)
    ours = sparse_attention(query, key, value, scale=width**-0.5, policy=SMALL)
    assert torch.allclose(ours, oracle_attention(query, key, value, scale=width**-0.5, policy=SMALL), atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), cut=st.integers(1, 60), following=st.integers(0, 200))
def test_a_prefix_is_the_same_whatever_follows_and_however_it_is_cut(seed: int, cut: int, following: int) -> None:
    n = 64 * SMALL.block
    query, key, value = tensors(seed, 4, 2, n + following, n + following, 8)
    whole = sparse_attention(query, key, value, scale=0.35, policy=SMALL)[:, :n]
    middle = cut * SMALL.block
    first = sparse_attention(query[:, :middle], key[:, :middle], value[:, :middle], scale=0.35, policy=SMALL)
    rest = sparse_attention(query[:, middle:n], key[:, :n], value[:, :n], scale=0.35, policy=SMALL)
    assert torch.allclose(torch.cat([first, rest], 1), whole, atol=1e-5)


def test_short_prompts_are_dense() -> None:
    query, key, value = tensors(0, 6, 2, 128, 128, 8)
    ours = sparse_attention(query, key, value, scale=0.35, policy=SMALL)
    assert torch.allclose(ours, dense_attention(query, key, value, scale=0.35), atol=1e-6)


@pytest.mark.parametrize("window", [None, 512, 700])
def test_dense_rows_are_cut_where_the_sequence_is(window: int | None) -> None:
    """Products over more than 1,024 keys may round otherwise: a row has as many, whatever was in memory before."""
    random = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(heads, 1400, 64, generator=random).bfloat16() for heads in (9, 3, 3))

    def rows(past: int, stop: int) -> torch.Tensor:
        return dense_attention(query[:, past:stop], key[:, :stop], value[:, :stop], scale=0.125, window=window)

    for past, stop in ((896, 1076), (960, 1076), (1024, 1186), (1088, 1307), (960, 1025), (640, 1399)):
        whole = stop // 64 * 64 - past
        assert torch.equal(rows(0, 1400)[:, past : past + whole], rows(past, stop)[:, :whole])


@pytest.mark.parametrize("window", [1, 40, 512, 2000])
@pytest.mark.parametrize("past", [0, 100, 899])
def test_a_window_hides_what_is_older(past: int, window: int) -> None:
    query, key, value = tensors(0, 4, 2, 900 - past, 900, 16)
    seen = torch.ones(900 - past, 900, dtype=torch.bool).tril(past).triu(past - window + 1)
    wanted = scaled_dot_product_attention(
        query[None], key[None], value[None], attn_mask=seen, scale=0.3, enable_gqa=True
    )
    ours = dense_attention(query, key, value, scale=0.3, window=window)
    assert torch.allclose(ours, wanted[0], atol=1e-5)


def test_a_sharp_match_far_back_is_found() -> None:
    query, key, value = tensors(1, 2, 1, 1024, 1024, 16)
    needle, asked = 333, 1003  # an odd place is one that is asked
    key[0, needle] = query[:, asked].mean(0) * 4
    query[:, asked] = key[0, needle]
    ours = sparse_attention(query, key, value, scale=1.0, policy=SMALL)[:, asked]
    assert torch.allclose(ours, value[0, needle].expand_as(ours), atol=1e-2)
    article = SparsePolicy(block=8, dense_until=128, first=4, local=2, budget=0, stride=4, page=4)
    blind = sparse_attention(query, key, value, scale=1.0, policy=article)[:, asked]
    assert not torch.allclose(blind, value[0, needle].expand_as(blind), atol=1e-2)


def test_bfloat16_stays_near_float32() -> None:
    query, key, value = tensors(2, 3, 1, 6144, 6144, 64)
    query = query / 3
    exact = oracle_free(query, key, value)
    short = sparse_attention(*(x.bfloat16() for x in (query, key, value)), scale=0.125, policy=TRAINING_FREE).float()
    assert (exact - short).abs().mean() < 0.01


def oracle_free(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    return sparse_attention(query, key, value, scale=0.125, policy=TRAINING_FREE)


@pytest.mark.parametrize(
    "wrong", [{"block": 60}, {"dense_until": 1000}, {"dense_until": 1024, "budget": 64}], ids=lambda wrong: str(wrong)
)
def test_unfit_policies_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=r"must be|more blocks"):
        SparsePolicy(**wrong)  # type: ignore[arg-type]


def test_an_unaligned_cache_is_refused() -> None:
    query, key, value = tensors(0, 2, 1, 10, 13, 8)
    with pytest.raises(ValueError, match="multiple of 8"):
        sparse_attention(query, key, value, scale=1.0, policy=SMALL)


def test_the_article_reads_a_fixed_number_of_blocks() -> None:
    assert {ARTICLE.read(position) for position in range(4096, 16384, 1024)} == {6}
    assert TRAINING_FREE.read(16384) == 23


def test_work_counts_what_is_read() -> None:
    n, policy = 500, SMALL
    query, key, _ = tensors(0, 1, 1, n, n, 8)
    visible = oracle_mask(query, key[0], scale=0.35, policy=policy)
    whole = (n // policy.block) * policy.block
    own_blocks = (whole - policy.dense_until) * (policy.block - 1) // 2  # a block is multiplied with all of itself
    read = 2 * (int(visible.sum()) + own_blocks)
    estimates = sum((stop - start) * stop // policy.stride for start, stop in ((128, 256), (256, 384), (384, 496)))
    assert work(n, policy) == read + estimates
    assert work(n, None) == 2 * int(torch.ones(n, n).tril().sum())
    assert 1 - work(16_384, TRAINING_FREE) / work(16_384, None) == pytest.approx(
        0.792, abs=0.0005
    )  # as docs/measured.md says
