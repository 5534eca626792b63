"""Rotary position embeddings (Su et al. 2021, RoFormer, https://arxiv.org/abs/2104.09864), by a checkpoint's config."""

from typing import Any

import torch
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

Rotation = tuple[torch.Tensor, torch.Tensor]
"""Cosine and signed sine of some positions, each ``[n, 1, head_dim]``."""


class Rope:
    """The rotation of one kind of layer.

    Args:
        config: transformers config with standard ``rope_parameters``.
        kind: the kind of layer, if the config has parameters for each.
    """

    def __init__(self, config: Any, kind: str, device: torch.device) -> None:
        frequencies, self._factor = _frequencies(config, kind)
        self._frequencies = frequencies.to(device, torch.float32)
        self._known = self._up_to(0)

    def at(self, start: int, stop: int) -> Rotation:
        """The rotation of the positions ``start`` to ``stop``, exclusive."""
        known = self._known
        if stop > len(known[0]):
            known = self._known = self._up_to(max(stop, 2 * len(known[0])))
        return known[0][start:stop], known[1][start:stop]

    def turn(self, steps: torch.Tensor) -> Rotation:
        """The rotation by ``steps`` positions, ``[...]`` to ``[..., head_dim]``."""
        angles = steps.to(self._frequencies.device, torch.float32).unsqueeze(-1) * self._frequencies
        cosine, sine = angles.cos(), angles.sin()
        return torch.cat([cosine, cosine], -1), torch.cat([-sine, sine], -1)

    def move(self, key: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        """Keys of any shape ``[..., head_dim]``, rotated further by ``steps`` positions, ``[...]``."""
        return rotate(key.to(torch.float32), self.turn(steps)).to(key.dtype)

    def _up_to(self, stop: int) -> Rotation:
        """The rotation of all positions before ``stop``, cached: computing one takes as long as one of a token's matrix
        products."""
        cosine, sine = self.turn(torch.arange(stop).unsqueeze(1))
        return cosine * self._factor, sine * self._factor


def rotate(heads: torch.Tensor, rotation: Rotation) -> torch.Tensor:
    """Rotates queries and keys, ``[n, heads, head_dim]``, to their positions."""
    cosine, sine = rotation
    swapped = torch.unflatten(heads, -1, (2, -1)).flip(-2).flatten(-2)  # each half gets the other's sine
    return torch.addcmul(heads * cosine, swapped, sine)


def _frequencies(config: Any, kind: str) -> tuple[torch.Tensor, float]:
    """Radians per position, ``[head_dim / 2]``, and the factor of cosine and sine."""
    of_kind = config.rope_parameters.get(kind)
    parameters = of_kind or config.rope_parameters
    if parameters["rope_type"] != "default":
        compute = ROPE_INIT_FUNCTIONS[parameters["rope_type"]]
        return compute(config, None, layer_type=kind if of_kind else None)
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    exponents = torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim
    return 1.0 / (parameters["rope_theta"] ** exponents), 1.0
