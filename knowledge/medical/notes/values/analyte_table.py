"""The laboratory tests of :mod:`.analytes`: how each is written, what is normal, and what a result stands for.

Data, and how a result is written. Ranges of adults as in :mod:`.labs` (ABIM Laboratory Reference Ranges, rounded
outwards).
"""

import math
import re
from dataclasses import dataclass, field

from ..numbers import NUMBER
from .earlier import CLOCK

_NUMBER = rf"{NUMBER}(?![\d./-]*\d|\s?\+)"
_HOW_MUCH = "(?:明显|显著|[轻中重]度)"
_WORDS = {
    "high": r"(?:very |markedly |mildly |slightly |significantly )?(?:elevated|increased|high|raised)|"
    rf"{_HOW_MUCH}?(?:升高|增高|偏高)",
    "low": r"(?:very |markedly |mildly |slightly |significantly )?(?:decreased|low|reduced|depressed)|"
    rf"{_HOW_MUCH}?(?:降低|减低|偏低|下降)",
    "normal": r"normal|unremarkable|within (?:the )?(?:normal|reference) (?:limits|range)|WNL|neg(?:ative)?|[-−]ve|"
    r"not detected|阴性|正常(?![值范上高])|[(（]\s?[-−－]\s?[)）]",
    "positive": r"(?:strongly |weakly )?pos(?:itive)?|\+ve|[1-4]\s?\+|reactive(?! protein)|detected|"
    r"[弱强]?阳性|[(（]\s?[+＋]{1,4}\s?[)）]",
}
_RESULT = "|".join(f"(?P<{name}>{words})" for name, words in _WORDS.items())
_ANY_RESULT = "|".join(_WORDS.values())
_RANGE = r"(?!(?:\s*(?:range|values?|limits?|for \w+|is|up to|less than|below|under|:|=))*\s*[<>≤≥]?\s*\d)"
"""After a result word that follows a value: "normal 10-40" is a range, not a verdict."""
_RESULT_ZH = rf"(?={_HOW_MUCH}?[升增降减偏下][高低降]|[弱强]?阳性|阴性|正常|[(（]\s?[-−－+＋]{{1,4}}\s?[)）])"
GLUED = (
    r"(?:(?<=[\u4e00-\u9fff])(?:为|是|约|高?达|升至|升高至|降至)?(?=\d)|(?=[<>]\s?\d)|"
    rf"(?<=[A-Za-z])(?=\d[\d.,]*\s?(?:[mnpuµμ]?(?:g|mol|I?U)/|mm ?Hg|%))|{_RESULT_ZH})"
)
"""Where a value follows its name without a blank: a Chinese one, with a sign, of letters with its unit, a word."""


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
class Scale:
    """What is normal in a unit, and what can be believed in it where none is written."""

    unit: str
    low: float
    high: float
    least: float = 0
    most: float = math.inf


@dataclass(frozen=True, slots=True)
class Analyte:
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
    scales: tuple[Scale, ...] = ()
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
                rf"(?:\s*[:=：]\s*|\s+(?:is|was|are|were|of)\s+|\s+|{GLUED})(?P<earlier>(?>{_earlier(unit)}))"
                rf"(?:(?:(?P<than>[<>])|~)?\s?{_NUMBER}\s*(?P<unit>{unit})?(?:[^.;,\n()]{{0,12}}\((?:[^()]{{0,12}}\s)?(?=(?:{_ANY_RESULT}){_RANGE}))?"
                rf")?(?:(?:{_RESULT})(?(value){_RANGE}))?(?(unit)(?![A-Za-z0-9_-])|(?![\w-]))",
                re.IGNORECASE,
            ),
        )


_U, _SECONDS = r"U/L|IU/L|units/L", r"s(?:ec(?:onds?)?)?\b"


def _in(unit: str, low: float, high: float, least: float = 0) -> tuple[Scale, ...]:
    return (Scale(unit, low, high, least),)


def _share_or_count(share: tuple[float, float], count: tuple[float, float], most: float) -> tuple[Scale, ...]:
    """Of white cells: percent, or a count in 10^9/L that without its unit is believed up to ``most``, or in 1/uL."""
    thousandfold = (1000 * count[0], 1000 * count[1])
    return (Scale("%", *share, 0, 100), Scale(_GIGA, *count, 0, most), Scale(_PER_UL, *thousandfold, 100))


