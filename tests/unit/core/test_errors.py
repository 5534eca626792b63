"""The tree drawn in the docstring is the tree of the classes."""

import inspect
import re

from core import errors


def test_docstring_draws_the_classes() -> None:
    """Every class stands under its parent."""
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r" {4}([│├└─ ]*)(\w+Error)\b", line):
            depth = len(match[1]) // 4
            path = [*path[:depth], match[2]]
            drawn[match[2]] = path[depth - 1] if depth else "Exception"
    classes = inspect.getmembers(errors, inspect.isclass)
    assert drawn == {name: kind.__base__.__name__ for name, kind in classes}


def test_hint_follows_the_message() -> None:
    assert str(errors.DownloadError("It broke", hint="Try again")) == "It broke. Try again"
    assert str(errors.DownloadError("It broke")) == "It broke"
