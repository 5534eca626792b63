"""What the server leaves in the log."""

import logging

import httpx
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
