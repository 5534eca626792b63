"""``r1 certify``: may suggestions be shown here?"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge.medical.case import Kind

from .terminal import command_settings, stderr, stdout, table_of

if TYPE_CHECKING:
    from knowledge.medical.certificate import Precision


def certify(
    cases: Annotated[
        Path, typer.Argument(help="Consecutive cases with their final diagnosis, one JSON object a line.")
    ],
    kind: Annotated[Kind, typer.Option(help="How the findings were obtained.")] = Kind.STRUCTURED,
) -> None:
    """Tests the suggestions on a site's own cases and, if enough of them are right, certifies them there."""
    from knowledge.medical.certificate import REQUIRED

    from ..bootstrap import open_knowledge
    from ..diagnosis.cases import read_cases
    from ..diagnosis.certify import examine, save

    settings = command_settings()
    read = read_cases(cases)
    with stderr.status(f"Ranking {len(read)} cases…"):
        result = examine(read, open_knowledge(settings), kind)
    table = table_of("Cases", "Suggestions", "Right", "Lower bound (95%)", title=f"Threshold {result.threshold:.3f}")
    for name, precision in (("all", result.precision), *result.by_group.items()):
        table.add_row(
            name, str(precision.shown), _share(precision), f"{precision.bound:.3f}" if precision.shown else ""
        )
    stdout.print(table)
    stdout.print(f"Disease not in the knowledge base: {result.outside:.1%} of the cases.")
    if result.certificate is None:
        stderr.print(f"No certificate: the lower bound must reach {REQUIRED}. Suggestions stay off.", style="bold")
        raise typer.Exit(1)
    stdout.print(f"Certified: {save(result.certificate, settings.home / 'certificates')}")


def _share(precision: "Precision") -> str:
    return "" if math.isnan(precision.precision) else f"{precision.precision:.3f}"
