"""Vital signs and laboratory values in text: read with their unit, and turned into findings by age and sex.

Ranges of adults: ABIM Laboratory Reference Ranges (https://www.abim.org), rounded outwards. Vital signs of children:
Pediatric Advanced Life Support, American Heart Association 2020. Neither was reviewed for this use. A laboratory's own
range, where a record states one, is better and is used by the FHIR adapter instead.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .case import Sex, Status, Unread
from .measurements import Measurement, Quantity
from .numbers import NUMBER, readings
from .stated import left_out

Q = Quantity

_LINKS = (
    r"levels?|count|values?|results?|readings?|is|was|were|are|of|at|to|in the|now|currently|today|still|again|only|"
    r"about|around|approximately|measured|recorded|noted|found|came|back|as|on|room air|RA|fell|dropped|rose|increased|"
    r"decreased|remains|this morning|initially|(?:elevated|low|high|up|down)(?= (?:at|of|to))"
)
_BOUNDS = r"[<>≤≥]=?\s?\d[\d.,]*|\d[\d.,]*\s?(?:[-–]|to)\s?\d[\d.,]*|\d+ ?L"
_ASIDE = (  # the normal range, oxygen, the time of day
    rf"[(\[][^()\[\]\d]{{0,20}}(?:(?:{_BOUNDS})[^()\[\]\d]{{0,12}})?[)\]]|"
    r"on \d{1,2} ?L(?:/min)?(?: O2| NC| oxygen)?|(?:at|@) ?\d{1,2}:\d\d(?: ?[ap]m)?"
)
_COMPACT = r"\d{1,3}(?:[.,]\d{1,2})?\s?(?:次|℃|°|bpm|/ ?min|mmol|g/L|mg/dL|[x×] ?10)"  # "T39.5℃", "Hb65g/L"
_BEFORE = (
    r"\d[\d.,]*\s?(?:-+>|→)|(?:from |[由从])\d[\d.,]*[\w%/^]{0,8}?(?: to(?![A-Za-z])|[升降][至到为])"  # "from 4.1 to"
)
_GAP = (
    rf"(?:\s*(?:(?<![A-Za-z])(?:{_ASIDE}|{_BEFORE}|(?:{_LINKS})(?![A-Za-z]))|[:=：|]|[为约是达]|[升降]至|最高|最低|高达))*"
    r"(?:\s*(?P<than>[<>≤≥]=?|(?:above|over|greater than|more than|below|under|less than)(?![A-Za-z])))?"
    r"(?:\s*[(\[])?\s*"
    rf"(?:(?<![A-Za-z0-9-])|(?<=[A-Za-z])(?={_COMPACT}))"
)
_OTHER = (  # after the number: a range, a date, a dose, a time, "2+", "90s"
    r"(?!-\d|/(?!15\b)\d|\s?\+|:\d|(?<=90)'?s\b|\s?(?:天|小时|周|月|年|日|片|粒|支|克|毫升|点)|"
    r"\s?(?:mg|mcg|(?-i:g)|ml|tabs?|tablets?|amps?|units?|(?-i:h)|hrs?|hours?|hourly|days?|weeks?|months?|years?)"
    r"\b(?!/)|(?<![.,]\d)(?<![.,]\d\d)\s?[ap]\.?m\b)"
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a quantity is written, its units with the factor to ours, and what can be believed.

    Without a unit in the text, the one unit counts with which the value can be believed; with several, none does.
    ``written`` are those that count only where they stand.
    """

    quantity: Quantity
    names: str
    units: tuple[tuple[str, float], ...]
    believable: tuple[float, float]  # in our unit
    written: tuple[tuple[str, float], ...] = ()


