"""The relative who is the patient of a text: "My daughter, 4, got a rash yesterday", "45 year old father of two".

A text opens with its patient's complaint. If that is about the writer's own relative, with an age or as something of
the last days, and the writer has no complaint, the relative is the patient. Anyone else's illness counts as the
family's. A child is brought by others, so less is required.

A clinician's adult patient may also be called a parent or spouse: after the age, by the number of children, at the
start of the text, or after "she is".
"""

import re
from collections.abc import Callable

from .age import is_of_another, tells_of_another


def _compile(*patterns: str) -> re.Pattern[str]:
    """Any of the patterns, as whole words; a space stands for any white space."""
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b".replace(" ", r"\s+"), re.IGNORECASE)


_CHILD = "(?:grand)?(?:son|daughter|child)|baby|toddler|infant|newborn|kid|boy|girl|little one"
_ADULT = (
    "(?:grand)?(?:mother|father)|mom|mum|dad|gran(?:dma|dpa|d)?|nan|brother|sister|uncle|aunt|cousin|nephew|niece|"
    "wife|husband|spouse|partner|boyfriend|girlfriend|friend"
)
_COUNT = r"(?:\d+|an?|one|two|three|four|five|six|seven|several|a few|a couple of)"
_OLD = r"\d{1,3}[\s-]?(?:years?|yrs?|yo|y/o|y|months?|mos?|weeks?|wks?|days?)(?:[\s-]?old)?"
_RANK = "older|oldest|elder|eldest|younger|youngest|other|second|third"
_RELATIVE = _compile(
    rf"(?:my|our) (?P<told>(?:(?:{_OLD}|{_RANK}|little|big|baby|toddler|newborn|new|twin|dear|poor|only|pregnant),? )*)"
    rf"(?:(?P<child>{_CHILD})|(?P<adult>{_ADULT}))(?:'s)?"
)
_RANKED = _compile(_RANK)
_AGED = re.compile(
    r"(?:\s*,?\s*\(?|\s+is\s+)(?:(?:who\s+is|who's|aged?|just|only|now|nearly|almost)\s+)*"
    rf"(?:{_OLD}|\d{{1,3}})(?=\s*(?:[,.;!?)]|$)|\s+(?:and|with|who|has|is|had|got)\b)",
    re.IGNORECASE,
)
_RECENT = _compile(
    "since|yesterday|today|tonight|now|suddenly|this (?:morning|afternoon|evening|week)|last night",
    rf"(?:for|in|over) (?:the )?(?:last |past )?(?:{_COUNT} )?(?:minutes?|hours?|days?|weeks?)",
    f"{_COUNT} (?:minutes?|hours?|days?|weeks?) ago",
)
_NOW = (
    "(?:has|is|have)(?:n't| not)?|keeps|gets|complains|feels|looks|seems|won't|can't|cannot|doesn't|does not|needs|"
    "refuses|cries|coughs|vomits"
)
_THEN = r"had|got|was|began|woke|came|went|fell|blew|threw|hit|hurt|ate|broke|burnt|\w{3,}ed"
_SAID = re.compile(rf"(?:[^.;!?\n]{{0,40}}?[\s,)])?(?:(?P<now>{_NOW})|{_THEN})\b", re.IGNORECASE)
_ACUTE = _compile(  # not said of an adult's old illness
    "keeps|complains|won't|can't|cannot|is (?:\\w+ly )?\\w+ing",
    r"has (?:(?!had\b)\w+ ){0,3}(?:\w*pains?|\w*aches?|fever|temperature|cough|rash|vomiting|diarrh\w+|swelling|"
    r"bleeding|numbness|weakness|palpitations|(?:trouble|difficulty|problems) \w+ing|(?:shortness|loss) of \w+)",
)
_CARES = (
    "(?:worried|concerned|scared|afraid|anxious|panicking|calling|writing|asking|here|looking|wondering|question|"
    "(?:in )?need (?:of )?(?:some )?(?:help|advice)|help(?: me)?|advice)"
)
_ABOUT = re.compile(
    rf"\b{_CARES}(?:\s+\w+){{0,2}}\s+(?:about|for|with|because\s+of|on\s+behalf\s+of)\s+$", re.IGNORECASE
)
_GREETING = _compile(
    "hi|hello|hey|dear|good (?:morning|afternoon|evening)|doctors?|dr|doc|there|all|everyone|please|so|ok|okay|well",
    "thanks|thank you|sorry|urgent|emergency|(?:mom|mum|mother|dad|father|parent)s? (?:here|writing)",
    f"(?:(?:I|we) (?:am|are|have|need) |I'm |im |we're )?(?:an? )?(?:\\w+ly |very |so |quite |some )*{_CARES}"
    "(?: (?:about|because|for|that|as|with))*",
    f"(?:(?:since|for|over|in) )?(?:the )?(?:last |past )?(?:{_COUNT} )?"
    r"(?:yesterday|today|tonight|this (?:morning|week)|(?:minutes?|hours?|days?|weeks?|night|\w+day)(?: ago)?)",
)
_NO_WORD = re.compile(r"\W*")
_LATEST_OPENING = 150  # characters

