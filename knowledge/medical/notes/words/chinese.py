"""Findings in Chinese text: the words of :mod:`knowledge.medical.common`, longest first.

Chinese has no spaces between words, so a word is found wherever it occurs; "…" in a word stands for up to six
characters of the same clause, "~" for optional words of degree, manner and side: "甲状腺~肿大" is also "甲状腺Ⅱ度肿大".
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

_NOTHING = ""  # code of words that contain one of a finding but name none: medicines, germs, vaccines, treatments
_NO_FINDINGS = """
    休克指数 心室速率 室早上 室早晨 室早期 房早上 房早晨 房早期 甲减少 甲减量 肺癌三项 心衰标志物 狼疮带试验 割腕部
    口角偏干 口角偏红 口角偏白 抗休克裤 高热量 水痘 牛痘 止咳 镇咳 有效咳嗽 咳嗽训练 咳嗽反射 鼓励咳 鼓励患者咳 呕吐袋
    跌倒风险 跌倒/坠床 跌倒评 压疮评 压疮低危 胸痛中心 癫痫中心 卒中门诊 多饮水 切口干 伤口干 创口干 电休克 卒中中心
    卒中单元 卒中量表 抗癫痫 防自杀 脑膜炎球菌 脑膜炎双球菌 脑膜炎奈瑟菌 肺炎链球菌 肺炎球菌 肺炎双球菌 肺炎杆菌
    肺炎支原体 肺炎衣原体 肺炎克雷伯 肝炎病毒 肝炎全套 肝炎标志 肝炎表面 肝炎两对半 肝炎抗体 肝炎抗原 肝炎核心抗
    肝炎e抗 抗痛风 苯丙酮尿 结束生命体征 肝大小 脾大小 肝脾大小 带状疱疹 单纯疱疹 疱疹病毒 疱疹性 疱疹样 昏睡病
    尿蛋白定量 尿蛋白总量 血尿酸 血尿素 血尿淀粉酶 血尿便 血尿常规 血尿粪 血尿同 血尿渗 胎心听不清 胎心音听不清
    胎音听不清 心音听不清 呼吸音听不清 杂音听不清 上吊带 跳楼机 乙肝五项 乙肝两对半 乙肝三系 乙肝三对 乙肝表面抗
    乙肝标志 乙肝病毒 乙肝抗 乙肝DNA 乙肝核心 乙肝e 乙肝免疫 丙肝抗 丙肝病毒 颈静脉充盈正常 下肢肿块 下肢肿物 下肢肿瘤
    肠胃炎 大小便失禁
