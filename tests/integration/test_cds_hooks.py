"""The CDS service over HTTP, with a real database and a real FHIR server: cards and feedback."""

import functools
import json
import logging
import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.cds_hooks.service import PREFETCH, CdsService, cds_app
from apps.diagnosis.service import DiagnosisService
from apps.hospital import screen_record
from tests.cds_hospital import (
    BASE,
    FEEDBACK,
    ISSUER,
    OTHER_ISSUER,
    Hospital,
    condition,
    hook,
    prefetch,
    red_flag,
    searchset,
)
from tests.conftest import public_data

FLAG = red_flag("Fits *and* fever", "Condition/c")


def test_discovery_offers_patient_view_only(hospital: Hospital) -> None:
    (service,) = hospital.send("GET", "/cds-services").json()["services"]

    assert (service["hook"], service["id"], service["prefetch"]) == ("patient-view", "r1-findings", PREFETCH)


def test_a_card_counts_findings_and_cites_red_flags_and_ranks_nothing(hospital: Hospital) -> None:
    hospital.flags = (FLAG,)

    (card,) = hospital.cards(prefetch=prefetch(condition()))

    assert card["summary"] == "1 possible red flag, 1 finding in the record, not reviewed"
    assert card["indicator"] == "warning"
    assert "**Fits \\*and\\* fever** (possible, unreviewed)" in card["detail"]
    assert r"[guideline.example.org/a\_\[1\]](<https://guideline.example.org/a_[1]>)" in card["detail"]
    assert "Notes were not read" in card["detail"]
    assert card["links"] == [{"label": "Review the findings", "url": f"{BASE}/launch", "type": "smart"}]
    written = json.dumps(card)
    assert "%" not in written
    assert "Zzyzx" not in written
    assert len(card["summary"]) <= 140
    assert card["source"]["label"]


def test_a_card_says_when_a_wording_was_not_checked_against_its_source(hospital: Hospital) -> None:
    hospital.flags = (FLAG, red_flag("Shock", checked=False))

    (card,) = hospital.cards(prefetch=prefetch(condition()))

    told = [line for line in card["detail"].split("\n\n") if "not checked against it yet" in line]
    assert [line.startswith("- **Shock**") for line in told] == [True]


def test_what_a_card_has_no_room_for_is_counted(hospital: Hospital) -> None:
    seen = [f"Observation/{number}" for number in (0, 0, 1, 2, 3, 4)]
    hospital.flags = tuple(red_flag(f"Flag {number}", *seen) for number in range(12))

    (card,) = hospital.cards(prefetch=prefetch(condition()))

    assert card["summary"].startswith("12 possible red flags")
    assert card["detail"].count("Seen in Observation/0, Observation/1, Observation/2, 2 more.") == 10
    assert "- and 2 more" in card["detail"]


def test_nothing_to_say_is_no_card(hospital: Hospital) -> None:
    assert hospital.cards(prefetch=prefetch()) == []


def test_a_call_for_another_hook_is_told_which_the_service_is_for(hospital: Hospital) -> None:
    answer = hospital.post(hook(hook="order-sign", prefetch=prefetch(condition())))
    told = "hook is not patient-view. Call this service for the hook that it lists"
    assert (answer.status_code, answer.json()["error"]) == (400, told)


def test_a_reviewed_card_comes_again_only_with_something_new(hospital: Hospital) -> None:
    (card,) = hospital.cards(prefetch=prefetch(condition()))
    (again,) = hospital.cards(prefetch=prefetch(condition()))
    assert card["uuid"] != again["uuid"]

    assert hospital.feed_back(again["uuid"], "accepted") == 200
    assert hospital.cards(prefetch=prefetch(condition())) == []
    fever = {"coding": [{"system": "http://purl.obolibrary.org/obo/hp.owl", "code": "HP:0001945"}]}
    assert len(hospital.cards(prefetch=prefetch(condition(), condition(fever, "d")))) == 1


