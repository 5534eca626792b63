"""Findings in Chinese text: the words of :mod:`knowledge.medical.common`, longest first.

Chinese has no blanks between words, so a word is found wherever it stands; "…" in a word stands for up to six
characters of the same clause.
"""

import re
from collections.abc import Iterable, Iterator

_GAP = r"[^\s。,，;；!！?？、:：]{0,6}?"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


class ChineseBook:
    """All Chinese words of findings.

    Args:
        words: code and word; of two codes with the same word the first counts.
    """

    def __init__(self, words: Iterable[tuple[str, str]]) -> None:
        self._codes: list[str] = []
        patterns: dict[str, str] = {}
        for code, word in words:
            patterns.setdefault(_GAP.join(re.escape(part) for part in word.split("…")), code)
        longest_first = sorted(patterns, key=lambda pattern: (-len(pattern.replace(_GAP, "")), pattern))
        self._codes = [patterns[pattern] for pattern in longest_first]
        self._regex = re.compile("|".join(f"({pattern})" for pattern in longest_first)) if patterns else None

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Offsets and code of each finding, in order, without overlap."""
        if self._regex is None or not _CHINESE.search(text):
            return
        for match in self._regex.finditer(text):
            if match.lastindex is not None:
                yield match.start(), match.end(), self._codes[match.lastindex - 1]
