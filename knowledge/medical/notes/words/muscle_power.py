"""Grades of the power of muscles, 0 to 4 of 5: ``power 3/5 L arm and leg``, ``R side power 0/5``. 5/5 is normal.

The Chinese ones stand in :mod:`.qualities`.
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
_SIDE = r"(?:(?:R|L|right|left|both|bilateral|all(?: four| 4)?)(?:[- ]sided)?)"
_WHERE = rf"(?:(?:{_SIDE} )?{_PART}(?:(?:,? and | ?[&+/] ?)(?:{_SIDE} )?{_PART})?|(?:R|L|right|left)[- ]sided)"
_IN = r" ?[:=,]? ?(?<![A-Za-z0-9])(?:(?:in|of|on|the|his|her) ){0,2}"
_IS = r"(?: ?[:=])? ?(?:(?:is|was|of|at|to|only|reduced|decreased|graded?|now) ){0,3}"
_GRADE = r"(?<![\d/])(?P<grade>[0-5][+-]? ?/ ?5)(?![\d/])"
_POWER = re.compile(
    rf"\b(?:(?P<before>{_WHERE}) )?(?P<power>(?:(?:motor|muscle) )?(?:power|strength|MRC(?: grade)?))\b"
    rf"(?:{_IN}(?P<between>{_WHERE}))?{_IS}{_GRADE}(?:{_IN}(?P<after>{_WHERE})\b(?!:? ?[0-5]))?",
    re.IGNORECASE,
)
_NEXT = re.compile(  # of a list: "R arm 3/5, R leg 4/5"
    rf"[,;]? (?:and )?(?:(?P<before>{_WHERE}):? {_GRADE}|{_GRADE.replace('grade', 'first')}{_IN}(?P<after>{_WHERE})\b)",
    re.IGNORECASE,
)
_ARM = re.compile(r"\b(?:arms?|hands?|grip|upper|[RL]?U[LE]s?)\b", re.IGNORECASE)
_LEG = re.compile(r"\b(?:legs?|f(?:oo|ee)t|lower|[RL]?L[LE]s?)\b", re.IGNORECASE)
_ONE_SIDE = re.compile(r"\b(?:[RL](?=[UL][LE]s?\b|\b)|right|left)", re.IGNORECASE)


def muscle_powers(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of a reduced power with its grade, and the code of the weakness."""
    for match in _POWER.finditer(text):
        if match["grade"][0] != "5":
            where = match["before"] or match["between"] or match["after"] or ""
            yield match.start("power"), match.end("grade"), _weakness(where)
        end = match.end()
        while listed := _NEXT.match(text, end):
            grade = "grade" if listed["grade"] else "first"
            if listed[grade][0] != "5":
                yield *listed.span(grade), _weakness(listed["before"] or listed["after"])
            end = listed.end()


def _weakness(where: str) -> str:
    if not where:
        return _OF_MUSCLES
    arm, leg = _ARM.search(where), _LEG.search(where)
    if arm and not leg:
        return _OF_ARM
    if leg and not arm:
        return _OF_LEG
    sides = {side[0][0].lower() for side in _ONE_SIDE.finditer(where)}
    return _HEMIPARESIS if len(sides) == 1 else _OF_LIMBS
