"""From a decision on the page to a real FHIR server and to another system: once, and not after it has changed."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, TypeVar

import httpx
import pytest
from sqlalchemy import Engine

from adapters.fhir.audit import AuditTrail
from adapters.fhir.auth import BearerToken
from adapters.fhir.client import FhirClient
from adapters.hl7v2.message import parse
from adapters.hl7v2.outgoing import ResultReceiver
from apps.diagnosis.decision import Decided, Decision, decide, offer, send, take_back, write
from apps.diagnosis.store import DiagnosisStore
from core.errors import ApprovalError, Hl7Error, RecordChangedError, StorageError
from tests.diagnosis_visits import DR, KNOWLEDGE, record, visit
from tests.sekmet_server import TOKEN, http, transaction
from tests.unit.hl7v2.hl7_fakes import MemoryInbox, listening

T = TypeVar("T")
KINDS = ("ClinicalImpression", "Condition", "Provenance")


@pytest.fixture
def server(base: str) -> Iterator[httpx.Client]:
    """The server with the record as it was at first; what earlier tests wrote is deleted."""
    with http(base) as client:
        for kind in KINDS:
            for entry in client.get(kind, params={"_count": 100}).json().get("entry", ()):
                client.delete(f"{kind}/{entry['resource']['id']}").raise_for_status()
        made = record()
        doctor = {"resourceType": "Practitioner", "id": "dr", "name": [{"family": "Byron"}]}
        client.post("", json=transaction(doctor, made.patient, *made.resources)).raise_for_status()
        yield client


@pytest.fixture
def site(database: Engine, base: str) -> Any:
    trail = AuditTrail(database, b"k" * 32)

    def run(work: Callable[[FhirClient], Awaitable[T]]) -> T:
        async def go() -> T:
            log = trail.user(DR.reference)
            async with FhirClient(base, log=log, auth=BearerToken(TOKEN)) as client:
                return await work(client)

        return asyncio.run(go())

    return SimpleNamespace(run=run, store=DiagnosisStore(database), trail=trail, database=database)


def agreed(site: Any, visit_id: str = "v1", in_problem_list: bool = False) -> Decided:
    """A visit of the record as it is now, and the clinician's agreement with its second disease."""
    read = site.run(lambda client: client.read_patient("p"))
    seen = replace(visit(), record=read, id=visit_id)
    decision = Decision("OMIM:2", in_problem_list=in_problem_list)
    return decide(seen, decision, DR, store=site.store, trail=site.trail, knowledge=KNOWLEDGE, language="en")


def approve(site: Any, decided: Decided, clinician: Any = DR) -> Decided:
    assert decided.draft is not None
    digest = decided.draft.digest
    return site.run(lambda client: write(client, decided, clinician, site.store, digest=digest))  # type: ignore[no-any-return]


def held(server: httpx.Client) -> Counter[str]:
    return Counter({kind: server.get(kind, params={"_summary": "count"}).json()["total"] for kind in KINDS})


NOTHING_NEW = Counter(Condition=1)


def test_an_approved_decision_is_in_the_record_and_in_the_store(site: Any, server: httpx.Client) -> None:
    done = approve(site, agreed(site, in_problem_list=True))
    assert done.written is not None
    assert done.written.new
    assert held(server) == Counter(ClinicalImpression=1, Condition=2, Provenance=1)
    impression = server.get(done.written.resources[0]).json()
    assert impression["finding"][0]["itemCodeableConcept"]["coding"][0] == {
        "system": "http://www.omim.org",
        "code": "2",
        "display": "Fit syndrome 2",
    }
    assert "The clinician considers: Fit syndrome 2." in impression["summary"]
    assert impression["assessor"]["reference"] == "Practitioner/dr"
    assert site.store.find("v1").written_at is not None
    written = [event for event in site.trail.events("Patient/p") if event["action"] == "C"]
    assert [event.get("outcomeDesc", "") for event in written] == ["", "requested"]


def test_a_race_of_two_approvals_writes_once(site: Any, server: httpx.Client) -> None:
    decided = agreed(site)
    digest = decided.draft.digest if decided.draft else ""

    async def race(client: FhirClient) -> list[Decided]:
        return await asyncio.gather(*(write(client, decided, DR, site.store, digest=digest) for _ in range(2)))

    done = site.run(race)
    assert held(server) == Counter(ClinicalImpression=1, Condition=1, Provenance=1)
    assert sorted(one.written.new for one in done) == [False, True]


