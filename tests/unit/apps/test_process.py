"""What the server leaves in the log."""

import asyncio
import logging
import logging.config
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI

from apps.process import quiet_libraries
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
