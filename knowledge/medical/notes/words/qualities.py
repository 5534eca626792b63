"""Qualities of pain stated after its name, which make it another finding: ``chest pain for 2 h, crushing``.

In Chinese also measurements of a part of the body: ``左上肢肌力3级``, ``脾肋下2cm``.

Before the name (``crushing chest pain``) a quality is part of a phrase of :mod:`...common` like any other.
"""

import re
from collections.abc import Iterator

from ...codes import code_of
from ..scan import PatternScan

_CHEST = r"(?:\b(?:chest|retrosternal|substernal|precordial)\s(?:pains?|discomfort)\b|\bCP\b)"
_HEAD = r"(?:\bheadaches?\b|\bHA\b)"
# Up to a comma, a colon or a verb; without words that begin something else, or negate
_BETWEEN = (
    r"(?:(?!\b(?:no|not|non|never|denie[sd]|without|and|or|but|with|then|radiat\w+|worse|better|relie\w+|pains?|aches?|"
    r"history|hx|previous\w*|prior|past|last|ago)\b)[^.;\n?]){0,40}?"
    r"(?:[,:(]\s?|\b(?:is|was|feels|felt|described)\s)(?:(?:described\s)?(?:as|like)\s|is\s|was\s|feels\s|an?\s|very\s|the\s)*"
)
_ALONE = (
    r"(?=\s*(?:[,.;)]|$|in (?:nature|character|quality)\b|(?:and|for|feeling|sensation|pressure)\b))"  # "heavy smoker"
)
_CHEST_ZH = r"(?<!无)(?<!无明显)(?<!没有)(?<!否认)(?:胸|心前区)[^，。；;、\n]{0,4}?[痛闷]"
_NEXT_ZH = r"(?:(?!无|否认|不|未|[咳喘吐腹头]|气[促短急]|呼吸|心悸)[^。；;\n？?]){0,40}?"  # no other complaint between
_CLAUSE_END_ZH = r"(?=\s*(?:[，,。；;、）)\n]|$|上述|胸|心前区|疼痛))"  # not "活动后出现气促"
_MIDDLE = r"(?:(?!无|否认|不|既往)[^。；;\n？?]){0,15}?[，,：:](?:呈|为|性质为?)?"
_AT_NIGHT_ZH = r"(?:夜间|夜里|晚上|入夜)(?:尤甚|尤其|明显|加重|加剧|剧烈|为著|为甚|为重|重)"
_POWER = (
    r"[^，。；;、\n无未不]{0,5}?(?P<is>肌力[:：约为]?(?:[0-4](?![\d.])|[ⅠⅡⅢⅣ]|I{1,3}(?![IV])|IV)[-+]?"
    r"(?:[-~][1-5ⅠⅡⅢⅣⅤ])?级)"
)
_NUMB_AND_WEAK = r"(?:麻木|发麻)[、，及和伴并]{0,2}(?P<is>[无乏]力)"
_CM = r"(?:约|可触及)?\s?"
_JOINT = r"\b(?:knees?|ankles?|wrists?|elbows?|joints?)\b"
_LIMB = r"\b(?:legs?|calf|shins?|thighs?|foot|feet|forearms?|arms?)\b"
_LINK = (
    r"is|are|was|were|has|have|become|became|looks?|appears?|now|very|quite|so|extremely|exquisitely|markedly|both|and"
)
_SORE = r"swollen|tender|painful|inflamed"
_RED, _WARM = "red|reddened|erythematous", "hot|warm"


def _of(part: str, told: str, others: str) -> str:
    """One of a row of adjectives of a part of the body, beside one of ``others``: "knee is red, hot and swollen"."""
    return (
        rf"{part}(?=(?:[\s,]{{1,2}}(?:{_LINK}|{told}|{others})\b){{0,9}}?[\s,]{{1,2}}(?:{others})\b)"
        rf"(?:[\s,]{{1,2}}(?:{_LINK}|{others})\b){{0,8}}?[\s,]{{1,2}}(?P<is>{told})\b"
    )


