"""Prompts of the support adapter: answer from passages only, and rewrite a follow-up to stand on its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from .prompts import prompt_templates

ADAPTER = "support"
"""Name of the adapter in requests."""

REFUSAL = "The passages do not answer this question."
"""The adapter's reply when no passage answers."""

_TURNS = 3  # last turns of the conversation; a follow-up rarely refers further back
_REPLY = 200  # characters kept of a reply


@dataclass(frozen=True, slots=True)
class Turn:
    """A customer's message and the reply to it, empty if there was none."""

    message: str
    reply: str = ""


def answer_prompt(question: str, passages: Sequence[str]) -> str:
    """Prompt for an answer from the passages, marked with the number of its passage (from 1), as in ``[2]``."""
    numbered = "\n".join(f"[{number}] {_line(passage)}" for number, passage in enumerate(passages, start=1))
    template = prompt_templates()["support.answer"]
    return template.fill(refusal=REFUSAL, passages=numbered, question=_line(question))


def marked(answer: str, number: int) -> str:
    """The answer followed by the mark of its passage."""
    return f"{answer} [{number}]"


def standalone_prompt(message: str, earlier: Sequence[Turn]) -> str:
    """Prompt to rewrite the message so that it stands without the earlier turns (oldest first).

    It includes the first turn, which sets the topic, and the last ones; long replies are cut.
    """
    turns = [*earlier[:1], *earlier[1:][-_TURNS:]]
    lines = [line for turn in turns for line in _spoken(turn)]
    return prompt_templates()["support.standalone"].fill(conversation="\n".join(lines), message=_line(message))


def _spoken(turn: Turn) -> list[str]:
    reply = _line(turn.reply)
    if len(reply) > _REPLY:
        reply = reply[:_REPLY].rpartition(" ")[0] + " ..."
    return [f"Customer: {_line(turn.message)}", *([f"Assistant: {reply}"] if reply else [])]


def _line(text: str) -> str:
    """The text on one line, since a line break would end its passage or message."""
    return " ".join(text.split())
