"""How English texts express an overdose: by number, by container, by empty packs beside the patient, or in short.

Each :class:`OverdosePattern` is a regular expression with further conditions. Its group ``is``, if any, is the span to
mark; ``what`` are the words that must name a medicine, and ``tablets`` and ``grams`` are amounts that must be large.
"OD" is also once daily and the right eye.
"""

import re
from dataclasses import dataclass
from functools import cache

from ...drugs import load_drugs

MUCH = {"tablets": 10, "grams": 6}
"""Least large amounts: ten tablets at once are more than anybody prescribes, except as a course; of paracetamol, which
``grams`` refers to, the daily maximum is 4 g. Ours, not from a source."""


@dataclass(frozen=True, slots=True)
class OverdosePattern:
    """One way to express it; ``is_at_once`` if words for a habit, a course or a purpose speak against it."""

    regex: re.Pattern[str]
    is_at_once: bool = False

    def counts(self, match: re.Match[str]) -> bool:
        """Whether the amount is large and the words name a medicine."""
        groups = match.groupdict()
        return (
            all(int(groups.get(unit) or least) >= least for unit, least in MUCH.items())
            and (groups.get("what") is None or _names_medicine(groups["what"]))
            and not (self.is_at_once and _FOR_SOMETHING.search(match[0] + (groups.get("what") or "")))
        )


_TOOK_ONCE = (
    r"\b(?:took|taken|(?<=after\s)taking|ingest(?:ed|ing)|ingestion of|swallow(?:ed|ing)|consumed|"
    r"overdos\w{1,3} (?:of|on|with)|OD (?:of|on))\s"
)
_TOOK = rf"(?:\btaking\s|{_TOOK_ONCE})"
_ABOUT = (
    r"(?:(?:about|around|approx(?:imately|\.)?|at least|more than|over|"
    r"up to|nearly|almost|possibly|another|an?)\s|[~≈>?]\s?){0,2}"
)
_TENS = r"(?:ten|twelve|fifteen|sixteen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|(?:\w+\s)?dozen|hundred)"
_NO_COUNT = (  # "40 mg", "20 minutes", "10 day", "20:15"
    r"(?!\s(?:different\s)?(?:medications|medicines)\b|"
    r"\s?-?(?:mg|mcg|[uµμ]g|g|grams?|ml|l|units?|iu|mmol|st|nd|rd|th|am|pm|hourly|"
    r"(?:min(?:ute)?|h(?:ou)?r|h|day|week|wk|month|year|yr)s?)\b|\s?[%/:]|[.,]?\d)"
)
_WHAT = r"(?=(?P<what>[^.,;:()\n]{1,60}))"
_PARACETAMOL = r"(?:paracetamol|acetaminophen|tylenol|APAP)"
_BOX = r"(?:pack(?:et|age)?|box|bottle|strip|blister)"
_SOME = r"(?:the|an?|his|her|their|\d{1,2}|two|three|several|multiple)"
_AMOUNT = r"(?:amounts?|numbers?|quantit(?:y|ies))"
_UNKNOWN = r"(?:unknown|unclear|uncertain|unspecified|unquantified|not\s(?:known|clear|stated))"
_EMPTY = (
    r"empty\s(?:[\w-]{1,15}\s){0,2}?"
    r"(?:bottle|packet|package|pack|pot|box|boxe|strip|blister|container|carton|foil|vial)s?\b"
)
_EMPTY_WHAT = r"(?=(?P<what>empty[^.,;:()\n]{1,60}))"
_HERE = (
    r"(?:(?:next\sto|beside|by|near|around|at|on|under|in)\s(?:(?:the|his|her|their)\s)?"
    r"(?:him|her|them|bed\w*|patient|pt|body|scene|floor|room|bin)|found|nearby)\b"
)
_ELDER = r"(?:mother|father|mum|mom|dad|gran\w*|nan(?:a|ny)?)"
_CHILD = (
    r"(?:(?<![\d.])\d{1,2}(?:\.\d)?\s?-?(?:mo|m/o|mths?|months?(?:\sold)?)|"
    r"(?<![\d.])(?:1[0-2]|\d)(?:\.\d)?\s?-?(?:yo|y/o|yrs?|years?(?:[\s-]old)?|y|[MF])|toddler|baby|infant|child|boy|girl)\b"
)

