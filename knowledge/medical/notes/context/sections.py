"""Sections of a note whose headings say whose the findings are, or from when."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .cue_rules import Assertion
from .cues_persons import INFORMANT, RELATIVE

EARLIER_STAY = r"(?:prior|previous|past|last) (?:admissions?|hospitali[sz]ations?|attendances?)"
"""Headings under which everything, values included, is of that time."""
DISCHARGE_NOTE = r"\bdischarge (?:summary|letter|note)|\bdischarged:|出院(?:小结|记录|摘要)"
_IS_DISCHARGE_NOTE = re.compile(
    rf"\A\W*(?:{DISCHARGE_NOTE})\s*(?:[.:：]|$)|^\W*(?:{DISCHARGE_NOTE})\s*[.:：]?\s*$", re.IGNORECASE | re.MULTILINE
)
"""Its heading; a note that merely mentions another ("see discharge letter") is of today."""
_OF_STAY = re.compile(  # parts of a discharge note on the time before discharge
    r"(?:admission|admitting|presenting|initial) (?:diagnos[ie]s|complaints?|symptoms|findings|exam(?:ination)?)|"
    r"reason for admission|chief complaint|hpc|hpi|history of present(?:ing)? (?:illness|complaint)|"
    r"(?:hospital |clinical )?course|"
    r"(?:clinical |case |inpatient )?summary(?: of (?:admission|stay))?|(?:clinical )?presentation|"
    "入院诊断|入院时?情况|主诉|现病史|(?:诊疗|诊治|治疗|住院)经过|病[历史]摘要|(?:入院)?(?:查体|体检|体格检查|辅助检查)".replace(
        " ", r"\s+"
    ),
    re.IGNORECASE,
)
_STAY_END = re.compile(  # the condition at discharge, or another note
    r"^\W*(?:(?:condition|status|exam\w*|obs\w*|vitals|medications?) (?:on|at) discharge|"
    r"discharge (?:condition|status|instructions?|medications?|plan|advice|exam\w*)|plan|follow-?up|"
    r"(?:ED|A&E|emergency|clinic|admission|progress|triage|nursing)[ \w]{0,20}(?:note|record|review)|"
    "出院(?:时|情况|医嘱|带药|查体)|(?:急诊|门诊|入院|病程|抢救|护理)(?:病历|记录))",
    re.IGNORECASE | re.MULTILINE,
)
HEADS = {
    Assertion.FAMILY: re.compile(
        rf"(?:family|fam)(?: medical| social)?(?: history| hx)?|fhx?|{RELATIVE}".replace(" ", r"\s+"), re.IGNORECASE
    ),
    Assertion.HISTORICAL: re.compile(
        r"(?:past|prior|previous)(?: medical| surgical| psychiatric)? (?:history|hx)|pmhx?|pshx?|"
        r"(?:medical|surgical|psychiatric) (?:history|hx)|(?:in-?active|resolved)(?: problems| diagnoses)?|"
        rf"{EARLIER_STAY}|"
        r"(?:(?:drug|food|medication|known|other) )*(?:allerg(?:y|ies)|intolerances)"
        r"(?: history| (?:band|status|list|alert)(?: (?:checked|confirmed|seen))?)?|"
        r"(?:past |previous )?adverse (?:drug )?reactions".replace(" ", r"\s+"),
        re.IGNORECASE,
    ),
    Assertion.POSSIBLE: re.compile(r"differential(?: diagnos[ie]s)?|ddx|rule out|r/o", re.IGNORECASE),
    Assertion.NEGATED: re.compile(
        r"(?:(?:pertinent|significant|relevant|important) )?negatives?|neg|nil|absent|denie[sd]".replace(" ", r"\s+"),
        re.IGNORECASE,
    ),
    Assertion.HYPOTHETICAL: re.compile(
        r"plan|risks (?:explained|discussed)|(?:return )?precautions|recommendations?|education|"
        r"(?:discharge |patient |follow-?up )?instructions",
        re.IGNORECASE,
    ),
}
_RISKS_ZH = "(?:手术|麻醉|操作|治疗)?风险|(?:潜在|可能(?:出现)?的?)并发症"
_ADVICE_ZH = (  # when to come back: "有以下情况立即就医："
    r"[^\n。；：:，因]{0,12}(?:[如以]下(?!腹|肢|颌|背)|下列|上述)[^\n。；：:]{0,8}"
    r"(?:(?:请|应|需|立即|立刻|马上|及时|尽快|随时)[^\n。；：:]{0,6}(?:就诊|就医|来院|急诊)|返院|复诊|随诊)[^\n。；：:]{0,4}"
)
HEADS_ZH = {
    Assertion.FAMILY: re.compile("家族(?:病|遗传)?史"),
    Assertion.HISTORICAL: re.compile(
        "(?:既往|过去|个人|手术外伤|手术)(?:病|疾病)?史|(?![否无])[\u4e00-\u9fff]{0,6}过敏史"
    ),
    Assertion.POSSIBLE: re.compile("鉴别诊断|初步考虑|待排除?"),
    Assertion.HYPOTHETICAL: re.compile(
        f"(?:出院)?医嘱|(?:诊疗|治疗)?计划|注意事项|健康(?:教育|宣教)|出院指导|{_RISKS_ZH}|{_ADVICE_ZH}"
    ),
}
_DIFFERENTIAL_ZH = "鉴别诊断"
_NOTE_HEAD_ZH = (  # of a part of a note; anything else with a colon in a differential diagnosis is one of its diseases
    "[\u4e00-\u9fff]{0,6}(?:史|主诉|查体|体检|检查|体征|化验|结果|诊断|依据|计划|方案|治疗|处理|处置|医嘱|意见|建议|指导|宣教|教育|"
    "事项|病程|记录|查房|讨论|小结|摘要|情况|变化|经过|抢救|评估|评分|印象|用药|手术|随访|复诊|转归|护理|会诊|目前|患者|患儿|"
    "心电图|血常规|血气|生化|血压|体温|脉搏|心率|血氧|胸片|彩超|超声)"
)
_NUMBER_ZH = r"(?:\d{1,2}、|[一二三四五六七八九十]{1,2}、|[（(][\d一二三四五六七八九十]{1,2}[)）]|[①-⑳])[ \t]*"
_BEGINS = r"(?:^|\n|(?<=[.;!?。；！？]))[ \t]*"
_HEAD = re.compile(
    rf"{_BEGINS}(?:[-*•#]+[ \t]*|\d+[.)][ \t]*)?"
    r"(?:(?P<head>[A-Za-z][A-Za-z/&' -]{1,40}?)[ \t]*"
    r"(?:\((?!(?i:wife|husband|partner|son|daughter|mum|dad)\b)"  # who reports: "Family (wife): he fell"
    r"[^()\n]{1,20}\)[ \t]*)?:(?!\d)|"
    rf"(?P<head_zh>[\u4e00-\u9fff]{{2,8}}|{_ADVICE_ZH})[:：])|"
    rf"{_BEGINS}{_NUMBER_ZH}(?P<numbered>{_NOTE_HEAD_ZH})[:：]|"
    rf"{_BEGINS}(?:{_NUMBER_ZH}|\d+[.)][ \t]*)?(?P<bare>{_DIFFERENTIAL_ZH})(?=[ \t]*(?:\n|\d|{_NUMBER_ZH}))"
)
_IS_NOTE_HEAD_ZH = re.compile(_NOTE_HEAD_ZH)
_OF_ONE_LIST_ZH = re.compile(f"{_RISKS_ZH}|{_ADVICE_ZH}")
_LISTED_ZH = rf"[ \t]*(?:\d{{1,2}}[.)、]|[-*•]|{_NUMBER_ZH})"
_LIST_END_ZH = re.compile(rf"[。！？](?!{_LISTED_ZH})|(?<=\S)[ \t]*\n(?!{_LISTED_ZH})")
_DIFFERENTIAL_END = re.compile(  # a blank line not followed by another disease, or the time of an entry
    rf"\S[ \t]*\n[ \t]*\n(?!\s*(?:\d{{1,2}}[.)]|{_NUMBER_ZH}))|[\n。；？！][ \t]*(?=\d{{4}}[-/.年]|\d{{1,2}}[:：]\d\d)"
)
_BLANK_LINE = re.compile(r"\S[ \t]*\n[ \t]*\n")
_MEASURED = (  # not "T2 DM", "P53"
    r"(?:BP|HR|RR|(?-i:T)(?!\s?[12]\b)|(?-i:P)(?=\d{3}\b|[ :]+\d{2,3}\b)|SpO2|sats?|pulse|temp|GCS|K\+?|"
    r"Na|BM|glucose|lactate|Hb)"
)
_OTHERS = re.compile(  # a list of contacts
    r"\b(?:contacts|contact (?:history|tracing)|exposure history|stressors)\s?[+.:-]"
    r"(?!\W{0,3}(?:none|nil|no\b))[^;]{0,60}$",
    re.IGNORECASE,
)
_IS_LOST = re.compile(r"absent:[^.\n]*\b(?:pulses?|reflex\w*|sounds|sensation)\b", re.IGNORECASE)  # itself a sign
_STATES_NOW = re.compile(
    r"\s*(?:(?!(?:exclude|prevent|avoid|look|check|screen|consider|discuss|educate|counsel|assess|test|if|return|"
    r"treat|give|start|commence|begin|go|seek|get|call|refer|transfer|for)\b)"
    r"[a-z][^.;:?\n]{2,60}\bnow\s*(?:[.;\n]|$)|"
    r"(?:the |this |our )?(?:s?he|patient|pt) (?:(?:is|has) )?(?:now|currently|today)\b"
    r"(?! (?:for|to|on|needs?|awaiting|aware|able|advised|counselled|informed|knows|has (?:\w+ ){1,3}plan)\b)|"
    r"(?:[A-Za-z&/ -]{1,30}:\s)?(?:"  # its heading
    rf"{_MEASURED} (?:(?:is|was|dropped to|fell to) )?(?:now|currently|today) (?:at |(?:down|up) to )?\d|"
    rf"(?:now|today|currently)[,:]? {_MEASURED}(?: is)?:? \d)|"
    r"(?:患者|患儿|病人)?(?:今[日天晨]?|目前|现在?|当前)(?!病史)"
    r"(?![^，。；\d]{0,4}(?:拟|予|给|行|继续|复查|完善|请|应|需|建议)))",
    re.IGNORECASE,
)
_TELLS_OF_PATIENT = re.compile(r"\s*(?:患者|患儿|病人)(?![可多常会应]|一般|往往|通常)")
_OF_OLD = (Assertion.FAMILY, Assertion.HISTORICAL)
_SAME_LINE = re.compile(r"[ \t]*\S")
_LINE_END = re.compile(r"(?<=[.。!?！？;；])[ \t]*\n|\n(?![ \t]*(?:[a-z]|[-*•]))")  # not where a line is continued
_STATEMENT_END = re.compile(r"[.;](?=\s|$)")
_OPENING = re.compile(
    r"(?:[.!?;]\s+|[。！？；]\s*|\n[ \t]*)(?=(?:(?:the|our|this) )?(?:patient|pt|proband|index case)\b|"
    r"on (?:physical )?exam(?:ination)?\b|(?:[DS]Hx|meds|medications|drug history|social history)\b|"
    r"(?:today|tonight|now|currently|yesterday|presents|presented|presenting)\b|"
    r"this (?:morning|afternoon|evening)\b|"
    r"s?he (?:now |also |currently |today )*(?:has|is|presents|presented|reports|reported|complains|complained|came|"
    r"comes|denies|denied|feels|felt|woke|developed|collapsed|fainted|vomit\w*)\b|"
    r"今|现|目前|患者|患儿|病人|本人|自己|查体|体检|入院|本次|此次|突发|突然)",
    re.IGNORECASE,
)
"""Where a note returns to the patient's present. "He had" may still be the father."""
_NO_ILLNESS = re.compile(  # in the family
    r"\s*(?:nil|none|neg(?:ative)?|NAD|unremarkable|unknown|non-?\s?contributory|nothing|"
    r"not\s(?:known|relevant)|no\s(?:relevant|significant|known|notable)\b|无|未见|不详)[^.;。；,，\n]{0,30}[.;。；]",
    re.IGNORECASE,
)
_RELATIVE, _INFORMANT = (re.compile(words.replace(" ", r"\s+"), re.IGNORECASE) for words in (RELATIVE, INFORMANT))
_SENTENCE = re.compile(r"(?:(?<!\b[a-z])[.!?](?=\s)|[。！？])(?P<next>[^.!?。！？\n]*)", re.IGNORECASE)
_OF_FAMILY = re.compile(
    rf"\b(?:{RELATIVE}|sis|bro|[mp]g[mf]|s?he|they|both|famil\w*|inherit\w*|hereditary|genetic)\b|"
    "[父母兄弟姐妹祖叔伯舅姑姨]|[家亲]族|子女|家人",
    re.IGNORECASE,
)
_OF_PATIENT = re.compile(  # age, a time, a measure, a verb or a complaint, which a list of a family's diseases lacks
    r"^\s*\d{1,3}[ -]?(?:(?-i:[MF])|y/?o|years?[ -]old)\b|"
    r"\b\d+ ?(?:min(?:ute)?s?|h(?:ou)?rs?|h|days?|d|weeks?|wks?|months?)\b|\d/(?:7|52|12|24)\b|"
    r"\b(?:today|tonight|now|currently|yesterday|since|last night|this \w+|ago|sudden(?:ly)?|acute(?:ly)?|new|o/e|"
    rf"(?:{_MEASURED}|trop\w*|CRP|WCC|WBC|pH|plt|INR|creat\w*)(?: (?:is|of|was))?[ :]*\d+|"
    r"(?!(?:died|deceased|passed|diagnosed|(?:un)?affected|adopted|suspected|confirmed|treated|mixed)\b|"
    r"(?:bleeding|clotting) (?:disorder|tendency|diathesis|problem))[a-z]{2,}(?:ed|ing)\b|"
    r"c/o|pc|presents?|found|woke|fell|felt|feels|has|came|comes|took|lost|complains|reports|denies|unable|can(?:no|')t|"
    r"pains?|(?:head|back|stomach|tummy)?aches?|fevers?|a?febrile|cough|haemoptysis|hemoptysis|ha?ematemesis|mela?ena|"
    r"SOB|breathless\w*|dyspno?ea|syncope|collapse|palpitations|nausea|diarrho?ea|dizz\w+|rash|weakness|numb\w*|"
    r"lumps?|tender\w*|stiff\w*|confusion|drowsy|unresponsive|unconscious|suicidal|septic|(?:hypo|tachy|brady)\w+ic|"
    r"left|right|droop|sweaty|clammy|swollen|vomits?|haematuria|hematuria|jaundice|melena|photophobia|intent|"
    r"wheez\w*|overdose|DKA|STEMI|status epilepticus|PE|(?:hemi|para)paresis|anaphylaxis|meningism|purpura)\b|"
    r"\d ?(?:天|日|小时|分钟|周|月)|[今昨]|突发|突然|出现|自觉|(?<!偏头)痛(?![风经])|发[热烧]|咳|呕|[晕昏]|抽搐|胸闷|"
    r"吐血|呕血|口角|歪斜|神志|意识|昏迷|"
    r"气[促短]|呼吸困难|乏力|腹泻|皮疹|黑便|便血|无力|偏瘫|言语|大汗|肿胀|(?:体温|心率|脉搏|呼吸|(?<!高)血压|血氧)\D{0,3}\d",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Section:
    """Text under a relevant heading; if ``is_over``, it is about a hospital stay that has ended."""

    start: int
    end: int
    assertion: Assertion
    head: str
    is_over: bool = False


_OF_ALLERGIES = re.compile(r"allerg|intoleranc|reactions|过敏", re.IGNORECASE)
_REACTION_HEAD = re.compile(  # in the line below: "Allergies: trimethoprim / Reaction: angioedema"
    r"(?:^|\n)[ \t]*(?:(?:drug|known|medication) )?allergies[ \t]*:(?!\s*(?:NKD?A|none|nil|no)\b)[^\n]{0,60}\n"
    r"[ \t]*(?:type of )?reactions?(?: type)?[ \t]*:$",
    re.IGNORECASE,
)
_OF_NOW = re.compile(
    r"\b(?:\d{1,2}:?\d\d(?:\s?h(?:rs)?)?|ago|now|today|tonight|given|just|since|after|ongoing|current(?:ly)?|still|"
    r"active|worsening|persist\w*|ate|eaten|stung|this|while|during|in progress|yesterday|last night|on arrival)\b",
    re.IGNORECASE,
)
_OF_ONE_LINE = re.compile(  # headings also found in running text: "Last admission: DKA. This time drowsy"
    r"last (?:admission|hospitali[sz]ation|attendance)s?|"
    r"(?:prior|previous|past) (?:admission|hospitali[sz]ation|attendances?)|"
    r"in-?active|resolved|(?:\w+ )*allerg\w+ (?:band|status|list|alert)\b.*",
    re.IGNORECASE,
)
_OF_BAND = re.compile(r"allerg\w+ (?:band|status|list|alert)", re.IGNORECASE)
_LINE_SAID = re.compile(r"(?<!\b[A-Z])[.!?](?=\s|$)")
_NO_ALLERGY = re.compile(r"\s*(?:NKD?A|none|nil|no known|not known|无|否认)\b", re.IGNORECASE)
_PART = re.compile("[;；]")
_LISTED_END = re.compile(r"[.。!！?？\n]")
_REACTION = re.compile(
    r"\s*(?!(?:o/e|exam\w*|obs|vitals|hpi|pc|hpc|imp\w*|plan|ate|had|took|given|gave|drank|stung|bitten|after|during|since|"
    r"got|developed|exposed|contact|today|now|c/o)\b)[a-z\u4e00-\u9fff][\w /]{0,30}\s?(?:[(（→]|[-–](?!\s?\d))",
    re.IGNORECASE,
)


def is_discharge_note(text: str) -> bool:
    """Whether a note has the heading of a discharge note."""
    return _IS_DISCHARGE_NOTE.search(text, 0, 300) is not None


def states_now(sentence: str) -> bool:
    """Whether a sentence under a heading of plans or possibilities states how the patient is now: "BP now 70/40"."""
    return _STATES_NOW.match(sentence) is not None


def tells_of_patient(sentence: str) -> bool:
    """Whether a sentence of a differential diagnosis is about the patient, not about a disease in general."""
    return _TELLS_OF_PATIENT.match(sentence) is not None


def is_reaction(text: str, section: Section, start: int) -> bool:
    """Whether a sentence continues a list of drugs and reactions to them: "rash; morphine - hypotension".

    Only after a semicolon: after a full stop may come the presenting complaint ("Vomiting blood - 2 episodes").
    """
    listed = _OF_ALLERGIES.search(section.head) and _REACTION.match(text, section.start)
    if not listed or _LISTED_END.search(text, section.start, start):
        return False
    return _REACTION.match(text, start) is not None


def read_sections(text: str) -> Iterator[Section]:
    """The sections of a text whose findings are someone else's, past or only considered, ascending.

    A relative who reports on the patient ("Mum: fit for 6 min") is no heading, except under one of a family history.
    """
    heads = list(_HEAD.finditer(text))
    family_end = -1  # of a list of family members
    left = _STAY_END.search(text) if is_discharge_note(text) else None
    stay_end = left.start() if left else 0
    for number, match in enumerate(heads):
        name = match.lastgroup or ""
        start, head = match.start(name), match[name]
        known = HEADS if name == "head" else HEADS_ZH
        assertion = next((a for a, regex in known.items() if regex.fullmatch(head)), None)
        is_of_allergy = assertion is None and _is_of_allergy(text, start, match.end())
        if is_of_allergy:
            assertion = Assertion.HISTORICAL
        if assertion is None and start < stay_end and _OF_STAY.fullmatch(head):
            following = (h.start(h.lastgroup or 0) for h in heads[number + 1 :])
            yield Section(
                match.end(), min(next(following, stay_end), stay_end), Assertion.HISTORICAL, head, is_over=True
            )
        elif assertion is not None:
            later = (heads[place] for place in range(number + 1, len(heads)))
            if head == _DIFFERENTIAL_ZH:
                later = (h for h in later if h["head"] or _IS_NOTE_HEAD_ZH.fullmatch(h[h.lastgroup or 0]))
            end = next((h.start(h.lastgroup or 0) for h in later), len(text))
            if is_of_allergy and (stop := _LISTED_END.search(text, match.end(), end)):
                end = stop.end()
            of_family = family_end >= 0 and not text[family_end:start].strip(" \t\n-*•#")
            if not (of_family or _OTHERS.search(text, max(0, start - 90), start)) and _INFORMANT.match(text, start):
                continue
            section = Section(match.end(), _end(text, start, match.end(), end, assertion), assertion, head)
            if of_family or (
                assertion is Assertion.FAMILY
                and not (_RELATIVE.fullmatch(head) or _SAME_LINE.match(text, section.start))
            ):
                family_end = section.end
            yield section


def _is_of_allergy(text: str, start: int, end: int) -> bool:
    """Whether a heading gives the reaction to an allergen in the line above, and no word makes it current."""
    listed = _REACTION_HEAD.search(text, max(0, start - 90), end)
    line_end = text.find("\n", end)
    line_end = line_end if line_end >= 0 else len(text)
    if listed is None or any(map(str.isdigit, text[end:line_end])):
        return False
    return _OF_NOW.search(text, listed.start(), line_end) is None


def _end_of_reactions(text: str, start: int, end: int) -> int:
    """Offset at which a list of drugs and reactions turns into something else: "latex - rash; vomiting blood"."""
    if none := _NO_ALLERGY.match(text, start):
        return none.end()
    if not _REACTION.match(text, start):
        return end
    parts = [match.end() for match in _PART.finditer(text, start, end)]
    while parts and not _REACTION.match(text, parts[-1]):
        end = parts.pop()
    return end


def _end_of_family(text: str, head: int, start: int, end: int) -> int:
    """Offset at which a family history ends: after "nil.", and in running text before a sentence about the patient.

    A bare "Stroke." still belongs to it.
    """
    if none := _NO_ILLNESS.match(text, start, end):
        return none.end()
    own_line = not text[text.rfind("\n", 0, head) + 1 : head].strip(" \t-*•#") and "\n" in text.strip()
    said = () if own_line else _SENTENCE.finditer(text, start, end)
    return next((match.start("next") for match in said if _is_of_patient(match["next"])), end)


def _is_of_patient(sentence: str) -> bool:
    return _OF_PATIENT.search(sentence) is not None and _OF_FAMILY.search(sentence) is None


def _end(text: str, head: int, start: int, end: int, assertion: Assertion) -> int:
    """Offset at which a section with its heading at ``head`` ends, ``end`` at the latest."""
    is_differential = text.startswith(_DIFFERENTIAL_ZH, head)
    blank = (_DIFFERENTIAL_END if is_differential else _BLANK_LINE).search(text, start, end)
    places = [end, blank.end() if blank else end]
    if assertion in _OF_OLD:
        regexes = [_OPENING, _LINE_END] if _SAME_LINE.match(text, start, end) else [_OPENING]
        places += [match.end() for regex in regexes if (match := regex.search(text, start, end))]
    if _OF_ONE_LINE.fullmatch(text[head:start].split("(")[0].rstrip(" \t:")) and _SAME_LINE.match(text, start, end):
        places += [match.end() for match in [_LINE_SAID.search(text, start, end)] if match]
    if _OF_BAND.search(text, head, start) and not _REACTION.match(text, start):
        return start
    if assertion is Assertion.NEGATED and _IS_LOST.match(text, head):
        return start
    if assertion is Assertion.NEGATED:
        regexes = [_STATEMENT_END, _LINE_END] if _SAME_LINE.match(text, start, end) else [_STATEMENT_END]
        places += [match.end() for regex in regexes if (match := regex.search(text, start, end))]
    if assertion is Assertion.FAMILY:
        places.append(_end_of_family(text, head, start, min(places)))
    if _OF_ONE_LIST_ZH.match(text, head, start) and (listed := _LIST_END_ZH.search(text, start, min(places))):
        places.append(listed.end())
    of_allergies = _OF_ALLERGIES.search(text, head, start) is not None
    return _end_of_reactions(text, start, min(places)) if of_allergies else min(places)