_CELLS = (
    (r"(?:[x×] ?)?10\^?9/L|G/L|10\*9/L|[x×] ?10\^?3/[uµμ]L|k/[uµμ]L", 1.0),
    (r"/[uµμ]L|/mm3|/mm³|cells", 1e-3),
)
_TEN_THOUSANDS = ((r"万(?:/[uµμ]?L)?", 10.0),)
_KINDS = (
    _Kind(Q.SYSTOLIC, r"SBP|systolic(?: (?:blood )?pressure| BP)?|收缩压", ((r"mm ?Hg", 1),), (30, 300)),
    _Kind(Q.DIASTOLIC, r"DBP|diastolic(?: (?:blood )?pressure| BP)?|舒张压", ((r"mm ?Hg", 1),), (20, 200)),
    _Kind(
        Q.HEART_RATE,
        r"HR|heart rate|pulse(?: rate)?|心率|脉搏|(?-i:P)(?=[:：]?\s?\d{2,3}(?:\s?次|\s?/\s?min|,?\s+(?-i:RR?)\b))",
        ((r"(?:/ ?min|bpm|beats|次)", 1),),
        (15, 300),
    ),
    _Kind(
        Q.RESPIRATORY_RATE,
        r"RR|resp(?:iratory)? rate|respirations?|resp|呼吸频率|呼吸(?=\s?[:：为约]?\s?\d)|"
        r"(?-i:R)(?=[:：]?\s?\d{1,2}(?:\s?次|\s?/\s?min|,?\s+(?-i:BP|SpO2)\b))",
        ((r"(?:/ ?min|breaths|次)", 1),),
        (4, 120),
    ),
    _Kind(Q.TEMPERATURE, r"temp(?:erature)?|Tmax|(?-i:T)|体温", ((r"°? ?C\b|℃|度", 1), (r"°? ?F\b|℉", 0)), (25, 44)),
    _Kind(
        Q.SATURATION,
        r"SpO[2₂]|SaO2|O2 sats?|(?:oxygen|O2) saturations?|sats?|satting|(?:de)?saturat(?:ing|ed)|pulse ox(?:imetry)?|"
        r"血氧(?:饱和度)?|(?<!血)氧饱和度|指脉氧",
        ((r"%", 1),),
        (40, 100),
    ),
    _Kind(Q.GCS, r"GCS|Glasgow coma scale", ((r"/ ?15", 1),), (3, 15)),
    _Kind(Q.GLUCOSE, r"glucose|blood sugar|(?<!尿)血糖", ((r"mmol/L", 1), (r"mg/dL", 1 / 18.016)), (0.5, 80)),
    _Kind(Q.KETONES, r"(?:blood |serum )?ketones|beta-hydroxybutyrate|血酮体?", ((r"mmol/L", 1),), (0, 20)),
    _Kind(Q.PH, r"(?:arterial |venous )?(?-i:pH)", ((r"(?!)", 1),), (6.5, 7.9)),
    _Kind(Q.BICARBONATE, r"bicarb(?:onate)?|HCO3-?|碳酸氢根", ((r"mmol/L|mEq/L", 1),), (2, 60)),
    _Kind(Q.POTASSIUM, r"potassium|(?-i:K\+?)|血清?钾|(?<![\u4e00-\u9fff])钾", ((r"mmol/L|mEq/L", 1),), (1, 12)),
    _Kind(Q.SODIUM, r"sodium|(?-i:Na\+?)|血清?钠|(?<![\u4e00-\u9fff])钠", ((r"mmol/L|mEq/L", 1),), (90, 200)),
    _Kind(Q.CALCIUM, r"calcium|血清?钙", ((r"mmol/L", 1), (r"mg/dL", 1 / 4.008)), (0.5, 6)),
    _Kind(Q.LACTATE, r"lactate|lactic acid|乳酸", ((r"mmol/L", 1),), (0.1, 40), ((r"mg/dL", 1 / 9.008),)),
    _Kind(Q.CREATININE, r"creatinine|(?-i:Cr)|肌酐", ((r"[uµμ]mol/L", 1), (r"mg/dL", 88.4)), (10, 3000)),
    _Kind(Q.UREA, r"urea|BUN|尿素(?:氮)?", ((r"mmol/L", 1), (r"mg/dL", 1 / 2.8)), (0.3, 100)),
    _Kind(
        Q.BILIRUBIN,
        r"(?:total |(?<!direct )(?<!conjugated ))bilirubin|(?<!接)(?<!结合)胆红素",
        ((r"[uµμ]mol/L", 1), (r"mg/dL", 17.1)),
        (1, 900),
    ),
    _Kind(
        Q.HEMOGLOBIN,
        r"ha?emoglobin(?! A1c)|Hb|Hgb|(?<!糖化)(?<!高铁)(?<!碳氧)(?<!网织)(?<!游离)(?<!胎儿)(?<!平均)血红蛋白",
        ((r"g/L", 1), (r"g/dL", 10)),
        (15, 250),
    ),
    _Kind(
        Q.LEUKOCYTES,
        r"WBC|white (?:blood )?cell(?: count)?s?|leu[ck]ocytes?(?: count)?|白细胞",
        _CELLS,
        (0.05, 500),
        _TEN_THOUSANDS,
    ),
    _Kind(
        Q.PLATELETS,
        r"platelets?(?: count)?|PLT|血小板",
        _CELLS,
        (1, 3000),
        _TEN_THOUSANDS,
    ),
    _Kind(Q.CRP, r"CRP|C-reactive protein|C反应蛋白", ((r"mg/L", 1), (r"mg/dL", 10)), (0, 700)),
)
_REGEXES = [
    re.compile(
        rf"(?<![A-Za-z0-9_-])(?:{kind.names}){_GAP}{NUMBER}{_OTHER}\s*"
        rf"(?P<unit>{'|'.join(unit for unit, _ in (*kind.units, *kind.written))})?",
        re.IGNORECASE,
    )
    for kind in _KINDS
]
_PRESSURE = re.compile(
    r"(?<![A-Za-z0-9_])(?:BP|blood pressure|(?<![高低])血压)[^\d\n<>]{0,18}?"
    r"(?:\d{2,3}/\d{2,3}\s?(?:mm ?Hg)?\s?(?:-+>|→|to\b|[升降][至到为])\s?)?(?P<systolic>\d{2,3})\s*"
    r"(?:/\s*(?:(?P<diastolic>\d{2,3})|p(?:alp\w*)?\b|doppler\b)|(?:over|by) palp\w*|systolic\b)",
    re.IGNORECASE,
)
_PRESSURES = (10.0, 320.0)
_FLUID = r"urin(?:e|ary)|CSF|(?:pleural|ascitic|synovial|peritoneal)(?: fluid)?|fluid|sweat|尿|脑脊液"
_OF_FLUID = re.compile(rf"(?:{_FLUID})\s*$", re.IGNORECASE)
_FLUID_HEAD = re.compile(
    rf"(?:\b(?:urinalysis|UA|U/A|(?:urine )?dip(?:stick)?|{_FLUID})\s*(?::|showed|shows?|with|was|is|positive for)|"
    r"尿(?:常规|检|液分析)|脑脊液)(?:[^.;。；\n]|\.\d)*$",
    re.IGNORECASE,
)
_BLOOD = re.compile(r"(?:serum|blood|plasma|capillary|finger-?stick|venous|arterial|血)[^,，]*$", re.IGNORECASE)
_IN_FLUIDS = {Q.GLUCOSE, Q.KETONES, Q.PH, Q.LEUKOCYTES, Q.BILIRUBIN, Q.LACTATE}
_MAYBE = re.compile(r"\d")


