"""Findings that the rules of :mod:`.red_flags` treat differently, and how old findings and values may be."""

import datetime as dt
from collections.abc import Sequence

from .codes import code_of, codes_of
from .measurements import Measurement, Quantity

LASTING = codes_of(
    "HP:0000819 Diabetes mellitus",
    "HP:0005978 Type II diabetes mellitus",
    "HP:0000822 Hypertension",
    "HP:0005112 Abdominal aortic aneurysm",
)
"""Once present they persist, however long ago they were stated."""
EVENTS = codes_of(
    "HP:0001297 Stroke",
    "HP:0002170 Intracranial hemorrhage",
    "HP:0001658 Myocardial infarction",
    "HP:0001695 Cardiac arrest",
    "HP:0033415 Cardiac tamponade",
    "HP:0001709 Third degree atrioventricular block",
    "HP:0004756 Ventricular tachycardia",
    "HP:0001664 Torsade de pointes",
    "HP:0001663 Ventricular fibrillation",
    "HP:0002204 Pulmonary embolism",
    "HP:0002625 Deep venous thrombosis",
    "HP:0002647 Aortic dissection",
    "HP:0031649 Aortic rupture",
    "HP:0033401 Tissue ischemia",
    "HP:0002107 Pneumothorax",
    "HP:0011891 Post-partum hemorrhage",
    "HP:0025328 Antepartum hemorrhage",
    "HP:0011419 Placental abruption",
    "HP:0100537 Fasciitis",
    "HP:0012109 Angle closure glaucoma",
    "HP:0002090 Pneumonia",
    "HP:0012330 Pyelonephritis",
    "R1:0735 Urinary tract infection",
    "R1:0087 Saddle numbness",  # which notes call cauda equina
    "HP:0031589 Suicidal ideation",
    "HP:5200330 Suicide behaviors",
    "HP:0100716 Self-injurious behavior",
    "R1:0485 Self-harm or unstable relationships",
    "R1:0173 Overdose of tablets",
    "R1:0175 Pesticide contact",
    "R1:0725 Methanol or antifreeze drunk",
    "R1:0736 Corrosive, battery, magnets or fuel swallowed",
    "R1:0171 Stove or engine fumes",
    "HP:0031273 Shock",
    "HP:0100806 Sepsis",
    "HP:0100845 Anaphylactic shock",
    "HP:0001287 Meningitis",
    "HP:0002133 Status epilepticus",
    "HP:0001993 Ketoacidosis",
    "HP:0100813 Testicular torsion",
    "R1:0730 Ectopic pregnancy",
    "R1:0731 Eclampsia or severe pre-eclampsia",
    "R1:0733 Septic shock",
)
"""Notes mention these mostly as history: "history of stroke" is no emergency, while "history of melena" may be one.
They also count when suspected."""
EXCEPTED_IF_SUSPECTED = codes_of("HP:0006510 Chronic pulmonary obstruction")
"""Suspicion is enough for these to except a patient from a rule; no rule fires on them."""
NOT_MEANT = {code_of("HP:0001278 Orthostatic hypotension"): code_of("HP:0002615 Hypotension")}
"""Finding -> implied finding that rules mean differently: a fall of the pressure on standing up is no shock."""

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
