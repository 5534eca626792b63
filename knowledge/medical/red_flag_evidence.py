"""Tests of the sentence around a finding that decide whether a red flag counts it: history, suspected, repaired.

Notes mention a stroke or an infarction mostly as history, often tersely ("s/p CVA", "CVA 2015"), and mark a suspected
one with a sign ("?CVA").
"""

import re
from collections.abc import Callable

from .case import Evidence
from .notes.characters import plain
from .notes.context.cue_rules import Assertion
from .notes.context.past import ATTEMPT, speaks_of_now
from .notes.context.sections import HEADS, HEADS_ZH
from .notes.words.muscle_power import is_grade, is_on_both_sides

_AGO_ZH = (
    r"(?<!\d)(?:(?:\d{1,2}|[一二两三四五六七八九十数几半])[多余]?(?:年|个?月)|"
    r"(?!1周|1星期)(?:\d{1,2}|[两二三四五六七八九十数几])[多余]?(?:周|个?星期))[多余]?前|"
    r"(?:去|前)年|(?:19|20)\d\d(?:[-./]\d{1,2}(?![-./\d])|年\d{1,2}月(?!\d))"
)
_HISTORY_BEFORE = re.compile(
    r"(?:\b(?:history of|hx(?: of)?|h/o:?|(?P<survived>s/p|status post|post(?=[ -]$))|"
    r"(?P<known>(?<!last )known(?! (?:well|normal)))|"
    # directly before it or its type; "previous smoker PE on CTPA", "prev COPD tension pneumothorax" are current
    r"(?:prev(?:ious)?|healed|follow-?up after|(?<!day )(?<!days )(?<!eek )(?<!eeks )(?<!our )(?<!ours )(?<!hrs )prior)"
    r"(?=\s(?:(?:isch\w+|ha?emorrhagic|embolic|lacunar|[LR]|left|right|bilateral|small|large|minor|multiple|"
    r"(?:un)?provoked|spontaneous|(?:un)?intentional|paracetamol)\s){0,2}$))(?!\w)"
    r"|(?<!ear[ -])(?<!ears )(?<!nth[ -])(?<!nths )(?<!yr[ -])(?<!yrs )(?<!\by[ -])(?<!/)"
    r"(?<!eek[ -])(?<!eeks )(?<!day[ -])(?<!days )(?<!wk[ -])(?<!mo[ -])(?<!mos )(?<!mth[ -])(?<!mths )"
    r"(?<!\d[dwm][ -])(?<!/\d )(?<!/\d\d )\bold\b|既往|病史|陈旧|曾|"
    r"(?:(?:19|20)\d\d年|[\d一二两三四五六七八九十]余?年前)(?=[患因]?$)|"
    # more than a week ago: what was acute then no longer is
    rf"(?P<ago>{_AGO_ZH}|\b(?:\d{{1,2}}|an?|two|three|four|six|several|(?:a )?few)\s(?:months?|mths?|years?|yrs?)\s"
    r"ago,?\s(?:(?:s?he|pt|patient)\s)?(?:had|suffered|(?:was\s)?treated\sfor)(?:\san?)?)|"
    r"\bICD (?:(?:in situ|in place|fitted|inserted|implanted) )?for(?=\s(?:(?:recurrent|sustained)\s)?$))"
    # not past a comma, nor into what was found then: "history of hypertension, cardiac arrest at home"
    r"(?P<rest>(?:(?!\b(?:with|found|admitted|brought|collapsed)\b|\bin\s*$)[^.,;:。，；：])*)$",
    re.IGNORECASE,
)
_HISTORY_AFTER = re.compile(
    r"^(?:\W{0,3}x ?\d)?(?: for [\w.]+ (?:week|month|year)s?)?"
    r"(?: (?:of|to|after|from|with) (?:(?!at |about |around )[a-z-]+ ){1,3}"
    r"(?=(?:19[6-9]|20[0-3])\d\b(?! ?(?:h(?:ou)?rs?|m?c?g|today|tonight|this|last|yesterday|now)\b)))?"
    r"\W{0,3}(?:病史|史|后遗|恢复期|(?:手?术|治疗)?后\d+余?(?:年|个?月)|"
    r"past\)|(?:history|hx)\b(?: of\W*$|(?! (?:of|from|by|per|taken|obtained|given|limited)\b))|"
    # among times of day it is one: "STEMI 2015, cath lab 2140"
    r"(?:in |of )?(?:(?:19|20)\d\d\b(?![-/.]\d)(?![^.;\n]{0,60}\b(?:0\d|1[0-8]|2[1-3])[0-5]\d\b)|'\d\d\b)|"
    r"(?:(?:\w+ ){1,2}(?:year|yr|month|mth)s?|\d+/12) (?:ago|back|previously))",
    re.IGNORECASE,
)
_JUST_NOW = re.compile(  # in the same clause after it: "h/o hypertension and CVA today", not "h/o CVA here today"
    r"^(?:(?!\b(?:here|for|seen|visit|with|pre\w+|c[ao]m\w+)\b)[^,;:.]){0,40}?"
    r"(?:\b(?:today|tonight|yesterday|overnight|this (?:morning|afternoon|evening|am|pm)|last night)\b|"
    r"\d ?(?:min(?:ute)?s?|h(?:ou)?rs?|h|days?) ago\b|\b(?:at|onset) \d)",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\bagain (?:now|today|tonight|yesterday|this|last night)|(?:今|现|昨)\w{0,2}[再又]|"
    r"(?<![无未])(?:再发|复发|加重)|未(?:予|经|行)?治疗",
    re.IGNORECASE,
)
_APART = re.compile(r"\s?(?:[^\s\w(（]|[(（](?:(?:history|hx)\b|病史)(?!\s?[)）]))", re.IGNORECASE)
_WEEKS_BEHIND = re.compile(
    r"^[^.;,]{0,30}\b(?:last month|(?:\w+ )?(?:weeks?|wks?|months?) (?:ago|back)|\d+ ?/(?:52|12) ago)\b", re.IGNORECASE
)
_YEAR_BEFORE = re.compile(r"(?:19|20)\d\d年(?!底)[^，。；：\d月日史今现突]{0,8}$")
_FOR_YEARS = re.compile(
    r"^(?:痪?(?:已|有|病史)?(?:\d+|[一二两三四五六七八九十数]+)余?年|"
    r" ?(?:for |x ?)?(?:\d+|many|several) ?(?:years?|yrs?)\b)",
    re.IGNORECASE,
)
_WEEKS_BEFORE = re.compile("[周月年]前[^，。；]{0,8}$")
_SURVIVED = re.compile(r"arrest|骤停|overdos|\bOD|\bROSC|\bCPR", re.IGNORECASE)
"""A patient "s/p" one of these has just been brought in, unless a year is stated."""
_GOES_ON = re.compile("shock|seps|septic|mening|status ep|ectopic|torsion|DKA|ketoac|eclamp", re.IGNORECASE)
"""A "known" one of these has not ended."""
_OF_ATTEMPT = re.compile(r"^ attempts?\b")  # after "suicide"
_CHRONIC = re.compile(r"(?<!on )\b(?:chronic|long-?standing)(?:\s+\w+){0,2}\s*$|慢性$", re.IGNORECASE)
_SPINAL = re.compile(r"\b(?:spin(?:e|al)|cervical|thoracic|lumbar)(?:\s+\w+)?\s*$|(?:椎管内?|脊髓)$", re.IGNORECASE)
_EARLIER_BIRTH = re.compile(
    r"^(?: [~\d.,]+ ?(?:mls?|l|litres?)\b)? (?:(?:in|with|after|at|during|from) (?:(?:her|the|a) )?"
    r"(?:last(?! (?:visit|clinic|check|scan|review|BP|night|week))|previous|prior|earlier|G\d|20\d\d)|"
    r"(?:last|previous|prior) (?:pregnancy|delivery|birth)|"
    r"(?:in|with) (?:(?:her|the) )?(?:first|second|1st|2nd)|"
    # not "secondary PPH delivered 2 weeks ago"
    r"(?:[~\d.,]+ ?(?:mls?|l|litres?) )?(?:(?:at|during) (?:\w+ ){1,2})?"
    r"\d+ ?(?:weeks?|wks?|months?|mths?|/12|/52) ago)\b",
    re.IGNORECASE,
)
_AT_EARLIER_BIRTH = re.compile(  # "last pregnancy complicated by"; nothing current in between
    r"(?<!since )(?<!since her )(?<!since the )"
    r"\b(?:last|previous|prior|earlier) (?:pregnanc(?:y|ies)|deliver(?:y|ies)|birth)\b"
    r"(?:(?!\b(?:now|today|since|this|ago)\b)[^.;,]){0,30}$",
    re.IGNORECASE,
)
_MENDING = r"(?:EVAR|repair|graft|stent(?:ing)?)\b"
_REPAIRED = re.compile(
    r"\b(?:s/p|post|had|underwent|prior|previous)\s(?:(?:an?|open|emergency|elective|endovascular|AAA|aneurysm)\s){0,3}"
    rf"{_MENDING}|\b{_MENDING}\s(?:in\s|of\s)?(?:(?:19|20)\d\d|\d+\s?(?:years?|yrs?|y)\b)|"
    r"(?<!not )\b(?:repaired|stented|grafted)\b|(?:修复|置换|支架)术?后",
    re.IGNORECASE,
)
_PACEMAKER = re.compile(r"\b(?:PPM|pacemaker|paced|pacing system|ICD|CRT(?:-[DP])?)\b|起搏器", re.IGNORECASE)
_TO_BE_PACED = re.compile(
    r"\b(?:temporary|needs?|requir\w+|await\w*|urgent\w*|emergen\w+|plan\w*|"
    r"consider\w*|refer\w*|for|before|prior to)\s"
    r"(?:(?:an?|the|for|insertion of|urgent|permanent|temporary|dual chamber)\s){0,3}$|"
    r"(?:拟|待|需|紧急|临时|行)[^，。；]{0,4}$",
    re.IGNORECASE,
)
_AHEAD = 60  # characters before a pacemaker
_OF_AN_ORGAN = re.compile("stroke|infarct|cereb|brain|card|bowel|mesent|卒中|脑|心|肠|梗", re.IGNORECASE)
_CLOSE = 12  # characters around a phrase
_DIGIT = re.compile(r"\d")
_SUSPECTED = re.compile(
    r"^(?!.*(?:complication|effect|并发症|风险|意外)).*?"  # a possible complication is not suspected
    r"(?:[?？]|\b(?:query|concern|suspici|suspect|(?<!less )likely|probabl|possibl|presum)|疑|考虑|"
    # nor is what may still come
    "可能(?!性?(?:不大|较?小)|会|(?:出现|发生|引起|导致|诱发|造成|并发)(?!了)))",
    re.IGNORECASE,
)
_DOUBTED_AFTER = re.compile(r" ?(?:is |was )?(?:very |quite )?(?:low|unlikely|minimal)(?=\s*(?:[.,;\n]|$))")
_DOUBTED = re.compile(r"(?:\b(?:low|no|not|little|less|minimal|without)\s+(?:\w+\s+)?|[不无未])$", re.IGNORECASE)
LOOKED_FOR = "reason for a study"
"""Cue of what a study was ordered for: it is suspected, and may not be there."""
ABATED = "active, but abated"
DOUBTFUL = frozenset({"unconfirmed", "provisional", "differential", LOOKED_FOR, ABATED})
"""Cues of coded working diagnoses: an uncertain ``verificationStatus`` of a FHIR Condition, one that is called active
though it has ended, or :data:`LOOKED_FOR`."""
_ACUTE = re.compile(r"\b(?:acute|new)\b|急性|新发", re.IGNORECASE)
_FOUND = re.compile(
    r"\b(?:acute|new|admitted|brought|found|shows?|showed|confirmed|on (?:CT\w*|MR\w*|ECG))\b|"
    "新发|CT|MR|心电|造影|超声|彩超|示|入院|来院",
    re.IGNORECASE,
)


