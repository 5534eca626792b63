"""Writing with FhirClient against a hand-written server: retries that cannot duplicate, versions, the audit trail."""

from typing import Any

import httpx
import pytest
from fhir_answers import BASE, Server, condition, outcome, page

from adapters.fhir.audit import Action, Outcome
from adapters.fhir.bundle import READ_TYPES, make_record
from adapters.fhir.drafts import Clinician, make_draft
from adapters.fhir.patients import has_newer
from adapters.fhir.reasons import Reason
from adapters.fhir.writeback import approve, confirm
from core.errors import (
    AuditError,
    FhirAccessError,
    FhirBusyError,
    FhirConflictError,
    FhirServerError,
    FhirUnreachableError,
)
from knowledge.medical.case import Unread
from tests.diagnosis_visits import WORDING

DONE = {"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": {"status": "201"}}]}


def created(**request: str) -> dict[str, Any]:
    return {"resource": condition(1), "request": {"method": "POST", "url": "Condition", **request}}


def test_a_read_is_recorded_with_its_outcome(server: Server) -> None:
    server.read()
    server.answers["Patient/p"] = [outcome(403)]
    with pytest.raises(FhirAccessError):
        server.read()

    read, refused = server.log.accesses
    assert (read.action, read.patient, read.resources) == (Action.READ, "Patient/p", READ_TYPES)
    assert (read.outcome, refused.outcome, refused.status) == (Outcome.SUCCESS, Outcome.FAILURE, 403)


def test_a_failed_look_for_newer_data_is_recorded_as_one(server: Server) -> None:
    updated = {"resourceType": "Patient", "id": "p", "meta": {"lastUpdated": "2026-01-02T03:04:05Z"}}
    record = make_record([("", updated)], origin="test")
    server.answers["Condition/_search"] = [outcome(401)]

    with pytest.raises(FhirAccessError):
        server.ask(lambda client: has_newer(client, record))

    (access,) = server.log.accesses
    assert (access.patient, access.outcome, access.status) == ("Patient/p", Outcome.FAILURE, 401)


def test_without_a_trail_nothing_is_read_or_written(server: Server) -> None:
    server.log.room = 0

    with pytest.raises(AuditError):
        server.read()
    server.requests.clear()
    with pytest.raises(AuditError):
        server.ask(lambda client: client.transaction([created()]))
    assert server.requests == []


def test_what_never_reached_the_server_is_sent_again(server: Server) -> None:
    server.answers["/fhir"] = [httpx.ConnectError("refused"), httpx.Response(200, json=DONE)]

    assert server.ask(lambda client: client.transaction([created()])) == [{"status": "201"}]


def test_a_precondition_that_does_not_hold_is_a_conflict(server: Server) -> None:
    server.answers["/fhir"] = [outcome(412, "conflict")]
    update = {"method": "PUT", "url": "Condition/1", "ifMatch": 'W/"3"'}

    with pytest.raises(FhirConflictError) as caught:
        server.ask(lambda client: client.transaction([{"resource": condition(1), "request": update}]))

    assert "(conflict)" in str(caught.value)
    assert [access.stage for access in server.log.accesses] == ["requested", ""]
    assert server.log.accesses[-1].outcome is Outcome.FAILURE


@pytest.mark.parametrize(("conditional", "requests"), [(True, 2), (False, 1)])
def test_a_transaction_is_repeated_only_when_it_cannot_duplicate(
    server: Server, conditional: bool, requests: int
) -> None:
    entry = created(**({"ifNoneExist": "identifier=s|1"} if conditional else {}))
    for lost, kind in ((httpx.ReadError("lost"), FhirUnreachableError), (outcome(503), FhirBusyError)):
        server.requests.clear()
        server.answers["/fhir"] = [lost, httpx.Response(200, json=DONE)]

        if conditional:
            assert server.ask(lambda client: client.transaction([entry])) == [{"status": "201"}]
        else:
            with pytest.raises(kind):
                server.ask(lambda client: client.transaction([entry]))
        assert len({request.content for request in server.requests}) == 1
        assert len(server.requests) == requests


def test_an_unclear_answer_to_a_transaction_is_an_error(server: Server) -> None:
    server.answers["/fhir"] = [httpx.Response(200, json={"resourceType": "Bundle", "type": "transaction-response"})]
    request = {"method": "PUT", "url": "Condition/1", "ifMatch": 'W/"1"'}

    with pytest.raises(FhirServerError, match="outcome of each part"):
        server.ask(lambda client: client.transaction([{"resource": condition(1), "request": request}], patient=""))


def test_what_may_stand_on_a_lost_page_stops_an_approval(server: Server) -> None:
    server.answers["Condition/_search"] = [page(condition(1))]
    draft = make_draft(
        server.read(), ["Condition/1"], summary="Seizures.", considered=[], knowledge="HPO", wording=WORDING
    )
    server.answers["Observation/_search"] = [page(following=f"{BASE}/page2")]
    server.answers["page2"] = [outcome(500)]
    clinician = Clinician("Practitioner/dr", "Dr Ada Byron", "Patient/p")

    with pytest.raises(FhirUnreachableError, match="could not be read again"):
        server.ask(lambda client: approve(client, draft, clinician, digest=draft.digest))

    assert not any(request.url.path == "/fhir" for request in server.requests)


def test_a_type_that_was_lost_when_the_draft_was_made_stops_none(server: Server) -> None:
    server.answers["Condition/_search"] = [page(condition(1))]
    server.answers["Immunization/_search"] = [outcome(500)]
    draft = make_draft(
        server.read(), ["Condition/1"], summary="Seizures.", considered=[], knowledge="HPO", wording=WORDING
    )
    clinician = Clinician("Practitioner/dr", "Dr Ada Byron", "Patient/p")
    checked = server.ask(lambda client: confirm(client, draft, clinician, digest=draft.digest))
    assert checked.patient["id"] == "p"

    server.answers["Observation/_search"] = [outcome(500)]
    with pytest.raises(FhirUnreachableError, match="could not be read again"):
        server.ask(lambda client: confirm(client, draft, clinician, digest=draft.digest))


def test_a_lost_name_of_a_medicine_stops_none(server: Server) -> None:
    order = {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order"}
    order |= {"subject": {"reference": "Patient/p"}, "medicationReference": {"reference": "Medication/w"}}
    server.answers["Condition/_search"] = [page(condition(1))]
    server.answers["MedicationRequest/_search"] = [page(order)]
    server.answers["Medication/_search"] = [outcome(500)]
    record = server.read()
    assert Unread("Medication", Reason.PAGE_LOST, "500") in record.unread
    draft = make_draft(record, ["Condition/1"], summary="Seizures.", considered=[], knowledge="HPO", wording=WORDING)
    clinician = Clinician("Practitioner/dr", "Dr Ada Byron", "Patient/p")
    checked = server.ask(lambda client: confirm(client, draft, clinician, digest=draft.digest))
    assert checked.patient["id"] == "p"
