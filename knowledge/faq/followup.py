"""Recognises follow-up questions and makes them standalone."""

import re
from collections import Counter
from collections.abc import Sequence

from ..retrieval.language import MINUS, language_of, simplified
from ..retrieval.lexical import content_words

_ENGLISH_OPENING = re.compile(r"^(and|but|or|so|then|also|what about|how about|what if|ok|okay)\b", re.IGNORECASE)
_ENGLISH_REFERENCE = re.compile(
    r"\b(it|its|that|this|they|them|their|those|these|same|he|him|his|she|her)\b", re.IGNORECASE
)
# 微信可以吗, 已经发货了怎么办, 丢了怎么办; but 退款可以吗 and 已经过期的卡怎么换 name what they ask about.
_LACKS_SUBJECT = (
    r"^[^退换改取还存转开办订借提寄销查修约缴]{1,4}(?:可以|行)[吗么][？?]?$"
    r"|^(?:[丢坏错忘迟破没]|弄[丢坏错]|丢失|损坏|忘记|过期|逾期|[输填写选]错)了[，, ]?(?:怎么办|咋办)"
    r"|^已经.{1,6}了[，, ]?(?:怎么办|咋办|还?(?:能|可以|来得及)[吗么])"
)
_CHINESE_REFERENCE = re.compile(
    r"^(那|还有|还有呢|然后|如果|要是|所以)|[它他她]|这个|那个|这样|那样|这种|这笔|[这那]张|呢[？?]?$"
    rf"|{_LACKS_SUBJECT}"
)
# Words before a question that are not part of it.
_ENGLISH_BEFORE = (
    r"(?:(?:hi|hello|hey|also|and|but|so|then|or|please|ok|okay|thanks|thank you|well|actually|seriously|anyway|sorry"
    r"|by the way|btw|(?:just )?(?:one|another|a|last)(?: (?:more|last|other|quick|final))? (?:thing|question))"
    r"[ ,.!:]{1,3}){0,3}"
)
_CHINESE_BEFORE = (
    r"(?:(?:另外|还有|对了|不好意思)(?=[，,。！!：: ])|[你您]好|请问一?下?|顺便(?:再?问一?下)?|再问一?下"
    r"|我?想?(?:再?问|咨询)一下|[，,。！!：: ]){1,6}"
)
_ENGLISH_QUESTION = (
    r"(?:how|what|whats|when (?:do|does|is|are|will|can)|where|who|which|can|could|may|do|does|is|are|will|would)\b"
)
_BEFORE = re.compile(rf"{_ENGLISH_BEFORE}(?={_ENGLISH_QUESTION})|{_CHINESE_BEFORE}", re.IGNORECASE)
_GREETING = re.compile(rf"^(?:{_CHINESE_BEFORE}|{_ENGLISH_BEFORE})", re.IGNORECASE)  # even if no question follows
_APOSTROPHE = re.compile("['’‘`´]")
_USUAL_SIGNS = str.maketrans("＃＄％＋－￠￡￥−–", "#$%+-¢£¥--")
_CURRENCY = r"[$¢-¥\u20a0-\u20c0]"
_CURRENCY_BEHIND = re.compile(rf"(\d+(?:[.,]\d+)*)\s?({_CURRENCY})(?!\s?\d)")
# Words, and signs that distinguish them: €5 and $5, C# and C++, Pro and Pro+, 5% and 5, -5 and 5.
_TELLING = re.compile(rf"[^\W_]+|%|{_CURRENCY}|(?<=[^\W_])(?:#+|\++|\s\++(?!\w))|{MINUS}(?={_CURRENCY}?\d)")
_ENGLISH_ASKS = re.compile(
    rf"(?:[-*•–]\s{{0,3}}|\(?[\da-z]{{1,2}}[.)]\s?)?{_ENGLISH_BEFORE}{_ENGLISH_QUESTION}", re.IGNORECASE
)
_CHINESE_ASKS = re.compile(
    r"(?<!不)怎么|怎样|如何|多少|多久|几[天个点]|什么|哪[里儿些个家]|在哪|吗|是否|啥|谁(?!知|料|想到)"
    r"|([^\W时动不没])[不没]\1"  # 能不能, 退不退, 有没有; but 时不时 is "now and then", 动不动 "at every turn"
)
_POINTS_BACK = re.compile(
    r"\b(?:its?|that|this|the[my]|their|those|these|same|he|him|his|she|her|ones?|there(?! (?:is|are|an?)\b)|then"
    r"|(?:what|how) about|what if)\b"
    r"|^(?:那|这|该|如果|要是)|[它他她]|[这那](?:个|样|种|笔|张)"
    rf"|{_LACKS_SUBJECT}",
    re.IGNORECASE,
)
_MANY_WORDS, _MANY_CHARACTERS = 12, 20
_FEW_WORDS, _FEW_CHARACTERS = 5, 8  # a longer question that points back at nothing is complete
_FEWEST_WORDS = 2  # content words of a standalone question
# Verbs done to what was asked about before; with any other, one content word makes a question complete: "Where can I
# park?"
_TO_THAT = (
    r"(?:apply|activate|begin|book|buy|cancel|change|check|choose|claim|continue|decide|do|enrol|find out|fix|get|go"
    r"|help|join|know|order|proceed|register|renew|resolve|return|send|sign up|solve|start|submit|subscribe|tell"
    r"|upgrade|use)"
)
_ENGLISH_SHORT = re.compile(
    rf"{_ENGLISH_BEFORE}(?:how|where|when) (?:can|could|do|should|may|will) (?:i|we|you) (?!{_TO_THAT}\W*$)[^.!?]+\?+",
    re.IGNORECASE,
)

