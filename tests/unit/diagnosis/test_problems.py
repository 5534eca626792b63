"""A reported problem is frozen whole and kept sealed, or not at all."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from adapters.fhir.audit import AuditTrail
from apps.diagnosis.problems import MAX_WORDS, ProblemReports
from apps.diagnosis.store import DiagnosisStore
from core.errors import InputError, InputTooLargeError, SettingsError, StorageError
from core.vault import KeyVault, PlainVault
from tests.diagnosis_visits import KNOWLEDGE, NAME, record, visit

WORDS = "The seizure is his brother's"


@pytest.fixture
def site(database: Engine, tmp_path: Path) -> Any:
    store, trail = DiagnosisStore(database), AuditTrail(database, b"k" * 32)

    def reports(vault: Any) -> ProblemReports:
        return ProblemReports(store, trail, vault)

    return SimpleNamespace(reports=reports, store=store, trail=trail, file=tmp_path / "r1.db")


def add(reports: ProblemReports, words: str = WORDS, seen: Any = None) -> int:
    return reports.add(seen or visit(), words, reporter="Practitioner/dr", knowledge=KNOWLEDGE)


def test_a_report_holds_input_decisions_versions_and_output(site: Any) -> None:
    reports = site.reports(KeyVault([b"1" * 32]))
    frozen = reports.read(add(reports), user="terminal:x")
    assert frozen["words"] == WORDS
    assert frozen["input"]["patient"] == record().patient
    assert frozen["input"]["resources"] == list(record().resources)
    assert frozen["output"]["findings"][0]["code"] == "HP:0001250"
    assert frozen["output"]["ranking"]["diseases"][0]["id"] == "OMIM:1"
    assert set(frozen["versions"]) >= {"r1-suite", "annotations", "rules", "fitted"}
    assert frozen["review"] == {"decisions": {}, "paused": [], "added": [], "misread": [], "stated": {}}


def test_a_case_that_was_never_ranked_can_be_reported(site: Any) -> None:
    reports = site.reports(PlainVault())
    assert reports.read(add(reports, seen=visit("note", assessment=None)), user="x")["output"] is None


def test_nothing_of_it_can_be_read_on_disk(site: Any) -> None:
    add(site.reports(KeyVault([b"1" * 32])))
    stored = b"".join(file.read_bytes() for file in site.file.parent.iterdir())
    for words in (WORDS, NAME, "HP:0001250", "Practitioner/dr", "Patient/p"):
        assert words.encode() not in stored


def test_without_key_it_is_refused(site: Any) -> None:
    with pytest.raises(SettingsError, match="unencrypted"):
        add(site.reports(None))
    assert site.store.reports() == []


def test_another_key_opens_nothing(site: Any) -> None:
    number = add(site.reports(KeyVault([b"1" * 32])))
    with pytest.raises(StorageError, match="sealed with another key"):
        site.reports(KeyVault([b"2" * 32])).read(number, user="x")


def test_reading_is_audited(site: Any) -> None:
    reports = site.reports(KeyVault([b"1" * 32]))
    reports.read(add(reports), user="terminal:ada")
    (event,) = site.trail.events("Patient/p")
    assert event["outcomeDesc"] == "reported problem"
    assert event["agent"][1]["who"]["identifier"]["value"] == "terminal:ada"


def test_the_list_names_nobody(site: Any) -> None:
    reports = site.reports(KeyVault([b"1" * 32]))
    first, second = add(reports), add(reports)
    listed = site.store.reports()
    assert [report.id for report in listed] == [second, first]
    assert listed[0].patient == site.trail.pseudonym("Patient/p")
    assert listed[0].bytes > 500


def test_limits_and_unknown_numbers(site: Any) -> None:
    reports = site.reports(PlainVault())
    with pytest.raises(InputTooLargeError):
        add(reports, "x" * (MAX_WORDS + 1))
    with pytest.raises(InputError):
        reports.read(7, user="x")
