"""Deliveries that a server, or the audit trail, does not take: what waits, what is quarantined, what is told."""

import asyncio
import json
import time
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import ECKey
from sqlalchemy import text

from adapters.fhir.audit import AuditTrail
from adapters.fhir.auth import BackendServices, OAuthServer, SiteKeys
from adapters.fhir.client import FhirClient
from adapters.hl7v2.deliver import Deliverer
from adapters.hl7v2.inbox import Claimed, Inbox
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.message import parse
from core.errors import StorageError
from core.vault import KeyVault
from tests.access_log import MemoryLog
from tests.hl7_delivery import Server, bundle, deliver_once, status, update_of
from tests.unit.hl7v2.hl7_conversion import oru
from tests.unit.hl7v2.hl7_data import ADMIT

KEY = b"k" * 32

SAID = "The FHIR server answered with HTTP {} (invalid)"


@pytest.mark.parametrize(
    ("answer", "state", "attempts", "reason"),
    [
        (status(400), State.QUARANTINED, 1, SAID.format(400)),
        (status(410), State.QUARANTINED, 1, SAID.format(410)),
        (status(422), State.QUARANTINED, 1, SAID.format(422)),
        (httpx.ReadTimeout("late"), State.WAITING, 0, "The FHIR server gave no answer within 20 s"),
        (status(401), State.WAITING, 0, SAID.format(401)),
        (status(404), State.WAITING, 0, SAID.format(404)),
        (status(408), State.WAITING, 0, SAID.format(408)),
        (status(412), State.WAITING, 1, SAID.format(412)),
        (status(403), State.WAITING, 0, SAID.format(403)),
        (status(500), State.WAITING, 0, SAID.format(500)),
        (httpx.Response(200, text="<html>"), State.WAITING, 0, "The FHIR server's answer is no FHIR JSON"),
    ],
)
def test_failures(inbox: Inbox, answer: httpx.Response | Exception, state: State, attempts: int, reason: str) -> None:
    listed = deliver_once(inbox, Server(answer), MemoryLog())

    assert (listed.state, listed.attempts) == (state, attempts)
    assert listed.reason.startswith(f"{reason}. ")  # and what to do
    assert "Read the record again" not in listed.reason  # which nobody can who runs the inbox


class PagingServer(Server):
    """Says that there is a second page of Observations, and does not give it."""

    def __init__(self, link: str) -> None:
        super().__init__()
        self.link = link

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/Observation/_search"):
            return bundle("searchset", link=[{"relation": "next", "url": self.link}])
        return super().__call__(request) if request.method == "POST" else status(500)


@pytest.mark.parametrize("link", ["http://127.0.0.1/fhir/page2", "http://elsewhere.example/fhir/page2"])
def test_what_may_stand_on_a_page_that_is_lost_is_waited_for(inbox: Inbox, link: str) -> None:
    """A result on it would be there twice, and one of a cancelled order would stay final."""
    server = PagingServer(link)

    listed = deliver_once(inbox, server, MemoryLog(), oru("OBX|1|NM|718-7^Hb^LN||9|g/dL|||||F"))

    assert (listed.state, server.transactions) == (State.WAITING, [])
    assert listed.reason.startswith("The FHIR server did not give all pages of a search for Observation. ")


def test_a_token_that_is_none_is_a_fault_of_the_server(inbox: Inbox, tmp_path: Path) -> None:
    """No message is quarantined for it, and no setting blamed that is not there."""

    def authorises(request: httpx.Request) -> httpx.Response:
        token = {"access_token": "a b", "token_type": "bearer"}
        return httpx.Response(200, json={"token_endpoint": "http://127.0.0.1/token", **token})

    server = OAuthServer("http://127.0.0.1/fhir", transport=httpx.MockTransport(authorises))
    (tmp_path / "key").write_bytes(ECKey.generate_key("P-384").as_pem(private=True))
    auth = BackendServices(server, client_id="r1", keys=SiteKeys(tmp_path / "key"), scope="system/*.rs")

    listed = deliver_once(inbox, Server(), MemoryLog(), auth=auth)

    assert (listed.state, listed.attempts) == (State.WAITING, 0)
    assert listed.reason.startswith("The token endpoint gave a token with characters that no token has. ")
    assert "R1_FHIR_TOKEN" not in listed.reason


