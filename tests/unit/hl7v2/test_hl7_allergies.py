"""Allergies: of AL1, and of IAM, which may be numbered, uncertain, inactive or taken back."""

import pytest
from fhir.resources.R4B import get_fhir_model_class

from adapters.fhir.elements import Json, codes
from tests.unit.hl7v2.hl7_conversion import adt, converted, kept, one, resources

PID = "PID|1||77^^^WEST||Lind^Eva||19700101|F"


def allergies(*segments: str, event: str = "A60") -> list[Json]:
    return resources(converted(adt(PID, *segments, event=event)), "AllergyIntolerance")


def status(segment: str) -> tuple[set[str], set[str]]:
    (allergy,) = allergies(segment)
    get_fhir_model_class("AllergyIntolerance").model_validate(allergy)
    return codes(allergy.get("clinicalStatus")), codes(allergy.get("verificationStatus"))


def test_a_reaction_to_what_has_no_code_stays_an_allergy_of_its_own() -> None:
    said = ("AL1|1|DA||SV|Hives", "AL1|2|DA||SV|Anaphylaxis", 'AL1|3|DA|""||""', "AL1|4|DA")
    found = resources(converted(adt("PID|1||77^^^WEST", *said)), "AllergyIntolerance")

    words = [allergy["reaction"][0]["manifestation"][0]["text"] for allergy in found]
    assert words == ["Hives", "Anaphylaxis"]
    for allergy in found:
        get_fhir_model_class("AllergyIntolerance").model_validate(allergy)


def test_an_allergy_of_iam_says_what_the_message_does() -> None:
    said = "IAM|1|DA^Drug^HL70127|7980^Penicillin^RXNORM|SV|Hives~Wheeze|A|A55^EHR||||2020||202601060800"
    conversion = converted(
        adt(PID, f"{said}{'|' * 14}91936005^Penicillin allergy^SCT", "NTE|1||tolerates cefazolin", event="A60")
    )

    allergy = one(conversion, "AllergyIntolerance")
    get_fhir_model_class("AllergyIntolerance").model_validate(allergy)
    assert (conversion.known, conversion.unmapped) == (True, ())
    assert [coding["code"] for coding in allergy["code"]["coding"]] == ["7980", "91936005"]
    assert (allergy["type"], allergy["category"], allergy["criticality"]) == ("allergy", ["medication"], "high")
    (reaction,) = allergy["reaction"]
    assert [shown["text"] for shown in reaction["manifestation"]] == ["Hives", "Wheeze"]
    assert (allergy["onsetDateTime"], allergy["recordedDate"]) == ("2020", "2026-01-06T08:00:00+00:00")
    assert allergy["note"] == [{"text": "tolerates cefazolin"}]
    assert allergy["identifier"][0]["value"] == "A55"


@pytest.mark.parametrize(
    ("action", "certainty", "clinical", "verified"),
    [
        ("A", "", "active", ""),
        ("U", "C", "active", "confirmed"),
        ("X", "U", "active", "unconfirmed"),
        ("", "S", "active", "unconfirmed"),
        ("A", "I", "inactive", "confirmed"),
        ("A", "E", "", "entered-in-error"),
        ("D", "C", "", "entered-in-error"),
        ("A", "Q", "active", ""),
    ],
)
def test_the_status_of_an_allergy(action: str, certainty: str, clinical: str, verified: str) -> None:
    told = status(f"IAM|1|DA|7980^Penicillin^RXNORM|||{action}|A55^EHR{'|' * 10}{certainty}")
    assert told == ({clinical} - {""}, {verified} - {""})


def test_an_allergy_is_known_by_its_number_and_without_one_by_what_it_is_to() -> None:
    def key(segment: str) -> str:
        return str(allergies(segment)[0]["identifier"][-1]["value"])

    numbered = key("IAM|1|DA|7980^Penicillin^RXNORM|||A|A55^EHR")
    assert key("IAM|1|DA|7984^Penicillin V^RXNORM|||U|A55^EHR") == numbered == key('IAM|1||""|||D|A55^EHR')
    assert key("IAM|1|DA|7980^Penicillin^RXNORM|||A|A56^EHR") != numbered
    assert key("IAM|1|DA|7980^Penicillin^RXNORM") == key("AL1|1|DA|7980^Penicillin^RXNORM")


def test_an_iam_that_names_no_allergy_is_none() -> None:
    conversion = converted(adt(PID, "IAM|1|DA||SV||A|A55^EHR", event="A60"))
    assert resources(conversion, "AllergyIntolerance") == []
    assert kept(conversion) == ["IAM-2 DA", "IAM-4 SV", "IAM-6 A", "IAM-7 A55^EHR"]


def test_who_an_allergy_of_a60_is_of_stays_as_known() -> None:
    """It is about allergies: what PID says beside the numbers may be older than what ADT messages said."""
    entries = converted(adt(PID, "IAM|1|DA|7980^Penicillin^RXNORM", event="A60")).entries
    assert [(entry.resource["resourceType"], entry.mode) for entry in entries] == [
        ("Patient", "create"),
        ("AllergyIntolerance", "update"),
    ]


LISTED = "AL1|1|DA|{}|SV|Anaphylaxis"
NUMBERED = "IAM|1|DA|{}|MO|Rash|{}"


@pytest.mark.parametrize("code", ["7980^Penicillin^RXNORM", "OTH^Other^L", "7980"])
@pytest.mark.parametrize("number", ["A|A55", "A|A55||||||||||I", "D|A55"])
def test_an_allergy_of_a_list_stands_beside_one_with_a_number(code: str, number: str) -> None:
    """They may be two of one local code, or say different things: what the list says is not lost."""
    listed, numbered = allergies(LISTED.format(code), NUMBERED.format(code, number), event="A08")
    assert (listed["criticality"], listed["reaction"][0]["manifestation"]) == ("high", [{"text": "Anaphylaxis"}])
    assert codes(listed["clinicalStatus"]) == {"active"}
    assert (numbered["identifier"][0]["value"], len(numbered["identifier"])) == ("A55", 2)
    assert numbered["reaction"][0]["manifestation"] == [{"text": "Rash"}]
