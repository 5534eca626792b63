"""What DG1 and IN1 become that come more than once: a diagnosis of several roles, a plan of several policies."""

import json

import pytest

from adapters.fhir.elements import Json, codes
from adapters.hl7v2.overlay import overlaid
from adapters.hl7v2.to_fhir import Conversion
from tests.unit.hl7v2.hl7_conversion import adt, converted, kept, one, resources

PID, VISIT = "PID|1||77^^^WEST", "PV1|1|I|||||||||||||||||V1^^^WEST"


def diagnosed(*segments: str) -> Conversion:
    return converted(adt(PID, VISIT, *segments))


def dg1(role: str, action: str = "", *, code: str = "I26.9^Pulmonary embolism^I10") -> str:
    return f"DG1|1||{code}|||{role}{'|' * 15}{action}"


def roles(encounter: Json) -> list[str]:
    return [item["use"]["coding"][-1]["code"] for item in encounter["diagnosis"]]


@pytest.mark.parametrize(
    ("segments", "told", "stands"),
    [
        ([dg1("W")], ["W"], {"provisional"}),
        ([dg1("w")], ["w"], {"provisional"}),
        ([dg1("F")], ["F"], set()),
        ([dg1("W"), dg1("F")], ["W", "F"], set()),
        ([dg1("F"), dg1("W")], ["F", "W"], set()),
        ([dg1("A"), dg1("F"), dg1("F")], ["A", "F"], set()),
        ([dg1("W", "D")], ["W"], {"entered-in-error"}),
        ([dg1("A", "D"), dg1("F", "A")], ["F"], set()),
        ([dg1("F", "A"), dg1("A", "D")], ["F"], set()),
        ([dg1("A", "D"), dg1("W", "A")], ["W"], {"provisional"}),
        ([dg1("A", "D"), dg1("F", "D")], ["A", "F"], {"entered-in-error"}),
        ([dg1("F", "A"), dg1("F", "D")], ["F"], {"entered-in-error"}),
        ([dg1("F", "D"), dg1("F", "A")], ["F"], set()),
    ],
)
def test_a_diagnosis_stands_as_in_the_roles_that_were_not_deleted(
    segments: list[str], told: list[str], stands: set[str]
) -> None:
    conversion = diagnosed(*segments)
    condition, encounter = one(conversion, "Condition"), one(conversion, "Encounter")
    assert (roles(encounter), codes(condition.get("verificationStatus"))) == (told, stands)


def test_what_deletes_without_a_role_deletes_the_diagnosis() -> None:
    condition = one(diagnosed(dg1("F", "A"), dg1("", "D")), "Condition")
    assert codes(condition["verificationStatus"]) == {"entered-in-error"}


def test_what_a_further_role_says_otherwise_is_kept_apart() -> None:
    conversion = diagnosed(
        "DG1|1||I10^Hypertension^I10||20260101|A|||||||||1|77^Ann", "DG1|2||I10^Hypertension^I10||20260105|F|||||||||2"
    )
    assert one(conversion, "Condition")["onsetDateTime"] == "2026-01-01"
    assert [item["rank"] for item in one(conversion, "Encounter")["diagnosis"]] == [1, 2]
    assert {"DG1-5 20260105"} <= set(kept(conversion))
    assert not [item for item in kept(conversion) if item.startswith(("DG1-6", "DG1-15"))]


@pytest.mark.parametrize(
    ("one_code", "other"),
    [("^^^I10^Hypertension^I10C", "^^^E11.9^Diabetes^I10C"), ("^^^^^^^^Gout", "^^^^^^^^Rash"), ("1^^99A", "1^^99B")],
)
def test_diagnoses_are_told_apart_by_whatever_of_the_code_is_said(one_code: str, other: str) -> None:
    assert len(resources(diagnosed(dg1("F", code=one_code), dg1("F", code=other)), "Condition")) == 2


def test_the_roles_of_a_message_replace_those_that_the_server_has() -> None:
    def encounter(*segments: str) -> Json:
        return {**json.loads(json.dumps(one(diagnosed(*segments), "Encounter"), default=float)), "id": "e"}

    old = encounter(dg1("A"), dg1("A", code="I10^Hypertension^I10"))
    assert roles(overlaid(old, encounter(dg1("W"), dg1("F")))) == ["W", "F", "A"]
    assert len({item["condition"]["reference"] for item in old["diagnosis"]}) == 2


def test_a_second_policy_of_a_plan_is_kept_apart() -> None:
    conversion = converted(
        adt(PID, "IN1|1|PPO|BC|Blue Cross|||||||||20251231", "IN1|2|PPO|BC|Blue Cross|||||||||20261231|||^^^|SPO")
    )
    assert one(conversion, "Coverage")["period"] == {"end": "2025-12-31"}
    assert "IN1-13 20261231" in kept(conversion)


def test_a_plan_that_comes_twice_is_one() -> None:
    line = "IN1|1|PPO|BC|Blue Cross|||||||||20251231"
    assert one(converted(adt(PID, line, line)), "Coverage") == one(converted(adt(PID, line)), "Coverage")