def is_history(evidence: Evidence) -> bool:
    """Whether the sentence or its section states an event as history, and nothing in between makes it current."""
    if is_under_history(evidence) and not is_attempt(evidence):
        return True
    before, after = _HISTORY_BEFORE.search(plain(evidence.before)), plain(evidence.after)
    if before is not None and before["survived"] and _SURVIVED.search(evidence.phrase):
        before = None
    if before is not None and before["known"] and _GOES_ON.search(evidence.phrase):
        before = None
    told_before = before is not None and not speaks_of_now(before["rest"])
    if before is not None and not before["ago"] and _ACUTE.search(before["rest"]):
        told_before = False
    if told_before and not is_attempt(evidence) and not _JUST_NOW.match(after) and not _AGAIN.search(after):
        return True
    return _HISTORY_AFTER.match(_OF_ATTEMPT.sub("", after)) is not None and _AGAIN.search(after) is None


def is_under_history(evidence: Evidence) -> bool:
    """Whether it is in a history section, and its sentence mentions neither the present nor something found."""
    if not any(heads[Assertion.HISTORICAL].fullmatch(plain(evidence.cue)) for heads in (HEADS, HEADS_ZH)):
        return False
    sentence = plain(evidence.before + evidence.phrase + evidence.after)
    return not speaks_of_now(sentence) and not _FOUND.search(sentence)


