"""Laboratory results of a note that only stand for a finding: values, and results in words ("ferritin: low").

What red flags ask for by number is read by :mod:`.labs` as a measurement. Ranges of adults as there (ABIM Laboratory
Reference Ranges, rounded outwards); a child's value is judged only where the range holds for children too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .case import Status
from .context import contexts
from .rules import Assertion

_CHILDHOOD = 16  # years
_NUMBER = r"(?P<value>\d{1,3}(?:,\d{3})+|\d{1,6}(?:\.\d{1,3})?)(?![\d./-]*\d|\s?\+)"
_OTHER_UNIT = re.compile(r"\s?(?:[a-zµμ]{1,4}/|%|mmol|mEq|[a-z]{1,2}\b)", re.IGNORECASE)
_WORDS = {
    "high": r"(?:very |markedly |mildly |slightly |significantly )?(?:elevated|increased|high|raised)",
    "low": r"(?:very |markedly |mildly |slightly |significantly )?(?:decreased|low|reduced|depressed)",
    "normal": r"normal|unremarkable|within (?:the )?(?:normal|reference) (?:limits|range)|WNL|negative|not detected",
    "positive": r"(?:strongly |weakly )?positive|[1-4]\s?\+|reactive(?! protein)|detected",
}
_RESULT = "|".join(f"(?P<{name}>{words})" for name, words in _WORDS.items())
_ANY_RESULT = "|".join(_WORDS.values())
_UNREAD = {Assertion.FAMILY, Assertion.OTHER_PERSON, Assertion.HYPOTHETICAL, Assertion.HISTORICAL}


@dataclass(frozen=True, slots=True)
class _Analyte:
    """A laboratory test.

    Attributes:
        names: how it is written.
        below, above: findings of a low value, and of a high or positive one; empty when it stands for none.
        range: normal values in the first unit; None when only words are read.
        units: each with its factor to the first one; a value without any unit is taken to be in the first.
        of_children: whether the range holds for them.
    """

    names: str
    below: str = ""
    above: str = ""
    range: tuple[float, float] | None = None
    units: tuple[tuple[str, float], ...] = ((r"(?!)", 1.0),)
    of_children: bool = False
    regex: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        unit = "|".join(written for written, _ in self.units)
        object.__setattr__(
            self,
            "regex",
            re.compile(
                rf"(?:{self.names})(?: (?:levels?|titers?|count|conc\w*))?"
                rf"(?:\s*[:=]\s*|\s+(?:is|was|are|were|of)\s+|\s+)"
                rf"(?:(?:<|>|~)?\s?{_NUMBER}\s*(?P<unit>{unit})?(?:[^.;,\n()]{{0,12}}\((?:[^()]{{0,12}}\s)?(?={_ANY_RESULT}))?"
                rf")?(?:{_RESULT})?(?![\w-])",
                re.IGNORECASE,
            ),
        )


_U, _MG_DL = ((r"U/L|IU/L|units/L", 1.0),), ((r"mg/dL", 1.0),)
_LIPIDS, _TRIGLYCERIDES = ((r"mg/dL", 1.0), (r"mmol/L", 38.67)), ((r"mg/dL", 1.0), (r"mmol/L", 88.57))
_PERCENT, _SECONDS = ((r"%", 1.0),), ((r"s(?:ec(?:onds?)?)?\b", 1.0),)
_ANALYTES = (
    _Analyte(
        r"ESR|erythrocyte sedimentation rate|sed(?:imentation)? rate",
        above="HP:0003565",
        range=(0, 30),
        units=((r"mm/h(?:r|our)?", 1.0),),
        of_children=True,
    ),
    _Analyte("albumin", "HP:0003073", range=(3.4, 5.6), units=((r"g/dL", 1.0), (r"g/L", 0.1)), of_children=True),
    _Analyte(r"(?:total )?cholesterol", "", "HP:0003124", (0, 240), _LIPIDS),
    _Analyte(r"LDL(?:[- ]cholesterol)?", "", "HP:0003141", (0, 160), _LIPIDS),
    _Analyte(r"triglycerides?", "", "HP:0002155", (0, 200), _TRIGLYCERIDES),
    _Analyte(r"AST|SGOT|aspartate aminotransferase", "", "HP:0031956", (0, 45), _U),
    _Analyte(r"ALT|SGPT|alanine aminotransferase", "", "HP:0031964", (0, 45), _U),
    _Analyte(r"(?:liver )?transaminases|LFTs?|liver (?:function tests?|enzymes)", "", "HP:0002910"),
    _Analyte(r"ALP|alk(?:aline)?\.? phos(?:phatase)?", "", "HP:0003155", (0, 125), _U),
    _Analyte(r"GGT|gamma[- ]glutamyl transferase", "", "HP:0030948", (0, 65), _U),
    _Analyte(r"LDH|lactate dehydrogenase", "", "HP:0025435", (0, 260), _U),
    _Analyte(r"lipase", "", "HP:0032932", (0, 160), _U, of_children=True),
    _Analyte(r"amylase", "", "HP:0410288", (0, 130), _U, of_children=True),
    _Analyte(r"CK|CPK|creatine (?:phospho)?kinase", "", "HP:0003236", (0, 300), _U),
    _Analyte(
        r"TSH|thyroid[- ]stimulating hormone",
        "HP:0031098",
        "HP:0002925",
        (0.35, 5.5),
        ((r"m?[IU]U/(?:L|mL)|[µμ]U/mL", 1.0),),
    ),
    _Analyte(
        r"free (?:T4|thyroxine)|FT4", "HP:0033078", "HP:0033077", (0.7, 1.9), ((r"ng/dL", 1.0), (r"pmol/L", 0.0777))
    ),
    _Analyte(r"ferritin", "HP:0012343", "HP:0003281", (12, 400), ((r"ng/mL|[µμ]g/L|mcg/L", 1.0),)),
    _Analyte(r"iron", "HP:0040303", "HP:0003452", (45, 180), ((r"[µμ]g/dL|mcg/dL", 1.0),)),
    _Analyte(
        r"TIBC|total iron[- ]binding capacity", "HP:0033211", "HP:0025196", (240, 460), ((r"[µμ]g/dL|mcg/dL", 1.0),)
    ),
    _Analyte(r"(?:transferrin|iron) saturation", "HP:0012464", "HP:0012463", (15, 55), _PERCENT),
    _Analyte(r"MCV|mean corpuscular volume", "HP:0025066", "HP:0005518", (79, 101), ((r"fL|[µμ]m3|[µμ]m³", 1.0),)),
    _Analyte(r"ha?ematocrit|Hct", "HP:0001903", "HP:0001900", (34, 54), _PERCENT),
    _Analyte(r"reticulocytes?(?: count)?", "", "HP:0001923", (0, 2.8), _PERCENT),
    _Analyte(r"eosinophils?", "", "HP:0001880", (0, 6), _PERCENT, of_children=True),
    _Analyte(r"(?:segmented )?neutrophils?", "HP:0001875", "HP:0011897", (10, 79), _PERCENT),
    _Analyte(r"lymphocytes?", "", "HP:0100827", (0, 55), _PERCENT),
    _Analyte(r"absolute lymphocyte count", "HP:0001888", "HP:0100827", (900, 5000), ((r"/mm3|/[µμ]L|cells\S*", 1.0),)),
    _Analyte(r"INR", "", "HP:0008151", (0, 1.3), of_children=True),
    _Analyte(r"PT|prothrombin time", "", "HP:0008151", (0, 14.5), _SECONDS, of_children=True),
    _Analyte(r"a?PTT|(?:activated )?partial thromboplastin time", "", "HP:0003645", (0, 40), _SECONDS),
    _Analyte(r"uric acid", "", "HP:0002149", (0, 7.5), _MG_DL),
    _Analyte(r"magnesium|Mg2?\+?", "HP:0002917", "HP:0002918", (1.5, 2.6), ((r"mg/dL", 1.0), (r"mEq/L", 1.22))),
    _Analyte(r"phosph(?:ate|orus)", "HP:0002148", "HP:0002905", (2.4, 4.8), _MG_DL),
    _Analyte(r"PTH|parathyroid hormone", "HP:0031817", "HP:0003165", (9, 70), ((r"pg/mL", 1.0),)),
    _Analyte(r"cardiac troponins?|troponins?(?: [IT])?", "", "HP:0410173", (0, 0.1), ((r"ng/mL", 1.0),)),
    _Analyte(
        r"(?:NT[- ]?pro[- ]?)?BNP|(?:brain|B-type) natriuretic peptide", "", "HP:0033534", (0, 300), ((r"pg/mL", 1.0),)
    ),
    _Analyte(r"HbA1c|ha?emoglobin A1c|A1c", "", "HP:0040217", (0, 6.4), _PERCENT),
    _Analyte(r"D[- ]dimers?", "", "HP:0033106"),
    _Analyte(r"PaCO2|pCO2", "", "HP:0012416", (0, 47), ((r"mm ?Hg", 1.0),)),
    _Analyte(r"PaO2|pO2", "HP:0012418", "", (70, 700), ((r"mm ?Hg", 1.0),)),
    _Analyte(r"haptoglobin", "HP:0020181"),
    _Analyte(r"FEV1\s?[:/ ]\s?FVC(?: ratio)?", "HP:0030877", "", (70, 100), _PERCENT),
    _Analyte(r"DLCO|diffusi(?:on|ng) capacity", "HP:0045051", "", (75, 150), _PERCENT),
    _Analyte(r"(?:FEV1|forced expiratory volume[^.:]{0,20})", "HP:0032342", "", (78, 150), _PERCENT),
    _Analyte(r"TLC|total lung capacity", "HP:0033169", "", (78, 150), _PERCENT),
    _Analyte(r"(?:beta|β)?[- ]?hCG", "", "HP:6000485"),
    _Analyte(r"FSH|follicle[- ]stimulating hormone", "HP:0030341", "HP:0008232"),
    _Analyte(r"LH|luteinizing hormone", "HP:0030344", "HP:0011969"),
    _Analyte(r"prolactin", "HP:0008202", "HP:0000870", (0, 30), ((r"ng/mL", 1.0),)),
    _Analyte(r"testosterone", "HP:0040171", "HP:0030088"),
    _Analyte(r"estradiol|estrogen", "HP:0008214", "HP:0025134"),
    _Analyte(r"(?:morning )?cortisol", "HP:0008163", "HP:0003118"),
    _Analyte(r"ACTH|adrenocorticotropi(?:c hormone|n)", "HP:0002920", "HP:0003154"),
    _Analyte(r"aldosterone", "HP:0004319", "HP:0000859"),
    _Analyte(r"(?:plasma )?renin(?: activity)?", "HP:0003351", "HP:0000848"),
    _Analyte(r"17-(?:OH|hydroxy)[- ]?progesterone", "", "HP:0031213"),
    _Analyte(r"AFP|alpha[- ]fetoprotein", "", "HP:0006254"),
    _Analyte(r"CEA|carcinoembryonic antigen", "", "HP:0031029"),
    _Analyte(r"PSA|prostate[- ]specific antigen", "", "HP:0025020", (0, 4.5), ((r"ng/mL", 1.0),)),
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
    _Analyte(r"calcium|Ca2?\+?", "HP:0002901", "HP:0003072"),
    _Analyte(r"sodium", "HP:0002902", "HP:0003228"),
    _Analyte(r"potassium", "HP:0002900", "HP:0002153"),
    _Analyte(r"(?:total )?bilirubin", "", "HP:0002904"),
    _Analyte(r"(?:fasting |random )?(?:blood )?(?:glucose|sugar)", "HP:0001943", "HP:0003074"),
)
_NAMES = re.compile(rf"(?<![\w-])(?:{'|'.join(analyte.names for analyte in _ANALYTES)})(?![\w-])", re.IGNORECASE)
"""Where a result may begin: one pass over the text instead of one for each analyte."""


@dataclass(frozen=True, slots=True)
class Result:
    """A result, by its offsets, and the findings that it shows to be present or absent."""

    start: int
    end: int
    findings: tuple[tuple[str, Status], ...]


def read_results(text: str, age_years: float | None) -> list[Result]:
    """Results of the patient now, in the order of the text."""
    found = sorted(_results(text, age_years), key=lambda r: (r.start, -r.end))
    kept: list[Result] = []
    for result in found:
        if not kept or result.start >= kept[-1].end:
            kept.append(result)
    said = contexts(text, [(result.start, result.end) for result in kept])
    return [r for r, context in zip(kept, said, strict=True) if context.assertion not in _UNREAD]


def _results(text: str, age_years: float | None) -> Iterator[Result]:
    child = age_years is not None and age_years < _CHILDHOOD
    for name in _NAMES.finditer(text):
        for analyte in _ANALYTES:
            match = analyte.regex.match(text, name.start())
            if match is None:
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
    if match["positive"]:
        return "high"
    for side in ("high", "low", "normal"):
        if match[side]:
            return side
    if match["value"] is None or analyte.range is None or (child and not analyte.of_children):
        return ""
    if match["unit"] is None and _OTHER_UNIT.match(match.string, match.end("value")):
        return ""
    factor = next((f for unit, f in analyte.units if match["unit"] and re.fullmatch(unit, match["unit"], re.I)), 1.0)
    value, (low, high) = float(match["value"].replace(",", "")) * factor, analyte.range
    return "low" if value < low else "high" if value > high else "normal"
