"""The data that CDS cards are made from: prefetched, fetched, missing or refused."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.cds_hooks.service import CdsService, cds_app
from tests.cds_hospital import (
    BASE,
    Hospital,
    condition,
    hook,
    prefetch,
    searchset,
)
from tests.sekmet_server import TOKEN, sekmet, transaction

FORBIDDEN = {"severity": "error", "code": "forbidden"}


def missing(key: str) -> dict[str, Any]:
    return {name: value for name, value in prefetch(condition()).items() if name != key}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"prefetch": missing("conditions")},
        {"prefetch": {**prefetch(), "patient": None}},
        {"prefetch": {**prefetch(), "conditions": {"resourceType": "OperationOutcome", "issue": [FORBIDDEN]}}},
    ],
    ids=["no prefetch", "key not sent", "no patient", "client was refused"],
)
def test_data_that_cannot_be_had_is_412(hospital: Hospital, given: dict[str, Any]) -> None:
    assert hospital.post(hook(**given)).status_code == 412


@pytest.mark.parametrize("nothing", [{}, {"entry": None, "link": None}, {"entry": []}, {"entry": [{"resource": None}]}])
def test_null_and_empty_say_that_there_is_nothing(hospital: Hospital, nothing: dict[str, Any]) -> None:
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0, **nothing}

    (card,) = hospital.cards(prefetch={**prefetch(condition()), "observations": empty})
    assert "Not everything" not in card["detail"]


def test_a_hit_that_the_client_was_refused_is_told(hospital: Hospital) -> None:
    refused = searchset({"resourceType": "OperationOutcome", "issue": [FORBIDDEN]})

    (card,) = hospital.cards(prefetch={**prefetch(condition()), "observations": refused})
    assert "Not everything in the record was used" in card["detail"]


def test_a_fault_within_one_prefetched_resource_hides_no_others(hospital: Hospital) -> None:
    fault = {"resourceType": "Observation", "id": "o", "status": "done", "code": {"text": "Zzyzx"}}
    observed = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": fault}]}

    (card,) = hospital.cards(prefetch={**prefetch(condition()), "observations": observed})

    assert "Not everything in the record was used" in card["detail"]


@pytest.mark.parametrize(
    "hit",
    [
        {"type": {"coding": [{"code": "allergy"}]}},
        {"meta": {"profile": ["http://hl7.org/fhir/5.0/StructureDefinition/AllergyIntolerance"]}},
    ],
)
def test_a_prefetched_hit_of_another_release_hides_no_others(hospital: Hospital, hit: dict[str, Any]) -> None:
    allergy = {"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p"}, **hit}

    (card,) = hospital.cards(prefetch={**prefetch(condition()), "allergies": searchset(allergy)})

    assert "Not everything in the record was used" in card["detail"]


def test_a_patient_of_another_release_is_refused(hospital: Hospital) -> None:
    patient = {"resourceType": "Patient", "id": "p", "fhirVersion": "5.0.0"}

    assert hospital.post(hook(prefetch={**prefetch(condition()), "patient": patient})).status_code == 400


def test_a_prefetch_of_somebody_else_is_refused(hospital: Hospital) -> None:
    answer = hospital.post(hook(context={"userId": "Practitioner/dr", "patientId": "q"}, prefetch=prefetch()))

    assert answer.status_code == 400
    assert "prefetch.patient" in answer.json()["error"]


def test_a_foreign_server_is_never_asked(hospital: Hospital, caplog: pytest.LogCaptureFixture) -> None:
    access = {"access_token": "t", "token_type": "Bearer"}

    answer = hospital.post(hook(fhirServer="https://u:pw@evil.example.org/Zzyzx", fhirAuthorization=access))

    assert answer.status_code == 412
    assert answer.json()["error"].endswith("List fhirServer in R1_CDS_CLIENTS, or send all prefetch keys")
    (told,) = [record.getMessage() for record in caplog.records if record.name == "adapters.cds_hooks.service"]
    assert told.endswith("does not list: evil.example.org")


def test_without_access_to_a_server_the_answer_says_what_to_send(hospital: Hospital) -> None:
    answer = hospital.post(hook(prefetch=missing("conditions")))

    assert answer.json()["error"].endswith("Send all prefetch keys, or fhirServer with fhirAuthorization")


def test_nobody_waits_for_a_server_that_is_slow_all_along(hospital: Hospital, caplog: pytest.LogCaptureFixture) -> None:
    """Each of its answers comes in time, the record as a whole does not."""
    fhir = "https://ehr.example.org/fhir"

    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.3)
        statement = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}
        patient = {"resourceType": "Patient", "id": "p"}
        kinds = {"metadata": statement, "p": patient}
        return httpx.Response(200, json=kinds.get(request.url.path.rpartition("/")[2], searchset()))

    transport = httpx.MockTransport(slow)
    service = CdsService(hospital.screen, hospital.trail, hospital.shown, f"{BASE}/launch", transport, seconds=0.5)
    hospital.app = cds_app(service, hospital.clients, hospital.metrics, base_url=BASE)
    access = {"access_token": "t", "token_type": "Bearer"}

    answer = hospital.post(hook(fhirServer=fhir, fhirAuthorization=access))

    assert answer.status_code == 412
    for told in (answer.json()["error"], caplog.text):
        assert "The FHIR server did not deliver the record within 0.5 s" in told
    (event,) = hospital.trail.events("Patient/p")
    assert event["outcome"] == "8"


@pytest.fixture(scope="module")
def fhir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    record = transaction({"resourceType": "Patient", "id": "p"}, condition())
    with sekmet(tmp_path_factory.mktemp("sekmet"), record) as base:
        yield base


@pytest.mark.parametrize(("bearer", "status"), [(TOKEN, 200), ("wrong", 412)])
def test_what_is_not_prefetched_is_fetched_with_the_given_token(
    tmp_path: Path, fhir: str, bearer: str, status: int
) -> None:
    hospital = Hospital(tmp_path, fhir)
    access = {"access_token": bearer, "token_type": "Bearer"}

    answer = hospital.post(hook(fhirServer=fhir, fhirAuthorization=access))

    assert answer.status_code == status
    if status == 200:
        (card,) = answer.json()["cards"]
        assert "Notes were not read" not in card["detail"]
    assert len(hospital.trail.events("Patient/p")) == 1
    hospital.database.dispose()
