"""The medical knowledge, read once from HPO's files and kept compiled for a fast start."""

import hashlib
import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import KnowledgeError, StorageError

from .diseases import DiseaseBase, read_hpoa
from .ontology import Ontology, read_obo

_FORMAT = 1  # raise it when the meaning or layout of the compiled file changes
_SOURCES = ("hp.obo", "phenotype.hpoa")


@dataclass(frozen=True, slots=True)
class MedicalKnowledge:
    """Ontology and diseases of one release.

    Attributes:
        source: name of the knowledge base, for display.
        version: release of the disease annotations.
        acknowledgement: the words the HPO licence asks for.
    """

    ontology: Ontology
    diseases: DiseaseBase

    @property
    def source(self) -> str:
        return "HPO"

    @property
    def version(self) -> str:
        return self.diseases.version

    @property
    def acknowledgement(self) -> str:
        return (
            "This product uses the Human Phenotype Ontology "
            f"(ontology version {self.ontology.version}, annotations version {self.version}). "
            "Find out more at https://www.human-phenotype-ontology.org"
        )


def load_knowledge(folder: Path, cache: Path) -> MedicalKnowledge:
    """Loads the knowledge from a folder with ``hp.obo`` and ``phenotype.hpoa``.

    The first call parses them (seconds) and leaves a compiled file in ``cache``; later calls read that (below 1 s).
    The compiled file is named after the content of both sources, so changed sources are compiled anew.

    Raises:
        KnowledgeError: a source file is missing or malformed; the message names file and line.
        StorageError: ``cache`` cannot be written.
    """
    compiled = cache / f"hpo-{_fingerprint(folder)}.npz"
    if compiled.is_file():
        try:
            return _load(compiled)
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            pass  # torn or foreign file: compile again over it
    ontology = read_obo(folder / "hp.obo")
    knowledge = MedicalKnowledge(ontology, read_hpoa(folder / "phenotype.hpoa", ontology))
    _save(knowledge, compiled)
    return knowledge


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256(f"format {_FORMAT}".encode())
    for name in _SOURCES:
        try:
            with (folder / name).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise KnowledgeError(
                f"{name} cannot be read ({type(error).__name__})", hint=f"Looked in {folder}"
            ) from None
    return digest.hexdigest()[:16]


def _save(knowledge: MedicalKnowledge, path: Path) -> None:
    arrays: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    for name, part in (("ontology", knowledge.ontology), ("diseases", knowledge.diseases)):
        part_arrays, texts[name] = part.to_parts()
        arrays.update({f"{name}.{key}": value for key, value in part_arrays.items()})
    packed = json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode()
    arrays["texts"] = np.frombuffer(packed, dtype=np.uint8)
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            temporary = Path(file.name)
            np.savez(file, **arrays)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise StorageError(
            f"The compiled knowledge cannot be written ({type(error).__name__})",
            hint=f"Free some space or make {path.parent} writable",
        ) from None


def _load(path: Path) -> MedicalKnowledge:
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    texts = json.loads(arrays.pop("texts").tobytes())
    parts: dict[str, dict[str, NDArray[Any]]] = {"ontology": {}, "diseases": {}}
    for name, value in arrays.items():
        part, _, key = name.partition(".")
        parts[part][key] = value
    ontology = Ontology.from_parts(parts["ontology"], texts["ontology"])
    return MedicalKnowledge(ontology, DiseaseBase.from_parts(parts["diseases"], texts["diseases"], ontology))