AMOUNTS = tuple(
    OverdosePattern(re.compile(pattern, re.IGNORECASE), is_at_once)
    for pattern, is_at_once in (
        # "took about 25-30 tablets"
        (
            rf"{_TOOK}{_ABOUT}(?:(?P<tablets>\d{{1,3}})(?:\s?(?:-|–|to)\s?\d{{1,3}}|\+)?|{_TENS}){_NO_COUNT}{_WHAT}",
            False,
        ),
        # "took 20 g of paracetamol", "took paracetamol 20 g"
        (rf"{_TOOK}{_ABOUT}(?P<grams>\d{{1,3}})\s?(?:g|grams?)\s(?:of\s)?{_PARACETAMOL}\b", False),
        (rf"{_TOOK}{_ABOUT}{_PARACETAMOL}\s(?P<grams>\d{{1,3}})\s?g\b", False),
        # "took a full packet of ibuprofen", "swallowed an unknown amount of pills"
        (
            rf"{_TOOK}(?:{_SOME}\s){{0,2}}(?:(?:whole|entire|full)\s{_BOX}|(?:packet|pack|boxe|bottle|strip)s(?=\sof\b)"
            rf"|handful|(?:large|unknown) {_AMOUNT}){_WHAT}",
            False,
        ),
        # "took a bunch of pills", "took all her tablets at once"
        (rf"(?:\bate\s|{_TOOK_ONCE})(?:an?\s)?(?:handful|fistful|mouthful|bunch|loads?)\sof\b{_WHAT}", True),
        (rf"{_TOOK_ONCE}(?P<what>all\b[^.,;:()\n]{{1,40}}?)\s(?:at\sonce|in\sone\sgo)\b", True),
        # "swallowed pills, unknown amount"
        (
            rf"{_TOOK_ONCE}(?P<what>[^.;:()\n]{{1,60}}?)\s?[,(:–-]\s?(?:the\s)?"
            rf"(?:{_UNKNOWN}\s{_AMOUNT}|{_AMOUNT}\s(?:(?:is|was|taken|ingested)\s){{0,2}}{_UNKNOWN})\b",
            True,
        ),
        # "found with empty bottles of paracetamol", "empty packets of tramadol at scene"
        (
            rf"\b(?:found|discovered|lying|unresponsive|unconscious|collapsed|surrounded)\b[^.;\n]{{0,40}}?\b"
            rf"{_EMPTY_WHAT}(?P<is>{_EMPTY})",
            True,
        ),
        (rf"\b{_EMPTY_WHAT}(?P<is>{_EMPTY})[^.,;:()\n]{{0,40}}?\s{_HERE}", True),
        # by a child
        (rf"\b(?:accidental(?:ly)?|unsupervised)\s(?:ingest|swallow|ate|eaten|took|taken|consum)\w*{_WHAT}", False),
        (
            r"\b(?:ate|eaten|ingested|swallowed)\s(?:[^\s.,;]{1,20}\s){0,4}"
            rf"(?:{_ELDER}|brother|sister|wife|husband)'s{_WHAT}",
            False,
        ),
        # "3 yo got into nan's tablets": for an adult it may be one, for a pain
        (
            rf"{_CHILD}[^.;\n]{{0,40}}?\b(?P<is>(?:took|taken|got\sinto)\s(?:[^\s.,;]{{1,20}}\s){{0,3}}?{_ELDER}'s)\s"
            r"(?=(?P<what>[^\s.,;]{1,20}(?:\s[^\s.,;]{1,20}){0,2}))",
            True,
        ),
    )
)

