"""A wrong setting ends the start at once, not after minutes of loading models."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from apps.bootstrap import build_suite
from apps.check_settings import REQUIRED
from apps.commands.models import pull_models
from apps.faq_search import faq_builder, open_company
from core.engine.open import compile_kernels
from core.errors import R1Error, StorageError, UnknownModelError
from core.hub import ModelHub
from core.settings import Settings, load_settings

NOWHERE = Path("nowhere")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"company": NOWHERE}, "R1_COMPANY"),
        ({"concept_map": NOWHERE}, "R1_CONCEPT_MAP"),
        ({"cds_clients": NOWHERE}, "R1_CDS_CLIENTS"),
        ({"smart_key": NOWHERE, "smart_client_id": "r1"}, "R1_SMART_KEY"),
        ({"result_authorities": NOWHERE, "result_url": "mllps://ehr.example:2575"}, "R1_RESULT_AUTHORITIES"),
        ({"oidc_roles": "x", "oidc_issuer": "https://id.example", "oidc_client_id": "r1"}, "R1_OIDC_ROLES"),
        ({"inbox_key_file": NOWHERE}, "R1_INBOX_KEY_FILE"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_wrong_setting_is_told_before_a_missing_model(
    wrong: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")  # the start changes it
    with pytest.raises(R1Error, match=said):
        build_suite(Settings(home=tmp_path, **wrong))


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "uploads").touch()
    with pytest.raises(StorageError, match=f"{tmp_path} cannot be written") as caught:
        build_suite(Settings(home=tmp_path))
    assert "R1_HOME" in (caught.value.hint or "")


def test_a_missing_model_is_told_before_the_language_model_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")  # the start changes it
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_text("loading this would fail")
    with pytest.raises(UnknownModelError, match="bge-small-en"):
        build_suite(Settings(home=tmp_path, model=str(tmp_path)))


def test_a_disk_that_fills_up_while_an_faq_is_learnt_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("apps.faq_search.open_everyday", lambda _: frozenset())
    monkeypatch.setattr("knowledge.faq.search.FaqSearch", fill)
    settings = Settings(home=tmp_path)
    models: Any = None
    with pytest.raises(StorageError, match="No space left") as caught:
        faq_builder(settings, open_company(settings), models)(())
    assert "R1_HOME" in (caught.value.hint or "")


@pytest.mark.parametrize("absent", ["none", "smollm2-135m-instruct", "hpo"])
def test_kernels_are_compiled_while_the_other_models_come(
    absent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []

    @contextmanager
    def beside(*call: object) -> Iterator[None]:
        done.append(call)
        yield
        done.append("waited")

    monkeypatch.setenv("R1_HOME", str(tmp_path))
    monkeypatch.setattr("apps.process.beside", beside)
    monkeypatch.setattr(ModelHub, "is_usable", lambda _, name: name != absent)
    monkeypatch.setattr(ModelHub, "pull", lambda _, name, __: done.append(name))
    pull_models(None)

    settings = load_settings()
    compiled = [settings.model, (compile_kernels, settings), *REQUIRED, "waited"]
    assert done == ([settings.model, *REQUIRED] if absent == "none" else compiled)
