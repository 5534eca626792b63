"""Constrains answers to a JSON schema with llguidance: which tokens are allowed next."""

import json
from collections.abc import Mapping
from typing import Any

import torch

from ..errors import InvalidRequestError


class SchemaGuide:
    """Compiles schemas for one tokenizer.

    Args:
        tokenizer: a fast tokenizer of transformers.
        vocab_size: how many logits the model returns; tokens beyond them are never drawn.
        stop_ids: tokens that end an answer.
    """

    def __init__(self, tokenizer: Any, vocab_size: int, stop_ids: frozenset[int]) -> None:
        import llguidance.hf

        self._vocab_size, known = vocab_size, max(vocab_size, len(tokenizer))
        self._tokens = llguidance.hf.from_tokenizer(tokenizer, n_vocab=known, eos_token=sorted(stop_ids))

    def follow(self, schema: Mapping[str, Any]) -> "SchemaState":
        """The state at the beginning of an answer.

        Raises:
            InvalidRequestError: the schema is malformed, uses unsupported features, or no answer can satisfy it.
        """
        from llguidance import LLMatcher

        try:
            grammar = LLMatcher.grammar_from_json_schema(json.dumps(dict(schema)))
            state = SchemaState(LLMatcher(self._tokens, grammar), self._vocab_size)
        except (ValueError, TypeError) as error:
            raise _unusable() from error
        state.allowed()
        return state


class SchemaState:
    """The state of a constrained answer."""

    def __init__(self, matcher: Any, vocab_size: int) -> None:
        self._matcher, self._vocab_size = matcher, vocab_size

    def allowed(self) -> torch.Tensor:
        """The tokens allowed next, ``[vocab_size]``.

        Raises:
            InvalidRequestError: no token is allowed: the schema recurses without end, or cannot be used at all.
        """
        bits = torch.frombuffer(bytearray(self._matcher.compute_bitmask()), dtype=torch.uint8)
        if self._matcher.is_error():
            raise _unusable()
        places = torch.arange(8, dtype=torch.uint8)
        return ((bits.unsqueeze(1) >> places) & 1).bool().flatten()[: self._vocab_size]

    def push(self, token: int) -> None:
        """Advances by an allowed token."""
        self._matcher.consume_token(token)


def _unusable() -> InvalidRequestError:
    return InvalidRequestError("The JSON schema cannot be used", param="response_format")
