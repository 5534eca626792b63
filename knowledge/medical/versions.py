"""What a probability depends on: a certificate holds for these versions and no others."""

import functools
import importlib.resources
from hashlib import sha256
from pathlib import Path

from .case import Kind
from .knowledge import MedicalKnowledge

_CODE: tuple[str, ...] = (
    "likelihood.py",
    "evidence.py",
    "differential.py",
    "joint.py",
    "common/rank.py",
    "confidence.py",
    "diseases.py",
    "hpoa.py",
    "names.py",
    "twins.py",
    "ontology.py",
)


_NO_READER = (
    *("common/conditions/", "common/findings.yaml", "common/alike.yaml", "fitted/"),  # in a hash of their own
    *("certificate.py", "versions.py", "next_finding.py", "red_flag", "ner/README.md"),  # no part of a probability
)
"""How the names of what reads no note begin."""


def versions(knowledge: MedicalKnowledge, kind: Kind = Kind.STRUCTURED) -> dict[str, str]:
    """Release of the knowledge, and hashes of the rules and of what was fitted; of notes also of what reads them."""
    folder = importlib.resources.files("knowledge.medical")
    code, common, fitted = sha256(), sha256(), sha256()
    for name in _CODE:
        code.update((folder / name).read_bytes())
    conditions = sorted((folder / "common" / "conditions").iterdir(), key=lambda file: file.name)
    for file in (*conditions, folder / "common" / "findings.yaml", folder / "common" / "alike.yaml"):
        common.update(file.read_bytes())
    for name in ("ranking.json", "confidence.json", "kind.json"):
        fitted.update((folder / "fitted" / name).read_bytes())
    return {
        "ontology": knowledge.ontology.version,
        "annotations": knowledge.version,
        "sources": knowledge.fingerprint,
        "rules": code.hexdigest()[:16],
        "common": common.hexdigest()[:16],
        "fitted": fitted.hexdigest()[:16],
        **({"reading": _reading()} if kind is Kind.NOTES else {}),
    }


@functools.cache
def _reading() -> str:
    """Hash of all that a note goes through before it is ranked: words, rules, tables and models."""
    found = sha256()
    for path in reading_files():
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def reading_files() -> list[Path]:
    """Everything of this package but what the other hashes hold or no note goes through, so that new files count."""
    folder = Path(str(importlib.resources.files("knowledge.medical")))
    named = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return [
        path
        for name, path in named.items()
        if "__pycache__" not in name and name not in _CODE and not name.startswith(_NO_READER)
    ]
