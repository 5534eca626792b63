"""Body side and site of a finding, from the words beside it: "left leg weakness", 双下肢水肿.

Only adjacent words count, so that a side is missing rather than wrong: "chest pain radiating to the left arm" is not
pain on the left, and a patient who left has no side.
"""

import re
from typing import NamedTuple

from ...case import Side
from ..characters import plain

_REACH = 60  # characters read before and after
_PART = (
    r"(?:(?:upper|lower|inner|outer|anterior|posterior|lateral|medial|distal|proximal|big|great|little|index|ring|"
    r"middle) ){0,2}(?:arms?|forearms?|elbows?|shoulders?|wrists?|hands?|palms?|fingers?|thumbs?|legs?|thighs?|calf|"
    r"calves|shins?|knees?|ankles?|heels?|feet|foot|soles?|toes?|hips?|buttocks?|groin|limbs?|extremit(?:y|ies)|face|"
    r"facial|cheeks?|temples?|forehead|scalp|head|jaw|eyes?|eyelids?|ears?|neck|chest|breasts?|flanks?|loins?|ribs?|"
    r"back|abdomen|belly|lungs?|bases?|kidneys?|ovar(?:y|ies)|testicles?|testis|testes|scrotum|trunk|lips?|tongue|"
    r"(?-i:[UL]Es?))"
)
_LEFT, _RIGHT = r"left|(?-i:Lt?)\b\.?", r"right|(?-i:Rt?)\b\.?"
_BOTH = rf"bilateral(?:ly)?|both|b/l|(?-i:B)(?= {_PART})"
_SIDE = rf"(?:{_LEFT}|{_RIGHT}|{_BOTH})(?:[- ]?(?:sided?|hand side))?"
_SIDED = rf"{_SIDE}[ -]{_PART}"
_KIND = (
    r"(?:sudden|acute|chronic|mild|moderate|severe|dense|new|marked|slight|painful|progressive|pitting|persistent|"
    r"intermittent|worsening|total|partial|open|closed|deep)"
)
_BEFORE = re.compile(
    # "she left", "was right", "L5" and "hepatitis B" are no sides
    r"(?<![\w/.+-])(?<!\bhe )(?<!they )(?<!who )(?<!patient )(?<!\bpt )(?<!was )(?<!\bis )(?<!has )(?<!had )(?<!all )"
    rf"({_SIDED}|{_SIDE}|{_PART})[ -](?:{_KIND} ){{0,2}}$",
    re.IGNORECASE,
)
_WITHIN = re.compile(rf"(?<!\w)({_SIDED}|{_SIDE})(?!\w)", re.IGNORECASE)
_ENDS = r"(?=\)?\s*(?:[.,;:)\n]|$|(?:and|or|with|since|for|x ?\d|\d)))"
_BEHIND = re.compile(
    r" (?:(?:is|was|located|locali[sz]ed|worse|mostly|mainly) )*(?:in|on|of|at|over|involving|affecting|across) "
    rf"(?:the |his |her |their |my )?({_SIDED}|{_SIDE}{_ENDS}|{_PART})(?!\w)|"
    rf",? \(?({_SIDED}|{_SIDE}){_ENDS}",
    re.IGNORECASE,
)
_PART_ZH = (
    "(?:[上下前后小大内外]?(?:肢体?|臂|肩|肘|腕|手|掌|指|腿|膝|踝|足|脚|趾|髋|臀|面|脸|颊|眼|耳|鼻|颈|胸|腹|腰|背|肋|乳房?|"
    "腹股沟|睾丸|肾区?|肺底?|额|颞|头|唇|躯干|半身)(?:关节|部|侧)*)"
)
_SIDE_ZH = rf"(?:左(?!右)|(?<!左)右|双(?![胍胎重相])|两(?=侧|{_PART_ZH}))"
_SIDED_ZH = f"{_SIDE_ZH}侧?{_PART_ZH}?"
_BEFORE_ZH = re.compile(rf"({_SIDED_ZH}|{_PART_ZH})(?:的|可见|有|明显|凹陷性)?$")
_WITHIN_ZH = re.compile(f"({_SIDED_ZH})")
_BEHIND_ZH = re.compile(f"(?:位于|在|累及)({_SIDED_ZH}|{_PART_ZH})")
_HAS_PART = re.compile(rf"\b{_PART}$|{_PART_ZH}$", re.IGNORECASE)
_SIDES = {
    Side.LEFT: re.compile(rf"\b(?:{_LEFT})|左", re.IGNORECASE),
    Side.RIGHT: re.compile(rf"\b(?:{_RIGHT})|右", re.IGNORECASE),
    Side.BOTH: re.compile(rf"\b(?:{_BOTH})|[双两]", re.IGNORECASE),
}


class Site(NamedTuple):
    """Where a finding is.

    Attributes:
        words: the part of the body, verbatim, with its side; empty if no word beside the finding names one.
        side: None if no word states it.
    """

    words: str = ""
    side: Side | None = None


def site_of(text: str, start: int, end: int) -> Site:
    """Body site and side of the span ``text[start:end]``; words inside it win over words before, then after."""
    normal = plain(text)
    before, behind = normal[max(0, start - _REACH) : start], normal[end : end + _REACH]
    found = (
        *(regex.search(normal[start:end]) for regex in (_WITHIN, _WITHIN_ZH)),
        *(regex.search(before) for regex in (_BEFORE, _BEFORE_ZH)),
        *(regex.match(behind) for regex in (_BEHIND, _BEHIND_ZH)),
    )
    places = [next(filter(None, match.groups())) for match in found if match]
    return Site(
        next((place for place in places if _HAS_PART.search(place)), ""),
        next((side for place in places if (side := side_of(place))), None),
    )


def side_of(words: str) -> Side | None:
    """The side that the name of a body part states ("Structure of left knee"), or None."""
    sides = {side for side, regex in _SIDES.items() if regex.search(plain(words))}
    if sides == {Side.LEFT, Side.RIGHT}:
        return Side.BOTH
    return sides.pop() if len(sides) == 1 else None
