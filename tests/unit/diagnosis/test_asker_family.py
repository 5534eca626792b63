"""What is answered about the patient's family."""

import re
from typing import Any

import pytest

from adapters.fhir.chart import ROLES
from knowledge.medical.case import Unread

from .test_asker import SUBJECT, Resource, ask, chart, report, shown, told


def relative(condition: str, **relationship: Any) -> Resource:
    made = {"resourceType": "FamilyMemberHistory", "patient": SUBJECT, "status": "completed"}
    return {**made, "relationship": relationship, "condition": [{"code": {"text": condition}}]}


FAMILY_NOTE = "FAMILY HISTORY\nHer younger brother is well.\nHer mother had an aortic dissection.\n家族史：\n弟弟体健。"


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("did anyone in the family have an aortic dissection?", ["Her mother had an aortic dissection."]),
        ("did anyone in the family have diabetes?", []),
        ("家里有人得过主动脉夹层吗", ["Her mother had an aortic dissection."]),
        ("家族中有无糖尿病史", []),
        ("family history?", ["Her younger brother is well.", "Her mother had an aortic dissection.", "弟弟体健。"]),
    ],
)
def test_of_the_family_only_what_was_asked_for_is_told(question: str, wanted: list[str]) -> None:
    given = chart(report("Letter", FAMILY_NOTE), relative("Stroke"))
    answer = ask(question, given)
    assert [line.quote for line in answer.lines if line.quote] == wanted
    assert ("Stroke" in told(answer)) is (question == "family history?")


def test_what_the_reading_took_for_a_relatives_is_told_of_the_family() -> None:
    given = chart(report("Letter", "Family history:\nDiabetes at 60.\nSocial history: smokes."))
    read = Unread("DiagnosticReport/r0", "another_person", "Diabetes")
    assert told(ask("does diabetes run in the family?", given)) == []
    assert told(ask("does diabetes run in the family?", given, read)) == ["Diabetes at 60."]


@pytest.mark.parametrize(
    ("relationship", "english", "chinese"),
    [
        ({"text": "father", "coding": [{"system": ROLES, "code": "FTH"}]}, "Father: Stroke", "父亲: Stroke"),
        ({"coding": [{"system": ROLES, "code": "MTH"}]}, "Mother: Stroke", "母亲: Stroke"),
        (
            {"text": "twin sister", "coding": [{"system": ROLES, "code": "SIS"}]},
            "Sister (twin sister): Stroke",
            "姐妹 (twin sister): Stroke",
        ),
        ({"text": "great-aunt"}, "great-aunt: Stroke", "great-aunt: Stroke"),
        ({"coding": [{"system": ROLES, "code": "ROOM"}]}, "Stroke", "Stroke"),
    ],
)
def test_a_relative_is_named_in_the_language_of_the_page(relationship: Any, english: str, chinese: str) -> None:
    given = chart(relative("Stroke", **relationship))
    for words, language in ((english, "en"), (chinese, "zh")):
        assert words in re.sub(" +", " ", shown(ask("family history?", given), given, language))
