"""Whether a past finding is over as an event: "melena in 2015" is no emergency, "history of melena" may be.

Strict, because an emergency must not be taken for an old event: the words say that it was before this illness and are
next to the finding, and nothing in the sentence mentions the present, or minutes, hours, days or weeks.
"""

import re

_THEN = re.compile(
    r"\b(?:pmhx?|prev(?:ious(?:ly)?)?|prior|past|former(?:ly)?|remote|childhood|old|years?|winter|spring|summer|autumn|"
    r"as\s+an?|in\s+(?:infancy|adolescence)|(?:19|20)\d\d|aged?\s\d+|younger)\b|既往|陈旧|年|幼|儿时|小时候",
    re.IGNORECASE,
)
_TREATED = re.compile(r"\btreated for$", re.IGNORECASE)
_OVER = re.compile(
    r"\b(?:which|and|it) (?:has |had )?(?:since |now |fully |completely )*(?:resolved|cleared(?: up)?|was cured)\b",
    re.IGNORECASE,
)
ATTEMPT = re.compile("suicid|hang|自杀|自缢", re.IGNORECASE)
"""After an attempt or thought of suicide the risk remains, unless a year or the like places it long ago."""
_AT_AGE = re.compile(r"\W?(?:(?:at\s+)?(?:the\s+)?aged?|when\s+s?he\s+was|at\s+\d\d)\b|\d+岁", re.IGNORECASE)
_ROUTINE = r"(?! (?:today )?for (?:(?:his|her|an?|the) )?(?:routine|annual|yearly|regular|scheduled|f/?u\b|follow))"
_NOW = re.compile(
    r"\b(?:now|today|tonight|current(?:ly)?|ongoing|yesterday|overnight|again|still|persist\w*|wors\w+|sudden(?:ly)?|"
    rf"acute onset|recent(?:ly)?|newly|here|present(?:s|ed|ing)?{_ROUTINE}|complain\w*|endors\w+|c/o|developed|"
    r"since(?! (?:childhood|(?:child)?birth|infancy|(?:19|20)\d\d))|"
    r"this (?:morning|afternoon|evening|time|admission)|last night|"
    r"on (?:exam\w*|arrival|admission)|(?:\d*(?:min(?:ute)?s?|h(?:ou)?rs?|days?|weeks?|wks?)))\b|"
    r"今|(?<![出发呈表])现(?!病史)|目前|刚|突|昨|近|本次|此次|时前|小时(?!候)|分钟|(?<![春夏秋冬])天|日|周|再|又|仍|加重|持续|就诊|来诊|主诉|查体",
    re.IGNORECASE,
)
_LEFT = re.compile(  # before the deficit
    r"(?<!on )\b(?:chronic|long-?standing|residual)\s+(?:\w+\s+){0,2}$|"
    r"\bresidual\s+(?:\w+\s+){1,2}and\s+(?:\w+\s+)?$|(?:遗留|后遗(?:症期?[，,]?)?)[^，。；]{0,4}$",
    re.IGNORECASE,
)
_DEFICIT = re.compile(
    "weak|paresis|plegia|paraly|palsy|droop|phasi|dysarthri|speech|incontinen|retention|numb|瘫|无力|"
    "失语|言语|失禁|麻木|潴留|肢体活动|不遂|歪",
    re.IGNORECASE,
)
_OF_OLD = re.compile(
    r"\b(?:(?:history of|hx(?: of)?|h/o|s/p)\s(?:\w+\s)?(?:stroke|cva|infarct\w*|polio|ich|sah)|"
    r"unchanged|at (?:\w+ )?baseline|old (?:cva|stroke|infarct)|previous|prior(?! to)|remote|years ago|"
    r"(?:19|20)\d\d|since (?:childhood|(?:child)?birth|infancy))\b|年前|\d年|陈旧|既往|后遗症",
    re.IGNORECASE,
)
_OF_THE_NERVES = re.compile(
    "[左右双]|肢|瘫|力|言|意识|神志|昏|[头晕]|抽|麻|摔|跌|再|又|仍|突|不能|恶化|进展|吞咽|呛|视物|复视|偏盲|嗜睡|口角|歪|行走|"
    "站立|步态"
)
_CHANGED = re.compile(r"\b(?:new|acute\w*|more|increas\w*|progress\w*|than)\b|新|急性|加", re.IGNORECASE)
_ALLERGY = re.compile("allerg|NKD?A|过敏", re.IGNORECASE)
_ALLERGIC = re.compile(
    r"(?:\ballerg(?:ic|y|ies) to\s[\w /,-]{1,40}?|\b\w+\sallerg(?:y|ies)|对[^，。；]{1,20}过敏|"
    # in a list that is no separate sentence: "81M Allergies: penicillin (anaphylaxis), chest infection"
    r"(?P<list>(?:(?<=[\w,]\s)allerg(?:y|ies)\s?:|\bNKD?A,?\s(?:except|apart from|other than|bar)\s)\s?"
    r"(?:[\w /-]{1,30}\([^()]{1,40}\)[,;]?\s?){0,5})[\w /-]{1,40}?)\s?"
    r"(?:(?P<inside>[(（])|[–-]?>|→|[–-](?=\s)|:)(?P<said>[^()（）.;]{0,60})$",
    re.IGNORECASE,
)
_EXPOSED = re.compile(
    r"\b(?:ate|eat\w*|after|exposed|stung|bitten|given|took|with|and|x\d)\b|[,+、]|后|时(?!候)|进食|接触|[和及伴]",
    re.IGNORECASE,
)
_VITAL_SIGN = re.compile(r"\b(?:BP|sats?|SpO2|HR|RR|pulse|GCS)\b|血压|心率|血氧", re.IGNORECASE)
_ADRENALINE = re.compile(r"\badrenalin|\bepinephrin|\bepi-?pen|肾上腺素", re.IGNORECASE)
_CLOSED = re.compile("[)）]")
_PARTED = re.compile(r"[,;(:，、；（：]|\b(?:and|or|with|who|but|has|had|is|was|he|she)\b|和|及|伴|并", re.IGNORECASE)
_WORD = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+")
_YEARS_BEHIND = re.compile(
    r"\s\(?(?:(?:\w+ ){0,3}(?:years?|yrs?) (?:ago|back|previously|earlier)\b|"
    r"(?:in )?(?:19|20)\d\d\b(?![-/.]\d| ?(?:h(?:ou)?rs?|mls?|m?c?g)\b))",
    re.IGNORECASE,
)
_YEAR_BEFORE = re.compile(
    r"(?:(?:^|[,;:(\n]\s*|\.\s+)(?:19|20)\d\d:? (?:(?:[LR]|left|right) )?|"
    r"(?:19|20)\d\d年(?!底)[^，。；：\d月日史今现突]{0,12})$",
    re.IGNORECASE,
)
_WITH = re.compile(r"\bwith\b", re.IGNORECASE)  # an age applies to both: "GI bleed with melaena at age 45"
_BESIDE = 60  # characters
_FAR = 3  # most words, or Chinese characters, in between
_NEAR = {"prev": 0, "old": 2}  # fewer, since notes leave commas out


