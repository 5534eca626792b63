"""Requests that another site's page sends."""

import pytest
from starlette.datastructures import Headers

from apps.auth.guard import is_foreign


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site", "origin": "https://other.suite.example"}, True),
        ({"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}, False),
        ({"origin": "https://suite.example", "host": "127.0.0.1:8000"}, False),
        ({"origin": "http://127.0.0.1:9000", "host": "127.0.0.1:8000"}, True),
        ({"origin": "null", "host": "127.0.0.1:8000"}, True),
        ({"origin": "", "host": "127.0.0.1:8000"}, True),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "https://suite.example.evil.example"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "https://suite.example"}, True),
    ],
)
def test_foreign_pages_are_told_by_what_browsers_say(headers: dict[str, str], foreign: bool) -> None:
    assert is_foreign(Headers(headers), "suite.example") is foreign
