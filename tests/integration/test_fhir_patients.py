"""Finding patients, and noticing newer data, on a real FHIR server."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.fhir.audit import Action
from adapters.fhir.auth import BearerToken
from adapters.fhir.client import FhirClient
from adapters.fhir.patients import MOST_HITS, FoundPatient, find_patients, has_newer
from apps.diagnosis.chooser import found_html
from core.errors import FhirServerError, InputFormatError
from knowledge.retrieval.language import Language
from tests.access_log import MemoryLog
from tests.sekmet_server import TOKEN, http, sekmet, transaction

SAMPLES = sorted((Path(__file__).parents[2] / "apps/diagnosis/sample_hospital").glob("*.json"))
AMARA = FoundPatient("amara-okafor", "Amara Nkechi Okafor", "2010-03-14", "S-100417")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    samples = (json.loads(sample.read_bytes()) for sample in SAMPLES)
    with sekmet(tmp_path_factory.mktemp("sekmet"), *samples) as base:
        yield base


def find(base: str, log: MemoryLog | None = None, token: str = TOKEN, **asked: str) -> tuple[list[FoundPatient], bool]:
    async def run() -> tuple[list[FoundPatient], bool]:
        fields = {"name": "", "birth_date": "", "record_number": "", **asked}
        async with FhirClient(base, log=log or MemoryLog(), auth=BearerToken(token)) as client:
            return await find_patients(client, **fields)

    return asyncio.run(run())


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "okafor"},
        {"name": " Amara "},
        {"birth_date": "2010-03-14"},
        {"birth_date": "2010"},
        {"record_number": "S-100417"},
        {"name": "amara", "birth_date": "2010-03", "record_number": "S-100417"},
    ],
)
def test_a_patient_is_found_by_name_birth_date_or_record_number(server: str, asked: dict[str, str]) -> None:
    assert find(server, **asked) == ([AMARA], False)


def test_all_that_is_given_must_apply(server: str) -> None:
    assert find(server, name="okafor", birth_date="1950-01-01") == ([], False)


@pytest.mark.parametrize(("on_server", "further"), [(MOST_HITS, False), (MOST_HITS + 1, True), (MOST_HITS + 30, True)])
def test_more_than_are_shown_is_told(server: str, on_server: int, further: bool) -> None:
    name, numbers = f"Many{on_server}", range(on_server)
    people = ({"resourceType": "Patient", "id": f"{name}-{n}", "name": [{"family": name}]} for n in numbers)
    with http(server) as client:
        client.post("", json=transaction(*people), timeout=60).raise_for_status()
    patients, more = find(server, name=name)

    assert (len(patients), more) == (MOST_HITS, further)
    assert ("There are more" in found_html(patients, more, "en")) == further


@pytest.mark.parametrize(("language", "words"), [("en", "merged into another"), ("zh", "已并入")])
def test_who_is_no_longer_in_use_is_marked(language: Language, words: str) -> None:
    assert words not in found_html([AMARA], False, language)
    assert words in found_html([replace(AMARA, out_of_use=True)], False, language)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"name": "a"},
        {"name": "  "},
        {"birth_date": "14.3.2010"},
        {"birth_date": "gt2"},
        {"birth_date": "2010-3-14"},
        {"birth_date": "2010-02-30"},
    ],
)
def test_too_little_is_not_searched_for(server: str, asked: dict[str, str]) -> None:
    log = MemoryLog()
    with pytest.raises(InputFormatError) as raised:
        find(server, log, **asked)
    assert raised.value.kind == ("no_date" if "birth_date" in asked else "too_little")  # its own words on the page
    assert log.accesses == []


def test_a_search_is_in_the_audit_trail_and_so_is_a_refused_one(server: str) -> None:
    log = MemoryLog()
    find(server, log, name="okafor")
    with pytest.raises(FhirServerError):
        find(server, log, token="wrong", name="okafor")
    assert [(a.action, a.patient, a.resources, a.status) for a in log.accesses] == [
        (Action.SEARCH, "", ("Patient",), 0),
        (Action.SEARCH, "", ("Patient",), 401),
    ]


def test_newer_data_of_this_patient_alone_are_noticed(server: str) -> None:
    def observed(patient: str, number: int) -> dict[str, Any]:
        subject = {"reference": f"Patient/{patient}"}
        return {"resourceType": "Observation", "id": f"new-{number}", "status": "final", "subject": subject,
                "code": {"text": "potassium"}}  # fmt: skip

    async def run() -> list[bool]:
        async with FhirClient(server, log=MemoryLog(), auth=BearerToken(TOKEN)) as client:
            record = await client.read_patient("amara-okafor")
            answers = [await has_newer(client, record)]
            for number, patient in enumerate(("tomas-lindqvist", "amara-okafor")):
                await asyncio.sleep(1.1)  # a server may keep whole seconds
                with http(server) as behind:
                    behind.post("", json=transaction(observed(patient, number))).raise_for_status()
                answers.append(await has_newer(client, record))
            return [*answers, await has_newer(client, await client.read_patient("amara-okafor"))]

    assert asyncio.run(run()) == [False, False, True, False]
