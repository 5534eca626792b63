"""Grades of muscle power, 0 to 4 of 5: ``power 3/5 L arm and leg``, ``R side power 0/5``. 5/5 is normal.

Chinese ones are in :mod:`.qualities`.
"""

import re
from collections.abc import Iterator

from ...codes import code_of

_HEMIPARESIS = code_of("HP:0001269 Hemiparesis")
_OF_LIMBS = code_of("HP:0003690 Limb muscle weakness")
_OF_ARM = code_of("HP:0003484 Upper limb muscle weakness")
_OF_LEG = code_of("HP:0007340 Lower limb muscle weakness")
_OF_MUSCLES = code_of("HP:0001324 Muscle weakness")

_PART = (
    r"(?:(?:(?:upper|lower)(?: and lower)? )?(?:limbs?|extremit(?:y|ies))|[RL]?[UL][LE]s?|arms?|legs?|hands?|grip|"
    r"f(?:oo|ee)t|side)"
)
_ONE = r"(?:R|L|right|left)"
_SIDE = rf"(?:(?:{_ONE}|both|bilateral|all(?: four| 4)?)(?:[- ]sided)?)"
_WHERE = rf"(?:(?:{_SIDE} )?{_PART}(?:(?:,? and | ?[&+/] ?)(?:{_SIDE} )?{_PART})?|{_ONE}[- ]sided)"
_OR_SIDE = rf"(?:{_WHERE}|{_ONE}(?=:? ?[0-5]))"  # "power R 5/5, L 3/5"
_IN = r" ?[:=,]? ?(?<![A-Za-z0-9])(?:(?:in|of|on|the|his|her) ){0,2}"
_IS = r"(?: ?[:=])? ?(?:(?:is|was|of|at|to|only|reduced|decreased|graded?|now) ){0,3}"
_GRADE = r"(?<![\d/])(?P<grade>[0-5][+-]? ?/ ?5)(?![\d/])"
_NAME = (
    r"(?:(?:motor|muscle) )?(?:power|(?<!pain )strength|(?P<scale>MRC(?: grade)?))|"
    r"motor(?: function| exam(?:ination)?)?"
)
_POWER = re.compile(
    rf"\b(?:(?P<before>{_WHERE}) )?(?P<power>{_NAME})\b(?:{_IN}(?P<between>{_OR_SIDE}))?{_IS}{_GRADE}"
    rf"(?:(?P<to>{_IN})(?P<after>{_WHERE})\b(?!:? ?[0-5]))?",
    re.IGNORECASE,
)
_NEXT = re.compile(  # in a list: "R arm 3/5, R leg 4/5", "5/5 throughout except L leg 4/5"
    rf"(?: throughout)?[,;]? (?:(?:and|but|(?:except|apart from|bar)(?: for| in)?) )?"
    rf"(?:(?P<before>{_OR_SIDE}):? {_GRADE}|{_GRADE.replace('grade', 'first')}{_IN}(?P<after>{_WHERE})\b)",
    re.IGNORECASE,
)
_MOVEMENT = re.compile(
    r" ?(?:(?:in|of|on) )?(?:(?:R|L|right|left) )?(?:proximal|distal|shoulder|elbow|wrist|finger|thumb|hip|knee|ankle|"
    r"toe|EHL|dorsi|plantar|flex|exten|abduct|adduct|quad|hamstring|deltoid|biceps|triceps|muscle)",
    re.IGNORECASE,
)
_WORD_BEFORE = re.compile(r"[A-Za-z] $")
_A_PART = re.compile(rf"\b{_PART}\b", re.IGNORECASE)
_ARM = re.compile(r"\b(?:arms?|hands?|grip|upper|[RL]?U[LE]s?)\b", re.IGNORECASE)
_LEG = re.compile(r"\b(?:legs?|f(?:oo|ee)t|lower|[RL]?L[LE]s?)\b", re.IGNORECASE)
_ONE_SIDE = re.compile(r"\b(?:[RL](?=[UL][LE]s?\b|\b)|right|left)", re.IGNORECASE)
_BOTH_SIDES = re.compile(r"\b(?:both|bilateral|all)\b", re.IGNORECASE)
_GRADE_OF = re.compile(r"([0-5])[+-]? ?/ ?5")
WEAKNESSES = frozenset((_HEMIPARESIS, _OF_LIMBS, _OF_ARM, _OF_LEG))
_MEASURED = re.compile(r"[345][+-]? ?/ ?5$|肌力[^，。；]{0,4}[345]")
_CHANGED = re.compile(r"\b(?:new|acute|sudden|wors|increas|declin|deteriorat)|突|新|加重|下降|较前", re.IGNORECASE)
_IS_GRADE = re.compile(r"(?<![\d/])[0-4][+-]? ?/ ?5$")


