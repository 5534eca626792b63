"""Makes a model's inputs easy to quantise: SmoothQuant (Xiao et al. 2023, https://arxiv.org/abs/2211.10438).

A few of the numbers that a linear map reads are far larger than the rest, and one scale for all of them leaves the rest
a few steps. So each is divided by a factor that its weights are multiplied with: the map stays the same, and both sides
round less. The factors cost nothing where a norm or the map before takes them. How large the inputs are is seen on a
short text, which runs through the layers in fp32 while the model is loaded, one layer after the other.
"""

from collections.abc import Mapping
from typing import Any

import torch

from .float_layers import FloatLayers
from .layer import Builder, Layer, Ranges, Step
from .memory import Memory, MemoryShape, Pool
from .precision import Precision
from .quantize import FloatLinear, Norm
from .rope import Rope

CALIBRATION_TEXT = """
The patient, a woman of 54, came on Tuesday with chest pain; her blood pressure was 130/80, her potassium 4.1 mmol/L.
How do I reset my password? Open the settings page, choose "Security", and follow the link in the e-mail [1].
The net profit rose by 12.5% to $3.2 million, while costs fell; this Agreement is governed by the laws of England.
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
Paris is the capital of France. In 1969 two people walked on the Moon. Summarise: the weather stays mild, with rain.
"""
"""A little of what people ask."""

_FLOAT = Precision("fp32", "fp32", torch.float32)


class _Watched(FloatLinear):
    """Remembers the largest input of each kind."""

    largest: torch.Tensor | None = None

    def __call__(self, x: torch.Tensor, slots: torch.Tensor | None = None) -> torch.Tensor:
        largest = _largest(x if self.norm is None else self.norm(x))
        self.largest = largest if self.largest is None else torch.maximum(self.largest, largest)
        return super().__call__(x, slots)


class Calibration:
    """A text on its way through the layers, in fp32.

    Args:
        config, weights, device: see :class:`core.model.decoder.Decoder`.
        ids: of the text.
        scale: of the embeddings.
    """

    def __init__(
        self, config: Any, weights: Mapping[str, torch.Tensor], device: torch.device, ids: torch.Tensor, scale: float
    ) -> None:
        self._build = Builder(config, weights, _FLOAT, device, _Watched)
        self._ids = ids
        self._x = weights["model.embed_tokens.weight"].to(device)[ids].float() * scale

    @torch.inference_mode()
    def next(self, index: int, kind: str, rope: Rope) -> Ranges:
        """Runs the next layer."""
        shape = MemoryShape(1, self._build.groups, self._build.width, torch.float32, self._x.device, 1, 1)
        memory = Memory(Pool(shape, len(self._ids)), range(len(self._ids)), [rope])
        layer, step = Layer(self._build, index, kind, None), Step(self._ids, memory, "everything")
        memory.grow(len(self._ids))
        FloatLayers([layer]).run(self._x, [rope.at(step.positions)], [step])
        return Ranges(*(linear.largest for linear in (layer.attention_in, layer.mlp_in, layer.mlp_out)))  # type: ignore[attr-defined]

    def last(self, norm: Norm) -> torch.Tensor:
        """The largest input of the output layer."""
        return _largest(norm(self._x))


def _largest(x: torch.Tensor) -> torch.Tensor:
    return x.abs().amax(0)
