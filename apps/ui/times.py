"""How the screens write a time."""

from datetime import datetime


def to_the_minute(at: datetime) -> str:
    """``2026-12-01 09:29 UTC+8``: an aware time with the zone that it is in."""
    return f"{at:%Y-%m-%d %H:%M} {_offset(at)}"


def _offset(local: datetime) -> str:
    """``UTC``, ``UTC+8``, ``UTC-3:30``: abbreviations of time zones stand for several."""
    sign, hours, minutes = (whole := local.strftime("%z"))[0], int(whole[1:3]), whole[3:5]
    text = f"{sign}{hours}" + (f":{minutes}" if minutes != "00" else "")
    return "UTC" if text in ("+0", "-0") else f"UTC{text}"
