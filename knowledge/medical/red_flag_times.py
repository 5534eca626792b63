"""How old the values and findings may be that the rules of :mod:`.red_flags` use."""

import datetime as dt
from collections.abc import Sequence

from .measurements import Measurement, Quantity

WINDOW = dt.timedelta(hours=24)
"""How old a value may be."""
FINDING_WINDOW = dt.timedelta(days=7)
"""How long ago a finding may have been stated; ours, not from a source."""
_AHEAD = dt.timedelta(hours=14)  # a time may lie in the future: the largest UTC offset, since zones may be wrong


def is_recent(time: dt.date | None, now: dt.datetime | None, window: dt.timedelta) -> bool:
    """Whether a time is within the window and not in the future; a date may mean any moment of its day."""
    if now is None or time is None:
        return True
    if isinstance(time, dt.datetime):
        first = last = time
    else:
        first, last = (dt.datetime.combine(time, end, dt.UTC) for end in (dt.time.min, dt.time.max))
    return first - now <= _AHEAD and now - last <= window


def latest(measurements: Sequence[Measurement], now: dt.datetime | None) -> dict[Quantity, list[Measurement]]:
    """The values of each quantity within :data:`WINDOW` that may be the latest; without ``now`` nothing is too old."""
    recent: dict[Quantity, list[Measurement]] = {}
    for value in measurements:
        if is_recent(value.time, now, WINDOW):
            recent.setdefault(value.quantity, []).append(value)
    return {quantity: _newest(values) for quantity, values in recent.items()}


def _newest(values: list[Measurement]) -> list[Measurement]:
    """Values of the latest time; a date and a moment on that day are both the latest.

    Undated values count only if none is dated.
    """
    times = {value.time for value in values if value.time is not None}
    moment = max((time for time in times if isinstance(time, dt.datetime)), default=None)
    day = max((time for time in times if not isinstance(time, dt.datetime)), default=None)
    if moment is not None and day is not None and moment.date() != day:
        moment, day = (moment, None) if moment.date() > day else (None, day)
    newest = {moment, day} - {None} or {None}
    return [value for value in values if value.time in newest]
