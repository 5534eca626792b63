"""How a training is stopped and goes on."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from core.errors import InputError
from core.lora import checkpoint
from core.lora.adapter import read_adapter
from core.lora.config import LoraConfig
from core.lora.history import read_history
from core.lora.interrupt import Stopped
from core.lora.trainer import Report, Trainer
from tests.unit.core import training_fakes
from tests.unit.core.small_training import Ended, assert_same, losses_so_far, quiet, trainer
from tests.unit.core.training_fakes import write_rows

ROOT = Path(__file__).parents[3]
EPOCHS, STEPS = 6, 48  # of the long training


@pytest.mark.parametrize("step", [1, 5, 9, 16])
def test_a_resumed_training_equals_an_uninterrupted_one(base: Path, rows: Path, tmp_path: Path, step: int) -> None:
    options: dict[str, Any] = {"validation_dataset": rows, "save_steps": 3}

    def stop(report: Report) -> None:
        if report.step == step:
            raise Ended

    trainer(base, rows, tmp_path / "whole", **options).train(quiet)
    with pytest.raises(Ended):
        trainer(base, rows, tmp_path / "parts", **options).train(stop)
    with (tmp_path / "parts" / "history.jsonl").open("a") as file:
        file.write('{"step": 99, "lo')  # as a crash leaves it
    resumed: list[int] = []
    trainer(base, rows, tmp_path / "parts", resume=True, **options).train(lambda report: resumed.append(report.step))
    assert resumed == list(range(step // 3 * 3 + 1, 17))
    assert_same(tmp_path / "parts", tmp_path / "whole")
    assert not list((tmp_path / "parts").glob("*checkpoint*"))


@pytest.mark.parametrize("resume", [False, True])
def test_two_trainings_do_not_write_into_one_folder(base: Path, rows: Path, tmp_path: Path, resume: bool) -> None:
    second = trainer(base, rows, tmp_path / "a", resume=resume)

    def start_another(report: Report) -> None:
        if report.step == 2:
            with pytest.raises(InputError, match="Another training runs in"):
                second.train(quiet)

    out = trainer(base, rows, tmp_path / "a", save_steps=1).train(start_another)
    assert [line["step"] for line in read_history(out)] == list(range(1, 17))
    with pytest.raises(InputError, match="finished adapter"):
        second.train(quiet)
    assert not (out / checkpoint.LOCK).exists()


def test_a_training_begins_while_somebody_looks_whether_one_runs(tmp_path: Path) -> None:
    """On a machine so busy that the look, which holds the lock, takes a while."""
    look = FileLock(tmp_path / checkpoint.LOCK, thread_local=False)  # released by the timer
    look.acquire()
    over = threading.Timer(0.5, look.release)
    over.start()
    with checkpoint.alone(tmp_path):
        assert checkpoint.is_running(tmp_path)
    over.join()


def test_a_whole_training_without_its_history_is_finished(base: Path, rows: Path, tmp_path: Path) -> None:
    """All weights are in the checkpoint."""

    def stop(report: Report) -> None:
        if report.step == 16:
            raise Ended

    with pytest.raises(Ended):
        trainer(base, rows, tmp_path / "a", save_steps=16).train(stop)
    (tmp_path / "a" / "history.jsonl").write_text("no JSON\n[1]\n{}\n")
    out = trainer(base, rows, tmp_path / "a", save_steps=16, resume=True).train(quiet)
    assert "not kept in the last step" in (out / "README.md").read_text()
    assert (out / "training.svg").is_file()


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_process_that_is_stopped_goes_on(
    base: Path, rows: Path, tmp_path: Path, uninterrupted: Path, sent: int, code: int
) -> None:
    imports = "from pathlib import Path; from tests.unit.core.test_training_stopping import run"
    arguments = [str(path) for path in (base, rows, tmp_path / "parts")]
    process = subprocess.Popen(
        [sys.executable, "-c", f"import sys; {imports}; run(*map(Path, sys.argv[1:]))", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    try:
        until = time.monotonic() + 600
        while len(losses_so_far(tmp_path / "parts")) < 7:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(sent)
        said = process.communicate(timeout=600)[0].decode()
    finally:
        process.kill()
    assert process.returncode == code
    saved = checkpoint.latest(tmp_path / "parts")
    assert saved is not None
    step = checkpoint.load(saved)[0].step
    assert 6 <= step < STEPS
    if sent == signal.SIGINT:
        assert f"saved at step {step} of {STEPS}" in said
        assert step == len(losses_so_far(tmp_path / "parts"))
    long_training(base, rows, tmp_path / "parts", resume=True).train(quiet)
    assert_same(tmp_path / "parts", uninterrupted)


@pytest.fixture(scope="module")
def uninterrupted(base: Path, rows: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The long training, made without a stop."""
    folder = tmp_path_factory.mktemp("uninterrupted") / "whole"
    long_training(base, rows, folder).train(quiet)
    return folder


def long_training(base: Path, rows: Path, out: Path, *, resume: bool = False) -> Trainer:
    options: dict[str, Any] = {"num_train_epochs": EPOCHS, "validation_dataset": rows, "save_steps": 3, "patience": 99}
    return trainer(base, rows, out, resume=resume, **options)


def run(*paths: Path) -> None:
    """What the process does."""
    try:
        long_training(*paths).train()
    except Stopped as stop:
        print(stop)
        sys.exit(stop.code)


