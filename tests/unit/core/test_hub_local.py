"""Models in folders of the user's own."""

from pathlib import Path

import pytest

from core.errors import UnknownModelError, UnsupportedModelError
from core.hub import ModelHub


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ((), "config.json"),
        (("model.safetensors",), "config.json"),
        (("config.json", "pytorch_model.bin"), "safetensors"),
    ],
)
def test_local_folder_needs_config_and_safetensors(tmp_path: Path, files: tuple[str, ...], problem: str) -> None:
    for name in files:
        (tmp_path / name).touch()
    with pytest.raises(UnsupportedModelError, match=f"has no {problem}"):
        ModelHub(tmp_path / "home").folder(str(tmp_path))


@pytest.mark.parametrize(
    ("file", "advice"),
    [
        ("pytorch_model.bin", "save the model again"),
        ("model.gguf", "GGUF is not read"),
        ("tokenizer.json", "get it again"),
    ],
)
def test_what_to_do_without_weights_depends_on_what_is_there(tmp_path: Path, file: str, advice: str) -> None:
    for name in ("config.json", file):
        (tmp_path / name).touch()
    with pytest.raises(UnsupportedModelError) as caught:
        ModelHub(tmp_path / "home").folder(str(tmp_path))
    assert advice in caught.value.hint


def test_a_file_in_place_of_a_folder_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").touch()
    with pytest.raises(UnsupportedModelError, match=r"model\.gguf has no config\.json\. Name a folder"):
        ModelHub(tmp_path / "home").folder(str(tmp_path / "model.gguf"))


def test_a_folder_of_ones_own_is_not_called_intact(tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_text("damaged")
    with pytest.raises(UnknownModelError, match="no hashes to compare it with"):
        ModelHub(tmp_path / "home").verify(str(tmp_path))


def test_a_local_folder_named_like_a_hub_id_is_not_asked_for_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("core.hub.download_repository", lambda *_: pytest.fail("asked the Hugging Face hub"))
    folder = Path("models/mine")
    folder.mkdir(parents=True)
    with pytest.raises(UnsupportedModelError, match=r"has no config\.json"):
        ModelHub(tmp_path / "home").pull("models/mine")
    (folder / "config.json").touch()
    (folder / "model.safetensors").touch()
    assert ModelHub(tmp_path / "home").pull("models/mine") == folder


@pytest.mark.parametrize(
    "name", ["../my-model", "owner/name.git", "a..b/c", "-a/b", "中/文", "a--b/c", "o/" + "n" * 97]
)
def test_what_the_hub_would_refuse_is_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("core.hub.download_repository", lambda *_: pytest.fail("asked the Hugging Face hub"))
    with pytest.raises(UnknownModelError, match="There is no model") as caught:
        ModelHub(tmp_path / "home").pull(name)
    assert "r1 models pull" not in str(caught.value.hint)


@pytest.mark.parametrize("name", ["owner/name", "Qwen/Qwen3-0.6B", "a/b_c.d"])
def test_an_id_of_the_hub_can_be_pulled(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownModelError) as caught:
        ModelHub(tmp_path / "home").folder(name)
    assert f"r1 models pull {name}" in str(caught.value.hint)