def test_a_red_flag_seen_in_another_value_is_told_again(hospital: Hospital) -> None:
    for observation in ("Observation/january", "Observation/november"):
        hospital.flags = (red_flag("Shock", observation),)
        (card,) = hospital.cards(prefetch=prefetch(condition()))
        assert hospital.feed_back(card["uuid"], "accepted") == 200
        assert hospital.cards(prefetch=prefetch(condition())) == []


def test_an_overridden_card_stays_away_for_24_hours(hospital: Hospital) -> None:
    (card,) = hospital.cards(prefetch=prefetch(condition()))
    assert hospital.feed_back(card["uuid"], "overridden") == 200

    assert hospital.cards(prefetch=prefetch(condition())) == []
    other = {"userId": "Practitioner/other", "patientId": "p"}
    assert len(hospital.cards(context=other, prefetch=prefetch(condition()))) == 1
    hospital.flags = (FLAG,)
    assert len(hospital.cards(prefetch=prefetch(condition()))) == 1

    hospital.flags = ()
    a_day_passes(hospital)
    assert len(hospital.cards(prefetch=prefetch(condition()))) == 1


def a_day_passes(hospital: Hospital) -> None:
    """Since what was done with the cards so far."""
    with hospital.database.begin() as connection:
        yesterday = datetime.now(UTC) - timedelta(hours=24, minutes=1)
        connection.execute(text("UPDATE cds_card SET outcome_at = :then"), {"then": yesterday.isoformat(" ")[:26]})


@pytest.mark.parametrize(("reason", "comes_again"), [("known", 0), ("wrong", 0), ("not-relevant", 1), ("local", 1)])
def test_a_card_that_is_known_or_wrong_comes_again_only_with_something_new(
    hospital: Hospital, reason: str, comes_again: int
) -> None:
    (card,) = hospital.cards(prefetch=prefetch(condition()))
    assert hospital.feed_back(card["uuid"], "overridden", reason=reason) == 200
    assert hospital.cards(prefetch=prefetch(condition())) == []

    a_day_passes(hospital)
    assert len(hospital.cards(prefetch=prefetch(condition()))) == comes_again
    hospital.flags = (FLAG,)
    assert len(hospital.cards(prefetch=prefetch(condition()))) == 1


def test_what_clinicians_say_of_cards_is_counted(hospital: Hospital) -> None:
    for outcome, reason in (("accepted", ""), ("overridden", ""), ("overridden", "wrong"), ("overridden", "local")):
        (card,) = hospital.cards(prefetch=prefetch(condition()), context=viewer())
        assert hospital.feed_back(card["uuid"], outcome, reason=reason) == 200
    assert hospital.feed_back(str(uuid.uuid4()), "accepted") == 404

    counted = {
        sample.labels["feedback"]: sample.value
        for family in hospital.metrics.cds_feedback.collect()
        for sample in family.samples
        if sample.name == "r1_cds_feedback_total"
    }
    assert counted == {"accepted": 1, "overridden": 2, "known": 0, "not-relevant": 0, "wrong": 1}


def viewer() -> dict[str, str]:
    """Somebody else each time, who has seen no card yet."""
    return {"userId": f"Practitioner/{uuid.uuid4()}", "patientId": "p"}


def test_feedback_on_a_card_that_was_never_shown(hospital: Hospital) -> None:
    assert hospital.feed_back(str(uuid.uuid4()), "accepted") == 404


def test_feedback_counts_only_from_the_client_that_was_shown_the_card(hospital: Hospital) -> None:
    (card,) = hospital.cards(prefetch=prefetch(condition()))

    assert hospital.feed_back(card["uuid"], "accepted", OTHER_ISSUER) == 404
    assert len(hospital.cards(prefetch=prefetch(condition()))) == 1
    assert hospital.feed_back(card["uuid"].upper(), "accepted") == 200


def test_feedback_has_a_limit_of_its_own(hospital: Hospital) -> None:
    (card,) = hospital.cards(prefetch=prefetch(condition()))
    entry = {"card": card["uuid"], "outcome": "accepted", "outcomeTimestamp": "2026-01-02T03:04:05Z"}
    reason = {"reason": {"code": "wrong"}, "userComment": "x" * 500}

    many = hospital.post({"feedback": [{**entry, "overrideReason": reason}] * 1000}, FEEDBACK)
    more = hospital.post({"feedback": [entry], "extension": "x" * 2**20}, FEEDBACK)

    assert (many.status_code, more.status_code) == (200, 413)
    assert more.json() == {"error": "The body is over 1 MiB. Send it in several calls"}


