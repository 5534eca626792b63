"""Messages that ask nothing of an FAQ: hello, thanks and good-bye, whom one is talking to, and that it did not help.

A message is taken apart into phrases, each of a kind; a message with anything else in it is none.
"""

import re
from typing import Literal

from ..retrieval.language import simplified
from . import small_talk_phrases as phrases
from .followup import is_fragment

SmallTalk = Literal["greeting", "thanks", "resolved", "waiting", "goodbye", "machine", "unhelpful", "yes", "declined"]
"""``greeting`` is also "how are you", ``thanks`` an "ok", ``resolved`` says that all is well by now, ``waiting`` that
one tries or looks first, ``machine`` asks who answers or for a joke, ``unhelpful`` says that nothing before was of
help, ``yes`` takes the person who was offered, ``declined`` wants none."""

_Kind = SmallTalk | Literal["understood", "no", "maybe", "filling"]

_PLEASED = re.compile("[👍👌🙏😊🙂😀😃😄😁🥰😍🎉👏✅🤝❤💕][\ufe0f\U0001f3fb-\U0001f3ff]?")
_BETWEEN = re.compile(r"[\s,.!?~～…:;()，。！？；、—-]*")
_LONGEST = 160
_ADDRESS = re.compile(r"\[(?:email|phone)\]")  # as it is masked
_ASKS = re.compile(
    r"[?？吗嗎怎]|什[么麼]|如何|^\W*(?:how|what|wh(?:o|y|en|ere|ich)|is|are|am|was|were|do|does|did|can|could|will|would"
    r"|should|may|has|have)\b",
    re.I,
)
_NAME = re.compile(r"(?i:\b(thanks|thank you|cheers|thx|bye),? )(?!I\b)[A-Z][a-z]+(?=[\s,.!]*$)")  # "Thanks Bo"


def _phrase(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})(?![a-z])")


_PHRASES: dict[_Kind, re.Pattern[str]] = {
    "machine": _phrase(phrases.MACHINE),
    "unhelpful": _phrase(rf"(?:{phrases.UNHELPFUL})[吗呀]?"),
    "declined": _phrase(phrases.WANTS_NO_PERSON),
    "goodbye": _phrase(phrases.GOODBYE),
    "waiting": _phrase(phrases.WAITING),
    "resolved": _phrase(phrases.RESOLVED),
    "understood": _phrase(phrases.UNDERSTOOD),
    "thanks": _phrase(phrases.THANKS),
    "greeting": _phrase(phrases.GREETING),
    "no": _phrase(phrases.NO),
    "filling": _phrase(phrases.FILLING),
}
_TO_AN_OFFER: dict[_Kind, re.Pattern[str]] = {
    "yes": _phrase(phrases.TAKES),
    "maybe": _phrase(phrases.MAY_TAKE),
    "declined": _phrase(f"{phrases.WANTS_NO_PERSON}|{phrases.DECLINES}"),
    **{kind: pattern for kind, pattern in _PHRASES.items() if kind not in ("declined", "no")},
}
# Of several kinds the first counts, and as what.
_COUNTS: dict[_Kind, SmallTalk] = {
    "machine": "machine",
    "declined": "declined",
    "goodbye": "goodbye",
    "waiting": "waiting",
    "thanks": "thanks",
    "understood": "thanks",
    "greeting": "greeting",
    "no": "unhelpful",
}


def leaves_address(masked: str) -> bool:
    """Whether a message is little more than an e-mail address or a telephone number, masked by now, and no question."""
    rest, found = _ADDRESS.subn("", masked)
    return bool(found) and is_fragment(rest.strip()) and not _ASKS.search(masked)


def small_talk(message: str, *, offered: bool = False, first: bool = False) -> SmallTalk | None:
    """What a message says that is nothing but small talk; None for all others.

    Args:
        message: as the customer wrote it.
        offered: a person was offered just before, which a yes accepts and a no declines.
        first: nothing was said before, so that a lone question mark finds no fault with it.
    """
    if len(message) > _LONGEST:
        return None
    text = _plain(message)
    plain = _PLEASED.sub(" ", text).strip()
    if not plain:
        return "thanks" if text.strip() else None
    if _BETWEEN.fullmatch(plain):
        return ("greeting" if first else "unhelpful") if re.search("[?？!！]", plain) else None
    if offered and (answer := _to_an_offer(_kinds(plain, _TO_AN_OFFER))):
        return answer
    kinds = _kinds(plain, _PHRASES)
    if "resolved" in kinds and re.search("[?？]", plain):
        return None
    # What was no help at first may be by now, and the other way round.
    if found := [kind for kind in kinds if kind in ("unhelpful", "resolved")]:
        return found[-1]
    return next((counts for kind, counts in _COUNTS.items() if kind in kinds), None)


def behind_small_talk(message: str) -> str:
    """What a message says behind the small talk that it begins with, in lower case: ``useless, get me a person``."""
    plain = _plain(message) if len(message) <= _LONGEST else ""
    return plain[_read(plain, _PHRASES)[1] :]


def _plain(message: str) -> str:
    return re.sub("['’‘`´]", "", simplified(_NAME.sub(r"\1", message)).lower())


def _kinds(plain: str, known: dict[_Kind, re.Pattern[str]]) -> list[_Kind]:
    """The kinds of the phrases that a text is made of; none where it says anything else."""
    kinds, place = _read(plain, known)
    return kinds if place == len(plain) else []


def _read(plain: str, known: dict[_Kind, re.Pattern[str]]) -> tuple[list[_Kind], int]:
    """The kinds of the phrases that a text begins with, each as long as may be, and where they end."""
    kinds, place = list[_Kind](), _end(_BETWEEN, plain, 0)
    while place < len(plain):
        ends = {kind: _end(pattern, plain, place) for kind, pattern in known.items()}
        kind = max(ends, key=ends.__getitem__)
        if ends[kind] <= place:
            break
        kinds.append(kind)
        place = _end(_BETWEEN, plain, ends[kind])
    return kinds, place


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place


def _to_an_offer(kinds: list[_Kind]) -> SmallTalk | None:
    """Whether an offer is taken or declined; ``ok, thanks`` and ``好的，谢谢`` do neither."""
    said = set(kinds) - {"filling"}
    if "declined" in said and said <= {"declined", "thanks", "goodbye", "waiting", "greeting", "understood"}:
        return "declined"
    if said == {"maybe"} or ("yes" in said and said <= {"yes", "maybe", "thanks"}):
        return "yes"
    return None
