"""Findings told by a number or an amount: "lost 6 kg", "not had a period for six months", "gets up three times a night
to pass urine", "bladder scan 850 ml", "BP 120/70 lying, 90/60 standing", "fasting glucose 9.4"."""

import re
from collections.abc import Iterator

from ...codes import code_of
from ..scan import PatternScan

_FEW = r"(?:\d{1,3}(?:[.,]\d)?(?: ?[-–] ?\d{1,3})?|an?|one|two|three|four|five|six|seven|eight|nine|ten|half a)"
_ABOUT = r"(?:(?:about|around|approximately|over|nearly|almost|some|at least|more than|up to|another) )*"
_WEIGHT = r"[ -]?(?:kgs?|kilos?|kilograms?|lbs?|pounds?|stones?)\b"
_ON_PURPOSE = re.compile(
    r"\b(?:diet\w*|intentional\w*|deliberate\w*|on purpose|bariatric|gastric (?:bypass|sleeve|band)|sleeve|"
    r"semaglutide|tirzepatide|liraglutide|ozempic|mounjaro|wegovy|diure\w+|dialys\w+|birth|deliver\w*)\b",
    re.IGNORECASE,
)
_EXPECTED = re.compile(r"\b(?:pregnan\w*|gestation|trimester|birth|infant|baby|newborn|steroids?)\b", re.IGNORECASE)
_URINATE = (
    r"(?:pass(?:ing)? (?:urine|water)|urinat(?:e|ing)|pee|void|PU\b|micturate|go to the (?:toilet|bathroom)|the toilet)"
)
_READING = r"(?<![\d/]){one}(?P<{name}>\d{{2,3}})/(?P<{name}_low>\d{{2,3}})(?: ?mm ?Hg)?"
_LYING, _STANDING = r"(?:lying|supine|sitting|lying down|LSBP)", r"(?:standing|erect|on standing|upright|stdg|stood)"
_TO = r"\)?[\s,;/]*(?:and |to |then |but |falling to |which (?:falls|fell) to |-+> ?|→ ?)*(?:BP )?\(?"
_FASTING = (
    r"\bfasting (?:(?:plasma|blood|venous|serum|capillary) )?(?P<is>(?:glucose|sugar|BG|BSL|BM)"
    r"(?: (?:level|is|was|of))*:? ?(?P<value>\d{1,3}(?:\.\d)?)(?! ?[%\d]))"
)
_MOST_FASTING = (7.0, 126.0)
"""From which it is high: mmol/L, mg/dL (American Diabetes Association, Standards of Care)."""
_MG_DL_FROM = 40
_DROPS = (20, 10)
"""mmHg, systolic and diastolic (Freeman et al. 2011, https://doi.org/10.1007/s10286-011-0119-5)."""
_AMOUNTS = (
    ("HP:0001824 Weight loss", rf"\b(?P<is>(?:lost|losing|loses) {_ABOUT}{_FEW}{_WEIGHT}(?: (?:in|of) weight)?)"),
    ("HP:0004324 Increased body weight", rf"\b(?P<is>(?:gained|put on) {_ABOUT}{_FEW}{_WEIGHT}(?: in weight)?)"),
    (
        "HP:0000141 Amenorrhea",
        r"\b(?P<is>(?:has|have|had)(?: not|n'?t) had (?:(?:an?|any|her) )?(?:menstrual )?"
        r"(?:periods?|menses|menstruation)\b)(?! pains?\b| cramps?\b)",
    ),
    (
        "HP:0000141 Amenorrhea",
        r"\b(?P<is>last (?:menstrual )?period (?:was )?"
        r"(?:[3-9]|1[0-2]|three|four|five|six|seven|eight|nine|ten) months ago)\b",
    ),
    (
        "HP:0000876 Oligomenorrhea",
        r"\b(?P<is>(?:periods?|menses) (?:\w+ ){0,3}every (?:[2-6]|two|three|four|five|six)"
        r"(?:(?: to | or | ?[-–] ?)(?:\d|three|four|five|six))? months)\b",
    ),
    (
        "HP:0005197 Generalized morning stiffness",
        r"\b(?P<is>stiff(?:ness)?(?: (?:that )?lasts| lasting)? (?:for )?(?:(?:about|over|at least|more than|up to) )?"
        r"(?:an|one|two|three|\d(?:\.\d)?) hours? (?:(?:each|every|in the|of a) )?mornings?)\b",
    ),
    (
        "HP:0000017 Nocturia",
        rf"\b(?P<is>(?:gets?|got|get|getting|wak(?:es?|ing)|woke|is|be) up (?:\w+ ){{0,3}}"
        rf"(?:(?:times|x) )?(?:(?:a|per|each|every|at|in the|during the) )+night to (?:\w+ )?{_URINATE})",
    ),
    (
        "HP:0000016 Urinary retention",
        r"\b(?P<is>bladder (?:ultra)?scan\w*(?: (?:shows|showed|reveals|of|volume|residual|is|was))*:? ?[>~]?"
        r"(?:[4-9]\d\d|[1-9]\d{3}) ?mls?)\b",
    ),
    (
        "HP:0008765 Auditory hallucination",
        r"\b(?P<is>hear(?:s|ing|d)? (?:(?:one|two|three|several|many|male|female|men'?s|women'?s|people'?s|strange|"
        r"unknown|loud|whispering|different|multiple|other) ){1,2}voices)\b",
    ),
    (
        "HP:0001278 Orthostatic hypotension",
        rf"{_READING.format(one='', name='one')},? ?\(?{_LYING}{_TO}{_READING.format(one='', name='other')},? ?\(?"
        rf"(?P<is>{_STANDING})\b",
    ),
    (
        "HP:0001278 Orthostatic hypotension",
        rf"\b{_LYING}:? (?:BP )?{_READING.format(one='', name='one')}{_TO}(?P<is>{_STANDING}):? (?:BP )?"
        rf"{_READING.format(one='', name='other')}",
    ),
    ("HP:0003074 Hyperglycemia", _FASTING),
    (
        "R1:0719 Alcohol use",
        r"\b(?:alcohol|EtOH|drink(?:s|ing)?)[^.;\n\d]{0,20}"
        r"(?P<is>\d{1,3} ?(?:units?|u) ?(?:/|per|an?|each) ?(?:week|wk))\b",
    ),
)
_CODES = [code_of(finding) for finding, _ in _AMOUNTS]
_LOST, _GAINED = _CODES[0], _CODES[1]
_SCAN = PatternScan([re.compile(pattern, re.IGNORECASE) for _, pattern in _AMOUNTS])
_SENTENCE = re.compile(r"[^.;\n]{0,60}")


def amounts(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of the words of each, and the code of the finding."""
    for number, match in _SCAN.find(text):
        if _counts(_CODES[number], match):
            yield *match.span("is"), _CODES[number]


def _counts(code: str, match: re.Match[str]) -> bool:
    """Whether the amount is large enough, and was not meant or to be expected."""
    named = match.groupdict()
    if "value" in named:
        value = float(match["value"])
        return value >= _MOST_FASTING[value >= _MG_DL_FROM]
    if "one" in named:
        drops = (int(match["one"]) - int(match["other"]), int(match["one_low"]) - int(match["other_low"]))
        return any(drop >= least for drop, least in zip(drops, _DROPS, strict=True))
    if code not in (_LOST, _GAINED):
        return True
    before = match.string[max(0, match.start() - 60) : match.start()].rpartition(".")[2]
    behind = _SENTENCE.match(match.string, match.end())
    return not (_ON_PURPOSE if code == _LOST else _EXPECTED).search(before + " " + (behind[0] if behind else ""))