def muscle_powers(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of each reduced power with its grade, and the code of the weakness."""
    for start, end, where in _reduced(text):
        yield start, end, _weakness(where)


def is_grade(phrase: str) -> bool:
    """Whether the words of a weakness are a grade of power."""
    return _IS_GRADE.search(phrase) is not None


def is_mild_weakness(code: str, phrase: str, sentence: str) -> bool:
    """Whether it is a weakness that was measured, not of the lowest grades, and not called new or worse.

    On the side of a deficit left by an old illness it is that deficit.
    """
    return code in WEAKNESSES and _MEASURED.search(phrase) is not None and _CHANGED.search(sentence) is None


def is_on_both_sides(text: str) -> bool:
    """Whether power is reduced on both sides, and equally if each has its own grade."""
    graded = [(where, _GRADE_OF.findall(text[start:end])[-1]) for start, end, where in _reduced(text)]
    by_side = {side: {grade for where, grade in graded if side in _sides(where)} for side in "lr"}
    both = any(_BOTH_SIDES.search(where) for where, _ in graded)
    return both or bool(by_side["l"] and by_side["r"] and min(by_side["l"]) == min(by_side["r"]))


def _reduced(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of each reduced power, and the part of the body named beside it."""
    for match in _POWER.finditer(text):
        if match["scale"] and not _is_of_muscles(match):
            continue
        end = match.end()
        if match["grade"][0] != "5":
            yield match.start("power"), match.end("grade"), _place(match, match["between"], match["after"])
        while listed := _NEXT.match(text, end):
            grade = "grade" if listed["grade"] else "first"
            if listed[grade][0] != "5":
                yield *listed.span(grade), _place(match, listed["before"] or listed["after"])
            end = listed.end()


def _is_of_muscles(match: re.Match[str]) -> bool:
    """Whether an MRC grade is of muscle power; there is also one of breathlessness."""
    beside = match["before"] or match["between"] or (match["after"] and "," not in match["to"])
    return bool(beside) or _MOVEMENT.match(match.string, match.end("grade")) is not None


def _place(match: re.Match[str], named: str | None, else_named: str | None = None) -> str:
    """The place ``named`` at a grade; if that is only a side, with the part at the head of the list."""
    head = match["before"] or ""
    if named and _A_PART.search(named):
        return named
    if named and not head and _WORD_BEFORE.search(match.string, 0, match.start()):
        return ""  # of something smaller: "hip flexion power L 4/5"
    place = " ".join(filter(None, (named, head)))
    return place if _sides(place) else " ".join(filter(None, (place, else_named)))


def _sides(where: str) -> set[str]:
    return {side[0][0].lower() for side in _ONE_SIDE.finditer(where)}


def _weakness(where: str) -> str:
    if not where:
        return _OF_MUSCLES
    arm, leg = _ARM.search(where), _LEG.search(where)
    if arm and not leg:
        return _OF_ARM
    if leg and not arm:
        return _OF_LEG
    return _HEMIPARESIS if len(_sides(where)) == 1 else _OF_LIMBS
