"""``Observation.category`` of a result, by the section that made it: the words of laboratories are read differently."""

import re
from collections.abc import Iterable

from adapters.fhir.elements import Json

from ..message import Segment, Value
from .codes import concept, tables

# HL7 table 0074. For other sections the category is uncertain; a specimen shows that a laboratory measured the result.
_SECTIONS = {
    "laboratory": "BG BLB CG CH CP GE HM IMM LAB MB MCB MYC OSL PAT SP SR TX VR",
    "imaging": "CT NMR NMS OUS RAD RUS RX VUS XRC",
    "procedure": "AU CTH CUS EC EN PF",
    "exam": "ICU NRS PHY",
}
_CATEGORIES = {section: category for category, sections in _SECTIONS.items() for section in sections.split()}
# Codes that senders use instead: other names for pathology, and DICOM's modalities.
_WRITTEN = {"SP": "AP PATH HIST", "CP": "CYTO", "RAD": "CR DX MG RF XA", "NMR": "MR", "RUS": "US"}
_ALIASES = {alias: section for section, aliases in _WRITTEN.items() for alias in aliases.split()}
# LOINC: reports of pathology and cytology, and their parts.
_PATHOLOGY = re.compile(r"10524-7|11526-1|2263[4-9]-\d|33716-2|34574-4|47527-7|47528-5|60567-5|60568-3")
_TISSUE = re.compile(r"\bTIS|biops|(?:hist|cyt)olog|\b119376003\b", re.IGNORECASE)


def categorise(observation: Json, obx: Segment, obr: Segment) -> None:
    """Adds the category if the message does not give it (OBX-29).

    Args:
        obr: the OBR of the order.
    """
    section = obr.text(24).upper()
    section = _ALIASES.get(section, section)
    if category := _CATEGORIES.get(section):
        _, display, _ = tables()["DiagnosticServiceSectionID"].get(section, ("", "", ""))
        own = {"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": section}
        made = concept(f"{category}@observation-category")
        made["coding"].append({**own, "display": display} if display else own)
        observation.setdefault("category", [made])
    elif specimens := [value.part(1) for value in obr.repetitions(15) if value.part(1)]:  # others name a body site
        of_specimen(observation, obx, specimens)


def of_specimen(observation: Json, obx: Segment, specimens: Iterable[Value]) -> None:
    """Gives a result that was measured in a specimen the category of a laboratory, if it has none yet.

    Not the words of a pathologist, which state what the patient has.

    Args:
        specimens: their types.
    """
    is_coded = any(_PATHOLOGY.fullmatch(obx.text(3, number)) for number in (1, 4))
    if obx.text(2) in ("FT", "TX") and (is_coded or any(_TISSUE.search(one.raw) for one in specimens)):
        return
    observation.setdefault("category", [concept("laboratory@observation-category")])
