"""Which language a text is in, and how texts in Chinese are made alike."""

import functools
import re
from typing import Any, Literal

Language = Literal["en", "zh"]

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
"""One Chinese character."""
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]+")


def language_of(text: str) -> Language:
    """Chinese when a quarter of the text's words are Chinese characters, else English.

    A Chinese sentence with an English name in it stays Chinese, and the other way round.
    """
    han = len(HAN.findall(text))
    return "zh" if han and han >= len(_LATIN_WORD.findall(text)) / 3 else "en"


def simplified(text: str) -> str:
    """The text with traditional Chinese characters written as simplified ones, so that both find the same entries."""
    return str(_converter().convert(text)) if HAN.search(text) else text


@functools.cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")
