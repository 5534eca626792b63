"""Reading a whole record against a hand-written server: pages, what is kept back, notes that lie elsewhere."""

from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from fhir_answers import BASE, SLOW, Server, condition, outcome, page

from adapters.fhir.bundle import READ_TYPES, PatientRecord
from adapters.fhir.gather import MAX_PAGES
from adapters.fhir.patients import find_patients
from adapters.fhir.reasons import Reason
from core.errors import FhirServerError, FhirUnreachableError
from knowledge.medical.case import Unread


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 422, 501])
def test_a_type_that_the_server_refuses_is_told(server: Server, status: int) -> None:
    server.answers["Condition/_search"] = [outcome(status)]
    observation = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "x"}}
    server.answers["Observation/_search"] = [page({**observation, "subject": {"reference": "Patient/p"}})]

    record = server.read()

    assert [resource["id"] for resource in record.resources] == ["o"]
    assert record.unread == (Unread("Condition", Reason.REFUSED_BY_SERVER, str(status)),)


@pytest.mark.parametrize("status", [500, 502])
def test_a_type_that_the_server_fails_to_give_is_told_as_lost(server: Server, status: int) -> None:
    server.answers["Immunization/_search"] = [outcome(status)]
    server.answers["Condition/_search"] = [page(condition(1))]

    record = server.read()

    assert [resource["id"] for resource in record.resources] == ["1"]
    assert record.unread == (Unread("Immunization", Reason.PAGE_LOST, str(status)),)


def test_a_type_that_takes_too_long_is_told_as_lost(server: Server) -> None:
    server.answers["DocumentReference/_search"] = [SLOW]
    server.answers["Condition/_search"] = [page(condition(1))]

    record = server.read()

    assert [resource["id"] for resource in record.resources] == ["1"]
    assert record.unread == (Unread("DocumentReference", Reason.PAGE_LOST),)


def test_a_server_that_answers_no_search_in_time_gives_no_record(server: Server) -> None:
    server.answers |= {f"{kind}/_search": [outcome(403)] for kind in READ_TYPES}
    server.answers["Condition/_search"] = [SLOW]

    with pytest.raises(FhirUnreachableError, match="no answer within"):
        server.read()


@pytest.mark.parametrize(("status", "of_one"), [(401, 401), (500, 500), (403, 500)])
def test_a_server_that_gives_nothing_now_gives_no_record(server: Server, status: int, of_one: int) -> None:
    server.answers |= {f"{kind}/_search": [outcome(status)] for kind in READ_TYPES}
    server.answers["Condition/_search"] = [outcome(of_one)]

    with pytest.raises(FhirServerError) as caught:
        server.read()

    assert caught.value.status == of_one


OUT_OF_USE = [{"other": {"reference": "Patient/p"}, "type": "replaced-by"}]


def merged(server: Server, old: dict[str, Any] | None) -> PatientRecord:
    """The record of a patient that says that 601 was merged into it."""
    links = [{"other": {"reference": "Patient/601"}, "type": "replaces"}]
    patient = {"resourceType": "Patient", "id": "p", "link": links}
    server.answers["Patient/p"] = [httpx.Response(200, json=patient)]
    if old is not None:
        answer = {"resourceType": "Patient", "id": "601", **old}
        server.answers["Patient/601"] = [httpx.Response(200, json=answer)]

    def search(request: httpx.Request) -> httpx.Response:
        about = dict(parse_qsl(request.content.decode()))["patient"]
        return page({**condition(2 if about == "p" else 1), "subject": {"reference": f"Patient/{about}"}})

    server.answers["Condition/_search"] = search
    return server.read()


def test_what_stands_under_a_merged_number_is_read_too(server: Server) -> None:
    record = merged(server, {"link": OUT_OF_USE, "active": False})

    assert [resource["id"] for resource in record.resources] == ["2", "1"]
    assert [patient["id"] for patient in (record.patient, *record.merged)] == ["p", "601"]
    assert record.unread == ()
    assert "Patient/601" in server.log.accesses[-1].resources


@pytest.mark.parametrize("old", [None, {"active": True}, {}])
def test_a_merged_number_that_cannot_be_read_or_is_in_use_is_told(server: Server, old: dict[str, Any] | None) -> None:
    record = merged(server, old)

    assert [resource["id"] for resource in record.resources] == ["2"]
    assert record.unread == (Unread("Patient/p", Reason.OTHER_NUMBER),)