def read_measurements(text: str, source: str = "text") -> tuple[list[Measurement], list[Unread]]:
    """Values of the patient now, in the order of the text; and those of others, past ones and mere targets."""
    if not _MAYBE.search(text):
        return [], []
    found = [*_pressures(text, source)]
    for kind, regex in zip(_KINDS, _REGEXES, strict=True):
        for match in regex.finditer(text):
            value = _convert(kind, match)
            if value is not None and not _is_of_fluid(kind, match):
                phrase = match[0].strip()
                start = match.start()
                found.append(Measurement(kind.quantity, value, None, source, phrase, start, start + len(phrase)))
    found.sort(key=lambda m: (m.start or 0, m.quantity))
    spans = sorted({(m.start or 0, m.end or 0) for m in found})
    kept: list[tuple[int, int]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    why = dict(zip(kept, left_out(text, kept), strict=True))
    measured = [m for m in found if why.get((m.start or 0, m.end or 0)) == ""]
    return measured, [Unread(source, reason, text[start:end]) for (start, end), reason in why.items() if reason]


def _pressures(text: str, source: str) -> Iterator[Measurement]:
    for match in _PRESSURE.finditer(text):
        systolic, diastolic = float(match["systolic"]), float(match["diastolic"] or 30)
        if 30 <= diastolic < systolic <= 300:
            yield Measurement(Q.SYSTOLIC, systolic, None, source, match[0], match.start(), match.end())
            if match["diastolic"]:
                yield Measurement(Q.DIASTOLIC, diastolic, None, source, match[0], match.start(), match.end())


def _is_of_fluid(kind: _Kind, match: re.Match[str]) -> bool:
    """Whether it was measured in urine or another fluid: named before it, or at the head of a list."""
    before = match.string[max(0, match.start() - 120) : match.start()]
    listed = kind.quantity in _IN_FLUIDS and _FLUID_HEAD.search(before) and not _BLOOD.search(before + match[0])
    return bool(listed or _OF_FLUID.search(before))


def _convert(kind: _Kind, match: re.Match[str]) -> float | None:
    """The value in our unit; None when it cannot be believed, or its unit is not clear.

    Of a value off the scale (``> 600``) it is the end of the scale, where that is itself out of the normal range.
    """
    unit, possible = match["unit"], set[float]()
    for value in readings(match["value"]):
        for written, factor in (*kind.units, *kind.written) if unit else kind.units:
            if unit is None or re.fullmatch(written, unit, re.IGNORECASE):
                converted = value * factor if factor else (value - 32) / 1.8
                if kind.believable[0] <= converted <= kind.believable[1]:
                    possible.add(round(converted, 3))
    if len(possible) != 1:
        return None
    (value,) = possible
    return value if match["than"] is None or _is_beyond(kind.quantity, match["than"], value) else None


def _is_beyond(quantity: Quantity, than: str, value: float) -> bool:
    normal = next((r for r in _RANGES if r.quantity is quantity), None)
    low, high = (normal.low, normal.high) if normal else _NORMAL[quantity]
    return value > high if than[0].lower() in ">≥aogm" else value < low


def can_be_believed(quantity: Quantity, value: float) -> bool:
    """Whether a living patient can have this value, in the unit of ``quantity``."""
    low, high = next((kind.believable for kind in _KINDS if kind.quantity is quantity), _PRESSURES)
    return low <= value <= high


@dataclass(frozen=True, slots=True)
class _Range:
    """What is normal, ``low <= value <= high``, for an age (years, upper bound not included) and sex."""

    quantity: Quantity
    low: float
    high: float
    below: str
    above: str
    sex: Sex | None = None
    from_age: float = 0
    to_age: float = 200


_NONE = ""
_HYPERTENSION, _HYPOTENSION = "HP:0000822", "HP:0002615"
_SLOW, _FAST = "HP:0001662", "HP:0001649"
_NORMAL = {Q.GCS: (15.0, 15.0), Q.PH: (7.35, 7.45), Q.KETONES: (0.0, 0.6)}  # of what stands for no finding
_RANGES = (
    _Range(Q.TEMPERATURE, 35.0, 37.9, "HP:0002045", "HP:0001945"),
    _Range(Q.SATURATION, 94, 100, "HP:0012418", _NONE),
    _Range(Q.SYSTOLIC, 90, 139, _HYPOTENSION, _HYPERTENSION, from_age=16),
    _Range(Q.DIASTOLIC, 0, 89, _NONE, _HYPERTENSION, from_age=16),
    _Range(Q.HEART_RATE, 50, 100, _SLOW, _FAST, from_age=12),
    _Range(Q.HEART_RATE, 70, 120, _SLOW, _FAST, from_age=5, to_age=12),
    _Range(Q.HEART_RATE, 80, 140, _SLOW, _FAST, from_age=1, to_age=5),
    _Range(Q.HEART_RATE, 100, 190, _SLOW, _FAST, to_age=1),
    _Range(Q.RESPIRATORY_RATE, 0, 20, _NONE, "HP:0002789", from_age=12),
    _Range(Q.RESPIRATORY_RATE, 0, 25, _NONE, "HP:0002789", from_age=5, to_age=12),
    _Range(Q.RESPIRATORY_RATE, 0, 37, _NONE, "HP:0002789", from_age=1, to_age=5),
    _Range(Q.RESPIRATORY_RATE, 0, 53, _NONE, "HP:0002789", to_age=1),
    _Range(Q.GLUCOSE, 3.9, 11.0, "HP:0001943", "HP:0003074"),
    _Range(Q.POTASSIUM, 3.5, 5.2, "HP:0002900", "HP:0002153", from_age=1),
    _Range(Q.SODIUM, 135, 146, "HP:0002902", "HP:0003228"),
    _Range(Q.CALCIUM, 2.1, 2.65, "HP:0002901", "HP:0003072", from_age=1),
    _Range(Q.LACTATE, 0, 2.2, _NONE, "HP:0002151"),
    _Range(Q.BICARBONATE, 22, 30, "HP:0032066", _NONE, from_age=1),
    _Range(Q.CREATININE, 0, 115, _NONE, "HP:0003259", Sex.MALE, from_age=16),
    _Range(Q.CREATININE, 0, 98, _NONE, "HP:0003259", Sex.FEMALE, from_age=16),
    _Range(Q.UREA, 0, 8.0, _NONE, "HP:0003138", from_age=1),
    _Range(Q.BILIRUBIN, 0, 21, _NONE, "HP:0002904", from_age=1),
    _Range(Q.HEMOGLOBIN, 130, 175, "HP:0001903", "HP:0001900", Sex.MALE, from_age=15),
    _Range(Q.HEMOGLOBIN, 120, 160, "HP:0001903", "HP:0001900", Sex.FEMALE, from_age=12),
    _Range(Q.HEMOGLOBIN, 110, 155, "HP:0001903", "HP:0001900", from_age=0.5, to_age=12),
    _Range(Q.LEUKOCYTES, 4.0, 11.0, "HP:0001882", "HP:0001974", from_age=16),
    _Range(Q.LEUKOCYTES, 4.5, 14.5, "HP:0001882", "HP:0001974", from_age=2, to_age=16),
    _Range(Q.LEUKOCYTES, 5.0, 18.0, "HP:0001882", "HP:0001974", from_age=0.2, to_age=2),
    _Range(Q.PLATELETS, 150, 450, "HP:0001873", "HP:0001894"),
    _Range(Q.CRP, 0, 10, _NONE, "HP:0011227"),
)


def findings_of(measurement: Measurement, age_years: float | None, sex: Sex) -> dict[str, Status]:
    """HPO codes that a value decides, present or absent; empty when no range fits the patient.

    Of an unknown age an adult's range is used; of an unknown sex, only what both ranges agree on counts.
    """
    age = 40.0 if age_years is None else age_years
    fitting = [
        r
        for r in _RANGES
        if r.quantity is measurement.quantity
        and r.from_age <= age < r.to_age
        and (r.sex is None or sex not in (Sex.MALE, Sex.FEMALE) or sex is r.sex)
    ]
    told: list[dict[str, Status]] = []
    for r in fitting:
        sides = {r.below: measurement.value < r.low, r.above: measurement.value > r.high}
        told.append({code: Status.PRESENT if out else Status.ABSENT for code, out in sides.items() if code})
    if not told:
        return {}
    return {code: status for code, status in told[0].items() if all(other.get(code) is status for other in told)}
