"""``Observation.category`` of a result, by the section that made it: words of laboratories are read in another way."""

from adapters.fhir.elements import Json

from ..message import Segment
from .codes import concept, tables

# HL7 table 0074. Of a section that is not here the category is not sure; a specimen tells what a laboratory measured.
_SECTIONS = {
    "laboratory": "BG BLB CG CH CP GE HM IMM LAB MB MCB MYC OSL PAT SP SR TX VR",
    "imaging": "CT NMR NMS OUS RAD RUS RX VUS XRC",
    "procedure": "AU CTH CUS EC EN PF",
    "exam": "ICU NRS PHY",
}
_CATEGORIES = {section: category for category, sections in _SECTIONS.items() for section in sections.split()}


def categorise(observation: Json, kind: str, obr: Segment | None) -> None:
    """Adds the category where the message does not give it (OBX-29).

    Args:
        kind: of the message.
        obr: of the order.
    """
    section = obr.text(24).upper() if obr else ""
    if category := _CATEGORIES.get(section):
        _, display, _ = tables()["DiagnosticServiceSectionID"].get(section, ("", "", ""))
        own = {"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": section}
        made = concept(f"{category}@observation-category")
        made["coding"].append({**own, "display": display} if display else own)
        observation.setdefault("category", [made])
    elif kind.startswith("OUL") or (obr and obr.repetitions(15)):
        of_specimen(observation)


def of_specimen(observation: Json) -> None:
    """Makes a result that was measured in a specimen, and has no category yet, one of a laboratory."""
    observation.setdefault("category", [concept("laboratory@observation-category")])