def test_without_a_launch_address_a_card_has_no_link(hospital: Hospital) -> None:
    service = CdsService(hospital.screen, hospital.trail, hospital.shown, "")
    hospital.app = cds_app(service, hospital.clients, hospital.metrics, base_url=BASE)

    (card,) = hospital.cards(prefetch=prefetch(condition()))

    assert "links" not in card


def test_without_a_trail_there_is_no_card(hospital: Hospital) -> None:
    with hospital.database.begin() as connection:
        connection.execute(text("DROP TABLE audit_head"))

    answer = hospital.post(hook(prefetch=prefetch(condition())))

    assert answer.status_code == 503
    assert "audit trail" in answer.json()["error"]


def test_without_the_table_of_cards_there_is_no_card_and_no_feedback(hospital: Hospital) -> None:
    with hospital.database.begin() as connection:
        connection.execute(text("DROP TABLE cds_card"))

    card = hospital.post(hook(prefetch=prefetch(condition())))
    feedback = hospital.feed_back(str(uuid.uuid4()), "accepted")

    assert (card.status_code, feedback) == (503, 503)
    assert "database" in card.json()["error"]


def test_each_reading_is_in_the_trail(hospital: Hospital) -> None:
    hospital.cards(prefetch=prefetch(condition()))

    (event,) = hospital.trail.events("Patient/p")
    assert event["agent"][1]["who"]["identifier"]["value"] == f"{ISSUER} Practitioner/dr"
    kinds = ["Patient", "Condition", "Observation", "AllergyIntolerance", "MedicationRequest"]
    assert [entity["what"]["type"] for entity in event["entity"]] == ["Patient", *kinds]


def test_nothing_of_the_patient_is_logged(hospital: Hospital, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        hospital.cards(prefetch=prefetch(condition()))
        hospital.post(hook(prefetch={**prefetch(), "patient": {"resourceType": "Patient", "id": "p", "Zzyzx": 1}}))

    assert "Zzyzx" not in caplog.text


def test_a_low_blood_pressure_of_now_is_a_red_flag_on_the_card(
    tmp_path: Path, diagnosis_service: DiagnosisService
) -> None:
    """Through the real diagnostic assistant."""
    hospital = Hospital(tmp_path, screen=functools.partial(screen_record, diagnosis_service))
    systolic = {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}
    pressure = {
        "resourceType": "Observation",
        "id": "bp",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "code": systolic,
        "valueQuantity": {"value": 70, "code": "mm[Hg]"},
    }
    now, old = (datetime.now(UTC) - timedelta(hours=hours) for hours in (1, 72))

    for measured, fires in ((old, False), (now, True)):
        observed = searchset({**pressure, "effectiveDateTime": measured.isoformat()})
        cards = hospital.cards(prefetch={**prefetch(), "observations": observed})
        assert any("**Shock** (possible, unreviewed)" in card["detail"] for card in cards) is fires
    (card,) = cards
    assert card["indicator"] == "warning"
    assert "Seen in Observation/bp" in card["detail"]
    assert "doi.org/" in card["detail"]
    hospital.database.dispose()


# With the client's own FHIR server


def test_the_public_cases_over_http(hospital: Hospital) -> None:
    files = sorted(public_data("ehr", "cdshooks").glob("*request*.json"))
    answers = {file.stem: hospital.post(file.read_bytes()) for file in files}

    good = {name: answer.status_code for name, answer in answers.items() if "-good" in name}
    # Others are for another hook, or have the prefetch of another service and no access to a server.
    assert set(good.values()) <= {200, 400, 412}
    bad = [answer for name, answer in answers.items() if "-bad" in name]
    assert bad
    for answer in bad:
        assert answer.status_code == 400
        assert re.match(r"(context|prefetch)\.[\w.]+ is not ", answer.json()["error"])
