"""The antibodies and immunoglobulins of :mod:`.analyte_table`: names, and the findings of their results. Data only."""

import math

from .analyte import Analyte, Scale


def _immunoglobulin(letter: str, low: float, high: float, below: str, above: str) -> Analyte:
    """``low`` and ``high`` in g/L. Of no antigen: not "Borrelia IgG 12 U/mL"."""
    scales = (Scale("g/L", low, high), Scale("mg/dL", 100 * low, 100 * high))
    return Analyte(rf"(?:serum |total )?Ig{letter}", below, above, scales, is_a_level=True)


ANTIBODIES = (
    Analyte(
        r"ANAs?|anti-?nuclear antibod(?:y|ies)(?: \(ANA\))?|抗核抗体", "", "HP:0003493 Antinuclear antibody positivity"
    ),
    Analyte(
        r"anti-(?:ds|double[- ]stranded )DNA(?: antibod\w+)?|抗(?:双链|ds)-?DNA(?:抗体)?",
        "",
        "HP:0020151 Anti-dsDNA antibody positivity",
        (Scale(r"I?U/mL", 0, 75, 100),),
    ),
    Analyte(
        r"RF|rheumatoid factor(?: \(RF\))?|类风湿因子",
        "",
        "HP:0002923 Rheumatoid factor positive",
        (Scale(r"I?U/mL", 0, 20, math.inf),),
    ),
    Analyte(
        r"anti-CCP(?: antibod\w+)?|抗-?CCP(?:抗体)?",
        "",
        "HP:0034092 Anti-cyclic citrullinated peptide antibody positivity",
        (Scale(r"R?U/mL", 0, 25, math.inf),),
    ),
    Analyte(r"anti-(?-i:Sm)(?: antibod\w+)?|抗(?-i:Sm)(?:抗体)?", "", "HP:0033040 Anti-Sm antibody positivity"),
    Analyte(
        r"(?:anti-?mitochondrial antibod(?:y|ies)|AMA(?:-?M2)?|抗线粒体抗体)",
        "",
        "HP:0030167 Antimitochondrial antibody positivity",
    ),
    Analyte(
        r"(?:anti-?)?(?:AChR|acetylcholine receptor)(?:[- ]?Ab| antibod\w+)|(?:抗乙酰胆碱受体|AChR-?)抗体",
        "",
        "HP:6001064 Anti-acetylcholine receptor antibody positivity",
    ),
    Analyte(r"c?-?ANCA", "", "HP:0032230 Cytoplasmic antineutrophil antibody positivity"),
    Analyte(
        r"(?:anti-TPO|anti-?thyroid peroxidase)(?: antibod\w+)?|(?:TPO|thyroid peroxidase) antibod\w+|TPO-?Ab|"
        r"(?:抗?甲状腺过氧化物酶|抗TPO)抗体",
        "",
        "HP:0025379 Anti-thyroid peroxidase antibody positivity",
    ),
    Analyte(
        r"(?:direct )?(?:Coombs(?: test)?|antiglobulin test)|Coombs试验|(?:直接)?抗人球蛋白试验",
        "",
        "HP:0032366 Positive direct antiglobulin test",
    ),
    Analyte(r"anti-?(?:Ro|SS-?A)(?: antibod\w+)?|抗SSA(?:抗体)?", "", "HP:0033555 Anti-Ro/SS-A antibody positivity"),
    Analyte(
        r"(?:anti-?(?:tTG|TTG|tissue transglutaminase)|tTG(?:[- ]IgA)?)(?: antibod\w+)?",
        "",
        "HP:0033563 Anti-tissue transglutaminase antibody positivity",
    ),
    Analyte(r"(?:anti-?)?PR-?3(?:[- ]ANCA)?", "", "HP:0033557 Anti-proteinase 3 antibody positivity"),
    _immunoglobulin(
        "G",
        6,
        17,
        "HP:0004315 Decreased circulating IgG concentration",
        "HP:0003237 Increased circulating IgG concentration",
    ),
    _immunoglobulin(
        "A",
        0.6,
        4.5,
        "HP:0002720 Decreased circulating IgA concentration",
        "HP:0003261 Increased circulating IgA concentration",
    ),
    _immunoglobulin(
        "M", 0.3, 2.6, "HP:0002850 Decreased circulating total IgM", "HP:0003496 Increased circulating IgM level"
    ),
    Analyte(
        r"(?:total |serum )?IgE",
        "",
        "HP:0003212 Increased circulating IgE concentration",
        (Scale(r"k?I?U/m?L", 0, 200, 20),),
    ),
)