_CARED = (
    "given|tried|noticed|looked|checked|taken|called|seen|read|heard|put|used|asked|told|rung|to|no idea|her|him|them|"
    r"an? (?:question|son|daughter|child|baby|\d)|been (?:giving|trying|using|told|putting|checking|wondering|worried)"
)
_CARER = "the|at|their|h(?:is|er)|an? (?:mum|mom|mother|dad|father|parent|nurse|single)"
_CARING = f"{_CARES}|sure|unsure|hoping|trying|giving|using|thinking|told|{_CARER}"
_TOUCHED = (
    "touch|press|push|pick|tr(?:y|ied)|give|gave|hold|held|l(?:ay|ie|aid)|put|change|feed|fed|check|ask|call|move|look|"
    "take|took|g[eo]t (?:h(?:im|er)|home|back)"
)
_BODY = (
    "head|throat|chest|stomach|tummy|belly|abdomen|back|neck|knees?|hips?|eyes?|ears?|skin|heart|breath\\w*|periods?|urine|"
    "pee|legs?|arms?|foot|feet|ankles?|hands?|wrists?|fingers?|toes?|joints?|muscles?|nose|mouth|teeth|tooth|gums?|face|"
    "hair|vision|symptoms?|cough|fever|rash|pains?|headaches?|breasts?|lips?|tongue|shoulders?|weight|appetite|stools?|"
    "bowels?|balance|memory|sleep|voice"
)
_WRITERS_OWN = _compile(  # complaints and questions about the writer, and words of a clinician
    "patients?|pt|proband|inherit\\w*|hereditary|genetic",
    f"me too|so (?:do|am|have) I|mine|we (?:both|all)|(?:makes|gives|gave|hurts|wakes) me|my (?:own )?(?:{_BODY})",
    "(?:am|do|could|might|will|would) I (?!be (?:worried|concerned))|can I (?:also )?(?:have|get|catch|be)",
    f"(?:when|if|after) I (?!{_TOUCHED})",
    f"I(?: have| had|'ve|ve|'d)(?! (?:also |already |just |only |always )*(?:{_CARED}))",
    rf"I(?: am| was|'?m)(?! (?:\w+ly |so |very |quite |a bit |just |also |not )*(?:{_CARING}))",
    "I feel(?! (?:like|that|it|s?he|h(?:is|er)|bad|guilty|helpless|something))|I felt(?! (?:h(?:is|er)|that|it))",
    "I got(?! (?:h(?:im|er)|home))|I (?:can't|cannot|couldn't) (?:breathe|sleep|walk|swallow|move|stop|eat|see)",
    r"I (?:\w+ly )?(?:get|suffer|woke|fell|developed|caught|cough|ache|itch|vomit\w*|threw|bleed|pee|faint\w*|passed|"
    r"lost|struggle|experience\w*|burn\w*|cut|started|sneeze|wheeze|keep (?!\w+ing h))",
)

