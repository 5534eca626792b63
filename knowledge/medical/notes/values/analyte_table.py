"""The laboratory tests of :mod:`.results`: names, normal ranges, and the findings that results stand for.

Ranges are for adults, as in :mod:`.ranges` (ABIM Laboratory Reference Ranges, rounded outwards). An ejection fraction
is normal from 50% (Texas Heart Institute), a corrected QT interval up to 460 ms (PMID 24825030), an intraocular
pressure up to 21 mmHg (University of Illinois Eye and Ear Infirmary), an ankle-brachial index from 0.9 (PMC1950873).
"""

import math

from .analyte import NAMED_ZH, Analyte, Scale, in_unit
from .antibodies import ANTIBODIES
from .blood import BLOOD
from .hormones import HORMONES

_U = r"U/L|IU/L|units/L"
_MG_DL, _A_DAY = r"mg/dL", r"(?:/ ?(?:24 ?(?:小时|h)|[dD日天]))?"
_BNP_ZH = "(?:脑钠肽|B型钠尿肽)"
_BNP = "HP:0033534 Increased circulating brain natriuretic peptide concentration"
ANALYTES = (
    Analyte(
        r"(?:LV ?)?EF|(?:left ventricular )?ejection fraction|(?:左室)?射血分数",
        "HP:0012664 Reduced left ventricular ejection fraction",
        scales=(Scale("%", 50, 100, 5, 90),),
        of_children=True,
    ),
    Analyte(
        r"QTc(?: ?interval)?|(?:校正)?QTc?间期",
        "",
        "HP:0001657 Prolonged QT interval",
        (Scale(r"ms(?:ec)?|毫秒", 0, 460, 200, 800), Scale(r"s(?:ec)?|秒", 0, 0.46, 0.2, 0.8)),
        of_children=True,
    ),
    Analyte(
        r"(?:IOPs?|intraocular pressures?)(?: (?:OD|OS|OU|right|left|[RL])\b)?",
        "",
        "HP:0007906 Ocular hypertension",
        in_unit(r"mm ?Hg", 0, 21, 5),
        of_children=True,
    ),
    Analyte(
        r"ABP?I|ankle[- ]brachial (?:pressure )?index|踝肱指数",
        "HP:0004950 Peripheral arterial stenosis",
        scales=(Scale(r"(?!)", 0.9, 3, 0.1, 2),),
        of_children=True,
    ),
    Analyte(
        r"ESR|erythrocyte sedimentation rate|sed(?:imentation)? rate|血沉",
        above="HP:0003565 Elevated erythrocyte sedimentation rate",
        scales=in_unit(r"mm/h(?:r|our)?", 0, 30),
        of_children=True,
    ),
    Analyte(
        r"albumin|ALB|(?<![前尿量水液化])白蛋白",
        "HP:0003073 Hypoalbuminemia",
        scales=(Scale(r"g/dL", 3.4, 5.6, 0.8, 7), Scale(r"g/L", 34, 56, 8)),
        of_children=True,
    ),
    Analyte(
        r"(?:total )?cholesterol|总胆固醇|(?-i:TC|CHOL?)(?=\s?[:：]?\s?\d[\d.]*\s?mmol)",
        "",
        "HP:0003124 Hypercholesterolemia",
        (Scale(_MG_DL, 0, 240, 40), Scale(r"mmol/L", 0, 6.2, 1, 30)),
        high_in_children=0,
    ),
    Analyte(
        r"LDL(?:[- ](?:cholesterol|C))?|低密度脂蛋白(?:胆固醇)?",
        "",
        "HP:0003141 Increased LDL cholesterol concentration",
        (Scale(_MG_DL, 0, 160, 20), Scale(r"mmol/L", 0, 4.1, 0.3, 15)),
    ),
    Analyte(
        r"triglycerides?|甘油三酯|三酰甘油|(?-i:TG)(?=\s?[:：]?\s?\d[\d.]*\s?mmol)",
        "",
        "HP:0002155 Hypertriglyceridemia",
        (Scale(_MG_DL, 0, 200, 20), Scale(r"mmol/L", 0, 2.3, 0.2, 60)),
        high_in_children=0,
    ),
    Analyte(
        r"AST|SGOT|aspartate aminotransferase|谷草转氨酶|天门?冬氨酸氨基转移酶",
        "",
        "HP:0031956 Elevated circulating aspartate aminotransferase concentration",
        in_unit(_U, 0, 45),
        high_in_children=150,
    ),
    Analyte(
        r"ALT|SGPT|alanine aminotransferase|谷丙转氨酶|丙氨酸氨基转移酶",
        "",
        "HP:0031964 Elevated circulating alanine aminotransferase concentration",
        in_unit(_U, 0, 45),
        high_in_children=100,
    ),
    Analyte(
        r"(?:liver )?transaminases|LFTs?|liver (?:function tests?|enzymes)",
        "",
        "HP:0002910 Elevated circulating hepatic transaminase concentration",
    ),
    Analyte(
        r"A[LK]P|alk(?:aline)?\.? phos(?:phatase)?|碱性磷酸酶",
        "",
        "HP:0003155 Elevated circulating alkaline phosphatase concentration",
        in_unit(_U, 0, 125),
    ),
    Analyte(
        r"GGT|γ-?GT|gamma[- ]glutamyl transferase|谷氨酰转[肽移]酶",
        "",
        "HP:0030948 Elevated gamma-glutamyltransferase level",
        in_unit(_U, 0, 65),
    ),
    Analyte(
        r"LDH|lactate dehydrogenase|(?<![水液])乳酸脱氢酶",
        "",
        "HP:0025435 Increased circulating lactate dehydrogenase concentration",
        in_unit(_U, 0, 260),
        high_in_children=1000,
    ),
    Analyte(
        r"lipase|脂肪酶",
        "",
        "HP:0032932 Increased circulating pancreatic triacylglycerol lipase level",
        in_unit(_U, 0, 160),
        of_children=True,
    ),
    Analyte(r"amylase|(?<![尿水液])淀粉酶", "", "HP:0410288 Hyperamylasemia", in_unit(_U, 0, 130), of_children=True),
    Analyte(
        r"CK|CPK|creatine (?:phospho)?kinase|肌酸激酶",
        "",
        "HP:0003236 Elevated circulating creatine kinase concentration",
        in_unit(_U, 0, 300),
        high_in_children=1000,
    ),
    Analyte(
        r"CK-?MB|肌酸激酶同[工功]酶(?:MB)?",
        "",
        "HP:0032232 Increased circulating creatine kinase MB isoform",
        (Scale(_U, 0, 25), Scale(r"ng/mL|[uµμ]g/L", 0, 6)),
        of_injury=True,
    ),
    *BLOOD,
    Analyte(
        r"uric acid|urate|尿酸",
        "",
        "HP:0002149 Hyperuricemia",
        (Scale(_MG_DL, 0, 7.5, 0.5, 30), Scale(r"[uµμ]mol/L", 0, 450, 60)),
    ),
    Analyte(
        # "500 mg 6 hourly" is a dose, "K 7.1 Mg 1.8" two values
        r"magnesium|血镁|镁离子|(?<!\d)(?<!\d\s)(?-i:M[gG])2?\+{0,2}|mg(?=\s*[:=]?\s*\d+[.,]\d)",
        "HP:0002917 Hypomagnesemia",
        "HP:0002918 Hypermagnesemia",
        (Scale(_MG_DL, 1.5, 2.6, 0.4), Scale(r"mEq/L", 1.23, 2.13, 0.3), Scale(r"mmol/L", 0.62, 1.07, 0.2, 7)),
    ),
    Analyte(
        r"phosph(?:ate|orus)|血磷",
        "HP:0002148 Hypophosphatemia",
        "HP:0002905 Hyperphosphatemia",
        (Scale(_MG_DL, 2.4, 4.8, 0.3, 25), Scale(r"mmol/L", 0.78, 1.55, 0.1, 7)),
    ),
    # In ng/L the 99th percentile of the high-sensitivity test, after the Fourth Universal Definition of Myocardial
    # Infarction (https://doi.org/10.1161/CIR.0000000000000617): T 14, I of men 34.
    Analyte(
        r"(?:cardiac |hs-?|high[- ]sensitivity )*(?:trop(?:onin)?s? T|c?TnT)|(?:高敏|超敏|心肌)*肌钙蛋白\s?T",
        "",
        "HP:0410174 Increased circulating troponin T concentration",
        (Scale(r"ng/mL|[uµμ]g/L", 0, 0.014, 0, 100), Scale(r"ng/L|pg/mL", 0, 14, 3)),
        of_injury=True,
    ),
    Analyte(
        r"(?:cardiac |hs-?|high[- ]sensitivity )*(?:trop(?:onin)?s?(?: I)?|c?TnI)|(?:高敏|超敏|心肌)*肌钙蛋白(?:\s?I)?",
        "",
        "HP:0410173 Increased circulating troponin I concentration",
        (Scale(r"ng/mL|[uµμ]g/L", 0, 0.04, 0, 100), Scale(r"ng/L|pg/mL", 0, 34, 3)),
        of_injury=True,
    ),
    Analyte(
        rf"BNP|(?:brain|B-type) natriuretic peptide|(?<!末端){_BNP_ZH}(?!前体|原)",
        "",
        _BNP,
        in_unit(r"pg/mL|ng/L", 0, 100),
    ),
    Analyte(  # the fragment, whose level is higher
        r"(?:(?:NT|N-terminal)[- ]?)?pro[- ]?(?:BNP|(?:brain|B-type) natriuretic peptide)|"
        rf"(?:N末端)?{_BNP_ZH}(?:前体|原)",
        "",
        _BNP,
        in_unit(r"pg/mL|ng/L", 0, 300),
    ),
    Analyte(
        r"HbA1c|ha?emoglobin A1c|A1c|糖化血红蛋白",
        "",
        "HP:0040217 Elevated hemoglobin A1c",
        (Scale("%", 0, 6.4, 3, 20), Scale(r"mmol/mol", 0, 46, 20)),
    ),
    Analyte(
        r"D[- ]dimers?|D-?二聚体",
        "",
        "HP:0033106 Elevated circulating D-dimer concentration",
        (Scale(r"mg/L|[uµμ]g/mL", 0, 0.5, 0, 40), Scale(r"ng/mL|[uµμ]g/L", 0, 500, 41)),
    ),
    Analyte(r"PaCO2|pCO2", "", "HP:0012416 Hypercapnia", (Scale(r"mm ?Hg", 0, 47, 10), Scale(r"kPa", 0, 6.3, 1.5, 20))),
    Analyte(r"PaO2|pO2", "HP:0012418 Hypoxemia", "", (Scale(r"mm ?Hg", 70, 700, 15), Scale(r"kPa", 9.3, 93, 2, 20))),
    Analyte(r"haptoglobin|结合珠蛋白", "HP:0020181 Reduced haptoglobin level"),
    Analyte(
        r"FEV1\s?[:/ ]\s?FVC(?: ratio)?",
        "HP:0030877 Reduced FEV1/FVC ratio",
        "",
        (Scale("%", 70, 100, 15), Scale(r"(?!)", 0.7, 1, 0.15, 1)),
    ),
    Analyte(r"DLCO|diffusi(?:on|ng) capacity", "HP:0045051 Decreased DLCO", "", in_unit("%", 75, 150, 15)),
    Analyte(
        r"(?:FEV1|forced expiratory volume[^.:]{0,20})",
        "HP:0032342 Reduced forced expiratory volume in one second",
        "",
        in_unit("%", 78, 150, 15),
    ),
    Analyte(r"TLC|total lung capacity", "HP:0033169 Reduced total lung capacity", "", in_unit("%", 78, 150, 15)),
    Analyte(
        r"AFP|alpha[- ]fetoprotein|甲胎蛋白",
        "",
        "HP:0006254 Elevated circulating alpha-fetoprotein concentration",
    ),
    Analyte(
        r"CEA|carcinoembryonic antigen|癌胚抗原",
        "",
        "HP:0031029 Elevated circulating carcinoembryonic antigen concentration",
    ),
    Analyte(
        r"PSA|prostate[- ]specific antigen",
        "",
        "HP:0025020 Elevated prostate-specific antigen level",
        in_unit(r"ng/mL|[uµμ]g/L", 0, 4.5),
    ),
    *ANTIBODIES,
    *HORMONES,
    Analyte(
        r"C3|complement C3|补体\s?C3",
        "HP:0005421 Decreased circulating complement C3 concentration",
        "",
        in_unit(r"g/L", 0.7, 3, math.inf),
    ),
    Analyte(
        r"C4|complement C4|补体\s?C4",
        "HP:0045042 Decreased circulating complement C4 concentration",
        "",
        in_unit(r"g/L", 0.1, 3, math.inf),
    ),
    Analyte(
        r"PCT|procalcitonin|降钙素原",
        "",
        "HP:0032308 Increased circulating procalcitonin concentration",
        in_unit(r"ng/mL|[uµμ]g/L", 0, 0.5, math.inf),
        of_children=True,
    ),
    Analyte(r"anion gap|阴离子间隙", "", "HP:0031962 Elevated serum anion gap", in_unit(r"mmol/L|mEq/L", 0, 16, 2)),
    Analyte(
        r"(?:total )?(?:plasma )?(?:homocyst(?:e?ine)|Hcy)|同型半胱氨酸",
        "",
        "HP:0002160 Hyperhomocystinemia",
        in_unit(r"[uµμ]mol/L", 0, 15, 3),
        of_children=True,
    ),
    Analyte(
        r"methionine",
        "HP:0003658 Hypomethioninemia",
        "HP:0003235 Hypermethioninemia",
        in_unit(r"[uµμ]mol/L", 10, 60, math.inf),
        of_children=True,
    ),
    Analyte(
        r"ammonia|血氨",
        "",
        "HP:0001987 Hyperammonemia",
        in_unit(r"[uµμ]mol/L", 0, 60, 10),
        high_in_children=120,
    ),
    Analyte(
        r"chloride|(?-i:Cl)-?|血氯|氯化物",
        "HP:0003113 Hypochloremia",
        "HP:0011423 Hyperchloremia",
        in_unit(r"mmol/L|mEq/L", 95, 109, 60),
        of_children=True,
    ),
    Analyte(
        r"(?:urin(?:e|ary) )?porphobilinogen|PBG|(?:尿)?卟胆原",
        "",
        "HP:0012217 Increased urinary porphobilinogen",
        (Scale(r"mg/(?:L|day|24 ?h)", 0, 2.5, math.inf), Scale(r"[uµμ]mol/L", 0, 10, math.inf)),
    ),
    Analyte(
        r"(?:urin(?:e|ary) )?(?:δ|delta|d)-?amino-?la?evulinic acid",
        "",
        "HP:0003163 Elevated urinary delta-aminolevulinic acid",
    ),
    Analyte(r"ceruloplasmin|铜蓝蛋白", "HP:0010837 Decreased circulating ceruloplasmin concentration"),
    Analyte(  # only with its unit, since a bare number may be a dose
        r"(?:vit(?:amin)? )?B-?12|cobalamin|维生素\s?B12",
        "HP:0100502 Decreased circulating vitamin B12 concentration",
        scales=(Scale(r"ng/L|pg/mL", 180, 2000, math.inf), Scale(r"pmol/L", 130, 1500, math.inf)),
    ),
    Analyte(
        r"fol(?:ate|ic acid)|叶酸(?=水平|测定|\s?\d[\d.]*\s?n|降低|减低|偏低|[↓⬇])",
        "HP:0100507 Reduced blood folate concentration",
    ),
    Analyte(
        r"(?:25-OH |25-hydroxy)?vit(?:amin|\.)? D3?|25-?羟?(?:基)?维生素\s?D3?",
        "HP:0100512 Decreased circulating vitamin D concentration",
        scales=(Scale(r"nmol/L", 30, 1000, math.inf), Scale(r"ng/mL", 12, 400, math.inf)),
    ),
    Analyte(
        r"BMI|body mass index|体重指数",
        "HP:0045082 Decreased body mass index",
        "HP:0001513 Obesity",
        (Scale(r"kg/m(?:2|²|\^2)", 18.5, 29.9, 8, 90),),
    ),
    Analyte(
        r"AHI|apno?ea[- ]hypopno?ea index|(?:呼吸暂停)?低通气指数",
        "",
        "HP:0010535 Sleep apnea",
        in_unit(r"(?:events)?/ ?h(?:r|our)?", 0, 4.9),
    ),
    Analyte(
        r"(?:24-?h(?:our)? )?(?:urine |urinary )?protein(?:uria)?(?: excretion)?",
        "",
        "HP:0000093 Proteinuria",
        (
            Scale(r"g ?(?:/|per )\s?(?:24 ?h(?:ours?)?|d(?:ay)?)", 0, 0.3, math.inf),
            Scale(r"mg ?(?:/|per )\s?(?:24 ?h(?:ours?)?|d(?:ay)?)", 0, 300, math.inf),
        ),
    ),
    Analyte(
        r"(?:24 ?(?:小时|h) ?)?尿蛋白(?:定量|总量)",
        "",
        "HP:0000093 Proteinuria",
        (Scale(rf"g{_A_DAY}", 0, 0.3, math.inf), Scale(rf"mg{_A_DAY}", 0, 300, math.inf)),
        of_children=True,
    ),
    Analyte(r"(?:urine |urinary )?protein(?:uria)?(?= ?[:(]? ?(?:[1-4]\s?\+|positive))", "", "HP:0000093 Proteinuria"),
    Analyte(r"(?:urine |urinary )?(?:RBCs?|blood)(?= ?[:(]? ?[1-4]\s?\+)", "", "HP:0000790 Hematuria"),
    Analyte(r"(?:urine |urinary )?ketones?(?= ?[:(]? ?(?:[1-4]\s?\+|positive))", "", "HP:0002919 Ketonuria"),
    Analyte(r"尿酮体?", "", "HP:0002919 Ketonuria"),
    Analyte(r"(?:urine |urinary )?(?:glucose|sugar)(?= ?[:(]? ?(?:[1-4]\s?\+|positive))", "", "HP:0003076 Glycosuria"),
    Analyte(r"leu[ck]ocyte esterase", "", "HP:0012085 Pyuria"),
    Analyte(r"nitrites?|亚硝酸盐", "", "HP:0031812 Nitrituria"),
    Analyte(
        rf"(?:WBCs?|white (?:blood )?cell count|leu[ck]ocyte count)(?!\s?[(（]\s?[-−－+＋])|白细胞(?:计数)?{NAMED_ZH}",
        "HP:0001882 Leukopenia",
        "HP:0001974 Leukocytosis",
    ),
    Analyte(
        rf"ha?emoglobin|Hgb|Hb|血红蛋白{NAMED_ZH}",
        "HP:0001903 Anemia",
        "HP:0001900 Increased circulating hemoglobin concentration",
    ),
    Analyte(
        rf"platelets?(?: count)?|PLT|血小板(?:计数)?{NAMED_ZH}",
        "HP:0001873 Thrombocytopenia",
        "HP:0001894 Thrombocytosis",
    ),
    Analyte(r"CRP|C-reactive protein", "", "HP:0011227 Elevated circulating C-reactive protein concentration"),
    Analyte(
        rf"creatinine|(?-i:Cr|CREA)(?=\s?[↑⬆])|(?<!尿)肌酐{NAMED_ZH}",
        "",
        "HP:0003259 Elevated circulating creatinine concentration",
    ),
    Analyte(
        r"calcium|血清?钙(?=[↑↓⬆⬇])|(?-i:Ca)2?\+{0,2}(?! ?(?:125|19)\b|\s+(?:positive|detected))",
        "HP:0002901 Hypocalcemia",
        "HP:0003072 Hypercalcemia",
    ),
    Analyte(rf"sodium|血清?钠{NAMED_ZH}", "HP:0002902 Hyponatremia", "HP:0003228 Hypernatremia"),
    Analyte(rf"potassium|血清?钾{NAMED_ZH}", "HP:0002900 Hypokalemia", "HP:0002153 Hyperkalemia"),
    Analyte(
        r"BUN|urea nitrogen|尿素氮",
        "",
        "HP:0003138 Increased blood urea nitrogen",
        (Scale("mmol/L", 2.5, 8.5), Scale("mg/dL", 7, 24)),
    ),
    Analyte(
        r"urea",
        "",
        "HP:0003138 Increased blood urea nitrogen",
        (Scale("mmol/L", 2.5, 8.5), Scale("mg/dL", 15, 51)),
    ),
    Analyte(rf"(?:total )?bilirubin|总?胆红素{NAMED_ZH}", "", "HP:0002904 Hyperbilirubinemia"),
    Analyte(
        r"(?:(?:stool|fa?ecal) )?calprotectin|粪?便?钙卫蛋白",
        "",
        "HP:0034056 Increased fecal calprotectin level",
        in_unit(r"[uµμ]g/g|mcg/g|mg/kg", 0, 150),
    ),
    Analyte(
        rf"(?:fasting |random )?(?:blood )?(?:glucose|sugar)|血糖{NAMED_ZH}",
        "HP:0001943 Hypoglycemia",
        "HP:0003074 Hyperglycemia",
    ),
)
