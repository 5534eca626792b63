"""Whether a value in a note was measured in the patient now.

A value is real whatever the note makes of it: "probable sepsis, BP 78/40" was measured. So doubt does not count here,
and a value is past, hypothetical or a target only if the words say so of the value itself: next to it, or as its
condition.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from ...measurements import Quantity
from ..characters import plain
from ..context.assertion import Context, contexts
from ..context.cue_rules import Assertion
from ..context.sections import EARLIER_STAY, HEADS, HEADS_ZH

NOT_MEASURED = "not_measured"
"""Reason for a target or condition: "keep SpO2 above 92%", "return if temperature is 39"."""
EARLIER = "earlier_value"
"""Reason for a past value: "previous potassium 6.9"."""
SPOILT = "spoilt_sample"
"""Reason for a value that the note itself attributes to the sample: "K 6.9 (haemolysed)"."""
_AROUND = 80  # characters read on either side
_FILLER = (
    r"(?:\s*(?:[:：]|\b(?:the|his|her|their|an?|of|with|for|to|at|in|is|and|or|patient'?s|labs?|levels?|values?|results?"
    r"|readings?|visit|serum|blood|systolic|resting)\b)|[的有曾测最高低大为约其])*\s*"
)
_NEXT = re.compile(_FILLER)
_CONDITION = re.compile(
    r"if|unless|should|in case|in the event|return|come|call|notify|seek|report|may|might|could|can|"
    r"precautions|advice|instructions|safety|[如若]|假如|一旦|倘若|万一",
    re.IGNORECASE,
)
_WATCHED = re.compile(  # or aimed at, which `_is_aim` decides
    r"monitor|watch|observe|keep|maintain|target|goal|注意|观察|监测|目标", re.IGNORECASE
)
_AIM = re.compile(
    rf"(?:\b(?:keep|maintain|target(?:ing|ed)?|goals?|aim(?:ing)?|titrat(?:e|ed|ing))\b{_FILLER}|"
    r"(?:目标|靶|控制)(?:[的为是在于：:]|空腹|餐前|餐后|随机|静息|晨起?)*\s*)$",
    re.IGNORECASE,
)
_NOT_REACHED = re.compile(
    r"\b(?:unable|cannot|not|fail\w*|difficult\w*|struggl\w*|requir\w*|need\w*)\b[^.;,]*$|n't\s*(?:to\s*)?$",
    re.IGNORECASE,
)
_AIM_INSIDE = re.compile(r"\b(?:target|goal|aim)\b|目标|控制在", re.IGNORECASE)
_AIM_AFTER = re.compile(
    r"\s*(?:[-–]\s?\d{1,3}\s?)?(?:mm ?Hg|%)?\s*(?:(?:as|is)(?: (?:an?|the|our|his|her))? (?:target|goal)\b|"
    r"(?:target|goal)(?=[.,;\n]|$)|"
    r"\((?:target|goal)\)|作?为目标)|"
    r"\s*(?:℃|°C|度|mm ?Hg|%)?\s*以[上下](?=.{0,4}(?:服|用|就诊|就医|来院|复诊))",
    re.IGNORECASE,
)
_REFERENCE = re.compile(  # a line of normal ranges
    r"(?:^|[.;。；\n])\s*"
    r"(?:(?:reference|normal)(?: (?:ranges?|intervals?|values?|limits))?|(?:参考|正常)(?:值|范围|区间))\s*[:：]"
    r"(?:[^.;。；\n]|\.\d)*$",
    re.IGNORECASE,
)
_REFERENCE_OF = re.compile(  # directly before a range: not "normal range of movement, HR 130"
    r"(?:^|[.;。；\n])\s*(?:reference|normal) (?:ranges?|intervals?|limits)\s(?:(?:for|of)\s)?$", re.IGNORECASE
)
_RANGE = re.compile(r"\d\S{0,2}\s?(?:[-–—~～至到]|to\b)\s?\d")
_AIM_OF_RANGE = re.compile(  # "titrate oxygen to SpO2 88-92%"; what is maintained was measured
    r"\b(?:titrat(?:e|ed|ing)|aim(?:s|ed|ing)?|keep|maintain|target(?:s|ed|ing)?|goals?(?! of care))\b[^.;,\n]{0,40}$|"
    r"\b(?:for|until|till)\s*$",
    re.IGNORECASE,
)
_OFF_SCALE = re.compile(r"[<>≤≥]|\b(?:above|over|below|under|than)\b", re.IGNORECASE)
_THRESHOLD = re.compile(  # also the second of "if SBP < 85 or K > 6.5"
    r"\b(?:for|if|until|till|when|whenever|to)\s*(?:[^.;\n]{0,40}[<>≤≥][^.;\n]{0,20}(?:\b(?:or|and)|,)\s*)?$",
    re.IGNORECASE,
)
_THRESHOLD_AFTER = re.compile(
    r"[\s:(→]{0,3}(?:\b(?:call|notify|page|hold|treat|hypoglyc\w+ protocol|protocol)\b)", re.IGNORECASE
)
_SPOILT_WORD = (
    r"(?:h[a]?emoly[sz]ed|clotted|contaminated|clumped|diluted|spurious|art[ei]fact(?:ual)?|lab(?:oratory)? error|"
    r"drip arm)"
)
_SPOILT_SOUGHT = re.compile(rf"{_SPOILT_WORD}|溶血|凝固|污染|脂血|稀释", re.IGNORECASE)
HAEMOLYSED = re.compile(r"haemoly|hemoly|溶血", re.IGNORECASE)
_NORMAL_POTASSIUM = 5.0  # mmol/L, at most
_SPOILT = (  # without doubt before or after it, and without a second value: "?haemolysed", "haemolysed. Repeat 7.5"
    r"(?![^.;\n。；)）]{0,60}(?:[?？]|可能|[)）]\s?[?？]))"
    r"(?!.{0,60}(?:(?:repeat|recheck|retest)(?:ed)?\b|rpt\b|复查)[^A-Za-z\d]{0,3}(?:(?:is|was|now|of)\s)?\d)"
    r"(?:[\s*]{0,2}(?:[(\[（,，;:.–—-]\s?){0,2}"
    r"(?:(?:but|the|this|in|of|from|an?|was|is|grossly|markedly|visibly|blood|sample|specimen|"
    rf"tube|result)\s){{0,4}}{_SPOILT_WORD}(?=\s?(?:$|[.,;)\]\n+–—-]|on film\b|with EDTA\b|"
    r"(?:blood |EDTA )?(?:sample|specimen|tube|on arrival|repeat|rpt|recheck|resent)\b))|"
    r"\s?[(（,，;；]\s?(?:(?:标本|样本|血样|血标本)(?:已|有|明显|严重)?(?:溶血|凝固|污染|脂血|稀释)|"
    r"溶血(?=[)）]|标本|样本)|(?:凝固|污染)(?:标本|样本)))"
)
_IS_SPOILT = re.compile(_SPOILT, re.IGNORECASE)
_ROW_IS_SPOILT = re.compile(  # after other values
    r"(?:[,;、，]\s?[A-Za-z][A-Za-z0-9+]{0,11}\s?[:=]?\s?\d[\d.]{0,6}(?:\s?[a-zµμ%/]{1,8}(?:/d?L)?)?){1,8}" + _SPOILT,
    re.IGNORECASE,
)
_OF_CELLS = re.compile(r"(?:potassium|K\+?|.{0,2}钾)(?![a-z])", re.IGNORECASE)
"""Potassium, which broken cells release: "haemolysed" after a row of values refers to it."""
_ANOTHER = re.compile(r"[(\[（][^)\]）]*\d[^)\]）]*$|\b(?:was|were|from|than|vs)\s+\d")  # "Hb 98 (was 132 last year)"
_OF_A_YEAR = re.compile(
    rf"(?:\A|[.;。；\n])\s*(?-i:In) (?:19[89]\d|200[1-9]|201\d|202[0-4]),?{_FILLER}$", re.IGNORECASE
)
"""At the start of a sentence: "transplant in 2019, K 6.9" was measured now, and a value of this year may be.
"In 2000" is also a drip."""
_AS_A_RULE = re.compile(
    r"(?:(?:\A|[.;,(\n])\s*|(?<!than )\b(?:pt|patient|he|she)\s(?:is\s)?)(?:normally|usually|usual)\s(?:has\s|on\s)?$",
    re.IGNORECASE,
)
"""Before a value: "normally sats 86-88% on home oxygen"; not "drowsier than usual GCS 9"."""
_BUT_NOW = re.compile(
    r"(?:[^.;\n]|\.\d){0,60}\b(?:now|today|currently|but|here|f[ae]ll(?:en)?|dropped)\s"
    r"(?:(?:is|was|are|at|up|down|to|only|of|just|about|he|she)\s){0,3}\d",
    re.IGNORECASE,
)
"""A current value without a name, which is not read: then the usual one must do."""
_OF_EARLIER_STAY = re.compile(
    rf"(?:\A|\n)[ *•-]*{EARLIER_STAY}\s?(?:\([^()\n]{{1,20}}\)\s?)?:"
    r"(?:(?!\b(?:none|nil|no|now|today|currently|this)\b)(?:[^.;\n]|\.\d))*$",
    re.IGNORECASE,
)
"""The line of an earlier stay; what follows "now" is current."""
_THIS_STAY = re.compile(r"\n[ *•-]*(?:this|current|present|today|now)\b", re.IGNORECASE)
"""The line below that confirms it."""
_OF_THEN = re.compile(r"\b(?:was|were|had been)\b", re.IGNORECASE)
_AT_FIRST = re.compile(
    r"\s?(?:mmol/L\s|%\s)?\(?(?:yesterday|initially|(?:on|at) (?:admission|arrival|presentation|first)|"
    r"last (?:night|week)|\d+ ?(?:d|h|days?|hours?) ago)\b",
    re.IGNORECASE,
)
_LINE = 200  # characters read of a line
_NOW_BEHIND = re.compile(r"[^.;\n]{0,20}\b(?:now|today|currently)\s(?:(?:is|at|up|down|to)\s){0,2}\d", re.IGNORECASE)
"""A newer value without a name, which is not read: then the older one must do."""
_LATER_STEPS = re.compile(r"(?:\s?(?:-+>|→)\s?\d[\d.]*)*")  # "K 6.9 -> 4.2 in 2019"
_MOVED = re.compile(
    r"(?:[,，;；(（]|\bbut\b).*"
    r"(?:\b(?:to|(?:now|currently|actual(?:ly)?|at present|today)(?:\s(?:is|at|only|reads))?)|"
    r"[升降][至到为]|目前|现在?|实测)"
    r"[:：为是仅]?\s*$"
)  # away from an aim: "keep SpO2 94%, fell to 80%"
_STEPS_END = re.compile(r"[.;\n。；]\s")  # "target 88-92%. Today 91% RA"
_CLAUSE_END = re.compile(r"[,，.;。；\n]")


def left_out(text: str, spans: Sequence[tuple[int, int]], of_cells: Collection[tuple[int, int]] = ()) -> list[str]:
    """Why each value is not a current one of the patient, as the reason of an Unread; empty if it is one.

    Args:
        spans: offsets of the values with their names, ascending, not overlapping; in a trend only the first has one.
        of_cells: those that broken cells could have raised, see :func:`rises_in_haemolysis`.
    """
    said = contexts(text, spans)
    text = plain(text)
    reasons: list[str] = []
    for (_, last), (start, end), context in zip(((0, 0), *spans), spans, said, strict=False):
        is_step = text[start].isdigit() and not any(gap.search(text, last, start) for gap in (_MOVED, _STEPS_END))
        is_aim_too = is_step and reasons[-1:] == [NOT_MEASURED]  # "keep SpO2 94% -> 98%"
        reasons.append(NOT_MEASURED if is_aim_too else _reason(text, start, end, context, (start, end) in of_cells))
    return reasons


def without_overlaps(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of ascending ``spans``, those that do not overlap the last one kept."""
    kept: list[tuple[int, int]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def rises_in_haemolysis(quantity: Quantity | None, value: float | None) -> bool:
    """Whether broken cells could have caused the value: only a high potassium, no glucose or lactate."""
    return quantity is Quantity.POTASSIUM and value is not None and value > _NORMAL_POTASSIUM


def _reason(text: str, start: int, end: int, context: Context, is_of_cells: bool) -> str:
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    assertion, cue = context.assertion, plain(context.cue)
    if _is_aim(before, text[start:end], after):
        return NOT_MEASURED
    if _is_spoilt(text[start:end], after, is_of_cells):
        return SPOILT
    if _AS_A_RULE.search(before) and _BUT_NOW.match(after) is None:
        return EARLIER
    if _OF_EARLIER_STAY.search(text, max(0, start - _LINE), start) and _THIS_STAY.search(text, end):
        return EARLIER
    if _OF_A_YEAR.search(before) and _NOW_BEHIND.match(after) is None:
        return EARLIER
    if assertion is Assertion.RESOLVED and before.rstrip().endswith(f"{cue}:"):
        return EARLIER if _OF_THEN.search(text[start:end]) or _AT_FIRST.match(after) else ""  # "DKA resolved: pH 7.4"
    if assertion in (Assertion.HISTORICAL, Assertion.RESOLVED):
        return EARLIER if _is_next(before, cue) or _points_back(before, cue, after) else ""
    if assertion is Assertion.HYPOTHETICAL:
        is_condition = any(heads[assertion].fullmatch(cue) for heads in (HEADS, HEADS_ZH)) or _CONDITION.match(cue)
        return NOT_MEASURED if is_condition or (_is_next(before, cue) and not _WATCHED.match(cue)) else ""
    return "" if assertion is Assertion.POSSIBLE else assertion.left_out


def _is_aim(before: str, phrase: str, after: str) -> bool:
    aim = _AIM.search(before)
    if aim is not None:
        return _NOT_REACHED.search(before[: aim.start()]) is None
    if _RANGE.search(phrase) and (aim := _AIM_OF_RANGE.search(before)) is not None:
        return _NOT_REACHED.search(before[: aim.start()]) is None
    if _OFF_SCALE.search(phrase) and (_THRESHOLD.search(before) or _THRESHOLD_AFTER.match(after)):
        return True
    if _RANGE.search(phrase) and _REFERENCE_OF.search(before):
        return True
    return bool(_REFERENCE.search(before) or _AIM_INSIDE.search(phrase) or _AIM_AFTER.match(after))


def _is_spoilt(phrase: str, after: str, is_of_cells: bool) -> bool:
    if _SPOILT_SOUGHT.search(after) is None:
        return False
    said = _IS_SPOILT.match(after) or (_ROW_IS_SPOILT.match(after) if _OF_CELLS.match(phrase) else None)
    return said is not None and (is_of_cells or not HAEMOLYSED.search(said[0]))


def _is_next(before: str, cue: str) -> bool:
    place = before.rfind(cue)
    return place >= 0 and _NEXT.fullmatch(before, place + len(cue)) is not None


def _points_back(before: str, cue: str, after: str) -> bool:
    """Whether the cue follows the value in its clause, is of no other value, and is not also before it."""
    place = after.find(cue)
    return (
        place >= 0
        and cue not in before
        and (steps := _LATER_STEPS.match(after)) is not None
        and _CLAUSE_END.search(after, steps.end(), place) is None
        and not (_ANOTHER.search(after, 0, place))
    )
