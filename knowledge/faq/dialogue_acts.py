"""What a message does that asks nothing of an FAQ, in any wording: it greets, thanks, takes an offer, finds fault."""

import re
from typing import Literal, get_args

import numpy as np

from core.files import packaged

from ..retrieval.language import simplified
from .meaning import MeaningNetwork, MessageReader
from .measures import names_nothing
from .question_forms import asks
from .wording import without_opening

Act = Literal[
    "greeting",
    "thanks",
    "resolved",
    "waiting",
    "goodbye",
    "machine",
    "unhelpful",
    "yes",
    "declined",
    "person",
    "language",
    "details",
]
"""``greeting`` is also "how are you", ``thanks`` an "ok", ``resolved`` says that all is well by now, ``waiting`` that
one tries or looks first, ``machine`` asks who answers or for a joke, ``unhelpful`` says that nothing before was of
help, or that it was not understood, ``yes`` takes what was offered, ``declined`` does not, ``person`` asks for one,
``language`` for another language, ``details`` gives a name, a number or an address and asks nothing."""
ACTS: tuple[Act, ...] = get_args(Act)

_PLEASED = re.compile("[👍👌🙏😊🙂😀😃😄😁🥰😍🎉👏✅🤝❤💕][\ufe0f\U0001f3fb-\U0001f3ff]?")
_CROSS = re.compile("[👎😡😠🤬😤🙄]\ufe0f?")
_SAYS_SOMETHING = re.compile(r"[^\W_]")
_LONGEST = 160
_ASKED_FOR = ("unhelpful", "person", "language")  # what may well have the form of a question: "can you say it simpler?"
_NO = re.compile(
    r"\W*(?:(?:no|nope|nah)\W*|(?:no\W+)?(?:none|neither|not (?:this|that|these|those|any))"
    r"(?: of (?:these|those|them))?(?: ones?)?\W*|都?不[是对]?\W*|没有\W*"
    r"|[都我]*不要?(?:是|想)?[这那]一?[个些种]的?\W*)",
    re.IGNORECASE,
)
_NO_PERSON = re.compile(
    r"\b(?:no|without(?: an?)?|n['’]?t (?:want|need)(?: to (?:speak|talk) (?:to|with))?(?: an?| any)?)"
    r"(?: (?:real|live|actual))? (?:human|person|people|agent|advis[eo]r|staff)s?\b"
    r"|(?:不[用要想需]要?|别|无需)(?:再|先)?(?:转|找|接)?(?:接|到)?(?:人工|真人)",
    re.IGNORECASE,
)
_ASKS_FOR_ANOTHER = re.compile(
    r"(?:点儿?|些|更[^\W\d_]{1,3}|[别其]他?)的(?:呢|吗|么|吧|有吗|有没有|可以吗)?\W*$"
)  # "低一点的"
_ASKS_IF = re.compile("[?？]")
_ASKS_WHERE = re.compile(
    r"\bwhere(?:abouts)?(?: are| is| r|['’]?re|['’]?s) (?:you|u|your)\b(?! from\b)"
    r"|[你您]们?(?:的?店|公司)?(?:在|位于)(?:哪|什么地方)",
    re.IGNORECASE,
)
_IN_A_HURRY = re.compile(
    r"(?<!no )(?<!not )(?<!n't )\b(?:urgent(?:ly)?|asap|in a hurry)\b"
    r"|在线等|急等|加急|赶时间|(?<!不)(?<!不是)(?<!没)(?<!没那么)(?<!不用)(?:着急|急[着用死]|[很挺好太]急)",
    re.IGNORECASE,
)


class DialogueActs:
    """A network over a message's vectors, with the numbers in ``dialogue_acts.npz``.

    ``make fit-acts`` fits them: those of :class:`~.meaning.MeaningNetwork`, and ``at_least``, the probability of any
    act, 0 to 1, from which a message is surely one.

    Args:
        reader: of the models that they were fitted with.
    """

    def __init__(self, reader: MessageReader) -> None:
        with np.load(packaged("knowledge.faq", "dialogue_acts.npz"), allow_pickle=False) as kept:
            self._network = MeaningNetwork(kept, reader)
            self._at_least = float(kept["at_least"])

    def act_of(self, message: str, *, offered: bool = False, first: bool = False, surely: bool = True) -> Act | None:
        """What a message does; None for one that asks or tells something.

        Args:
            message: as the customer wrote it, or with personal data masked.
            offered: a person was offered just before, which a yes accepts and a no declines; else both are thanks, but
                a mere "no" finds fault.
            first: nothing but a greeting was said before, so that a lone question mark finds no fault with it.
            surely: not for one that is only likelier an act than a question, which is searched for first.
        """
        if len(message) > _LONGEST or not message.strip():
            return None
        if not _SAYS_SOMETHING.search(message):
            return _by_signs(message, first)
        none, *likely = self._network.likely(message)
        if 1 - none < (self._at_least if surely else 0.5):
            return None
        act = ACTS[likely.index(max(likely))]
        if 1 - none < self._at_least and act not in _ASKED_FOR and asks(without_opening(message)):
            return None
        if act == "person" and _NO_PERSON.search(simplified(message)):
            return "declined" if 1 - none >= self._at_least else None
        if act == "unhelpful" and _ASKS_FOR_ANOTHER.search(simplified(message)):
            return None
        if act in ("resolved", "declined") and _ASKS_IF.search(message):  # "is it fixed?", "ok so no?"
            return None
        if act == "machine" and names_nothing(message):  # "what are you going to do?"
            return None
        if act in ("greeting", "machine") and _ASKS_WHERE.search(simplified(message)):
            return None
        if act == "waiting" and _IN_A_HURRY.search(simplified(message)):  # who cannot wait
            return "greeting" if first else "unhelpful"
        if act in ("yes", "declined") and not offered:
            return "unhelpful" if _NO.fullmatch(simplified(message)) else "thanks"
        return act


def _by_signs(message: str, first: bool) -> Act | None:
    """That of a message without a letter: a thumb, or a lone question mark."""
    if _CROSS.search(message):
        return "unhelpful"
    if _PLEASED.search(message):
        return "thanks"
    return ("greeting" if first else "unhelpful") if re.search("[?？!！]", message) else None
