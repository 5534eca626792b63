"""Which of the titles that were offered a customer names by its place."""

import re
from collections.abc import Sequence

from ..retrieval.language import simplified


def _named(place: str) -> re.Pattern[str]:
    before, behind = r"(?:the|number|no\.?|option|我?选|我?想问)", r"one|option|question|article|please|吧|谢谢"
    return re.compile(rf"(?:{before} ?)*(?:{place})(?:[ ,，]*(?:{behind}))*", re.IGNORECASE)


_FIRST = _named(r"1|first|1st|第?一[个条项]|第一")
_SECOND = _named(r"2|second|2nd|第?[二两][个条项]|第二")
_THIRD = _named(r"3|third|3rd|第?三[个条项]|第三")
_LAST = _named(r"last|最后一?[个条项]")


def by_place(message: str, titles: Sequence[str]) -> str | None:
    """The title that a message names by nothing but its place: ``the second one``, ``3``, ``第一个``."""
    plain = simplified(message).strip(" .!()。！（）")
    if titles and _LAST.fullmatch(plain):
        return titles[-1]
    return next(
        (title for title, place in zip(titles, (_FIRST, _SECOND, _THIRD), strict=False) if place.fullmatch(plain)), None
    )
