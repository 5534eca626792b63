"""A site's own table that maps its codes to findings, a CSV file; and the list of codes that it still lacks.

::

    system,code,target,display
    http://snomed.info/sct,91175000,HP:0001250,Seizure
    urn:oid:1.2.3.4,HB,718-7,Haemoglobin (local)

``system`` is empty for codes to which the server gives none. ``target`` is an HPO id, or the LOINC code of a quantity
of ``loinc.toml`` for local laboratory codes, or empty for a code that is known to stand for no finding. ``display`` is
for people. A FHIR ConceptMap says the same
(https://hl7.org/fhir/R4/conceptmap.html): system, code and target are its group.source, element.code and target.code.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adapters.site_table import SiteTable

_COLUMNS = ("system", "code", "target")
_TABLE = SiteTable("concept map", "R1_CONCEPT_MAP", _COLUMNS, 20 << 20)
_TARGET = re.compile(r"HP:\d{7}|\d{1,7}-\d|")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # first characters of what spreadsheets would compute


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A code that yielded no finding, with its name and how often it occurs."""

    system: str
    code: str
    display: str
    count: int


@dataclass(frozen=True, slots=True)
class ConceptMap:
    """``(system, code)`` -> target. Empty without a file."""

    targets: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def target(self, system: str, code: str) -> str | None:
        """HPO id or LOINC code; empty for "no finding", None if the table does not have the code."""
        return self.targets.get((system, code))


def read_concept_map(file: Path) -> ConceptMap:
    """Reads the CSV file (UTF-8, comma or semicolon).

    Raises:
        InputFormatError: it cannot be read, lacks a column, or a line is not as above; the message has the line.
        InputTooLargeError: it is over 20 MB.
    """
    targets: dict[tuple[str, str], str] = {}

    def problem_in(row: list[str]) -> str:
        system, code, target = map(_unmarked, row)
        return _problem(system, code, target, targets.get((system, code), target))

    for row in _TABLE.rows(file, problem_in):
        system, code, target = map(_unmarked, row)
        targets[system, code] = target
    return ConceptMap(targets)


def _problem(system: str, code: str, target: str, before: str) -> str:
    if not code:
        return "has no code"
    if not _TARGET.fullmatch(target):
        return "has a target that is neither an HPO id nor a LOINC code"
    return "gives a code a second target" if before != target else ""


def unmapped_csv(codes: Iterable[Unmapped]) -> str:
    """The codes as a concept map to fill in, the commonest first; ``count`` is an extra column."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*_COLUMNS, "display", "count"))
    for item in sorted(codes, key=lambda item: (-item.count, item.system, item.code)):
        system, code, display = map(_marked, (item.system, item.code, item.display))
        writer.writerow((system, code, "", display, item.count))
    return out.getvalue()


def _marked(cell: str) -> str:
    """A cell that no spreadsheet treats as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _unmarked(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