def test_merges_that_go_round_come_to_an_end(server: Server) -> None:
    round_ = [*OUT_OF_USE, {"other": {"reference": "Patient/p"}, "type": "replaces"}]
    away = [{"other": {"reference": other}, "type": "replaces"} for other in ("https://x.example/Patient/9", "x")]
    record = merged(server, {"link": [*round_, *away, {"other": {"identifier": {"value": "7"}}, "type": "replaces"}]})

    assert [resource["id"] for resource in record.resources] == ["2", "1"]
    assert record.unread == (Unread("Patient/p", Reason.OTHER_NUMBER),) * 3


def test_a_patient_who_is_no_longer_in_use_is_told(server: Server) -> None:
    for patient in ({"link": OUT_OF_USE}, {"active": False}):
        answer = {"resourceType": "Patient", "id": "p", **patient}
        server.answers["Patient/p"] = [httpx.Response(200, json=answer)]
        assert server.read().unread == (Unread("Patient/p", Reason.OUT_OF_USE),)


def test_a_search_marks_patients_who_are_no_longer_in_use(server: Server) -> None:
    people: list[dict[str, Any]] = [{"id": "a"}, {"id": "b", "active": False}, {"id": "c", "link": OUT_OF_USE}]
    server.answers["Patient/_search"] = [page(*({"resourceType": "Patient", **person} for person in people))]

    found, _ = server.ask(lambda client: find_patients(client, name="Okafor", birth_date="", record_number=""))

    assert [(patient.id, patient.out_of_use) for patient in found] == [("a", False), ("b", True), ("c", True)]


@pytest.mark.parametrize(
    "following", [f"{BASE}/page/2", "page/2", "/fhir/page/2", BASE.replace("https", "http") + "/page/2"]
)
def test_the_next_page_is_followed(server: Server, following: str) -> None:
    server.answers["Condition/_search"] = [page(condition(1), following=following)]
    server.answers["page/2"] = [page(condition(2), condition(1))]

    record = server.read(token="t0ken")

    assert [resource["id"] for resource in record.resources] == ["1", "2"]
    assert record.unread == (Unread("Condition/1", Reason.REPEATED),)


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example.org/fhir/page/2",
        "http://ehr.example.org:8080/fhir/page/2",
        "https://ehr.example.org:8443/fhir/page/2",
        "https://ehr.example.org@evil.example.org/fhir/page/2",
        "//evil.example.org/page/2",
        "https://[broken/page/2",
        "https://ehr.example.org\\@evil.example.org/fhir/page/2",
    ],
)
def test_the_token_never_leaves_the_server(server: Server, following: str) -> None:
    server.answers["Condition/_search"] = [page(condition(1), following=following)]

    record = server.read(token="t0ken")

    assert {(r.url.scheme, r.url.host, r.url.port) for r in server.requests} == {("https", "ehr.example.org", None)}
    assert [resource["id"] for resource in record.resources] == ["1"]
    assert record.unread == (Unread("Condition", Reason.PAGE_LINK_REFUSED),)


def test_a_resource_of_another_release_is_told_and_the_others_are_kept(server: Server) -> None:
    triggered = {"type": "reflex", "observation": {"reference": "Observation/1"}}
    later = {
        "resourceType": "Observation",
        "id": "9",
        "status": "final",
        "code": {"text": "K"},
        "subject": {"reference": "Patient/p"},
    }
    server.answers["Condition/_search"] = [page(condition(1))]
    server.answers["Observation/_search"] = [page({**later, "triggeredBy": [triggered]})]

    record = server.read()

    assert [resource["id"] for resource in record.resources] == ["1"]
    assert record.unread == (Unread("Observation/9", Reason.NOT_VALID_R4, "Observation.triggeredBy"),)


def test_a_lost_page_is_told_and_the_others_are_kept(server: Server) -> None:
    server.answers["Condition/_search"] = [page(condition(1), following="page/2")]
    server.answers["page/2"] = [outcome(500)]

    record = server.read()

    assert [resource["id"] for resource in record.resources] == ["1"]
    assert record.unread == (Unread("Condition", Reason.PAGE_LOST, "500"),)


def test_pages_without_end_are_cut(server: Server) -> None:
    numbers = iter(range(10_000))
    endless = lambda request: page(following=f"page?n={next(numbers)}")  # noqa: E731
    server.answers.update({"Condition/_search": endless, "page": endless})

    record = server.read()

    assert sum(request.url.path == "/fhir/page" for request in server.requests) == MAX_PAGES - 1
    assert record.unread == (Unread("Condition", Reason.TOO_MANY_PAGES),)


