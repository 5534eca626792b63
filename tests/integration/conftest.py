"""What several integration tests share: databases, a FHIR server, a hospital that calls CDS Hooks, notes read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from adapters.hl7v2.inbox import Inbox
from apps.bootstrap import open_suite_database
from apps.diagnosis.service import DiagnosisService
from apps.support.chat import SupportChat
from apps.support.service import SupportService
from apps.support.store import SupportStore
from core.settings import Settings
from core.vault import PlainVault
from knowledge.medical.case import Status
from tests.cds_hospital import Hospital
from tests.databases import postgres_url
from tests.sekmet_server import sekmet


@pytest.fixture(scope="module")
def chat(support_service: SupportService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SupportChat]:
    """The sample company's support with its real models and a real database."""
    folder = tmp_path_factory.mktemp("support")
    database = open_suite_database(Settings(home=folder, database_url=None))
    yield SupportChat(support_service, SupportStore(database))
    database.dispose()


@pytest.fixture
def inbox(database: Engine) -> Iterator[Inbox]:
    """An inbox of its own, in a new database."""
    made = Inbox(database, PlainVault())
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database of either kind can be made; it is empty."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'r1.db'}"
    else:
        with postgres_url() as own:
            yield own


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of a FHIR server without records."""
    with sekmet(tmp_path_factory.mktemp("sekmet")) as url:
        yield url


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """A hospital that calls CDS Hooks, with the service and a new database."""
    made = Hospital(tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture(scope="session")
def signs(diagnosis_service: DiagnosisService) -> Callable[[str], str]:
    """What is read in a note, by name: + present, - absent, ? uncertain."""
    marks = {Status.PRESENT: "+", Status.ABSENT: "-", Status.UNKNOWN: "?"}

    def read(text: str) -> str:
        found = diagnosis_service.read(text).findings
        return " ".join(sorted(marks[finding.status] + finding.label for finding in found))

    return read
