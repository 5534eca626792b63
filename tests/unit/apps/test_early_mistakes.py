"""Mistakes in what a command is given are told before a model is loaded, which may take minutes."""

from pathlib import Path

import pytest

from apps.commands.evaluate import file_cells, run_cells
from apps.engine import check_domain
from core.errors import SettingsError, UnsupportedModelError
from core.settings import Settings
from tests.unit.core.training_fakes import write_rows


@pytest.fixture
def unloadable(tmp_path: Path) -> Path:
    """A model that nothing may load."""
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_text("loading this would fail")
    return tmp_path


def test_a_domain_without_an_adapter(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no adapter of cooking") as caught:
        check_domain("cooking", Settings())
    assert "auto, none, finance, legal, medical" in caught.value.hint
    (tmp_path / "cooking").mkdir()
    (tmp_path / "cooking" / "adapter_config.json").touch()
    check_domain("cooking", Settings(adapters=tmp_path))
    with pytest.raises(SettingsError, match="no adapter of finance"):
        check_domain("finance", Settings(model="another"))
    check_domain("cooking", Settings(engine="openai", engine_url="http://127.0.0.1:1"))  # the server will say


def test_an_adapter_that_cannot_be_read(unloadable: Path) -> None:
    questions = [{"task": "t", "prompt": "Yes?", "completion": "yes", "choices": ["yes", "no"]}]
    cells = file_cells(unloadable / "absent", write_rows(unloadable / "q.jsonl", questions), [], None)
    with pytest.raises(UnsupportedModelError, match=r"The adapter in .*absent cannot be read"):
        run_cells(Settings(home=unloadable, model=str(unloadable)), cells)
