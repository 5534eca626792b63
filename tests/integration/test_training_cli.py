"""``r1 train``, ``r1 evaluate`` and ``r1 merge`` with the default model, mostly as a shell runs them."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.cli import main
from core.lora import checkpoint
from tests.command import R1, ROOT, home_of_its_own, r1
from tests.unit.core import training_fakes
from tests.unit.core.training_fakes import write_rows

Refused = Callable[..., str]
CHOICES = ["bearish", "bullish", "neutral"]
KEYS = ["task", "n", "metric", "adapter", "base", "majority", "svm", "ci95"]
POSTS = [
    ("Shares fall after a profit warning", "bearish"),
    ("Record profit lifts the shares", "bullish"),
    ("The meeting is on Monday", "neutral"),
    ("Shares fall again on weak sales", "bearish"),
    ("Profit warning: outlook is cut", "bearish"),
    ("Sales rise and the outlook is raised", "bullish"),
]


def rows(task: str = "mood") -> list[dict[str, object]]:
    return [
        {"task": task, "prompt": f"Bearish, bullish or neutral?\n{post}", "completion": label, "choices": CHOICES}
        for post, label in POSTS
    ]


@pytest.fixture(scope="module")
def home(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not the user's, whose page of trainings would show these."""
    return home_of_its_own(tmp_path_factory.mktemp("home"), home)


@pytest.fixture
def refused(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs a command that is refused and returns what it says; here, since a process takes seconds to start."""
    for name, value in {"R1_HOME": str(home), "R1_DATA": "", "COLUMNS": "200"}.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["r1", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        return " ".join(capsys.readouterr().err.split())

    return run


@pytest.fixture(scope="module")
def adapter(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    file = write_rows(folder / "rows.jsonl", rows())
    options = ["--valid", str(file), "--test", str(file), "--epochs", "2", "--batch", "6", "--accumulate", "3"]
    done = r1("train", str(file), *options, "--rank", "4", "--out", str(folder / "mood"), home=home)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    for words in ("mood", "The training rows hold the prompts of rows.jsonl, rows 1, 2", "The adapter is in"):
        assert words in done.stderr
    record = json.loads((folder / "mood" / "training.json").read_text())
    assert record["recipe"]["per_device_train_batch_size"] == 2
    assert record["recipe"]["gradient_accumulation_steps"] == 3
    assert record["results"]["steps"] == 2
    return folder / "mood"


def test_each_task_is_a_line_of_json(adapter: Path, home: Path, tmp_path: Path) -> None:
    unequal = [row for row in rows("fall") if row["completion"] == "bearish"]
    file = write_rows(tmp_path / "q.jsonl", [*rows("mood"), *unequal, *rows("mood")[:2]])
    for name in (str(adapter), "base", "none"):
        done = r1("evaluate", name, str(file), "--train", str(adapter.parent / "rows.jsonl"), "--json", home=home)
        assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [list(line) for line in lines] == [KEYS, KEYS]
        assert [(line["task"], line["n"], line["metric"]) for line in lines] == [
            ("mood", 8, "accuracy"),
            ("fall", len(unequal), "macro_f1"),
        ]
        assert all(0 <= line[key] <= 1 for line in lines for key in ("adapter", "base", "majority", "svm"))
        assert lines[0]["majority"] == 0.5
        if name != str(adapter):
            assert all(line["adapter"] == line["base"] and line["ci95"] == [0, 0] for line in lines)
        assert "Majority" in done.stderr, "the table"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["base", "{file}"], r"q.jsonl, row 2: the completion is none of the choices"),
        (["base", "{folder}/absent.jsonl"], "absent.jsonl cannot be read"),
        (["base"], "Name an adapter and a file, or --all"),
        (["base", "{file}", "--all"], "Name an adapter and a file, or --all"),
        (["--all"], "Set R1_DATA or --data to a folder"),
        (["--all", "--data", "{folder}"], "No domain has questions in {folder}"),
        (["--all", "--data", "{folder}", "--train", "rows.jsonl"], "Leave out --train"),
    ],
)
def test_bad_questions_are_named(refused: Refused, tmp_path: Path, arguments: list[str], message: str) -> None:
    file = write_rows(tmp_path / "q.jsonl", [rows()[0], rows()[1] | {"completion": "odd"}])
    said = refused("evaluate", *(each.format(file=file, folder=tmp_path) for each in arguments))
    assert message.format(folder=tmp_path) in said


def test_an_adapter_that_is_none_is_refused(home: Path, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "q.jsonl", rows())
    done = r1("evaluate", str(tmp_path), str(file), home=home)
    assert done.returncode == 1
    assert "cannot be read" in done.stderr


# With a model that is trained in a moment


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_is_stopped_can_go_on(home: Path, tmp_path: Path, sent: int, code: int) -> None:
    model = training_fakes.checkpoint(tmp_path / "model", sure=20)
    file, out = write_rows(tmp_path / "rows.jsonl", rows()), tmp_path / "a"
    command = ["train", str(file), "--model", str(model), "--epochs", "3000", "--batch", "2", "--out", str(out)]
    process = subprocess.Popen(
        [*R1, *command],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 600
    while not (out / "history.jsonl").is_file() or not (out / "history.jsonl").read_text():
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(sent)
    said = process.communicate(timeout=600)[1]
    assert process.returncode == code
    assert "--resume (resume=True) goes on from there. Stopped." in " ".join(said.split())
    saved = checkpoint.latest(out)
    assert saved is not None
    step = checkpoint.load(saved)[0].step
    assert step == len((out / "history.jsonl").read_text().splitlines())
    done = r1(*command, home=home)
    assert done.returncode == 2
    assert "Resume it" in done.stderr


def test_new_terms_are_trained_and_merged(home: Path, tmp_path: Path) -> None:
    model, out = training_fakes.checkpoint(tmp_path / "model", sure=20), tmp_path / "a"
    (tmp_path / "text.txt").write_text("the black sun is up. " * 20)
    (tmp_path / "terms.txt").write_text("black sun\n")
    command = ["train", "--continue", str(tmp_path / "text.txt"), "--add-terms", str(tmp_path / "terms.txt")]
    done = r1(*command, "--model", str(model), "--epochs", "1", "--max-length", "64", "--out", str(out), home=home)
    assert done.returncode == 0, done.stderr
    done = r1("merge", str(out), str(tmp_path / "merged"), home=home)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "merged" / "config.json").read_text())["vocab_size"] == 100
    done = r1("merge", str(out), str(tmp_path / "merged"), home=home)
    assert done.returncode == 2
    assert "in use" in done.stderr


def test_options_out_of_range_are_refused(refused: Refused, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "rows.jsonl", rows())
    for options, message in (
        (["--batch", "8", "--accumulate", "3"], "--accumulate 3 does not divide"),
        (["--accumulate", "0"], "Invalid value for '--accumulate'"),
        (["--learning-rate", "2"], "learning_rate must be"),
    ):
        assert message in refused("train", str(file), *options, "--out", str(tmp_path / "a"))
