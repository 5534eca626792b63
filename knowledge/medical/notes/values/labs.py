"""Vital signs and laboratory values in text, read with their unit. Findings that they stand for: :mod:`.ranges`."""

import re
from collections.abc import Iterator
from dataclasses import replace

from ...case import Unread
from ...measurements import Measurement, Quantity
from ..characters import plain
from ..numbers import NUMBER, number, readings
from ..scan import PatternScan
from ..tables import as_prose
from .earlier import VITAL_SIGNS, superseded
from .quantities import SYNTAXES, QuantitySyntax
from .ranges import normal_of_adults
from .sedation import is_under_sedation
from .stated import EARLIER, left_out, rises_in_haemolysis
from .trends import DATE, MOVED_ZH, TIMED, earlier_values, missed_pressure, numbers_between, to_next

Q = Quantity

UNCLEAR = "unknown_unit"
"""Reason for a value that fits two units, or none."""
TABLE = "table"
"""Reason for a row of names whose values, in the rows below, are not read."""
_LINKS = (
    r"levels?|count|values?|results?|readings?|is|was|were|are|of|at|to|in the|now|currently|today|still|again|only|"
    r"about|around|approximately|measured|recorded|noted|found|came|resulted|back|as|on|room air|RA|fell|dropped|rose|"
    r"increased|decreased|remains|maintained|this morning|initially|(?:elevated|low|high|up|down)(?= (?:at|of|to))|"
    # not "improved 10 minutes later", "falling 60% O2", "improving on 6 units"
    r"(?:clear(?:ed|ing)|recover(?:ed|ing)|improv(?:ed|ing)|worsen(?:ed|ing)|rising|falling)"
    r"(?!\s(?:on|with|in|by|over|after|within)\b|\s\d[\d.]*\s?(?:[a-z/]{1,6}\s)?(?:in|per|an?|each|every)\b|"
    r"\s\d[\d.]*\s?[a-z/]{0,6}/(?:h|hr|hour|d|day)\b|\s[123]0 ?(?:g/L|bpm)\b|\s[123](?:\.\d)? ?g/dL\b|"  # by how much
    r"\s\d[\d.]*,\s\d|"  # the last one is current
    r"\s\d[\d.]*\s?(?:[a-z/]{1,6} (?:in|over) \d|min(?:ute)?s?\b|sec|h\b|hrs?\b|hours?|days?|weeks?|points?|later|"
    r"after|L\b|%?\s?(?:O2|oxygen|FiO2|venturi|HFNO|NRB|mask|neb)))"
)
_BOUNDS = rf"[<>≤≥]=?\s?\d[\d.,]*|\d[\d.,]*\s?(?:[-–]|to)\s?\d[\d.,]*|\d+ ?L|{DATE}"
_ASIDE = (  # the normal range, the extremes of a day, oxygen, the date or time
    rf"[(\[][^()\[\]\d]{{0,20}}(?:(?:{_BOUNDS})[^()\[\]\d]{{0,12}})?[)\]]|\[[^\[\]\n]{{1,60}}\](?=\s*\d)|"
    rf"on \d{{1,2}} ?L(?:/min)?(?: O2| NC| oxygen)?|(?:at|@) ?\d{{1,2}}:\d\d(?: ?[ap]m)?|{TIMED}"
)
_COMPACT = (  # "T39.5℃", "Hb65g/L", "K7.1", "P132"
    r"\d{1,3}(?:[.,]\d{1,2})?\s?(?:次|℃|°|bpm|分(?![之钟])|/ ?min|mmol|g/L|mg/dL|[x×] ?10)|"
    r"(?:(?<=[HKTb])\d{1,2}[.,]\d{1,2}|(?<=[PRas])\d{2,3})(?![\w.,]*\d)"
)
_GLUED = r"|(?<=[A-Za-z2₂]-)"
"""Where the value of a vital sign may also begin: "T-39.6", "SpO2-86%"."""
_BEGIN = r"(?<![A-Za-z_-]|\d(?![\u4e00-\u9fff]))"
"""Where a name may begin; a Chinese one also after a time, as in "08:00体温"."""
_CELL = r"[\s|]{0,8}"
_BEFORE_UNIT = (  # the flag and the range in a table: "3.21 | H | 2.2-2.6 | mmol/L"
    rf"(?:(?:(?-i:HH?|LL?)(?![A-Za-z])|[↑↓⬆⬇]{{1,2}}|\*{{1,2}}|[(\[]?\d[\d.,]{{0,6}}\s?[-–]\s?\d[\d.,]{{0,6}}[)\]]?){_CELL}){{0,2}}"
)


