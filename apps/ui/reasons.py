"""Why a message was not delivered or a FHIR server did not do what it was asked, in the reader's language.

The inbox keeps reasons as English sentences, which commands and logs show as they are. So messages that were received
before a translation existed are worded as well.
"""

import functools
import re
import tomllib
from html import escape

from core.files import packaged
from knowledge.retrieval.language import Language

from .language import english
from .texts import joined

_PLACEHOLDER = re.compile(r"\\\{(\w+)\\\}")


def reason_html(reason: str, language: Language) -> str:
    """HTML of a reason or an error; a sentence without a translation stays English, and is marked as such."""
    if language == "en":
        return english(reason)
    sentences = filter(None, reason.removesuffix(".").split(". "))
    return joined((_sentence(sentence) for sentence in sentences), language)


def _sentence(sentence: str) -> str:
    for pattern, chinese in _catalogue():
        if found := pattern.fullmatch(sentence):
            return f"{escape(chinese.format(**found.groupdict()))}。"
    return english(f"{sentence}. ")


@functools.cache
def _catalogue() -> tuple[tuple[re.Pattern[str], str], ...]:
    """English sentences, of which each ``{placeholder}`` stands for a value, and their Chinese."""
    texts = tomllib.loads(packaged("apps.ui", "reasons.toml").read_text("utf-8"))
    return tuple((_pattern(sentence), chinese) for sentence, chinese in texts.items())


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(_PLACEHOLDER.sub(r"(?P<\1>.+)", re.escape(sentence)))
