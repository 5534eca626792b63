"""Every word the screens say, in English and Chinese, from ``texts.toml``."""

import functools
import importlib.resources
import tomllib

from knowledge.retrieval.language import Language


@functools.cache
def _texts() -> dict[str, dict[str, str]]:
    """``{"section.name": {"en": ..., "zh": ...}}``."""
    sections = tomllib.loads((importlib.resources.files("apps.ui") / "texts.toml").read_text("utf-8"))
    return {f"{section}.{name}": text for section, names in sections.items() for name, text in names.items()}


def t(key: str, language: Language, **values: object) -> str:
    """The text of ``key`` with its ``{placeholders}`` filled.

    Raises:
        KeyError: there is no such text.
    """
    return _texts()[key][language].format(**values)