def _gap(units: str, glued: str) -> str:
    """A pattern of the text between a name and its value."""
    return (
        rf"(?P<between>(?:\s*(?:(?<![A-Za-z])(?:{_ASIDE}|{earlier_values(units)}|"
        rf"(?:{_LINKS})(?![A-Za-z]))|"
        rf"[:=：|↑↓⬆⬇]|[-–](?=\s?\d)|[为约是达仅]|波动[于在]|{MOVED_ZH}|[低高]至|最高|最低|高达))*)"
        r"(?:\s*(?P<than>[<>≤≥]=?|(?:above|over|greater than|more than|below|under|less than)(?![A-Za-z])))?"
        r"(?:\s*[(\[])?\s*"
        rf"(?:(?<![A-Za-z0-9-])|(?<=[A-Za-z])(?={_COMPACT}){glued})"
    )


_OTHER = (  # after the number: a date, a dose, a length, a time, "2+", "90s"
    r"(?!-\d|/(?!15\b)\d|\s?\+|:\d|(?<=90)(?<!\d90)'?s\b|\s?(?:天|小时|分钟|周|月|年|日|片|粒|支|克|毫升|点)|"
    r"(?:\s?[x×]\s?\d[\d.]*)?\s?(?:cm|mm(?! ?Hg))\b|\s?m?mol ?(?:/ ?|per |a )(?:24|day|d\b)|"  # of a diet, or of urine
    # of tablets, or of a drip; a value may be followed by what was given for it: "K 2.1 mmol IV KCl"
    r"\s?mmol (?:(?:KCl |oral )?(?:tab\w*|"
    r"(?:bd|tds|qds|od|daily|PO|IV)(?=\s*(?:[.,;)\n]|$|(?:over|for|bd|tds|qds|od)\b|\d)))|in (?=\d+ ?ml\b))|"
    r"(?<!\d[.,]\d)\s?[x×]\s?\d{2}\s?mmol\b(?!/)|"
    # in lower case, since HR and Mg are the next values; so are "mg" before a fraction and "hr" before a number
    r"\s?(?:(?-i:mg(?!\s*[:=]?\s*\d+[.,]\d)|mcg|g|m[lL]|h|[Hh]rs?(?!\s*[:=]?\s*\d))|tabs?|tablets?|amps?|units?|hours?|"
    r"hourly|days?|weeks?|months?|years?|times)\b(?!/)|(?<![.,]\d)(?<![.,]\d\d)\s?[ap]\.?m\b)"
)
_TO = r"(?:[-–—~～至到]|to(?![A-Za-z]))"


def _name(syntax: QuantitySyntax) -> str:
    """A pattern of what each value of this kind begins with."""
    return f"{_BEGIN}(?:{syntax.names})"


