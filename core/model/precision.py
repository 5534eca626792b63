"""Chooses the device and the number format that the model computes in."""

import logging

import torch

_log = logging.getLogger(__name__)
_FORMATS = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def choose_device(wanted: str) -> torch.device:
    """The wanted device, or the best one that is here.

    Args:
        wanted: ``auto``, ``cpu``, ``cuda``, ``cuda:0``, ``mps``. A device that this machine lacks falls back to the
            processor, with a warning that says so.
    """
    if wanted != "auto":
        try:
            device = torch.device(wanted)
            torch.empty(0, device=device)
            return device
        except (RuntimeError, AssertionError):
            _log.warning("Device %r is not available on this machine: the model runs on the processor", wanted)
            return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps") if torch.backends.mps.is_available() else torch.device("cpu")


def choose_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """The number format of the weights.

    Args:
        wanted: ``bf16``, ``fp16``, ``fp32``, or ``auto``: bf16 where the device computes in it natively, else fp16 on
            an accelerator and fp32 on a processor (which would only emulate the short formats, slowly).
    """
    if wanted != "auto":
        return _FORMATS[wanted]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    if device.type == "mps":
        return torch.float16
    processor = torch.cpu.get_capabilities()
    native = any(processor.get(feature) for feature in ("avx512_bf16", "amx_bf16", "bf16"))
    return torch.bfloat16 if native else torch.float32
