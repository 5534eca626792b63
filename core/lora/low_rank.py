"""Truncates an adapter to a lower rank."""

from dataclasses import replace

import torch
from torch.nn import functional

from .adapter import Adapter


def truncated(adapter: Adapter, rank: int) -> Adapter:
    """The adapter of at most this rank that is closest to the given one in the Frobenius norm of each map.

    Each product ``b a`` keeps its largest singular values (Eckart and Young 1936), computed from the two factors
    without forming the product. ``scaling`` stays, so the result approximates what the adapter adds.

    Args:
        rank: at least 1.
    """
    return replace(adapter, weights={name: _pair(*pair, rank) for name, pair in adapter.weights.items()})


def _pair(a: torch.Tensor, b: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    if len(a) <= rank:
        return a, b
    q_b, r_b = torch.linalg.qr(b.float())
    q_a, r_a = torch.linalg.qr(a.float().T)
    u, values, v = torch.linalg.svd(r_b @ r_a.T)
    root = values[:rank].sqrt()
    shorter_a, shorter_b = v[:rank] @ q_a.T, q_b @ u[:, : len(root)] * root
    # A zero singular value keeps one factor non-zero, or neither would ever get a gradient.
    shorter_a[: len(root)] *= root.where(root > 0, 1)[:, None]
    return (
        functional.pad(shorter_a, (0, 0, 0, rank - len(shorter_a))),
        functional.pad(shorter_b, (0, rank - shorter_b.shape[1])),
    )
