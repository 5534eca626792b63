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


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_second_line_of_an_allergy_adds_its_reaction_and_its_risk(order: tuple[int, int]) -> None:
    lines = ("AL1|1|DA|7980^Penicillin^RXNORM|MI|Rash", "AL1|2|DA|7980^Penicillin^RXNORM|SV|Anaphylaxis|2020")
    (allergy,) = allergies(*(lines[number] for number in order), event="A08")
    get_fhir_model_class("AllergyIntolerance").model_validate(allergy)
    words = [reaction["manifestation"][0]["text"] for reaction in allergy["reaction"]]
    assert words == [("Rash", "Anaphylaxis")[number] for number in order]
    assert (allergy["criticality"], allergy["onsetDateTime"]) == ("high", "2020")
    assert len(allergy["identifier"]) == 1


def test_the_same_allergy_twice_is_one() -> None:
    line = "AL1|1|DA|7980^Penicillin^RXNORM|MI|Rash|2020"
    assert allergies(line, line, event="A08") == allergies(line, event="A08")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("^^^7980^Penicillin^RXNORM", "^^^2670^Codeine^RXNORM"),
        ("^^^^Penicillin", "^^^^Codeine"),
        ("^^^^^^^^Penicillin", "^^^^^^^^Codeine"),
        ("^^^^^^^^^7980^Penicillin^RXNORM", "^^^^^^^^^2670^Codeine^RXNORM"),
        ("^Milk & cheese", "^Milk & eggs"),
        ("101^^99A", "101^^99B"),
    ],
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_allergies_are_told_apart_by_whatever_of_the_code_is_said(one: str, other: str, order: tuple[int, int]) -> None:
    lines = (f"IAM|1|DA|{one}|SV|Hives|A", f"IAM|2|DA|{other}|MO|Nausea|D")
    found = allergies(*(lines[number] for number in order))
    stands = [codes(found[number].get("verificationStatus")) for number in order]
    assert stands == [set(), {"entered-in-error"}]
    assert [len(allergy["reaction"]) for allergy in found] == [1, 1]


def test_an_allergy_is_the_same_with_further_codes() -> None:
    lines = ("AL1|1|DA|7980^Penicillin^RXNORM|MI|Rash", "AL1|2|DA|7980^Penicillin^RXNORM^1^Pen^L|MI|Hives")
    (allergy,) = allergies(*lines, event="A08")
    assert len(allergy["reaction"]) == 2


def test_what_contradicts_the_first_line_of_an_allergy_is_kept_apart() -> None:
    lines = ("AL1|1|DA|7980^Penicillin^RXNORM|SV|Rash|2019", "AL1|2|DA|7980^Penicillin^RXNORM|SV|Rash|2020")
    conversion = converted(adt(PID, *lines))
    assert one(conversion, "AllergyIntolerance")["onsetDateTime"] == "2019"
    assert "AL1-6 2020" in kept(conversion)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("AL1|1|DA|{}", "IAM|1|DA|{}|||D"), ((), ("entered-in-error",))),
        (("IAM|1|DA|{}|||D", "AL1|1|DA|{}"), ((), ("entered-in-error",))),
        (("IAM|1|DA|{}|||D", "IAM|2|DA|{}|SV|Rash|A"), (("active",), ())),
        (("IAM|1|DA|{}||||||||||||||I", "IAM|2|DA|{}|SV|Rash|U"), (("inactive",), ("confirmed",))),
        (("AL1|1|DA|{}", "IAM|1|DA|{}||||||||||||||I"), (("inactive",), ("confirmed",))),
    ],
)
def test_the_last_iam_that_says_so_tells_how_an_allergy_stands(
    lines: tuple[str, ...], told: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    (allergy,) = allergies(*(line.format("7980^Penicillin^RXNORM") for line in lines))
    found = codes(allergy.get("clinicalStatus")), codes(allergy.get("verificationStatus"))
    assert found == tuple(map(set, told))


def test_a_note_on_the_second_line_of_an_allergy_is_kept() -> None:
    said = "IAM|{}|DA|7980^Penicillin^RXNORM||{}|A|A55"
    (allergy,) = allergies(said.format(1, "Rash"), said.format(2, "Wheeze"), "NTE|1||tolerates cefazolin")
    assert (len(allergy["reaction"]), allergy["note"]) == (2, [{"text": "tolerates cefazolin"}])


def test_a_second_line_of_a_relative_adds_the_telephone() -> None:
    lines = ("NK1|1|Lind^Bo|FTH||^PRN^PH^^^^555", "NK1|2|Lind^Bo|FTH||^PRN^CP^^^^777|||20200101")
    person = one(converted(adt(PID, *lines)), "RelatedPerson")
    get_fhir_model_class("RelatedPerson").model_validate(person)
    assert [number["value"] for number in person["telecom"]] == ["555", "777"]
    assert person["period"] == {"start": "2020-01-01"}
    assert (len(person["name"]), len(person["relationship"])) == (1, 1)
