"""What an outage leaves in the log."""

import logging

import pytest

from core.errors import DeadlineError, EngineError
from core.log_throttle import ThrottledLog


def test_each_kind_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    seconds = iter((0.0, 1.0, 2.0, 60.0, 61.0))
    log = ThrottledLog(logging.getLogger("test"), "No answer: %s", clock=lambda: next(seconds))
    for error in (
        EngineError("down", hint="Start it"),
        EngineError("down again"),
        DeadlineError("slow"),
        EngineError("still down"),
        DeadlineError("slow again"),
    ):
        log.error(error)
    assert caplog.messages == ["No answer: down. Start it", "No answer: slow", "No answer: still down"]
