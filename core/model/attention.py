"""R1's attention, registered with transformers under the name ``r1``.

Any causal language model of transformers runs with it: ``from_pretrained(..., attn_implementation="r1")``. It is dense
today: every query sees every earlier key, computed by ``torch``'s scaled dot product attention.
"""

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "r1"


def r1_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attends from ``query`` to ``key`` and ``value``.

    Args:
        module: the attention layer that calls.
        query: ``[batch, heads, n, d]``.
        key, value: ``[batch, kv_heads, m, d]``; ``heads`` is a multiple of ``kv_heads``.
        attention_mask: what :func:`r1_mask` made, ``[batch, 1, n, m]``, or None for plain causal attention.

    Returns:
        The output, ``[batch, n, heads, d]``, and no attention weights.
    """
    output, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)
    return output, None


def r1_mask(*args: Any, **kwargs: Any) -> torch.Tensor | None:
    """The mask for padding and windows. Without it transformers would pass none, and padding would be attended."""
    return sdpa_mask(*args, **kwargs)


def register() -> None:
    """Makes ``attn_implementation="r1"`` known to transformers."""
    AttentionInterface.register(NAME, r1_attention)
    AttentionMaskInterface.register(NAME, r1_mask)
