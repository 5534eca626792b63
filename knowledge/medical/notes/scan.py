"""Searches for many patterns in one pass: each is tried only where a match can begin.

A note is read with hundreds of patterns, hardly any of which occurs in a given sentence. How the matches of a pattern
begin is derived from the pattern itself, as :mod:`re` parses it, so that the result is exactly that of its
``finditer``.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache, reduce
from operator import itemgetter
from re import _constants as ops  # type: ignore[attr-defined]  # Python's own, and without types
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

_LENGTH = 3  # characters of a beginning
_MOST = 1500  # beginnings of a pattern; if there are more, only their first characters are used
_BLANK, _DIGIT = re.compile(r"[^\S \n]"), re.compile(r"\d")
_CLASSES = {ops.CATEGORY_DIGIT: frozenset("0"), ops.CATEGORY_SPACE: frozenset(" \n")}  # as folded
_CHARACTERS = "".join(map(chr, range(0x10000)))  # searched for letters that differ only in case


class Deferred:
    """A pattern that is compiled when it is first tried, since compiling a long one takes as long as reading a page."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern, self.flags = pattern, flags

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The compiled pattern."""
        return re.compile(self.pattern, self.flags)

    def match(self, text: str, start: int, end: int = sys.maxsize) -> re.Match[str] | None:
        """As of :class:`re.Pattern`."""
        return self.regex.match(text, start, end)

    def finditer(self, text: str, start: int, end: int) -> Iterator[re.Match[str]]:
        """As of :class:`re.Pattern`."""
        return self.regex.finditer(text, start, end)


class PatternScan:
    """Patterns that are searched together. Safe to share between threads.

    Args:
        heads: for each pattern one with the same beginnings, to use if the patterns themselves take long to parse.
    """

    def __init__(self, patterns: Sequence[re.Pattern[str] | Deferred], heads: Sequence[re.Pattern[str]] = ()) -> None:
        self._patterns = patterns
        self._anywhere, self._somewhere = list[int](), list[int]()
        self._numbers = defaultdict[str, list[int]](list)  # of the patterns with a beginning
        for number, head in enumerate(heads or patterns):
            begins = beginnings(head)
            (self._anywhere if begins is None else self._somewhere).append(number)
            for begin in begins or ():
                self._numbers[begin].append(number)
        self._places = re.compile(_any_of(self._numbers))
        self._beginning = lru_cache(maxsize=10_000)(self._that_begin)

    def find(self, text: str, start: int = 0, end: int | None = None) -> list[tuple[int, re.Match[str]]]:
        """The ``finditer`` matches of each pattern from ``start`` to ``end``, with its number, in pattern order."""
        end = len(text) if end is None else end
        found = [(n, match) for n in self._anywhere for match in self._patterns[n].finditer(text, start, end)]
        places: list[tuple[int, Sequence[int]]] = [(0, self._somewhere)] if start == 0 else []
        folded = _folded(text)
        for begin in self._places.finditer(folded, max(start, 1), end):
            place = begin.start()
            places.append((place, self._beginning(folded[place : min(place + _LENGTH, end)])))
        closed: dict[int, int] = {}  # where the last match of a pattern ends
        for place, numbers in places:
            for n in numbers:
                if place >= closed.get(n, 0) and (match := self._patterns[n].match(text, place, end)):
                    closed[n] = match.end()
                    found.append((n, match))
        return sorted(found, key=itemgetter(0))

    def _that_begin(self, folded: str) -> tuple[int, ...]:
        """Numbers of the patterns whose matches may begin with these characters."""
        begins = (folded[:length] for length in range(1, len(folded) + 1))
        return tuple(sorted({n for begin in begins for n in self._numbers.get(begin, ())}))


def beginnings(pattern: re.Pattern[str] | Deferred) -> frozenset[str] | None:
    """Up to three folded characters that a match not at the start of a text begins with; None if it may be anything."""
    begun = _of_sequence(_parser.parse(pattern.pattern, pattern.flags))
    every = begun.whole | begun.opening
    return None if "" in every else every


def _any_of(begins: Iterable[str]) -> str:
    """A pattern that matches where one of them occurs and tests each first character once."""
    rests = defaultdict[str, list[str]](list)
    for begin in begins:
        rests[begin[0]].append(re.escape(begin[1:]))
    return "|".join(f"{re.escape(first)}(?={'|'.join(rest)})" for first, rest in rests.items()) or "(?!)"


@lru_cache(maxsize=2)  # the current note is scanned several times
def _folded(text: str) -> str:
    """The text at the same offsets, with one character for all that ``IGNORECASE`` equates with an ASCII letter, one
    for all digits, and one for all blanks except the end of a line."""
    small = text.replace("İ", "i").replace("ı", "i").replace("ſ", "s").lower()
    return _DIGIT.sub("0", _BLANK.sub(" ", small))


class _Begun(NamedTuple):
    """Strings that a match of a part of a pattern equals (``whole``) or begins with (``opening``)."""

    whole: frozenset[str] = frozenset()
    opening: frozenset[str] = frozenset()


_NOTHING, _ANYTHING, _NOWHERE = _Begun(whole=frozenset({""})), _Begun(opening=frozenset({""})), _Begun()


def _of_sequence(parts: Iterable[tuple[Any, Any]]) -> _Begun:
    return reduce(lambda begun, part: _joined(begun, _of_part(*part)) if begun.whole else begun, parts, _NOTHING)


def _joined(first: _Begun, then: _Begun) -> _Begun:
    both = {a + b for a in first.whole for b in then.whole}
    whole = frozenset(words for words in both if len(words) < _LENGTH)
    cut = {words[:_LENGTH] for words in both - whole} | {(a + b)[:_LENGTH] for a in first.whole for b in then.opening}
    opening = first.opening | cut
    if len(whole) + len(opening) > _MOST:
        return _Begun(opening=frozenset(words[:1] for words in whole | opening))
    return _Begun(whole, opening)


def _either(several: Iterable[_Begun]) -> _Begun:
    wholes, openings = zip(*several, strict=True)
    return _Begun(frozenset().union(*wholes), frozenset().union(*openings))


def _of_part(operator: Any, argument: Any) -> _Begun:
    """Beginnings of a part of a parsed pattern, or of a set of characters."""
    match operator:
        case ops.LITERAL:
            return _of_character(argument)
        case ops.RANGE if argument[1] - argument[0] < _MOST:
            return _either(map(_of_character, range(argument[0], argument[1] + 1)))
        case ops.CATEGORY if argument in _CLASSES:
            return _Begun(_CLASSES[argument])
        case ops.IN:
            return _either(_of_part(*member) for member in argument)
        case ops.BRANCH:
            return _either(map(_of_sequence, argument[1]))
        case ops.SUBPATTERN:
            return _of_sequence(argument[-1])
        case ops.ATOMIC_GROUP:
            return _of_sequence(argument)
        case ops.MAX_REPEAT | ops.MIN_REPEAT | ops.POSSESSIVE_REPEAT:
            return _repeated(*argument)
        case ops.AT if argument is ops.AT_BEGINNING_STRING:
            return _NOWHERE  # every pattern is tried at the start of a text anyway
        case ops.AT | ops.ASSERT | ops.ASSERT_NOT:
            return _NOTHING
        case _:
            return _ANYTHING


def _repeated(least: int, most: int, parts: Iterable[tuple[Any, Any]]) -> _Begun:
    once = _of_sequence(parts)
    several = [once]
    for _ in range(1, min(most, _LENGTH)):  # by then, anything not empty has a full beginning
        several.append(_joined(several[-1], once))
    return _either(several if least else [_NOTHING, *several])


def _of_character(code: int) -> _Begun:
    character = chr(code)
    has_case = not character.isascii() and character.lower() != character.upper()
    alike = re.findall(re.escape(character), _CHARACTERS, re.IGNORECASE) if has_case else [character]
    return _Begun(frozenset(map(_folded, alike))) if alike else _ANYTHING
