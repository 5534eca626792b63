"""The look that every screen shares, and the language that a page begins with."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from apps.ui.language import page_language
from apps.ui.theme import css


def test_the_plain_pages_are_as_dark_as_the_others() -> None:
    dark = re.search(r"^\.dark \{(.*?)\}", css(), re.DOTALL | re.MULTILINE)
    plain = re.search(r"prefers-color-scheme: dark\) \{\s*\.r1-start \{(.*?)\}", css(), re.DOTALL)
    assert dark
    assert plain
    assert re.findall(r"--r1-[\w-]+: \S+;", dark[1]) == re.findall(r"--r1-[\w-]+: \S+;", plain[1])


@pytest.mark.parametrize(
    ("query", "browser", "language"),
    [({}, "zh-CN,en", "zh"), ({}, "en", "en"), ({"lang": "zh"}, "en", "zh"), ({"lang": "en"}, "zh-CN", "en")],
)
def test_the_address_goes_before_the_browser(query: dict[str, str], browser: str, language: str) -> None:
    request: Any = SimpleNamespace(query_params=query, headers={"accept-language": browser})
    assert page_language(request) == language
