"""Recognises which offered title a customer chooses: by its place, by its subject, or with a yes."""

import re
from collections.abc import Sequence

from ..retrieval.language import simplified
from ..retrieval.lexical import content_words

_BEFORE = (
    r"(?:(?:yes|yeah|yep|sorry|ok(?:ay)?|i (?:mean|meant|want|choose|pick)|its|the|number|no\.?|option"
    r"|就是?|是的?|对|好的?|我?(?:说|指|想问|想|选|要)的?是?|上面的?)[ ,，。]*|[#(（] ?)*"
)
_BEHIND = r"(?:[ ,，]*(?:one|option|question|article|please|pls|thanks|thank you|then|吧|谢谢|[.!)。！）]))*"


def _named(place: str) -> re.Pattern[str]:
    return re.compile(rf"{_BEFORE}(?:{place}){_BEHIND}", re.IGNORECASE)


_FIRST = _named(r"1(?:st|号)?|first|top(?= one)|(?<=number )one|(?<=option )one|第?[1一][个条项]|第?一|[前上]面那?个")
_SECOND = _named(r"2(?:nd|号)?|second|(?<=number )two|(?<=option )two|第?[2二两][个条项]|第?二")
_THIRD = _named(r"3(?:rd|号)?|third|(?<=number )three|(?<=option )three|第?[3三][个条项]|第?三")
_MIDDLE = _named(r"middle(?: one)|中间那?个")
_LAST = _named(r"last(?: one)?|bottom(?= one)|最后一?[个条项]|最后那个|最下面那?个")
_ABOUT = _named(
    r"(?:one|article) (?:about|on|with|for) ([\w' -]+?)|([^，。？?]+?)的?那[个条]"
    r"|(?!(?:how|what|where|when|who|which|can|could|may|do|does|is|are|will|would)\b)([\w' -]+?) one"
)
_YES = re.compile(
    r"(?:(?:yes|yeah|yep|yup|exactly|(?:是|对|没错)的?)(?:,? (?:please|thanks|that one))?[ .!,，。！]*)+", re.IGNORECASE
)


def chosen(message: str, titles: Sequence[str]) -> str | None:
    """The title, if a message only names one: ``the second one``, ``3``, ``第一个``, ``the one about fees``.

    A yes chooses a title that was offered alone.
    """
    plain = simplified(message).strip()
    if not titles:
        return None
    if len(titles) == 1 and _YES.fullmatch(plain):
        return titles[0]
    if _LAST.fullmatch(plain):
        return titles[-1]
    if len(titles) == 3 and _MIDDLE.fullmatch(plain):
        return titles[1]
    places = zip(titles, (_FIRST, _SECOND, _THIRD), strict=False)
    return next((title for title, place in places if place.fullmatch(plain)), None) or _by_subject(plain, titles)


def _by_subject(plain: str, titles: Sequence[str]) -> str | None:
    """The only title with all the words that describe it: ``the fees one``, ``收费的那个``."""
    found = _ABOUT.fullmatch(plain)
    named = set(content_words(next(filter(None, found.groups()), ""))) if found else set()
    having = [title for title in titles if named and named <= set(content_words(simplified(title)))]
    return having[0] if len(having) == 1 else None
