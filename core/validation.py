"""Messages on what is wrong with a call, a file or a setting, for its author. They never repeat a value."""

import unicodedata
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from pydantic import ValidationError

from .errors import InputError, InvalidRequestError

_SAYS = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field",
    "bool": "true or false is expected",
    "int": "a whole number is expected",
    "float": "a number is expected",
    "finite_number": "a finite number is expected",
    "string": "a text is expected",
    "date": "a date is written like 2026-01-31",
    "time": "a time is written like 08:30:00",
    "url": "a web address like https://example.com is expected",
    "list": "a list is expected",
    "tuple": "a list is expected",
    "frozen_set": "a list is expected",
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
"""By pydantic's error type, or the beginning of its name."""


def require(fulfilled: bool, name: str, rule: str) -> None:
    """Checks a parameter.

    Args:
        fulfilled: whether it obeys the rule.
        name: of the parameter.
        rule: what it must be, such as ``above 0``.

    Raises:
        InvalidRequestError: it does not obey the rule.
    """
    if not fulfilled:
        raise InvalidRequestError(f"{name} must be {rule}")


def within(value: Any, kind: type[Any] | tuple[type[Any], ...], low: float, high: float = inf) -> bool:
    """Whether a value has a type and is in a range; never raises for a value of another type.

    Args:
        kind: one type or several, as for ``isinstance``; numpy's numbers are :class:`numbers.Real` too.
        low, high: the range, both inclusive.
    """
    return isinstance(value, kind) and low <= value <= high


def tidy(name: str) -> str:
    """A name in NFKC with single spaces, so that equal names compare equal."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def person_name(name: str, what: str) -> str:
    """A person's name, tidied. Accounts and the FAQ compare the names that sign them, so both use this rule.

    Args:
        what: the field in the message, such as ``author``.

    Raises:
        InputError: it is not one of 2 to 60 characters.
    """
    name = tidy(name)
    if not 2 <= len(name) <= 60 or not name.isprintable() or not any(each.isalpha() for each in name):
        raise InputError(f"The {what} must be a person's name, of 2 to 60 characters")
    return name


def problems(error: ValidationError) -> list[str]:
    """Every problem that pydantic found, as ``field: what is expected there``."""
    found = error.errors(include_input=False, include_url=False)
    # pydantic also counts an invalid item as missing.
    return [_told(detail) for detail in found if detail["type"] != "too_short" or not _holds_another(detail, found)]


def says(detail: Mapping[str, Any]) -> str:
    """What is expected in place of the problem."""
    kind = str(detail["type"])
    for name in (kind, kind.rsplit("_", 1)[0], kind.split("_", 1)[0]):
        if name in _SAYS:
            context: dict[str, Any] = detail.get("ctx", {})
            if name.endswith("too_short") and context["min_length"] == 1:
                return "it is empty"
            limits = {key: f"{value:g}" if isinstance(value, float) else value for key, value in context.items()}
            return _SAYS[name].format_map(limits)
    if "email address" in str(detail["msg"]):  # pydantic's message would repeat part of it
        return "an e-mail address is expected"
    return str(detail["msg"]).removeprefix("Value error, ")


def _holds_another(detail: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> bool:
    place = detail["loc"]
    return any(other["loc"] != place and other["loc"][: len(place)] == place for other in found)


def _told(detail: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in detail["loc"] if part != "[key]")
    return f"{field}: {says(detail)}" if field else says(detail)
