"""Laboratory results of a note that only stand for a finding: values, and results in words ("ferritin: low").

What red flags ask for by number is read by :mod:`.labs` as a measurement. Ranges of adults as there (ABIM Laboratory
Reference Ranges, rounded outwards); a child's value is judged only where the range holds for children too.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .case import Status
from .characters import plain
from .earlier import CLOCK
from .labs import is_of_fluid
from .numbers import NUMBER, readings
from .stated import left_out
from .tables import as_prose

_CHILDHOOD = 16  # years
_NUMBER = rf"{NUMBER}(?![\d./-]*\d|\s?\+)"
_OTHER_UNIT = re.compile(
    r"\s?(?:[a-zµμ]{1,4}/|%|mmol|mEq|kPa|[x×*]\s?10|(?:mins?|hrs?|hours?|hourly|days?|weeks?|wks?|months?|years?|times|tab\w*)\b|(?!(?:in|on|at|to|is|as|by|an?|or|of|if)\b)[a-z]{1,2}\b)",
    re.IGNORECASE,
)
_WORDS = {
    "high": r"(?:very |markedly |mildly |slightly |significantly )?(?:elevated|increased|high|raised)",
    "low": r"(?:very |markedly |mildly |slightly |significantly )?(?:decreased|low|reduced|depressed)",
    "normal": r"normal|unremarkable|within (?:the )?(?:normal|reference) (?:limits|range)|WNL|neg(?:ative)?|[-−]ve|"
    r"not detected",
    "positive": r"(?:strongly |weakly )?pos(?:itive)?|\+ve|[1-4]\s?\+|reactive(?! protein)|detected",
}
_RESULT = "|".join(f"(?P<{name}>{words})" for name, words in _WORDS.items())
_ANY_RESULT = "|".join(_WORDS.values())
_RANGE = r"(?!(?:\s*(?:range|values?|limits?|for \w+|is|up to|less than|below|under|:|=))*\s*[<>≤≥]?\s*\d)"
"""After a result word that follows a value: "normal 10-40" is a range, not a verdict."""
_ANY_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_ASIDE = re.compile(r"\([^()]*\)")
_GLUED = r"(?<=[\u4e00-\u9fff])(?=\d)"
"""Where a value follows a Chinese name without a blank."""


def _earlier(units: str) -> str:
    """The values of a trend before the present one: "12 -> 340", "from 12 to 340", "12, repeat 340"."""
    value = rf"[<>~]?\s?\d[\d.,]{{0,7}}(?<![.,])\s?(?:(?:{units})\s?)?(?:\([^()\n]{{1,16}}\)\s?)?"
    again = rf"(?:then|now|(?:on )?repeat(?:ed)?)\b:?\s(?!{CLOCK}(?!\s?(?:{units})))(?=[<>~]?\s?\d\d|\d[.,]\d)"
    return (
        rf"(?:(?:(?:rose|rising|risen|up|increased|fell|down)\s)?from\s{value}to\s(?=\d))?"
        rf"(?:{value}(?:(?:-+>|→|>(?=\s?\d))\s?(?:{again})?|[,;]?\s?{again}))"
        "{0,6}"
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """What is normal in a unit, and what can be believed in it where none is written."""

    unit: str
    low: float
    high: float
    least: float = 0
    most: float = math.inf


@dataclass(frozen=True, slots=True)
class _Analyte:
    """A laboratory test.

    Attributes:
        names: how it is written.
        below, above: findings of a low value, and of a high or positive one; empty when it stands for none.
        scales: normal values by unit; none when only words are read. Without a unit in the text, all that the value can
            be believed in must agree on it.
        of_children: whether the scales hold for them.
        of_injury: whether the highest of several values counts: of the heart muscle, which falls after the injury.
    """

    names: str
    below: str = ""
    above: str = ""
    scales: tuple[_Scale, ...] = ()
    of_children: bool = False
    of_injury: bool = False
    regex: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        unit = "|".join(scale.unit for scale in self.scales) or r"(?!)"
        object.__setattr__(
            self,
            "regex",
            re.compile(
                rf"(?:{self.names})(?: (?:levels?|titers?|count|conc\w*))?"
                rf"(?:\s*[:=：]\s*|\s+(?:is|was|are|were|of)\s+|\s+|{_GLUED})(?P<earlier>(?>{_earlier(unit)}))"
                rf"(?:(?:<|>|~)?\s?{_NUMBER}\s*(?P<unit>{unit})?(?:[^.;,\n()]{{0,12}}\((?:[^()]{{0,12}}\s)?(?=(?:{_ANY_RESULT}){_RANGE}))?"
                rf")?(?:(?:{_RESULT})(?(value){_RANGE}))?(?![\w-])",
                re.IGNORECASE,
            ),
        )


_U, _SECONDS = r"U/L|IU/L|units/L", r"s(?:ec(?:onds?)?)?\b"


def _in(unit: str, low: float, high: float, least: float = 0) -> tuple[_Scale, ...]:
    return (_Scale(unit, low, high, least),)


def _share_or_count(share: tuple[float, float], count: tuple[float, float], most: float) -> tuple[_Scale, ...]:
    """Of white cells: percent, or a count in 10^9/L that without its unit is believed up to ``most``, or in 1/uL."""
    thousandfold = (1000 * count[0], 1000 * count[1])
    return (_Scale("%", *share, 0, 100), _Scale(_GIGA, *count, 0, most), _Scale(_PER_UL, *thousandfold, 100))


_GIGA = r"(?:[x×*] ?)?10(?:\^|\*|\*\*)?9 ?/L|G/L|[x×*] ?10\^?3/[uµμ]L|k/[uµμ]L"
_PER_UL = r"/[uµμ]L|/mm3|/mm³|cells\S*"
_MG_DL = r"mg/dL"
_ANALYTES = (
    _Analyte(
        r"ESR|erythrocyte sedimentation rate|sed(?:imentation)? rate",
        above="HP:0003565",
        scales=_in(r"mm/h(?:r|our)?", 0, 30),
        of_children=True,
    ),
    _Analyte(
        "albumin", "HP:0003073", scales=(_Scale(r"g/dL", 3.4, 5.6, 0.8, 7), _Scale(r"g/L", 34, 56, 8)), of_children=True
    ),
    _Analyte(
        r"(?:total )?cholesterol", "", "HP:0003124", (_Scale(_MG_DL, 0, 240, 40), _Scale(r"mmol/L", 0, 6.2, 1, 30))
    ),
    _Analyte(
        r"LDL(?:[- ]cholesterol)?", "", "HP:0003141", (_Scale(_MG_DL, 0, 160, 20), _Scale(r"mmol/L", 0, 4.1, 0.3, 15))
    ),
    _Analyte(r"triglycerides?", "", "HP:0002155", (_Scale(_MG_DL, 0, 200, 20), _Scale(r"mmol/L", 0, 2.3, 0.2, 60))),
    _Analyte(r"AST|SGOT|aspartate aminotransferase", "", "HP:0031956", _in(_U, 0, 45)),
    _Analyte(r"ALT|SGPT|alanine aminotransferase", "", "HP:0031964", _in(_U, 0, 45)),
    _Analyte(r"(?:liver )?transaminases|LFTs?|liver (?:function tests?|enzymes)", "", "HP:0002910"),
    _Analyte(r"ALP|alk(?:aline)?\.? phos(?:phatase)?", "", "HP:0003155", _in(_U, 0, 125)),
    _Analyte(r"GGT|gamma[- ]glutamyl transferase", "", "HP:0030948", _in(_U, 0, 65)),
    _Analyte(r"LDH|lactate dehydrogenase", "", "HP:0025435", _in(_U, 0, 260)),
    _Analyte(r"lipase", "", "HP:0032932", _in(_U, 0, 160), of_children=True),
    _Analyte(r"amylase", "", "HP:0410288", _in(_U, 0, 130), of_children=True),
    _Analyte(r"CK|CPK|creatine (?:phospho)?kinase", "", "HP:0003236", _in(_U, 0, 300)),
    _Analyte(
        r"TSH|thyroid[- ]stimulating hormone",
        "HP:0031098",
        "HP:0002925",
        _in(r"m?I?U/(?:L|mL)|[uµμ]I?U/mL", 0.35, 5.5),
    ),
    _Analyte(
        r"free (?:T4|thyroxine)|FT4",
        "HP:0033078",
        "HP:0033077",
        (_Scale(r"ng/dL", 0.7, 1.9, 0.1, 8), _Scale(r"pmol/L", 9, 24.5, 1)),
    ),
    _Analyte(r"ferritin", "HP:0012343", "HP:0003281", _in(r"ng/mL|[uµμ]g/L|mcg/L", 12, 400)),
    _Analyte(
        r"iron",
        "HP:0040303",
        "HP:0003452",
        (_Scale(r"[uµμ]g/dL|mcg/dL", 45, 180, 5), _Scale(r"[uµμ]mol/L", 8, 32.2, 1, 60)),
    ),
    _Analyte(
        r"TIBC|total iron[- ]binding capacity",
        "HP:0033211",
        "HP:0025196",
        (_Scale(r"[uµμ]g/dL|mcg/dL", 240, 460, 120), _Scale(r"[uµμ]mol/L", 43, 82.3, 20, 120)),
    ),
    _Analyte(r"(?:transferrin|iron) saturation", "HP:0012464", "HP:0012463", _in("%", 15, 55, 1)),
    _Analyte(r"MCV|mean corpuscular volume", "HP:0025066", "HP:0005518", _in(r"fL|[µμ]m3|[µμ]m³", 79, 101)),
    _Analyte(
        r"ha?ematocrit|Hct", "HP:0001903", "HP:0001900", (_Scale("%", 34, 54, 5), _Scale(r"L/L", 0.34, 0.54, 0.05, 1))
    ),
    _Analyte(
        r"reticulocytes?(?: count)?",
        "",
        "HP:0001923",
        (_Scale("%", 0, 2.8, 0, 50), _Scale(_GIGA, 0, 120, 3, 999), _Scale(_PER_UL, 0, 120_000, 1000)),
    ),
    _Analyte(r"eosinophils?", "", "HP:0001880", _share_or_count((0, 6), (0, 0.5), 100), of_children=True),
    _Analyte(
        r"(?:segmented )?neut(?:rophil)?s?|中性粒细胞(?:百分比|百分率|比例|绝对值|计数)?",
        "HP:0001875",
        "HP:0011897",
        _share_or_count((10, 79), (1.5, 8), 50),
    ),
    _Analyte(r"lymphocytes?", "", "HP:0100827", _share_or_count((0, 55), (0, 5), 25)),
    _Analyte(
        r"absolute neutrophil count|ANC",
        "HP:0001875",
        "HP:0011897",
        (_Scale(_PER_UL, 1500, 8000, 60), _Scale(_GIGA, 1.5, 8, 0, 60)),
    ),
    _Analyte(
        r"absolute lymphocyte count",
        "HP:0001888",
        "HP:0100827",
        (_Scale(_PER_UL, 900, 5000, 60), _Scale(_GIGA, 0.9, 5, 0, 60)),
    ),
    _Analyte(r"INR", "", "HP:0008151", _in(r"(?!)", 0, 1.3), of_children=True),
    _Analyte(r"PT|prothrombin time", "", "HP:0008151", _in(_SECONDS, 0, 14.5), of_children=True),
    _Analyte(r"a?PTT|(?:activated )?partial thromboplastin time", "", "HP:0003645", _in(_SECONDS, 0, 40)),
    _Analyte(r"uric acid", "", "HP:0002149", (_Scale(_MG_DL, 0, 7.5, 0.5, 30), _Scale(r"[uµμ]mol/L", 0, 450, 60))),
    _Analyte(
        # "500 mg 6 hourly" is a dose, "K 7.1 Mg 1.8" two values
        r"magnesium|(?<!\d)(?<!\d\s)(?-i:M[gG])2?\+{0,2}|mg(?=\s*[:=]?\s*\d+[.,]\d)",
        "HP:0002917",
        "HP:0002918",
        (_Scale(_MG_DL, 1.5, 2.6, 0.4), _Scale(r"mEq/L", 1.23, 2.13, 0.3), _Scale(r"mmol/L", 0.62, 1.07, 0.2, 7)),
    ),
    _Analyte(
        r"phosph(?:ate|orus)",
        "HP:0002148",
        "HP:0002905",
        (_Scale(_MG_DL, 2.4, 4.8, 0.3, 25), _Scale(r"mmol/L", 0.78, 1.55, 0.1, 7)),
    ),
    _Analyte(r"PTH|parathyroid hormone", "HP:0031817", "HP:0003165", _in(r"pg/mL|ng/L", 9, 70)),
    # In ng/L the 99th percentile of the high-sensitivity test, after the Fourth Universal Definition of Myocardial
    # Infarction (https://doi.org/10.1161/CIR.0000000000000617): T 14, I of men 34.
    _Analyte(
        r"(?:cardiac |hs-?|high[- ]sensitivity )*(?:trop(?:onin)?s? T|c?TnT)|(?:高敏|超敏|心肌)*肌钙蛋白\s?T",
        "",
        "HP:0410174",
        (_Scale(r"ng/mL|[uµμ]g/L", 0, 0.1, 0, 100), _Scale(r"ng/L|pg/mL", 0, 14, 3)),
        of_injury=True,
    ),
    _Analyte(
        r"(?:cardiac |hs-?|high[- ]sensitivity )*(?:trop(?:onin)?s?(?: I)?|c?TnI)|(?:高敏|超敏|心肌)*肌钙蛋白(?:\s?I)?",
        "",
        "HP:0410173",
        (_Scale(r"ng/mL|[uµμ]g/L", 0, 0.1, 0, 100), _Scale(r"ng/L|pg/mL", 0, 34, 3)),
        of_injury=True,
    ),
    _Analyte(
        r"(?:NT[- ]?pro[- ]?)?BNP|(?:brain|B-type) natriuretic peptide", "", "HP:0033534", _in(r"pg/mL|ng/L", 0, 300)
    ),
    _Analyte(
        r"HbA1c|ha?emoglobin A1c|A1c", "", "HP:0040217", (_Scale("%", 0, 6.4, 3, 20), _Scale(r"mmol/mol", 0, 46, 20))
    ),
    _Analyte(r"D[- ]dimers?", "", "HP:0033106"),
    _Analyte(r"PaCO2|pCO2", "", "HP:0012416", (_Scale(r"mm ?Hg", 0, 47, 10), _Scale(r"kPa", 0, 6.3, 1.5, 20))),
    _Analyte(r"PaO2|pO2", "HP:0012418", "", (_Scale(r"mm ?Hg", 70, 700, 15), _Scale(r"kPa", 9.3, 93, 2, 20))),
    _Analyte(r"haptoglobin", "HP:0020181"),
    _Analyte(
        r"FEV1\s?[:/ ]\s?FVC(?: ratio)?", "HP:0030877", "", (_Scale("%", 70, 100, 15), _Scale(r"(?!)", 0.7, 1, 0.15, 1))
    ),
    _Analyte(r"DLCO|diffusi(?:on|ng) capacity", "HP:0045051", "", _in("%", 75, 150, 15)),
    _Analyte(r"(?:FEV1|forced expiratory volume[^.:]{0,20})", "HP:0032342", "", _in("%", 78, 150, 15)),
    _Analyte(r"TLC|total lung capacity", "HP:0033169", "", _in("%", 78, 150, 15)),
    _Analyte(r"(?:beta|β)?[- ]?hCG", "", "HP:6000485"),
    _Analyte(r"FSH|follicle[- ]stimulating hormone", "HP:0030341", "HP:0008232"),
    _Analyte(r"LH|luteinizing hormone", "HP:0030344", "HP:0011969"),
    _Analyte(
        r"prolactin",
        "HP:0008202",
        "HP:0000870",
        (_Scale(r"ng/mL|[uµμ]g/L", 0, 30), _Scale(r"m?I?U/L|[uµμ]I?U/mL", 0, 630, 40)),
    ),
    _Analyte(r"testosterone", "HP:0040171", "HP:0030088"),
    _Analyte(r"estradiol|estrogen", "HP:0008214", "HP:0025134"),
    _Analyte(r"(?:morning )?cortisol", "HP:0008163", "HP:0003118"),
    _Analyte(r"ACTH|adrenocorticotropi(?:c hormone|n)", "HP:0002920", "HP:0003154"),
    _Analyte(r"aldosterone", "HP:0004319", "HP:0000859"),
    _Analyte(r"(?:plasma )?renin(?: activity)?", "HP:0003351", "HP:0000848"),
    _Analyte(r"17-(?:OH|hydroxy)[- ]?progesterone", "", "HP:0031213"),
    _Analyte(r"AFP|alpha[- ]fetoprotein", "", "HP:0006254"),
    _Analyte(r"CEA|carcinoembryonic antigen", "", "HP:0031029"),
    _Analyte(r"PSA|prostate[- ]specific antigen", "", "HP:0025020", _in(r"ng/mL|[uµμ]g/L", 0, 4.5)),
    _Analyte(r"ANAs?|anti-?nuclear antibod(?:y|ies)(?: \(ANA\))?", "", "HP:0003493"),
    _Analyte(r"anti-(?:ds|double[- ]stranded )DNA(?: antibod\w+)?", "", "HP:0020151"),
    _Analyte(r"RF|rheumatoid factor(?: \(RF\))?", "", "HP:0002923"),
    _Analyte(r"anti-CCP(?: antibod\w+)?", "", "HP:0034092"),
    _Analyte(r"c?-?ANCA", "", "HP:0032230"),
    _Analyte(r"(?:anti-TPO|anti-?thyroid peroxidase)(?: antibod\w+)?", "", "HP:0025379"),
    _Analyte(r"(?:direct )?(?:Coombs(?: test)?|antiglobulin test)", "", "HP:0032366"),
    _Analyte(r"C3|complement C3", "HP:0005421"),
    _Analyte(r"ammonia", "", "HP:0001987"),
    _Analyte(r"ceruloplasmin", "HP:0010837"),
    _Analyte(r"(?:vitamin )?B-?12|cobalamin", "HP:0100502"),
    _Analyte(r"fol(?:ate|ic acid)", "HP:0100507"),
    _Analyte(r"(?:25-OH |25-hydroxy)?vitamin D", "HP:0100512"),
    _Analyte(r"(?:urine |urinary )?protein(?:uria)?(?= ?[:(]? ?(?:[1-4]\s?\+|positive))", "", "HP:0000093"),
    _Analyte(r"(?:urine |urinary )?(?:RBCs?|blood)(?= ?[:(]? ?[1-4]\s?\+)", "", "HP:0000790"),
    _Analyte(r"(?:urine |urinary )?ketones?(?= ?[:(]? ?(?:[1-4]\s?\+|positive))", "", "HP:0002919"),
    _Analyte(r"(?:urine |urinary )?(?:glucose|sugar)(?= ?[:(]? ?(?:[1-4]\s?\+|positive))", "", "HP:0003076"),
    _Analyte(r"leu[ck]ocyte esterase", "", "HP:0012085"),
    _Analyte(r"nitrites?", "", "HP:0031812"),
    _Analyte(r"WBCs?|white (?:blood )?cell count|leu[ck]ocyte count", "HP:0001882", "HP:0001974"),
    _Analyte(r"ha?emoglobin|Hgb|Hb", "HP:0001903", "HP:0001900"),
    _Analyte(r"platelets?(?: count)?", "HP:0001873", "HP:0001894"),
    _Analyte(r"CRP|C-reactive protein", "", "HP:0011227"),
    _Analyte(r"creatinine", "", "HP:0003259"),
    _Analyte(r"calcium|(?-i:Ca)2?\+{0,2}(?! ?(?:125|19)\b|\s+(?:positive|detected))", "HP:0002901", "HP:0003072"),
    _Analyte(r"sodium", "HP:0002902", "HP:0003228"),
    _Analyte(r"potassium", "HP:0002900", "HP:0002153"),
    _Analyte(r"(?:total )?bilirubin", "", "HP:0002904"),
    _Analyte(r"(?:fasting |random )?(?:blood )?(?:glucose|sugar)", "HP:0001943", "HP:0003074"),
)
_WHITE_CELLS = {"HP:0011897", "HP:0100827", "HP:0001880", "HP:0001974"}  # counted in other fluids, too
_NAMES = re.compile(
    rf"(?<![A-Za-z0-9_-])(?:{'|'.join(analyte.names for analyte in _ANALYTES)})(?:(?![\w-])|{_GLUED})",
    re.IGNORECASE,
)
"""Where a result may begin: one pass over the text instead of one for each analyte."""


@dataclass(frozen=True, slots=True)
class Result:
    """A result, by its offsets, and the findings that it shows to be present or absent."""

    start: int
    end: int
    findings: tuple[tuple[str, Status], ...]


def read_results(text: str, age_years: float | None) -> list[Result]:
    """Results of the patient now, in the order of the text."""
    found = sorted(_results(as_prose(plain(text)), age_years), key=lambda r: (r.start, -r.end))
    kept: list[Result] = []
    for result in found:
        if not kept or result.start >= kept[-1].end:
            kept.append(result)
    why = left_out(text, [(result.start, result.end) for result in kept])
    return [result for result, reason in zip(kept, why, strict=True) if not reason]


def _results(text: str, age_years: float | None) -> Iterator[Result]:
    child = age_years is not None and age_years < _CHILDHOOD
    for name in _NAMES.finditer(text):
        for analyte in _ANALYTES:
            match = analyte.regex.match(text, name.start())
            if match is None or (_WHITE_CELLS & {analyte.below, analyte.above} and is_of_fluid(match, in_lists=True)):
                continue
            side = _side(analyte, match, child)
            told = [
                (code, Status.PRESENT if side == bound else Status.ABSENT)
                for bound, code in (("low", analyte.below), ("high", analyte.above))
                if code
            ]
            if side and told:
                yield Result(match.start(), match.end(), tuple(told))


def _side(analyte: _Analyte, match: re.Match[str], child: bool) -> str:
    """``low``, ``high`` or ``normal``, the laboratory's own word before the number; empty when neither decides."""
    if match["positive"] or (not child and _was_high(analyte, match)):
        return "high"
    for side in ("high", "low", "normal"):
        if match[side]:
            return side
    if match["value"] is None or not analyte.scales or (child and not analyte.of_children):
        return ""
    unit, value = match["unit"], readings(match["value"])[0]
    if unit is None and _OTHER_UNIT.match(match.string, match.end("value")):
        return ""
    return _side_of(analyte, value, unit)


def _was_high(analyte: _Analyte, match: re.Match[str]) -> bool:
    """Whether an earlier value of the trend was raised, where that counts."""
    values = _ANY_NUMBER.findall(_ASIDE.sub("", match["earlier"])) if analyte.of_injury else []
    return any(_side_of(analyte, float(value.replace(",", ".")), match["unit"]) == "high" for value in values)


def _side_of(analyte: _Analyte, value: float, unit: str | None) -> str:
    scales = [
        scale
        for scale in analyte.scales
        if (re.fullmatch(scale.unit, unit, re.IGNORECASE) if unit else scale.least <= value <= scale.most)
    ]
    sides = {"low" if value < scale.low else "high" if value > scale.high else "normal" for scale in scales}
    return sides.pop() if len(sides) == 1 else ""
