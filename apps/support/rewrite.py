"""Follow-ups as questions that stand on their own, in the model's words."""

from collections.abc import Sequence

from core.engine.request import Engine, Message, Request, SamplingParams, complete
from core.errors import R1Error
from knowledge.domains.support_prompts import ADAPTER, Turn, standalone_prompt
from knowledge.faq import followup
from knowledge.retrieval.language import language_of
from knowledge.retrieval.lexical import content_words

_SECONDS, _TOKENS = 1.5, 60


class Rewriter:
    """Makes follow-ups standalone.

    Args:
        engine: what writes; it has the adapter ``support``.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def standalone(self, message: str, earlier: Sequence[Turn]) -> str:
        """The message as a question that can be searched for alone.

        What leans on the turns before it, oldest first, the model rewrites where it is English, which alone the adapter
        learnt. Where the model fails, takes too long, adds nothing to the message or leaves out a word of it, the
        rules' question is taken.
        """
        by_rule = followup.standalone(message, [turn.message for turn in earlier])
        if by_rule == message or language_of(message) != "en":
            return by_rule
        written = self._written(standalone_prompt(message, earlier))
        return written if set(content_words(message)) < set(content_words(written)) else by_rule

    def _written(self, prompt: str) -> str:
        """What the model writes; empty where it fails or does not come to an end."""
        request = Request(
            messages=(Message("user", prompt),),
            params=SamplingParams(temperature=0, repetition_penalty=1, max_tokens=_TOKENS),
            adapter=ADAPTER,
            timeout_s=_SECONDS,
        )
        try:
            answer = complete(self._engine, request)
        except R1Error:  # another server may also refuse the key, or have lost the model
            return ""
        return answer.text.strip() if answer.finish_reason == "stop" else ""
