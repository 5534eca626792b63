"""A bar in the terminal while an adapter is trained."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .history import Report


@contextmanager
def bar() -> "Iterator[Callable[[Report], None]]":
    """Shows steps, losses, speed and the time that is left; yields the function that moves it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("Training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task("", total=None)
        validation = ""

        def move(report: "Report") -> None:
            nonlocal validation
            if report.validation_loss is not None:
                validation = f", validation {report.validation_loss:.3f}"
            left = timedelta(seconds=round(report.seconds_left))
            drift = "" if report.drift is None else f", drift {report.drift:.3f}"
            text = f"loss {report.loss:.3f}{drift}{validation}, {report.tokens_per_s:.0f} tokens/s, {left} left"
            bars.update(task, total=report.steps, completed=report.step, description=text)

        yield move
