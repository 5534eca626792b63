"""Writing with FhirClient against a hand-written server: retries that cannot duplicate, versions, the audit trail."""

import httpx
import pytest
from fhir_answers import Server, condition, outcome, server

from adapters.fhir.audit import Action, Outcome
from adapters.fhir.bundle import READ_TYPES
from core.errors import (
    AuditError,
    FhirAccessError,
    FhirConflictError,
    FhirServerError,
    FhirUnreachableError,
)

__all__ = ["server"]  # a fixture


def test_a_read_is_recorded_with_its_outcome(server: Server) -> None:
    server.read()
    server.answers["Patient/p"] = [outcome(403)]
    with pytest.raises(FhirAccessError):
        server.read()

    read, refused = server.log.accesses
    assert (read.action, read.patient, read.resources) == (Action.READ, "Patient/p", READ_TYPES)
    assert (read.outcome, refused.outcome, refused.status) == (Outcome.SUCCESS, Outcome.FAILURE, 403)


def test_without_a_trail_nothing_is_read_or_written(server: Server) -> None:
    server.log.room = 0

    with pytest.raises(AuditError):
        server.read()
    server.requests.clear()
    with pytest.raises(AuditError):
        server.ask(lambda client: client.create(condition(1), patient="Patient/p"))
    assert server.requests == []


def test_a_conditional_create_is_repeated_and_a_plain_one_is_not(server: Server) -> None:
    created = httpx.Response(201, headers={"ETag": 'W/"1"'})
    server.answers["Condition"] = [httpx.ReadError("lost"), created]
    answer = server.ask(lambda client: client.create(condition(1), patient="Patient/p", unless="identifier=s|1"))
    assert (answer.status, answer.version) == (201, "1")
    assert [request.headers["If-None-Exist"] for request in server.requests] == ["identifier=s|1"] * 2
    assert server.requests[0].content == server.requests[1].content

    server.requests.clear()
    for lost in (httpx.ReadError("lost"), outcome(503)):
        server.answers["Condition"] = [lost, created]
        with pytest.raises(FhirServerError):
            server.ask(lambda client: client.create(condition(1), patient="Patient/p"))
    assert len(server.requests) == 2


def test_what_never_reached_the_server_is_sent_again(server: Server) -> None:
    server.answers["Condition"] = [httpx.ConnectError("refused"), httpx.Response(201)]

    assert server.ask(lambda client: client.create(condition(1), patient="Patient/p")).status == 201


def test_an_update_names_the_version_it_replaces(server: Server) -> None:
    server.answers["Condition/1"] = [outcome(412, "conflict")]

    with pytest.raises(FhirConflictError) as caught:
        server.ask(lambda client: client.update(condition(1), version="3", patient="Patient/p"))

    assert caught.value.diagnostics == ("conflict",)
    assert server.requests[0].headers["If-Match"] == 'W/"3"'
    assert [access.stage for access in server.log.accesses] == ["requested", ""]


@pytest.mark.parametrize(("conditional", "requests"), [(True, 2), (False, 1)])
def test_a_transaction_is_repeated_only_when_it_cannot_duplicate(
    server: Server, conditional: bool, requests: int
) -> None:
    asked = {"method": "POST", "url": "Condition", **({"ifNoneExist": "identifier=s|1"} if conditional else {})}
    done = {"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": {"status": "201"}}]}
    server.answers["/fhir"] = [httpx.ReadError("lost"), httpx.Response(200, json=done)]
    entry = {"resource": condition(1), "request": asked}

    if conditional:
        assert server.ask(lambda client: client.transaction([entry], patient="Patient/p")) == [{"status": "201"}]
    else:
        with pytest.raises(FhirUnreachableError):
            server.ask(lambda client: client.transaction([entry], patient="Patient/p"))
    assert len(server.requests) == requests


def test_an_unclear_answer_to_a_transaction_is_an_error(server: Server) -> None:
    server.answers["/fhir"] = [httpx.Response(200, json={"resourceType": "Bundle", "type": "transaction-response"})]
    request = {"method": "PUT", "url": "Condition/1", "ifMatch": 'W/"1"'}

    with pytest.raises(FhirServerError, match="what became of"):
        server.ask(lambda client: client.transaction([{"resource": condition(1), "request": request}], patient=""))