_CALLED = r"(?:(?:grand)?(?:mother|father|parent)|mum|mom|dad|wife|husband|grandma|grandpa)"
_SOME = (  # children
    r"(?:two|three|four|five|six|seven|eight|nine|ten|several|"
    r"\d{1,2}(?![\d/]| ?\+|[ -]?(?:years?|yrs?|yo|y/?o|y|months?|mths?|mo|weeks?|wks?|days?|hours?|hrs?|h|d|w|m)\b))"
)
_WHOSE = "new|single|first[- ]time|teenage|breast-?feeding|post-?natal|expectant|working|divorced|widowed|married"
_TELLS = (  # or is of a child, who is then the patient
    rf"(?!'s\b|\s*:| (?:of|to) (?!{_SOME}|an? (?![^,.;:\n]*\b(?:with|has|who|whose)\b))|"
    r" (?:states?|stated|says|said|reports?|reported|noticed|worried|"
    r"concerned|brings|bringing|brought|attends|present|here|who)\b)"
)
_DESCRIBED = re.compile(
    rf"\b(?:{_CALLED}(?= of {_SOME})|(?:(?<=\bhe is )|(?<=\bshe is )|(?<=\bhe's )|(?<=\bshe's ))(?:an? )?"
    rf"(?:(?!not\b)[\w-]+ ){{0,2}}?{_CALLED}\b{_TELLS})",
    re.IGNORECASE,
)
_BEHIND_AGE = re.compile(
    rf"[ -](?:(?:{_WHOSE}|and|&|{_CALLED}) ){{0,4}}{_CALLED}\b{_TELLS}(?:(?:,? and| &) {_CALLED}\b)?", re.IGNORECASE
)
_OF_A_BABY = re.compile(  # before her age: "born to a 29yo mother"
    r"\b(?:to|of|by|with|from|her|his|the) (?:an? )?$|"
    r"\b(?:baby(?!(?:'s)? sex\b)|babe|neonat\w+|newborn|infant|born|twins?|NICU|SCBU)\b",
    re.IGNORECASE,
)
_OPENS = re.compile(rf"\W*(?:(?:an?|this|pt|patient|is) ){{0,3}}(?:{_WHOSE}) {_CALLED}\b{_TELLS}", re.IGNORECASE)
_GROWN = 12  # years


def described_places(text: str, age: float | None, stated: re.Match[str] | None) -> list[tuple[int, int]]:
    """Offsets, ascending, at which an adult patient is called a parent or spouse: "45 year old father of two".

    Args:
        text: in plain characters.
        age, stated: the patient's age and its match in the text.
    """
    if age is not None and age < _GROWN:
        return []
    places = [match.span() for match in _DESCRIBED.finditer(text) if not tells_of_another(text, match.start())]
    called = _BEHIND_AGE.match(text, stated.end()) if stated and not is_of_another(stated) else None
    if called and stated and not _OF_A_BABY.search(text, max(0, stated.start() - 80), stated.start()):
        places.append(called.span())
    if opening := _OPENS.match(text):
        places.append(opening.span())
    return sorted(places)


def patient_places(text: str) -> list[tuple[int, int]]:
    """Offsets at which a text names the relative who is its patient; empty if its patient is someone else.

    Args:
        text: in plain characters.
    """
    return places_of_introduced(text, _RELATIVE, _WRITERS_OWN, _is_introduced, _is_same)


def places_of_introduced(
    text: str,
    relative: re.Pattern[str],
    writers_own: re.Pattern[str],
    is_introduced: Callable[[str, re.Match[str]], bool],
    is_same: Callable[[re.Match[str], re.Match[str]], bool],
) -> list[tuple[int, int]]:
    """Offsets at which a text names the relative introduced as its patient; empty if the writer has complaints."""
    if writers_own.search(text):
        return []
    named = list(relative.finditer(text))
    patient = next((match for match in named if is_introduced(text, match)), None)
    return [match.span() for match in named if patient and is_same(match, patient)]


def _is_introduced(text: str, match: re.Match[str]) -> bool:
    """Whether a mention of a relative says that this is the patient, whoever else is mentioned."""
    said = _SAID.match(text, match.end())
    now = said is not None and said["now"] is not None
    rest = re.split(r"[.!?\n]", text[match.end() : match.end() + 300], maxsplit=1)[0]
    old = any(char.isdigit() for char in match["told"]) or _AGED.match(text, match.end()) is not None
    if match["child"] and old and said and (now or _RECENT.search(rest)):
        return True
    if match.start() > _LATEST_OPENING:
        return False
    before = text[: match.start()]
    if not _NO_WORD.fullmatch(_GREETING.sub("", before)):
        return False
    if old or _ABOUT.search(before):
        return True
    if said and _RECENT.search(before + rest):
        return True
    return now and (match["child"] is not None or _ACUTE.search(rest) is not None)


def _is_same(match: re.Match[str], patient: re.Match[str]) -> bool:
    """Whether a mention is of the relative who is the patient: "my older son" is not "my son"."""
    theirs, its = ({word.casefold() for word in _RANKED.findall(m["told"])} for m in (match, patient))
    who, patients = (m["child"] or m["adult"] for m in (match, patient))
    return who.casefold() == patients.casefold() and (not theirs or theirs == its)
