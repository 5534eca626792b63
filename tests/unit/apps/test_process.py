"""What the server leaves in the log; work in a second process."""

import asyncio
import logging
import logging.config
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from apps.process import beside, quiet_libraries
from tests.command import ROOT
from tests.servers import serve

SECRET = "Zebulonia 4111"


class Kept(logging.Handler):
    """Everything as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += self.format(record)


def test_an_unforeseen_error_is_logged_by_kind_and_place() -> None:
    app, kept = FastAPI(), Kept()

    @app.post("/message")
    def take() -> None:
        raise ValueError(f"cannot read 100% of {SECRET}")

    quiet_libraries()
    logger = logging.getLogger("uvicorn.error")
    try:
        with serve(app) as (url, _):
            logger.addHandler(kept)
            assert httpx.post(f"{url}/message").status_code == 500
    finally:  # the log comes after the answer
        logger.removeHandler(kept)
    assert "Exception in ASGI application: ValueError" in kept.text
    assert "in take" in kept.text
    assert SECRET not in kept.text


def left_alone() -> None:
    """A task that fails and that nobody waits for."""

    async def fail() -> None:
        raise ValueError(f"cannot read {SECRET}")

    asyncio.get_running_loop().create_task(fail())


def called_later() -> None:
    """A call that fails, with what it is given in the log's first line."""

    def fail(text: str) -> None:
        raise ValueError(f"cannot read {text}")

    asyncio.get_running_loop().call_soon(fail, SECRET)


@pytest.mark.parametrize(
    ("begin", "said"), [(left_alone, "Task exception was never retrieved: ValueError"), (called_later, "ValueError")]
)
def test_an_error_that_nobody_waited_for_is_logged_so_too(begin: Callable[[], None], said: str) -> None:
    kept = Kept()

    async def run() -> None:
        begin()
        await asyncio.sleep(0.01)

    quiet_libraries()
    logger = logging.getLogger("asyncio")
    logger.addHandler(kept)
    try:
        asyncio.run(run())
    finally:
        logger.removeHandler(kept)
    assert said in kept.text
    assert "in fail" in kept.text
    assert SECRET not in kept.text


def test_the_index_tells_of_no_step_of_its_work() -> None:
    """Whatever level it sets itself, and after uvicorn has set up the log."""
    logger, kept = logging.getLogger("bm25s"), Kept()
    level = logger.level
    quiet_libraries()
    try:
        logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})  # what uvicorn says of others
        logger.addHandler(kept)
        logger.setLevel(logging.DEBUG)
        logger.debug("Building index from tokens")
        logger.warning("Nothing to index")
    finally:
        logger.removeHandler(kept)
        logger.setLevel(level)
    assert kept.text == "Nothing to index"


def test_work_beside_is_done_when_the_body_is(tmp_path: Path) -> None:
    with beside(Path.touch, tmp_path / "made"):
        pass
    assert (tmp_path / "made").exists()


def test_work_beside_writes_to_the_same_log() -> None:
    logger, kept = logging.getLogger(), Kept()
    logger.addHandler(kept)
    try:
        with beside(logging.warning, "%d texts", 3):
            pass
    finally:
        logger.removeHandler(kept)
    assert kept.text == "3 texts"


def test_an_error_of_work_beside_is_left_to_who_needs_its_result(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with beside(Path.read_text, tmp_path / "absent"):
        pass
    assert capfd.readouterr() == ("", "")


def test_an_error_ends_the_work_beside() -> None:
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt), beside(time.sleep, 600):
        raise KeyboardInterrupt
    assert time.monotonic() - begun < 60


DYING = """
import multiprocessing, os, time
from apps.process import beside
if __name__ == "__main__":
    with beside(time.sleep, 600):
        print(multiprocessing.active_children()[0].pid, flush=True)
        time.sleep(3)
        os._exit(1)
"""


def test_work_beside_does_not_outlive_a_process_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "dying.py"
    script.write_text(DYING)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, timeout=120)
    deadline = time.monotonic() + 60
    while Path(f"/proc/{int(done.stdout)}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
