"""Our tables against those of the HL7 v2-to-FHIR guide, row by row.

A row of the guide agrees when ours puts the same field at the same place. Rows in which the guide itself has no place
("extension??", a local implementation) are not compared, and departures stand here with their reasons.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.hl7v2.to_fhir.codes import tables
from adapters.hl7v2.to_fhir.tables import rows
from tests.conftest import public_data

SEGMENTS = {
    ("PID", "Patient"): {"PID-21 $this": "the mother is a RelatedPerson, and has a table of her own"},
    ("PV1", "Encounter"): {
        "PV1-11 location.extension": "R4 has no subject-locationClassification",
        "PV1-40 location.location": "the bed's state is a fact about the bed, not about this visit; kept as unmapped",
        "PV1-53 episodeOfCare": "an episode of care is not made from a visit message; kept as unmapped",
        "PV1-54 episodeOfCare": "the same",
    },
    ("OBR", "ServiceRequest"): {
        "OBR-27 $this": "OBR-27 is withdrawn for TQ1; kept as unmapped",
        "OBR-29 basedOn.type": "a logical reference may leave its type out",
        "OBR-13 extension.valueCodeableReference": "R4 has no CodeableReference; the concept is held alone",
    },
    ("OBR", "DiagnosticReport"): {},
    ("OBX", "Observation"): {
        "OBX-4 $this": "OBX-4 tells results apart, and is kept as unmapped",
        "OBX-5 valueSampedData": "SampledData needs a period and dimensions that OBX lacks; a text as it came",
        "OBX-24 performer": "an address without its organization's identifier; kept as unmapped",
        "OBX-30 extension": "R4 has no observation-structure-type; kept as unmapped",
        "OBX-33 extension": "an observation of several specimens needs a Group; the first is referred to",
    },
    ("AL1", "AllergyIntolerance"): {},
    ("IAM", "AllergyIntolerance"): {
        "IAM-14 recorder": "a name alone, of whom the guide itself is not sure; kept as unmapped",
        "IAM-15 recorder": "the same",
        "IAM-17 clinicalStatus": "FHIR requires codes of its own: see test_hl7_allergies",
    },
    ("DG1", "Condition"): {"DG1-19 extension.url": "the guide's address is a web page; R4's is condition-assertedDate"},
    ("NK1", "RelatedPerson"): {},
    ("IN1", "Coverage"): {
        "IN1-5 payer": "the address of the payer without the payer's identifier; kept as unmapped",
        "IN1-10 policyHolder": "policyHolder comes from IN1-11; the number is kept as unmapped",
        "IN1-16 subscriber": "the subscriber is referred to when it is the patient; the name is kept as unmapped",
    },
    ("RXA", "Immunization"): {"RXA-28 location": "the address of a place without its identifier; kept as unmapped"},
}

CODES = {
    # The guide gives these no status at all, so that an unverified critical value would not be looked at.
    "ObservationResultStatusCodesInterpretation": {"B", "I", "R", "S", "U", "V"},
    # No codes of HL7's, but what senders write in their place: a value out of range would be taken for a normal one.
    "InterpretationCodes": {"↑", "↓", "↑↑", "↓↓"},
    "PatientClass[EncounterClass]": {"EMERGENCY", "INPATIENT", "OUTPATIENT", "急诊", "住院", "门诊"},
    "PatientClass[EncounterStatus]": {"EMERGENCY", "INPATIENT", "OUTPATIENT", "急诊", "住院", "门诊"},
    "AdministrativeSex": {"FEMALE", "MALE", "女", "男", "1", "2"},
}


@dataclass(frozen=True)
class GuideRow:
    field: str
    path: str
    assigned: str

    def __str__(self) -> str:
        return f"{self.field} {self.path}"


def guide_rows(segment: str, resource: str) -> list[GuideRow]:
    (file,) = public_data("ehr", "v2-to-fhir", "mappings").glob(f"segments__*_ {segment}[[]{resource}[]] - *.csv")
    found = []
    for line in list(csv.reader(file.open(encoding="utf-8")))[2:]:
        field, path = line[1].strip(), line[9].strip()
        if "-" in field and path and "??" not in path and path != "local implementation":
            found.append(GuideRow(field, path, line[16].strip().strip('"')))
    return found


def plain(path: str) -> str:
    """``location[1].location(Location)`` -> ``location.location``"""
    path = re.sub(r"\([^)]*\)+.*$", "", path)  # what stands in the resource that is referred to
    path = re.sub(r"\{[^}]*\}|\[[^\]]*\]|=.*$", "", path)
    return path.strip().lstrip("_").replace("._", ".")


def short(address: str) -> str:
    """An extension's address without what all have in common."""
    return re.sub(r"^https?://(hl7\.org/fhir/StructureDefinition/)?", "", address)


def ours(segment: str, resource: str) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for row in rows(segment, resource):
        paths = found.setdefault(row.field, set())
        paths.add(plain(row.path))
        paths.update(f"url {short(address)}" for address in re.findall(r"\{([^}]*)\}", row.path))
        parent = plain(row.path).rpartition(".")[0] if "[]." in row.path else plain(row.path)
        paths.update(f"{parent}.{name}".strip(".") for name, _ in row.with_)
    return found


def agrees(row: GuideRow, known: set[str]) -> bool:
    """The same element, or a part of one that we make as a whole; of an extension, the same address."""
    wanted = plain(row.path)
    if wanted.endswith(("extension.url", "extension.uri")):
        addresses = {path for path in known if path.startswith("url ")}
        if f"url {short(row.assigned)}" in addresses or (addresses and not row.assigned):
            return True
    return any(wanted == path or wanted.startswith(f"{path}.") or path.startswith(f"{wanted}.") for path in known)


@pytest.mark.parametrize(("segment", "resource"), SEGMENTS, ids=lambda name: name)
def test_every_row_agrees(segment: str, resource: str) -> None:
    known, departures = ours(segment, resource), dict(SEGMENTS[segment, resource])
    compared = [row for row in guide_rows(segment, resource) if re.fullmatch(rf"{segment}-\d+", row.field)]
    differing = []
    for row in compared:
        number = int(row.field.partition("-")[2])
        excused = [name for name in departures if f"{row.field} {plain(row.path)}".startswith(name)]
        if not agrees(row, known.get(number, set())) and not excused:
            differing.append(str(row))
    assert differing == []
    assert len(compared) >= 10


def test_no_departure_is_needless() -> None:
    needless = []
    for (segment, resource), departures in SEGMENTS.items():
        known = ours(segment, resource)
        apart = [
            f"{row.field} {plain(row.path)}"
            for row in guide_rows(segment, resource)
            if re.fullmatch(rf"{segment}-\d+", row.field)
            and not agrees(row, known.get(int(row.field.partition("-")[2]), set()))
        ]
        needless += [name for name in departures if not any(path.startswith(name) for path in apart)]
    assert needless == []


def test_codes_are_the_guides() -> None:
    folder: Path = public_data("ehr", "v2-to-fhir", "mappings")
    for name, table in tables().items():
        files = [path for path in folder.glob("codesystems__*.csv") if f" {name} - " in path.name]
        if not files:
            # The guide names the field, and no map for it; or it is a departure.
            assert name in ("DocumentCompletionStatus", "ResultStatus[Observation]")
            continue
        theirs = {
            line[0].strip(): line[6].strip()
            for line in list(csv.reader(files[0].open(encoding="utf-8")))[2:]
            if line[0].strip() and line[6].strip()
        }
        differing = {code for code in table.keys() | theirs.keys() if table.get(code, ("",))[0] != theirs.get(code)}
        assert differing == CODES.get(name, set()), name
