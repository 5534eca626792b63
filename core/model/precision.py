"""Chooses the device and the number formats of the model."""

import logging
from dataclasses import dataclass
from typing import Literal

import torch

from ..errors import SettingsError

_log = logging.getLogger(__name__)

FLOATS = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
"""Floating-point formats by their names in the settings."""

WeightFormat = Literal["int8", "bf16", "fp16", "fp32"]


@dataclass(frozen=True, slots=True)
class Precision:
    """Number formats by kind of layer. Norms and the residual stream are always fp32.

    Attributes:
        linear: weights of the linear layers in attention and feed-forward.
        head: weights of the output layer, and of an embedding tied to it.
        attention: queries, keys and values, also in the KV cache.
    """

    linear: WeightFormat
    head: WeightFormat
    attention: torch.dtype

    def __str__(self) -> str:
        attention = str(self.attention).removeprefix("torch.")
        return f"{self.linear} linear layers, {self.head} output layer, {attention} attention, float32 norms"


def choose_device(wanted: str) -> torch.device:
    """The requested device, or the best one available.

    Args:
        wanted: ``auto``, ``cpu``, ``cuda``, ``cuda:0``, ``mps``. If this machine lacks it, the CPU is used, with a
            warning.

    Raises:
        SettingsError: torch knows no such device.
    """
    if wanted != "auto":
        try:
            device = torch.device(wanted)
        except RuntimeError:
            raise SettingsError(
                "There is no such device", hint="Set R1_DEVICE to auto, cpu, cuda, cuda:0 or mps"
            ) from None
        try:
            torch.empty(0, device=device)
            return device
        except (RuntimeError, AssertionError, ImportError):
            _log.warning("Device %r is not available on this machine: the model runs on the processor", wanted)
            return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps") if torch.backends.mps.is_available() else torch.device("cpu")


def choose_precision(wanted: str, device: torch.device) -> Precision:
    """The number formats for a device.

    Args:
        wanted: ``int8``, ``bf16``, ``fp16``, ``fp32``, or ``auto``: INT8 weights on a CPU, which is limited by reading
            them, and the device's native short format on an accelerator.

    Raises:
        SettingsError: INT8 on an accelerator, or an unknown format.
    """
    short = native_format(device)
    if wanted == "auto":
        wanted = "int8" if device.type == "cpu" else short
    if wanted == "int8":
        if device.type != "cpu":
            raise SettingsError("INT8 runs on a processor only", hint="Set R1_PRECISION=auto or R1_DEVICE=cpu")
        return Precision("int8", "int8", FLOATS[short])
    if wanted not in FLOATS:
        raise SettingsError("There is no such number format", hint="Choose auto, int8, bf16, fp16 or fp32")
    chosen: WeightFormat = wanted  # type: ignore[assignment]
    return Precision(chosen, chosen, FLOATS[wanted])


def native_format(device: torch.device) -> WeightFormat:
    """The shortest floating-point format that the device supports natively; a CPU would emulate others, slowly."""
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    if device.type == "mps":
        return "fp16"
    processor = torch.cpu.get_capabilities()
    native = any(processor.get(feature) for feature in ("avx512_bf16", "amx_bf16", "bf16"))
    return "bf16" if native else "fp32"
