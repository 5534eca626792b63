"""``r1 models``: fetches and verifies the models and data that the suite needs."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from .terminal import command_settings, stderr, stdout, table_of

if TYPE_CHECKING:
    from core.download import Progress as Report

app = typer.Typer(no_args_is_help=True, help="Models and data on this machine.")

_STEPS = {
    "download": "downloading",
    "verify": "verifying",
    "convert": "converting, about 20 s",
    "wait": "another process fetches it",
}


@app.command("list")
def list_models() -> None:
    """Shows the known models and which of them are on this machine."""
    from core.hub import ModelHub

    hub = ModelHub(command_settings().home)
    table = table_of("Name", "Kind", "Licence", "Here", "What it is")
    for name in hub.names():
        entry = hub.manifest.get(name)
        here = "yes" if hub.is_usable(name) else "damaged" if hub.is_present(name) else "no"
        described = (entry.kind, entry.licence, here, entry.description) if entry else ("hub", "see its card", here, "")
        table.add_row(name, *described)
    stdout.print(table)


@app.command("pull")
def pull_models(
    names: Annotated[list[str] | None, typer.Argument(help="Default: all that the suite needs.")] = None,
) -> None:
    """Fetches models that are missing or damaged. Can be stopped and resumed at any time."""
    from core.engine.open import compile_kernels
    from core.hub import ModelHub

    from ..check_settings import REQUIRED
    from ..process import beside

    settings = command_settings()
    hub = ModelHub(settings.home)
    own = [settings.model] if settings.engine == "local" else []  # otherwise it is a server's name for its model
    wanted = names or [*own, *REQUIRED]
    all_found = all(map(hub.is_usable, wanted))
    with ExitStack() as works:
        for name in wanted:
            found = hub.is_usable(name)
            with _progress(name) as progress:
                hub.pull(name, progress)
            stderr.print(f"{name}: {'here already' if found else 'ready'}")
            if name in own and not all_found:  # while the others come, rather than when the suite starts
                works.enter_context(beside(compile_kernels, settings))
        with stderr.status("Compiling the model's kernels…"):
            works.close()


@app.command("verify")
def verify_models(
    names: Annotated[list[str] | None, typer.Argument(help="Default: all that are on this machine.")] = None,
) -> None:
    """Checks the files of models against the hashes taken when they were pulled."""
    from core.hub import ModelHub

    hub = ModelHub(command_settings().home)
    for name in names or [name for name in hub.names() if hub.is_present(name)]:
        hub.verify(name)
        stderr.print(f"{name}: intact")


@contextmanager
def _progress(name: str) -> "Iterator[Report]":
    """A bar for one model; yields the function that moves it."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bars:
        bar = bars.add_task(name, total=None)

        def report(step: str, done: int, total: int) -> None:
            bars.tasks[0].total = total or None  # an update would keep the last one
            bars.update(bar, description=f"{name}: {_STEPS[step]}", completed=done)

        yield report
