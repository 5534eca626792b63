"""Formatting of times on the screens."""

from datetime import datetime


def to_the_minute(at: datetime) -> str:
    """``2026-12-01 09:29 UTC+8``: an aware time with its zone."""
    return f"{at:%Y-%m-%d %H:%M} {_offset(at)}"


def _offset(local: datetime) -> str:
    """``UTC``, ``UTC+8``, ``UTC-3:30``, since abbreviations of time zones are ambiguous."""
    sign, hours, minutes = (whole := local.strftime("%z"))[0], int(whole[1:3]), whole[3:5]
    text = f"{sign}{hours}" + (f":{minutes}" if minutes != "00" else "")
    return "UTC" if text in ("+0", "-0") else f"UTC{text}"
