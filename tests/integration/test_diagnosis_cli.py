"""``r1 diagnosis``: the switch is seen by other processes, reports come out whole, and everything is audited."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from adapters.fhir.audit import AuditTrail, site_key
from apps.bootstrap import open_knowledge, open_suite_database
from apps.diagnosis.certify import save
from apps.diagnosis.problems import ProblemReports
from apps.diagnosis.safety import Safety
from apps.diagnosis.store import DiagnosisStore
from core.db import open_database
from core.settings import Settings
from core.vault import open_vault, write_key
from knowledge.medical.versions import versions
from tests.command import home_of_its_own, r1, r1_here
from tests.databases import MIGRATIONS, postgres_url
from tests.diagnosis_visits import CERTIFICATE, KNOWLEDGE, opinion, visit

ROOT = Path(__file__).parents[2]


@pytest.fixture
def trail_and_store(tmp_path: Path, database: Engine) -> Any:
    return AuditTrail(database, site_key(tmp_path)), DiagnosisStore(database)


def test_the_switch_is_seen_by_another_process(tmp_path: Path, trail_and_store: Any) -> None:
    trail, store = trail_and_store
    other = Safety(store, trail, clock=iter(range(0, 1000, 30)).__next__)  # 30 s from one look to the next
    assert not other.state().off
    assert "nobody has ever" in r1_here("diagnosis", "status", home=tmp_path).stdout
    assert r1("diagnosis", "off", home=tmp_path).returncode == 0
    assert other.state().off
    assert "are off since" in r1_here("diagnosis", "status", home=tmp_path).stdout
    assert r1("diagnosis", "silent", home=tmp_path).returncode == 0
    assert (other.state().off, other.state().silent) == (True, True)
    assert "are silent since" in r1_here("diagnosis", "status", home=tmp_path).stdout
    assert r1("diagnosis", "on", home=tmp_path).returncode == 0
    assert (other.state().off, other.state().silent) == (False, False)
    assert [event["outcomeDesc"] for event in trail.events()] == [
        f"suggestions {state}" for state in ("on", "silent", "off")
    ]
    assert trail.events()[0]["agent"][1]["who"]["identifier"]["value"].startswith("terminal:")


def test_reports_are_listed_without_and_exported_with_patient_data(tmp_path: Path, trail_and_store: Any) -> None:
    trail, store = trail_and_store
    key, out = tmp_path / "keys", tmp_path / "out" / "report.json"
    write_key(key)
    assert "Nobody" in r1_here("diagnosis", "reports", "list", home=tmp_path).stdout
    reports = ProblemReports(store, trail, open_vault(key, volume_encrypted=False))
    number = reports.add(visit(), "Wrong sign", reporter="", knowledge=KNOWLEDGE)

    listed = r1_here("diagnosis", "reports", "list", home=tmp_path).stdout
    assert "Wrong sign" not in listed
    assert "Patient/p" not in listed
    arguments = ("diagnosis", "reports", "export", str(number), "--to", str(out))
    refused = r1_here(*arguments, home=tmp_path)
    assert refused.returncode == 2
    assert "R1_INBOX_KEY_FILE" in refused.stderr
    assert not out.exists()
    done = r1_here(*arguments, home=tmp_path, R1_INBOX_KEY_FILE=str(key))
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text("utf-8"))["words"] == "Wrong sign"
    assert out.stat().st_mode & 0o777 == 0o600
    assert trail.events("Patient/p")[0]["outcomeDesc"] == "reported problem"


@pytest.fixture
def site(tmp_path: Path, home: Path) -> Settings:
    """A home of its own, without a certificate of its own."""
    return Settings(home=home_of_its_own(tmp_path / "home", home), database_url=None)


def record(site: Settings, cases: int, outcome: int) -> None:
    """Lists of silent mode, each of another disease, as if made by this version."""
    database = open_suite_database(site)
    store, current = DiagnosisStore(database), versions(open_knowledge(site))
    for number in range(cases):
        seen = {"visit": f"{outcome}-{number}", "patient": f"{outcome}-{number}", "codes": (f"OMIM:{number}", "OMIM:0")}
        store.record(opinion(number, silent=True, outcome=outcome, versions=current, **seen))
    database.dispose()


def test_what_stays_in_force_without_a_certificate_is_told(tmp_path: Path, site: Settings) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps({"disease": "OMIM:154700", "observed": ["HP:0001250"]}))
    earlier = replace(CERTIFICATE, versions=versions(open_knowledge(site)))
    save(earlier, site.home / "certificates")
    record(site, cases=4, outcome=0)

    commands = ("certify", str(cases)), ("certify", "--silent")
    for before, failed in enumerate(r1_here(*command, home=site.home) for command in commands):
        assert f"Examinations of the kind structured before this one: {before}, kept in " in failed.stdout
        assert ("each look is another chance" in " ".join(failed.stdout.split())) is (before > 0)
        assert failed.returncode == 1
        assert "Suggestions stay on" in failed.stderr
        assert f"Certificate of {earlier.date}, on this hospital's own cases" in " ".join(failed.stderr.split())
        assert "at its start" in failed.stderr

    r1_here("diagnosis", "off", home=site.home)
    assert "Suggestions are switched off" in r1_here("certify", "--silent", home=site.home).stderr


def test_a_new_certificate_waits_for_the_next_start(site: Settings) -> None:
    record(site, cases=60, outcome=1)
    made = r1_here("certify", "--silent", home=site.home)
    assert made.returncode == 0, made.stderr
    assert "Certified: " in made.stdout
    assert "at its start only: restart it" in made.stdout


def test_the_store_works_on_postgresql() -> None:
    with postgres_url() as url:
        database = open_database(url, MIGRATIONS)
        store, trail = DiagnosisStore(database), AuditTrail(database, b"k" * 32)
        store.decide(opinion(1))
        store.decide(opinion(1, chosen="OMIM:2", place=2))
        assert [made.chosen for made in store.opinions()] == ["OMIM:2"]
        assert store.close("v1", 2, "x").outcome == 2
        assert store.closed_suggestions(opinion(1).certificate, 10) == [False]
        assert store.withdraw_certificate("c", 3, 0)
        assert not store.withdraw_certificate("c", 3, 0)
        number = store.report("n", b"\x00sealed", reporter="", patient="")
        assert store.sealed_report(number) == ("n", b"\x00sealed")
        Safety(store, trail).switch(True, "x")
        assert Safety(store, trail).state().off
        database.dispose()
