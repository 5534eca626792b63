"""Adds tokens for terms that a model spells in pieces."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from ..characters import UNSPACED
from ..errors import InputError, InputFormatError, InputTooLargeError
from .rows import Row, RowFile, read_text

_MAX_TERMS = 10_000
_MAX_TERM = 100  # characters
_UNSPACED = re.compile(f"^[{UNSPACED}]|[{UNSPACED}]$")


def read_terms(path: Path) -> RowFile:
    """The distinct terms of a UTF-8 file, one per line, as rows without messages.

    Raises:
        InputError: it cannot be read, or contains no terms.
        InputTooLargeError: there are more than 10,000.
        InputFormatError: a line is longer than 100 characters; the message names it.
    """
    text, sha256 = read_text(path)
    terms: dict[str, Row] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line.strip()) > _MAX_TERM:
            raise InputFormatError(f"{path.name}, line {number} is no term", hint="Write one term per line")
        if term := line.strip():
            terms.setdefault(term, Row(path.name, number, "", (), term))
    if not terms:
        raise InputError(f"{path.name} holds no terms")
    if len(terms) > _MAX_TERMS:
        raise InputTooLargeError(f"{path.name} holds more than {_MAX_TERMS:,} terms")
    return RowFile(path.name, sha256, tuple(terms.values()))


@torch.no_grad()
def add_terms(tokenizer: Any, model: Any, terms: Sequence[str]) -> tuple[int, ...]:
    """Adds a token for each term if that saves tokens; its rows start as the mean of those that spelled the term.

    In a sentence many words are one token together with the space before them. A new token leaves that space as a
    separate token, so a term of two tokens gains nothing.

    Args:
        tokenizer, model: of transformers; both are modified.

    Returns:
        The new tokens, in the order of the terms.
    """
    from tokenizers import AddedToken

    pieces = {term: tokenizer(f" {term}", add_special_tokens=False)["input_ids"] for term in terms}
    new = [term for term in terms if len(pieces[term]) > 2]
    tokenizer.add_tokens([AddedToken(term, single_word=not _UNSPACED.search(term), normalized=False) for term in new])
    ids: list[int] = tokenizer.convert_tokens_to_ids(new)
    if len(tokenizer) > len(model.get_input_embeddings().weight):
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    for layer in (model.get_input_embeddings(), model.get_output_embeddings()):  # one tensor if they are tied
        means = [layer.weight[pieces[term]].float().mean(0) for term in new]
        for token, mean in zip(ids, means, strict=True):
            layer.weight[token] = mean.to(layer.weight.dtype)
    return tuple(ids)
