"""Turns tokens into text while an answer is being written: whole characters, stop texts, separated reasoning."""

import re
from collections.abc import Sequence
from typing import Any

THINK, END_THINK = "<think>", "</think>"
_PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
# How byte-level BPE represents bytes as characters (Radford et al. 2019, GPT-2).
_BYTE_OF = {chr(byte): byte for byte in _PRINTABLE} | {
    chr(256 + number): byte for number, byte in enumerate(sorted({*range(256)} - {*_PRINTABLE}))
}
_UNFINISHED = 3  # tokens at most of a character that may still be completed: UTF-8 takes four bytes
_FALLBACK = re.compile("<0x([0-9A-F]{2})>")  # SentencePiece's byte token


def token_bytes(tokenizer: Any, token: int, *, first: bool) -> bytes:
    """The UTF-8 bytes of a token, which may be part of a character.

    Args:
        first: the token begins a text. Some tokenizers drop a leading space there.
    """
    once = str(tokenizer.decode([token]))
    if "\N{REPLACEMENT CHARACTER}" not in once:
        text = once if first else str(tokenizer.decode([token, token]))[len(once) :]
        return text.encode()
    name = str(tokenizer.convert_ids_to_tokens(token))
    if match := _FALLBACK.fullmatch(name):
        return bytes.fromhex(match[1])
    return bytes(map(_BYTE_OF.__getitem__, name)) if _BYTE_OF.keys() >= {*name} else once.encode()


class Detokenizer:
    """Turns tokens into text as they come, holding back the first bytes of an unfinished character."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._start = 0  # tokens from here on are decoded together, since a token's spacing depends on the previous one
        self._read = 0  # tokens before this have been returned

    def push(self, token: int) -> str:
        """Takes a token, returns the characters that are now complete."""
        self._ids.append(token)
        given = self._decode(self._ids[self._start : self._read])
        text = self._decode(self._ids[self._start :])
        if text.endswith("\N{REPLACEMENT CHARACTER}") and len(self._ids) - self._read <= _UNFINISHED:
            return ""
        self._start, self._read = self._read, len(self._ids)
        return text[len(given) :]

    def _decode(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))


class StopMatcher:
    """Cuts a text at the first stop text to be completed, even if it spans several pushes."""

    def __init__(self, stop: tuple[str, ...]) -> None:
        self._stop = stop
        self._held = ""
        self.stopped = False
        self.passed = 0
        """Characters returned so far."""

    def push(self, text: str) -> str:
        """Takes new characters, returns those that can no longer be part of a stop text."""
        self._held += text
        found = [(at + len(stop), at) for stop in self._stop if (at := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            _, start = min(found)
            out = self._take(start)
            self._held = ""
            return out
        return self._take(len(self._held) - max((_overlap(self._held, stop) for stop in self._stop), default=0))

    def flush(self) -> str:
        """Returns what was held back; call at the end of the answer."""
        return self._take(len(self._held))

    def _take(self, count: int) -> str:
        out, self._held = self._held[:count], self._held[count:]
        self.passed += count
        return out


class ReasoningSplitter:
    """Separates a reasoning model's ``<think>...</think>`` from its answer.

    Only a ``<think>`` that opens the answer counts: later ones are part of the text.

    Args:
        open_in_prompt: the chat template has already written ``<think>``.
    """

    def __init__(self, *, open_in_prompt: bool = False) -> None:
        self._state = "reasoning" if open_in_prompt else "start"
        self._held = ""

    @property
    def thinks(self) -> bool:
        """Whether the next characters are reasoning."""
        return self._state == "reasoning"

    def push(self, text: str) -> tuple[str, str]:
        """Takes new characters, returns (answer, reasoning)."""
        self._held += text
        if self._state == "start":
            opening = self._held.lstrip()
            if opening.startswith(THINK):
                self._state, self._held = "reasoning", opening[len(THINK) :]
            elif not THINK.startswith(opening):
                self._state = "answer"
        reasoning = self._reason() if self._state == "reasoning" else ""
        if self._state == "closed":  # the line breaks after the thought belong to neither
            self._held = self._held.lstrip("\n")
            self._state = "answer" if self._held else "closed"
        return (self.flush()[0], reasoning) if self._state == "answer" else ("", reasoning)

    def flush(self) -> tuple[str, str]:
        """Returns what was held back; call at the end of the answer."""
        out, self._held = self._held, ""
        return ("", out) if self._state == "reasoning" else (out, "")

    def _reason(self) -> str:
        thought, closed, rest = self._held.partition(END_THINK)
        if closed:
            self._state, self._held = "closed", rest
            return thought
        keep = _overlap(thought, END_THINK)
        out, self._held = thought[: len(thought) - keep], thought[len(thought) - keep :]
        return out


def opens_thought(prompt: str) -> bool:
    """Whether a prompt ends with an opened thought, which the model then continues."""
    return prompt.rstrip().endswith(THINK)


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of ``text`` that could be the beginning of ``stop``."""
    return next((n for n in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:n])), 0)
