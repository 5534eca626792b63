"""Numbers as notes write them: with a decimal point or comma, and a comma between thousands."""

import re


def number(name: str) -> str:
    """A pattern, as a group of this name, that matches only a whole number, never part of a longer one."""
    return rf"(?P<{name}>\d{{1,3}}(?:,\d{{3}})+|\d{{1,6}}(?:[.,]\d{{1,3}})?)(?![.,]?\d)"


NUMBER = number("value")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")


def readings(written: str) -> tuple[float, ...]:
    """Possible values of a match of :func:`number`: for ``7,214`` first 7214, then 7.214; otherwise one value."""
    thousands = (float(written.replace(",", "")),) if _THOUSANDS.fullmatch(written) else ()
    return thousands if written.count(",") > 1 else (*thousands, float(written.replace(",", ".")))
