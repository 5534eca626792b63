"""Whether a server has something newer than the record that was read from it."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from fhir_answers import BASE, Server, outcome, page

from adapters.fhir.bundle import READ_TYPES, PatientRecord
from adapters.fhir.patients import has_newer

NOON = "Mon, 30 Nov 2026 12:00:00 GMT"
STATEMENT = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}


def observation(name: str, time: str, version: str = "1") -> dict[str, Any]:
    meta = {"lastUpdated": f"2026-11-30T{time}Z", "versionId": version} if time else {}
    subject = {"reference": "Patient/p"}
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"text": "x"},
        "subject": subject,
        "meta": meta,
    }


class Stored:
    """The Observations of a server, which it finds by time and, where it is told to, by category only."""

    def __init__(self, server: Server, *, by_category: bool = False, date: str = NOON) -> None:
        self.held: list[dict[str, Any]] = []
        self._server, self._by_category = server, by_category
        headers = {"Date": date} if date else {}
        server.answers["metadata"] = [httpx.Response(200, json=STATEMENT, headers=headers)]
        server.answers["Observation/_search"] = self._search

    def _search(self, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode()))
        if self._by_category and "category" not in form:
            return outcome(400)
        if form.get("category", "laboratory") != "laboratory":
            return page()
        since = datetime.fromisoformat(form.get("_lastUpdated", "ge2000-01-01T00:00:00Z")[2:])
        updated = [
            datetime.fromisoformat(each["meta"].get("lastUpdated", "2026-11-30T13:00:00Z")) for each in self.held
        ]
        return page(*(each for each, moment in zip(self.held, updated, strict=True) if moment >= since))

    def has_newer(self, record: PatientRecord) -> bool | None:
        return self._server.ask(lambda client: has_newer(client, record))


@pytest.mark.parametrize("by_category", [False, True])
def test_a_new_result_is_noticed_whatever_search_the_server_wants(server: Server, by_category: bool) -> None:
    stored = Stored(server, by_category=by_category)
    stored.held.append(observation("a", "11:00:00"))
    record = server.read()
    assert stored.has_newer(record) is False
    stored.held.append(observation("k", "13:00:00"))
    assert stored.has_newer(record) is True


def test_what_came_while_the_record_was_being_read_is_noticed(server: Server) -> None:
    """The result before the reading of Encounters, one of which is newer than it."""
    stored = Stored(server)
    stored.held.append(observation("a", "11:00:00"))
    encounter = {"resourceType": "Encounter", "id": "e", "status": "in-progress", "class": {"code": "EMER"}}
    encounter |= {"subject": {"reference": "Patient/p"}, "meta": {"lastUpdated": "2026-11-30T12:00:02Z"}}

    def late(_: httpx.Request) -> httpx.Response:
        stored.held.append(observation("k", "12:00:01"))
        return page(encounter)

    server.answers["Encounter/_search"] = late
    record = server.read()
    server.answers["Encounter/_search"] = [page(encounter)]
    assert [resource["id"] for resource in record.resources] == ["a", "e"]
    assert stored.has_newer(record) is True


def test_what_was_read_is_not_newer_and_its_next_version_is(server: Server) -> None:
    stored = Stored(server)
    stored.held.append(observation("a", "11:59:59"))
    record = server.read()
    assert stored.has_newer(record) is False
    stored.held[0] = observation("a", "11:59:59", version="2")
    assert stored.has_newer(record) is True


def test_without_the_time_of_the_server_the_last_change_counts(server: Server) -> None:
    stored = Stored(server, date="")
    stored.held.append(observation("a", "11:00:00"))
    record = server.read()
    assert stored.has_newer(record) is False
    stored.held.append(observation("k", "11:00:01"))
    assert stored.has_newer(record) is True


def test_what_has_no_time_is_newer_where_it_is_not_known(server: Server) -> None:
    stored = Stored(server)
    stored.held += [observation("a", ""), {**observation("b", ""), "status": "broken"}]
    record = server.read()
    assert stored.has_newer(record) is False
    stored.held.append(observation("k", ""))
    assert stored.has_newer(record) is True


def test_that_nothing_can_be_asked_is_told(server: Server) -> None:
    stored = Stored(server, date="")
    assert stored.has_newer(server.read()) is None  # neither a time of the server nor one of a resource
    Stored(server)
    record = server.read()
    server.answers |= {f"{kind}/_search": [outcome(400)] for kind in READ_TYPES}
    assert stored.has_newer(record) is None


@pytest.mark.parametrize("status", [401, 500])
def test_a_type_that_fails_hides_no_new_result(server: Server, status: int) -> None:
    stored = Stored(server)
    stored.held.append(observation("a", "11:00:00"))
    server.answers["Immunization/_search"] = [outcome(status)]
    record = server.read()
    assert stored.has_newer(record) is False
    stored.held.append(observation("k", "13:00:00"))
    assert stored.has_newer(record) is True


def test_that_results_cannot_be_asked_for_by_time_is_told(server: Server) -> None:
    stored = Stored(server)
    stored.held.append(observation("a", "11:00:00"))
    record = server.read()
    server.answers["Observation/_search"] = [outcome(400)]
    assert stored.has_newer(record) is None


def test_a_new_result_on_a_later_page_is_noticed(server: Server) -> None:
    """Of a server that takes no notice of the time."""
    stored = Stored(server)
    old, new = observation("a", "11:00:00"), observation("k", "13:00:00")
    stored.held.append(old)
    record = server.read()
    server.answers["Observation/_search"] = [page(old, following=f"{BASE}/more")]
    server.answers["more"] = [page(new)]
    assert stored.has_newer(record) is True


def test_the_clock_of_what_stamps_resources_may_be_behind(server: Server) -> None:
    stored = Stored(server)
    stored.held.append(observation("a", "11:00:00"))
    record = server.read()
    stored.held.append(observation("k", "11:57:00"))
    assert stored.has_newer(record) is True


def test_what_the_record_left_out_is_not_newer_for_that(server: Server) -> None:
    stored = Stored(server)
    stored.held += [observation("a", "11:59:30"), {**observation("b", "11:59:40"), "status": "broken"}]
    record = server.read()
    assert stored.has_newer(record) is False
    stored.held[1] = observation("b", "12:00:40", version="2")
    assert stored.has_newer(record) is True
