"""Our Chinese names of findings: the most common ones of HPO, and those of :mod:`.common`.

Written by language models, not clinician-reviewed; they are a layer of our own that leaves HPO unaltered. Notes are
also searched for these names, as they are for HPO's labels in English.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from core.errors import KnowledgeError

_TABLE = Path(__file__).with_name("chinese_names.tsv")
_OTHER_WORDS = """
    白发 弱视 远视 长脸 短颈 手小 手痛 足痛 足短 小甲 鸡胸 失用 血胸 腹裂 脑病 类癌 无尿 口裂大 口裂小 人中长 人中短
    上肢痛 下肢痛 肢体痛 过敏 食物过敏 疼痛 早产 肿瘤
"""
"""Names whose characters mostly belong to other words ("苍白发绀", "贫血胸闷", "无尿频"), or that are too vague."""
_NOT_READ = frozenset(_OTHER_WORDS.split())


@cache
def chinese_names() -> Mapping[str, str]:
    """English name -> Chinese name.

    Raises:
        KnowledgeError: the table is missing or corrupt.
    """
    return {english: chinese for _, english, chinese in _rows()}


def names_to_read() -> Iterator[tuple[str, str]]:
    """HPO code and Chinese name of the terms that notes are searched for by that name.

    Raises:
        KnowledgeError: the table is missing or corrupt.
    """
    return ((code, name) for code, _, name in _rows() if code.startswith("HP:") and name not in _NOT_READ)


def _rows() -> Iterator[tuple[str, str, str]]:
    try:
        for line in _TABLE.read_text("utf-8").splitlines():
            code, english, chinese = line.split("\t")
            yield code, english, chinese
    except (OSError, ValueError) as error:
        raise KnowledgeError(
            f"{_TABLE.name} cannot be read ({type(error).__name__})", hint="Install the suite again"
        ) from None
