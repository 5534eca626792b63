"""``r1 certify``: may suggestions be shown here?"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from core.settings import load_settings
from knowledge.medical.case import Kind

from .terminal import table_of

if TYPE_CHECKING:
    from knowledge.medical.certificate import Precision

_out, _err = Console(markup=False), Console(markup=False, stderr=True)


def certify(
    cases: Annotated[
        Path, typer.Argument(help="Consecutive cases with their final diagnosis, one JSON object a line.")
    ],
    kind: Annotated[Kind, typer.Option(help="How the findings were obtained.")] = Kind.STRUCTURED,
) -> None:
    """Tests the suggestions on a site's own cases and, if enough of them are right, certifies them there."""
    from core.hub import ModelHub
    from knowledge.medical.certificate import REQUIRED
    from knowledge.medical.knowledge import load_knowledge

    from ..diagnosis.cases import read_cases
    from ..diagnosis.certify import examine, save

    settings = load_settings()
    read = read_cases(cases)
    with _err.status(f"Ranking {len(read)} cases…"):
        knowledge = load_knowledge(ModelHub(settings.home).folder("hpo"), settings.home / "cache" / "medical")
        result = examine(read, knowledge, kind)
    table = table_of("Cases", "Suggestions", "Right", "Lower bound (95%)", title=f"Threshold {result.threshold:.3f}")
    for name, precision in (("all", result.precision), *result.by_group.items()):
        table.add_row(
            name, str(precision.shown), _share(precision), f"{precision.bound:.3f}" if precision.shown else ""
        )
    _out.print(table)
    _out.print(f"Disease not in the knowledge base: {result.outside:.1%} of the cases.")
    if result.certificate is None:
        _err.print(f"No certificate: the lower bound must reach {REQUIRED}. Suggestions stay off.", style="bold")
        raise typer.Exit(1)
    _out.print(f"Certified: {save(result.certificate, settings.home / 'certificates')}", highlight=False)


def _share(precision: "Precision") -> str:
    return "" if math.isnan(precision.precision) else f"{precision.precision:.3f}"
