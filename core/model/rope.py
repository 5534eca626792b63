"""Rotary positions (Su et al. 2021, RoFormer, https://arxiv.org/abs/2104.09864), as a checkpoint states them."""

import copy
from typing import Any

import torch
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

Rotation = tuple[torch.Tensor, torch.Tensor]
"""Cosine and signed sine of some positions, each ``[n, 1, width]``."""


class Rope:
    """The rotation of one kind of layer.

    Args:
        config: transformers config with standard ``rope_parameters``.
        kind: the kind of layer, where a config has parameters for each.
    """

    def __init__(self, config: Any, kind: str, device: torch.device) -> None:
        frequencies, self._factor = _frequencies(config, kind)
        self._frequencies = frequencies.to(device, torch.float32)

    def at(self, positions: torch.Tensor) -> Rotation:
        """The rotation of ``positions``, ``[n]``."""
        angles = torch.outer(positions.to(torch.float32), self._frequencies).unsqueeze(1)
        cosine, sine = angles.cos() * self._factor, angles.sin() * self._factor
        return torch.cat([cosine, cosine], -1), torch.cat([-sine, sine], -1)

    def move(self, key: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        """Keys of any shape ``[..., width]``, turned on by ``steps`` positions, ``[...]``."""
        angles = steps.to(torch.float32).unsqueeze(-1) * self._frequencies
        cosine, sine = angles.cos(), angles.sin()
        rotation = torch.cat([cosine, cosine], -1), torch.cat([-sine, sine], -1)
        return rotate(key.to(torch.float32), rotation).to(key.dtype)


def rotate(heads: torch.Tensor, rotation: Rotation) -> torch.Tensor:
    """Turns queries and keys, ``[n, heads, width]``, to their positions."""
    cosine, sine = rotation
    swapped = torch.unflatten(heads, -1, (2, -1)).flip(-2).flatten(-2)  # each half meets the other's sine
    return torch.addcmul(heads * cosine, swapped, sine)


def stretched(config: Any, length: int) -> Any:
    """A config whose positions reach to ``length``, further than the model was trained.

    By YaRN (Peng et al. 2023, https://arxiv.org/abs/2309.00071), which needs no training when it stretches a little.
    Sliding windows are left alone: they never reach so far. A config that is stretched already is returned as it is.
    """
    trained = config.max_position_embeddings
    by_kind = "full_attention" in config.rope_parameters
    plain = config.rope_parameters["full_attention"] if by_kind else config.rope_parameters
    if length <= trained or plain["rope_type"] != "default":
        return config
    yarn = {
        "rope_type": "yarn",
        "rope_theta": plain["rope_theta"],
        "factor": length / trained,
        "original_max_position_embeddings": trained,
    }
    longer = copy.deepcopy(config)
    longer.max_position_embeddings = length
    longer.rope_parameters = {**config.rope_parameters, "full_attention": yarn} if by_kind else yarn
    return longer


def _frequencies(config: Any, kind: str) -> tuple[torch.Tensor, float]:
    """Radians a position, ``[width / 2]``, and the factor of cosine and sine."""
    of_kind = config.rope_parameters.get(kind)
    parameters = of_kind or config.rope_parameters
    if parameters["rope_type"] != "default":
        compute = ROPE_INIT_FUNCTIONS[parameters["rope_type"]]
        return compute(config, None, layer_type=kind if of_kind else None)
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    exponents = torch.arange(0, width, 2, dtype=torch.float32) / width
    return 1.0 / (parameters["rope_theta"] ** exponents), 1.0
