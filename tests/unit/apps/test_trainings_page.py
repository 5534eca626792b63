"""The page ``/train``."""

import json
import os
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from apps.ui.trainings import training_routes
from core.lora.checkpoint import LOCK, alone
from core.lora.history import HISTORY, known, read_history, remember
from core.lora.plot import COLOURS

_LINE = {"step": 3, "steps": 12, "epoch": 0.25, "loss": 1.5, "lr": 0.001, "tokens_per_s": 240.0, "seconds_left": 90}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def client(home: Path) -> TestClient:
    app = FastAPI()
    app.include_router(training_routes(home, lambda cookies: cookies.get("who", "")))
    return TestClient(app)


def _training(folder: Path, home: Path, *lines: dict[str, object]) -> Path:
    folder.mkdir()
    (folder / HISTORY).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    remember(home, folder)
    return folder


def test_without_a_training_it_says_how_to_start_one(client: TestClient) -> None:
    assert "r1 train rows.jsonl" in client.get("/train").text
    assert "开始训练" in client.get("/train?lang=zh").text
    assert "开始训练" in client.get("/train", headers={"accept-language": "zh-CN,zh;q=0.9"}).text


def test_it_shows_who_is_signed_in(client: TestClient) -> None:
    assert 'action="/sign-out"' not in client.get("/train").text
    page = client.get("/train", cookies={"who": "Eve"}).text
    assert "Eve" in page
    assert 'action="/sign-out"' in page


def test_a_training_that_runs_is_followed(tmp_path: Path, home: Path, client: TestClient) -> None:
    folder = _training(tmp_path / "medical", home, _LINE)
    os.utime(folder / HISTORY, (1, 1))  # a step may take long
    for page in ("/train", "/train/state"):
        with alone(folder):
            text = client.get(page).text
        for expected in ("medical", "running", "Step 3 of 12", "0:01:30 left", "1.500", "240 tokens", "<svg"):
            assert expected in text, (page, expected)
        assert text.count("<circle") == 2, "a single step is seen on both plots"
        assert "</i>Validation loss" not in text, "what has no curve has no colour"
    with (folder / HISTORY).open("a") as file:
        more = {"step": 4, "loss": 1.25, "validation_loss": 2.0, "drift": 0.05}
        file.write(json.dumps(_LINE | more) + '\n{"step": 5, "lo')
    text = client.get("/train/state").text
    assert "Drift from the base</dt><dd>0.050" in text
    for colour, name in zip(COLOURS, ("Loss", "Validation loss", "Drift from the base"), strict=True):
        assert f'<i style="background:{colour}"></i>{name}<' in text
        assert f'stroke="{colour}"' in text
    text = client.get("/train/state?lang=zh").text
    assert "与基础模型的偏离</dt><dd>0.050" in text
    assert "第 4 步，共 12 步" in text
    assert "2.000" in text
    assert "tokens" not in text, "all is in Chinese"


def test_days_that_are_left_are_told_in_hours(tmp_path: Path, home: Path, client: TestClient) -> None:
    folder = _training(tmp_path / "medical", home, _LINE | {"seconds_left": 100_861})
    with alone(folder):
        assert "剩余 28:01:01" in client.get("/train/state?lang=zh").text


def test_what_became_of_it(tmp_path: Path, home: Path, client: TestClient) -> None:
    folder = _training(tmp_path / "legal", home, _LINE)
    (folder / LOCK).touch()  # as a crash leaves it
    text = client.get("/train/state").text
    assert "stopped" in text
    assert "left" not in text, "nothing goes on"
    (folder / "training.json").write_text("{}")
    assert "finished" not in client.get("/train/state").text
    (folder / "adapter_config.json").write_text("{}")
    text = client.get("/train/state").text
    for expected in ("finished early", "Step 3 of 12", '<progress value="12" max="12">'):
        assert expected in text
    assert "已提前结束" in client.get("/train/state?lang=zh").text
    (folder / HISTORY).write_text(json.dumps(_LINE | {"step": 12}))
    text = client.get("/train/state").text
    assert "finished" in text
    assert "early" not in text


@pytest.mark.parametrize(
    ("steps", "title", "loss"), [(19, "Loss in nats<", "19.000"), (40, "mean of 4 steps", "38.500")]
)
def test_the_loss_that_is_told_is_where_the_curve_ends(
    tmp_path: Path, home: Path, client: TestClient, steps: int, title: str, loss: str
) -> None:
    _training(tmp_path / "steep", home, *(_LINE | {"step": step, "loss": step} for step in range(1, steps + 1)))
    text = client.get("/train/state").text
    assert title in text
    assert f"<dd>{loss}</dd>" in text


def test_a_training_is_drawn_once_for_each_step(tmp_path: Path, home: Path, client: TestClient) -> None:
    """The page asks every three seconds, and a long training has many steps."""
    file = _training(tmp_path / "long", home, _LINE) / HISTORY
    assert "1.500" in client.get("/train/state").text
    written = file.stat()
    file.write_text(file.read_text().replace("1.5", "2.5"))
    os.utime(file, ns=(written.st_atime_ns, written.st_mtime_ns))
    assert "1.500" in client.get("/train/state").text
    os.utime(file)
    assert "2.500" in client.get("/train/state").text


def test_before_the_first_step(tmp_path: Path, home: Path, client: TestClient) -> None:
    _training(tmp_path / "new", home)
    assert "first step is not finished" in client.get("/train/state").text


def test_names_of_folders_are_text(tmp_path: Path, home: Path, client: TestClient) -> None:
    _training(tmp_path / "<script>alert(1)<", home, _LINE)
    assert "<script>alert" not in client.get("/train/state").text


def test_a_training_needs_no_home_that_it_can_write_to(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    remember(tmp_path / "file" / "home", tmp_path)
    assert "/train will not show this training" in caplog.text


def test_the_newest_comes_first_and_old_ones_go(tmp_path: Path, home: Path) -> None:
    folders = [_training(tmp_path / f"t{number}", home, _LINE) for number in range(22)]
    assert known(home) == folders[:1:-1], "twenty, the newest first"
    remember(home, folders[5])
    assert known(home)[:2] == [folders[5], folders[21]]
    folders[21].rename(tmp_path / "moved")
    assert folders[21] not in known(home)
    assert read_history(folders[21]) == []


def test_a_folder_that_cannot_be_looked_at_hides_no_other(tmp_path: Path, home: Path, client: TestClient) -> None:
    """One of another user, or of a name that no disk takes."""
    odd = _training(tmp_path / os.fsdecode(b"caf\xe9"), home, _LINE)
    folder = _training(tmp_path / "mine", home, _LINE)
    closed = _training(tmp_path / "closed", home)
    (closed / HISTORY).unlink()
    (closed / HISTORY).symlink_to("x" * 300)
    with (home / "trainings.txt").open("a") as file:
        file.write(f"{tmp_path / ('x' * 300)}\n")
    assert known(home) == [closed, folder, odd]
    text = client.get("/train/state").text
    assert "<h2>mine" in text
    assert "<h2>closed" not in text
    (home / "trainings.txt").write_bytes(b"\xff\n")
    assert known(home) == []
