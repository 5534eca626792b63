"""Adds typing errors to questions."""

import random
import re

from knowledge.retrieval.lexical import content_words

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_WORD = re.compile(r"[A-Za-z]{4,}")


def mistyped(question: str, chance: random.Random) -> str:
    """The question with one error in a content word: a letter omitted, doubled, swapped or replaced by a neighbour."""
    words = [match for match in _WORD.finditer(question) if content_words(match[0])]
    if not words:
        return question
    word = chance.choice(words)
    place = chance.randrange(word.start() + 1, word.end())
    before, letter, after = question[:place], question[place], question[place + 1 :]
    errors = [
        before + after,
        before + letter + letter + after,
        before[:-1] + letter + before[-1] + after,
        before + chance.choice(_beside(letter.lower())) + after,
    ]
    return chance.choice([error for error in errors if error != question])


def _beside(letter: str) -> str:
    """The letters on the neighbouring keys."""
    row = next(row for row in _ROWS if letter in row)
    place = row.index(letter)
    return row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