_BARE = r"(?!\s?(?:\d|[:=/])|\s(?:eye|lens|vision|VA|IOP|dose|dosing|tablet\b))"
_END = r"(?=\s?(?:$|[.,;)\n]|x\s?\d|(?i:last night|yesterday|today|this|tonight|attempts?|in \d{4}|\d{4})\b))"
_TOLD = (  # at the start of a clause, after who took it, or as an event; after a dose it is a frequency
    r"(?:^|[\n;(?]\s?|(?<!\d)[.]\s|(?<!mg)(?<!mcg)(?<!\dg)(?<!\d g)(?<!ml)(?<!\d)[,:]\s"
    r"(?!OD\s\d+\s?(?:tab|cap|pill)\w*(?:$|[.,;\n]|\s(?:given|supplied)))|\d\s?(?:y\w{0,3}\s)?[MF],?\s|"
    r"\b(?i:pt|patient|s?he|male|female|man|woman|boy|girl|took|taken|an?|after|following|post|with|has|had|known|attempted)\s)"
)
_OD_OF = rf"{_TOLD}(?P<is>[Oo][Dd])(?:\s?:|\s(?:of|on|with))?\s(?i:{_ABOUT})"
_PRESENTS = (  # before what comes first; after "on", in a list or after a comma it is a frequency
    r"(?:\A|\d\s?(?:y\w{0,3}\s)?(?:[MF]|male|female),?\s|(?i:pt|patient|man|woman|boy|girl)\s|"
    r"\b(?i:(?:present|admitt|came|brought)\w*(?:\sin)?\s(?:with|after|following)|following|after|post)\s)"
)
_NOT_OFTEN = (  # taken in overdose, and given once daily to many
    r"(?!(?i:\w*(?:furantoin|parin|xaban|statin|sartan|prazole|warfarin|thyroxine|clopidogrel|ticagrelor|prasugrel|"
    r"tacrolimus|pred\w*))\b)"
)
_MEANT_OR_NOT = (
    r"(?:\b(?i:(?:un)?intentional|deliberate|impulsive|accidental|suspected|massive|large)\s|"
    rf"\?\s?{_NOT_OFTEN})"
)
_ONE_MEDICINE = (  # no antibiotic: nobody takes an overdose of them, but many are given once daily to the very ill
    r"(?!\w*(?:cillin|oxime|axone|m[iy]cin|floxacin|penem)\b)(?P<what>(?:(?i:beta|sodium|channel)\s)?[A-Za-z][\w-]{2,20})"
)
_IN_GRAMS = (  # nobody takes that much of these in a day
    r"(?i:\w*triptyline|\w*pramine|dosulepin|doxepin|\w*oxetine|\w*talopram|venlafaxine|sertraline|mirtazapine|"
    r"trazodone|\w*azepam|\w*zolam|zopiclone|zolpidem|\w+olol|\w+dipine|diltiazem|verapamil|quetiapine|olanzapine|"
    r"tramadol|codeine|pregabalin|TCA)"
)
_GRAMS = rf"(?i:{_ABOUT})(?:[1-9]\d?(?:\.\d+)?\s?(?:g|grams?)|[1-9]\d{{3,4}}\s?mg)\b"
_POISONED = (
    r"(?=(?:(?!\b(?i:od|bd|tds|mg|mcg|no|nil|not)\b)[^;\n]){0,60}?(?i:\bGCS:?\s?(?:[3-9]|1[0-3])\b|"
    r"\bQRS:?\s?1[2-9]\d\b|\b(?:HR|pulse):?\s?(?:[1-4]\d|1[3-9]\d)\b|\bBP:?\s?[3-7]\d\b|\bpH:?\s?(?:6\.|7\.[0-2])|"
    r"\bseiz|\bintubat|\bunconscious|\bunresponsive|\bcharcoal|\btox\s?base|\bpoisons?\b|\bglucagon|\bintralipid|"
    r"\bsuicid|\bself[- ]harm|\btook\s\d\d|\bingest))"
)
SHORT_FORMS = tuple(
    OverdosePattern(re.compile(pattern))
    for pattern in (
        # "?OD", "mixed OD"
        r"(?:\b(?i:(?:un)?intentional|deliberate|impulsive|accidental|staggered|mixed|suspected|possible|probable|query|"
        r"poly\w+|drug|pill|heroin|opioid|opiate|fentanyl|benzo\w*|(?:took|taken)(?: an?| another)?)\s|\?\s?)"
        rf"(?P<is>ODs?)\b{_BARE}",
        # "presents following OD", but not "OD pain"
        r"\b(?i:an|after|following|post|(?:present|admitt|came|brought)\w*(?: in)? with|recent|previous|prior|of|"
        rf"s/p|for)\s(?P<is>ODs?)\b{_END}",
        r"\b(?P<is>ODs?['’]?(?:e?d|ing))\b",
        r"\b(?P<is>OD)\s(?:on|of|with)\s(?=(?P<what>[^.,;:()\n]{1,60}))",
        # "OD 40x paracetamol", "od of amitriptyline 50 tabs"
        rf"{_OD_OF}(?P<tablets>\d{{1,3}})(?:\s?(?:-|–|to)\s?\d{{1,3}}|\+)?(?i:{_NO_COUNT}){_WHAT}",
        rf"{_OD_OF}(?=(?P<what>[A-Za-z][^.,;:()\n]{{1,60}}))(?:[A-Za-z-]{{1,20}}\s){{1,3}}(?:\d[\d.]{{0,4}}\s?m?c?g\s)?[x×]?\s?"
        r"(?P<tablets>\d{1,3})\s?(?i:x|tab|tablet|cap|capsule|pill)s?\b",
        # "amitriptyline OD, GCS 9", "?metformin OD", "venlafaxine OD 5.6 g"; a dose after it may be the daily one
        rf"{_PRESENTS}{_NOT_OFTEN}{_ONE_MEDICINE}\s(?P<is>OD)\b(?!\s\d){_POISONED}",
        rf"{_MEANT_OR_NOT}{_ONE_MEDICINE}\s(?P<is>OD)\b(?!\s(?:\d|or\s[BTQ]D|to\s(?:re)?start))",
        # the lookahead quickly rejects most words
        rf"\b(?=\w+\s(?:OD|[Oo]verdose)){_IN_GRAMS}\s(?P<is>OD|[Oo]verdose):?\s(?:of\s)?{_GRAMS}",
        rf"{_OD_OF}{_IN_GRAMS}\s{_GRAMS}",
        # "paracetamol OD 20g"
        rf"\b(?i:{_PARACETAMOL})\s(?P<is>OD|[Oo]verdose):?\s(?:of\s)?(?i:{_ABOUT})(?P<grams>\d{{1,3}})\s?(?:g|grams?)\b",
        rf"\b(?P<is>OD|[Oo]verdose):?\s(?:of\s)?(?i:{_ABOUT})(?P<grams>\d{{1,3}})\s?(?:g|grams?)\s(?:of\s)?(?i:{_PARACETAMOL})\b",
        rf"\b(?P<is>OD|[Oo]verdose):?\s(?:of\s)?(?i:{_PARACETAMOL})\s(?i:{_ABOUT})(?P<grams>\d{{1,3}})\s?(?:g|grams?)\b",
    )
)

