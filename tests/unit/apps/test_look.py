"""The look that every screen shares, and the language that a page begins with."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from apps.ui.language import page_language
from apps.ui.theme import css


def test_each_colour_is_written_for_light_and_dark() -> None:
    colours = re.findall(r"^  (--r1-[\w-]+): (.+?);", css(), re.MULTILINE)
    assert len(colours) > 10
    assert [name for name, value in colours if not re.fullmatch(r"light-dark\(#\w{6}, #\w{6}\)", value)] == []


@pytest.mark.parametrize(
    ("query", "browser", "language"),
    [({}, "zh-CN,en", "zh"), ({}, "en", "en"), ({"lang": "zh"}, "en", "zh"), ({"lang": "en"}, "zh-CN", "en")],
)
def test_the_address_goes_before_the_browser(query: dict[str, str], browser: str, language: str) -> None:
    request: Any = SimpleNamespace(query_params=query, headers={"accept-language": browser})
    assert page_language(request) == language
