"""Words that by themselves say that a finding is absent: "afebrile", "normotensive", "体温正常"."""

import re
from collections.abc import Iterator

from ...case import Status
from ...codes import code_of
from ..characters import plain
from ..context.assertion import contexts
from ..context.cue_rules import Assertion
from .results import Result

_UNDER_THE_RIBS = r"(?:[左右两]?侧?肋(?:缘|弓)?下)?(?:均|皆)?"
_NOT_FELT = r"(?:未(?:[触扪]及|触到|及(?=\s*(?:[，。；、,;.]|$|肿大)))|不大(?=\s*(?:[，。；、,;.]|$)))"
_NOT_SWOLLEN = (
    r"(?:均)?(?:[未不]能?[触扪]?及(?=\s*[，。；;])|(?:[未不]能?[触扪]?及|未见|无)(?:明显|异常|病理性){0,2}肿大)"
)
_NOT_ELICITED = r"(?:均|皆|亦)?(?:未(?:能)?引出|阴性|[（(]\s?[-－—]\s?[)）])"
_NO_ACHE = "(?:也|都|倒|并)?不(?:痛|疼)(?!快)"
_SCAN_ZH = "(?:CT|MRI|磁共振)"
_WORDS = {
    r"afebrile|apyrexi[ac]l?|apyretic|体温正常(?![值范])": ("HP:0001945 Fever",),
    r"双下肢(?:均|亦)?(?:不肿|[未无]肿)(?![块物瘤痛])": ("HP:0010741 Pedal edema",),
    r"normothermic": ("HP:0001945 Fever", "HP:0002045 Hypothermia"),
    r"normotensive(?!\s+(?:on|with|under|since)\b)": (
        "HP:0000822 Hypertension",
        "HP:0002615 Hypotension",
    ),  # under treatment it negates nothing
    r"eupno?eic": ("HP:0002094 Dyspnea", "HP:0002789 Tachypnea"),
    r"normocardi[ac]": ("HP:0001649 Tachycardia", "HP:0001662 Bradycardia"),
    r"acyanotic|acyanosed": ("HP:0000961 Cyanosis",),
    r"anicteric": ("HP:0000952 Jaundice",),
    r"normocephalic": ("HP:0000252 Microcephaly", "HP:0000256 Macrocephaly"),
    # the telegraphic findings of a Chinese examination
    rf"肝、?脾脏?{_UNDER_THE_RIBS}{_NOT_FELT}": ("HP:0002240 Hepatomegaly", "HP:0001744 Splenomegaly"),
    rf"肝脏?{_UNDER_THE_RIBS}{_NOT_FELT}": ("HP:0002240 Hepatomegaly",),
    rf"脾脏?{_UNDER_THE_RIBS}{_NOT_FELT}": ("HP:0001744 Splenomegaly",),
    rf"(?:浅表|全身){{1,2}}淋巴结{_NOT_SWOLLEN}": ("HP:0002716 Lymphadenopathy",),
    rf"颈部?(?:浅表)?淋巴结{_NOT_SWOLLEN}": ("HP:0025289 Cervical lymphadenopathy",),
    (
        r"(?:各?瓣膜听诊区|心(?:[率律]|前区|音|尖部?|脏)[^。；;\n]{0,16}?[，,、])(?:均|亦|也)?(?:未闻及|未及|无)"
        r"(?:明显|病理性)*杂音"
    ): ("HP:0030148 Heart murmur",),
    r"颈部?(?:柔软|软(?![组骨])|无(?:明显)?(?:抵抗|强直))": ("HP:0031179 Nuchal rigidity",),
    rf"病理(?:反射|征){_NOT_ELICITED}|(?:巴氏|巴宾斯基|Babinski'?s?)\s?征?(?:均|皆)?{_NOT_ELICITED}": (
        "HP:0003487 Babinski sign",
    ),
    r"双侧?瞳孔等大(?:等圆|同圆|正圆)?": ("HP:0009916 Anisocoria",),
    r"四肢肌力(?:均)?(?:为)?(?:正常|[5VⅤ](?!\s?-)级?)": ("HP:0003690 Limb muscle weakness",),
    r"前囟(?:平软|平坦|软|平(?!前))": ("HP:6000647 Bulging fontanelle",),
    r"膈下(?:未见|无)(?:明显)?游离气体": ("R1:0653 Free air under the diaphragm",),
    r"体重(?:近期|较前|亦|也|均)?(?:无|未见)(?:明显|显著)?(?:变化|改变|增减)": (
        "HP:0001824 Weight loss",
        "HP:0004324 Increased body weight",
    ),
    r"(?<![不未])(?:尚|仍|能|可以?){1,2}平卧": ("HP:0012764 Orthopnea",),
    r"(?:大?便|粪)(?:里|中|内)?(?:没有?|无|未见)(?:脓|黏液|鲜|肉眼)*血(?![压糖红常])": ("HP:0002573 Hematochezia",),
    r"腹(?:部|平软|软)?[^。；;\n无]{0,16}?未[触扪]及(?:明显|异常)*[包肿]块": ("HP:0031500 Abdominal mass",),
    r"(?<!了)(?:没有?|未)吐(?![血字词舌奶痰露])": ("HP:0002013 Vomiting",),
    r"痰(?:里|中|内)?(?:没有?|无|未见)血": ("HP:0002105 Hemoptysis",),
    r"神清|(?:神志|意识)[均尚已转]?(?:清[楚醒]|清晰(?!度)|清(?=[，,。；;、]))": ("HP:0004372 Reduced consciousness",),
    r"下[面身](?:也|都)?(?:没有?|未|无)(?:见|出|流)血": ("HP:0034263 Abnormal vaginal bleeding",),
    rf"头{_NO_ACHE}": ("HP:0002315 Headache",),
    rf"(?:肚子?|腹部?){_NO_ACHE}": ("HP:0002027 Abdominal pain",),
    rf"胸[口部]?{_NO_ACHE}": ("HP:0100749 Chest pain",),
    rf"(?:嗓子|喉咙|咽喉?){_NO_ACHE}": ("HP:0025439 Pharyngitis",),
    rf"(?:小便|排尿|尿尿)(?:时|的时候)?{_NO_ACHE}": ("HP:0100518 Dysuria",),
    rf"(?:头颅?|颅脑|脑)部?(?:平扫)?{_SCAN_ZH}(?![^。；;\n]{{0,30}}(?:示|(?<!未)见)[^。；;\n]{{0,8}}出血)"
    r"[^。；;\n]{0,16}?(?:未见|无|排除)(?:明显|新鲜|急性|颅内|脑)*出血": ("HP:0002170 Intracranial hemorrhage",),
    r"(?:CT(?: scan)?(?: of)?(?: the)? (?:head|brain)|CTH|(?:head|brain) CT)\b[^.;\n]{0,24}?\b"
    r"no (?:acute |intracranial )*bleed(?:ing)?": ("HP:0002170 Intracranial hemorrhage",),
    r"abdo(?:men)?\b[^.;\n]{0,60}?\bno (?:palpable )?mass(?:es)?": ("HP:0031500 Abdominal mass",),
    r"alert (?:and|\+|&) orient(?:at)?ed(?! to (?:person|self|name) only)|A ?& ?O ?x ?[34]|AAO ?x ?[34]": (
        "HP:0001289 Confusion",
    ),
}
_FIRST = "aenbch体双肝脾浅全颈各瓣心病巴四前膈尚仍能可大便粪腹痰没未神意头下肚胸嗓喉咽小排尿颅脑"
_WORD = re.compile(
    rf"(?<![A-Za-z-])(?=[{_FIRST}])(?:{'|'.join(f'({words})' for words in _WORDS)})(?![A-Za-z])", re.IGNORECASE
)
_CODES = tuple(tuple(map(code_of, findings)) for findings in _WORDS.values())


def read_normal(text: str) -> Iterator[Result]:
    """Each such word about the patient's present state, and the findings that it negates."""
    found = list(_WORD.finditer(plain(text)))
    said = contexts(text, [match.span() for match in found])
    for match, context in zip(found, said, strict=True):
        if context.assertion is Assertion.PRESENT and not context.is_past:
            yield Result(*match.span(), tuple((code, Status.ABSENT) for code in _CODES[(match.lastindex or 1) - 1]))
