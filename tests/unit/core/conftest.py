from pathlib import Path

import pytest

from tests.unit.core import training_fakes
from tests.unit.core.small_training import weather


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model to train."""
    return training_fakes.checkpoint(tmp_path_factory.mktemp("base"), sure=20)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to train it with."""
    return weather(tmp_path_factory.mktemp("rows") / "rows.jsonl")
