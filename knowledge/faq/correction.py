"""Corrections of the previous question: ``no, not the debit card, the credit card``."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from ..retrieval.language import language_of, simplified
from ..retrieval.lexical import content_words
from .question_forms import asks


class _Forms(NamedTuple):
    """A language's patterns, in their order in a message.

    Attributes:
        no: the answer was wrong; something must follow, so that ``no fee`` does not match.
        aside: words before what is meant.
        wrong: something else was asked.
        meant: introduces what was meant; ``mean`` does so only after a no.
        denied: what was not meant, before what was.
        behind: what was not meant, at the end.
        tells: a statement, which asks for nothing else.
    """

    no: re.Pattern[str]
    aside: re.Pattern[str]
    wrong: re.Pattern[str]
    meant: re.Pattern[str]
    mean: re.Pattern[str]
    denied: re.Pattern[str]
    behind: re.Pattern[str]
    tells: re.Pattern[str]


def _compiled(*patterns: str) -> _Forms:
    return _Forms(*(re.compile(pattern, re.IGNORECASE) for pattern in patterns))


_ASKING = r"(?:ask|talk|enquir|inquir)ing (?:about|for|if|whether)"
_ENGLISH = _compiled(
    r"(?:no|nope|nah)(?:\s*[,.!;:…–-]+|\s+(?=i\b|not\b|that\b|the\b))",
    r"(?:(?:no|nope|nah|sorry|oops|wait|hm+|oh|well|actually|but)\b[\s,.!;:…-]*)*",
    r"(?:(?:that|this|it)(?:['’]?s| is| was)? not (?:what|the)\b[^,.;!?:]{0,25}"
    r"|i (?:didn['’]?t|did not) (?:ask|mean) (?:that|this|it))[\s,.;!:-]+",
    # Not what somebody meant to do, or asked a colleague for.
    rf"(?:what )?i (?:really |actually |just )?(?:meant(?: to (?:say|ask|type|write))?(?! to\b)|was {_ASKING})"
    r"(?: (?:about|was|is))*[\s,:]+",
    rf"i (?:mean|asked about|(?:am|['’]?m) {_ASKING})[\s,:]+",
    rf"(?:not|i (?:(?:do|did|was)n['’]?t|(?:do|did|was) not) (?:mean|want|ask|{_ASKING}))(?: (?:about|for))?\s+"
    r"(?P<rejected>[^,.;!?]{1,40}?)(?:\s*[,.;–-]+\s*(?:but\s+)?|\s+but\s+)(?=\w)",
    r"[\s,;–-]+(?:and )?not (?P<rejected>[^,.;!?]{1,40})[.!]*$",
    r"(?:i(?! (?:want|need)\b)|i['’]\w+|its?|that|this|you|we|they|he|she|there|my|our|still|not|never|none|nothing"
    r"|because|thanks?|please|don['’]?t)\b",
)
_PAUSE = "[呀啊哦]?[，,。！!；;：: ]+"
_CHINESE = _compiled(
    rf"(?:不是的?|不对|错了|不|no){_PAUSE}",
    rf"(?:(?:不是的?|不对|错了|不|no|抱歉|不好意思|哦|啊){_PAUSE})*",
    rf"[这那]?不是(?:我(?:想|要)?(?:问|说|要|找)的|这个(?:意思|问题)?){_PAUSE}",
    r"我(?:刚才|刚刚|其实|想|要)*(?:问|说|指|讲)的(?:其实)?是(?!真|实话)|我(?:是说|指的?是|的意思是)(?!真|实话)"
    r"|我其实(?:是|想|要)*(?:问|说)的?",
    r"(?:而?是|我[要想]?的是|我是[想要]?(?:问|说)|我[想要]问)(?!不是|否)",
    rf"(?:我(?:问|说|指|要)的)?不[是要](?:问|指)?(?P<rejected>[^，,。！!？?；;]{{1,12}}?){_PAUSE}(?=而?是|要|我)",
    r"[，,；; ]+而?不[是要](?P<rejected>[^，,。！!？?；;]{1,12})[。！!]*$",
    r"我(?!要|想)|[你您他她它这那]|还是|没|不|谢|因为",
)
_ARTICLE = re.compile(r"^(?:an?|the|my|your)\s+", re.IGNORECASE)
_LONGEST = 200
_MOST_WORDS, _MOST_CHARACTERS = 6, 12  # of what is wanted instead, after a mere no


@dataclass(frozen=True, slots=True)
class Correction:
    """What a customer wants instead.

    Attributes:
        wanted: the message without what it rejects.
        rejected: what it names as not meant, if anything.
    """

    wanted: str
    rejected: str = ""

    def of(self, question: str) -> str:
        """The question with the rejected part replaced by what is wanted; empty if it does not contain that part."""
        rejected, wanted = (_ARTICLE.sub("", text) for text in (self.rejected, self.wanted))
        found = re.search(rf"(?<![a-z]){re.escape(rejected)}(?![a-z])", question, re.IGNORECASE)
        return f"{question[: found.start()]}{wanted}{question[found.end() :]}" if rejected and found else ""


def correction(message: str, said: str) -> Correction | None:
    """What a message corrects; None if nothing.

    Args:
        said: what was asked and offered before, perhaps nothing; must contain what is rejected without a "no" or an "I
            meant".
    """
    text = simplified(message).strip()
    if len(text) > _LONGEST:
        return None
    forms = _CHINESE if language_of(text) == "zh" else _ENGLISH
    words = set(content_words(simplified(said)))
    says_no, rest = bool(forms.no.match(text)), _behind(forms.aside, text)
    is_wrong, rest = bool(forms.wrong.match(rest)), _behind(forms.aside, _behind(forms.wrong, rest))
    found = forms.denied.match(rest)
    if found and (says_no or not words.isdisjoint(content_words(found["rejected"])) or _is_other(rest[found.end() :])):
        rejected, rest = found["rejected"], rest[found.end() :]
    else:
        rejected = ""
    meant = forms.meant.match(rest) or (forms.mean.match(rest) if says_no or is_wrong or rejected else None)
    rest = rest[meant.end() :] if meant else rest
    found = None if rejected else forms.behind.search(rest)
    if found and not words.isdisjoint(content_words(found["rejected"])):
        rejected, rest = found["rejected"], rest[: found.start()]
    rest = rest.strip()
    corrects = meant or is_wrong or rejected or (says_no and _names_another(rest, forms))
    return Correction(rest, rejected.strip()) if rest and corrects else None


def _behind(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.match(text)
    return text[found.end() :] if found else text


def _is_other(rest: str) -> bool:
    """Whether the rest says what something is instead, as in 是国外, without asking."""
    return rest.startswith(("是", "而是")) and not asks(rest)


def _names_another(rest: str, forms: _Forms) -> bool:
    """Whether the text after a no is short and names something: ``abroad``, but not ``how long?``, a new question."""
    is_short = len(rest) <= _MOST_CHARACTERS if forms is _CHINESE else len(rest.split()) <= _MOST_WORDS
    return is_short and not forms.tells.match(rest) and not asks(rest)
