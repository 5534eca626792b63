"""Prompt-lookup decoding (Saxena 2023, https://github.com/apoorvumang/prompt-lookup-decoding).

Speculative decoding without a draft model: where the last tokens occurred before, what followed them is guessed to
follow again. The forward pass that reads a guess also verifies it, and wrong tokens are dropped, so that the answer is
the same as without guesses.
"""

_MATCH = 3  # last tokens that must occur earlier, in this order
GUESS = 8  # tokens guessed at once, at most


class PromptLookup:
    """Guesses how a sequence goes on.

    Args:
        ids: the prompt.
    """

    def __init__(self, ids: list[int]) -> None:
        self._ids = list(ids)
        self._after: dict[tuple[int, ...], int] = {}  # where the newest occurrence of some tokens ends
        for end in range(_MATCH, len(ids)):
            self._after[tuple(ids[end - _MATCH : end])] = end

    def push(self, token: int) -> None:
        """Adds a token of the answer."""
        if len(self._ids) >= _MATCH:
            self._after[tuple(self._ids[-_MATCH:])] = len(self._ids)
        self._ids.append(token)

    def guess(self, limit: int) -> list[int]:
        """At most ``limit`` next tokens: what followed the last three where they stood before, if they did."""
        start = self._after.get(tuple(self._ids[-_MATCH:]))
        return [] if start is None else self._ids[start : start + min(limit, GUESS)]
