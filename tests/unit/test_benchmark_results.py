"""What benchmarks keep of a measurement, and the rows that they measure and train with."""

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks import common
from benchmarks.common import Kept, circumstances, report, write_jsonl
from benchmarks.domain_rows import training_files
from tests.conftest import public_data

ROOT = Path(__file__).parents[2]


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for results, in a repository of one commit."""
    folder = tmp_path / "benchmarks" / "results"
    folder.mkdir(parents=True)
    (tmp_path / "code.py").write_text("")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "first")
    monkeypatch.setattr(common, "_RESULTS", folder)
    return folder


def git(folder: Path, *command: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *command], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def read(results: Path, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((results / f"{name}.json").read_text("utf-8"))
    return content


def test_a_result_tells_when_and_on_what_it_was_measured(results: Path) -> None:
    commit = git(results, "rev-parse", "--short=8", "HEAD")
    for _ in range(2):  # its own results are no change
        report("speed", "How fast", ["side"], [["R1"]], {"speed": 1.5})
        kept = read(results, "speed")
        assert kept["title"] == "How fast"
        assert kept["commit"] == commit
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", kept["date"])
    assert isinstance(kept["processor"], str)
    assert kept["threads"] >= 1
    (results.parents[1] / "code.py").write_text("changed")
    assert circumstances()["commit"] == f"{commit}+"


def test_outside_git_the_commit_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "_RESULTS", tmp_path / "results")
    assert circumstances()["commit"] == ""


def test_a_part_that_is_measured_again_replaces_only_itself(results: Path) -> None:
    first = {"date": "2026-01-01", "figures": {"a": 1.0, "b": 2.0}, "rows": [["a", "", "1.0"]]}
    old = {"parts": {"one": first, "other": {**first, "figures": {"c": 3.0}}}}
    (results / "some.json").write_text(json.dumps(old))
    kept = Kept("some", "Some figures", ["a", "never"])
    kept.part("other").add("c", "share", 0.5)
    kept.write()
    written = read(results, "some")
    assert written["title"] == "Some figures"
    assert written["columns"] == ["figure", "measure", "value"]
    assert written["figures"] == {"a": 1.0, "never": None, "b": 2.0, "c": 0.5}
    assert written["parts"]["one"] == first
    assert written["parts"]["other"]["date"] > "2026-01-01"
    assert written["parts"]["other"].keys() == {*circumstances(), "figures", "rows"}


def test_what_is_only_tried_is_printed_and_not_kept(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = Kept("some", "Some figures")
    kept.part("one").add("a", "share", 0.5)
    kept.report()
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"a": 0.5}
    assert not list(results.iterdir())


def test_the_training_rows_are_those_of_the_cards(tmp_path: Path) -> None:
    named: dict[str, str] = {}
    for card in sorted((ROOT / "adapters" / "domains").glob("*/README.md")):
        named |= re.findall(r"^\| ([\w.]+)\.jsonl \|.*`([0-9a-f]{64})` \|$", card.read_text("utf-8"), re.MULTILINE)
    made = training_files(public_data("domains"))
    assert {name for name in named if name.startswith(("finance.", "medical.", "legal."))} == made.keys()
    for name, rows in made.items():
        write_jsonl(tmp_path / "rows.jsonl", rows)
        assert hashlib.sha256((tmp_path / "rows.jsonl").read_bytes()).hexdigest() == named[name], name
