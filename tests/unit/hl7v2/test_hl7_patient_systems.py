"""The site's table of the authorities of patients' numbers."""

from pathlib import Path

import pytest

from adapters.hl7v2.lanes import lanes_of
from adapters.hl7v2.message import parse
from adapters.hl7v2.to_fhir import Conversion, convert
from adapters.hl7v2.to_fhir.patient_systems import PatientSystems, read_patient_systems
from core.errors import InputFormatError
from tests.unit.hl7v2.hl7_conversion import SOURCE, one, resources
from tests.unit.hl7v2.hl7_data import message

MRN = "http://hospital.example/mrn"
TABLE = f"authority,system\nWEST,{MRN}\n1.2.840.5,{MRN}\nLABWEST,{MRN}\n"
NAMES = ["77^^^WEST^MR", "77^^^WEST&1.2.840.5&ISO^MR", "77^^^&1.2.840.5&ISO", "77"]
HEADER = "MSH|^~\\&|LAB|LABWEST|R1|R1|20260102||{}|C1|P|2.5"


@pytest.fixture
def systems(tmp_path: Path) -> PatientSystems:
    file = tmp_path / "authorities.csv"
    file.write_text(TABLE, "utf-8-sig")
    return read_patient_systems(file)


def became(raw: bytes, systems: PatientSystems) -> Conversion:
    return convert(parse(raw), source=SOURCE, systems=systems)


@pytest.mark.parametrize("number", NAMES)
def test_however_the_authority_is_written_it_is_one_patient(number: str, systems: PatientSystems) -> None:
    raw = message(
        f"PID|1||{number}", "OBR|1||F9^LABWEST|718-7^Hb^LN", "OBX|1|NM|718-7^Hb^LN||9", header=HEADER.format("ORU^R01")
    )
    conversion = became(raw, systems)
    (known, *_) = one(conversion, "Patient")["identifier"]
    assert (known["system"], known["value"]) == (MRN, "77")
    assert list(lanes_of(parse(raw), systems)) == [f"{MRN}|77"]
    # An order is none of the patient's numbers.
    assert one(conversion, "ServiceRequest")["identifier"][0]["system"] == "urn:r1:hl7v2:authority:LABWEST"


def test_the_same_number_by_two_names_is_there_once(systems: PatientSystems) -> None:
    patient = one(became(message(f"PID|1||{NAMES[1]}~{NAMES[0]}", header=HEADER.format("ADT^A08")), systems), "Patient")
    assert [number["value"] for number in patient["identifier"]] == ["77"]


def test_both_of_a_merge_are_named_as_the_table_says(systems: PatientSystems) -> None:
    raw = message("PID|1||77^^^WEST", "MRG|78", header=HEADER.format("ADT^A40"))
    kept, gone = resources(became(raw, systems), "Patient")
    assert [patient["identifier"][0]["system"] for patient in (kept, gone)] == [MRN, MRN]
    assert kept["link"][0]["other"]["identifier"] == {"system": MRN, "value": "78"}


def test_other_authorities_stay_as_they_are(systems: PatientSystems) -> None:
    patient = one(
        became(message("PID|1||77^^^EAST~9^^^&1.2.3&ISO", header=HEADER.format("ADT^A08")), systems), "Patient"
    )
    assert [number["system"] for number in patient["identifier"]] == ["urn:r1:hl7v2:authority:EAST", "urn:oid:1.2.3"]


@pytest.mark.parametrize("pid", ["PID|1|78|77", "PID|1||77|78", "PID|1|77|77|78"])
def test_a_number_outside_pid_3_without_an_authority_is_none_of_the_sender(pid: str, systems: PatientSystems) -> None:
    own, other = one(became(message(pid, header=HEADER.format("ADT^A08")), systems), "Patient")["identifier"]
    assert (own["system"], own["value"]) == (MRN, "77")
    assert (other["system"], other["value"]) == ("urn:r1:hl7v2:external:LABWEST", "78")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("authority\n", "lacks the column system"),
        ("authority,system\nWEST,mrn\n", "Line 2 .* no URI"),
        ("authority,system\n,urn:oid:1.2.3\n", "Line 2 .* no authority"),
        (f"authority;system\nWEST;{MRN}\nWEST;urn:oid:1.2.3\n", "Line 3 .* second system"),
    ],
)
def test_a_table_with_a_fault_is_refused(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "authorities.csv"
    file.write_text(text)
    with pytest.raises(InputFormatError, match=told):
        read_patient_systems(file)
