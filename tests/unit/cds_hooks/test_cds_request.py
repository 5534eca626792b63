"""What CDS Hooks clients send: what is taken, and by which path the rest is refused."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.cds_hooks.request import parse_feedback, parse_request
from core.errors import InputError, InputFormatError
from tests.conftest import public_data

CARD = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
OVERRIDDEN = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": "2026-01-02T03:04:05Z"}
GOOD: dict[str, Any] = {
    "hook": "patient-view",
    "hookInstance": CARD,
    "fhirServer": "https://ehr.example.org/fhir",
    "fhirAuthorization": {"access_token": "t0ken", "token_type": "Bearer", "expires_in": 300, "scope": "s"},
    "context": {"userId": "Practitioner/dr", "patientId": "p", "encounterId": "e"},
    "prefetch": {
        "patient": {"resourceType": "Patient", "id": "p"},
        "conditions": None,
        "observations": {
            "resourceType": "Bundle",
            "type": "searchset",
            "entry": [{"resource": {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}}],
        },
    },
    "extension": {"anything": {"goes": True}},
}


def changed(path: str, value: Any) -> bytes:
    """The good request with one thing changed; ``...`` removes it."""
    request: Any = copy.deepcopy(GOOD)
    *way, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    inside = request
    for part in way:
        inside = inside[part]
    if value is ...:
        del inside[last]
    else:
        inside[last] = value
    return json.dumps(request).encode()


def test_a_good_request() -> None:
    request = parse_request(json.dumps(GOOD).encode())

    assert (request.hook, request.user, request.patient) == ("patient-view", "Practitioner/dr", "p")
    assert request.authorization is not None
    assert request.authorization.token == "t0ken"
    assert request.prefetch["conditions"] is None
    assert "allergies" not in request.prefetch


@pytest.mark.parametrize("path", ["prefetch", "fhirAuthorization", "context/encounterId", "extension"])
def test_what_may_be_missing(path: str) -> None:
    parse_request(changed(path, ...))


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("hook", ..., "hook "),
        ("hook", "Patient View", "hook "),
        ("hookInstance", "1", "hookInstance "),
        ("context", ..., "context "),
        ("context/userId", "dr", "context.userId "),
        ("context/userId", "Group/1", "context.userId "),
        ("context/patientId", "Patient/p", "context.patientId "),
        ("context/patientId", 7, "context.patientId "),
        ("context/encounterId", "Encounter/e", "context.encounterId "),
        ("fhirServer", "ftp://x", "fhirServer "),
        ("fhirServer", "http://[x/Patient/1", "fhirServer "),
        ("fhirServer", "https:///Patient/1", "fhirServer "),
        ("fhirServer", "https://x:99999/", "fhirServer "),
        ("fhirServer", "https://a\nb/", "fhirServer "),
        ("fhirServer", ..., "fhirServer "),
        ("fhirAuthorization", "t", "fhirAuthorization "),
        ("fhirAuthorization/access_token", "a\nb", "fhirAuthorization.access_token "),
        ("fhirAuthorization/token_type", "mac", "fhirAuthorization.token_type "),
        ("prefetch", [], "prefetch "),
        ("prefetch/patient", "p", "prefetch.patient "),
        ("prefetch/patient", {"response": {}, "resource": {}}, "prefetch.patient.resourceType "),
        ("prefetch/patient/birthDate", "X2002-09-26", "prefetch.patient.birthDate "),
        ("prefetch/patient/resourceType", "Smith", "prefetch.patient.resourceType "),
        ("prefetch/observations/entry/0/resource/resourceType", "X", "prefetch.observations.entry[0].resource."),
        ("prefetch/observations/entry", {}, "prefetch.observations.entry "),
        ("prefetch/Jane Doe", 1, "prefetch[3] "),
    ],
)
def test_a_bad_request_is_refused_by_its_path(path: str, value: Any, named: str) -> None:
    with pytest.raises(InputFormatError) as caught:
        parse_request(changed(path, value))

    assert caught.value.message.startswith(named)
    assert "Jane" not in str(caught.value)
    assert "2002" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"hook": 1}', b"\xff"])
def test_what_is_no_request(body: bytes) -> None:
    with pytest.raises(InputError) as caught:
        parse_request(body)

    assert caught.value.hint == "See https://cds-hooks.hl7.org/2.0/"  # there is no record to export again


@settings(deadline=None)
@given(
    path=st.sampled_from(["hook", "context", "context/userId", "prefetch", "prefetch/patient", "fhirAuthorization"]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.just("Zzyzx"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["entry", "Zzyzx"]), inner),
        max_leaves=5,
    ),
)
def test_no_mutation_breaks_the_reader_or_leaks(path: str, value: Any) -> None:
    said = ""
    try:
        parse_request(changed(path, value))
    except InputError as error:
        said = str(error)

    assert "Zzyzx" not in said


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"outcome": "accepted", "outcomeTimestamp": "2026-01-02T03:04:05Z"}, "feedback[0].card"),
        ({"card": CARD, "outcome": "liked", "outcomeTimestamp": "2026-01-02T03:04:05Z"}, "feedback[0].outcome"),
        ({"card": CARD, "outcome": "accepted", "outcomeTimestamp": "today"}, "feedback[0].outcomeTimestamp"),
        ("x", "feedback[0]"),
        ({**OVERRIDDEN, "overrideReason": "wrong"}, "feedback[0].overrideReason"),
        ({**OVERRIDDEN, "overrideReason": {"reason": "wrong"}}, "feedback[0].overrideReason.reason"),
        ({**OVERRIDDEN, "overrideReason": {"reason": {"code": 1}}}, "feedback[0].overrideReason.reason.code"),
    ],
)
def test_bad_feedback_is_refused_by_its_path(entry: Any, named: str) -> None:
    with pytest.raises(InputFormatError) as caught:
        parse_feedback(json.dumps({"feedback": [entry]}).encode())

    assert caught.value.message.startswith(f"{named} ")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"overrideReason": {"reason": {"code": "wrong", "system": "urn:r1-suite:override"}}}, "wrong"),
        ({"overrideReason": {"reason": {"code": "not-relevant"}, "userComment": "Zzyzx"}}, "not-relevant"),
        ({"overrideReason": {"reason": {"code": "wrong", "system": "https://ehr.example.org"}}}, "overridden"),
        ({"overrideReason": {"reason": {"code": "Zzyzx", "system": "urn:r1-suite:override"}}}, "overridden"),
        ({"overrideReason": {"userComment": "Zzyzx"}}, "overridden"),
        ({}, "overridden"),
        ({"outcome": "accepted", "overrideReason": {"reason": {"code": "wrong"}}}, "accepted"),
    ],
)
def test_of_the_reasons_only_those_of_the_card_are_told(changes: dict[str, Any], told: str) -> None:
    (feedback,) = parse_feedback(json.dumps({"feedback": [OVERRIDDEN | changes]}).encode())

    assert feedback.outcome == told


# The public cases


def cases(kind: str) -> list[Path]:
    found = sorted(file for file in public_data("ehr", "cdshooks").glob("*request*.json") if kind in file.stem)
    assert found
    return found


def test_the_public_cases_that_are_good_are_accepted() -> None:
    for file in cases("-good"):
        parse_request(file.read_bytes())


def test_the_public_cases_that_are_bad_are_refused_by_a_path() -> None:
    paths = {}
    for file in cases("-bad"):
        with pytest.raises(InputError) as caught:
            parse_request(file.read_bytes())
        paths[file.name] = caught.value.message.split()[0]
    assert set(paths.values()) <= {"context.patientId", "context.encounterId", "prefetch.item1.resourceType"}, paths
