"""What a clinician sees of a message: from its segments through our conversion to findings and red flags."""

import json

import pytest

from adapters.fhir.bundle import make_record
from adapters.fhir.reasons import Reason
from adapters.hl7v2.message import parse
from adapters.hl7v2.to_fhir import convert
from apps.diagnosis.service import DiagnosisService
from knowledge.medical.case import Case, Status
from tests.unit.hl7v2.hl7_data import message

YES, NO = Status.PRESENT, Status.ABSENT


def case_of(service: DiagnosisService, *segments: str, kind: str = "ORU^R01") -> Case:
    header = f"MSH|^~\\&|LAB|WEST|R1|R1|20260102040405||{kind}|C2|P|2.5"
    raw = message("PID|1||77^^^WEST^MR||A", *segments, header=header)
    bundle = json.loads(json.dumps(convert(parse(raw), source="ab" * 32).bundle, default=float))
    numbered = enumerate(bundle["entry"])
    return service.read_record(
        make_record(
            [(entry["fullUrl"], {**entry["resource"], "id": f"r{number}"}) for number, entry in numbered], origin="test"
        )
    )


def statuses(case: Case) -> dict[str, Status]:
    return {finding.label: finding.status for finding in case.findings}


def order(section: str = "", specimen: str = "") -> str:
    return f"OBR|1||F1|1^Panel^L|||202601020400{'|' * 8}{specimen}{'|' * 9}{section}|F"


def obx(kind: str, code: str, value: str, unit: str = "") -> str:
    return f"OBX|1|{kind}|{code}||{value}|{unit}|||||F"


SURFACE_ANTIBODY = "22322-2^Hepatitis B virus surface antibody^LN"
COMMENT = obx("ST", "COM^Comment^L", "Test used to diagnose pheochromocytoma and renal failure.")
PNEUMONIA = obx("TX", "18842-5^Report^LN", "Right lower lobe pneumonia.")


@pytest.mark.parametrize(
    "result",
    [
        obx("ST", SURFACE_ANTIBODY, "positive"),
        obx("ST", "PP^Pneumonia panel: Influenza A^L", "Detected"),
        obx("CWE", "RF^Rheumatoid arthritis factor^L", "10828004^Positive^SCT"),
        obx("ST", "HEP^Hepatitis panel^L", "negative"),
    ],
)
@pytest.mark.parametrize("section", ["", "SR", "OTH"])
def test_the_outcome_of_a_test_is_not_what_the_test_is_called(
    diagnosis_service: DiagnosisService, result: str, section: str
) -> None:
    assert statuses(case_of(diagnosis_service, order(section), result)) == {}


@pytest.mark.parametrize(
    ("segments", "kind"),
    [
        ((order("CH"), COMMENT), "ORU^R01"),
        ((order("ch"), COMMENT), "ORU^R01"),
        ((order(specimen="BLD"), COMMENT), "ORU^R01"),
        ((order("OTH", "BLD"), COMMENT), "ORU^R01"),
        ((order(), COMMENT, "SPM|1|S1||BLD"), "ORU^R01"),
        ((order(), COMMENT), "OUL^R21"),
        ((order("LAB"), obx("ST", "2823-3^K^LN", "Values above 5 suggest hyperkalemia")), "ORU^R01"),
    ],
)
def test_a_laboratorys_comment_does_not_tell_what_the_patient_has(
    diagnosis_service: DiagnosisService, segments: tuple[str, ...], kind: str
) -> None:
    assert statuses(case_of(diagnosis_service, *segments, kind=kind)) == {}


@pytest.mark.parametrize(
    ("section", "result", "told"),
    [
        ("RAD", PNEUMONIA, {"Pneumonia": YES}),
        ("CT", PNEUMONIA, {"Pneumonia": YES}),
        ("", PNEUMONIA, {"Pneumonia": YES}),
        ("OTH", PNEUMONIA, {"Pneumonia": YES}),
        ("PHY", PNEUMONIA, {"Pneumonia": YES}),
        ("EC", obx("TX", "ECG^ECG^L", "Atrial fibrillation."), {"Atrial fibrillation": YES}),
        ("RAD", obx("ST", "PN^Pneumonia^L", "positive"), {"Pneumonia": YES}),
        ("NRS", obx("ST", "FEV^Fever^L", "positive"), {"Fever": YES}),
        ("", obx("ST", "FEV^Fever^L", "yes"), {"Fever": YES}),
        ("", obx("CWE", "FEV^Fever^L", "N^^HL70136"), {"Fever": NO}),
        ("ICU", obx("NM", "8310-5^Temp^LN", "39.5", "Cel^^UCUM"), {"Fever": YES, "Hypothermia": NO}),
        ("", obx("NM", "8310-5^Temp^LN", "39.5", "Cel^^UCUM"), {"Fever": YES, "Hypothermia": NO}),
        ("CH", "OBX|1|NM|2823-3^K^LN||7.9|mmol/L|3.5-5|H|||F", {"Hyperkalemia": YES, "Hypokalemia": NO}),
    ],
)
def test_reports_examinations_and_values_are_read(
    diagnosis_service: DiagnosisService, section: str, result: str, told: dict[str, Status]
) -> None:
    assert statuses(case_of(diagnosis_service, order(section), result)) == told


