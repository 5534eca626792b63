"""Scores an adapter on multiple-choice questions, compared with the model alone and with baselines without one."""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..files import replacing
from ..model.load import LoadedModel
from .adapter import CONFIG, WEIGHTS, read_adapter
from .baselines import best_constant, majority, svm
from .judge import Judge, Verdict
from .metrics import Intervals, Metric, intervals, metric_of, score
from .perplexity import text_loss
from .questions import Question
from .rows import Row

_log = logging.getLogger(__name__)

_CORE = Path(__file__).parents[1]
_SLOT = 0


@dataclass(frozen=True, slots=True)
class Baselines:
    """Scores without a language model, 0 to 1.

    Attributes:
        majority: of always giving the commonest answer in the training rows of the same task or, without such rows, in
            the questions.
        constant: of the single answer that scores best when given to all questions.
        svm: of a support vector machine trained on rows with such answers; None without rows.
    """

    majority: float
    constant: float
    svm: float | None


@dataclass(frozen=True, slots=True)
class TaskScore:
    """An adapter on the questions of one task; scores are 0 to 1.

    Attributes:
        task: its name.
        n: number of questions.
        metric: how answers are scored.
        adapter, base: scores with and without the adapter, by the likeliest answer.
        baselines: scores without a language model.
        intervals: of the adapter's score, and of its difference from the base's.
        parsed: share of freely generated answers that are one of the choices.
        written: accuracy of those; None if there are none.
        cut: prompts that were too long and lost their middle.
    """

    task: str
    n: int
    metric: Metric
    adapter: float
    base: float
    baselines: Baselines
    intervals: Intervals
    parsed: float
    written: float | None
    cut: int

    def line(self) -> dict[str, Any]:
        """The line of ``r1 evaluate --json``; ``ci95`` is of the difference between adapter and base."""
        return {
            "task": self.task,
            "n": self.n,
            "metric": self.metric,
            "adapter": round(self.adapter, 4),
            "base": round(self.base, 4),
            "majority": round(self.baselines.majority, 4),
            "svm": None if self.baselines.svm is None else round(self.baselines.svm, 4),
            "ci95": [round(bound, 4) for bound in self.intervals.difference],
        }


class Evaluator:
    """Questions a model with one adapter after the other, and caches every verdict.

    Args:
        load: loads the model; called when a verdict is not cached.
        identity: identifies the model and its number format.
        kept: folder of the cache. Verdicts are valid for the same model, adapter, questions and code.
    """

    def __init__(self, load: Callable[[], LoadedModel], identity: str, kept: Path) -> None:
        self._load, self._kept = load, kept
        self._identity = f"{identity} {_code()}"
        self._loaded: LoadedModel | None = None

    def verdicts(
        self, adapter: Path | None, questions: Sequence[Question], progress: Callable[[int], None] | None = None
    ) -> list[Verdict]:
        """Verdicts in the order of the questions.

        Args:
            adapter: a folder in peft's format; None for the model alone.
            progress: called with the number of questions newly done.

        Raises:
            ModelError: the model or the adapter cannot be loaded.
            InputFormatError: a prompt cannot be rendered, or two choices have the same tokens.
        """
        path = self._kept / f"{self._key(adapter, questions)}.json"
        if (known := _read(path, questions)) is not None:
            if progress is not None:
                progress(len(questions))
            return known
        verdicts = Judge(*self._adapted(adapter)).judge(questions, progress)
        _write(path, [asdict(verdict) for verdict in verdicts])
        return verdicts

    def loss(self, adapter: Path | None, text: str) -> float:
        """How well a text is predicted, see :func:`core.lora.perplexity.text_loss`; raises as :meth:`verdicts`."""
        path = self._kept / f"{self._key(adapter, text)}.json"
        if isinstance(known := _json(path), float):
            return known
        loss = text_loss(*self._adapted(adapter), text)
        _write(path, loss)
        return loss

    def _adapted(self, adapter: Path | None) -> tuple[LoadedModel, int]:
        """The model, and the adapter's slot."""
        if self._loaded is None:
            self._loaded = self._load()
        if adapter is None:
            return self._loaded, -1
        self._loaded.decoder.adapt(_SLOT, read_adapter(adapter).scaled())
        return self._loaded, _SLOT

    def _key(self, adapter: Path | None, asked: Sequence[Question] | str) -> str:
        digest = hashlib.sha256(self._identity.encode())
        if adapter is not None:
            read_adapter(adapter)  # raises if it cannot be read
            for name in (CONFIG, WEIGHTS):
                digest.update((adapter / name).read_bytes())
        parts = asked if isinstance(asked, str) else [_asked(question) for question in asked]
        digest.update(json.dumps(parts).encode())
        return digest.hexdigest()[:32]