def test_a_merge_during_the_review_stops_the_write(site: Any, server: httpx.Client) -> None:
    decided = agreed(site)
    merged = {
        **record().patient,
        "active": False,
        "link": [{"other": {"reference": "Patient/q"}, "type": "replaced-by"}],
    }
    survivor = {"resourceType": "Patient", "id": "q", "active": True}
    server.post("", json=transaction(survivor, merged)).raise_for_status()
    with pytest.raises(ApprovalError, match="merged"):
        approve(site, decided)
    assert held(server) == NOTHING_NEW
    assert site.store.find("v1").written_at is None


def test_a_new_result_during_the_review_stops_the_write(site: Any, server: httpx.Client) -> None:
    decided = agreed(site)
    potassium = {
        "resourceType": "Observation",
        "id": "k",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "code": {"text": "potassium"},
        "valueQuantity": {"value": 6.9, "unit": "mmol/L"},
    }
    server.put("Observation/k", json=potassium).raise_for_status()
    with pytest.raises(RecordChangedError) as caught:
        approve(site, decided)
    assert caught.value.new == ("Observation/k",)
    assert held(server) == NOTHING_NEW
    assert approve(site, agreed(site)).written is not None  # read again and decided anew
    server.delete("Observation/k").raise_for_status()


def test_a_source_that_changed_during_the_review_stops_the_write(site: Any, server: httpx.Client) -> None:
    decided = agreed(site)
    changed = {**record().resources[0], "note": [{"text": "seen again"}]}
    server.put("Condition/c", json=changed).raise_for_status()
    with pytest.raises(RecordChangedError) as caught:
        approve(site, decided)
    assert caught.value.changed == ("Condition/c",)
    assert held(server) == NOTHING_NEW


def test_only_who_the_preview_names_can_approve(site: Any, server: httpx.Client) -> None:
    decided = agreed(site)
    for other in (replace(DR, reference="Practitioner/eve", name="Eve"), replace(DR, patient="Patient/q"), None):
        with pytest.raises(ApprovalError):
            approve(site, decided, other)
    assert held(server) == NOTHING_NEW


def test_another_preview_than_the_last_is_not_approved(site: Any, server: httpx.Client) -> None:
    shown_before, decided = agreed(site), agreed(site)
    digest = shown_before.draft.digest if shown_before.draft else ""
    with pytest.raises(ApprovalError):
        site.run(lambda client: write(client, decided, DR, site.store, digest=digest))
    assert held(server) == NOTHING_NEW


def test_withdrawing_marks_it_and_lets_decide_again(site: Any, server: httpx.Client) -> None:
    done = approve(site, agreed(site))
    assert done.written is not None
    with pytest.raises(ApprovalError):
        agreed(site)
    gone = site.run(lambda client: take_back(client, done, DR, site.store))
    assert gone.withdrawn
    assert server.get(done.written.resources[0]).json()["status"] == "entered-in-error"
    assert site.store.find("v1").withdrawn_at is not None
    assert approve(site, agreed(site)).written is not None


def test_a_store_that_fails_after_the_write_can_be_caught_up(site: Any, server: httpx.Client) -> None:
    decided = agreed(site)

    class Failing:
        def written(self, visit_id: str) -> None:
            raise StorageError("The database does not answer")

    failing: Any = Failing()
    with pytest.raises(StorageError):
        site.run(lambda client: write(client, decided, DR, failing, digest=decided.draft.digest))  # type: ignore[union-attr]
    done = approve(site, decided)
    assert done.written is not None
    assert not done.written.new
    assert site.store.find("v1").written_at is not None
    assert held(server) == Counter(ClinicalImpression=1, Condition=1, Provenance=1)


# To another system too

NUMBER = {"type": {"coding": [{"code": "MR"}]}, "value": "77", "assigner": {"display": "WEST"}}


def named(server: httpx.Client) -> None:
    """Gives the patient what a message needs."""
    patient = {**record().patient, "identifier": [NUMBER], "name": [{"text": "赵敏"}]}
    server.put("Patient/p", json=patient).raise_for_status()


