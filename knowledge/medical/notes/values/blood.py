"""The tests of blood cells, iron and clotting among those of :mod:`.analyte_table`. Data."""

import math

from .analyte import Analyte, Scale, in_unit
from .quantities import INR

_SECONDS, _MG_DL = r"s(?:ec(?:onds?)?)?\b", r"mg/dL"
_SHARE = r"[1-9]\d(?:\.\d{1,2})?\s?%|0\.\d{1,3}(?!\d|\s?[×x*])"


def _share_or_count(share: tuple[float, float], count: tuple[float, float], most: float) -> tuple[Scale, ...]:
    """Scales of white cells: percent, a count in 10^9/L (plausible up to ``most`` without a unit), or in 1/uL."""
    thousandfold = (1000 * count[0], 1000 * count[1])
    return (Scale("%", *share, 0, 100), Scale(_GIGA, *count, 0, most), Scale(_PER_UL, *thousandfold, 100))


_GIGA = r"(?:[x×*] ?)?10(?:\^|\*|\*\*)?9 ?/L|G/L|[x×*] ?10\^?3/[uµμ]L|k/[uµμ]L"
_PER_UL = r"/[uµμ]L|/mm3|/mm³|cells\S*"

BLOOD = (
    Analyte(
        r"ferritin|(?<!转)铁蛋白",
        "HP:0012343 Decreased circulating ferritin concentration",
        "HP:0003281 Increased circulating ferritin concentration",
        in_unit(r"ng/mL|[uµμ]g/L|mcg/L", 12, 400),
    ),
    Analyte(
        r"iron|血清铁",
        "HP:0040303 Decreased circulating iron concentration",
        "HP:0003452 Increased circulating iron concentration",
        (Scale(r"[uµμ]g/dL|mcg/dL", 45, 180, 5), Scale(r"[uµμ]mol/L", 8, 32.2, 1, 60)),
    ),
    Analyte(
        r"TIBC|total iron[- ]binding capacity|总铁结合力",
        "HP:0033211 Decreased total iron binding capacity",
        "HP:0025196 Increased total iron binding capacity",
        (Scale(r"[uµμ]g/dL|mcg/dL", 240, 460, 120), Scale(r"[uµμ]mol/L", 43, 82.3, 20, 120)),
    ),
    Analyte(
        r"(?:transferrin|iron) saturation|转铁蛋白饱和度",
        "HP:0012464 Decreased transferrin saturation",
        "HP:0012463 Elevated transferrin saturation",
        in_unit("%", 15, 55, 1),
    ),
    Analyte(
        r"MCV|mean corpuscular volume|平均红细胞体积",
        "HP:0025066 Decreased mean corpuscular volume",
        "HP:0005518 Increased mean corpuscular volume",
        in_unit(r"fL|[µμ]m3|[µμ]m³", 79, 101),
    ),
    Analyte(
        r"ha?ematocrit|Hct|红细胞压积",
        "HP:0001903 Anemia",
        "HP:0001900 Increased circulating hemoglobin concentration",
        (Scale("%", 34, 54, 5), Scale(r"L/L", 0.34, 0.54, 0.05, 1)),
    ),
    Analyte(
        r"reticulocytes?(?: count)?|网织红细胞(?:百分比|比例|计数)?",
        "",
        "HP:0001923 Reticulocytosis",
        (Scale("%", 0, 2.8, 0, 50), Scale(_GIGA, 0, 120, 3, 999), Scale(_PER_UL, 0, 120_000, 1000)),
    ),
    Analyte(
        r"eosinophils?|嗜酸性?粒?细胞(?:百分比|比例|绝对值|计数)?",
        "",
        "HP:0001880 Eosinophilia",
        _share_or_count((0, 6), (0, 0.5), 100),
        of_children=True,
    ),
    Analyte(
        r"(?:segmented )?neut(?:rophil)?s?#?|中性粒细胞(?:绝对值|绝对计数|计数)",
        "HP:0001875 Neutropenia",
        "HP:0011897 Neutrophilia",
        _share_or_count((10, 79), (1.5, 8), 50),
    ),
    Analyte(  # Chinese laboratories print the share, also as a fraction
        rf"中性(?:粒细胞|分叶核(?:粒?细胞)?)?(?:百分比|百分率|比例|比率|比)?|(?-i:N(?:EUT?)?%?)(?=\s?[:：=]?\s?(?:{_SHARE}))",
        "HP:0001875 Neutropenia",
        "HP:0011897 Neutrophilia",
        (Scale("%", 10, 79, 1.1, 100), Scale(_GIGA, 1.5, 8, math.inf), Scale(r"(?!)", 0.1, 0.79, 0, 1)),
    ),
    Analyte(
        r"lymph(?:ocyte)?s?|淋巴细胞(?:百分比|比例|绝对值|计数)?",
        "HP:0001888 Lymphopenia",
        "HP:0100827 Lymphocytosis",
        (Scale("%", 0, 55, 5, 100), Scale(_GIGA, 0.9, 5, 0, 25), Scale(_PER_UL, 900, 5000, 100)),
    ),
    Analyte(
        r"absolute neutrophil count|ANC",
        "HP:0001875 Neutropenia",
        "HP:0011897 Neutrophilia",
        (Scale(_PER_UL, 1500, 8000, 60), Scale(_GIGA, 1.5, 8, 0, 60)),
    ),
    Analyte(
        r"absolute lymphocyte count",
        "HP:0001888 Lymphopenia",
        "HP:0100827 Lymphocytosis",
        (Scale(_PER_UL, 900, 5000, 60), Scale(_GIGA, 0.9, 5, 0, 60)),
    ),
    Analyte(INR, "", "HP:0008151 Prolonged prothrombin time", in_unit(r"(?!)", 0, 1.3), of_children=True),
    Analyte(
        r"(?-i:PT)(?!\s?[:=]?\s?(?:[+-]|pos|neg))|prothrombin time|凝血酶原时间",
        "",
        "HP:0008151 Prolonged prothrombin time",
        in_unit(_SECONDS, 0, 14.5),
        of_children=True,
    ),
    Analyte(
        r"a?PTT|(?:activated )?partial thromboplastin time|(?:活化)?部分凝血活酶(?:生成)?时间",
        "",
        "HP:0003645 Prolonged partial thromboplastin time",
        in_unit(_SECONDS, 0, 40),
        high_in_children=60,  # of the newborn
    ),
    Analyte(
        r"factor (?:VIII|8)(?: activity)?|F(?:Ⅷ|VIII)(?::?C)?(?:活性)?|(?:凝血)?(?:因子[Ⅷ八]|[Ⅷ八]因子)(?:活性)?",
        "HP:0003125 Reduced factor VIII activity",
        scales=in_unit("%", 45, 300, math.inf),
        of_children=True,
    ),
    Analyte(
        r"fibrinogen|纤维蛋白原",
        "HP:0011900 Hypofibrinogenemia",
        scales=(Scale(r"g/L", 1.5, 100, math.inf), Scale(_MG_DL, 150, 10000, math.inf)),
        of_children=True,
    ),
)