def by_task(questions: Sequence[Question]) -> dict[str, list[Question]]:
    """Questions of each task, in their order."""
    tasks: dict[str, list[Question]] = {}
    for question in questions:
        tasks.setdefault(question.task, []).append(question)
    return tasks


def measure_baselines(questions: Sequence[Question], rows: Sequence[Row]) -> Baselines:
    """Baselines for the questions of one task.

    Args:
        rows: training rows, see :func:`core.lora.baselines.rows_for`; may be empty.
    """
    task, n = questions[0].task, len(questions)
    truth = [question.completion for question in questions]
    metric = metric_of(truth)
    constant = score(metric, truth, [best_constant(questions, metric)] * n)
    commonest = majority([row.completion for row in rows if row.task == task] or truth)
    learnt = svm(rows, questions)
    return Baselines(
        majority=score(metric, truth, [commonest] * n),
        constant=constant,
        svm=None if learnt is None else score(metric, truth, learnt),
    )


def compare(
    questions: Sequence[Question], ours: Sequence[Verdict], base: Sequence[Verdict], baselines: Baselines
) -> TaskScore:
    """Scores an adapter's verdicts on the questions of one task and compares them with the model alone."""
    truth = [question.completion for question in questions]
    metric = metric_of(truth)
    mine, theirs = (_labels(questions, verdicts) for verdicts in (ours, base))
    free = [
        question.choices[verdict.written] == question.completion
        for question, verdict in zip(questions, ours, strict=True)
        if verdict.written is not None
    ]
    return TaskScore(
        task=questions[0].task,
        n=len(questions),
        metric=metric,
        adapter=score(metric, truth, mine),
        base=score(metric, truth, theirs),
        baselines=baselines,
        intervals=intervals(metric, truth, mine, theirs),
        parsed=len(free) / len(questions),
        written=sum(free) / len(free) if free else None,
        cut=sum(verdict.cut > 0 for verdict in ours),
    )


def _asked(question: Question) -> dict[str, Any]:
    """The fields that a verdict depends on: all but the question's file and number."""
    return {name: value for name, value in asdict(question).items() if name not in ("file", "number")}


def _labels(questions: Sequence[Question], verdicts: Sequence[Verdict]) -> list[str]:
    return [question.choices[verdict.choice] for question, verdict in zip(questions, verdicts, strict=True)]


def _code() -> str:
    """Hash of the code that verdicts depend on."""
    digest = hashlib.sha256()
    files = [
        *(_CORE / "model").rglob("*.py"),
        *(_CORE / "lora" / name for name in ("adapter.py", "choices.py", "judge.py", "encode.py", "perplexity.py")),
        _CORE / "engine" / "template.py",
    ]
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(path: Path, questions: Sequence[Question]) -> list[Verdict] | None:
    """Cached verdicts; None if there are none, or the file is damaged."""
    try:
        verdicts = [Verdict(**row) for row in _json(path) or ()]
    except TypeError:
        return None
    return verdicts if len(verdicts) == len(questions) else None


def _json(path: Path) -> Any:
    """The cached value; None if there is none, or the file is damaged."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _write(path: Path, kept: Any) -> None:
    """Caches results for the next run, which only takes longer if they cannot be written."""
    try:
        with replacing(path) as partial:
            partial.write_text(json.dumps(kept), "utf-8")
    except OSError as error:
        _log.warning("Verdicts are not kept for another run: %s cannot be written (%s)", path.parent, error.strerror)