def is_attempt(evidence: Evidence) -> bool:
    """Whether it is a suicide attempt, after which the patient stays at risk."""
    return ATTEMPT.search(evidence.phrase) is not None


def is_dated_back(evidence: Evidence) -> bool:
    """Whether a year or "history" comes directly after it: "anaphylaxis to nuts 2019".

    After a comma or a dash, "history" is what someone reports: "anaphylaxis, history from mother".
    """
    after = plain(evidence.after)
    return _APART.match(after) is None and _HISTORY_AFTER.match(after) is not None and _AGAIN.search(after) is None


def is_of_a_year(evidence: Evidence) -> bool:
    """Whether a year comes directly before or after it: "2015年糖尿病昏迷"."""
    return is_dated_back(evidence) or _YEAR_BEFORE.search(plain(evidence.before)) is not None


def is_years_old(evidence: Evidence) -> bool:
    """Whether it has lasted for years, or a year is stated beside it: "截瘫5年"."""
    return is_of_a_year(evidence) or _FOR_YEARS.match(plain(evidence.after)) is not None


def is_weeks_old(evidence: Evidence) -> bool:
    """Whether it was weeks ago or more, so that new signs have other causes."""
    return is_history(evidence) or bool(
        _WEEKS_BEHIND.match(plain(evidence.after)) or _WEEKS_BEFORE.search(plain(evidence.before))
    )


