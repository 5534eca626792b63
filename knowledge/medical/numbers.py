"""Numbers as notes write them: with a decimal point or comma, and a comma between thousands."""

import re

NUMBER = r"(?P<value>\d{1,3}(?:,\d{3})+|\d{1,6}(?:[.,]\d{1,3})?)(?![.,]?\d)"
"""A whole number or none of it: what goes on with more digits is not cut short."""
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")


def readings(written: str) -> tuple[float, ...]:
    """What a match of :data:`NUMBER` may mean: of ``7,214`` first 7214, then 7.214; else one value."""
    thousands = (float(written.replace(",", "")),) if _THOUSANDS.fullmatch(written) else ()
    return thousands if written.count(",") > 1 else (*thousands, float(written.replace(",", ".")))
