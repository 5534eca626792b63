"""People around the patient who are ill are a contact of the patient's, not findings of the patient."""

import pytest

from knowledge.medical.case import Status
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.notes.words.contacts import ill_contacts

_CONTACT = "R1:0169"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5F with vesicles. Brother has chickenpox.", "Brother has chickenpox"),
        ("Sister at home with the same rash", "Sister at home with the same rash"),
        ("Mum has also had diarrhoea and vomiting", "Mum has also had diarrhoea and vomiting"),
        ("Father was treated for TB last month", "Father was treated for TB"),
        ("household member with active TB", "household member with active TB"),
        ("exposed to a confirmed measles case", "exposed to a confirmed measles"),
        ("TB contact, on no treatment", "TB contact"),
        ("sick contact at work", "sick contact"),
        ("父亲患肺结核", "父亲患肺结核"),
        ("妹妹也有类似皮疹", "妹妹也有类似皮疹"),
        ("家里多人腹泻", "家里多人腹泻"),
        ("水痘患者接触史", "水痘患者接触史"),
        ("Father had TB 20 years ago", ""),
        ("Mother had a cold in pregnancy", ""),
        ("Mother has asthma, brother has a cold sore", ""),
        ("The child has diarrhoea", ""),
        ("Mother reports a cough", ""),
        ("TB contact tracing", ""),
        ("父亲有结核病史", ""),
    ],
)
def test_who_is_ill_beside_the_patient(text: str, words: str) -> None:
    assert ",".join(text[start:end] for start, end, _ in ill_contacts(text)) == words


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("8M, itching at night. His sister has scabies.", Status.PRESENT),
        ("No sick contacts. Cough.", Status.ABSENT),
        ("否认结核接触史", Status.ABSENT),
    ],
)
def test_a_contact_is_a_finding_of_the_patient(text: str, status: Status, recognizer: FindingRecognizer) -> None:
    (contact,) = [f for f in recognizer.read(text, source="note").findings if f.code == _CONTACT]
    assert contact.status is status


def test_what_the_contact_has_is_no_finding_of_the_patient(recognizer: FindingRecognizer) -> None:
    found = recognizer.read("8M, cough. Mum has diarrhoea and vomiting.", source="note").findings
    assert {f.label for f in found} == {"Cough", "Contact with the same illness"}
