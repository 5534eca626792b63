"""``r1 certify``: may suggestions be shown here?"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import InputError
from core.settings import Settings
from knowledge.medical.case import CaseKind

from .terminal import command_settings, open_oversight, stderr, stdout, table_of

if TYPE_CHECKING:
    from knowledge.medical.certificate import Certificate, Precision

    from ..diagnosis.certify import Examination
    from ..diagnosis.safety import State


def certify(
    cases: Annotated[
        Path | None, typer.Argument(help="Consecutive cases with their final diagnosis, one JSON object per line.")
    ] = None,
    kind: Annotated[CaseKind, typer.Option(help="How the findings were obtained.")] = CaseKind.STRUCTURED,
    silent: Annotated[bool, typer.Option("--silent", help="Judge what silent mode recorded instead.")] = False,
) -> None:
    """Tests the suggestions on a site's own cases and, if enough of them are right, certifies them there."""
    from knowledge.medical.certificate import REQUIRED

    from ..diagnosis.certify import save
    from ..diagnosis.examinations import FILE, earlier, keep

    if silent == (cases is not None):
        raise InputError("Name either a file of cases or --silent", hint="See: r1 certify --help")
    settings = command_settings()
    folder = settings.home / "certificates"
    before = earlier(folder, kind)
    result = _examine_file(settings, cases, kind) if cases else _examine_recorded(settings, kind)
    keep(result, kind, folder)  # before anybody sees it
    table = table_of("Cases", "Suggestions", "Right", "Lower bound (95%)", title=f"Threshold {result.threshold:.3f}")
    for name, precision in (("all", result.precision), *result.by_group.items()):
        table.add_row(
            name, str(precision.shown), _share(precision), f"{precision.bound:.3f}" if precision.shown else ""
        )
    stdout.print(table)
    where = "among the first five" if silent else "in the knowledge base"
    stdout.print(f"Disease not {where}: {result.outside:.1%} of the cases.")
    stdout.print(f"Examinations of the kind {kind.value} before this one: {before}, kept in {folder / FILE}.")
    if before:
        stdout.print("The bound is for one look at a number of cases decided beforehand: each look is another chance.")
    if result.certificate is None:
        stderr.print(f"No certificate: the lower bound must reach {REQUIRED}.", style="bold")
        stderr.print(_in_force(settings, kind, result.versions))
        raise typer.Exit(1)
    stdout.print(f"Certified: {save(result.certificate, folder)}")
    stdout.print("A running server reads certificates at its start only: restart it.")


def _examine_file(settings: Settings, cases: Path, kind: CaseKind) -> "Examination":
    from ..bootstrap import build_diagnosis
    from ..diagnosis.cases import read_cases
    from ..diagnosis.certify import examine, unknown_codes

    read = read_cases(cases, kind)
    service = build_diagnosis(settings)
    if unknown := unknown_codes(read, service.knowledge.ontology):
        stderr.print(f"No findings of this release of HPO, so not used: {', '.join(unknown)}")
    with stderr.status(f"Ranking {len(read)} cases…"):
        return examine(read, service, kind)


def _examine_recorded(settings: Settings, kind: CaseKind) -> "Examination":
    from ..bootstrap import open_knowledge
    from ..diagnosis.certify import examine_recorded, recorded

    store, knowledge = open_oversight(settings).store, open_knowledge(settings)
    lists = recorded(store.recorded(kind), knowledge)
    stdout.print(
        f"Recorded in silent mode: {len(lists.closed)} with an outcome, {lists.waiting} without one yet, "
        f"{lists.outdated} by another version."
    )
    return examine_recorded(lists, knowledge, kind)


def _in_force(settings: Settings, kind: CaseKind, current: dict[str, str]) -> str:
    """States what applies without a new certificate."""
    from ..bootstrap import open_certificates

    found = (c for c in open_certificates(settings) if c.kind is kind and c.is_valid(current))
    state = open_oversight(settings).safety.state()
    return in_force(next(found, None), kind, state)


def in_force(certificate: "Certificate | None", kind: CaseKind, state: "State") -> str:
    """Says what users see for a kind of case.

    Args:
        certificate: the applicable one, withdrawn or not; None if there is none for this version.
    """
    from ..diagnosis.words import certified

    if certificate is None:
        message = f"No certificate holds for the kind {kind.value}, so it gets no suggestions."
    elif certificate.id in state.withdrawn:
        message = f"The certificate for the kind {kind.value} is withdrawn, so it gets no suggestions."
    elif state.off:
        message = "Suggestions are switched off; with `r1 diagnosis on` this would hold: " + certified(
            certificate, "en"
        )
    else:
        message = f"Suggestions stay on, since this still holds: {certified(certificate, 'en')}"
        message += "\n`r1 diagnosis off` hides them."
    return f"{message}\nA running server has the certificates that it read at its start."


def _share(precision: "Precision") -> str:
    return "" if math.isnan(precision.precision) else f"{precision.precision:.3f}"
