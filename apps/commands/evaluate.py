"""``r1 evaluate``: adapters on questions with given answers, as tables and as lines of JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.engine.open import SHIPPED_ADAPTERS
from core.errors import InputError
from core.settings import Settings

from .terminal import command_settings, printable, stderr, stdout, table_of

if TYPE_CHECKING:
    from core.lora.evaluation import Evaluator, TaskScore
    from core.lora.questions import Question
    from core.lora.rows import Row

_BASE = ("base", "none")  # names of the model alone
_WHERE = "Set R1_DATA or --data to a folder with domains/*/eval/*.jsonl"


@dataclass(frozen=True, slots=True)
class Cell:
    """An adapter paired with the questions of one task in a file.

    Attributes:
        adapter: a folder in peft's format; None is the model alone.
        domain: of the questions; empty for a file that the user named.
        questions: of one task.
        rows: for training the baselines, see :func:`core.lora.baselines.rows_for`; may be empty.
    """

    adapter: Path | None
    domain: str
    questions: "tuple[Question, ...]"
    rows: "tuple[Row, ...]"

    @property
    def name(self) -> str:
        """The adapter's name."""
        return self.adapter.name if self.adapter else _BASE[0]


def evaluate(
    adapter: Annotated[str | None, typer.Argument(help="Folder of an adapter, or base for the model alone.")] = None,
    file: Annotated[Path | None, typer.Argument(help="Questions: task, prompt, completion, choices (.jsonl).")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Evaluate every bundled adapter on the questions of every domain.")
    ] = False,
    train: Annotated[
        Path | None, typer.Option(help="Training rows for the baselines; default: those of the domains in --data.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(envvar="R1_DATA", show_envvar=False, help="Folder with domains/*/eval/*.jsonl; default R1_DATA."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Most questions per task, evenly spread; always the same ones.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per task, and the table to standard error.")
    ] = False,
) -> None:
    """Scores an adapter next to the bare model and baselines that need no model."""
    if everything == (file is not None) or (adapter is None) != (file is None):
        raise InputError("Name an adapter and a file, or --all", hint="See: r1 evaluate --help")
    if everything and train:
        raise InputError("With --all the baselines learn from the rows of each domain", hint="Leave out --train")
    settings = command_settings()
    if file is not None:
        trains = [train] if train else sorted((data / "domains").glob("*/mix.train.jsonl")) if data else []
        cells = file_cells(None if adapter in _BASE else Path(str(adapter)), file, trains, limit)
    elif data is None:
        raise InputError("The questions of --all are not known", hint=_WHERE)
    else:
        from core.engine.runner import adapter_folders

        cells = all_cells(adapter_folders(SHIPPED_ADAPTERS), data, limit)
    scores = run_cells(settings, cells)
    _print_table(cells, scores, to_error=as_json)
    if as_json:
        for cell, score in zip(cells, scores, strict=True):
            if not everything or cell.name in (cell.domain, _BASE[0]):
                print(json.dumps(score.line()))


def file_cells(adapter: Path | None, file: Path, trains: Sequence[Path], limit: int | None) -> list[Cell]:
    """A cell for each task of a file.

    Args:
        trains: files with rows for the baselines.
        limit: questions of each task at most; None takes all.

    Raises:
        InputError: a file cannot be read.
    """
    from core.lora.baselines import rows_for
    from core.lora.evaluation import by_task
    from core.lora.questions import read_questions, spread
    from core.lora.rows import read_rows

    tasks = by_task(read_questions(file))
    rows = [row for path in trains for row in read_rows(path).rows]
    return [
        Cell(adapter, "", tuple(questions if limit is None else spread(questions, limit)), rows_for(questions, rows))
        for questions in tasks.values()
    ]


def all_cells(adapters: Sequence[Path], data: Path, limit: int | None) -> list[Cell]:
    """Cells of every adapter (the model alone if there is none) on every file of every domain.

    Raises:
        InputError: there are no questions below ``data``, or a file cannot be read.
    """
    files = sorted((data / "domains").glob("*/eval/*.jsonl"))
    if not files:
        raise InputError(f"No domain has questions in {data}", hint=_WHERE)
    asked: list[Path | None] = [*adapters] or [None]
    cells = []
    for file in files:
        domain = file.parents[1]
        for cell in file_cells(None, file, sorted(domain.glob("mix.train.jsonl")), limit):
            cells += [replace(cell, adapter=adapter, domain=domain.name) for adapter in asked]
    return cells


def run_cells(settings: Settings, cells: Sequence[Cell]) -> "list[TaskScore]":
    """Scores of the cells in their order. Work finished in an earlier run is not repeated.

    Raises:
        InputFormatError: the model cannot distinguish the choices of a question.
        ModelError: the model or an adapter cannot be loaded.
    """
    from core.hub import ModelHub
    from core.lora.adapter import read_adapter
    from core.lora.choices import check_choices
    from core.lora.evaluation import compare, measure_baselines
    from core.lora.merge import warn_of_other_base

    evaluator = open_evaluator(settings)
    adapters = dict.fromkeys(cell.adapter for cell in cells if cell.adapter)
    for folder in adapters:
        read_adapter(folder)  # reports mistakes before the bare model runs, which may take an hour
    folder = ModelHub(settings.home).folder(settings.model)
    check_choices(folder, (question for cell in cells for question in cell.questions), settings.context)
    warn_of_other_base(list(adapters), folder)
    asked = dict.fromkeys((adapter, cell.questions) for cell in cells for adapter in (None, cell.adapter))
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=stderr, transient=True) as bars:
        bar = bars.add_task("Questions", total=sum(len(questions) for _, questions in asked))
        verdicts = {}
        for adapter, questions in asked:
            bars.update(bar, description=f"{adapter.name if adapter else _BASE[0]}, {printable(questions[0].task)}")
            verdicts[adapter, questions] = evaluator.verdicts(adapter, questions, lambda n: bars.advance(bar, n))
    baselines = {cell.questions: cell.rows for cell in cells}
    measured = {questions: measure_baselines(questions, rows) for questions, rows in baselines.items()}
    return [
        compare(
            cell.questions,
            verdicts[cell.adapter, cell.questions],
            verdicts[None, cell.questions],
            measured[cell.questions],
        )
        for cell in cells
    ]


def open_evaluator(settings: Settings) -> "Evaluator":
    """An evaluator of the language model as served; its verdicts are cached in ``R1_HOME``.

    Raises:
        ModelError: the model is not on this machine.
        SettingsError: the precision does not fit the device.
    """
    from core.download import sha256_of
    from core.hub import ModelHub
    from core.lora.evaluation import Evaluator
    from core.model.load import LoadedModel, load_model
    from core.model.precision import choose_device, choose_precision

    folder = ModelHub(settings.home).folder(settings.model)
    device = choose_device(settings.device)
    files = [
        path
        for pattern in ("*.safetensors", "*.json", "*.jinja", "*.txt", "*.model")
        for path in sorted(folder.glob(pattern))
    ]

    def load() -> LoadedModel:
        return load_model(
            folder,
            name=settings.model,
            device=settings.device,
            precision=settings.precision,
            threads=settings.threads,
            context=settings.context,
        )

    formats = choose_precision(settings.precision, device)
    identity = f"{device} {formats} {settings.context} {' '.join(map(sha256_of, files))}"
    return Evaluator(load, identity, settings.home / "evaluation")


def _print_table(cells: Sequence[Cell], scores: "Sequence[TaskScore]", *, to_error: bool) -> None:
    table = table_of(
        "Questions", "n", "Metric", "Majority", "Constant", "SVM", "Base",
        "Adapter", "Score", "95%", "- base", "95%", "Parsed", "Of these",
    )  # fmt: skip
    for cell, score in zip(cells, scores, strict=True):
        own, difference = score.intervals.own, score.intervals.difference
        table.add_row(
            printable(f"{cell.domain} {score.task}".strip()),
            str(score.n),
            score.metric,
            *(_share(value) for value in (score.baselines.majority, score.baselines.constant, score.baselines.svm)),
            _share(score.base),
            printable(cell.name),
            _share(score.adapter),
            f"{own[0]:.3f} to {own[1]:.3f}",
            f"{score.adapter - score.base:+.3f}",
            f"{difference[0]:+.3f} to {difference[1]:+.3f}",
            _share(score.parsed),
            _share(score.written),
        )
    Console(markup=False, width=max(170, stdout.width), stderr=to_error).print(table)
    if cut := sum(score.cut for score in scores):
        stderr.print(f"{cut} prompts were too long and lost their middle.")
    if any(score.baselines.svm is None for score in scores):
        stderr.print("No SVM where there are no rows to train it with; --train names some.")


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
