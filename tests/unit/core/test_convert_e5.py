"""An embedding model out of its package's own file."""

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType
from gguf.quants import dequantize, quantize
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer, BertModel

from core.errors import UnsupportedModelError
from core.model.convert_e5 import e5_to_safetensors

PIECES = {
    "<s>": 0.0,
    "<pad>": 0.0,
    "</s>": 0.0,
    "<unk>": 0.0,
    "▁": -2.0,
    "▁Ж": -3.0,
    "▁card": -3.0,
    "s": -4.0,
    "卡": -5.0,
    "5": -6.0,
}
HIDDEN, INNER, POSITIONS = 32, 64, 16
LAYER = {
    "q.w": (HIDDEN, HIDDEN), "q.b": (HIDDEN,), "k.w": (HIDDEN, HIDDEN), "k.b": (HIDDEN,),
    "v.w": (HIDDEN, HIDDEN), "v.b": (HIDDEN,), "ao.w": (HIDDEN, HIDDEN), "ao.b": (HIDDEN,),
    "aln.w": (HIDDEN,), "aln.b": (HIDDEN,), "fi.w": (INNER, HIDDEN), "fi.b": (INNER,),
    "fo.w": (HIDDEN, INNER), "fo.b": (HIDDEN,), "oln.w": (HIDDEN,), "oln.b": (HIDDEN,),
}  # fmt: skip
TENSORS = {
    "emb.word": (len(PIECES), HIDDEN), "emb.pos": (POSITIONS, HIDDEN), "emb.type": (2, HIDDEN),
    "emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,), **{f"l0.{name}": shape for name, shape in LAYER.items()},
}  # fmt: skip


def tensors() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {name: random.standard_normal(shape).astype(np.float32) for name, shape in TENSORS.items()}


def packed(numbers: dict[str, np.ndarray]) -> bytes:
    """The file: header, tokenizer, list of tensors, tensors."""
    head = struct.pack("<4si7ifi", b"E5S1", 1, HIDDEN, 1, 4, INNER, len(PIECES), POSITIONS, 2, 1e-12, 32)
    text = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, text)]).astype("<u4").tobytes()
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, text))) + ends
    head += np.array(list(PIECES.values()), "<f4").tobytes() + b"".join(text) + struct.pack("<iI", 0, 0)
    kinds = {name: name == "emb.word" or (name.split(".")[-1] == "w" and "ln" not in name) for name in numbers}
    data = {
        name: quantize(array, GGMLQuantizationType.Q4_0).tobytes() if kinds[name] else array.tobytes()
        for name, array in numbers.items()
    }
    listed = struct.calcsize("<BIQQ") + 2
    start, entries = len(head) + 4 + sum(listed + len(name) for name in numbers), b""
    for name, array in numbers.items():
        entries += struct.pack("<H", len(name)) + name.encode()
        entries += struct.pack("<BIQQ", kinds[name], array.size, start, len(data[name]))
        start += len(data[name])
    return head + struct.pack("<i", len(numbers)) + entries + b"".join(data.values())


def rounded(array: np.ndarray) -> torch.Tensor:
    """As the file has it."""
    return torch.tensor(dequantize(quantize(array, GGMLQuantizationType.Q4_0), GGMLQuantizationType.Q4_0))


def test_transformers_loads_what_was_in_the_file(tmp_path: Path) -> None:
    numbers = tensors()
    (tmp_path / "model.bin").write_bytes(packed(numbers))
    e5_to_safetensors(tmp_path / "model.bin", tmp_path)
    state = BertModel.from_pretrained(tmp_path, add_pooling_layer=False).state_dict()
    inner = state["encoder.layer.0.intermediate.dense.weight"].float()
    assert torch.allclose(inner, rounded(numbers["l0.fi.w"]), atol=1e-2)
    assert torch.allclose(state["embeddings.LayerNorm.bias"].float(), torch.tensor(numbers["emb.ln.b"]), atol=1e-2)
    kept = [number for number, piece in enumerate(PIECES) if piece != "▁Ж"]
    words = state["embeddings.word_embeddings.weight"].float()
    assert torch.allclose(words, rounded(numbers["emb.word"])[kept], atol=1e-2)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer.tokenize("cards\u200b 卡\x00 ５") == ["▁card", "s", "▁", "卡", "▁", "5"]
    assert tokenizer("card")["input_ids"] == [0, 5, 2]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 0.99), extra=st.binary(max_size=4))
def test_a_file_that_is_cut_short_is_refused(cut: float, extra: bytes, tmp_path: Path) -> None:
    data = packed(tensors())
    (tmp_path / "model.bin").write_bytes(data[: int(cut * len(data))] + extra)
    with pytest.raises(UnsupportedModelError, match=r"model\.bin cannot be converted"):
        e5_to_safetensors(tmp_path / "model.bin", tmp_path)


def test_a_file_that_lacks_a_tensor_is_refused(tmp_path: Path) -> None:
    numbers = tensors()
    del numbers["l0.q.w"]
    (tmp_path / "model.bin").write_bytes(packed(numbers))
    with pytest.raises(UnsupportedModelError, match="query"):
        e5_to_safetensors(tmp_path / "model.bin", tmp_path)
