"""What all tests share: counterparts that may be absent, and the models."""

import importlib.util
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import hypothesis
import pytest

from core.hub import ModelHub
from core.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from apps.diagnosis.service import DiagnosisService
    from apps.support.service import SupportService

# `pytest --hypothesis-profile thorough` tries as many as a release should have seen. Tests are not timed.
hypothesis.settings.register_profile("quick", max_examples=100, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=10_000, deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    """Not at import: tests import this file again, which would take back what the command line asked for."""
    hypothesis.settings.load_profile(config.getoption("--hypothesis-profile") or "quick")


def unavailable(reason: str) -> NoReturn:
    """Skips the test aloud, or fails it where everything must be there (``R1_REQUIRE_ALL=1``)."""
    if os.environ.get("R1_REQUIRE_ALL") == "1":
        pytest.fail(f"required but absent: {reason}")
    pytest.skip(reason)


def require_module(name: str) -> None:
    """Goes on only when a Python package can be imported."""
    if importlib.util.find_spec(name) is None:
        unavailable(f"the package {name} is not installed")


def require_program(name: str) -> str:
    """Path of a program, or the test is skipped."""
    path = shutil.which(name)
    if path is None:
        unavailable(f"the program {name} is not installed")
    return path


def public_data(*parts: str) -> Path:
    """A file or folder of the public data in ``R1_DATA``, or the test is skipped: continuous integration has none."""
    path = Path(os.environ.get("R1_DATA", "../shared/data"), *parts)
    if not path.exists():
        pytest.skip(f"R1_DATA names no folder with {'/'.join(parts)}")
    return path


@pytest.fixture(scope="session")
def home() -> Path:
    """The suite's folder, with every default model in it."""
    folder = load_settings().home
    hub = ModelHub(folder)
    absent = [name for name in hub.manifest if not hub.is_usable(name)]
    if absent:
        pytest.fail(f"run `r1 models pull` first: {', '.join(absent)}")
    return folder


@pytest.fixture
def database(tmp_path: Path) -> "Iterator[Engine]":
    """The suite's database for one test: SQLite, ``r1.db`` in the test's folder."""
    from tests.databases import database_of

    with database_of("sqlite", tmp_path) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
def each_database(request: pytest.FixtureRequest, tmp_path: Path) -> "Iterator[Engine]":
    """The suite's database for one test, which runs on SQLite and on the server that ``R1_TEST_POSTGRES`` names."""
    from tests.databases import database_of

    with database_of(request.param, tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def support_service(home: Path) -> "SupportService":
    """The chatbot of the sample company with its real models; it keeps nothing, so all tests share it."""
    from apps.bootstrap import build_support

    return build_support(Settings(home=home, company=None))


@pytest.fixture(scope="session")
def diagnosis_service(home: Path) -> "DiagnosisService":
    """The diagnostic assistant with its real knowledge; it keeps nothing, so all tests share it."""
    from apps.bootstrap import build_diagnosis

    return build_diagnosis(Settings(home=home))
