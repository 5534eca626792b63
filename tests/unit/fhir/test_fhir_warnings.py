"""What OperationOutcomes beside the hits of a search report, as Epic's servers give them."""

from typing import Any

import httpx
import pytest
from fhir_answers import Server, condition, page

from adapters.fhir.reasons import Reason
from knowledge.medical.case import Unread

NO_RESULTS = "Resource request returns no results."


def search(
    *hits: dict[str, Any], code: str = "processing", text: str = NO_RESULTS, following: str = ""
) -> httpx.Response:
    details = {"coding": [{"system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369", "code": "4101", "display": text}]}
    issue = {"severity": "warning", "code": code, "details": details}
    outcome = {"resource": {"resourceType": "OperationOutcome", "issue": [issue]}, "search": {"mode": "outcome"}}
    entries = [*({"resource": hit, "search": {"mode": "match"}} for hit in hits), outcome]
    links = [{"relation": "next", "url": following}] if following else []
    return httpx.Response(200, json={"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries})


def test_that_there_is_nothing_is_no_warning(server: Server) -> None:
    server.answers["Condition/_search"] = [search()]
    assert server.read().unread == ()


@pytest.mark.parametrize(
    ("answer", "reason", "code"),
    [
        (search(condition(1)), Reason.SERVER_WARNING, "processing"),
        (search(text="The search was cut off."), Reason.SERVER_WARNING, "processing"),
        (search(code="suppressed"), Reason.RESTRICTED, "suppressed"),
    ],
)
def test_anything_else_is(server: Server, answer: httpx.Response, reason: Reason, code: str) -> None:
    server.answers["Condition/_search"] = [answer]
    assert server.read().unread == (Unread("Condition", reason, code),)


def test_a_server_may_leave_out_what_an_entry_is_for(server: Server) -> None:
    refused = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]}
    server.answers["Condition/_search"] = [page(refused)]
    server.answers["Observation/_search"] = [search(text="The search was cut off.")]
    assert server.read().unread == (
        Unread("Condition", Reason.RESTRICTED, "forbidden"),
        Unread("Observation", Reason.SERVER_WARNING, "processing"),
    )


def test_what_each_page_says_is_told_once(server: Server) -> None:
    address = "https://ehr.example.org/fhir/Condition?page=2"
    server.answers["Condition/_search"] = [search(condition(1), code="suppressed", following=address)]
    server.answers["Condition"] = [search(condition(2), code="suppressed")]
    record = server.read()
    assert (len(record.resources), record.unread) == (2, (Unread("Condition", Reason.RESTRICTED, "suppressed"),))
