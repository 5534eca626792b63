"""Questions about another organisation (its fees, its app), which the company's own FAQ would wrongly answer."""

import functools
import re
from collections.abc import Iterable
from importlib.resources import files

from ..retrieval.language import HAN, simplified

# Words before a name that make the question one for the company itself: "transfer to Lloyds", "the same as Barclays".
_BESIDE = re.compile(
    r"(?:\b(?:from|to|into|onto|with|via|through|using|by|than|as|like|accept|take|between|and|or|at|in|on)"
    r"(?: (?:my|an?|the))?\s|[从到给用往向和跟与]|通过|转入|转去)$",
    re.IGNORECASE,
)
_THEN = re.compile(  # "an Amex card is accepted", "my Netflix direct debit"
    r"\s(?:cards? )?(?:(?:is |are )?(?:accepted|allowed|supported)|direct debits?|standing orders?|subscriptions?|"
    r"payments?|transactions?|purchases?|refunds?)\b|(?:可以用|能用|可以吗|能不能用|支持吗|的?(?:扣款|付款|交易|订阅|退款))",
    re.IGNORECASE,
)
_OF_US = re.compile(r"\b(?:you|your|yours|u)\b|你|您|贵(?:行|司|店|公司)|咱们", re.IGNORECASE)
_ASIDE = re.compile(
    r"\b(?:(?:can|could|would|will|do|did) you (?:please )?(?:tell|know|explain|say|show|help|give|let|find)|thank you"
    r")\b"
    r"|请?[你您](?:知道|能告诉|告诉|帮)|你好|您好|谢谢[你您]",
    re.IGNORECASE,
)


def asks_of_another(question: str, own: Iterable[str]) -> bool:
    """Whether a question asks about a known organisation that none of the company's texts mentions.

    Args:
        question: as the customer wrote it.
        own: the company's names and the texts of its FAQ, in simplified characters.
    """
    text = simplified(question)
    named = [
        match
        for match in _names().finditer(text)
        if not _BESIDE.search(text[: match.start()]) and not _THEN.match(text[match.end() :])
    ]
    if not named or _OF_US.search(_ASIDE.sub("", text)):
        return False
    strangers = {match[0].lower() for match in named}
    for each in own:
        strangers = {name for name in strangers if name not in each.lower()}
    return bool(strangers)


@functools.cache
def _names() -> re.Pattern[str]:
    lines = (files(__package__) / "organisations.txt").read_text("utf-8").splitlines()
    names = [name.strip() for line in lines if not line.startswith("#") for name in line.split(",") if name.strip()]
    return re.compile("|".join(map(_pattern, sorted(names, key=len, reverse=True))))


def _pattern(name: str) -> str:
    if HAN.search(name):
        return re.escape(name)
    within = rf"(?<=[a-z] ){re.escape(name)}" if name != name.lower() else rf"(?<![\w&])(?i:{re.escape(name)})"
    return rf"{within}(?![\w&])"
