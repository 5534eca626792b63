"""What the support adapter is asked: to answer from passages only, and to make a follow-up stand on its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from .prompts import prompt_templates

ADAPTER = "support"
"""What requests call the adapter."""

REFUSAL = "The passages do not answer this question."
"""What the adapter says where no passage answers."""

_TURNS = 3  # of the conversation, the last ones: what a follow-up leans on is rarely further back
_REPLY = 200  # characters of a reply


@dataclass(frozen=True, slots=True)
class Turn:
    """A customer's message, and what was replied; empty where nothing was."""

    message: str
    reply: str = ""


def answer_prompt(question: str, passages: Sequence[str]) -> str:
    """Asks for an answer from the passages, with the number of its passage, from 1, as a mark such as ``[2]``."""
    numbered = "\n".join(f"[{number}] {_line(passage)}" for number, passage in enumerate(passages, start=1))
    template = prompt_templates()["support.answer"]
    return template.fill(refusal=REFUSAL, passages=numbered, question=_line(question))


def marked(answer: str, number: int) -> str:
    """An answer with the mark of its passage."""
    return f"{answer} [{number}]"


def standalone_prompt(message: str, earlier: Sequence[Turn]) -> str:
    """Asks for the message as it would be without the turns before it, oldest first.

    The first turn, which says what the conversation is about, and the last ones are told; long replies are cut.
    """
    told = [*earlier[:1], *earlier[1:][-_TURNS:]]
    lines = [line for turn in told for line in _spoken(turn)]
    return prompt_templates()["support.standalone"].fill(conversation="\n".join(lines), message=_line(message))


def _spoken(turn: Turn) -> list[str]:
    reply = _line(turn.reply)
    if len(reply) > _REPLY:
        reply = reply[:_REPLY].rpartition(" ")[0] + " ..."
    return [f"Customer: {_line(turn.message)}", *([f"Assistant: {reply}"] if reply else [])]


def _line(text: str) -> str:
    """Without line breaks, which would end what stands for one passage or one message."""
    return " ".join(text.split())
