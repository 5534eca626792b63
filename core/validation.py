"""What pydantic finds wrong with a file or a setting, told to those who wrote it. No value is repeated."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

_SAYS = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field",
    "bool": "true or false is expected",
    "int": "a whole number is expected",
    "float": "a number is expected",
    "string": "a text is expected",
    "date": "a date is written like 2026-01-31",
    "time": "a time is written like 08:30:00",
    "url": "a web address like https://example.com is expected",
    "list": 'a list is written like ["cards", "fees"]',
    "tuple": 'a list is written like ["cards", "fees"]',
    "frozen_set": 'a list is written like ["cards", "fees"]',
    "dict": "named fields are expected",
    "mapping": "named fields are expected",
    "model": "named fields are expected",
    "enum": "one of {expected} is expected",
    "literal": "one of {expected} is expected",
    "greater_than_equal": "at least {ge} is expected",
    "greater_than": "more than {gt} is expected",
    "less_than_equal": "at most {le} is expected",
    "less_than": "less than {lt} is expected",
    "string_pattern_mismatch": "it must match {pattern}",
    "string_too_short": "at least {min_length} characters are expected",
    "string_too_long": "at most {max_length} characters are expected",
    "too_short": "at least {min_length} are expected",
    "too_long": "at most {max_length} are expected",
}
"""By the type of the problem, or what its name begins with."""


def problems(error: ValidationError) -> list[str]:
    """Every problem as ``field: what is expected there``."""
    return [_told(detail) for detail in error.errors(include_input=False, include_url=False)]


def says(detail: Mapping[str, Any]) -> str:
    """What is expected where the problem is."""
    kind = str(detail["type"])
    for name in (kind, kind.rsplit("_", 1)[0], kind.split("_", 1)[0]):
        if name in _SAYS:
            context: dict[str, Any] = detail.get("ctx", {})
            limits = {key: f"{value:g}" if isinstance(value, float) else value for key, value in context.items()}
            return _SAYS[name].format_map(limits)
    return str(detail["msg"]).removeprefix("Value error, ")


def _told(detail: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in detail["loc"] if part != "[key]")
    return f"{field}: {says(detail)}" if field else says(detail)
