"""The look that every screen shares, and the language that a page begins with."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from apps.ui.language import page_language
from apps.ui.theme import css, theme


def test_each_colour_is_written_for_light_and_dark() -> None:
    colours = re.findall(r"^  (--r1-[\w-]+): (.+?);", css(), re.MULTILINE)
    assert len(colours) > 10
    assert [name for name, value in colours if not re.fullmatch(r"light-dark\(#\w{6}, #\w{6}\)", value)] == []


def test_all_text_follows_the_size_that_the_reader_has_set() -> None:
    """WCAG 1.4.4: a length in pixels would stay as it is."""
    look = vars(theme())
    sizes = {name: look[f"text_{name}"] for name in ("xxs", "xs", "sm", "md", "lg", "xl", "xxl")}
    assert [size for size in sizes.values() if not re.fullmatch(r"[\d.]+rem", size)] == []
    fixed = [line for line in css().splitlines() if re.search(r"font-size: [\d.]+px", line)]
    assert [line for line in fixed if "svg" not in line] == []  # a chart is scaled as a whole


@pytest.mark.parametrize(
    ("query", "browser", "language"),
    [({}, "zh-CN,en", "zh"), ({}, "en", "en"), ({"lang": "zh"}, "en", "zh"), ({"lang": "en"}, "zh-CN", "en")],
)
def test_the_address_goes_before_the_browser(query: dict[str, str], browser: str, language: str) -> None:
    request: Any = SimpleNamespace(query_params=query, headers={"accept-language": browser})
    assert page_language(request) == language