def test_hits_that_are_counted_but_not_given_are_told(server: Server) -> None:
    short = {"resourceType": "Bundle", "type": "searchset", "total": 3, "entry": [{"resource": condition(1)}]}
    server.answers["Condition/_search"] = [httpx.Response(200, json=short)]

    assert server.read().unread == (Unread("Condition", Reason.FEWER_THAN_TOTAL, "2"),)


@pytest.mark.parametrize(
    ("code", "severity", "told"),
    [
        ("suppressed", "warning", Reason.RESTRICTED),
        ("incomplete", "warning", Reason.SERVER_WARNING),
        ("informational", "information", None),
    ],
)
def test_what_the_server_says_it_keeps_back_is_told(
    server: Server, code: str, severity: str, told: Reason | None
) -> None:
    issue = {"severity": severity, "code": code, "diagnostics": "Jane Doe"}
    outcome_entry = {"resource": {"resourceType": "OperationOutcome", "issue": [issue]}, "search": {"mode": "outcome"}}
    body = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": condition(1)}, outcome_entry]}
    server.answers["Condition/_search"] = [httpx.Response(200, json=body)]

    assert server.read().unread == ((Unread("Condition", told, code),) if told else ())


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"resourceType": "OperationOutcome", "issue": []}),
        httpx.Response(200, text='{"resourceType": "Bundle", "entry": ['),
        httpx.Response(302, headers={"Location": "https://login.example.org"}),
    ],
)
def test_one_search_without_a_bundle_loses_its_type_alone(server: Server, answer: httpx.Response) -> None:
    allergy = {"resourceType": "AllergyIntolerance", "id": "1", "patient": {"reference": "Patient/p"}}
    server.answers["Condition/_search"] = [answer]
    server.answers["AllergyIntolerance/_search"] = [page(allergy)]

    record = server.read()

    assert [resource["resourceType"] for resource in record.resources] == ["AllergyIntolerance"]
    assert record.unread == (Unread("Condition", Reason.PAGE_LOST, ""),)


@pytest.mark.parametrize("mark", ["SUBSETTED", "REDACTED"])
def test_a_resource_that_lacks_elements_is_told_and_not_read(server: Server, mark: str) -> None:
    server.answers["Condition/_search"] = [page({**condition(1), "meta": {"tag": [{"code": mark}]}})]

    record = server.read()

    assert (record.resources, record.unread) == ((), (Unread("Condition/1", Reason.INCOMPLETE),))


def test_everything_gives_what_a_search_does_not_know(server: Server) -> None:
    operation = {"type": "Patient", "operation": [{"name": "everything"}]}
    statement = {"fhirVersion": "4.0.1", "rest": [{"mode": "server", "resource": [operation]}]}
    server.answers["metadata"] = [httpx.Response(200, json={"resourceType": "CapabilityStatement", **statement})]
    server.answers["Condition/_search"] = [outcome(400)]
    server.answers["Encounter/_search"] = [outcome(403)]
    encounter = {"resourceType": "Encounter", "id": "e"}
    server.answers["Patient/p/$everything"] = [page(condition(1), encounter)]

    record = server.read()

    assert [resource["id"] for resource in record.resources] == ["1"]
    assert record.unread == (Unread("Encounter", Reason.REFUSED_BY_SERVER, "403"),)


def test_a_server_that_wants_a_category_is_asked_for_each(server: Server) -> None:
    def observation(number: int) -> dict[str, Any]:
        about = {"subject": {"reference": "Patient/p"}, "code": {"text": "x"}}
        return {"resourceType": "Observation", "id": str(number), "status": "final", **about}

    hits = {"laboratory": [observation(1), observation(2)], "vital-signs": [observation(2), observation(3)], "exam": []}

    def search(request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode()))
        assert form["patient"] == "p"
        return page(*hits[form["category"]]) if form.get("category") in hits else outcome(400)

    server.answers["Observation/_search"] = search
    server.answers["Condition/_search"] = [outcome(400)]

    record = server.read()

    assert [resource["id"] for resource in record.resources] == ["1", "2", "3"]
    assert record.unread == (
        Unread("Observation", Reason.BY_CATEGORY, "laboratory, vital-signs, exam"),
        Unread("Condition", Reason.REFUSED_BY_SERVER, "400"),
    )


def test_a_category_that_the_server_fails_to_give_is_told_as_lost(server: Server) -> None:
    server.answers["DocumentReference/_search"] = [outcome(400), outcome(500)]

    assert server.read().unread == (Unread("DocumentReference", Reason.PAGE_LOST, "500"),)
