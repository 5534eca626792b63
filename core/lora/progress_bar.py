"""Progress output while an adapter is trained: a bar in a terminal, lines in a file."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .history import Report

_QUIET = 60  # seconds between two lines in a file


@contextmanager
def bar() -> "Iterator[Callable[[Report], None]]":
    """Shows steps, losses, speed and the remaining time; yields the function that updates it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    if not (console.is_terminal or console.is_jupyter):
        yield _lines()
        return
    columns = (TextColumn("Training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console) as bars:
        task = bars.add_task("", total=None)
        validation = ""

        def move(report: "Report") -> None:
            nonlocal validation
            validation = _validation(report) or validation
            bars.update(task, total=report.steps, completed=report.step, description=_told(report, validation))

        yield move


def nobody(report: "Report") -> None:
    """Reports nothing, once the terminal is gone."""


def _lines() -> "Callable[[Report], None]":
    """Prints a line after each evaluation on the validation rows, every minute, and at the end."""
    last = time.monotonic()

    def line(report: "Report") -> None:
        nonlocal last
        validation = _validation(report)
        if validation or report.step == report.steps or time.monotonic() - last >= _QUIET:
            print(f"Step {report.step} of {report.steps}: {_told(report, validation)}", file=sys.stderr)
            last = time.monotonic()

    return line


def _validation(report: "Report") -> str:
    return "" if report.validation_loss is None else f", validation {report.validation_loss:.3f}"


def _told(report: "Report", validation: str) -> str:
    left = timedelta(seconds=round(report.seconds_left))
    drift = "" if report.drift is None else f", drift {report.drift:.3f}"
    return f"loss {report.loss:.3f}{drift}{validation}, {report.tokens_per_s:.0f} tokens/s, {left} left"
