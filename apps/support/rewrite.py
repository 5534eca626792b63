"""Follow-ups rewritten by the model as standalone questions."""

from collections.abc import Sequence

from core.engine.request import Engine
from knowledge.domains.support_prompts import ADAPTER, Turn, standalone_prompt
from knowledge.faq import followup
from knowledge.retrieval.language import language_of
from knowledge.retrieval.lexical import content_words

from .context import asked_before
from .conversation import Conversation
from .written import written

_SECONDS, _TOKENS = 1.5, 60


class Rewriter:
    """Makes follow-ups standalone.

    Args:
        engine: the language model; it has the adapter ``support``.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def standalone(self, message: str, earlier: Sequence[Turn]) -> str:
        """The message as a standalone question for the search.

        The model rewrites messages that depend on the turns before them, if English, the adapter's only language. If it
        fails, takes too long, adds nothing or leaves out a content word of the message, the rules' question is used.

        Args:
            earlier: the turns before it, oldest first.
        """
        by_rule = followup.standalone(message, [turn.message for turn in earlier])
        if by_rule == message or language_of(message) != "en":
            return by_rule
        prompt = standalone_prompt(message, earlier)
        text = written(self._engine, prompt, adapter=ADAPTER, tokens=_TOKENS, seconds=_SECONDS)
        return text if set(content_words(message)) < set(content_words(text)) else by_rule


def standalone_in(conversation: Conversation, message: str, question: str, rewriter: Rewriter | None) -> str:
    """What an answer in the model's words is asked for.

    Args:
        question: the message as it was searched for.
        rewriter: None leaves it at that.
    """
    if question == message or not rewriter:
        return question
    written = rewriter.standalone(
        message, [Turn(turn.question, turn.reply.text) for turn in asked_before(conversation)]
    )
    return question if written == message else written