def is_suspected(evidence: Evidence) -> bool:
    """Whether it is suspected: "?CVA", "concern for stroke", but not "r/o", "low suspicion for" or a warning.

    A finding coded as doubtful is suspected, unless the cue is in its own words, which then decide.
    """
    if evidence.cue in DOUBTFUL and not evidence.is_from_text:
        return True
    cue = max(evidence.before.rfind(evidence.cue), 0)
    before = plain(evidence.before[:cue])
    is_doubted = _DOUBTED.search(before) is not None or _DOUBTED_AFTER.match(plain(evidence.after)) is not None
    return _SUSPECTED.search(plain(evidence.cue)) is not None and not is_doubted


def is_chronic(evidence: Evidence) -> bool:
    """Whether the words before it call it chronic."""
    return _CHRONIC.search(plain(evidence.before)) is not None


def is_chronic_or_spinal(evidence: Evidence) -> bool:
    """Whether the words before a bleeding call it chronic or spinal."""
    return is_chronic(evidence) or _SPINAL.search(plain(evidence.before)) is not None


def is_of_earlier_birth(evidence: Evidence) -> bool:
    """Whether it was in an earlier pregnancy or at an earlier birth: "PPH in her first pregnancy"."""
    is_told_before = _AT_EARLIER_BIRTH.search(plain(evidence.before)) is not None
    return is_told_before or _EARLIER_BIRTH.match(plain(evidence.after)) is not None


