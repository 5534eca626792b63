"""Language detection, and normalisation of texts that differ only in form."""

import functools
import re
import unicodedata
from typing import Any, Literal

Language = Literal["en", "zh"]

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
"""One Chinese character."""
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
"""Splits a message into sentences."""
MINUS = r"(?<![\da-zA-Z%£$€¥)])(?<!\d\s)(?<!\d[\u4e00-\u9fff])(?<!\d[\u4e00-\u9fff]{2})[-−–]"
"""A regex for a minus before a number, as opposed to the hyphen in 3-5, £5 -£10 or 3天-5天."""
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]+")
# Full-width letters and spaces, half-width katakana, ligatures, radicals as found in PDFs; not Chinese punctuation.
_LETTERS = re.compile(r"(?:[^\W\x00-\x7f]|[\xa0\u3000\u2f00-\u2fdf])+")


def language_of(text: str) -> Language:
    """Chinese if Chinese characters make up at least a quarter of characters and Latin words together, else English.

    A Chinese sentence with an English name in it counts as Chinese, and vice versa.
    """
    han = len(HAN.findall(text))
    return "zh" if han and han >= len(_LATIN_WORD.findall(text)) / 3 else "en"


_CANTONESE = {
    "唔该": "麻烦", "系唔系": "是不是", "系咪": "是不是", "唔系": "不是", "嘅系": "的是", "唔": "不", "冇": "没有",
    "过咗身": "过世了", "过身": "过世", "转过身": "转过身", "咗": "了", "嘅": "的", "哋": "们", "佢": "他",
    "乜嘢": "什么", "乜": "什么", "嘢": "东西", "𠮶": "那", "啲": "些", "而家": "现在", "攞": "拿", "嚟": "来",
    "睇": "看", "喺": "在", "边度": "哪里", "边个": "谁", "点样": "怎样", "点解": "为什么", "点算": "怎么办",
    "几耐": "多久", "几时": "什么时候", "几钱": "多少钱", "使唔使": "要不要", "唔使": "不用",
    "俾人": "被人", "畀人": "被人", "俾": "给", "畀": "给", "同埋": "和", "人呃": "人骗", "呃咗": "骗了",
    "呃晒": "骗光", "呃钱": "骗钱",
    "揾": "找",
}  # fmt: skip
"""Words of written Cantonese in simplified characters, and their Mandarin equivalents."""
_CANTONESE_WORD = re.compile("|".join(sorted(_CANTONESE, key=len, reverse=True)))


def simplified(text: str) -> str:
    """The text normalised for search; its length may change.

    Letters and digits in NFKC, Chinese in simplified characters, the commonest Cantonese words in Mandarin.
    """
    text = _LETTERS.sub(lambda letters: unicodedata.normalize("NFKC", letters[0]), text)
    if not HAN.search(text):
        return text
    return _CANTONESE_WORD.sub(lambda word: _CANTONESE[word[0]], str(converter().convert(text)))


@functools.cache
def converter() -> Any:
    """OpenCC's converter from traditional to simplified characters."""
    import opencc

    return opencc.OpenCC("t2s")
