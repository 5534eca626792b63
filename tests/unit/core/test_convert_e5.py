"""An embedding model out of its package's own file."""

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
from tests.unit.core.e5_file import PIECES, packed, tensors


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