def is_repaired(evidence: Evidence) -> bool:
    """Whether the sentence says that it has been operated on."""
    return any(_REPAIRED.search(plain(words)) for words in (evidence.before, evidence.after))


def is_unruptured_or_mended(evidence: Evidence) -> bool:
    """Whether an aneurysm is not said to have ruptured, or it was repaired or ruptured long ago."""
    return not _RUPTURED(evidence) or is_repaired(evidence) or is_history(evidence) or evidence.is_past


def is_unnamed_or_old_bleeding(evidence: Evidence) -> bool:
    """Whether a gut bleeding is only inferred from a sign, such as blood on the paper, of the lower gut, or old."""
    unnamed = _GUT_BLEEDING.search(plain(evidence.phrase)) is None
    is_old = _BLED_ONCE.search(plain(evidence.before)) is not None or is_history(evidence)
    return unnamed or _LOWER_GUT(evidence) or is_old


def is_number(evidence: Evidence) -> bool:
    """Whether it was read from a value."""
    return _DIGIT.search(evidence.phrase) is not None


def is_paced(evidence: Evidence) -> bool:
    """Whether the sentence mentions a pacemaker that is already in place."""
    return any(
        _TO_BE_PACED.search(words, max(0, match.start() - _AHEAD), match.start()) is None
        for words in (plain(evidence.before), plain(evidence.after))
        for match in _PACEMAKER.finditer(words)
    )


def either(*tests: Callable[[Evidence], bool]) -> Callable[[Evidence], bool]:
    """Whether one of the tests holds."""
    return lambda evidence: any(test(evidence) for test in tests)


def is_of_no_limb(evidence: Evidence) -> bool:
    """Whether an ischemia is of the brain, the heart or the bowel, or no limb is mentioned beside it."""
    return _OF_AN_ORGAN.search(plain(evidence.phrase)) is not None or _NO_LIMB(evidence)


def called(pattern: str, close: int = _CLOSE) -> Callable[[Evidence], bool]:
    """Whether a finding's words, or ``close`` characters around them, match ``pattern``: "tension" pneumothorax."""
    regex = re.compile(pattern, re.IGNORECASE)
    return lambda evidence: (
        regex.search(plain(evidence.before[-close:] + evidence.phrase + evidence.after[:close])) is not None
    )


def not_called(pattern: str, close: int = _CLOSE) -> Callable[[Evidence], bool]:
    """The negation of :func:`called`."""
    is_called = called(pattern, close)
    return lambda evidence: not is_called(evidence)


_NO_LIMB = not_called(r"\b(?:limb|leg|arm|foot|hand)|肢|腿")
_RUPTURED = called(
    r"\b(?:ruptured|leaking)\s(?:\w+\s)?(?:AAA|abdominal aort)|(?:瘤|AAA)[伴并]?破裂(?!风险|可能)|破裂性?腹主动脉瘤"
)
_GUT_BLEEDING = re.compile(
    r"\bU?GIB|\bG\.?I\.?\s?(?:bleed|ha?emorrh)|gastrointestinal|variceal|(?:消化|胃肠|肠胃)道大?出血|曲张破裂出血",
    re.IGNORECASE,
)
_BLED_ONCE = re.compile(  # before the bleeding: "apixaban stopped after", "HAS-BLED 3:"
    r"(?:\b(?:stopped|held|discontinued|not \w+) (?:after|due to|because of|for)\s*|"
    r"HAS-?BLED\b[^.;\n]*|\blast (?:month|year) with\s*)$",
    re.IGNORECASE,
)
_LOWER_GUT = called(r"\b(?:lower|LGI)|下(?=消化道)")
is_bells_palsy = called(r"\bBell'?s[ -]palsy")
_WITH_THE_FOREHEAD = called(
    "(?<![无未见])(?<![无未见][左右])(?<![无未见][左右]侧)额纹(?:消失|变浅|变平)|"
    r"(?<![无未见非除])周围性面(?:神经)?瘫(?!\s?[?？待])|"
    # a stroke spares it; not "UMN not LMN"
    r"^(?!.*\b(?:UMN|upper motor|spar(?:ed|ing)))(?s:.)*(?:"
    r"(?<!not )(?<!no )(?<!without )(?<!if )(?<!vs )(?<!or )(?<!\?)\b(?:LMN|lower motor neurone?)\b|"
    r"\bforehead (?:is |was |also )*(?:involved|affected|weak|paralysed)(?!\?)|\binvolv(?:es|ing) (?:the )?forehead|"
    r"(?<!no )(?<!without )\bforehead involvement(?!\?| (?:uncertain|unclear))|"
    r"\b(?:can ?not|can'?t|unable to|not able to) (?:close (?:\w+ ){1,3}or )?(?:wrinkle|raise|furrow|lift|move) "
    r"(?:\w+ ){0,2}(?:forehead|eye ?brows?|brows?)\b)",
    60,
)
_OF_BOTH_SIDES = not_called(r"\b(?:left|right|[LR]|one side)\b|左|右")