def test_a_training_goes_on_where_nobody_can_be_told(base: Path, rows: Path, tmp_path: Path) -> None:
    """As in a pipe to ``head``, which ends after some lines."""
    told: list[int] = []

    def ended(report: Report) -> None:
        told.append(report.step)
        if report.step == 2:
            raise BrokenPipeError

    assert trainer(base, rows, tmp_path / "a").train(ended) == tmp_path / "a"
    assert told == [1, 2]
    trainer(base, rows, tmp_path / "b").train(quiet)
    assert_same(tmp_path / "a", tmp_path / "b")


def test_other_faults_of_what_is_told_end_a_training(base: Path, rows: Path, tmp_path: Path) -> None:
    def broken(report: Report) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trainer(base, rows, tmp_path / "a").train(broken)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_stop_a_training_like_ctrl_c(base: Path, rows: Path, tmp_path: Path, sent: int) -> None:
    """A container that is stopped, and a terminal that is closed and cannot be told any more."""

    def closed(report: Report) -> None:
        if report.step == 5:
            signal.raise_signal(sent)
            if sent == signal.SIGHUP:
                raise OSError

    usual = signal.getsignal(sent)
    with pytest.raises(Stopped) as stop:
        trainer(base, rows, tmp_path / "a").train(closed)
    assert signal.getsignal(sent) is usual
    assert stop.value.code == 128 + sent
    assert checkpoint.latest(tmp_path / "a") == tmp_path / "a" / "checkpoint-000005"


def test_it_is_saved_by_time_too(base: Path, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred steps may take an hour."""
    saved: list[Path | None] = []
    with monkeypatch.context() as patched:
        patched.setattr("core.lora.trainer._SAVED_EVERY", 0)
        trainer(base, rows, tmp_path / "a").train(lambda _: saved.append(checkpoint.latest(tmp_path / "a")))
    assert [path.name for path in saved if path] == [f"checkpoint-{step:06}" for step in range(1, 17)]


def test_what_is_ignored_does_not_stop_a_training(base: Path, rows: Path, tmp_path: Path) -> None:
    """As ``nohup`` has it."""
    usual = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        out = trainer(base, rows, tmp_path / "a").train(lambda _: signal.raise_signal(signal.SIGHUP))
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, usual)
    assert len(read_history(out)) == 16


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_while_the_results_are_written_loses_nothing(
    base: Path, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, presses: int
) -> None:
    """The first one waits for them; after the second one the training goes on from its last step."""
    out = tmp_path / "a"

    def pressed(*_: Any) -> str:
        for _press in range(presses):
            signal.raise_signal(signal.SIGINT)
        return "a card"

    with monkeypatch.context() as patched:
        patched.setattr("core.lora.card._card", pressed)
        training = trainer(base, rows, out, num_train_epochs=1)
        if presses == 1:
            training.train(quiet)
        else:
            with pytest.raises(KeyboardInterrupt):
                training.train(quiet)
            assert (out / "training.json").exists()
            assert not (out / "adapter_config.json").exists()
    if presses == 2:
        trainer(base, rows, out, num_train_epochs=1, resume=True).train(lambda _: pytest.fail("a step"))
    assert read_adapter(out).weights
    assert checkpoint.latest(out) is None


@pytest.mark.parametrize("change", ["rows", "shape", "rate", "seed", "model"])
def test_another_training_does_not_take_up_a_checkpoint(base: Path, rows: Path, tmp_path: Path, change: str) -> None:
    def stop(_: Report) -> None:
        raise Ended

    out = tmp_path / "a"
    with pytest.raises(Ended):
        trainer(base, rows, out, save_steps=1).train(stop)
    options: dict[str, Any] = {"save_steps": 1}
    other_base, other_rows = base, rows
    if change == "rows":
        other_rows = write_rows(tmp_path / "rows.jsonl", [{"prompt": "a", "completion": "b"}] * 30)
    elif change == "model":
        other_base = training_fakes.checkpoint(tmp_path / "base", "llama tied")
    else:
        options |= {"shape": {"config": LoraConfig(r=2)}, "rate": {"learning_rate": 0.1}, "seed": {"seed": 3}}[change]
    with pytest.raises(InputError, match="made with other rows, another model or another recipe"):
        trainer(other_base, other_rows, out, resume=True, **options).train(quiet)
    trainer(base, rows, out, resume=True, save_steps=7).train(quiet)  # how often it is saved is free


def test_a_folder_in_use_is_refused(base: Path, rows: Path, tmp_path: Path) -> None:
    def stop(_: Report) -> None:
        raise Ended

    out = tmp_path / "a"
    with pytest.raises(Ended):
        trainer(base, rows, out, save_steps=1).train(stop)
    with pytest.raises(InputError, match=r"holds a training that was stopped\. Resume it"):
        trainer(base, rows, out)
    trainer(base, rows, out, resume=True).train(quiet)
    for resume in (True, False):
        with pytest.raises(InputError, match="holds a finished adapter"):
            trainer(base, rows, out, resume=resume)
    with pytest.raises(InputError, match="holds other files"):
        trainer(base, rows, rows.parent)
    with pytest.raises(InputError, match="is not a folder"):
        trainer(base, rows, rows)
    with pytest.raises(InputError, match=r"caf\\udce9' is not UTF-8"):
        trainer(base, rows, tmp_path / os.fsdecode(b"caf\xe9"))
    trainer(base, rows, tmp_path / "new", resume=True, num_train_epochs=1).train(quiet)  # begins where nothing is