_FORM = re.compile(
    r"tab(?:let)?s?|pills?|cap(?:sule|let)?s?|med(?:ication|icine)?s?|antidepressants?|antipsychotics?|painkillers?|"
    r"sedatives?|opioids?|benzo(?:diazepine)?s?|para|PCM|TCAs?|SSRIs?|CCBs?|blockers?",
    re.IGNORECASE,
)
_COURSE = re.compile(
    r"\b(?:daily|weekly|monthly|nightly|prep|course|prescribed|(?:suppl(?:y|ied)|dispensed)(?=\s*(?:$|today|on\b))|"
    r"drops|(?:a|per|each|every) (?:day|night|week|month|morning)|"
    r"(?:over|in) the (?:last |past )?(?:month|year)|years?|months?|weeks?|meals?)\b|/(?:day|d|week|wk)\b",
    re.IGNORECASE,
)
_FOR_SOMETHING = re.compile(r"\b(?:for|refills?|usual(?:ly)?|drank|smok\w+|lost)\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]+")
_WORDS_OFF = 6  # within which a drug's name follows its number


@cache
def _drugs() -> frozenset[str]:
    return frozenset(name.casefold() for names in load_drugs().ingredients.values() for name in names)


def _names_medicine(what: str) -> bool:
    """Whether words name a medicine, but not a course of it."""
    words = _WORD.findall(what)[:_WORDS_OFF]
    return not _COURSE.search(what) and any(_FORM.fullmatch(word) or word.casefold() in _drugs() for word in words)