def is_past(cue: str, between: str, sentence: str) -> bool:
    """Whether ``cue``, with the words ``between`` it and the finding, makes it a past event in its ``sentence``."""
    if at_age := _AT_AGE.match(cue):
        between = _WITH.sub(" ", between)
    return (
        bool(at_age or _THEN.search(cue) or (_TREATED.search(cue) and _OVER.search(sentence)))
        and not speaks_of_now(sentence)
        and not _PARTED.search(between)
        and len(_WORD.findall(between)) <= _NEAR.get(cue.lower(), _FAR)
    )


def is_left_over(phrase: str, start: int, sentence: str) -> bool:
    """Whether ``phrase`` at ``start`` of its ``sentence`` is an unchanged deficit left by an old illness.

    Only a lost function: chronic pain or breathlessness may still be part of an emergency. A Chinese clause after it
    may mention the present unless it is about the nervous system.
    """
    if not (
        _DEFICIT.search(phrase)
        and _LEFT.search(sentence[:start])
        and _OF_OLD.search(sentence)
        and not _CHANGED.search(sentence)
    ):
        return False
    clause = sentence.find("，", start + len(phrase))
    behind = sentence[clause:] if clause >= 0 else ""
    is_of_now = _OF_THE_NERVES.search(behind) is not None and speaks_of_now(behind)
    return not is_of_now and not speaks_of_now(sentence.removesuffix(behind))


def is_allergic_reaction(before: str, after: str, later: str) -> bool:
    """Whether the words around a finding name it as a past allergic reaction: "allergic to penicillin (anaphylaxis)".

    Only if it is named alone, without another reaction or an exposure; followed by a vital sign or adrenaline, it is
    current.

    Args:
        before, after: the words of its sentence.
        later: what follows it in the text.
    """
    allergy = _ALLERGIC.search(before) if _ALLERGY.search(before) else None
    if allergy is None or _ADRENALINE.search(later):
        return False
    inside = allergy["inside"] is not None
    rest = _CLOSED.split(after, maxsplit=1) if inside else [after, ""]
    if _VITAL_SIGN.search(rest[0] if inside and allergy["list"] else after):
        return False
    said = allergy["said"] + " " + rest[0]
    return len(rest) == 2 and _EXPOSED.search(said) is None and not speaks_of_now(said)


def is_long_ago(text: str, start: int, end: int) -> bool:
    """Whether a year or "years ago" is directly beside a span."""
    before = text[max(0, start - _BESIDE) : start]
    return _YEARS_BEHIND.match(text[end : end + _BESIDE]) is not None or _YEAR_BEFORE.search(before) is not None


def speaks_of_now(sentence: str) -> bool:
    """Whether something in the sentence refers to the present or the last weeks."""
    return _NOW.search(sentence) is not None
