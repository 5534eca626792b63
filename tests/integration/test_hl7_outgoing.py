"""A result goes out as ORU^R01 only as a clinician has approved it, to a receiver of our own over MLLP."""

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.fhir.auth import BearerToken
from adapters.fhir.client import FhirClient
from adapters.fhir.drafts import Clinician, Considered, Draft, make_draft
from adapters.hl7v2.message import Segment, parse
from adapters.hl7v2.outgoing import ResultReceiver, send_approved
from adapters.hl7v2.structure import structure_problems
from adapters.hl7v2.tls import server_tls
from core.errors import ApprovalError, AuditError, Hl7Error, R1Error
from tests.access_log import MemoryLog
from tests.diagnosis_visits import WORDING
from tests.integration.mllp_tls import Authority, sender_tls
from tests.sekmet_server import TOKEN, sekmet, transaction
from tests.unit.hl7v2.hl7_fakes import MemoryInbox, listening

MR = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
NUMBER = {"type": MR, "value": "77", "assigner": {"display": "WEST"}}
DR = Clinician("Practitioner/dr", "Dr Ada Byron", "Patient/p")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    patient = {"resourceType": "Patient", "id": "p", "identifier": [NUMBER], "name": [{"family": "Okafor"}]}
    nobody = {"resourceType": "Patient", "id": "q"}
    with sekmet(tmp_path_factory.mktemp("sekmet"), transaction(patient, nobody)) as url:
        yield url


def sent(
    base: str,
    clinician: Clinician,
    inbox: MemoryInbox,
    log: MemoryLog,
    *,
    wrong: str = "",
    tls: tuple[ssl.SSLContext, ssl.SSLContext] | None = None,
) -> Draft:
    """The draft, once the receiver has what was sent of it; ``tls`` is the receiver's and ours."""
    theirs, ours = tls or (None, None)

    async def run() -> Draft:
        async with (
            FhirClient(base, log=MemoryLog(), auth=BearerToken(TOKEN)) as reading,
            FhirClient(base, log=log, auth=BearerToken(TOKEN)) as client,
            listening(inbox, tls=theirs) as port,
        ):
            record = await reading.read_patient(clinician.patient.removeprefix("Patient/") or "p")
            summary, considered = "Seizures\nTall | stature", [Considered("Marfan syndrome")]
            draft = make_draft(record, [], summary=summary, considered=considered, knowledge="HPO", wording=WORDING)
            receiver = ResultReceiver("127.0.0.1", port, ("R1", "W"), ("EHR", "W"), ours)
            for _ in range(2):
                await send_approved(client, receiver, draft, clinician, digest=wrong or draft.digest)
            return draft

    return asyncio.run(run())


def test_what_was_approved_is_sent_and_again_as_the_same(base: str) -> None:
    inbox, log = MemoryInbox(), MemoryLog()
    draft = sent(base, DR, inbox, log)

    (first,) = map(parse, inbox.kept)  # both were the same bytes, which are kept once
    assert structure_problems(first) == []
    pid, obr = first.first("PID"), first.first("OBR")
    assert isinstance(pid, Segment)
    assert isinstance(obr, Segment)
    assert (pid.text(3), pid.text(3, 4), pid.text(5)) == ("77", "WEST", "Okafor")
    assert obr.text(3) == draft.id
    assert obr.first(32).part(1).part(2).whole == "Dr Ada Byron"
    lines = [segment.first(5).whole for segment in first.all("OBX")]
    assert lines == ["Seizures", "Tall | stature", "To consider: Marfan syndrome", "HPO. No diagnosis."]
    assert [access.stage for access in log.accesses if access.action == "create"] == ["requested", ""] * 2


@pytest.mark.parametrize(
    ("clinician", "wrong", "log", "kind"),
    [
        (DR, "another digest", MemoryLog(), ApprovalError),
        (replace(DR, name=""), "", MemoryLog(), ApprovalError),
        (replace(DR, reference="Patient/p"), "", MemoryLog(), ApprovalError),
        (replace(DR, patient=""), "", MemoryLog(), ApprovalError),
        (replace(DR, patient="Patient/q"), "", MemoryLog(), Hl7Error),  # without a record number
        (DR, "", MemoryLog(1), AuditError),
    ],
)
def test_nothing_is_sent_without_approval_and_trail(
    base: str, clinician: Clinician, wrong: str, log: MemoryLog, kind: type[R1Error]
) -> None:
    inbox = MemoryInbox()
    with pytest.raises(kind):
        sent(base, clinician, inbox, log, wrong=wrong)
    assert inbox.kept == []


def test_a_receiver_with_a_certificate_of_somebody_else_is_told_as_such(base: str, tmp_path: Path) -> None:
    ours, foreign = Authority(tmp_path, "ours"), Authority(tmp_path, "foreign")
    inbox, tls = MemoryInbox(), (server_tls(*foreign.issue("server"), None), sender_tls(ours.file, None))

    with pytest.raises(Hl7Error, match=r"TLS with the receiver failed \(unable to get local issuer") as caught:
        sent(base, DR, inbox, MemoryLog(), tls=tls)

    assert "R1_RESULT_AUTHORITIES" in caught.value.hint
    assert inbox.kept == []


def test_a_receiver_that_does_not_take_it_is_told(base: str, tmp_path: Path) -> None:
    log = MemoryLog()
    with pytest.raises(Hl7Error, match="did not say"):
        sent(base, DR, MemoryInbox(broken=True), log)
    assert log.accesses[-1].outcome == "8"
