"""A small file as the package of multilingual-e5-small has it."""

import struct

import numpy as np
from gguf import GGMLQuantizationType
from gguf.quants import quantize

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
