"""An embedding model out of a quantised ONNX graph."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from transformers import BertConfig, BertModel

from core.errors import UnsupportedModelError
from core.model.convert_onnx import onnx_to_safetensors

CONFIG = {
    "model_type": "bert",
    "vocab_size": 6,
    "hidden_size": 4,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 8,
    "max_position_embeddings": 3,
}
SCALE, ZERO = np.float32(0.02), np.uint8(120)


def graph(without: str = "") -> tuple[bytes, dict[str, np.ndarray]]:
    """A graph of onnxruntime's form, as bytes, and the weights that are in it."""
    chance = np.random.default_rng(0)
    model = BertModel(BertConfig(**CONFIG), add_pooling_layer=False)
    shapes = {name: tuple(weight.shape) for name, weight in model.state_dict().items() if name != without}
    nodes, stored, wanted = [], [], {}
    for name, shape in shapes.items():
        if len(shape) == 1:
            wanted[name] = chance.normal(size=shape).astype(np.float32)
            stored.append(numpy_helper.from_array(wanted[name], name))
            continue
        numbers = chance.integers(0, 256, shape, np.uint8)
        wanted[name] = (numbers.astype(np.float32) - ZERO) * SCALE
        in_graph = name
        if name.startswith("encoder"):  # a matrix has no name of its own, but its node does
            in_graph, numbers = f"onnx::MatMul_{len(nodes)}", numbers.T
            layer = "/" + name.removesuffix(".weight").replace(".", "/").replace("layer/0", "layer.0")
            reads = ["x", f"{in_graph}_quantized", "x_zero_point", f"{in_graph}_zero_point"]
            nodes.append(helper.make_node("MatMulInteger", reads, ["y"], name=f"{layer}/MatMul_quant"))
        stored += [
            numpy_helper.from_array(np.ascontiguousarray(numbers), f"{in_graph}_quantized"),
            numpy_helper.from_array(np.asarray(SCALE), f"{in_graph}_scale"),
            numpy_helper.from_array(np.asarray(ZERO), f"{in_graph}_zero_point"),
        ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("x", "y")]
    made = helper.make_graph(nodes, "bert", ends[:1], ends[1:], initializer=stored)
    return helper.make_model(made).SerializeToString(), wanted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    return tmp_path


def test_transformers_loads_what_was_in_the_graph(folder: Path) -> None:
    data, wanted = graph()
    (folder / "model.onnx").write_bytes(data)
    onnx_to_safetensors(folder / "model.onnx", folder)
    state = BertModel.from_pretrained(folder, add_pooling_layer=False).state_dict()
    assert set(state) == set(wanted)
    for name, weight in state.items():
        assert torch.allclose(weight.float(), torch.tensor(wanted[name]), atol=5e-3), name


def test_a_graph_that_lacks_a_matrix_is_refused(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(graph("encoder.layer.0.output.dense.weight")[0])
    with pytest.raises(UnsupportedModelError, match=r"model\.onnx cannot be converted.*output\.dense\.weight"):
        onnx_to_safetensors(folder / "model.onnx", folder)


def test_a_graph_of_another_size_is_refused(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(graph()[0])
    (folder / "config.json").write_text(json.dumps(CONFIG | {"hidden_size": 8}))
    with pytest.raises(UnsupportedModelError, match="cannot be converted"):
        onnx_to_safetensors(folder / "model.onnx", folder)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 0.99), extra=st.binary(max_size=4))
def test_a_file_that_is_cut_short_is_refused(cut: float, extra: bytes, folder: Path) -> None:
    data, _ = graph()
    (folder / "model.onnx").write_bytes(data[: int(cut * len(data))] + extra)
    with pytest.raises(UnsupportedModelError, match=r"model\.onnx cannot be converted"):
        onnx_to_safetensors(folder / "model.onnx", folder)
