"""Prompt-lookup decoding (Saxena 2023, https://github.com/apoorvumang/prompt-lookup-decoding).

Speculative decoding without a draft model: if the last tokens occurred before, the tokens that followed them are
guessed to follow again. The forward pass that reads a guess also verifies it, and wrong tokens are dropped, so the
answer is the same as without guesses.
"""

_MATCH = 3  # how many last tokens must occur earlier, in order
GUESS = 8  # most tokens guessed at once


class PromptLookup:
    """Guesses how a sequence continues.

    Args:
        ids: the prompt.
    """

    def __init__(self, ids: list[int]) -> None:
        self._ids = list(ids)
        self._after: dict[tuple[int, ...], int] = {}  # end of the latest occurrence of each n-gram
        for end in range(_MATCH, len(ids)):
            self._after[tuple(ids[end - _MATCH : end])] = end

    def push(self, token: int) -> None:
        """Adds a token of the answer."""
        if len(self._ids) >= _MATCH:
            self._after[tuple(self._ids[-_MATCH:])] = len(self._ids)
        self._ids.append(token)

    def guess(self, limit: int) -> list[int]:
        """At most ``limit`` next tokens: those after the latest earlier occurrence of the last three, if any."""
        start = self._after.get(tuple(self._ids[-_MATCH:]))
        return [] if start is None else self._ids[start : start + min(limit, GUESS)]
