"""Dense causal attention, full or windowed: for short prompts, the end of long ones, and sliding-window layers."""

import torch
from torch.nn.functional import pad, scaled_dot_product_attention

from ..threads import in_parallel

_ROWS = 256
"""Queries computed together: fewer mean more products to set up, with more, the scores do not fit the cache."""

_EVEN = 32
"""The same in fp32, where a product's shape determines its rounding, so each is padded with zeros. With more queries,
a short text after a long one takes longer."""


def dense_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    scale: float,
    window: int | None = None,
    out: torch.Tensor | None = None,
) -> torch.Tensor:
    """Causal attention of the last ``n`` of ``m`` tokens of one sequence.

    On a CPU, products over rows that stay in the cache are faster than ``scaled_dot_product_attention`` with a mask,
    and process the query heads of a key head together.

    Args:
        query: ``[heads, n, head_dim]``.
        key, value: ``[kv_heads, m, head_dim]``; ``heads`` is a multiple of ``kv_heads``.
        scale: factor of the scores.
        window: how many of the last keys a query reads, including its own; None for all.
        out: tensor for the result, with its shape.

    Returns:
        ``[heads, n, head_dim]``.
    """
    n, m = query.shape[1], key.shape[1]
    past = m - n
    out = torch.empty_like(query) if out is None else out
    if n == 1:
        last = slice(0 if window is None else max(0, m - window), m)
        return out.copy_(_one(query, key[:, last], value[:, last], scale))
    if query.device.type != "cpu":
        mask = None if n == m and window is None else _causal(n, m, window, query)
        return out.copy_(_fused(query, key, value, mask, scale))
    # Cut at fixed positions of the sequence, not relative to the step: a product over more keys may round differently.
    even = query.dtype is not torch.bfloat16
    size = _EVEN if even else _ROWS
    kv_heads, first = key.shape[0], past // size
    queries, outputs = (torch.unflatten(tensor, 0, (kv_heads, -1)) for tensor in (query, out))

    def attend(piece: int) -> None:
        number, kv_head = first + piece // kv_heads, piece % kv_heads
        begin, end = number * size, (number + 1) * size
        start, stop = max(past, begin), min(m, end)
        rows = slice(start - past, stop - past)
        oldest = 0 if window is None else max(0, begin - window + 1) // size * size
        one, keys, values = (
            tensor[kv_head, None] for tensor in (queries[:, :, rows], key[:, oldest:stop], value[:, oldest:stop])
        )
        found = outputs[kv_head, None, :, rows]
        if not even or stop - start == size:
            read_keys(one * scale, keys, values, found, window)
            return
        if stop < end:
            keys, values = (pad(tensor, (0, 0, 0, end - stop)) for tensor in (keys, values))
        filled = pad(one * scale, (0, 0, start - begin, end - stop))
        read_keys(filled, keys, values, filled, window)
        found.copy_(filled[:, :, start - begin : stop - begin])

    in_parallel(attend, (-(-m // size) - first) * kv_heads)
    return out


def read_keys(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, out: torch.Tensor, window: int | None = None
) -> None:
    """Causal attention of blocks of tokens, each over all the given keys, the last of which are its own.

    Args:
        query: ``[blocks, heads, n, head_dim]``, scaled.
        key, value: ``[blocks, m, head_dim]``.
        out: ``[blocks, heads, n, head_dim]``.
        window: see :func:`dense_attention`.
    """
    scores = torch.bmm(query.flatten(1, 2), key.transpose(1, 2))
    if window is not None and (old := key.shape[1] - window) > 0:
        n = query.shape[2]
        hidden = torch.ones(n, old, dtype=torch.bool, device=scores.device).tril(old - n)
        torch.unflatten(scores, 1, (-1, n))[..., :old].masked_fill_(hidden, float("-inf"))
    weights, shares = causal_weights(scores.flatten(0, 1), query.shape[2])
    read = torch.bmm(weights.view_as(scores), value)
    torch.mul(read.view(query.shape), shares.view(*query.shape[:3], 1), out=out)


def causal_weights(scores: torch.Tensor, own: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Unnormalised attention weights, ``[rows, keys]``, and the factor that makes each row sum to 1, ``[rows, 1]`` in
    fp32: such small numbers are applied last. The scores may be overwritten.

    Args:
        scores: ``[rows, keys]``. The last ``own`` keys are the queries' own tokens; row ``r`` is of query ``r % own``.
    """
    shares = torch.ones(len(scores), 1, device=scores.device)
    if scores.dtype is not torch.bfloat16 or scores.device.type != "cpu":
        future = torch.full((own, own), float("-inf"), dtype=scores.dtype, device=scores.device).triu_(1)
        scores.view(-1, own, scores.shape[-1])[..., -own:] += future
        return scores.softmax(-1), shares
    from .kernels import causal_softmax

    causal_softmax(scores.view(torch.int16).numpy(), own, shares.view(-1).numpy())
    return scores, shares


def best_of_pages(scores: torch.Tensor, page: int) -> torch.Tensor:
    """The largest score among each page's keys: ``[pages * page, rows]`` to ``[pages, rows]``."""
    if scores.dtype is not torch.bfloat16 or scores.device.type != "cpu":
        return scores.view(-1, page, scores.shape[1]).amax(1)
    from .kernels import best_of_pages as kernel

    best = scores.new_empty(len(scores) // page, scores.shape[1])
    kernel(scores.view(torch.int16).numpy(), best.view(torch.int16).numpy())
    return best


def _one(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float) -> torch.Tensor:
    """A single token: the query heads of a key head are rows, since each of them reads everything.

    Not with ``bmm``: the CPU library sets up again for every length, which takes longer than the product.
    """
    heads, n, head_dim = query.shape
    rows = query.view(1, key.shape[0], -1, head_dim)
    return scaled_dot_product_attention(rows, key[None], value[None], scale=scale).view(heads, n, head_dim)


def _fused(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, scale: float
) -> torch.Tensor:
    grouped = query.shape[0] != key.shape[0]
    return scaled_dot_product_attention(
        query[None], key[None], value[None], attn_mask=mask, is_causal=mask is None, scale=scale, enable_gqa=grouped
    )[0]


def _causal(n: int, m: int, window: int | None, like: torch.Tensor) -> torch.Tensor:
    """Mask of the ``m`` keys that each of the last ``n`` tokens reads."""
    mask = torch.ones(n, m, dtype=torch.bool, device=like.device).tril(m - n)
    return mask if window is None else mask.triu(m - n - window + 1)
