"""The card: the number of findings in the record, and its red flags, none of them reviewed by anyone yet.

It names no disease and no probability: a ranking is made only once a clinician has reviewed the findings.
"""

import hashlib
import json
import re
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.fhir.bundle import PatientRecord
from knowledge.medical.case import Case, Status
from knowledge.medical.red_flags import RedFlag

MAX_SUMMARY = 140  # characters, https://cds-hooks.hl7.org/2.0/#card-attributes
SHOWN_FLAGS = 10
SHOWN_SOURCES = 3  # of each red flag
OVERRIDE_SYSTEM = "urn:r1-suite:override"
OVERRIDE_REASONS = {"known": "Already known", "not-relevant": "Not relevant now", "wrong": "Not true of this patient"}
"""Reasons that a clinician can give for dismissing a card: code -> words."""
_SOURCE = "R1 Suite"


@dataclass(frozen=True, slots=True)
class Screened:
    """A record as read by the service, and the red flags that have fired."""

    case: Case
    red_flags: tuple[RedFlag, ...]


Screen = Callable[[PatientRecord], Screened]
"""Reads a record and looks for red flags. It is slow, so it is called in a thread."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card; its ``digest`` changes with the findings, the red flags and where they were seen.

    A red flag that is seen in another value or entry is a new episode.
    """

    id: str
    digest: str
    content: dict[str, Any]


def make_card(screened: Screened, *, launch_url: str, partial: bool) -> Card | None:
    """The card for a record; None if there is nothing to show.

    Args:
        launch_url: where the SMART app is launched; empty if it is not set up.
        partial: whether notes and other parts were not read.
    """
    case, flags = screened.case, screened.red_flags
    counts = Counter(finding.status for finding in case.findings)
    if not counts[Status.PRESENT] and not flags:
        return None
    card_id = str(uuid.uuid4())
    content = {
        "uuid": card_id,
        "summary": _summary(counts[Status.PRESENT], len(flags)),
        "indicator": "warning" if flags else "info",
        "detail": _detail(screened, counts, partial),
        "source": {"label": _SOURCE},
        **({"links": [{"label": "Review the findings", "url": launch_url, "type": "smart"}]} if launch_url else {}),
        "overrideReasons": [
            {"code": code, "system": OVERRIDE_SYSTEM, "display": words} for code, words in OVERRIDE_REASONS.items()
        ],
    }
    return Card(card_id, _digest(screened), content)


def _summary(findings: int, flags: int) -> str:
    parts = [f"{flags} possible red flag{'s' * (flags != 1)}"] if flags else []
    parts.append(f"{findings} finding{'s' * (findings != 1)} in the record")
    return f"{', '.join(parts)}, not reviewed"


def _detail(screened: Screened, counts: Counter[Status], partial: bool) -> str:
    """The detail of the card, in GitHub Flavored Markdown."""
    present, absent, unknown = (counts[status] for status in (Status.PRESENT, Status.ABSENT, Status.UNKNOWN))
    lines = [f"Read by a program and reviewed by nobody: {present} present, {absent} absent, {unknown} unclear."]
    for flag in screened.red_flags[:SHOWN_FLAGS]:
        lines.append(_line(flag))
    if (more := len(screened.red_flags) - SHOWN_FLAGS) > 0:
        lines.append(f"- and {more} more")
    if partial:
        lines.append("Notes were not read for this card.")
    if screened.case.unread:
        lines.append("Not everything in the record was used; the app lists what was not.")
    return "\n\n".join(lines)


def _line(flag: RedFlag) -> str:
    """A red flag with the publication that it follows and where it was seen."""
    rule, seen_in = flag.rule, _sources(flag)
    cited = f"[{_plain(rule.source.removeprefix('https://'))}](<{rule.source}>)"
    unchecked = "" if rule.checked else ", whose wording was not checked against it yet"
    shown = [_plain(source) for source in seen_in[:SHOWN_SOURCES]]
    if (more := len(seen_in) - SHOWN_SOURCES) > 0:
        shown.append(f"{more} more")
    seen = f" Seen in {', '.join(shown)}." if shown else ""
    return f"- **{_plain(rule.name[0])}** (possible, unreviewed). {cited}{unchecked}.{seen}"


def _sources(flag: RedFlag) -> tuple[str, ...]:
    """``Type/id`` of the resources in which a red flag was seen."""
    return tuple(dict.fromkeys(used.source for used in flag.because if used.source))


def _plain(text: str) -> str:
    """The text escaped for Markdown, on one line."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~])", r"\\\1", " ".join(text.split()))


def _digest(screened: Screened) -> str:
    findings = sorted((finding.code, finding.status.value) for finding in screened.case.findings)
    flags = sorted((flag.rule.id, sorted(_sources(flag))) for flag in screened.red_flags)
    return hashlib.sha256(json.dumps([findings, flags]).encode()).hexdigest()
