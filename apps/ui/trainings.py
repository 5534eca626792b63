"""The page ``/train``: the trainings on this machine, live."""

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from core.lora.adapter import CONFIG
from core.lora.checkpoint import is_running
from core.lora.history import HISTORY, known, read_history
from core.lora.plot import COLOURS, curves, mean_of, smooth
from knowledge.retrieval.language import Language

from .language import page_language
from .page import back_to_start, plain_page
from .parts import legend
from .texts import t

_STOPPED_AFTER = 300  # seconds without a step of another user's training, whose lock cannot be read
_SHOWN = 5  # trainings, the newest
_CURVES = {"loss": "loss", "validation_loss": "validation", "drift": "drift"}  # field of a history line, and its name

_BODY = Template("""<div id="trainings">$trainings</div>
$back
<script>
setInterval(async () => {
  if (document.hidden) return;
  const signal = AbortSignal.timeout(10000);
  const answer = await fetch("/train/state?lang=$language", { signal }).catch(() => null);
  if (answer && answer.ok) document.getElementById("trainings").innerHTML = await answer.text();
}, 3000);
</script>""")


def training_routes(home: Path, who: Callable[[Mapping[str, str]], str]) -> APIRouter:
    """Routes of the page and of the part that it polls.

    Args:
        home: ``R1_HOME``, where trainings register their folders.
        who: names the user by the browser's cookies; empty for nobody.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/train", response_class=HTMLResponse)
    def page(request: Request) -> str:
        language = page_language(request)
        body = _BODY.substitute(language=language, trainings=_state(home, language), back=back_to_start(language))
        lead = t("trainings.lead", language)
        return plain_page(t("trainings.title", language), body, language, lead=lead, who=who(request.cookies))

    @router.get("/train/state", response_class=HTMLResponse)
    def state(request: Request) -> str:
        return _state(home, page_language(request))

    return router


def _state(home: Path, language: Language) -> str:
    folders = known(home)[:_SHOWN]
    if folders:
        return "".join(_seen(folder, language) for folder in folders)
    command = "r1 train rows.jsonl --valid valid.jsonl --out my-adapter"
    return f'<p>{t("trainings.none", language)}</p><pre class="r1-command">{command}</pre>'


def _seen(folder: Path, language: Language) -> str:
    """A training; empty if its files are gone or cannot be read."""
    try:
        file = (folder / HISTORY).stat()
        return _training(folder, language, _phase(folder), (file.st_mtime_ns, file.st_size))
    except OSError:
        return ""


@lru_cache(maxsize=4 * _SHOWN)
def _training(folder: Path, language: Language, phase: str, _written: tuple[int, int]) -> str:
    """A training, cached until its history file changes in time or size."""
    history = read_history(folder)
    if phase == "finished" and history and history[-1]["step"] < _steps(history[-1])[1]:
        phase = "early"
    state = t(f"trainings.{phase}", language)
    heading = f'<h2>{escape(_name(folder))} <span class="r1-meta">{state}</span></h2>'
    if not history:
        return f'<section class="r1-training">{heading}<p>{t("trainings.starting", language)}</p></section>'
    mean = mean_of(history)
    titles = (
        t("trainings.loss_mean", language, count=mean) if mean > 1 else t("trainings.loss_title", language),
        t("trainings.speed_title", language),
        t("trainings.step", language, step="{step}"),  # the plot fills it
    )
    facts = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _facts(history, language))
    return (
        f'<section class="r1-training">{heading}{_bar(history[-1], phase, language)}<dl>{facts}</dl>'
        f"{curves(history, titles)}{_legend(history, language)}</section>"
    )


def _name(folder: Path) -> str:
    """The folder's name, which need not be UTF-8."""
    return folder.name.encode("utf-8", "replace").decode()


def _legend(history: list[dict[str, Any]], language: Language) -> str:
    named = zip(_CURVES.items(), COLOURS, strict=True)
    return legend(
        (colour, t(f"trainings.{name}", language))
        for (field, name), colour in named
        if any(field in line for line in history)
    )


def _phase(folder: Path) -> str:
    if (folder / CONFIG).is_file():  # the file that the trainer writes last
        return "finished"
    try:
        running = is_running(folder)
    except OSError:
        running = time.time() - (folder / HISTORY).stat().st_mtime < _STOPPED_AFTER
    return "running" if running else "stopped"


def _steps(line: dict[str, Any]) -> tuple[int, int]:
    """Steps done, and in total."""
    return line["step"], line.get("steps", line["step"])


def _bar(last: dict[str, Any], phase: str, language: Language) -> str:
    step, steps = _steps(last)
    text = t("trainings.progress", language, step=step, steps=steps)
    if phase == "running" and (left := last.get("seconds_left")):
        minutes, seconds = divmod(left, 60)
        text += t("trainings.left", language, time=f"{minutes // 60}:{minutes % 60:02}:{seconds:02}")
    done = steps if phase == "early" else step  # nothing is left to do
    return f'<p><progress value="{done}" max="{steps}">{step}/{steps}</progress><br>{text}</p>'


def _facts(history: list[dict[str, Any]], language: Language) -> list[tuple[str, str]]:
    last = history[-1]
    validation = [line["validation_loss"] for line in history if "validation_loss" in line]
    loss, drift = smooth(history, "loss"), smooth(history, "drift")  # as at the end of the curves
    facts = [(t("trainings.loss", language), f"{loss[-1][1]:.3f}")]
    facts += [(t("trainings.validation", language), f"{validation[-1]:.3f}")] if validation else []
    facts += [(t("trainings.drift", language), f"{drift[-1][1]:.3f}")] if drift else []
    speed = t("trainings.speed_value", language, count=f"{last['tokens_per_s']:.0f}")
    return [*facts, (t("trainings.speed", language), speed)]
