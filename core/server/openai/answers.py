"""Answers in the form of OpenAI's API, whole and in pieces."""

import base64
import codecs
import time
import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...engine.request import Chunk, TokenLogprob

Object = dict[str, Any]

_LEAST = -9999.0  # what OpenAI writes for a probability of 0, whose logarithm JSON cannot hold


class ChatForm:
    """Answers of ``/v1/chat/completions``, those of a stream included."""

    def __init__(self, model: str) -> None:
        self._head = _head("chatcmpl", model)

    def whole(self, chunks: Sequence[Chunk]) -> Object:
        """The finished answer."""
        text, reasoning = ("".join(getattr(chunk, part) for chunk in chunks) for part in ("text", "reasoning"))
        message: Object = {"role": "assistant", "content": text, "refusal": None}
        if reasoning:
            message["reasoning_content"] = reasoning
        tokens = [token for chunk in chunks for token in chunk.logprobs]
        choice = self._choice("message", message, tokens, chunks[-1])
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": usage(chunks[-1])}

    def opening(self) -> list[Object]:
        """What a stream begins with."""
        return [self._event([self._choice("delta", {"role": "assistant", "content": ""}, (), Chunk())])]

    def piece(self, chunk: Chunk) -> Object:
        """The next piece of a stream."""
        delta = {"reasoning_content": chunk.reasoning, "content": chunk.text}
        written = {name: text for name, text in delta.items() if text}
        return self._event([self._choice("delta", written, chunk.logprobs, chunk)])

    def usage_event(self, last: Chunk) -> Object:
        """The counts of tokens, at the end of a stream."""
        return {**self._event([]), "usage": usage(last)}

    def _event(self, choices: list[Object]) -> Object:
        return {**self._head, "object": "chat.completion.chunk", "choices": choices}

    @staticmethod
    def _choice(name: str, content: Object, tokens: Sequence[TokenLogprob], chunk: Chunk) -> Object:
        logprobs = {"content": [_logprob(token) for token in tokens], "refusal": None} if tokens else None
        return {"index": 0, name: content, "logprobs": logprobs, "finish_reason": chunk.finish_reason}


class CompletionForm:
    """Answers of ``/v1/completions``. What a reasoning model thinks is part of the text, as it was written."""

    def __init__(self, model: str) -> None:
        self._head = {**_head("cmpl", model), "object": "text_completion"}
        self._offset = 0  # characters of the answer so far
        self._characters = codecs.getincrementaldecoder("utf-8")("replace")

    def whole(self, chunks: Sequence[Chunk]) -> Object:
        """The finished answer."""
        choice = self._choice(chunks)
        return {**self._head, "choices": [choice], "usage": usage(chunks[-1])}

    def opening(self) -> list[Object]:
        """What a stream begins with: nothing of its own."""
        return []

    def piece(self, chunk: Chunk) -> Object:
        """The next piece of a stream."""
        return {**self._head, "choices": [self._choice([chunk])]}

    def usage_event(self, last: Chunk) -> Object:
        """The counts of tokens, at the end of a stream."""
        return {**self._head, "choices": [], "usage": usage(last)}

    def _choice(self, chunks: Sequence[Chunk]) -> Object:
        text = "".join(chunk.reasoning + chunk.text for chunk in chunks)
        tokens = [token for chunk in chunks for token in chunk.logprobs]
        return {
            "index": 0,
            "text": text,
            "logprobs": self._logprobs(tokens) if tokens else None,
            "finish_reason": chunks[-1].finish_reason,
        }

    def _logprobs(self, tokens: Sequence[TokenLogprob]) -> Object:
        offsets = []
        for token in tokens:
            offsets.append(self._offset)
            self._offset += len(self._characters.decode(token.utf8))  # one that its tokens are parts of counts once
        return {
            "tokens": [token.text for token in tokens],
            "token_logprobs": [_finite(token.logprob) for token in tokens],
            # the likeliest comes last, and stays where tokens have the same text: parts of characters have
            "top_logprobs": [{other.text: _finite(other.logprob) for other in reversed(token.top)} for token in tokens],
            "text_offset": offsets,
        }


Form = ChatForm | CompletionForm


def usage(last: Chunk) -> Object:
    """Counts of tokens, from the last piece of an answer."""
    return {
        "prompt_tokens": last.prompt_tokens,
        "completion_tokens": last.completion_tokens,
        "total_tokens": last.prompt_tokens + last.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": last.cached_tokens},
    }


def embeddings(model: str, vectors: npt.NDArray[np.float32], encoding: str) -> Object:
    """The vectors ``[n, dimensions]``, as numbers or as base64 of little-endian float32.

    The counts of tokens are 0: an embedding model does not tell them.
    """
    rows = np.ascontiguousarray(vectors, "<f4")
    values = [base64.b64encode(row.tobytes()).decode() if encoding == "base64" else row.tolist() for row in rows]
    data = [{"object": "embedding", "index": index, "embedding": value} for index, value in enumerate(values)]
    return {"object": "list", "model": model, "data": data, "usage": {"prompt_tokens": 0, "total_tokens": 0}}


def _head(prefix: str, model: str) -> Object:
    return {"id": f"{prefix}-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}


def _logprob(token: TokenLogprob) -> Object:
    return {**_token(token), "top_logprobs": list(map(_token, token.top))}


def _token(token: TokenLogprob) -> Object:
    return {"token": token.text, "logprob": _finite(token.logprob), "bytes": list(token.utf8)}


def _finite(logprob: float) -> float:
    return max(logprob, _LEAST)
