"""Writing an approved draft into a real FHIR server: once, only for this patient and this state of the record."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

import httpx
import pytest

from adapters.fhir.auth import BearerToken
from adapters.fhir.client import FhirClient
from adapters.fhir.drafts import Clinician, Considered, Draft, make_draft
from adapters.fhir.to_case import to_case
from adapters.fhir.writeback import Written, approve, withdraw
from core.errors import ApprovalError, AuditError, FhirConflictError, FhirServerError, RecordChangedError
from knowledge.medical.case import Case
from tests.access_log import MemoryLog
from tests.diagnosis_visits import WORDING
from tests.medical_fakes import Names, Reader
from tests.sekmet_server import TOKEN, http, transaction

T = TypeVar("T")
DISEASE = Considered("Marfan syndrome", "tall stature; lens dislocation", "https://omim.org", "154700")
DR = Clinician("Practitioner/dr", "Dr Ada Byron", "Patient/p")


PERSON = {"name": [{"family": "Okafor"}], "birthDate": "1990-01-02"}


def record() -> dict[str, Any]:
    subject = {"reference": "Patient/p"}
    seizure = {"coding": [{"system": "http://purl.obolibrary.org/obo/hp.owl", "code": "HP:0001250"}]}
    return transaction(
        {"resourceType": "Practitioner", "id": "dr", "name": [{"family": "Byron"}]},
        {
            "resourceType": "Patient",
            "id": "p",
            "active": True,
            "name": [{"family": "Okafor"}],
            "birthDate": "1990-01-02",
        },
        {"resourceType": "Patient", "id": "q", "active": True},
        {"resourceType": "Condition", "id": "c", "subject": subject, "code": seizure},
        {"resourceType": "Observation", "id": "o", "status": "final", "subject": subject, "code": {"text": "height"}},
    )


@pytest.fixture
def server(base: str) -> Iterator[httpx.Client]:
    """The server with the record as it was at first; what earlier tests wrote is deleted."""
    with http(base) as client:
        for kind in ("Provenance", "Condition", "ClinicalImpression"):
            for entry in client.get(kind, params={"_count": 100}).json().get("entry", ()):
                client.delete(f"{kind}/{entry['resource']['id']}").raise_for_status()
        client.post("", json=record()).raise_for_status()
        yield client


def run(base: str, work: Callable[[FhirClient], Awaitable[T]], log: MemoryLog | None = None) -> T:
    async def go() -> T:
        async with FhirClient(base, log=log or MemoryLog(), auth=BearerToken(TOKEN)) as client:
            return await work(client)

    return asyncio.run(go())


def draft(base: str, condition: Considered | None = None) -> Draft:
    read = run(base, lambda client: client.read_patient("p"))
    sources = ["Condition/c", "Observation/o"]
    summary = "Seizures; tall stature."
    return make_draft(
        read, sources, summary=summary, considered=[DISEASE], knowledge="HPO", wording=WORDING, condition=condition
    )


def approved(base: str, made: Draft, clinician: Clinician = DR) -> Written:
    return run(base, lambda client: approve(client, made, clinician, digest=made.digest))


def held(server: httpx.Client) -> Counter[str]:
    kinds = ("ClinicalImpression", "Condition", "Provenance")
    return Counter({kind: server.get(kind, params={"_summary": "count"}).json()["total"] for kind in kinds})


NOTHING_NEW = Counter(Condition=1)


def case_of(base: str) -> Case:
    return to_case(run(base, lambda c: c.read_patient("p")), Reader(), Names(), today=date(2026, 4, 1))


def test_an_approved_draft_is_in_the_record_with_who_answers_for_it(base: str, server: httpx.Client) -> None:
    made = draft(base, condition=DISEASE)
    log = MemoryLog()
    written = run(base, lambda client: approve(client, made, DR, digest=made.digest), log)

    assert written.new
    assert held(server) == Counter(ClinicalImpression=1, Condition=2, Provenance=1)
    impression, condition = (server.get(reference).json() for reference in written.resources)
    assert impression["status"] == "completed"
    assert written.at == datetime.fromisoformat(impression["date"])
    assert impression["assessor"]["reference"] == "Practitioner/dr"
    assert impression["finding"][0]["itemCodeableConcept"]["coding"][0]["code"] == "154700"
    assert condition["verificationStatus"]["coding"][0]["code"] == "provisional"
    assert condition["evidence"][0]["detail"][0]["reference"] == written.resources[0]
    (provenance,) = [entry["resource"] for entry in server.get("Provenance").json()["entry"]]
    assert {target["reference"] for target in provenance["target"]} == set(written.resources)
    assert {part["what"]["reference"].split("/_history/")[0] for part in provenance["entity"]} == {
        "Condition/c",
        "Observation/o",
    }
    assert [access.stage for access in log.accesses if access.action == "create"] == ["requested", ""]


def test_what_is_written_is_valid_r4(base: str, server: httpx.Client) -> None:
    from fhir.resources.R4B import get_fhir_model_class

    approved(base, draft(base, condition=DISEASE))
    for kind in ("ClinicalImpression", "Condition", "Provenance"):
        for entry in server.get(kind).json()["entry"]:
            get_fhir_model_class(kind).model_validate(entry["resource"])


def test_reading_again_after_an_approved_write_leaves_the_case_unchanged(base: str, server: httpx.Client) -> None:
    before = case_of(base)
    approved(base, draft(base, condition=DISEASE))
    after = case_of(base)

    assert after.findings == before.findings
    assert [told.reason for told in after.unread if told not in before.unread] == ["written_by_us"]


def test_a_repetition_and_a_race_write_once(base: str, server: httpx.Client) -> None:
    made = draft(base, condition=DISEASE)

    async def race(client: FhirClient) -> list[Written]:
        return await asyncio.gather(*(approve(client, made, DR, digest=made.digest) for _ in range(5)))

    first = run(base, race)
    again = approved(base, made)

    assert held(server) == Counter(ClinicalImpression=1, Condition=2, Provenance=1)
    assert {written.resources for written in (*first, again)} == {again.resources}
    assert sum(written.new for written in first) == 1
    assert not again.new


@pytest.mark.parametrize(
    "clinician",
    [
        replace(DR, patient="Patient/q"),
        replace(DR, patient=""),
        replace(DR, name=" "),
        replace(DR, reference="Patient/p"),
        replace(DR, reference=""),
    ],
)
def test_only_a_named_clinician_with_this_patient_open(base: str, server: httpx.Client, clinician: Clinician) -> None:
    with pytest.raises(ApprovalError):
        approved(base, draft(base), clinician)
    assert held(server) == NOTHING_NEW


def test_another_encounter_or_another_draft_is_not_what_was_approved(base: str, server: httpx.Client) -> None:
    made = replace(draft(base), encounter="Encounter/1")
    with pytest.raises(ApprovalError, match="another encounter"):
        approved(base, made, replace(DR, encounter="Encounter/2"))
    with pytest.raises(ApprovalError, match="another draft"):
        run(base, lambda client: approve(client, replace(made, summary="changed"), DR, digest=made.digest))
    assert held(server) == NOTHING_NEW


def put(server: httpx.Client, **resource: Any) -> None:
    server.put(f"{resource['resourceType']}/{resource['id']}", json=resource).raise_for_status()


@pytest.mark.parametrize(
    "change",
    [
        {"resourceType": "Patient", "id": "p", "active": True, "gender": "male"},
        {"resourceType": "Patient", "id": "p", "active": False},
        {
            "resourceType": "Patient",
            "id": "p",
            "active": True,
            "link": [{"other": {"reference": "Patient/q"}, "type": "replaced-by"}],
        },
        {
            "resourceType": "Observation",
            "id": "o",
            "status": "entered-in-error",
            "subject": {"reference": "Patient/p"},
            "code": {"text": "height"},
        },
    ],
    ids=["patient changed", "patient inactive", "patient merged", "source changed"],
)
def test_a_record_that_changed_in_the_meantime_gets_nothing(
    base: str, server: httpx.Client, change: dict[str, Any]
) -> None:
    made = draft(base)
    put(server, **change)

    with pytest.raises(ApprovalError, match=r"changed|merged"):
        approved(base, made)
    assert held(server) == NOTHING_NEW


NEW = {"status": "final", "subject": {"reference": "Patient/p"}, "code": {"text": "potassium"}}


def test_a_result_that_came_after_the_reading_stops_the_write(base: str, server: httpx.Client) -> None:
    made = draft(base)
    put(server, resourceType="Observation", id="new", **NEW)
    with pytest.raises(RecordChangedError) as caught:
        approved(base, made)
    assert (caught.value.new, caught.value.changed, caught.value.gone) == (("Observation/new",), (), ())
    assert "potassium" not in str(caught.value)
    assert held(server) == NOTHING_NEW
    assert approved(base, draft(base)).new  # read again, it is known
    server.delete("Observation/new").raise_for_status()


def test_what_no_finding_rests_on_is_watched_too(base: str, server: httpx.Client) -> None:
    put(server, resourceType="Observation", id="other", **NEW)
    made = draft(base)
    put(server, resourceType="Observation", id="other", **{**NEW, "status": "amended"})
    with pytest.raises(RecordChangedError) as caught:
        approved(base, made)
    assert caught.value.changed == ("Observation/other",)
    server.delete("Observation/other").raise_for_status()
    with pytest.raises(RecordChangedError) as caught:
        approved(base, made)
    assert caught.value.gone == ("Observation/other",)
    assert held(server) == NOTHING_NEW


def test_where_the_patient_lies_and_what_the_suite_wrote_stop_nothing(base: str, server: httpx.Client) -> None:
    first, second = draft(base, condition=DISEASE), draft(base)
    ward = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}
    put(
        server,
        resourceType="Encounter",
        id="e",
        status="in-progress",
        **{"class": ward, "subject": {"reference": "Patient/p"}},
    )
    assert approved(base, first).new
    assert approved(base, second).new
    server.delete("Encounter/e").raise_for_status()


def test_a_patient_or_a_source_that_is_gone(base: str, server: httpx.Client) -> None:
    made = draft(base)
    server.delete("Observation/o").raise_for_status()
    with pytest.raises(ApprovalError, match="changed"):
        approved(base, made)
    server.delete("Patient/p").raise_for_status()
    with pytest.raises(ApprovalError, match="no longer"):
        approved(base, made)
    assert held(server) == NOTHING_NEW


def test_a_server_that_ignores_the_tag_is_not_said_to_have_written(base: str, server: httpx.Client) -> None:
    """It takes any resource for the one that the condition asks for, and makes none."""
    made = draft(base)

    async def ignoring(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path == "/fhir":
            response = {"response": {"status": "200", "location": "ClinicalImpression/another"}}
            entries = [response] * len(json.loads(request.content)["entry"])
            return httpx.Response(
                200, json={"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
            )
        async with httpx.AsyncClient() as other:
            return await other.send(request)

    async def go() -> Written:
        transport = httpx.MockTransport(ignoring)
        async with FhirClient(base, log=MemoryLog(), auth=BearerToken(TOKEN), transport=transport) as client:
            return await approve(client, made, DR, digest=made.digest)

    with pytest.raises(FhirServerError, match="does not find"):
        asyncio.run(go())
    assert held(server) == NOTHING_NEW


def test_without_a_trail_nothing_is_written(base: str, server: httpx.Client) -> None:
    made = draft(base)
    reads = MemoryLog()
    run(base, lambda client: approve(client, made, DR, digest=made.digest), reads)
    server.delete(f"ClinicalImpression/{server.get('ClinicalImpression').json()['entry'][0]['resource']['id']}")
    before_the_write = [access.stage for access in reads.accesses].index("requested")

    again = draft(base)
    with pytest.raises(AuditError):
        run(base, lambda client: approve(client, again, DR, digest=again.digest), MemoryLog(before_the_write))
    assert held(server)["ClinicalImpression"] == 0


def test_withdrawing_marks_everything_and_only_once(base: str, server: httpx.Client) -> None:
    made = draft(base, condition=DISEASE)
    written = approved(base, made)

    first = run(base, lambda client: withdraw(client, made.id, DR, written))
    again = run(base, lambda client: withdraw(client, made.id, DR, written))

    assert (first.new, again.new) == (True, False)
    impression, condition = (server.get(reference).json() for reference in written.resources)
    assert impression["status"] == "entered-in-error"
    assert condition["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
    assert "clinicalStatus" not in condition
    assert held(server)["Provenance"] == 2
    with pytest.raises(ApprovalError, match="withdrawn"):
        approved(base, made)


def test_withdrawing_is_refused_for_another_patient_and_lost_to_a_change(base: str, server: httpx.Client) -> None:
    made = draft(base)
    written = approved(base, made)
    (reference,) = written.resources
    with pytest.raises(ApprovalError, match=r"another patient|Nothing of this draft"):
        run(base, lambda client: withdraw(client, made.id, replace(DR, patient="Patient/q"), written))

    class Meddling(FhirClient):
        """Somebody saves the resource between this client's reading and its writing."""

        async def transaction(self, entries: Any, *, patient: str) -> Any:
            resource = server.get(reference).json()
            put(server, **{**resource, "description": "edited"})
            return await super().transaction(entries, patient=patient)

    async def meddle() -> None:
        async with Meddling(base, log=MemoryLog(), auth=BearerToken(TOKEN)) as client:
            await withdraw(client, made.id, DR, written)

    with pytest.raises(FhirConflictError):
        asyncio.run(meddle())
    assert server.get(reference).json()["status"] == "completed"
    assert held(server)["Provenance"] == 1


def test_what_a_colleague_has_made_of_it_is_not_withdrawn(base: str, server: httpx.Client) -> None:
    made = draft(base, condition=DISEASE)
    written = approved(base, made)
    condition = server.get(written.resources[1]).json()
    confirmed = {**condition, "verificationStatus": {"coding": [{"code": "confirmed"}]}}
    put(server, **{**confirmed, "asserter": {"reference": "Practitioner/other"}})

    with pytest.raises(ApprovalError) as caught:
        run(base, lambda client: withdraw(client, made.id, DR, written))

    assert caught.value.kind == "changed_since"
    impression, kept = (server.get(reference).json() for reference in written.resources)
    assert (impression["status"], kept["asserter"]["reference"]) == ("completed", "Practitioner/other")
    assert held(server)["Provenance"] == 1


def test_no_error_names_the_patient(base: str, server: httpx.Client) -> None:
    for clinician in (replace(DR, name=""), replace(DR, patient="Patient/q")):
        with pytest.raises(ApprovalError) as caught:
            approved(base, draft(base), clinician)
        told = f"{caught.value} {caught.value.hint}"
        assert [secret for secret in ("Okafor", "1990", "Patient/p", "Byron") if secret in told] == []