def _regexes(syntax: QuantitySyntax) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of a value of this kind with its name, and of the earlier values between the two."""
    units = "|".join(unit for unit, _ in (*syntax.units, *syntax.written))
    glued = _GLUED if syntax.quantity in VITAL_SIGNS else ""
    no_share = "" if "%" in units else r"(?!\s?%)"  # "glucose 5%" is an infusion
    named = re.compile(
        rf"{_name(syntax)}(?:\s*[(\[]?(?P<unit_before>{units})[)\]]?(?![A-Za-z]))?"
        rf"{_gap(units, glued)}{NUMBER}"
        rf"(?:(?:'?s\b)?\s?(?:{units})?(?P<to>\s?{_TO}\s?){number('end')})?{_OTHER}{no_share}"
        rf"(?:{_CELL}{_BEFORE_UNIT}(?P<unit>{units}))?",
        re.IGNORECASE,
    )
    return named, numbers_between(units)


_REGEXES = [_regexes(syntax) for syntax in SYNTAXES]
_SCAN = PatternScan(
    [named for named, _ in _REGEXES],
    heads=[re.compile(_name(syntax), re.IGNORECASE) for syntax in SYNTAXES],
)
_PART = r"\d{2,3}(?!\d)"  # of a pressure
_EXTREMES = r"[(\[]\d{2,3}\s?[-–]\s?\d{2,3}[)\]]"
_DAY = (
    r"(?:(?:3[01]|[12]?\d)/(?:1[0-2]|0?[1-9])|(?:1[0-2]|0?[1-9])/(?:3[01]|[12]\d))(?:/\d{2,4})?(?![\d/])(?!\s?mm ?Hg)"
)
"""A day of a month: "BP check 25/12". Nobody has such a pressure, unless its unit follows."""
_NO_DIASTOLIC = (
    r"(?:[-–—?？]{1,3}|0)(?![.,]?\d|\s\d{2,3}\b)|"
    r"(?:un(?:record|detect|obtain)\w+|not (?:recordable|detectable|obtainable)|测不[到出]|未测[到出])"
)
_PRESSURE = re.compile(
    r"(?<![A-Za-z_]|\d(?!血压))(?:(?:(?:lying|sitting|standing|supine|erect)\s)?"
    r"(?:(?:NI|A)?B/?Ps?(?![A-Za-z])|blood pressure)|"
    r"(?:[卧坐立]位)?(?<![高低])血压|"
    r"(?:(?:lying|sitting|standing|supine|erect|(?:L|R|left|right) arm|"
    r"hypotensi(?:ve|on)|hypertensive)(?=:? \d{2,3}/\d)|"
    rf"[卧坐立]位(?=[:：为]?\s?\d{{2,3}}/\d)))"
    rf"(?P<gap>[^\d\n<>]{{0,18}}?)(?:{_DAY}[):,=-]{{0,2}}\s(?:(?:was|is)\s)?)?(?:{_EXTREMES}/{_EXTREMES}\s*|{TIMED}\s)?"
    rf"(?P<between>(?:{missed_pressure()})?(?:{_PART}/{_PART}\s?(?:mm ?Hg)?\s?(?:\({DATE}\)\s?)?"
    rf"(?:>|to\b|[升降][至到为]|{to_next('mm ?Hg')})\s?){{0,6}})"
    rf"(?!{_DAY})(?P<systolic>{_PART})(?:'?s\b)?(?:{_TO}(?P<systolic_end>{_PART})(?:'?s\b)?)?\s*(?:mm ?Hg(?=/))?"
    rf"(?:(?:/|over\b|by\b)\s*(?:(?P<diastolic>{_PART})(?!\s?(?:min\w*|hours?|(?-i:[Hh]rs?)(?!\s*[:=]?\s*\d)|days?)\b)(?:'?s\b)?"
    rf"(?:\s?{_TO}\s?(?:(?P<other>{_PART})/(?P<other_low>{_PART})|(?P<diastolic_end>{_PART})(?!\s?/)))?|"
    rf"p(?:alp\w*)?\b|doppler\b|{_NO_DIASTOLIC})|(?:on\s)?palp(?!it)\w*\b|systolic\b)",
    re.IGNORECASE,
)
_COMA_SCALE = re.compile(  # "GCS E1V1M4", "GCS 1+1+4"; not of patients who cannot speak because of a tube ("VT")
    r"(?<![A-Za-z])(?:GCS\W{0,3})?E\s?([1-4])[\s,，+]{0,3}V\s?([1-5])[\s,，+]{0,3}M\s?([1-6])(?!\d)|"
    r"(?:(?<![A-Za-z])GCS|格拉斯哥昏迷)(?:评分|指数|量表)?\W{0,3}([1-4])\s?\+\s?([1-5])\s?\+\s?([1-6])(?!\d)",
    re.IGNORECASE,
)
_EARLIER_PRESSURE = re.compile(
    rf"\({DATE}\)|(?P<aim>[<>≤≥]=?\s?)?(?P<high>{_PART})/(?P<low>{_PART})(?:\s?mm ?Hg)?", re.IGNORECASE
)
_PRESSURES = (10.0, 320.0)
_LOW_DIASTOLIC = 13
_RIGHT_BEHIND = re.compile(  # between a name and such a low value: "BP f/u 60/12" is a time
    rf"(?:\s*(?:\b(?:{_LINKS}|L|R|left|right|arm|leg|manual|lying|sitting|standing|supine|erect|from|low|just|arrival|"
    r"admission|scene|triage|resus)\b|[:：=~≈,()↓⬇-]|[为约是达]|测[得为]?|[降低]至))*\s*",
    re.IGNORECASE,
)
_EFFUSION = "(?:胸水|腹水|胸腔积液|腹腔积液|关节液)"
_FLUID = (
    r"urin(?:e|ary)|CSF|(?:pleural|ascitic|synovial|peritoneal)(?: fluid)?|fluid|(?<!marrow )aspirate|sweat|"
    r"dialysate|(?:PD )?effluent|"
    rf"尿|脑脊液|透析液|{_EFFUSION}"
)
_OF_FLUID = re.compile(rf"(?:{_FLUID})中?\s*$", re.IGNORECASE)
_FLUID_BEHIND = re.compile(rf"\s?[(（](?:{_FLUID}|drain)[)）]", re.IGNORECASE)
_DIALYSATE = re.compile(  # with only other values in between: its potassium and calcium are set, not measured
    r"(?:\bdialysate|透析液)[:：]?\s?(?:(?:K|Ca|Na|Mg|bicarb(?:onate)?|HCO3|glucose|钾|钙|钠)[+\d]{0,3}\s?\d+(?:\.\d+)?\s?"
    r"(?:mmol/L\s?)?[,，、/]?\s?){0,6}$",
    re.IGNORECASE,
)
_SALT = re.compile("(?:K|Ca|Na|Mg|HCO3)(?![a-z])|bicarb|gluc|potas|calc|sod|mag|血?[钾钙钠]", re.IGNORECASE)
_DRAINED = re.compile(r"\bdrain\s+$", re.IGNORECASE)
_IN_DRAINS = re.compile(r"(?:amylase|lipase|T?-?bil|total bili|creat|urea|triglyc)", re.IGNORECASE)
_FLUID_HEAD = re.compile(
    rf"(?:\b(?:urinalysis|UA|U/A|(?:urine )?dip(?:stick)?|{_FLUID})\s*(?::|showed|shows?|with|was|is|positive for)|"
    rf"尿(?:常规|检|液分析)|脑脊液|{_EFFUSION}(?:常规|检查|生化|化验|[:：]))(?:[^.;。；\n]|\.\d)*$",
    re.IGNORECASE,
)
_NAME_OF_FLUID = re.compile(rf"(?<![A-Za-z])(?:urinalysis|UA|U/A|dip(?:stick)?|{_FLUID})", re.IGNORECASE)
_URINE = re.compile("ur|UA|U/A|dip|尿", re.IGNORECASE)
_TAP = (
    r"\b(?:CSF|LP|lumbar puncture|(?:pleural|ascitic|synovial|peritoneal|joint|knee) (?:fluid|tap|aspirate)|"
    # what follows may be of the blood, unless the fluid is described
    r"pleural effusion (?:[LR] |left |right )?(?:tapped|drained|aspirated)"
    r"(?=[\s:(-]{1,3}(?:\d[\d.]*\s?(?:m?[lL]|litres?)\s(?:of\s)?)?"
    r"(?:clear|cloudy|turbid|blood|straw|pus|purulent|milky|protein|LDH))|"
    r"(?:thora|para|arthro)centesis)\b"
)
_TAPPED = re.compile(  # directly before a value, or with what was found in it: not "LP declined, WCC 15"
    rf"{_TAP}[\s:(-]{{0,3}}(?:\d[\d.]*\s?(?:m?[lL]|litres?)\s(?:of\s)?)?"
    r"(?:(?:results?|today|yesterday|done|analysis|sent|showed|shows|with)[\s:-]{1,3}){0,2}(?:$|"
    r"(?:\d[\d,.]* (?=white|red|cells|[WR]BC|[WR]CC|leu[ck]|lymph|neut|poly|PMN))?"
    r"(?:clear|cloudy|turbid|blood(?:y|-?\s?stained)|straw\w*|colou?rless|xanthochrom\w*|pus|purulent|milky|opening|OP|"
    r"protein|glucose|pH|WCC|WBC|RCC|RBC|white|red|cells?|neut\w*|poly\w*|PMN\w*|lymph\w*|LDH|albumin|amylase|lactate|"
    r"culture|gram)(?![A-Za-z])(?:[^.;。；\n]|\.\d)*$)",
    re.IGNORECASE,
)
_BLOOD = re.compile(
    r"(?:serum|blood(?!y|-?\s?stain)|plasma|capillary|finger-?stick|venous|arterial|血)[^,，]*$|"
    r"\b(?:bloods|FBC|[AV]BG|BP|HR|GCS|obs|BM|C?BG|BGL|BSL)\b",
    re.IGNORECASE,
)
_IN_FLUIDS = {Q.GLUCOSE, Q.KETONES, Q.PH, Q.LEUKOCYTES, Q.NEUTROPHILS, Q.BILIRUBIN, Q.LACTATE}
_MAYBE = re.compile(r"\d")
_NAMES = re.compile(
    rf"(?<![A-Za-z0-9_-])(?:B/?P|血压|{'|'.join(syntax.names for syntax in SYNTAXES)})(?![A-Za-z0-9])", re.IGNORECASE
)

_CO2 = re.compile("t?CO2", re.IGNORECASE)
_GAS = re.compile(r"\b(?:pH|[AV]?BG|gas)\b[^\n]*$")  # before it in the line: then it is the pressure of a gas
_ROW = re.compile(r"^[^\n|\t]*[|\t][^\n]*$(?=\n(?:[-|:+ \t]*\n)?[^\n]*\d)", re.MULTILINE)  # with a number below it


def read_measurements(text: str, source: str = "text") -> tuple[list[Measurement], list[Unread]]:
    """Current values of the patient, in the order of the text, with both ends of a range; and what was left out.

    Left out are values of others, past ones, mere targets, those without a clear unit, and tables.
    """
    if not _MAYBE.search(text):
        return [], []
    written, text = text, as_prose(plain(text))
    found = [*_pressures(text, source), *_coma_scales(text, source)]
    unclear: list[tuple[int, int]] = []
    for place, match in _SCAN.find(text):
        syntax, (_, between) = SYNTAXES[place], _REGEXES[place]
        if is_of_fluid(match, syntax.quantity in _IN_FLUIDS):
            continue
        if syntax.quantity is Q.BICARBONATE and _CO2.match(match[0]) and _GAS.search(text, 0, match.start()):
            continue
        if syntax.quantity is Q.GCS and is_under_sedation(text, *match.span()):
            continue
        for span, values in _readings(syntax, match, between):
            found.extend(Measurement(syntax.quantity, value, None, source, "", *span) for value in values)
            if not values and (match["than"] is None or span[1] < match.end("between")):
                unclear.append(span)
    found.sort(key=lambda m: (m.span[0], m.quantity))
    kept = _apart(sorted({m.span for m in found}))
    of_cells = {m.span for m in found if rises_in_haemolysis(m.quantity, m.value)}
    why = dict(zip(kept, left_out(written, kept, of_cells), strict=True))
    found = [replace(m, phrase=written[m.start : m.end]) for m in found]  # verbatim
    why |= dict.fromkeys(superseded(text, [m for m in found if why.get(m.span) == ""]), EARLIER)
    measured = [m for m in found if why.get(m.span) == ""]
    unread = [(span, reason) for span, reason in why.items() if reason]
    unread += [(span, UNCLEAR) for span in _apart(sorted({*kept, *unclear})) if span not in why]
    unread += [(span, TABLE) for span in _tables(text)]
    return measured, [Unread(source, reason, written[start:end]) for (start, end), reason in sorted(unread)]


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of ascending ``spans``, those that do not overlap the last one kept."""
    kept: list[tuple[int, int]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _tables(text: str) -> Iterator[tuple[int, int]]:
    """Rows of names above a row of numbers."""
    for match in _ROW.finditer(text):
        if len(_NAMES.findall(match[0])) > 1 and not _MAYBE.search(_NAMES.sub("", match[0])):
            yield match.span()


def _pressures(text: str, source: str) -> Iterator[Measurement]:
    for match in _PRESSURE.finditer(text):
        earlier = [step for step in _EARLIER_PRESSURE.finditer(text, *match.span("between")) if step["high"]]
        readings = [([], []) if step["aim"] else ([float(step["high"])], [float(step["low"])]) for step in earlier]
        ends = (("systolic", "systolic_end", "other"), ("diastolic", "diastolic_end", "other_low"))
        last_highs, last_lows = ([float(match[name]) for name in names if match[name]] for names in ends)
        for span, (highs, lows) in zip(_spans(match, earlier), (*readings, (last_highs, last_lows)), strict=True):
            lowest = 10 if _RIGHT_BEHIND.fullmatch(match["gap"]) else _LOW_DIASTOLIC
            if (
                highs
                and min(lows, default=lowest) >= lowest
                and max(lows, default=10) < min(highs)
                and max(highs) <= 300
            ):
                for quantity, values in ((Q.SYSTOLIC, highs), (Q.DIASTOLIC, lows)):
                    for value in values:
                        yield Measurement(quantity, value, None, source, "", *span)


def _coma_scales(text: str, source: str) -> Iterator[Measurement]:
    """The sums of coma scales of which only the parts are written."""
    for match in _COMA_SCALE.finditer(text):
        if is_under_sedation(text, *match.span()):
            continue
        yield Measurement(
            Q.GCS, float(sum(int(part) for part in match.groups() if part)), None, source, "", *match.span()
        )


def _spans(match: re.Match[str], earlier: list[re.Match[str]]) -> list[tuple[int, int]]:
    """Spans of the ``earlier`` values of a trend and of its last; the name belongs to the first."""
    last = match[0][match.end("between") - match.start() :]
    starts = [step.start() for step in earlier] + [match.end() - len(last.lstrip())]
    ends = [step.end() for step in earlier] + [match.start() + len(match[0].rstrip())]
    return list(zip([match.start(), *starts[1:]], ends, strict=True))


def is_of_fluid(match: re.Match[str], in_lists: bool) -> bool:
    """Whether a value is of urine or another fluid, named beside it or, if ``in_lists``, at the head of a list."""
    before = match.string[max(0, match.start() - 120) : match.start()]
    head = _TAPPED.search(before) or _FLUID_HEAD.search(before)
    listed = in_lists and head is not None and not _BLOOD.search(before[head.start() :] + match[0])
    named = _OF_FLUID.search(before) or _is_of_bath(match[0], before) or _FLUID_BEHIND.match(match.string, match.end())
    return listed or bool(named) or is_of_drain(match)


def is_of_no_urine(text: str, start: int) -> bool:
    """Whether the finding at ``start`` is of a fluid other than urine, the last one named in its sentence."""
    before = text[max(0, start - 120) : start]
    head = _TAPPED.search(before) or _FLUID_HEAD.search(before) or _OF_FLUID.search(before)
    if head is None:
        return False
    *_, named = _NAME_OF_FLUID.findall(before, head.start()) or [""]
    return _URINE.match(named) is None


def _is_of_bath(value: str, before: str) -> bool:
    """Whether a value is set in a dialysate; one listed a second time, or not of a salt, is the patient's."""
    listed, name = _DIALYSATE.search(before), _SALT.match(value)
    return listed is not None and name is not None and f" {name[0]}".lower() not in listed[0].lower()


def is_of_drain(match: re.Match[str]) -> bool:
    """Whether a value was measured in a drain's fluid; never one that bleeding into the drain changes."""
    before = match.string[max(0, match.start() - 12) : match.start()]
    return _DRAINED.search(before) is not None and _IN_DRAINS.match(match[0]) is not None


def _readings(
    syntax: QuantitySyntax, match: re.Match[str], between: re.Pattern[str]
) -> Iterator[tuple[tuple[int, int], list[float]]]:
    """Each value after the name with its offsets: the earlier ones of a trend, and the last by :func:`_values`."""
    earlier = [step for step in between.finditer(match.string, *match.span("between")) if step["value"]]
    *spans, last = _spans(match, earlier)
    for span, step in zip(spans, earlier, strict=True):
        value = _convert(syntax, step["value"], step["unit"] or match["unit"] or match["unit_before"])
        yield span, [] if value is None else [value]
    yield last, _values(syntax, match)


def _values(syntax: QuantitySyntax, match: re.Match[str]) -> list[float]:
    """The value in our unit, or both ends of a range; empty if it is implausible or its unit is not clear.

    A value off the scale (``> 600``) counts as the end of the scale, if that is itself out of the normal range.
    """
    unit, than = match["unit"] or match["unit_before"], match["than"]
    ends = [_convert(syntax, match[name], unit) for name in ("value", "end") if match[name]]
    if match["to"] and not _is_range(match["to"], *ends):
        ends.pop()
    values = [end for end in ends if end is not None]
    if len(values) < len(ends):
        return []
    return [value for value in values if than is None or _is_beyond(syntax.quantity, than, value)]


def _is_range(to: str, first: float | None, last: float | None) -> bool:
    """False if a dash with spaces begins something else: "GCS 15 - 3 falls", "HR 130 - 2 L of oxygen"."""
    if to == to.strip():
        return True
    return last is not None and ("to" in to.lower() or first is None or first < last)


def _convert(syntax: QuantitySyntax, written: str, unit: str | None) -> float | None:
    """A value in our unit; None if it is implausible, or fits two units."""
    possible = set[float]()
    if syntax.quantity is Q.NEUTROPHILS and set(written) <= set("0.,"):
        return 0.0  # in whatever unit
    for value in readings(written):
        for name, factor in (*syntax.units, *syntax.written) if unit else syntax.units:
            if re.fullmatch(name, unit, re.IGNORECASE) if unit else _is_usual(syntax.quantity, factor, value):
                converted = value * factor if factor else (value - 32) / 1.8
                if syntax.believable[0] <= converted <= syntax.believable[1]:
                    possible.add(round(converted, 3))
    return possible.pop() if len(possible) == 1 else None


def _is_usual(quantity: Quantity, factor: float, value: float) -> bool:
    """Whether a value without a unit may be in this one: glucose with a fraction is in mmol/L, as is calcium up to 4.

    So is urea (not its nitrogen) with a fraction or below 15; CRP of 10 or more is in mg/L, and high in mg/dL, too.
    """
    if quantity is Q.UREA and factor == 1 / 6.006:
        return value >= 15 and value.is_integer()
    if quantity is Q.CRP:
        return factor == 1 or value < 10
    if quantity is Q.CALCIUM:
        return value <= 4 if factor == 1 else value > 5
    return factor == 1 or quantity is not Q.GLUCOSE or value.is_integer()


def _is_beyond(quantity: Quantity, than: str, value: float) -> bool:
    low, high = normal_of_adults(quantity)
    return value > high if than[0].lower() in ">≥aogm" else value < low


def can_be_believed(quantity: Quantity, value: float) -> bool:
    """Whether a living patient can have this value, in the unit of ``quantity``."""
    low, high = next((syntax.believable for syntax in SYNTAXES if syntax.quantity is quantity), _PRESSURES)
    return low <= value <= high
