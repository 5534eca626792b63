"""Converts GGUF weights to a safetensors folder, once, so that later starts load in under a second."""

import struct
from pathlib import Path


def gguf_to_safetensors(gguf: Path, folder: Path) -> None:
    """Writes the model and tokenizer of a GGUF file as a transformers folder in bf16.

    Quantised tensors are expanded, so the folder is a plain checkpoint that any tool can read. Takes about 20 s for a
    135M model. GGUF: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

    Raises:
        UnsupportedModelError: the file is not GGUF, or transformers does not know its architecture.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    from ..errors import UnsupportedModelError

    try:
        model = AutoModelForCausalLM.from_pretrained(
            str(gguf.parent), gguf_file=gguf.name, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
        )
        tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    except (ImportError, ValueError, KeyError, IndexError, struct.error, NotImplementedError) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise UnsupportedModelError(f"{gguf.name} cannot be converted ({reason})") from error
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
