"""All texts of the screens, in English and Chinese, from ``texts.toml``."""

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
    """The text of ``key`` with its ``{placeholders}`` filled; if ``count`` is 1, that of ``key_one``, if any.

    Raises:
        KeyError: there is no such text.
    """
    one = _texts().get(f"{key}_one") if values.get("count") == 1 else None
    return (one or _texts()[key])[language].format(**values)
