"""What the command line shows while it works and when it is done."""

import getpass
import logging
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from core.errors import InputError

from ..process import quiet_libraries

if TYPE_CHECKING:
    from core.download import Progress as Report
    from core.engine.request import Chunk
    from core.settings import Settings
    from knowledge.medical.red_flags import RedFlag

    from ..diagnosis.assessment import Assessment

_NO_LIST = {
    "no_present_finding": "Nothing to rank: the record has no present finding.",
    "conflicting": "No list: findings contradict each other.",
    "out_of_scope": "No list: no known disease is described with any of the present findings.",
}
_STEPS = {"download": "downloading", "verify": "verifying", "convert": "converting, about 20 s"}


def table_of(*columns: str, whole: Collection[str] = (), **options: Any) -> Table:
    """A table that cuts nothing off.

    Args:
        columns: their titles.
        whole: columns whose texts are copied from it, and so stand on one line, beside the first.
        options: rich's.
    """
    on_one_line = {*columns[:1], *whole}
    return Table(*(Column(title, overflow="fold", no_wrap=title in on_one_line) for title in columns), **options)


@contextmanager
def pull_progress(console: Console, name: str) -> "Iterator[Report]":
    """A bar for one model; yields the function that moves it."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task(name)

        def report(step: str, done: int, total: int) -> None:
            bars.update(bar, description=f"{name}: {_STEPS[step]}", completed=done, total=total or None)

        yield report


def printable(text: str) -> str:
    """Text from outside without control characters, which could steer the terminal; line breaks stay."""
    return "".join(character for character in text if character.isprintable() or character == "\n")


def say(console: Console, chunks: "Iterable[Chunk]") -> None:
    """Prints an answer as it is written, thoughts dimmed. Ctrl-C stops the answer, not the program."""
    try:
        for chunk in chunks:
            console.print(printable(chunk.reasoning), end="", style="dim", highlight=False)
            console.print(printable(chunk.text), end="", highlight=False, soft_wrap=True)
    except KeyboardInterrupt:
        console.print(" […]", end="", style="dim")
    console.print()


def print_assessment(console: Console, assessment: "Assessment") -> None:
    """Prints red flags, then findings and ranking as tables."""
    from ..diagnosis.assessment import opposing_of

    case, ranking = assessment.case, assessment.ranking
    for flag in assessment.red_flags:
        _print_red_flag(console, flag)
    findings = table_of(
        "Finding", "Code", "Status", "Read from", title=f"Findings ({len(case.findings)})", title_justify="left"
    )
    for finding in case.findings:
        sources = ", ".join(dict.fromkeys(evidence.source for evidence in finding.evidence))
        findings.add_row(finding.label, finding.code, finding.status.value, sources)
    console.print(findings)
    if assessment.switched_off:
        console.print("Suggestions are switched off: r1 diagnosis status says since when.", style="bold")
    elif ranking.reason:
        console.print(_NO_LIST[ranking.reason.value], style="bold")
        for present, absent in ranking.conflicts:
            console.print(f"  {present.label} ({present.code}) is present, {absent.label} ({absent.code}) absent")
    else:
        title = f"To consider, best match first. {ranking.source} {ranking.version}"
        diseases = table_of("", "Disease", "Id", "For", "Against", title=title, title_justify="left")
        for place, disease in enumerate(ranking.diseases, start=1):
            supporting = ", ".join(contribution.label for contribution in disease.supporting[:4])
            opposing = ", ".join(contribution.label for contribution in opposing_of(disease)[:2])
            name, code = disease.name, disease.id
            if disease.condition is not None:
                name, code = f"{name} ({disease.condition.basis})", disease.condition.icd10cm
            diseases.add_row(str(place), name, code, supporting, opposing)
        console.print(diseases)
        if ranking.next_finding:
            console.print(f"Would tell most if known: {ranking.next_finding.label} ({ranking.next_finding.code})")
        if ranking.pair:
            console.print(f"Two diseases together would explain more: {' + '.join(ranking.pair.names)}")
    for present, absent in assessment.doubts:
        console.print(f"In doubt, so left out: a note says no {absent.label}, yet {present.label} is present.")
    if case.unread:
        console.print(f"{len(case.unread)} parts of the record were not used; --json lists them with reasons.")
    if assessment.confidence and assessment.is_suggestion:
        sure = f"{assessment.confidence.right:.0%} that the first is right"
        outside = f"{assessment.confidence.outside:.0%} that the disease is not in the knowledge base"
        console.print(f"Suggestion: {sure}, {outside}.", style="bold")
        console.print("This supports clinicians. It is not a diagnosis.", style="dim")
    else:
        console.print("This supports clinicians. It is not a diagnosis, and no probability is claimed.", style="dim")


def _print_red_flag(console: Console, flag: "RedFlag") -> None:
    from ..diagnosis.red_flags_html import value_words

    name, missing = flag.rule.name[0], ", ".join(flag.missing)
    if missing:
        return console.print(f"{name}: cannot assess, not known: {missing}", style="dim", highlight=False)
    reasons = "; ".join(
        f"{used.what} {value_words(used)}".strip() + (f" ({used.time})" if used.time else "") for used in flag.because
    )
    console.print(f"Red flag (possible, unreviewed): {name}. {flag.rule.action[0]}.", style="bold", highlight=False)
    unchecked = "" if flag.rule.checked else " (wording not checked against it yet)"
    source = f"{flag.rule.source}{unchecked}"
    return console.print(printable(f"  Because of {reasons}. {source}"), markup=False, highlight=False)


def start_logging(settings: "Settings") -> None:
    """Logs to standard error as much as the settings say, and keeps libraries quiet."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    quiet_libraries()


def private_file(file: Path, text: str) -> None:
    """Writes a file that only its owner can read; an older one is replaced at once or not at all.

    Raises:
        InputError: it cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise InputError(f"The file cannot be written ({error.strerror})", hint="Choose another folder") from None


def terminal_user() -> str:
    """Who is at the terminal, for the audit trail."""
    try:
        return f"terminal:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user that has no name
        return f"terminal:{os.getuid()}"