_GIGA = r"(?:[x×*] ?)?10(?:\^|\*|\*\*)?9 ?/L|G/L|[x×*] ?10\^?3/[uµμ]L|k/[uµμ]L"
_PER_UL = r"/[uµμ]L|/mm3|/mm³|cells\S*"
_MG_DL = r"mg/dL"
ANALYTES = (
    Analyte(
        r"ESR|erythrocyte sedimentation rate|sed(?:imentation)? rate|血沉",
        above="HP:0003565",
        scales=_in(r"mm/h(?:r|our)?", 0, 30),
        of_children=True,
    ),
    Analyte(
        r"albumin|ALB|(?<![前尿量水液化])白蛋白",
        "HP:0003073",
        scales=(Scale(r"g/dL", 3.4, 5.6, 0.8, 7), Scale(r"g/L", 34, 56, 8)),
        of_children=True,
    ),
    Analyte(
        r"(?:total )?cholesterol|总胆固醇",
        "",
        "HP:0003124",
        (Scale(_MG_DL, 0, 240, 40), Scale(r"mmol/L", 0, 6.2, 1, 30)),
    ),
    Analyte(
        r"LDL(?:[- ]cholesterol)?|低密度脂蛋白(?:胆固醇)?",
        "",
        "HP:0003141",
        (Scale(_MG_DL, 0, 160, 20), Scale(r"mmol/L", 0, 4.1, 0.3, 15)),
    ),
    Analyte(
        r"triglycerides?|甘油三酯", "", "HP:0002155", (Scale(_MG_DL, 0, 200, 20), Scale(r"mmol/L", 0, 2.3, 0.2, 60))
    ),
    Analyte(r"AST|SGOT|aspartate aminotransferase|谷草转氨酶|天门?冬氨酸氨基转移酶", "", "HP:0031956", _in(_U, 0, 45)),
    Analyte(r"ALT|SGPT|alanine aminotransferase|谷丙转氨酶|丙氨酸氨基转移酶", "", "HP:0031964", _in(_U, 0, 45)),
    Analyte(r"(?:liver )?transaminases|LFTs?|liver (?:function tests?|enzymes)", "", "HP:0002910"),
    Analyte(r"ALP|alk(?:aline)?\.? phos(?:phatase)?|碱性磷酸酶", "", "HP:0003155", _in(_U, 0, 125)),
    Analyte(r"GGT|gamma[- ]glutamyl transferase|谷氨酰转[肽移]酶", "", "HP:0030948", _in(_U, 0, 65)),
    Analyte(r"LDH|lactate dehydrogenase|(?<![水液])乳酸脱氢酶", "", "HP:0025435", _in(_U, 0, 260)),
    Analyte(r"lipase|脂肪酶", "", "HP:0032932", _in(_U, 0, 160), of_children=True),
    Analyte(r"amylase|(?<![尿水液])淀粉酶", "", "HP:0410288", _in(_U, 0, 130), of_children=True),
    Analyte(r"CK|CPK|creatine (?:phospho)?kinase|肌酸激酶", "", "HP:0003236", _in(_U, 0, 300)),
    Analyte(
        r"TSH|thyroid[- ]stimulating hormone|促甲状腺激?素",
        "HP:0031098",
        "HP:0002925",
        _in(r"m?I?U/(?:L|mL)|[uµμ]I?U/mL", 0.35, 5.5),
    ),
    Analyte(
        r"free (?:T4|thyroxine)|FT4|游离(?:甲状腺素|T4)",
        "HP:0033078",
        "HP:0033077",
        (Scale(r"ng/dL", 0.7, 1.9, 0.1, 8), Scale(r"pmol/L", 9, 24.5, 1)),
    ),
    Analyte(r"ferritin|(?<!转)铁蛋白", "HP:0012343", "HP:0003281", _in(r"ng/mL|[uµμ]g/L|mcg/L", 12, 400)),
    Analyte(
        r"iron|血清铁",
        "HP:0040303",
        "HP:0003452",
        (Scale(r"[uµμ]g/dL|mcg/dL", 45, 180, 5), Scale(r"[uµμ]mol/L", 8, 32.2, 1, 60)),
    ),
    Analyte(
        r"TIBC|total iron[- ]binding capacity|总铁结合力",
        "HP:0033211",
        "HP:0025196",
        (Scale(r"[uµμ]g/dL|mcg/dL", 240, 460, 120), Scale(r"[uµμ]mol/L", 43, 82.3, 20, 120)),
    ),
    Analyte(r"(?:transferrin|iron) saturation|转铁蛋白饱和度", "HP:0012464", "HP:0012463", _in("%", 15, 55, 1)),
    Analyte(
        r"MCV|mean corpuscular volume|平均红细胞体积", "HP:0025066", "HP:0005518", _in(r"fL|[µμ]m3|[µμ]m³", 79, 101)
    ),
    Analyte(
        r"ha?ematocrit|Hct|红细胞压积",
        "HP:0001903",
        "HP:0001900",
        (Scale("%", 34, 54, 5), Scale(r"L/L", 0.34, 0.54, 0.05, 1)),
    ),
    Analyte(
        r"reticulocytes?(?: count)?|网织红细胞(?:百分比|比例|计数)?",
        "",
        "HP:0001923",
        (Scale("%", 0, 2.8, 0, 50), Scale(_GIGA, 0, 120, 3, 999), Scale(_PER_UL, 0, 120_000, 1000)),
    ),
    Analyte(
        r"eosinophils?|嗜酸性?粒?细胞(?:百分比|比例|绝对值|计数)?",
        "",
        "HP:0001880",
        _share_or_count((0, 6), (0, 0.5), 100),
        of_children=True,
    ),
    Analyte(
        r"(?:segmented )?neut(?:rophil)?s?#?|中性粒细胞(?:百分比|百分率|比例|绝对值|计数)?",
        "HP:0001875",
        "HP:0011897",
        _share_or_count((10, 79), (1.5, 8), 50),
    ),
    Analyte(
        r"lymphocytes?|淋巴细胞(?:百分比|比例|绝对值|计数)?", "", "HP:0100827", _share_or_count((0, 55), (0, 5), 25)
    ),
    Analyte(
        r"absolute neutrophil count|ANC",
        "HP:0001875",
        "HP:0011897",
        (Scale(_PER_UL, 1500, 8000, 60), Scale(_GIGA, 1.5, 8, 0, 60)),
    ),
    Analyte(
        r"absolute lymphocyte count",
        "HP:0001888",
        "HP:0100827",
        (Scale(_PER_UL, 900, 5000, 60), Scale(_GIGA, 0.9, 5, 0, 60)),
    ),
    Analyte(r"INR", "", "HP:0008151", _in(r"(?!)", 0, 1.3), of_children=True),
    Analyte(r"PT|prothrombin time|凝血酶原时间", "", "HP:0008151", _in(_SECONDS, 0, 14.5), of_children=True),
    Analyte(
        r"a?PTT|(?:activated )?partial thromboplastin time|(?:活化)?部分凝血活酶时间",
        "",
        "HP:0003645",
        _in(_SECONDS, 0, 40),
    ),
    Analyte(r"uric acid|尿酸", "", "HP:0002149", (Scale(_MG_DL, 0, 7.5, 0.5, 30), Scale(r"[uµμ]mol/L", 0, 450, 60))),
    Analyte(
        # "500 mg 6 hourly" is a dose, "K 7.1 Mg 1.8" two values
        r"magnesium|血镁|镁离子|(?<!\d)(?<!\d\s)(?-i:M[gG])2?\+{0,2}|mg(?=\s*[:=]?\s*\d+[.,]\d)",
        "HP:0002917",
        "HP:0002918",
        (Scale(_MG_DL, 1.5, 2.6, 0.4), Scale(r"mEq/L", 1.23, 2.13, 0.3), Scale(r"mmol/L", 0.62, 1.07, 0.2, 7)),
    ),
    Analyte(
        r"phosph(?:ate|orus)|血磷",
        "HP:0002148",
        "HP:0002905",
        (Scale(_MG_DL, 2.4, 4.8, 0.3, 25), Scale(r"mmol/L", 0.78, 1.55, 0.1, 7)),
    ),
    Analyte(r"PTH|parathyroid hormone|甲状旁腺激?素", "HP:0031817", "HP:0003165", _in(r"pg/mL|ng/L", 9, 70)),
    # In ng/L the 99th percentile of the high-sensitivity test, after the Fourth Universal Definition of Myocardial
    # Infarction (https://doi.org/10.1161/CIR.0000000000000617): T 14, I of men 34.
    Analyte(
        r"(?:cardiac |hs-?|high[- ]sensitivity )*(?:trop(?:onin)?s? T|c?TnT)|(?:高敏|超敏|心肌)*肌钙蛋白\s?T",
        "",
        "HP:0410174",
        (Scale(r"ng/mL|[uµμ]g/L", 0, 0.1, 0, 100), Scale(r"ng/L|pg/mL", 0, 14, 3)),
        of_injury=True,
    ),
    Analyte(
        r"(?:cardiac |hs-?|high[- ]sensitivity )*(?:trop(?:onin)?s?(?: I)?|c?TnI)|(?:高敏|超敏|心肌)*肌钙蛋白(?:\s?I)?",
        "",
        "HP:0410173",
        (Scale(r"ng/mL|[uµμ]g/L", 0, 0.1, 0, 100), Scale(r"ng/L|pg/mL", 0, 34, 3)),
        of_injury=True,
    ),
    Analyte(
        r"(?:NT[- ]?pro[- ]?)?BNP|(?:brain|B-type) natriuretic peptide|脑钠肽(?:前体)?",
        "",
        "HP:0033534",
        _in(r"pg/mL|ng/L", 0, 300),
    ),
    Analyte(
        r"HbA1c|ha?emoglobin A1c|A1c|糖化血红蛋白",
        "",
        "HP:0040217",
        (Scale("%", 0, 6.4, 3, 20), Scale(r"mmol/mol", 0, 46, 20)),
    ),
    Analyte(
        r"D[- ]dimers?|D-?二聚体",
        "",
        "HP:0033106",
        (Scale(r"mg/L|[uµμ]g/mL", 0, 0.5, 0, 40), Scale(r"ng/mL|[uµμ]g/L", 0, 500, 41)),
    ),
    Analyte(r"PaCO2|pCO2", "", "HP:0012416", (Scale(r"mm ?Hg", 0, 47, 10), Scale(r"kPa", 0, 6.3, 1.5, 20))),
    Analyte(r"PaO2|pO2", "HP:0012418", "", (Scale(r"mm ?Hg", 70, 700, 15), Scale(r"kPa", 9.3, 93, 2, 20))),
    Analyte(r"haptoglobin", "HP:0020181"),
    Analyte(
        r"FEV1\s?[:/ ]\s?FVC(?: ratio)?", "HP:0030877", "", (Scale("%", 70, 100, 15), Scale(r"(?!)", 0.7, 1, 0.15, 1))
    ),
    Analyte(r"DLCO|diffusi(?:on|ng) capacity", "HP:0045051", "", _in("%", 75, 150, 15)),
    Analyte(r"(?:FEV1|forced expiratory volume[^.:]{0,20})", "HP:0032342", "", _in("%", 78, 150, 15)),
    Analyte(r"TLC|total lung capacity", "HP:0033169", "", _in("%", 78, 150, 15)),
    Analyte(r"(?:beta|β)?[- ]?hCG", "", "HP:6000485"),
    Analyte(r"FSH|follicle[- ]stimulating hormone", "HP:0030341", "HP:0008232"),
    Analyte(r"LH|luteinizing hormone", "HP:0030344", "HP:0011969"),
    Analyte(
        r"prolactin|[催泌]乳素",
        "HP:0008202",
        "HP:0000870",
        (Scale(r"ng/mL|[uµμ]g/L", 0, 30), Scale(r"m?I?U/L|[uµμ]I?U/mL", 0, 630, 40)),
    ),
    Analyte(r"testosterone", "HP:0040171", "HP:0030088"),
    Analyte(r"estradiol|estrogen", "HP:0008214", "HP:0025134"),
    Analyte(r"(?:morning )?cortisol", "HP:0008163", "HP:0003118"),
    Analyte(r"ACTH|adrenocorticotropi(?:c hormone|n)", "HP:0002920", "HP:0003154"),
    Analyte(r"aldosterone", "HP:0004319", "HP:0000859"),
    Analyte(r"(?:plasma )?renin(?: activity)?", "HP:0003351", "HP:0000848"),
    Analyte(r"17-(?:OH|hydroxy)[- ]?progesterone", "", "HP:0031213"),
    Analyte(r"AFP|alpha[- ]fetoprotein", "", "HP:0006254"),
    Analyte(r"CEA|carcinoembryonic antigen", "", "HP:0031029"),
    Analyte(r"PSA|prostate[- ]specific antigen", "", "HP:0025020", _in(r"ng/mL|[uµμ]g/L", 0, 4.5)),
    Analyte(r"ANAs?|anti-?nuclear antibod(?:y|ies)(?: \(ANA\))?|抗核抗体", "", "HP:0003493"),
    Analyte(r"anti-(?:ds|double[- ]stranded )DNA(?: antibod\w+)?", "", "HP:0020151"),
    Analyte(r"RF|rheumatoid factor(?: \(RF\))?|类风湿因子", "", "HP:0002923", _in(r"I?U/mL", 0, 20, math.inf)),
    Analyte(r"anti-CCP(?: antibod\w+)?|抗-?CCP(?:抗体)?", "", "HP:0034092", _in(r"R?U/mL", 0, 25, math.inf)),
    Analyte(r"c?-?ANCA", "", "HP:0032230"),
    Analyte(r"(?:anti-TPO|anti-?thyroid peroxidase)(?: antibod\w+)?", "", "HP:0025379"),
    Analyte(r"(?:direct )?(?:Coombs(?: test)?|antiglobulin test)", "", "HP:0032366"),
    Analyte(r"C3|complement C3|补体\s?C3", "HP:0005421", "", _in(r"g/L", 0.7, 3, math.inf)),
    Analyte(r"ammonia", "", "HP:0001987"),
    Analyte(r"ceruloplasmin", "HP:0010837"),
    Analyte(r"(?:vitamin )?B-?12|cobalamin", "HP:0100502"),
    Analyte(r"fol(?:ate|ic acid)", "HP:0100507"),
    Analyte(r"(?:25-OH |25-hydroxy)?vitamin D", "HP:0100512"),
    Analyte(r"(?:urine |urinary )?protein(?:uria)?(?= ?[:(]? ?(?:[1-4]\s?\+|positive))", "", "HP:0000093"),
    Analyte(r"(?:urine |urinary )?(?:RBCs?|blood)(?= ?[:(]? ?[1-4]\s?\+)", "", "HP:0000790"),
    Analyte(r"(?:urine |urinary )?ketones?(?= ?[:(]? ?(?:[1-4]\s?\+|positive))", "", "HP:0002919"),
    Analyte(r"尿酮体?", "", "HP:0002919"),
    Analyte(r"(?:urine |urinary )?(?:glucose|sugar)(?= ?[:(]? ?(?:[1-4]\s?\+|positive))", "", "HP:0003076"),
    Analyte(r"leu[ck]ocyte esterase", "", "HP:0012085"),
    Analyte(r"nitrites?|亚硝酸盐", "", "HP:0031812"),
    Analyte(r"WBCs?|white (?:blood )?cell count|leu[ck]ocyte count", "HP:0001882", "HP:0001974"),
    Analyte(r"ha?emoglobin|Hgb|Hb", "HP:0001903", "HP:0001900"),
    Analyte(r"platelets?(?: count)?", "HP:0001873", "HP:0001894"),
    Analyte(r"CRP|C-reactive protein", "", "HP:0011227"),
    Analyte(r"creatinine", "", "HP:0003259"),
    Analyte(r"calcium|(?-i:Ca)2?\+{0,2}(?! ?(?:125|19)\b|\s+(?:positive|detected))", "HP:0002901", "HP:0003072"),
    Analyte(r"sodium", "HP:0002902", "HP:0003228"),
    Analyte(r"potassium", "HP:0002900", "HP:0002153"),
    Analyte(r"(?:total )?bilirubin", "", "HP:0002904"),
    Analyte(r"(?:fasting |random )?(?:blood )?(?:glucose|sugar)", "HP:0001943", "HP:0003074"),
)
