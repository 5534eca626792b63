"""Specimens, and their bearing on the results of their orders."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.fhir.elements import Json
from adapters.fhir.specimens import condition_in_words

from ..message import Segment
from .categories import of_specimen

SPECIMEN_FIRST = ("OUL^R22", "OUL^R23")
"""Messages in which a specimen comes before its orders; in others it comes after the results."""
_ORC_BEHIND = ("OUL^R22", "OUL^R23", "OUL^R24")


def orders_first(kind: str, segments: Iterable[Segment]) -> list[Segment]:
    """The segments with each ORC before its OBR; some messages about specimens have it after."""
    found: list[Segment] = []
    for segment in segments:
        behind = kind in _ORC_BEHIND and segment.name == "ORC" and found and found[-1].name == "OBR"
        found.insert(len(found) - bool(behind), segment)
    return found


@dataclass(slots=True)
class Sampled:
    """Specimens and the results that were measured in them.

    Attributes:
        kind: of the message.
        specimens: with their SPM.
        results: Observations, with their OBX.
    """

    kind: str
    specimens: list[tuple[Json, Segment]] = field(default_factory=list)
    results: list[tuple[Json, Segment]] = field(default_factory=list)

    def end(self) -> None:
        """Notes the condition of its specimen on each result: a reader of a potassium must know of haemolysis.

        Not if the result may be of another specimen.
        """
        for observation, obx in self.results:
            own = obx.first(33).raw
            of_it = [spm for _, spm in self.specimens if not own or spm.first(2).raw == own]
            if self.kind.startswith("OUL") or (self.specimens and self.kind.startswith("ORU")):
                of_specimen(observation, obx, [spm.first(4) for spm in of_it])
            if len(of_it) == 1 and (words := condition_words(of_it[0])):
                observation.setdefault("note", []).append({"text": f"Specimen condition: {words}"})
        self.specimens.clear()
        self.results.clear()


def condition_words(spm: Segment) -> str:
    """SPM-24 in the sender's words, or else in those of HL7 table 0493."""
    return ", ".join(
        value.text(9) or value.text(2) or condition_in_words(value.text(1)) for value in spm.repetitions(24)
    )