def test_a_message_that_is_not_mapped_in_full_is_told(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    raw = ADMIT.replace(b"ADT^A01^ADT_A01", b"RAS^O17") + b"OBX|1|NM|2345-7^Glucose^LN||612|mg/dL\r"

    with caplog.at_level("WARNING"):
        assert deliver_once(inbox, Server(), MemoryLog(), raw).state is State.DONE

    assert [record.getMessage() for record in caplog.records] == [
        "Of message 1, RAS^O17, only patient and visit are mapped: see r1 ehr inbox show"
    ]


def test_messages_that_the_server_refuses_do_not_hold_up_those_behind_them(inbox: Inbox) -> None:
    """What fails while others are taken counts as an attempt, what fails with all others does not."""
    others = range(900, 910)

    def server(request: httpx.Request) -> httpx.Response:
        refused = b"ZPD-1" in request.content
        return status(403) if refused else taking(request)

    taking = Server()

    async def run() -> None:
        for number in range(880, 896):
            raw = update_of(number, 0) + b"ZPD|refused\r"
            await inbox.put(raw, parse(raw))
        for number in others:
            await inbox.put(update_of(number, 0), parse(update_of(number, 0)))
        async with FhirClient("http://127.0.0.1/fhir", log=MemoryLog(), transport=httpx.MockTransport(server)) as fhir:
            deliverer = Deliverer(inbox, fhir)
            for attempts, left in ((0, 26), (0, 16), (1, 16)):
                await deliverer.once()
                waiting = inbox.listed(State.WAITING)
                assert (len(waiting), {item.attempts for item in waiting}) == (left, {attempts})
                await asyncio.sleep(1.1 if left == 16 else 0)

    asyncio.run(run())
    assert inbox.counts()[State.DONE] == len(others)


def test_an_outage_with_a_status_of_500_quarantines_nothing(inbox: Inbox) -> None:
    server = Server(*[status(500)] * 6)

    async def run() -> None:
        for patient in (921, 922):
            await inbox.put(update_of(patient, 0), parse(update_of(patient, 0)))
        async with FhirClient("http://127.0.0.1/fhir", log=MemoryLog(), transport=httpx.MockTransport(server)) as fhir:
            worker = asyncio.create_task(Deliverer(inbox, fhir).run())
            async with asyncio.timeout(60):
                while inbox.counts()[State.WAITING]:
                    await asyncio.sleep(0.1)
            worker.cancel()

    asyncio.run(run())
    assert {(item.state, item.attempts) for item in inbox.listed()} == {(State.DONE, 1)}


def test_a_message_whose_key_is_lost_does_not_hold_up_those_beside_it(inbox: Inbox) -> None:
    """As with one that was changed on disk: it is tried again, then quarantined with the reason."""
    other = ADMIT.replace(b"|C1|", b"|C2|").replace(b"|77^", b"|78^")
    old, new = (Inbox(inbox.database, KeyVault([key])) for key in (b"o" * 32, b"n" * 32))

    async def run() -> None:
        await old.put(ADMIT, parse(ADMIT))
        await new.put(other, parse(other))
        transport = httpx.MockTransport(Server())
        async with FhirClient("http://127.0.0.1/fhir", log=MemoryLog(), transport=transport) as fhir:
            await Deliverer(new, fhir).once()

    asyncio.run(run())
    old.close()
    new.close()
    delivered, lost = inbox.listed()
    assert delivered.state is State.DONE
    reason = "What is stored was sealed with another key"
    assert (lost.state, lost.attempts, lost.reason.partition(". ")[0]) == (State.WAITING, 1, reason)


def test_what_became_of_one_message_cannot_be_stored_and_of_the_one_beside_it_it_is(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = inbox.finish

    async def fail_once(item: Claimed, state: State = State.DONE, reason: str = "") -> bool:
        monkeypatch.setattr(inbox, "finish", finish)
        raise StorageError("The database does not answer", hint="Check that it is running")

    async def run() -> None:
        for patient in (1, 2):
            await inbox.put(update_of(patient, 1), parse(update_of(patient, 1)))
        transport = httpx.MockTransport(Server())
        async with FhirClient("http://127.0.0.1/fhir", log=MemoryLog(), transport=transport) as client:
            with pytest.raises(StorageError, match="does not answer"):
                await Deliverer(inbox, client).once()

    monkeypatch.setattr(inbox, "finish", fail_once)
    asyncio.run(run())
    assert sorted(item.state for item in inbox.listed()) == [State.DONE, State.WAITING]


def test_a_lost_answer_is_asked_for_again_with_the_same_bytes(inbox: Inbox) -> None:
    server = Server(httpx.ReadError("lost"))

    assert deliver_once(inbox, server, MemoryLog()).state is State.DONE
    first, second = server.transactions
    assert first == second
    assert all(entry["request"].get("ifNoneExist") for entry in first["entry"] if entry["request"]["method"] == "POST")


def test_every_delivery_is_in_the_trail_without_what_identifies_the_patient(inbox: Inbox) -> None:
    trail = AuditTrail(inbox.database, KEY)

    deliver_once(inbox, Server(), trail.user("HL7 v2 delivery"))

    events = trail.events()
    assert trail.verify().events == len(events)
    said = [(event["subtype"][0]["code"], event.get("outcomeDesc", "")) for event in reversed(events)]
    assert said == [*[("search", "")] * 3, ("create", "requested"), ("create", "")]
    assert trail.events("Patient/0") == [events[0]]
    assert {event["agent"][1]["who"]["identifier"]["value"] for event in events} == {"HL7 v2 delivery"}
    assert not {"77", "V55", "Okafor", "identifier="} & set(json.dumps(events).replace('"', " ").split())
    assert "identifier=" not in json.dumps(events)


@pytest.mark.parametrize("room", [0, 1, 2, 3, 4])
def test_what_cannot_be_audited_is_not_delivered(inbox: Inbox, room: int) -> None:
    server = Server()

    listed = deliver_once(inbox, server, MemoryLog(room))

    # Three searches and the request come before the write; the fifth event tells of its success.
    assert len(server.transactions) == (1 if room == 4 else 0)
    assert (listed.state, listed.attempts) == (State.WAITING, 0)
    assert listed.reason.startswith("The audit trail is full")


@pytest.mark.parametrize(("number", "attempts"), [(429, 0), (503, 1)])
def test_a_server_that_names_a_time_is_asked_again_after_it(inbox: Inbox, number: int, attempts: int) -> None:
    """Also when it takes others meanwhile: a limit of requests is no fault of the messages beyond it."""
    outcome = {"resourceType": "OperationOutcome", "issue": []}
    asked: list[bytes] = []

    def server(request: httpx.Request) -> httpx.Response:
        if b"ZPD-1" not in request.content:
            return taking(request)
        asked.append(request.content)
        return httpx.Response(number, json=outcome, headers={"Retry-After": "3600"})

    taking = Server()

    async def run() -> None:
        for raw in (update_of(931, 0) + b"ZPD|limited\r", update_of(932, 0)):
            await inbox.put(raw, parse(raw))
        async with FhirClient("http://127.0.0.1/fhir", log=MemoryLog(), transport=httpx.MockTransport(server)) as fhir:
            deliverer = Deliverer(inbox, fhir)
            async with asyncio.timeout(5):  # nothing waits for an hour
                assert await deliverer.once() == 2
            assert await deliverer.once() == 0

    asyncio.run(run())
    delivered, limited = inbox.listed()
    assert (delivered.state, limited.state, limited.attempts, len(asked)) == (State.DONE, State.WAITING, attempts, 1)
    assert limited.reason.endswith("The server asks to be left alone for 3,600 s: try again after that")
    with inbox.database.connect() as connection:
        due = connection.execute(text("SELECT due_at FROM hl7_message WHERE id = 1")).scalar_one()
    assert 240 < due - time.time() <= 300  # not an hour, since the server may be back before


def test_a_message_for_which_the_server_is_always_busy_is_quarantined(inbox: Inbox) -> None:
    """What comes behind it about the same patient is delivered then."""
    outcome = {"resourceType": "OperationOutcome", "issue": []}
    taking = Server()

    def server(request: httpx.Request) -> httpx.Response:
        if b"ZPD-1" in request.content:
            return httpx.Response(503, json=outcome, headers={"Retry-After": "120"})
        return taking(request)

    async def run() -> None:
        async with FhirClient("http://127.0.0.1/fhir", log=MemoryLog(), transport=httpx.MockTransport(server)) as fhir:
            deliverer = Deliverer(inbox, fhir)
            for raw in (update_of(941, 0) + b"ZPD|busy\r", update_of(941, 1)):
                await inbox.put(raw, parse(raw))
            for other in range(950, 959):
                await inbox.put(update_of(other, 0), parse(update_of(other, 0)))
                await deliverer.once()
                with inbox.database.begin() as connection:
                    connection.execute(text("UPDATE hl7_message SET due_at = 0"))

    asyncio.run(run())
    first = inbox.item(1)
    assert (first.state, first.attempts, inbox.item(2).state) == (State.QUARANTINED, 8, State.DONE)
    assert first.reason.endswith("see its log, and replay this one when the cause is gone")
