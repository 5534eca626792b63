"""Common and urgent conditions, which the annotations of rare diseases lack, and everyday words for their findings.

Data in YAML beside this file, checked against :mod:`.schema`; editorial, not clinician-reviewed.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from core.errors import KnowledgeError
from core.validation import problems

from ..ontology import Ontology
from .schema import Alike, Condition, LocalFinding, Words

_FOLDER = Path(__file__).parent
_Row = TypeVar("_Row", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class CommonKnowledge:
    """Everything in the files.

    Attributes:
        conditions: in the order of the files.
        findings: our own, by id.
        words: everyday words for findings.
        alike: terms of HPO that count as another finding when common conditions are ranked.
    """

    conditions: tuple[Condition, ...]
    findings: dict[str, LocalFinding]
    words: tuple[Words, ...]
    alike: tuple[Alike, ...] = ()

    def lineage(self, code: str, ontology: Ontology) -> tuple[str, ...]:
        """The code itself and every finding that it implies; empty if neither HPO nor our files have it."""
        local = self.findings.get(code)
        if local is None:
            above = ontology.resolve(code)
        elif local.is_a is None:
            return (code,)
        elif local.is_a.code in self.findings:
            return (code, *self.lineage(local.is_a.code, ontology))
        else:
            above = ontology.resolve(local.is_a.code)
        if above is None:
            return ()
        implied = sorted(ontology.ancestors(above))
        return (code, *implied) if local else (above, *(c for c in implied if c != above))


@cache
def load_common() -> CommonKnowledge:
    """Reads the shipped files, once.

    Raises:
        KnowledgeError: a file, which the message names, is missing or invalid, or two conditions share an id.
    """
    paths = sorted((_FOLDER / "conditions").glob("*.yaml"))
    conditions = [condition for path in paths for condition in read_rows(path, Condition)]
    ids = [condition.id for condition in conditions]
    if len(set(ids)) != len(ids):
        raise KnowledgeError(f"Two conditions share an id: {sorted({i for i in ids if ids.count(i) > 1})}")
    findings = {finding.id: finding for finding in read_rows(_FOLDER / "findings.yaml", LocalFinding)}
    words, alike = read_rows(_FOLDER / "words.yaml", Words), read_rows(_FOLDER / "alike.yaml", Alike)
    return CommonKnowledge(tuple(conditions), findings, words, alike)


def read_rows(path: Path, kind: type[_Row]) -> tuple[_Row, ...]:
    """The validated rows of a YAML file.

    Raises:
        KnowledgeError: the file cannot be read, is not YAML, or a row is invalid.
    """
    try:
        rows: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return TypeAdapter(tuple[kind, ...]).validate_python(rows)  # type: ignore[valid-type]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise KnowledgeError(f"{path.name} cannot be read ({type(error).__name__})") from None
    except ValidationError as error:
        raise KnowledgeError(f"{path.name}: {problems(error)[0]}") from None