_QUALITIES = (
    (
        "R1:0001 Crushing chest pain",
        rf"{_CHEST}{_BETWEEN}(?P<is>crushing|squeezing|heavy|heaviness|press(?:ing|ure[- ]like)|vi[cs]e[- ]like)"
        rf"{_ALONE}",
    ),
    ("R1:0002 Tearing chest pain", rf"{_CHEST}{_BETWEEN}(?P<is>tearing|ripping){_ALONE}"),
    ("R1:0136 Hot joint", _of(_JOINT, _WARM, f"{_RED}|{_SORE}")),
    ("HP:0001386 Joint swelling", _of(_JOINT, "swollen", f"{_WARM}|{_RED}|{_SORE}")),
    ("R1:0025 Localized skin warmth", _of(_LIMB, _WARM, f"{_RED}|{_SORE}")),
    ("HP:0010783 Erythema", _of(_LIMB, _RED, f"{_WARM}|{_SORE}")),
    (
        "HP:0030907 Thunderclap headache",
        rf"{_HEAD}{_BETWEEN}(?P<is>thunderclap|worst(?:\s(?:one|headache|HA))?\s(?:ever|(?:of|in)\s(?:(?:my|his|her|their|the)\s)?life)|"
        r"maximal\s(?:at|within)\s(?:once|onset|seconds|an?\s(?:few\s)?(?:seconds?|minutes?)))\b",
    ),
    (
        "HP:0030907 Thunderclap headache",
        rf"{_HEAD}[^.;\n]{{0,40}}?\b(?P<is>(?:reach|peak|attain)(?:es|s|ed|ing)?\b[^.;,\n]{{0,30}}?\b(?:with)?in "
        r"(?:seconds|moments|(?:an?|one) (?:few )?(?:seconds?|minutes?)))\b",
    ),
    (
        "HP:0000790 Hematuria",
        r"\b(?P<is>(?:[6-9]|[1-9]\d{1,2})(?:\s?[-–]\s?\d{1,3})? (?:dysmorphic )?(?:RBCs?|"
        r"red (?:blood )?cells?) ?(?:/|per )\s?"
        r"(?:hpf|high[- ]power))",
    ),
    ("HP:0000616 Miosis", r"\b(?P<is>pupils(?: (?:are|were|both|bilaterally|equal|at))* ?[12](?:\.\d)? ?mm)\b"),
    ("HP:0011499 Mydriasis", r"\b(?P<is>pupils(?: (?:are|were|both|bilaterally|equal|at))* ?[7-9](?:\.\d)? ?mm)\b"),
    (
        "HP:0031936 Delayed ability to walk",
        r"\b(?P<is>walk(?:ed|ing)(?: (?:alone|independently|unaided|unsupported))? (?:only )?(?:at|from)"
        r"(?: (?:the )?age(?: of)?)? (?:19|[2-4]\d) months)\b",
    ),
    (
        "HP:0005948 Multiple pulmonary cysts",
        r"\b(?:HRCT|(?:chest|thora\w+|lung) CT|CT (?:of the )?(?:chest|thorax|lungs))\b[^.;\n]{0,60}?"
        r"\b(?P<is>(?:innumerable|numerous|multiple|diffuse|scattered|thin-walled)[^.;,\n]{0,30}?\bcysts)\b",
    ),
    (
        "R1:0001 Crushing chest pain",
        rf"胸(?:部|骨后|前区)?(?:疼痛|闷痛|痛){_MIDDLE}(?P<is>(?:压榨|压迫|紧缩)(?:样|性|感))",
    ),
    ("R1:0002 Tearing chest pain", rf"胸(?:部|骨后|背)?(?:疼痛|痛){_MIDDLE}(?P<is>撕裂(?:样|性|感))"),
    (
        "R1:0008 Chest pain triggered by exertion",
        rf"{_CHEST_ZH}{_NEXT_ZH}(?P<is>(?:活动|劳累|劳力|快走|爬楼|上楼)[后时](?:出现|发作|发生|诱发)){_CLAUSE_END_ZH}",
    ),
    (
        "R1:0041 Chest pain at rest",
        rf"{_CHEST_ZH}{_NEXT_ZH}(?P<is>(?:静息|休息|安静)(?:状态下?)?时?[亦也仍可均有即]{{0,3}}(?:发作|出现|发生)){_CLAUSE_END_ZH}",
    ),
    ("HP:0001269 Hemiparesis", rf"[左右RL]侧?(?:肢体|上下肢){_POWER}"),
    (
        "HP:0001269 Hemiparesis",
        r"(?P<is>(?:[左右一单RL]侧|[左右])(?:肢体|上下肢|半身)[^，。；、\n无未不难伤折痛术麻]{0,4}?"
        r"(?:(?:[不未]能|无法|难以)(?:活动|动弹|抬起|上抬)|活动(?:不能|不灵活?|不利|不便|障碍)|瘫痪?|[无乏]力))",
    ),
    (
        "HP:0000132 Menorrhagia",
        r"\bperiods? (?:(?!no\b|not\b)\w+ ){0,4}(?P<is>heav(?:y|ier))\b(?! (?:lift|smok|drink))",
    ),
    ("HP:0030786 Photopsia", r"\b(?P<is>flashes)(?=(?:[,/]| (?:or|and|&))? ?(?:no )?(?:floaters|curtain))"),
    ("HP:0030786 Photopsia", r"\bfloaters(?:[,/]| (?:or|and|&))? ?(?:no )?(?P<is>flashes)\b"),
    (
        "HP:0040264 Jaw pain",
        r"\bradiat\w+ (?:in)?to (?:(?:the|his|her|left|right|both|[LR]|arms?|neck|shoulders?|back|and)[, ]{1,2}){1,8}"
        r"(?P<is>jaw)\b",
    ),
    ("HP:0002829 Arthralgia", r"关节(?:处|部位|周围)?红?肿胀?(?P<is>[疼痛]{1,2})"),
    # after numbness, which is a finding of its own: "双下肢麻木无力"
    ("HP:0001269 Hemiparesis", rf"[左右一单RL]侧?(?:肢体|上下肢|半身|偏身){_NUMB_AND_WEAK}"),
    ("HP:0003484 Upper limb muscle weakness", rf"上肢{_NUMB_AND_WEAK}"),
    ("HP:0007340 Lower limb muscle weakness", rf"(?:(?<!上)下肢|[双两]腿){_NUMB_AND_WEAK}"),
    ("HP:0030237 Hand muscle weakness", rf"[双两左右]手{_NUMB_AND_WEAK}"),
    ("HP:0003690 Limb muscle weakness", rf"(?:四肢|(?<!侧)肢体|手[脚足]){_NUMB_AND_WEAK}"),
    (  # not of pupils
        "HP:0001289 Confusion",
        r"(?P<is>(?:意识|神[志识])(?:状态|水平)?[有稍略呈较]?(?:欠清晰?|恍惚|[朦蒙]胧|改变|混乱|错乱)|精神恍惚|"
        r"(?<![光孔射])反应迟钝)",
    ),
    ("HP:0003690 Limb muscle weakness", rf"四肢{_POWER}"),
    ("HP:0003484 Upper limb muscle weakness", rf"上肢{_POWER}"),
    ("HP:0007340 Lower limb muscle weakness", rf"下肢{_POWER}"),
    (
        "HP:0002240 Hepatomegaly",
        rf"(?P<is>肝脏?右?(?:肋缘?下|剑突下){_CM}(?:[3-9]|1\d)(?:\.\d)?\s?cm)",
    ),  # more than a child's
    ("HP:0001744 Splenomegaly", rf"(?P<is>脾脏?左?肋缘?下{_CM}[1-9]\d?(?:\.\d)?\s?cm)"),
    (  # on one side of the neck it is a diseased artery
        "HP:0001695 Cardiac arrest",
        r"(?<![左右侧肢])(?P<is>[颈大]动脉搏动(?:均|已)?(?:消失|[未不]能?(?:[触扪摸]及|触到)|[触扪摸]不[到及])|"
        r"(?:无意识[、，])?(?:无(?:自主)?呼吸[、，及和]?无?(?:脉搏|心跳)|无(?:脉搏|心跳)[、，及和]?无?(?:自主)?呼吸)"
        r"(?![^，。；、\n]))",
    ),
    (
        "HP:0100519 Anuria",
        r"(?P<is>无尿)(?![、，\s]?便)(?=\s|$|[，。；、,;.）)\d]|[一两二三半数]|[已达约至持超伴状期者])",
    ),
    ("R1:0109 Nocturnal itching", rf"痒{_NEXT_ZH}(?P<is>{_AT_NIGHT_ZH})"),
    ("R1:0010 Nocturnal cough", rf"咳嗽?{_NEXT_ZH}(?P<is>{_AT_NIGHT_ZH})"),
    (
        "HP:0007340 Lower limb muscle weakness",
        r"肌力[^。；;\n]{0,14}?[，,、；;]\s?(?:[左右双RL]侧?)?(?P<is>下肢(?:[0-4]|[ⅠⅡⅢⅣ])[-+]?级)",
    ),
    # not of the abdomen, where it is normal
    (
        "R1:0702 Decreased breath sounds with hyperresonance",
        r"[胸肺](?:(?!腹|肝|胃)[^。；;\n]){0,16}?叩诊?(?:呈|为)?(?P<is>鼓音)",
    ),
    (
        "HP:0031864 Bacteremia",
        r"(?P<is>血培养(?:(?![无未不阴待])[^，。；;\n]){0,20}?(?:阳性|生长|检出|[(（][+＋][)）]|(?:葡萄|链|肠)球菌|杆菌))",
    ),
    (
        "HP:0025289 Cervical lymphadenopathy",
        r"(?P<is>颈(?:部|后|前)?(?:(?!腋|锁|腹|[无未不])[^，。；;\n]){0,24}?[1-9]\d?(?:\.\d)?\s?cm(?:大小)?(?:的)?(?:肿大)?淋巴结)",
    ),
    (
        "R1:0703 Cloudy cornea, mid-dilated pupil or high eye pressure",
        r"(?P<is>眼内?压(?:(?!血)[^\d。；;\n]){0,8}(?:(?:1\d|2[0-4]|\d)(?:\.\d)?\s?mm\s?Hg(?:(?!血)[^\d。；;\n]){0,8})?"
        r"(?:2[5-9]|[3-9]\d)(?:\.\d)?\s?mm\s?Hg)",
    ),
    (  # of the patient, not of the baby of a pregnant woman
        "R1:0256 Premature birth of the patient",
        r"(?P<is>孕(?:2[3-9]|3[0-6])(?:\+\d)?周(?:早产|娩出|出生|顺产)|"
        r"(?<=[，,])胎龄\s?(?:2[3-9]|3[0-6])(?:\+\d)?周(?=[，,]?(?:出生|娩出|生后|早产|剖宫产|顺产)))",
    ),
    (
        "HP:0025289 Cervical lymphadenopathy",
        r"(?P<is>颈(?:部|后|前)?[^，。；;、\n无未不腋锁]{0,14}?(?:肿大|增大)的?淋巴结)",
    ),
    ("HP:0000020 Urinary incontinence", r"(?P<is>大小便|二便|尿便)失禁"),
    ("HP:0002607 Bowel incontinence", r"(?:大小便|二便|尿便)(?P<is>失禁)"),
    (
        "HP:0100520 Oliguria",
        r"(?P<is>尿量[为约仅:：]{0,2}\s?[<＜]?\s?(?:[12]?\d|30)\s?ml/h|24\s?(?:小时|h)尿量[为约仅:：]{0,2}\s?[<＜]?\s?[1-3]?\d\d\s?ml(?!/))",
    ),
    (  # of oxygen in the blood to that breathed in; below 300 in acute injury of the lungs
        "HP:0012418 Hypoxemia",
        r"(?P<is>氧合指数[为约仅:：]{0,2}\s?[<＜]?\s?[12]?\d\d(?!\d))",
    ),
    (
        "R1:0755 Steroids stopped or missed",
        r"(?:泼尼松龙?|强的松|泼尼龙|地塞米松|可的松|激素)[^。；;\n]{0,24}?(?P<is>(?:自行|突然|擅自|已|私自)停(?:药|用|服))",
    ),
    ("HP:0002014 Diarrhea", r"大便[^。；;\n无]{0,14}?(?P<is>不成形|稀[烂溏薄])"),
    (
        "HP:0030150 Plasmacytosis",
        r"骨髓[^。；;\n]{0,16}?(?P<is>浆细胞(?:比例|占)?[为约:：]?\s?[1-9]\d(?:\.\d)?\s?[%％])",
    ),
    ("HP:0030907 Thunderclap headache", rf"头(?:部)?(?:疼痛|痛|疼){_MIDDLE}(?P<is>雷击样|霹雳样|刀劈样)"),
)
_CODES = [code_of(finding) for finding, _ in _QUALITIES]
_SCAN = PatternScan([re.compile(pattern, re.IGNORECASE) for _, pattern in _QUALITIES])


def qualities(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of the words of each quality, and the code of the finding."""
    return ((*match.span("is"), _CODES[number]) for number, match in _SCAN.find(text))