_CAPITALISED = r"[A-Z][\w’'&-]*"
_NAME = re.compile(rf"{_CAPITALISED}(?:\s+(?:(?:of|the|and|on|in|for|de|van)\s+)*{_CAPITALISED})*")
# Words capitalised because they begin a sentence, not because they are names.
_BEGINS = re.compile(
    r"(?:a|after|also|and|any|are|as|at|because|but|can|could|did|do|does|for|from|had|has|have|hello|hi|how|i|i['’]\w+|if"
    r"|in|is|it|my|no|not|of|ok|okay|on|or|other|please|should|so|some|tell|than|thanks|that|the|then|there|these|this|to"
    r"|was|we|were|what|when|where|which|while|who|whose|why|will|with|would|yes|you|your)",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’]s$")
_NAMES_KEPT = 3
_PAUSE = re.compile(r"[.?!。？！\n]+\s*|[,，;；]\s*|\b(?:and|but|also)\b\s*", re.IGNORECASE)
_LAST_PARTS = 3


def is_follow_up(message: str) -> bool:
    """Whether a message depends on the one before it: short, with a linking opening or a reference back."""
    message = simplified(message)
    if language_of(message) == "zh":
        return len(message) <= _MANY_CHARACTERS and bool(_CHINESE_REFERENCE.search(message))
    short = len(message.split()) <= _MANY_WORDS
    return short and bool(_ENGLISH_OPENING.search(message.strip()) or _ENGLISH_REFERENCE.search(message))


def asks(text: str) -> bool:
    """Whether a text has the form of a question, with a mark or without."""
    if language_of(text) == "zh":
        return bool(_CHINESE_ASKS.search(simplified(text)))
    return bool(_ENGLISH_ASKS.match(text))


def without_opening(text: str) -> str:
    """A question without the greeting or "also" before it: ``ok, and how do I pay?`` becomes ``how do I pay?``."""
    found = _BEFORE.match(text)
    return (text[found.end() :] if found else "") or text


def bare(text: str) -> str:
    """A text for comparison, without case, punctuation and greeting: ``Hello, Opening hours?`` is ``opening hours``.

    Signs with a meaning stay: currencies (5$ becomes $5), ``%``, ``#`` and ``+`` after a word, and a minus.
    """
    usual = _APOSTROPHE.sub("", _GREETING.sub("", text, count=1)).translate(_USUAL_SIGNS).lower()
    words = _TELLING.findall(_CURRENCY_BEHIND.sub(r"\2\1", usual))
    return " ".join(word.strip() for word in words) or text


def words_alone(bare_text: str) -> str:
    """The result of :func:`bare` without signs."""
    return " ".join(word for word in bare_text.split() if word[0].isalnum())


def is_question(text: str) -> bool:
    """Whether a text asks, with at least two content words."""
    return asks(text) and len(content_words(text)) >= _FEWEST_WORDS


def is_short_question(text: str) -> bool:
    """Whether a sentence asks about one action: ``Where can I park?`` or ``怎么退货``."""
    if language_of(text) == "zh":
        return asks(text) and any(len(word) > 1 for word in content_words(_CHINESE_ASKS.sub(" ", simplified(text))))
    return bool(_ENGLISH_SHORT.fullmatch(text)) and bool(content_words(text))


def points_back(text: str) -> bool:
    """Whether a question needs the one before it to be understood."""
    return bool(_POINTS_BACK.search(text))


def is_whole(message: str) -> bool:
    """Whether a message is a complete question, though it may open like a follow-up: ``ok, and how do I pay?``."""
    return is_question(message) and not points_back(message)


def is_fragment(message: str) -> bool:
    """Whether a message is too short to be a complete question: ``what deposit do I need``."""
    if language_of(message) == "zh":
        return len(message) <= _FEW_CHARACTERS
    return len(message.split()) <= _FEW_WORDS


def endings(message: str) -> list[str]:
    """Possible endings of a message, longest first: ``My card is lost. How do I order a new one?``."""
    places = [pause.end() for pause in _PAUSE.finditer(message)]
    return list(dict.fromkeys(rest for place in places[-_LAST_PARTS:] if (rest := message[place:].strip())))


def standalone(message: str, earlier_messages: Sequence[str]) -> str:
    """The message as a standalone question for the search.

    A follow-up is joined to the last message that was not one, so that a chain of them neither grows nor drifts. A
    follow-up or a few words without a name are taken to be about earlier names (people, products, places).

    Args:
        message: the customer's message.
        earlier_messages: the customer's earlier messages, oldest first.
    """
    subject = ""
    if is_follow_up(message):
        first = "".join(earlier_messages[:1])  # depends on nothing, though it may contain references
        subject = next((one for one in reversed(earlier_messages) if not is_follow_up(one) or is_whole(one)), first)
    own = message if not subject else f"{subject.rstrip()} {message}"
    whole = not subject and len(message.split()) > _FEW_WORDS
    if language_of(message) == "zh" or whole or _names(message):
        return own
    counts = Counter(name for earlier in reversed(earlier_messages) for name in _names(earlier))  # the latest first
    missing = [name for name, _ in counts.most_common(_NAMES_KEPT) if name.lower() not in own.lower()]
    return f"{', '.join(missing)}: {own}" if missing else own


def _names(text: str) -> list[str]:
    """Capitalised words and runs of them, except those that only begin a sentence; none in a text in capitals."""
    if text.isupper() and len(text.split()) > _NAMES_KEPT:
        return []
    found = []
    for match in _NAME.finditer(text):
        words = match.group().split()
        while words and _BEGINS.fullmatch(_POSSESSIVE.sub("", words[0])):
            words = words[1:]
        if words:
            found.append(_POSSESSIVE.sub("", " ".join(words)))
    return found