def is_of_facial_nerve(evidence: Evidence) -> bool:
    """Whether a facial palsy is of the nerve, as the forehead or its name shows, not of the brain."""
    return is_bells_palsy(evidence) or _WITH_THE_FOREHEAD(evidence)


def is_of_facial_muscles(evidence: Evidence) -> bool:
    """Whether facial weakness is of the muscles, which affects both sides, or of the nerve."""
    return _OF_BOTH_SIDES(evidence) or is_of_facial_nerve(evidence)


_WEAK_OF_OLD = re.compile(
    r"\b(?:long-?\s?standing|residual|polio|old (?:stroke|CVA|injury|weakness|deficit|(?:[LR]|left|right) |hemi)|"
    r"chronic(?:ally)?(?=\s*(?:[.,;)]|$)|\s(?:weak|deficit|hemi|since|from|due|pain|OA\b|arthrit)))",
    re.IGNORECASE,
)
_WEAK_AS_BEFORE = re.compile(  # after a grade
    r"\b(?:unchanged|no change|(?:at|as|is|to) (?:(?:his|her|the) )?baseline(?=\s*(?:[.,;)]|$))|as before|"
    r"since (?:birth|child|polio|(?:19|20)\d\d))|"
    r"^[^.,;]{0,30}(?<!chest )\bpain|"
    r"\b(?:limited|restricted|inhibited|due to|secondary to|because of|d/t|from|by)\s(?:by\s)?(?:\w+\s){0,3}pain",
    re.IGNORECASE,
)
_WEAK_LATELY = re.compile(
    r"(?<!no )(?<!nil )\bnew(?:ly)?\b|\b(?:onset|sudden\w*|acute(?:ly)?|today|tonight|yesterday|worse\w*|FAST)\b|"
    r"\bthis (?:morning|am|afternoon|evening)\b|\d ?(?:min(?:ute)?s?|h(?:ou)?rs?|h) ago\b|"
    r"\bsince (?:0\d{3}|\d{1,2}[:ap])",
    re.IGNORECASE,
)


def is_weak_otherwise(evidence: Evidence) -> bool:
    """Whether a weakness is Bell's palsy, or a grade of power that is unchanged, on both sides or limited by pain."""
    if is_bells_palsy(evidence):
        return True
    before, phrase, after = plain(evidence.before), plain(evidence.phrase), plain(evidence.after)
    if not is_grade(phrase):
        return False
    said = f"{before}{phrase}{after}"
    as_before = _WEAK_OF_OLD.search(before[-20:] + phrase + after[:40]) or _WEAK_AS_BEFORE.search(after)
    return is_on_both_sides(said) or (as_before is not None and not _WEAK_LATELY.search(said))


