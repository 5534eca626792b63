"""Comments on an order that may concern one of its results: haemolysis may have raised a potassium."""

import re

from adapters.fhir.elements import Json

from ..message import Segment

_MAX_LENGTH = 2000  # characters of the comments on each result
_NOT_OF_THE_LABORATORY = ("O", "P")  # HL7 table 0105; P is the orderer
_SENTENCES = re.compile(r"(?<=[.;])\s+|(?<=[。；])|\n")
_NEW_SENTENCE = re.compile(r"[A-Z][a-z]")
_SPOILT = re.compile(r"\b(?:h[a]?emoly[sz]ed|clotted|contaminated|clumped)\b|溶血|凝固|污染", re.IGNORECASE)
_OF_PLATELETS = re.compile(r"\bclump", re.IGNORECASE)
_PLATELETS = re.compile(r"platelet|thromboc|\bPLT\b|血小板|\b(?:777-3|778-1|26515-7|49497-1)\b", re.IGNORECASE)


class Remarks:
    """The laboratory's comments on an order."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._sentences: list[str] | None = None

    def add(self, note: Segment) -> None:
        """Adds an NTE."""
        line = "\n".join(value.whole for value in note.repetitions(3)).strip()
        if note.text(2) not in _NOT_OF_THE_LABORATORY:
            self._lines.append(f"\n{line}" if _NEW_SENTENCE.match(line) else line)
            self._sentences = None

    def stand_with(self, observation: Json, obx: Segment) -> None:
        """Adds the comments that may be about it to a numeric result, whose sample may have been spoilt."""
        if "valueQuantity" not in observation:
            return
        if self._sentences is None:
            self._sentences = _foremost(" ".join(self._lines))
        is_of_platelets = _PLATELETS.search(obx.first(3).raw)
        found = (one for one in self._sentences if is_of_platelets or not _OF_PLATELETS.search(one))
        if text := "\n".join(found):
            observation["note"] = [{"text": text}]


def _foremost(text: str) -> list[str]:
    """The sentences of a text, up to a limit; of a longer text, first those about a spoilt sample."""
    sentences = list(dict.fromkeys(map(str.strip, _SENTENCES.split(text))))
    if len(text) > _MAX_LENGTH:
        sentences.sort(key=lambda sentence: not _SPOILT.search(sentence))
    found: list[str] = []
    length = 0
    for sentence in filter(None, sentences):
        if length + len(sentence) < _MAX_LENGTH:
            length += len(sentence) + 1
            found.append(sentence)
    return found
