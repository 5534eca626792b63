"""How vital signs and laboratory values are written: names, units, and plausible values."""

from dataclasses import dataclass

from ...measurements import Quantity
from ..characters import HAN_CLASS

Q = Quantity


@dataclass(frozen=True, slots=True)
class QuantitySyntax:
    """How a quantity is written, its units with the factor to ours, and its plausible values.

    Without a unit in the text, the only unit in which the value is plausible counts; if there are several, none does.
    ``written`` are units that count only if written.
    """

    quantity: Quantity
    names: str
    units: tuple[tuple[str, float], ...]
    believable: tuple[float, float]  # in our unit
    written: tuple[tuple[str, float], ...] = ()


_CELLS = (
    (r"(?:[x×*] ?)?10[\^*]?[9⁹]/L|G/L|[x×] ?10\^?3/[uµμ]L|k/[uµμ]L", 1.0),
    (r"/[uµμ]L|/mm3|/mm³|cells", 1e-3),
)
_LAKHS = ((r"lakhs?|lacs?", 100.0),)
_BY_VOLUME = (_CELLS[1],)
_FEVER = r"(?:3[5-9]|4[0-2])"
_TEN_THOUSANDS = ((r"万(?:/[uµμ]?L)?", 10.0),)
INR = r"INR|international normali[sz]ed ratio|国际标准化比[值率]"
SYNTAXES = (
    QuantitySyntax(Q.SYSTOLIC, r"SBP|systolic(?: (?:blood )?pressure| BP)?|收缩压", ((r"mm ?Hg", 1),), (30, 300)),
    QuantitySyntax(Q.DIASTOLIC, r"DBP|diastolic(?: (?:blood )?pressure| BP)?|舒张压", ((r"mm ?Hg", 1),), (20, 200)),
    QuantitySyntax(
        Q.HEART_RATE,
        # not of a fetus
        r"(?<!fetal )(?<!foetal )(?:HR|heart rate)|pulse(?: rate)?|(?-i:PR)(?=\s?[:=-]?\s?\d{2,3}\s?(?:/ ?min|bpm))|"
        r"(?<!胎)(?<!胎儿)(?<!基线)心室?率|脉搏|"
        r"(?<!胎儿)心跳(?=\s?[:：为约]?\s?\d{2,3}\s?[次下])|"
        r"(?-i:P)(?=[:：-]?\s?\d{2,3}(?:\s?次|\s?/\s?min|\s?bpm|,?\s+(?:(?-i:RR?|BP|T|SpO2)(?![A-Za-z])|(?:ir)?reg)))|"
        # last, after a pressure
        r"(?:(?<=\d/\d\d )|(?<=\d/\d\d\d )|(?<=\d/\d\d, )|(?<=\d/\d\d\d, ))"
        r"(?-i:P)(?=[:：-]?\s?\d{2,3}\s*(?:[.,;)\n]|$))",
        ((r"(?:/ ?min|bpm|beats|[次下])", 1),),
        (15, 300),
    ),
    QuantitySyntax(
        Q.RESPIRATORY_RATE,
        # neither a relative risk nor the oxygen under the heading "Resp"
        r"RR(?!\s?[:=]?\s?\d\.\d)|resp(?:iratory)? rate|respirations?|"
        r"resp(?!\W{0,3}\d\s?(?:L\b|lit|puff|neb|spray|day))|呼吸频率|呼吸(?=\s?[:：为约]?\s?\d)|"
        r"(?-i:R)(?=[:：-]?\s?\d{1,2}(?:\s?次|\s?/\s?min|\s?bpm|,?\s+(?-i:BP|SpO2)\b))|"
        r"(?:(?<=P\d{2} )|(?<=P\d{3} ))(?-i:R)(?=\d{2}\b)",
        ((r"(?:/ ?min|breaths|次)", 1),),
        (4, 120),
    ),
    QuantitySyntax(
        Q.TEMPERATURE,
        r"temp(?:erature)?|Tmax|"
        r"(?<!trop )(?<!troponin )(?-i:T)(?!-[12]\d\b|C\s?[:：]?\s?\d[\d.]*\s?mmol)|[体肛腋耳额口]温|热峰|"
        # the highest of a day, and of a hot patient: not "发热39天", "最高39岁"
        rf"(?:最高|发[热烧]|[高中低]热|高烧|烧[到至])(?=[:：为约达]{{0,2}}\s?{_FEVER}(?:\.\d)?\s?(?:℃|°|度))|"
        rf"发[热烧](?=\s?{_FEVER}\.\d)|(?-i:BT)(?=\s?[:：=]?\s?{_FEVER}(?:\.\d|\s?(?:℃|°)|,?\s(?-i:[PHR]R|BP)))|"
        # not "fever 38 weeks"
        r"(?:fever|febrile|pyrexi[ac]l?)(?=[:\s]{1,2}(?:(?:of|to|at|up to) ){0,2}"
        r"(?:3[89]|4[0-2]|10\d)(?:\.\d|\s?[°℃℉]|\s?[CF]\b|\s*(?:[,;)\n]|\.(?!\d)|$)))|"
        # "spiked" is not of CRP
        r"(?:(?<![^.,;:(\n])|(?<=[.,;:(\n] )|(?<=\bpt )|(?<=patient )|(?<=\bhe )|(?<=\bshe )|(?<=\bhas )|(?<=\band )|"
        r"(?<=then )|(?<=again )|(?<=still )|(?<=temp )|(?<=fever )|(?<=overnight )|(?<=today )|(?<=now ))"
        r"spik(?:ed|ing|es?)(?=[:\s]{1,2}(?:(?:to|at|of)\s)?(?:3[89]|4[0-2])\.\d)",
        ((r"°? ?C\b|℃|度", 1), (r"°? ?F\b|℉", 0)),
        (25, 44),
    ),
    QuantitySyntax(
        Q.SATURATION,
        r"SpO[2₂]|SaO2|O2 sats?|(?:oxygen|O2) saturations?|sats?|satting|(?:de)?saturat(?:ing|ed)|pulse ox(?:imetry)?|"
        r"saturations?(?=(?: (?:is|are|was|of|at|now))* \d{2,3} ?% (?:(?:on|in) )?(?:room air|air|RA|oxygen|\d+ ?L)\b)|"
        r"O2(?=[:-]? ?\d{2} ?% (?:on )?(?:RA\b|room air))|血氧(?:饱和度)?|(?<!血)氧饱和度|指脉氧|"
        # without a name: "RR 32, 82% on air"; RA is also the right atrium
        r"(?=(?:[4-9]\d|100) ?% (?:on )?(?:room air\b|(?<=on )air\b(?! (?:condition|mattress|travel|bed\b))|"
        r"(?-i:RA)(?=\s*(?:[,.;)]|$)|\s(?-i:HR|BP|RR|T|P|GCS|NEWS)\b|\s?(?:-+>|→))))(?<![.\d])"
        r"(?:(?<![\w%] )|(?<=\d\d )|(?<=today )|(?<=now )|(?<=ently )|(?<=\bis )|(?<=\bto )|(?<=\bat ))",
        ((r"%", 1),),
        (40, 100),
    ),
    QuantitySyntax(
        Q.GCS,
        r"(?:GCS|Glasgow(?: coma (?:scale|score)|(?=昏迷|评分))|格拉斯哥)"
        r"(?:\s?(?:total|score|昏迷|评分|量表|指数|总分))*",
        ((r"/ ?15|分(?!钟)", 1),),
        (3, 15),
    ),
    QuantitySyntax(
        Q.GLUCOSE,
        r"glucose|gluc?|blood sugar|(?<!尿)血糖",
        ((r"mmol/L", 1), (r"mg/dL", 1 / 18.016)),
        (0.5, 80),
    ),
    QuantitySyntax(  # also an infusion
        Q.GLUCOSE,
        r"(?<![尿%％])(?<![%％] )葡萄糖(?![酸糖苷])",
        (),
        (0.5, 80),
        ((r"mmol/L", 1), (r"mg/dL", 1 / 18.016)),
    ),
    QuantitySyntax(  # by a meter, which shows no more than 600 mg/dL
        Q.GLUCOSE,
        r"(?-i:BG)|BGL|BSL|[CR]BG|G?RBS|FSB[GS]|accu-?che(?:ck|k)s?|"
        r"(?:finger-?sticks?|POCT?)(?: blood)?(?: glucose| sugar)?|glucose \(?POCT?\)?",
        ((r"mmol/L", 1), (r"mg/dL", 1 / 18.016)),
        (0.5, 33.4),
    ),
    QuantitySyntax(  # by a meter in Taiwan, not of frozen sections: "F/S: 32"
        Q.GLUCOSE,
        r"(?-i:F/S)(?=\s?[:：=]?\s?\d{2,3}(?![\d./-])(?:\s?mg|\s*(?:[,，.;；。)]|$)|\s(?-i:HR|BP|GCS)))|"
        r"one[- ]?touch|finger[- ]?sugar",
        ((r"mg/dL", 1 / 18.016),),
        (0.5, 33.4),
        ((r"mmol/L", 1),),
    ),
    QuantitySyntax(  # also bowel movements, but nobody has that many without further words
        Q.GLUCOSE,
        r"(?-i:BM)(?=\s?[:=]?\s?(?:0\d[0-5]\d:?\s)?(?:\d{1,2}(?:[.,]\d|\s?mmol)|"
        r"(?:1[5-9]|2\d|3[0-3])(?=[,;)\n]|\.(?!\d)|$|\s(?:and|on|with|ket|(?-i:pH|HCO3|K|Na|HR|BP|GCS|RR|T)[:=]?\s?\d))"
        r"(?![^.;\n]{0,30}(?:stool|blood|bleed|loose|water|formed|muc[ou]|tenesm|urgen|\bday|daily|nocturnal))))",
        ((r"mmol/L", 1),),
        (0.5, 33.4),
    ),
    QuantitySyntax(
        Q.KETONES, r"(?:blood |serum )?ketones|kets?|BHB|beta-hydroxybutyrate|血酮体?", ((r"mmol/L", 1),), (0, 20)
    ),
    QuantitySyntax(Q.PH, r"(?:arterial |venous )?(?-i:pH)", ((r"(?!)", 1),), (6.5, 7.9)),
    QuantitySyntax(
        Q.BICARBONATE,
        r"bicarb(?:onate)?|HCO3-?|碳酸氢根|"
        # after chloride it is not of a gas
        r"(?:(?<=Cl \d\d )|(?<=Cl \d\d, )|(?<=Cl \d\d\d )|(?<=Cl \d\d\d, ))"
        r"t?CO2(?=\s?[:=]?\s?\d{1,2}(?:\.\d)?[,;]?\s+(?-i:BUN|AG|Cr|Glu)\b)",
        ((r"mmol/L|mEq/L", 1),),
        (2, 60),
    ),
    QuantitySyntax(
        Q.POTASSIUM, rf"potassium|(?-i:K\+?)|(?:血清?|(?<!{HAN_CLASS}))钾(?:离子)?", ((r"mmol/L|mEq/L", 1),), (1, 12)
    ),
    QuantitySyntax(
        Q.SODIUM, rf"sodium|(?-i:Na\+?)|(?:血清?|(?<!{HAN_CLASS}))钠(?:离子)?", ((r"mmol/L|mEq/L", 1),), (90, 200)
    ),
    QuantitySyntax(
        Q.CALCIUM,
        r"(?<!ionized )(?<!ionised )(?:calcium|(?-i:Ca)(?:2?\+{1,2})?(?! ?(?:125|15-3|19-9|72-4)\b))|血清?钙",
        ((r"mmol/L", 1), (r"mg/dL", 1 / 4.008)),
        (0.5, 6),
    ),
    QuantitySyntax(
        Q.LACTATE,
        r"lactate|lactic acid|(?-i:Lact?)|乳酸|"
        # neither "lac 3 stitches" nor "eyebrow lac 2.5"
        r"(?-i:(?<![a-z] )|(?<=gas )|(?<=venous )|(?<=arterial )|(?<=and )|(?<=with ))"
        r"lact?(?=[\s:=]{1,2}\d{1,2}\.\d(?!\s?(?:inch|deep|long|wide)))",
        ((r"mmol/L", 1),),
        (0.1, 40),
        ((r"mg/dL", 1 / 9.008),),
    ),
    QuantitySyntax(  # not one to which a protein of the urine is related
        Q.CREATININE,
        r"(?<!alb[/:])(?<!prot[/:])(?<!albumin[/: -])(?<!protein[/: -])(?<!蛋白[/:])"
        r"(?:crea(?:t(?:inine)?)?|(?-i:S?Cr|Scr)|肌酸?酐)"
        r"(?! ratio|比|[^.\d\n]{0,9}\d[\d.]*\s?m?g/(?:m?mol|g)\b)",
        ((r"[uµμ]mol/L", 1), (r"mg/dL", 88.4)),
        (10, 3000),
    ),
    QuantitySyntax(Q.UREA, r"urea(?! nitrogen)|尿素(?!氮)", ((r"mmol/L", 1), (r"mg/dL", 1 / 6.006)), (0.3, 100)),
    QuantitySyntax(Q.UREA, r"BUN|(?:blood )?urea nitrogen|尿素氮", ((r"mmol/L", 1), (r"mg/dL", 1 / 2.8)), (0.3, 100)),
    QuantitySyntax(
        Q.BILIRUBIN,
        r"T-?BIL|(?:total |T\.? ?|(?<!direct )(?<!conjugated )(?<!D ))bili(?:rubin)?|(?<!接)(?<!结合)胆红素",
        ((r"[uµμ]mol/L", 1), (r"mg/dL", 17.1)),
        (1, 900),
    ),
    QuantitySyntax(
        Q.HEMOGLOBIN,
        r"ha?emoglobin(?! A1c)|Hb|Hgb|"
        r"(?<!糖化)(?<!高铁)(?<!碳氧)(?<!网织)(?<!游离)(?<!胎儿)(?<!平均)(?<!红细胞)(?<!血球)(?:血红蛋白|血色素|血红素)",
        ((r"g/L", 1), (r"g/dL", 10)),
        (15, 250),
    ),
    QuantitySyntax(
        Q.CARBOXYHEMOGLOBIN,
        r"CO-?Hb|SpCO|carboxy-?ha?emoglobin|碳氧血红蛋白(?:浓度|饱和度)?",
        ((r"%", 1),),
        (0, 90),
    ),
    QuantitySyntax(
        Q.LEUKOCYTES,
        r"WBCs?|WCC|white (?:(?:blood )?cell(?: count)?s?|(?:blood )?count)|leu[ck]ocytes?(?: count)?|白细胞|白血球",
        _CELLS,
        (0.05, 500),
        _TEN_THOUSANDS,
    ),
    QuantitySyntax(  # without a unit it may be a share of the white cells, unless it is called a count
        Q.NEUTROPHILS,
        r"(?<!absolute )neut(?:rophil)?s?#?(?: count)?|中性粒细胞(?:绝对值|绝对计数|计数|"
        r"(?=[^，,。；;\n]{0,16}(?:[x×*]\s?10[\^*]?[9⁹]|/[uµμ]L)))|"
        r"(?-i:N)#?(?=[:：=]?\s?\d{1,2}(?:\.\d{1,3})?\s?[x×*]\s?10[\^*]?[9⁹])",
        _CELLS[:1],
        (0, 50),
        _BY_VOLUME,
    ),
    QuantitySyntax(  # not of antenatal care
        Q.NEUTROPHILS,
        r"ANC(?!\s?[:=]?\s?\d{1,2},?\s(?:visits?|appointments?|contacts?|checks?|scans?|attend\w*|un-?booked)\b)|"
        r"absolute neutrophil count",
        _CELLS,
        (0.01, 50),
    ),
    QuantitySyntax(
        Q.PLATELETS,
        r"platelets?(?: count)?|plts?|血小板",
        _CELLS,
        (1, 3000),
        _TEN_THOUSANDS + _LAKHS,
    ),
    QuantitySyntax(Q.INR, INR, ((r"(?!)", 1),), (0.5, 30)),
    QuantitySyntax(Q.CRP, r"CRP|C-reactive protein|C-?反应蛋白", ((r"mg/L", 1), (r"mg/dL", 10)), (0, 700)),
)
_BELIEVABLE = {syntax.quantity: syntax.believable for syntax in reversed(SYNTAXES)}  # the first one counts


def is_plausible(quantity: Quantity, value: float) -> bool:
    """Whether a living patient can have this value, in the unit of ``quantity``."""
    low, high = _BELIEVABLE[quantity]
    return low <= value <= high
