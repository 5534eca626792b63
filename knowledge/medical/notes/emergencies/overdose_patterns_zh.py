"""How Chinese texts express an overdose: by number, by bottle, by name, or by empty packs beside the patient."""

import re
from collections.abc import Iterator

from ..scan import PatternScan
from .overdose_patterns import MUCH

_TOOK = r"(?:口服|服用|服下|吞服|吞下|自服|误服|误食|吃下?|(?<!含)服)了?"
_SWALLOWED = r"(?:[吞误]服|[服吞]下)了?"
_UP_TO = r"[^，,。；;、\n每日次]"
_IN_CLAUSE = r"[^，,。；;\n]"
_FOR_SLEEP = r"(?:安眠药|安定|西泮|唑仑|匹克隆)"
_MEDICINE = r"(?:[药片酚平林定]|西泮|唑仑|洛尔)"
_POISON = r"(?:农药|百草枯|敌敌畏)"
_AMOUNT_UNKNOWN = r"[，,（(]?(?:具体)?(?:药物|药名|种类)?[及和]?(?:[数剂用药]?量)?(?:均)?(?:不详|不清|不明|未知)"
_ILL = r"(?:昏迷|昏睡|嗜睡|意识|神志|呼之|唤之|叫不醒|轻生|自杀)"
_TELLS = tuple(
    re.compile(pattern)
    for pattern in (
        # 服用40片, 吞服安眠药约50余片
        rf"{_TOOK}{_UP_TO}{{0,14}}?(?:(?<![\d.])(?P<tablets>\d{{2,3}})[余多几]?|[二三四五六七八九]?十[余多几]?|[数几]十|[上近]百)\s?[片粒颗锭]",
        # 口服艾司唑仑一瓶, 吃了一大把药
        rf"{_TOOK}{_UP_TO}{{0,10}}?[整一两三半]大?[瓶把]药?",
        # a box, which may be a course, counts only if it was swallowed or is for sleep
        rf"(?:{_SWALLOWED}|{_TOOK}{_UP_TO}{{0,6}}?{_FOR_SLEEP}){_UP_TO}{{0,10}}?[整一两三半][盒板]",
        rf"{_TOOK}(?:大量|过量|[数几]瓶)(?!{_IN_CLAUSE}{{0,10}}(?:中药|治疗))(?={_IN_CLAUSE}{{0,10}}{_MEDICINE})",
        rf"大量(?:服用|口服|吞服|服下)(?!{_IN_CLAUSE}{{0,10}}(?:中药|治疗))(?={_IN_CLAUSE}{{0,10}}{_MEDICINE})",
        # an unknown amount, if it was swallowed or made the patient ill: otherwise it may be of any medicine
        rf"{_SWALLOWED}(?={_IN_CLAUSE}{{0,10}}{_MEDICINE}[物]?{_AMOUNT_UNKNOWN})",
        rf"(?:口服|自服|服用|吃了?){_IN_CLAUSE}{{0,10}}?{_MEDICINE}[物]?{_AMOUNT_UNKNOWN}(?=[^。；;\n]{{0,20}}{_ILL})",
        rf"一次性(?:服|吞|吃|口服)[用下服]?(?:全部|所有)(?={_IN_CLAUSE}{{0,10}}{_MEDICINE})",
        # 床边发现空的安定药瓶
        rf"(?:身[旁边]|[床枕旁]边|床[旁头]|现场|周围){_IN_CLAUSE}{{0,8}}?空的?{_IN_CLAUSE}{{0,8}}?(?:{_MEDICINE}|{_POISON})的?(?:[瓶盒板]|包装)",
        r"(?:药物|服药|用药|安眠药)过量|(?:过量|超量|超剂量)(?:服用|服药|口服|吞服)|(?:药物|安眠药|安定)中毒|服毒",
        rf"误服(?={_IN_CLAUSE}{{0,12}}{_MEDICINE})",
    )
)
_SCAN = PatternScan(_TELLS)
_COURSE = re.compile(r"[每共计]|疗程")
_MANY_AT_ONCE = re.compile(r"(?:丸|救心|强的松|泼尼松|甲泼尼龙|甲强龙|美卓乐|地塞米松)[^，,。；;、\n]{0,14}$")
_SUCH = re.compile("[^，,。；;、\\n]{0,6}(?:丸|救心|强的松|泼尼松)")  # after it: 口服10粒速效救心丸
"""Prescribed ten or more at once: small herbal pills, and steroids."""
_MANY = 20  # of these
_DAYS = re.compile(r"装|[共计分，,]{0,2}[\d一二两三四五六七八九十]{1,3}[天周]")  # after it
_NOT = re.compile(
    r"(?:(?:避免|防止|预防|警惕|勿|不要|谨防|以免|禁止?|长期|每[日天晚早]|平[时素日])[^，。；\n]{0,6}|"
    r"近[^，。；\n]{0,3}[年月周][^，。；\n]{0,3})$"
)


def overdoses_zh(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of each."""
    for _, match in _SCAN.find(text):
        if (
            _is_much(match)
            and not _DAYS.match(text, match.end())
            and not _NOT.search(text[max(0, match.start() - 12) : match.start()])
        ):
            yield match.span()


def _is_much(match: re.Match[str]) -> bool:
    tablets = match.groupdict().get("tablets")
    if tablets is None:
        return True
    many = _MANY_AT_ONCE.search(match.string, max(0, match.start() - 12), match.end())
    is_such = many is not None or _SUCH.match(match.string, match.end()) is not None
    return int(tablets) > (_MANY if is_such else MUCH["tablets"] - 1) and not _COURSE.search(match[0])
