"""R1's attention for models of transformers, available as ``r1`` after :func:`register`.

Any causal language model of transformers runs with it, its checkpoint unchanged:
``from_pretrained(..., attn_implementation="r1")``. Prompts up to ``dense_until`` tokens, single decode steps and
training use torch's dense scaled dot product attention; longer prompts are block-sparse (:mod:`core.model.sparse`).
"""

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import causal_mask_function, sdpa_mask

from .dense import dense_attention
from .sparse import ARTICLE, TRAINING_FREE, SparsePolicy, sparse_attention

NAME = "r1"
_POLICIES = {NAME: TRAINING_FREE, "r1-article": ARTICLE}


class BlockSparseAttention:
    """The attention function and its mask function for one policy, as transformers calls them."""

    def __init__(self, policy: SparsePolicy) -> None:
        self._policy = policy

    def attend(
        self,
        module: torch.nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attention_mask: torch.Tensor | None,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, None]:
        """Attends from ``query`` to ``key`` and ``value``.

        Args:
            module: the calling attention layer.
            query: ``[batch, heads, n, head_dim]``.
            key, value: ``[batch, kv_heads, m, head_dim]``; ``heads`` is a multiple of ``kv_heads``.
            attention_mask: from :meth:`mask`.

        Returns:
            The output, ``[batch, n, heads, head_dim]``, and no attention weights.
        """
        by_row = attention_mask is None or attention_mask.dim() == 2
        if not by_row or not self._is_sparse(query.shape[2], key.shape[2]):
            output, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)
            return output, None
        scale = kwargs.get("scaling") or query.shape[-1] ** -0.5
        output = torch.zeros_like(query)
        for row in range(query.shape[0]):
            keys, queries = _real_tokens(None if attention_mask is None else attention_mask[row], query, key)
            parts = query[row][:, queries], key[row][:, keys], value[row][:, keys]
            output[row][:, queries] = self._attend_sequence(*parts, scale=scale)
        return output.transpose(1, 2).contiguous(), None

    def mask(self, **kwargs: Any) -> torch.Tensor | None:
        """The mask for :meth:`attend`.

        Returns:
            For dense attention ``[batch, 1, n, m]``, or None for plain causal attention. For sparse attention the
            padding, ``[batch, m]``, True for real tokens, or None if all are real.
        """
        q_length, kv_length = kwargs["q_length"], kwargs["kv_length"]
        plain = kwargs.get("mask_function") is causal_mask_function and kwargs.get("local_size") is None
        complete = kv_length == kwargs.get("q_offset", 0) + q_length and kwargs.get("kv_offset", 0) == 0
        if not (plain and complete and self._is_sparse(q_length, kv_length)):
            return sdpa_mask(**kwargs)
        padding: torch.Tensor | None = kwargs.get("attention_mask")
        return None if padding is None or bool(padding.all()) else padding.bool()

    def _is_sparse(self, q_length: int, kv_length: int) -> bool:
        long = q_length > 1 and kv_length > self._policy.dense_until
        return long and not torch.is_grad_enabled()

    def _attend_sequence(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, scale: float
    ) -> torch.Tensor:
        """One sequence without padding, ``[heads, n, head_dim]``; independent of the rest of the batch."""
        if (key.shape[1] - query.shape[1]) % self._policy.block:  # the cache ends within a block
            return dense_attention(query, key, value, scale=scale)
        return sparse_attention(query, key, value, scale=scale, policy=self._policy)


def _real_tokens(padding: torch.Tensor | None, query: torch.Tensor, key: torch.Tensor) -> tuple[slice, slice]:
    """Slices of the keys and the queries of one sequence without its padding, on the left or the right."""
    n, m = query.shape[2], key.shape[2]
    if padding is None:
        return slice(0, m), slice(0, n)
    places = padding.nonzero()
    first, last = int(places[0]), int(places[-1]) + 1
    return slice(first, last), slice(max(0, first - (m - n)), last - (m - n))


def register() -> None:
    """Registers ``attn_implementation="r1"`` with transformers, and ``r1-article`` for comparison."""
    for name, policy in _POLICIES.items():
        attention = BlockSparseAttention(policy)
        AttentionInterface.register(name, attention.attend)
        # Without a mask function transformers passes no mask, and padding would be attended to.
        AttentionMaskInterface.register(name, attention.mask)
