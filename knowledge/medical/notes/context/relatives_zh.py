"""The relative who is the patient of a Chinese text: "我女儿4岁，发烧三天". Like :mod:`.relatives` for English.

A text opens with its patient's complaint. If that is about the writer's own relative, with an age or as something of
the last days, and the writer has no complaint, the relative is the patient.
"""

import re

from ....retrieval.language import HAN
from .relatives import places_of_introduced

_CHILDREN = ("女儿|闺女", "儿子", "孙女", "孙子")
_ADULTS = (
    "(?<![姨姑舅])(?:妈妈?|母亲)",
    "爸爸?|父亲",
    "(?<!外)(?:爷爷|祖父)",
    "(?<!外)(?:奶奶|祖母)",
    "外公|姥爷|外祖父",
    "外婆|姥姥|外祖母",
    "(?<!表)(?<!堂)哥哥?",
    "(?<!表)(?<!堂)弟弟?",
    "(?<!表)(?<!堂)姐姐?",
    "(?<!表)(?<!堂)妹妹?",
    "丈夫|老公|先生|爱人",
    "妻子|老婆|太太|媳妇",
    "叔叔?|伯伯|舅舅?|姑姑|姑妈|姨妈|阿姨",
    "男友|男朋友",
    "女友|女朋友",
)
_OURS = "们?(?:家|的)*"
_RANK = "[大小二三老长次]"
_RELATIVE = re.compile(
    f"(?<![他她其])(?P<own>我{_OURS})?(?P<rank>{_RANK})?(?:{'|'.join(f'({one})' for one in (*_CHILDREN, *_ADULTS))})"
)
_LAST_CHILD = 2 + len(_CHILDREN)  # number of the group: "own" and "rank" come before

_NUMBER = "[0-9一二两三四五六七八九十百几半]{1,4}"
_AGED = re.compile(
    rf"[\s,，(（是]*(?:今年|现在|已经|刚满?|才|快|都|有)*\s*{_NUMBER}\s*(?:周?岁|个多?月|天|周)(?:零?{_NUMBER}个月|多|半|大|了)*"
    "(?!时|那年|的时候|就|开始|起|以?前|去世|过世)"
)
_RECENT = re.compile(
    "昨[天晚日夜]|今[天早晨晚日]|前天|刚[才刚]|突然|忽然|现在|目前|正在|最近|近日|这几?[两三]?天|[早晚]上|[上下中]午|夜里|半夜|"
    "一直(?!有|患)|总是?(?!共)|老是|不停|怎么办|怎么回事|得厉害|"
    rf"{_NUMBER}个?多?(?:天|日|晚上?|小时|分钟|钟头|周(?!岁)|星期|礼拜)(?!大|龄|以?前(?:得|患|有)过)"
)
_PAST = re.compile("小时候|去年|前年|[以之从]前|曾|诊断|查出|确诊|[得患]过|年前|岁(?:时|那年|的时候)")
_DEAD = re.compile("去世|过世|死于|病逝|生前|走了")

_CARES = (
    "(?:也|都|又|就|还|先|刚才?|已经?|马上|现在|真的?|很|好|非常|特别|十分|有点|有些|一直|没有?|不|是)*"
    "(?:担心|着急|急|害怕|紧张|焦虑|给|带|让|叫|看|见|发现|听|摸|量|测|喂|想|问|知道|清楚|确定|敢|该|应该|需要|要|能|可以|怎么|用|"
    "打|抱|陪|送|说|告诉|怀疑|替|帮|代|为|(?:觉得|感觉)(?=他|她|孩子|宝宝)|(?:他|她|孩子|宝宝|患儿)?的?(?:妈|爸|母|父|家长|宝妈|宝爸))"
)
_WRITERS_OWN = re.compile(  # the writer, except for what a carer does; questions of heredity; words of a clinician
    f"患者|病人|先证者|家族|遗传|(?<![跟对诉向叫])我(?!们?{_CARES})"
    f"(?!{_OURS}(?:{_RANK}?(?:{'|'.join((*_CHILDREN, *_ADULTS))})|孩子|小孩|宝宝|宝贝|娃|小朋友))"
)
_GREETING = re.compile(
    "您好|你好|医生|大夫|专家|老师|请教|请?问|咨询一?下?|求[助救]|救命|急[诊救]?|谢谢|麻烦|帮忙|一下|各位|关于|因为|是|说|"
    f"(?:孩子|患儿|宝宝|小孩)的?(?:妈妈?|爸爸?|母亲|父亲|家长|奶奶|爷爷|外婆)?(?:代?[诉述])?|家长(?:代?[诉述])?|代?[诉述]|"
    f"我们?{_CARES}|看病|就诊|来看|"
    f"{_NUMBER}个?(?:岁|月|天|小时)大?[前了]?|从|开始|{_RECENT.pattern}"
)
_LATEST_OPENING = 80  # characters


def patient_places_zh(text: str) -> list[tuple[int, int]]:
    """Offsets at which a text names the relative who is its patient; empty if its patient is someone else."""
    if not HAN.search(text):
        return []
    return places_of_introduced(text, _RELATIVE, _WRITERS_OWN, _is_introduced, _is_same)


def _is_introduced(text: str, match: re.Match[str]) -> bool:
    """Whether a mention of a relative says that this is the patient, whoever else is mentioned."""
    before = text[: match.start()]
    if match.start() > _LATEST_OPENING or re.search(r"\w", _GREETING.sub("", before)):
        return False
    rest = re.split(r"[。！？!?\n]", text[match.end() : match.end() + 300], maxsplit=1)[0]
    if _DEAD.search(rest):
        return False
    is_child = (match.lastindex or 0) <= _LAST_CHILD
    is_current = _AGED.match(rest) is not None or _RECENT.search(before + rest) is not None
    if match["own"] is None:
        return is_child and is_current
    return is_current or (is_child and not _PAST.search(rest))


def _is_same(match: re.Match[str], patient: re.Match[str]) -> bool:
    """Whether a mention is of the relative who is the patient: "大女儿" is not "小女儿"."""
    return match.lastindex == patient.lastindex and match["rank"] in (None, patient["rank"])
