"""What a probability depends on: a certificate holds for these versions and no others."""

import functools
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from .case import CaseKind
from .knowledge import MedicalKnowledge

_COMMON = ("common/conditions/", "common/findings.yaml", "common/alike.yaml")
_FITTED = ("fitted/ranking.json", "fitted/confidence.json", "fitted/kind.json")
_OF_NOTES = ("notes/", "findings.py", "entities.py", "chinese_names", "drugs.", "common/words.yaml", "ner/ner/")
_NO_PART = (
    "certificate.py",
    "versions.py",
    "next_finding.py",
    "red_flag",
    "fitted/",
    "ner/README.md",
    "ner/trained.json",
)
"""Prefixes of file names; all other files, including new ones, are the rules of every kind of case."""


def versions(knowledge: MedicalKnowledge, kind: CaseKind = CaseKind.STRUCTURED) -> dict[str, str]:
    """Release of the knowledge and hashes of the rules and fitted files; for notes, also of what reads them."""
    return {
        "ontology": knowledge.ontology.version,
        "annotations": knowledge.version,
        "sources": knowledge.fingerprint,
        "rules": _hash_of(rule_files),
        "common": _hash_of(_common_files),
        "fitted": _hash_of(_fitted_files),
        **({"reading": _hash_of(reading_files)} if kind is CaseKind.NOTES else {}),
    }


def rule_files() -> Iterator[Path]:
    """Files that the probability of any kind of case depends on."""
    return _files(but=(*_COMMON, *_OF_NOTES, *_NO_PART))


def reading_files() -> Iterator[Path]:
    """Files that only the reading of notes depends on: words, rules, tables and models."""
    return _files(_OF_NOTES)


def _common_files() -> Iterator[Path]:
    return _files(_COMMON)


def _fitted_files() -> Iterator[Path]:
    return _files(_FITTED)


def _files(begin: str | tuple[str, ...] = "", but: tuple[str, ...] = ()) -> Iterator[Path]:
    """The files of this package whose names begin with ``begin`` and not with ``but``, in order."""
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and "__pycache__" not in name and name.startswith(begin) and not name.startswith(but):
            yield path


@functools.cache
def _hash_of(files: Callable[[], Iterable[Path]]) -> str:
    found = sha256()
    for path in files():
        found.update(path.read_bytes())
    return found.hexdigest()[:16]
