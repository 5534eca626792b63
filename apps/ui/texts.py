"""All texts of the screens, in English and Chinese, from ``texts.toml``."""

import functools
import tomllib
from collections.abc import Iterable

from core.files import packaged
from knowledge.retrieval.language import Written, traditional


@functools.cache
def _texts() -> dict[str, dict[str, str]]:
    """``{"section.name": {"en": ..., "zh": ...}}``."""
    sections = tomllib.loads(packaged("apps.ui", "texts.toml").read_text("utf-8"))
    return {f"{section}.{name}": text for section, names in sections.items() for name, text in names.items()}


def t(key: str, language: Written, **values: object) -> str:
    """The text of ``key`` with its ``{placeholders}`` filled; if ``count`` is 1, that of ``key_one``, if any.

    In traditional characters the values, such as names, stay as they are.

    Raises:
        KeyError: there is no such text.
    """
    one = _texts().get(f"{key}_one") if values.get("count") == 1 else None
    text = one or _texts()[key]
    return (traditional(text["zh"]) if language == "zh-Hant" else text[language]).format(**values)


def enumerated(items: Iterable[str], language: Written) -> str:
    """``one, another``, in Chinese ``一、二``."""
    return (", " if language == "en" else "、").join(items)


def joined(sentences: Iterable[str], language: Written) -> str:
    """Sentences one after another; there is no blank between Chinese ones."""
    return (" " if language == "en" else "").join(sentences)
