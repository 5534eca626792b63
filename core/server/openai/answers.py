"""Answers in the format of OpenAI's API, whole and streamed."""

import base64
import codecs
import time
import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...engine.request import Chunk, TokenLogprob, joined

Object = dict[str, Any]

_REPLACED = "\N{REPLACEMENT CHARACTER}"
_LEAST = -9999.0  # OpenAI's value for a probability of 0, whose logarithm JSON cannot represent


class ChatForm:
    """Answers of ``/v1/chat/completions``, including streams."""

    def __init__(self, model: str) -> None:
        self._head = _head("chatcmpl", model)

    def whole(self, chunks: Sequence[Chunk]) -> Object:
        """The finished answer."""
        answer = joined(chunks)
        message: Object = {"role": "assistant", "content": answer.text, "refusal": None}
        if answer.reasoning:
            message["reasoning_content"] = answer.reasoning
        choice = self._choice("message", message, answer)
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": usage(answer)}

    def opening(self) -> list[Object]:
        """The events that begin a stream."""
        return [self._event([self._choice("delta", {"role": "assistant", "content": ""}, Chunk())])]

    def piece(self, chunk: Chunk) -> Object:
        """The next piece of a stream."""
        delta = {"reasoning_content": chunk.reasoning, "content": chunk.text}
        written = {name: text for name, text in delta.items() if text}
        return self._event([self._choice("delta", written, chunk)])

    def usage_event(self, last: Chunk) -> Object:
        """The counts of tokens, at the end of a stream."""
        return {**self._event([]), "usage": usage(last)}

    def _event(self, choices: list[Object]) -> Object:
        return {**self._head, "object": "chat.completion.chunk", "choices": choices}

    @staticmethod
    def _choice(name: str, content: Object, chunk: Chunk) -> Object:
        logprobs = {"content": list(map(logprob_of, chunk.logprobs)), "refusal": None} if chunk.logprobs else None
        return {"index": 0, name: content, "logprobs": logprobs, "finish_reason": chunk.finish_reason}


class CompletionForm:
    """Answers of ``/v1/completions``. A reasoning model's thoughts are part of the text, without their tags."""

    def __init__(self, model: str) -> None:
        self._head = {**_head("cmpl", model), "object": "text_completion"}
        self._offset = 0  # characters of the answer so far
        self._characters = _decoder()

    def whole(self, chunks: Sequence[Chunk]) -> Object:
        """The finished answer."""
        answer = joined(chunks)
        return {**self._head, "choices": [self._choice(answer)], "usage": usage(answer)}

    def opening(self) -> list[Object]:
        """The events that begin a stream: none."""
        return []

    def piece(self, chunk: Chunk) -> Object:
        """The next piece of a stream."""
        return {**self._head, "choices": [self._choice(chunk)]}

    def usage_event(self, last: Chunk) -> Object:
        """The counts of tokens, at the end of a stream."""
        return {**self._head, "choices": [], "usage": usage(last)}

    def _choice(self, chunk: Chunk) -> Object:
        return {
            "index": 0,
            "text": chunk.reasoning + chunk.text,
            "logprobs": self._logprobs(chunk.logprobs) if chunk.logprobs else None,
            "finish_reason": chunk.finish_reason,
        }

    def _logprobs(self, tokens: Sequence[TokenLogprob]) -> Object:
        offsets = []
        for token in tokens:
            self._end_if_broken(token.utf8)
            offsets.append(self._offset)
            self._offset += len(self._characters.decode(token.utf8))  # a character split over tokens counts once
        return {
            "tokens": [token.text for token in tokens],
            "token_logprobs": [_finite(token.logprob) for token in tokens],
            # the likeliest comes last, so that it wins if tokens have the same text, as parts of characters do
            "top_logprobs": [{other.text: _finite(other.logprob) for other in reversed(token.top)} for token in tokens],
            "text_offset": offsets,
        }

    def _end_if_broken(self, following: bytes) -> None:
        """Counts a pending partial character that ``following`` does not continue: it becomes U+FFFD before it."""
        begun = self._characters.getstate()[0] + following[:1]
        if begun != _REPLACED.encode() and _decoder().decode(begun).startswith(_REPLACED):
            self._offset += len(self._characters.decode(b"", True))


Form = ChatForm | CompletionForm


def usage(last: Chunk) -> Object:
    """Token counts, from the last piece of an answer."""
    return {
        "prompt_tokens": last.prompt_tokens,
        "completion_tokens": last.completion_tokens,
        "total_tokens": last.prompt_tokens + last.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": last.cached_tokens},
    }


def embeddings(model: str, vectors: npt.NDArray[np.float32], encoding: str) -> Object:
    """The vectors ``[n, dimensions]``, as numbers or as base64 of little-endian float32.

    The token counts are 0: an embedding model does not report them.
    """
    rows = np.ascontiguousarray(vectors, "<f4")
    values = [base64.b64encode(row.tobytes()).decode() if encoding == "base64" else row.tolist() for row in rows]
    data = [{"object": "embedding", "index": index, "embedding": value} for index, value in enumerate(values)]
    return {"object": "list", "model": model, "data": data, "usage": {"prompt_tokens": 0, "total_tokens": 0}}


def _decoder() -> codecs.IncrementalDecoder:
    """An incremental decoder, for tokens that may be parts of characters."""
    return codecs.getincrementaldecoder("utf-8")("replace")


def _head(prefix: str, model: str) -> Object:
    return {"id": f"{prefix}-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}


def logprob_of(token: TokenLogprob) -> Object:
    """A token of an answer with the likeliest alternatives, in the chat format."""
    return {**_token(token), "top_logprobs": list(map(_token, token.top))}


def _token(token: TokenLogprob) -> Object:
    return {"token": token.text, "logprob": _finite(token.logprob), "bytes": list(token.utf8)}


def _finite(logprob: float) -> float:
    return max(logprob, _LEAST)
