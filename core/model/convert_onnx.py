"""Converts a BERT that onnxruntime has quantised to a transformers folder, once.

A matrix is 8-bit integers with a scale and a zero point, transposed, as ``MatMulInteger`` reads it
(https://onnx.ai/onnx/operators/onnx__MatMulInteger.html); the graph's node has the name of the layer. So are the
embeddings, under their own names. Everything else is in floating point.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import UnsupportedModelError

if TYPE_CHECKING:
    from onnx import GraphProto

_MATRIX = "/MatMul_quant"
_QUANTISED, _SCALE, _ZERO = "_quantized", "_scale", "_zero_point"


def onnx_to_safetensors(path: Path, folder: Path) -> None:
    """Writes the weights in fp16, of the shape that the folder's ``config.json`` tells; takes a second.

    Raises:
        UnsupportedModelError: the file is of another kind, truncated, or lacks a tensor.
    """
    import onnx
    import torch
    from google.protobuf.message import DecodeError
    from transformers import BertConfig, BertModel

    try:
        graph = onnx.load_from_string(path.read_bytes()).graph
        state = {name: torch.tensor(weights) for name, weights in _tensors(graph)}
        model = BertModel(BertConfig.from_pretrained(folder), add_pooling_layer=False)
        model.load_state_dict({name: state[name] for name in model.state_dict()})
    except (DecodeError, OSError, ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        raise UnsupportedModelError(f"{path.name} cannot be converted ({error})") from error
    model.half().save_pretrained(folder)  # type: ignore[no-untyped-call]


def _tensors(graph: "GraphProto") -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """The tensors with their names in transformers."""
    from onnx.numpy_helper import to_array

    found = {tensor.name: to_array(tensor) for tensor in graph.initializer}

    def expanded(name: str) -> npt.NDArray[np.float32]:
        numbers, zero = (found[name + end].astype(np.float32) for end in (_QUANTISED, _ZERO))
        return np.asarray((numbers - zero) * found[name + _SCALE], np.float32)

    for node in graph.node:
        if node.op_type == "MatMulInteger" and node.name.endswith(_MATRIX):
            layer = node.name.removeprefix("/").removesuffix(_MATRIX).replace("/", ".")
            yield f"{layer}.weight", np.ascontiguousarray(expanded(node.input[1].removesuffix(_QUANTISED)).T)
    for name, numbers in found.items():
        if name.endswith(_QUANTISED):
            plain = name.removesuffix(_QUANTISED)
            yield plain, expanded(plain)
        elif numbers.dtype == np.float32:
            yield name, numbers
