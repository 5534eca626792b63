"""What a record names and keeps elsewhere on a hand-written server: notes, specimens, medicines."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from fhir_answers import SLOW, Answer, Server, outcome, page

from adapters.fhir.attachments import note_text
from adapters.fhir.chart import chart_of
from adapters.fhir.reasons import Reason
from knowledge.medical.case import Unread


def note(**attachment: str) -> dict[str, Any]:
    content = [{"attachment": {"contentType": "text/plain", **attachment}}]
    subject = {"reference": "Patient/p"}
    return {"resourceType": "DocumentReference", "id": "d", "status": "current", "subject": subject, "content": content}


def test_a_note_that_lies_elsewhere_on_the_server_is_fetched(server: Server) -> None:
    server.answers["DocumentReference/_search"] = [page(note(url="Binary/b"))]
    server.answers["Binary/b"] = [httpx.Response(200, json={"resourceType": "Binary", "data": "SGVsbG8="})]

    (document,) = server.read().resources

    assert document["content"][0]["attachment"] == {"contentType": "text/plain", "url": "Binary/b", "data": "SGVsbG8="}


def test_a_note_that_the_server_gives_as_the_document_itself_is_read(server: Server) -> None:
    server.answers["DocumentReference/_search"] = [page(note(url="Binary/b"))]
    latin = {"Content-Type": "text/plain; charset=iso-8859-1"}
    server.answers["Binary/b"] = [httpx.Response(200, content="Fi\u00e8vre".encode("latin-1"), headers=latin)]

    record = server.read()
    (document,) = record.resources
    attachment = document["content"][0]["attachment"]
    assert note_text(attachment) == ("Fi\u00e8vre", None)
    assert not record.unread


@pytest.mark.parametrize("kind", ["text/html", "application/json", "application/fhir+xml"])
def test_something_else_in_the_place_of_a_note_is_none(kind: str, server: Server) -> None:
    server.answers["DocumentReference/_search"] = [page(note(url="Binary/b"))]
    server.answers["Binary/b"] = [httpx.Response(200, content=b"<p>Sign in</p>", headers={"Content-Type": kind})]
    assert server.read().unread == (Unread("DocumentReference/d", Reason.NOTE_LOST, "200"),)


def test_a_note_that_is_lost_is_told_and_one_elsewhere_is_not_asked_for(server: Server) -> None:
    elsewhere = {**note(url="https://evil.example.org/b"), "id": "e"}
    server.answers["DocumentReference/_search"] = [page(note(url="Binary/b"), elsewhere)]
    server.answers["Binary/b"] = [outcome(403)]

    assert server.read().unread == (Unread("DocumentReference/d", Reason.NOTE_LOST, "403"),)
    assert {request.url.host for request in server.requests} == {"ehr.example.org"}


def measured(number: int, specimen: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": "Patient/p"},
        "valueQuantity": {"value": 1},
        "specimen": {"reference": specimen},
    }


def test_specimens_that_results_name_are_read(server: Server) -> None:
    names = ["Specimen/a", "Specimen/b", "Specimen/a", "https://other.example/Specimen/c", "#d"]
    server.answers["Observation/_search"] = [page(*(measured(n, name) for n, name in enumerate(names)))]
    sought = []

    def search(request: httpx.Request) -> httpx.Response:
        sought.append(dict(parse_qsl(request.content.decode()))["_id"])
        return page({"resourceType": "Specimen", "id": "a", "condition": [{"text": "Clotted"}]})

    server.answers["Specimen/_search"] = search
    record = server.read()
    assert (sought, [*record.specimens], record.unread) == (["a,b"], ["Specimen/a"], ())
    assert "Specimen" in server.log.accesses[-1].resources


@pytest.mark.parametrize("status", [400, 403, 404])
def test_specimens_that_the_server_refuses_are_told(server: Server, status: int) -> None:
    server.answers["Observation/_search"] = [page(measured(1, "Specimen/a"))]
    server.answers["Specimen/_search"] = [outcome(status)]
    record = server.read()
    assert [resource["id"] for resource in record.resources] == ["o1"]
    assert record.unread == (Unread("Specimen", Reason.REFUSED_BY_SERVER, str(status)),)


@pytest.mark.parametrize(("answer", "told"), [(outcome(503), "503"), (outcome(429), "429"), (SLOW, "")])
def test_names_of_medicines_that_cannot_be_had_now_leave_the_record(server: Server, answer: Answer, told: str) -> None:
    server.answers["MedicationRequest/_search"] = [page(ordered("Medication/m"))]
    server.answers["Medication/_search"] = [answer]
    record = server.read(timeout=1.0)
    assert [resource["id"] for resource in record.resources] == ["r"]
    assert [(unread.source, unread.phrase) for unread in record.unread] == [("Medication", told)]


def ordered(medication: str) -> dict[str, Any]:
    """An order of a medicine that it names by reference."""
    return {
        "resourceType": "MedicationRequest",
        "id": "r",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "medicationReference": {"reference": medication},
    }


@pytest.mark.parametrize("base", ["https://ehr.example.org/fhir", "http://inside.example.org/r4"])
def test_medicines_named_by_an_address_of_the_server_itself_are_read(server: Server, base: str) -> None:
    order, elsewhere = ordered(f"{base}/Medication/m"), ordered("https://pharmacy.example.org/fhir/Medication/m")
    entries = [{"fullUrl": f"{base}/MedicationRequest/r", "resource": order}]
    entries += [{"fullUrl": f"{base}/MedicationRequest/other", "resource": {**elsewhere, "id": "other"}}]
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    server.answers["MedicationRequest/_search"] = [httpx.Response(200, json=bundle)]
    server.answers["Medication/_search"] = [
        page({"resourceType": "Medication", "id": "m", "code": {"text": "Warfarin"}})
    ]
    chart = chart_of(server.read(), read_at=datetime(2026, 4, 1, tzinfo=UTC))
    assert [(e.source, e.names) for e in chart.entries] == [
        ("MedicationRequest/r", ("Warfarin",)),
        ("MedicationRequest/other", ()),
    ]


def test_medicines_that_orders_name_are_read(server: Server) -> None:
    server.answers["MedicationRequest/_search"] = [page(ordered("Medication/m"))]
    server.answers["Medication/_search"] = [
        page({"resourceType": "Medication", "id": "m", "code": {"text": "Warfarin"}})
    ]
    record = server.read()
    assert (record.medications, record.unread) == ({"Medication/m": {"text": "Warfarin"}}, ())
    assert "Medication" in server.log.accesses[-1].resources