def offered(site: Any, port: int = 9) -> tuple[Decided, ResultReceiver]:
    """A decision that is in the record, and could be sent to a port of this machine."""
    receiver = ResultReceiver("127.0.0.1", port, ("R1", ""), ("EHR", "WEST"))
    read = site.run(lambda client: client.read_patient("p"))
    return offer(approve(site, agreed(site)), read, receiver), receiver


def sent(site: Any, decided: Decided, inbox: MemoryInbox, clinician: Any = DR, *, digest: str = "") -> Decided:
    """The decision after its message was sent to a receiver that puts it into an inbox."""
    digest = digest or (decided.draft.digest if decided.draft else "")

    async def run(client: FhirClient) -> Decided:
        async with listening(inbox) as port:
            receiver = ResultReceiver("127.0.0.1", port, ("R1", ""), ("EHR", "WEST"))
            return await send(client, decided, clinician, receiver, digest=digest)

    return site.run(run)  # type: ignore[no-any-return]


def test_what_is_sent_is_what_was_shown_to_the_byte_and_in_the_trail(site: Any, server: httpx.Client) -> None:
    named(server)
    decided, _ = offered(site)
    assert decided.sending is not None
    assert decided.sending.to == "EHR WEST (127.0.0.1:9)"
    inbox = MemoryInbox()
    assert sent(site, decided, inbox).sending == replace(decided.sending, done=True)
    assert inbox.kept == [decided.sending.message]
    message = parse(inbox.kept[0])
    assert message.first("PID").text(5) == "赵敏"  # type: ignore[union-attr]
    assert message.first("OBR").first(32).part(1).part(2).whole == DR.name  # type: ignore[union-attr]
    lines = [segment.first(5).whole for segment in message.all("OBX")]
    assert "The clinician considers: Fit syndrome 2." in lines
    created = [event for event in site.trail.events("Patient/p") if event["action"] == "C"][:2]  # the newest first
    assert [event["outcomeDesc"] for event in created] == ["HL7 v2 ORU^R01", "HL7 v2 ORU^R01 requested"]


def test_a_failed_sending_is_told_and_repeated_without_a_duplicate(site: Any, server: httpx.Client) -> None:
    named(server)
    decided, nobody = offered(site)
    digest = decided.draft.digest if decided.draft else ""
    with pytest.raises(Hl7Error, match="cannot be reached, so nothing was sent"):
        site.run(lambda client: send(client, decided, DR, nobody, digest=digest))
    with pytest.raises(Hl7Error, match="did not say"):
        sent(site, decided, MemoryInbox(broken=True))
    inbox = MemoryInbox()
    sent(site, decided, inbox)
    again = sent(site, decided, inbox)  # as after an acknowledgement that was lost
    assert len(inbox.kept) == 1
    with pytest.raises(ApprovalError):
        sent(site, again, inbox)


def test_nothing_is_sent_that_is_not_approved_or_does_not_hold(site: Any, server: httpx.Client) -> None:
    named(server)
    inbox, draft = MemoryInbox(), agreed(site)
    decided, _ = offered(site)
    other = replace(DR, reference="Practitioner/eve", name="Eve")
    for what, who in (
        (draft, DR),  # not in the record
        (replace(decided, sending=None), DR),
        (replace(decided, withdrawn=True), DR),
        (decided, None),
        (decided, other),
    ):
        with pytest.raises(ApprovalError):
            sent(site, what, inbox, who)
    with pytest.raises(ApprovalError):
        sent(site, decided, inbox, digest="of another draft")
    server.put("Condition/c", json={**record().resources[0], "note": [{"text": "seen again"}]}).raise_for_status()
    with pytest.raises(RecordChangedError):
        sent(site, decided, inbox)
    assert inbox.kept == []


def test_a_patient_without_a_record_number_is_told_before_anything_is_sent(site: Any, server: httpx.Client) -> None:
    decided, _ = offered(site)
    assert decided.sending is not None
    assert decided.sending.result is None
    assert "record number" in decided.sending.why_not
    with pytest.raises(Hl7Error, match="record number"):
        sent(site, decided, MemoryInbox())