_DEFICIT = r"(?:left|right|mild|moderate|severe|dense|spastic|expressive|receptive|residual|facial|[lr]|sided?)"
_OLD_DEFICIT_BEFORE = re.compile(  # directly before it: "known AF, slurred speech" is current
    r"(?:\b(?:chronic|long-?\s?standing|known|residual|previous|prev|pre-?existing|baseline|gradual(?:ly)?|insidious|"
    r"slowly|progressive over (?:\d+|many|several) (?:years|months))|(?<![\w-] )(?<!\w-)\bold|"
    r"(?:^|[.,;:\n]\s?|\b(?:with|has|his|her) )old|"
    # but not a duration: "2 day hx of"
    r"(?<!\bd )(?<!\bh )(?<!hr )(?<!hrs )(?<!hour )(?<!hours )(?<!day )(?<!days )(?<!\d[dhwm] )(?<!week )(?<!weeks )"
    r"(?<!min )(?<!mins )(?<!minute )(?<!minutes )(?<!/\d )(?<!/\d\d )\b(?:hx(?: of)?|h/o|history of))"
    rf"(?:[ -](?:onset|progressive|worsening|deteriorating|{_DEFICIT}))*\s*$|(?:慢性|遗留|后遗|进行性)[左右]?侧?$",
    re.IGNORECASE,
)
_OLD_EVENT = (  # or one with a year
    r"(?:(?:previous|prior|old) (?:stroke|CVA|TIA|(?:head |brain )?injury|bleed|SAH)|polio|birth|childhood|"
    r"(?:(?:an?|the|his|her|last) )?(?:stroke|CVA|TIA|(?:head |brain )?injury|accident|bleed|SAH)"
    r"(?= (?:in |of )?(?:(?:19|20)\d\d|\d+ ?(?:years?|yrs?|months?) ago)))\b"
)
_OLD_DEFICIT_BEHIND = re.compile(
    r"^[^.,;\n]{0,20}?(?:\b(?:for|over|since|x) ?(?:the )?(?:last |past )?(?:\d+|many|several|a few|some) ?"
    r"(?:years?|yrs?|months?|mths?|/12)\b|"
    rf"\b(?:since|from|after|following) (?:(?:a|the|his|her) )?{_OLD_EVENT}|"
    r"\b(?:since 19[6-9]|(?:from|in) (?:19|20)\d)\d\b|"  # "since 2012" may be the hour
    r"\b(?:at|as is|is) (?:(?:his|her|the) )?baseline\b|\bunchanged\b|"
    r"\b(?:which |that )?is (?:chronic|long-?standing|old)\b)",
    re.IGNORECASE,
)
_SLOW_ONSET = re.compile(r"\b(?:gradual|insidious|slow) onset\b", re.IGNORECASE)
_LATELY_ZH = re.compile("加重|突发|突然|新发|今[日天晨早晚]|再发|小时")


def is_no_new_deficit(evidence: Evidence) -> bool:
    """Whether a deficit is old or came on over months, and nothing says that it is worse: no acute stroke."""
    before, after = plain(evidence.before), plain(evidence.after)
    is_old = _OLD_DEFICIT_BEFORE.search(before) or _OLD_DEFICIT_BEHIND.match(after) or is_years_old(evidence)
    said = _SLOW_ONSET.sub("", f"{before}{evidence.phrase}{after}")
    return bool(is_old) and not (_WEAK_LATELY.search(said) or _LATELY_ZH.search(said))


_OF_SELF_HARM = called(r"self[- ]?(?:harm|cutting)|\bDSH\b|自伤|自残")
_SCARRED = called(r"\bscars?\b|\bscarring\b|疤|瘢", 24)
_LISTED_AS_PAST = re.compile(r"\bp(?:m|s|psych ?)hx?\b(?P<rest>[^.\n]*)$", re.IGNORECASE)
_WOUNDED = re.compile(r"\b(?:cuts?|lac\w*|wounds?|razor|blade|knife|bleed\w*)\b", re.IGNORECASE)


def is_no_self_harm(evidence: Evidence) -> bool:
    """Whether self-injury is a habit such as nail biting, an item of the past history, or only scars."""
    listed, after = _LISTED_AS_PAST.search(evidence.before), evidence.after
    told = listed["rest"] + after if listed else ""
    is_old = listed is not None and not speaks_of_now(told) and not _WOUNDED.search(told)
    return is_old or not _OF_SELF_HARM(evidence) or _SCARRED(evidence)
