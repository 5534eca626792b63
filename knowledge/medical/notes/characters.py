"""Normalizes characters to those of the rules: plain apostrophes, half-width letters and digits, simplified Chinese.

Phones and word processors type "isn’t", keyboards "isn't" or "isn´t"; Taiwan and Hong Kong write 發燒 for 发烧, and
Chinese keyboards 血压７０／４０.
"""

import string
from functools import cache, lru_cache

from ...retrieval.language import converter

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ＇´`", "'"))
_VARIANTS = {"睪": "睾", **dict(zip("冇唔咗嘅喺佢哋嚟睇瞓", "没不了的在他们来看睡", strict=True))}
"""A Taiwanese variant, which the converter leaves unchanged on its own, and Cantonese words of Hong Kong."""
_FULL_WIDTH = {0xFEE0 + ord(c): c for c in string.ascii_letters + string.digits + "/%.+-<>="}
"""From Chinese keyboards. Other marks stay: a full-width comma ends a clause where a plain one may not."""


HAN_CLASS = r"(?-i:[\u4e00-\u9fff])"
"""A regex for one Chinese character, as a part of others: with ``IGNORECASE``, Python would look for the other case of
each of 21,000."""


@lru_cache(maxsize=2)  # the current note is requested several times
def plain(text: str) -> str:
    """The text in these characters; its length and all offsets stay the same."""
    traditional = {ord(c): _simplified(c) for c in set(text) if "\u3400" <= c <= "\u9fff"}
    return text.translate(_APOSTROPHES | _FULL_WIDTH | traditional)


@cache
def _simplified(character: str) -> str:
    simplified = _VARIANTS.get(character) or str(converter().convert(character))
    return simplified if len(simplified) == 1 else character