def test_the_words_of_pathology_are_findings(diagnosis_service: DiagnosisService) -> None:
    report = obx("TX", "22637-3^Path report^LN", "Breast: invasive carcinoma of the breast.")
    local = obx("TX", "DX^Diagnosis^L", "Breast: invasive carcinoma of the breast.")
    for section in ("SP", "CP", "PAT", "AP", "PATH", "HIST", "CYTO", ""):
        for text, specimen in ((report, ""), (report, "BLD"), (report, "TISS"), (local, "^Breast biopsy")):
            assert statuses(case_of(diagnosis_service, order(section, specimen), text)) != {}
            assert statuses(case_of(diagnosis_service, order(section), text, f"SPM|1|S1||{specimen}")) != {}


HIGH_POTASSIUM = obx("NM", "2823-3^K^LN", "7.9", "mmol/L")
DISOWNED = "NTE|1||Specimen grossly hemolyzed, potassium unreliable"


def test_a_potassium_that_the_laboratory_disowns_is_not_used(diagnosis_service: DiagnosisService) -> None:
    (measured,) = case_of(diagnosis_service, order("CH"), HIGH_POTASSIUM).measurements
    assert measured.value == 7.9
    for segments in ((DISOWNED, HIGH_POTASSIUM), (HIGH_POTASSIUM, DISOWNED)):
        case = case_of(diagnosis_service, order("CH"), *segments)
        assert case.measurements == ()
        assert Reason.SPOILT_SAMPLE in [unread.reason for unread in case.unread]


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        ("8670-2^Family history^LN", "Aortic dissection", {}),
        ("18785-6^Reason for study^LN", "Pulmonary embolism", {"Pulmonary embolism": Status.UNKNOWN}),
        ("DDX^Differential diagnosis^L", "Pulmonary embolism", {"Pulmonary embolism": Status.UNKNOWN}),
        ("NEG^Pertinent negatives^L", "Fever", {"Fever": NO}),
        ("ALL^Drug allergies^L", "Penicillin", {}),
        ("59776-5^Findings^LN", "Lungs clear", {}),
        ("1^CT head without contrast^L", "Subarachnoid hemorrhage", {"Subarachnoid hemorrhage": YES}),
    ],
)
def test_a_text_answers_what_its_code_asks(
    diagnosis_service: DiagnosisService, code: str, value: str, expected: dict[str, Status]
) -> None:
    assert statuses(case_of(diagnosis_service, order("RAD"), obx("TX", code, value))) == expected


def test_a_section_of_a_document_is_read_under_its_name(diagnosis_service: DiagnosisService) -> None:
    lines = (
        obx("TX", "10157-6^Family history^LN", "Myocardial infarction"),
        obx("TX", "10157-6^Family history^LN", "Stroke"),
        obx("TX", "8716-3^Physical exam, 2nd part^LN", "Jaundice"),
    )
    case = case_of(diagnosis_service, "TXA|1|HP|TX|||||||||D1", *lines, kind="MDM^T02")
    assert statuses(case) == {"Jaundice": YES}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("N^Notes^L|Family history:", "I^Impression^L|Myocardial infarction.", {"Myocardial infarction": YES}),
        ("10157-6^Family history^LN|Mother:", "I^Impression^L|Stroke.", {"Stroke": YES}),
        ("N^Notes^L|Past medical history:", "D^Current diagnosis^L|Stroke", {"Stroke": YES}),
        ("N^Notes^L|Family history:", "R^Report^L|Myocardial infarction.", {}),
        ("P^Pain^L|Worse when lying on", "R^Result^L|Stroke", {"Stroke": YES}),
    ],
)
def test_a_heading_at_the_end_of_a_section_does_not_hold_for_the_next(
    diagnosis_service: DiagnosisService, first: str, second: str, expected: dict[str, Status]
) -> None:
    lines = (obx("TX", *line.split("|")) for line in (first, second))
    found = statuses(case_of(diagnosis_service, "TXA|1|HP|TX|||||||||D1", *lines, kind="MDM^T02"))
    assert {
        label: status for label, status in found.items() if label in ("Myocardial infarction", "Stroke")
    } == expected
