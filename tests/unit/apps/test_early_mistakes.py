"""Mistakes in what a command is given are told before a model is loaded, which may take minutes."""

import json
import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from apps.auth.accounts import Accounts, Role
from apps.check_settings import check_settings
from apps.commands.domain import adapter_chooser, check_domain
from apps.commands.evaluate import file_cells, run_cells
from core.engine.open import open_engine
from core.errors import InputError, InputFormatError, SettingsError, UnsupportedModelError
from core.files import packaged
from core.settings import Settings
from knowledge.faq.library import Content, Library
from knowledge.faq.sources import read_faq
from knowledge.faq.trial import Trial
from tests.unit.core.training_fakes import checkpoint, write_rows


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


@pytest.mark.parametrize(("adapters", "said"), [(("a1",), "no adapter is named finance, medical"), (("legal",), "")])
def test_a_choice_between_no_adapters(adapters: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    engine: Any = SimpleNamespace(adapters=adapters)
    adapter_chooser("auto", engine)
    told = " ".join(capsys.readouterr().err.split())
    assert said in told
    assert bool(said) == bool(told)


def test_a_memory_of_more_tokens_than_the_models_positions(tmp_path: Path) -> None:
    model = checkpoint(tmp_path)
    (model / "model.safetensors").write_text("loading this would fail")
    known = json.loads((model / "config.json").read_text())["max_position_embeddings"]
    with pytest.raises(SettingsError, match="does not fit this model") as caught:
        open_engine(settings=Settings(home=tmp_path, model=str(model), memory=64 * (known // 64 + 1)))
    assert f"to {known}" in caught.value.hint


def test_an_adapter_that_cannot_be_read(unloadable: Path) -> None:
    questions = [{"task": "t", "prompt": "Yes?", "completion": "yes", "choices": ["yes", "no"]}]
    cells = file_cells(unloadable / "absent", write_rows(unloadable / "q.jsonl", questions), [], None)
    with pytest.raises(UnsupportedModelError, match=r"The adapter in .*absent cannot be read"):
        run_cells(Settings(home=unloadable, model=str(unloadable)), cells)


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        (["yes", "n" * 300], "row 2: the answer has .* tokens, too many"),
        (["yes", 3], "row 2: a choice is no text"),
        (["yes", "yes"], "row 2: two choices are the same"),
    ],
)
def test_choices_that_cannot_be_judged(tmp_path: Path, choices: list[object], why: str) -> None:
    model = checkpoint(tmp_path)
    (model / "model.safetensors").write_text("loading this would fail")
    asked = {"task": "t", "prompt": "Yes? " * 100, "completion": "yes", "choices": ["yes", "no"]}
    file = write_rows(tmp_path / "q.jsonl", [asked, {**asked, "task": "last", "choices": choices}])
    with pytest.raises(InputFormatError, match=f"q.jsonl, {why}"):
        run_cells(Settings(home=tmp_path, model=str(model), context=512), file_cells(None, file, [], None))


@pytest.mark.parametrize("setting", ["concept_map", "message_authorities"])
def test_a_table_of_the_site_that_cannot_be_used(setting: str, tmp_path: Path, database: Engine) -> None:
    table = tmp_path / "table.csv"
    table.write_text("something,else\n")
    with pytest.raises(InputFormatError, match="lacks the column"):
        check_settings(Settings.model_validate({"home": tmp_path, setting: table}), database)


def test_a_company_whose_faq_cannot_be_read(tmp_path: Path, database: Engine) -> None:
    company = tmp_path / "company"
    shutil.copytree(packaged("apps.support", "sample_company"), company)
    settings = Settings(home=tmp_path, company=company)
    check_settings(settings, database)
    faq = (company / "faq.json").read_text("utf-8")
    (company / "faq.json").write_text(faq[:-100], "utf-8")
    with pytest.raises(InputError, match=r"faq\.json"):
        check_settings(settings, database)
    entries = read_faq(packaged("apps.support", "sample_company") / "faq.json")
    library, nothing = Library(database), cast("Any", SimpleNamespace(search=lambda *_, **__: None))
    trial = Trial(lambda _: nothing, lambda _: False, date.today)
    library.publish(library.draft(Content(entries=entries), "Ada").number, "Ben", trial)
    check_settings(settings, database)  # customers get what is published


def test_addresses_that_lead_nowhere(tmp_path: Path, database: Engine, caplog: pytest.LogCaptureFixture) -> None:
    container = {"home": tmp_path, "host": "0.0.0.0", "access_token": "a-token-for-tests-only"}
    check_settings(Settings.model_validate(container), database)
    assert "R1_PUBLIC_URL is not set, so links lead to http://0.0.0.0:8000" in caplog.text
    caplog.clear()
    check_settings(Settings.model_validate({**container, "public_url": "https://suite.example"}), database)
    check_settings(Settings(home=tmp_path), database)
    assert caplog.text == ""


def test_a_new_database_beside_the_former_one(
    tmp_path: Path, database: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    check_settings(Settings(home=tmp_path), database)  # the fixture's is that of this home
    other = Settings(home=tmp_path / "home")
    check_settings(other, database)
    assert caplog.text == ""
    other.home.mkdir()
    (other.home / "r1.db").touch()
    check_settings(other, database)
    assert "stay behind" in caplog.text
    caplog.clear()
    Accounts(database).add("Ada", "correct horse battery staple", [Role.OPERATOR])
    check_settings(other, database)
    assert caplog.text == ""
