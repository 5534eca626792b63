from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.vault import PlainVault
from apps.bootstrap import open_suite_database
from apps.support.desk import Desk
from apps.support.service import SupportService
from apps.support.store import SupportStore
from core.settings import Settings


@pytest.fixture(scope="module")
def desk(support_service: SupportService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The sample company's support with its real models and a real database."""
    folder = tmp_path_factory.mktemp("support")
    database = open_suite_database(Settings(home=folder, database_url=None))
    yield Desk(support_service, SupportStore(database))
    database.dispose()


@pytest.fixture
def inbox(database: Engine) -> Iterator[Inbox]:
    """An inbox of its own, in a new database."""
    made = Inbox(database, PlainVault())
    yield made
    made.close()
