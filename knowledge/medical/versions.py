"""What a probability depends on: a certificate holds for these versions and no others."""

import importlib.resources
from hashlib import sha256

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


def versions(knowledge: MedicalKnowledge) -> dict[str, str]:
    """Release of the knowledge, and hashes of the rules and of what was fitted."""
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
    }
