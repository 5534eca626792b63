"""Mother and baby in a note about one of them: for an adult patient "the baby" is another person, and for a woman who
is pregnant or has given birth "Mum" is the patient."""

import re

from .cue_rules import Assertion, CueRule, Effect

_ADULT = 12  # years
_A_CHILD = re.compile(
    r"\b(?:baby|babe|infant|neonat\w+|newborn|toddler|child|boy|girl|twins?|son|daughter|brings?|brought)\b|"
    r"患儿|\A\W*(?:新生儿|[男女]婴)|之[子女]",
    re.I,
)
_HAS_BORNE = re.compile(  # the opening is the mother's: "32F day 1 post SVD of a baby boy"
    r"\W*(?:\w+ ){0,2}\d{2} ?(?:F\b|y\w*[ -])(?![^.\n]*\b(?:brings?|brought)\b)[^.\n]*"
    r"(?:[SN]VD|LSCS|deliver\w+|post-?(?:natal|partum)|birth)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?]\s|[。\n]")
_OBSTETRIC = re.compile(
    r"\b(?:pregnan\w+|gravid\w*|G\d{1,2} ?P\d|gestation\w*|in labou?r|labou?r ward|[SN]VD|LSCS|C-?sections?|"
    r"ca?esarean|forceps|ventouse|delivery|delivered|post-?(?:natal|partum)|ante-?natal|PPH)\b|\d/40\b",
    re.IGNORECASE,
)
_STATE = (
    r"(?:(?:a?febrile|pyrexi\w+|well|unwell|asymptomatic|stable|septic|shivering|rigor\w*|comfortable|tachycardic|"
    r"hypotensive|bleeding|pale|drowsy|confused|collapsed|c/o|complain(?:s|ing) of|feels|reports|"
    r"has (?:an? )?(?:fever|pyrexia|temp\w*|rigors|headache|(?:heavy )?bleeding))\b|"
    r"(?:BP|HR|T|temp|pulse|SpO2|sats|RR|GCS|EBL|obs)[ :]+\d)"
)
_MUM = re.compile(
    rf"(?:\A|(?<=[.;\n]\s)|(?<=\n))(?:mum|mom|mother)(?:'s(?: obs)?)?(?:\s?[:,])?"
    rf"(?=\s+(?:(?:is|was|now|very|remains)\s)*{_STATE})",
    re.IGNORECASE,
)
_BABY = "(?:(?:the|her|his|their) )?(?:baby|newborn|neonate|infant)"
_WELL = r"(?! (?:[\w-]+ ){0,2}(?:mov\w+|feed\w*|latch\w*|kick\w*|engaged|check\w*))"
_BABY_RULES = (
    CueRule(
        Assertion.OTHER_PERSON,
        (
            rf"(?:(?<=\A)|(?<=[.;\n]\s)|(?<=\n)){_BABY}\s?:",
            "(?<!spinal.)(?:umbilical )?cord (?:(?:blood|arterial|venous|gas(?:es)?|samples?):? )*"
            r"(?=(?:pH|BE|lactate|Hb)\b)",
        ),
    ),
    CueRule(Assertion.OTHER_PERSON, (r"(?:previous|prior) (?:baby|child|infant)(?! (?:\w+ )?abuse)",), commas=False),
    # up to the comma, after which may come the mother's: "Baby on NICU, heavy bleeding"
    CueRule(
        Assertion.OTHER_PERSON,
        (
            rf"(?:(?<=\A)|(?<=[.;,\n-]\s)|(?<=\n)|(?<=\band\s))"
            f"{_BABY} (?:currently |now |also )*(?:has|had|developed|(?:(?:is|was) )?(?:admitted |transferred )?"
            f"(?:on|in|to|at) (?:the )?(?:NICU|SCBU|neonatal|special care)){_WELL}",
        ),
        commas=False,
    ),
    CueRule(
        Assertion.OTHER_PERSON,
        (rf"{_BABY} (?:has|had)(?= (?:\w+ ){{0,2}}\w+, (?:BM|BG|glucose|blood sugar)\b)",),
        reach=3,
    ),
    CueRule(
        Assertion.OTHER_PERSON,
        ("(?<!生)(?:新生儿|婴儿|宝宝)(?!科|室|体重|评分|[^，。；]{0,4}(?:喂|吃奶|吸吮))",),
        reach=8,
        commas=False,
        spaced=False,
    ),
    CueRule(Assertion.OTHER_PERSON, ("fo?etal(?= (?:brady|tachy)cardia)",), reach=0, commas=False),
)
_OF_THE_BABY = (
    CueRule(
        Effect.PATIENT,
        (r"(?<=,.)(?:the )?(?:baby|newborn|neonate|infant)(?!'s| (?:brother|sister|sibling)s?\b)",),
    ),
)
"""The baby as the patient after the mother's disease: "Mum has DM, baby jittery, BM 1.4"."""


def baby_rules(text: str, age: float | None) -> tuple[CueRule, ...]:
    """For an adult patient who is not brought as someone's child, rules that make a baby another person; for a child or
    an unstated age, rules that make a baby the patient."""
    if _is_grown(text, age):
        return _BABY_RULES
    return _OF_THE_BABY if age is None or age < _ADULT else ()


def mother_places(text: str, age: float | None) -> list[tuple[int, int]]:
    """Where "Mum" is the patient: offsets, ascending."""
    return [m.span() for m in _MUM.finditer(text)] if _is_grown(text, age) and _OBSTETRIC.search(text, 0, 500) else []


def _is_grown(text: str, age: float | None) -> bool:
    end = _SENTENCE_END.search(text)
    opening = text[: end.start() if end else 500]
    is_child = _A_CHILD.search(opening) is not None and _HAS_BORNE.match(opening) is None
    return age is not None and age >= _ADULT and not is_child
