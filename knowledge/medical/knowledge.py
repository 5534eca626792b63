"""The medical knowledge, read once from HPO's files and kept compiled for a fast start."""

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from core.errors import KnowledgeError
from core.files import replacing, storage_errors

from .diseases import DiseaseBase
from .hpoa import read_genes, read_hpoa
from .ontology import Ontology, read_obo

_log = logging.getLogger(__name__)

_COMPILER = (
    *("knowledge.py", "ontology.py", "diseases.py", "hpoa.py", "twins.py", "names.py", "lexicon.py", "icd10cm.py"),
    *("stems.py", "ner/lexicon.tsv.gz", "ner/icd10cm.tsv.gz"),
)
"""Files that determine the content of the compiled file, besides its sources."""
_OPTIONAL = ("genes_to_phenotype.txt",)
_SOURCES = ("hp.obo", "phenotype.hpoa", *_OPTIONAL)
_DTYPES = {"BOOL": np.bool_, "U8": np.uint8, "I32": np.int32, "F32": np.float32}


@dataclass(frozen=True, slots=True)
class MedicalKnowledge:
    """Ontology and diseases of one release.

    Attributes:
        fingerprint: hash over the files it was compiled from.
        source: name of the knowledge base, for display.
        version: release of the disease annotations.
        acknowledgement: the words the HPO licence asks for.
    """

    ontology: Ontology
    diseases: DiseaseBase
    fingerprint: str

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
    """Loads the knowledge from a folder with ``hp.obo``, ``phenotype.hpoa`` and, if it is there,
    ``genes_to_phenotype.txt`` (it helps to find twins).

    The first call parses them (seconds) and leaves a compiled file in ``cache``; later calls map that (below 1 s).
    The compiled file is named after the content of its sources and of what compiles them, so it is rebuilt when
    either changes. It is written atomically.

    Raises:
        KnowledgeError: a source file is missing or malformed; the message names file and line.
        StorageError: ``cache`` cannot be written.
    """
    fingerprint = _fingerprint(folder)
    compiled = cache / f"hpo-{fingerprint}-{_compiler()}.safetensors"
    if compiled.is_file():
        try:
            return _load(compiled, fingerprint)
        except (OSError, ValueError, KeyError, TypeError):
            pass  # corrupt or foreign file: overwrite it
    _log.info("Compiling the medical knowledge, once for this release; this takes about a minute")
    ontology = read_obo(folder / "hp.obo")
    genes = read_genes(folder / "genes_to_phenotype.txt")
    knowledge = MedicalKnowledge(ontology, read_hpoa(folder / "phenotype.hpoa", ontology, genes), fingerprint)
    _save(knowledge, compiled)
    return knowledge


def _compiler() -> str:
    digest = hashlib.sha256()
    for name in _COMPILER:
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()[:16]


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in _SOURCES:
        try:
            with (folder / name).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except FileNotFoundError:
            if name in _OPTIONAL:
                continue
            raise KnowledgeError(f"{name} is missing", hint=f"Looked in {folder}") from None
        except OSError as error:
            raise KnowledgeError(
                f"{name} cannot be read ({type(error).__name__})", hint=f"Looked in {folder}"
            ) from None
    return digest.hexdigest()[:16]


def _save(knowledge: MedicalKnowledge, path: Path) -> None:
    arrays: dict[str, NDArray[Any]] = {}
    texts: dict[str, Any] = {}
    for name, part in (("ontology", knowledge.ontology), ("diseases", knowledge.diseases)):
        part_arrays, texts[name] = part.to_parts()
        arrays.update({f"{name}.{key}": np.ascontiguousarray(value) for key, value in part_arrays.items()})
    packed = json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode()
    arrays["texts"] = np.frombuffer(packed, dtype=np.uint8)
    with storage_errors(path.parent), replacing(path) as partial:
        partial.write_bytes(safetensors.numpy.save(arrays))


def _load(path: Path, fingerprint: str) -> MedicalKnowledge:
    arrays = _map(path)
    texts = json.loads(arrays.pop("texts").tobytes())
    parts: dict[str, dict[str, NDArray[Any]]] = {"ontology": {}, "diseases": {}}
    for name, value in arrays.items():
        part, _, key = name.partition(".")
        parts[part][key] = value
    ontology = Ontology.from_parts(parts["ontology"], texts["ontology"])
    diseases = DiseaseBase.from_parts(parts["diseases"], texts["diseases"], ontology)
    return MedicalKnowledge(ontology, diseases, fingerprint)


def _map(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a safetensors file, memory-mapped and read-only; its own reader would copy them.

    Format: https://github.com/huggingface/safetensors#format
    """
    mapped = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
    begin = 8 + int.from_bytes(mapped[:8].tobytes(), "little")
    header = json.loads(mapped[8:begin].tobytes())
    arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        arrays[name] = mapped[begin + first : begin + last].view(_DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return arrays
