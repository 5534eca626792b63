"""The hormones among the laboratory tests of :mod:`.analyte_table`. Data."""

import math

from .analyte import Analyte, Scale, in_unit

HORMONES = (
    Analyte(
        r"TSH|thyroid[- ]stimulating hormone|促甲状腺激?素",
        "HP:0031098 Decreased thyroid-stimulating hormone level",
        "HP:0002925 Elevated circulating thyroid-stimulating hormone concentration",
        in_unit(r"m?I?U/(?:L|mL)|[uµμ]I?U/mL", 0.35, 5.5),
    ),
    Analyte(
        r"free (?:T4|thyroxine)|FT4|游离(?:甲状腺素|T4)",
        "HP:0033078 Decreased circulating free T4 concentration",
        "HP:0033077 Increased circulating free T4 concentration",
        (Scale(r"ng/dL", 0.7, 1.9, 0.1, 8), Scale(r"pmol/L", 9, 24.5, 1)),
    ),
    Analyte(
        r"free (?:T3|triiodothyronine)|FT3|游离(?:三碘甲状腺原氨酸|T3)",
        "HP:0032210 Decreased circulating free T3",
        "HP:0011788 Increased circulating free T3",
        in_unit(r"pmol/L", 2.5, 7.5, 0.3),
    ),
    Analyte(
        r"PTH|parathyroid hormone|甲状旁腺激?素",
        "HP:0031817 Decreased circulating parathyroid hormone level",
        "HP:0003165 Elevated circulating parathyroid hormone level",
        (Scale(r"pg/mL|ng/L", 9, 70), Scale(r"pmol/L", 1, 7.5, math.inf)),
    ),
    Analyte(
        r"(?:beta|β)?[- ]?hCG|人?绒毛膜促性腺激素",
        "",
        "HP:6000485 Elevated circulating beta chorionic gonadotropin concentration",
        in_unit(r"m?I?U/m?L", 0, 25, math.inf),
    ),
    Analyte(
        r"FSH|follicle[- ]stimulating hormone|[卵促]泡刺激素|促卵泡(?:激素|生成素)",
        "HP:0030341 Decreased circulating follicle stimulating hormone concentration",
        "HP:0008232 Elevated circulating follicle stimulating hormone level",
    ),
    Analyte(
        r"LH|luteinizing hormone|黄体生成素",
        "HP:0030344 Decreased circulating luteinizing hormone level",
        "HP:0011969 Elevated circulating luteinizing hormone level",
    ),
    Analyte(
        r"prolactin|[催泌]乳素",
        "HP:0008202 Reduced circulating prolactin concentration",
        "HP:0000870 Increased circulating prolactin concentration",
        (Scale(r"ng/mL|[uµμ]g/L", 0, 30), Scale(r"m?I?U/L|[uµμ]I?U/mL", 0, 630, 40)),
    ),
    Analyte(
        r"testosterone|睾酮",
        "HP:0040171 Decreased serum testosterone concentration",
        "HP:0030088 Increased serum testosterone level",
    ),
    Analyte(
        r"estradiol|estrogen|雌二醇", "HP:0008214 Decreased serum estradiol", "HP:0025134 Increased serum estradiol"
    ),
    Analyte(
        r"(?:morning )?cortisol(?: at [89] ?a\.?m\.?)?|皮质醇(?:\s?[(（][^()（）]{1,8}[)）])?",
        "HP:0008163 Decreased circulating cortisol level",
        "HP:0003118 Increased circulating cortisol level",
    ),
    Analyte(
        r"ACTH|adrenocorticotropi(?:c hormone|n)|促肾上腺皮质激素",
        "HP:0002920 Decreased circulating ACTH concentration",
        "HP:0003154 Increased circulating ACTH level",
    ),
    Analyte(
        r"aldosterone|醛固酮",
        "HP:0004319 Decreased circulating aldosterone concentration",
        "HP:0000859 Increased circulating aldosterone concentration",
    ),
    Analyte(
        r"(?:plasma )?renin(?: activity)?|(?:血浆)?肾素(?:活性)?",
        "HP:0003351 Decreased circulating renin concentration",
        "HP:0000848 Increased circulating renin concentration",
    ),
    Analyte(
        r"17-(?:OH|hydroxy)[- ]?progesterone|17-?羟孕酮",
        "",
        "HP:0031213 Elevated circulating 17-hydroxyprogesterone concentration",
    ),
)