"""  # the last is read as two findings by :mod:`.qualities`
_GAP = r"(?:(?![无未没]|不(?!适|规[则律]|典型|[断停时]|自[主觉]|同|明原因|对称))[^\s。,，;；!！?？、:：]){0,6}?"
"""Without a negation, which would be read as part of the word: "大便无血", "气管无偏移", "吞咽不困难"."""
_PAIN = (  # what pain is like, which may be longer
    "(?:(?:刀割|针刺|烧灼|灼烧|撕裂|压榨|压迫|绞窄|牵拉|痉挛|闷胀|搏动|游走|持续|阵发|间歇|间断|发作|放射|反复|剧烈|轻微|[中轻]度|明显|"
    "[刺钝胀隐闷绞灼跳酸])[样性]?|疼){0,4}?"
)
_GRADE = r"(?:[轻中重]|[ⅠⅡⅢⅣ]|I{1,3}V?|[一二三四1-4])"
_DEGREE = (
    rf"(?:{_GRADE}(?:[-~至到]{_GRADE})?[度°]|轻微|轻|明显|显著|稍|[少中大]量|进行性|渐进性|对称性|弥漫性|持续性|阵发性|"
    r"反复|剧烈|突发|突然|逐渐|急剧|凹陷性|[双左右两]侧){0,3}"
)

_NOT_BEHIND = {  # for words that begin so: the head of a finger, a nipple; a swollen brain; a thrill; reflexes
    "头": "(?<![指趾膝拳舌龟骨奶])(?<!(?<!哺)乳)(?<!(?<!颈)肩)",
    "水肿": "(?<![脑膜斑盘壁髓质带头厌门])",
    "震颤": "(?<![肌束音觉及区尖期瘘])(?<!瘘[口处])",
    "脑血管意外": "(?<!心)",  # in a consent form: "心脑血管意外"
    "举痛": "(?<![上抬高肢臂肩])",  # of an arm
    "光敏感": "(?<!对)",
    "反射消失": "(?<![\u4e00-\u9fff])",
    "反射减弱": "(?<![\u4e00-\u9fff])",
    "反应": "(?<![光孔射疗药苗效])",  # not to light or to a treatment
    "肌张力": "(?<!括约)",
}
_NOT_BEFORE = {
    "术后": r"(?!第?\s?(?:\d+|[一二两三四五六七八九十数几]+)余?年)",
    "有痰": "(?!中)",
    "亚硝酸盐": "(?![^，。；;、\\n]{0,3}[阳阴(（+＋-])",  # of the urine
    "次化疗": r"(?![^，。；;\n\d]{0,6}?(?:[2-9]|1\d|[二两三四五六七八九十半数几一1](?=余?年))余?(?:年|个?月)余?前)",
}
"""For words that end so: "5 years after an operation", blood "in the sputum", the last chemotherapy "8 months ago"."""
_LACKING = re.compile("无(?!法)[\u4e00-\u9fff]{1,2}")
_NO_MORE = "(?![^\\W症患者且伴而])"
"""For a name of what someone lacks, which may begin a longer word: "无乳", but "无乳房红肿"."""
_PREVENTED = (
    "(?:[甲乙丙丁戊]型?)?(?:麻疹|风疹|水痘|腮腺炎|百日咳|白喉|破伤风|脑炎|脑膜炎|[乙流]脑|肝炎|[甲乙戊]肝|脊髓灰质炎|流感|"
    "流行性(?:感冒|腮腺炎|脑脊髓膜炎)|肺炎|轮状病毒|带状疱疹|狂犬病|结核)"
)
_VACCINES = re.compile(f"{_PREVENTED}(?:[、/和及与]{_PREVENTED}){{0,9}}等?(?:联合|减毒|灭活|结合|多糖|活)*疫苗")


class ChineseBook:
    """All Chinese words of findings.

    Args:
        words: code and word; of two codes with the same word the first counts.
    """

    def __init__(self, words: Iterable[tuple[str, str]]) -> None:
        codes: dict[str, dict[str, str]] = {}  # first character -> word -> code
        for code, word in (*((_NOTHING, word) for word in _NO_FINDINGS.split()), *words):
            codes.setdefault(word[0], {}).setdefault(word, code)
        # Few words begin with a given character: a single pattern would try each of some 2,000 at every place.
        self._words = {first: _Words(named) for first, named in codes.items()}
        self._first = re.compile(f"[{re.escape(''.join(codes))}]")

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Offsets and code of each finding, in order, without overlap."""
        at = 0
        vaccines = {match.start(): match.end() for match in _VACCINES.finditer(text)} if "疫苗" in text else {}
        for place in sorted(vaccines.keys() | {match.start() for match in self._first.finditer(text)}):
            if place < at:
                continue
            if place in vaccines:
                at = vaccines[place]
                continue
            if found := self._words[text[place]].at(text, place):
                at, code = found
                if code != _NOTHING:
                    yield place, at, code


class _Words:
    """Words, with their codes, that begin with the same character."""

    def __init__(self, codes: dict[str, str]) -> None:
        self._codes = codes
        self._patterns = {word: pattern for word in codes if (pattern := _pattern(word)) != re.escape(word)}
        self._lengths = sorted({len(word) for word in codes.keys() - self._patterns}, reverse=True)

    def at(self, text: str, place: int) -> tuple[int, str] | None:
        """Where the longest word that is at this place ends, and its code."""
        by_length = (text[place : place + length] for length in self._lengths)
        plain = next((word for word in by_length if word in self._codes and word not in self._patterns), "")
        match, ordered = self._regex
        found = match.match(text, place)
        if found and found.lastindex:
            word = ordered[found.lastindex - 1]
            if not plain or _longest_first(word) < _longest_first(plain):
                return found.end(), self._codes[word]
        return (place + len(plain), self._codes[plain]) if plain else None

    @cached_property
    def _regex(self) -> tuple[re.Pattern[str], list[str]]:
        """A pattern of the words that are more than their characters, and the word of each of its groups."""
        ordered = sorted(self._patterns, key=_longest_first)
        return re.compile("|".join(f"({self._patterns[word]})" for word in ordered) or "(?!)"), ordered


def _longest_first(word: str) -> tuple[int, str]:
    return -len(re.sub("[…~]", "", word)), word


def _pattern(word: str) -> str:
    gap = rf"{_GAP}{_PAIN}" if word.endswith(("痛", "疼")) else _GAP
    behind = (pattern for begin, pattern in _NOT_BEHIND.items() if word.startswith(begin))
    before = (pattern for end, pattern in _NOT_BEFORE.items() if word.endswith(end))
    no_more = _NO_MORE if _LACKING.fullmatch(word) else ""
    return "".join((*behind, re.escape(word).replace("…", gap).replace(r"\~", _DEGREE), *before, no_more))
