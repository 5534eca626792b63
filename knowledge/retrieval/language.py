"""Language detection, and normalisation of texts that differ only in form."""

import functools
import re
import unicodedata
from typing import Any, Literal

Language = Literal["en", "zh"]
Written = Literal["en", "zh", "zh-Hant"]
"""A language as it is written: Chinese also in traditional characters."""

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
_LETTER = re.compile(r"[^\W\d_]")
_LATIN_OR_HAN = re.compile(rf"[A-Za-zªºÀ-ɏḀ-ỿ]|{HAN.pattern}")
_FEWEST_LETTERS = 3  # of another script: a Chinese message may have a の in it, an English one a µ
_FEW = 8  # at least one word in so many is a common one
_ACCENTED_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_OTHER_MARKS = re.compile("[¿¡ạ-ỹ]")  # the letters are Vietnamese
# The commonest words of other languages in Latin letters that are no English words.
_OTHER_WORDS = (
    "hola gracias buenos buenas el las los una para que como cuando cuanto cuanta donde cual quien puedo puede quiero"
    " necesito tengo tiene hay esta estan del muy pero tambien ustedes usted hablan hacen cuesta envio pedido mi por"
    " obrigado obrigada voce voces nao uma meu minha seu quero preciso posso fazem quanto custa onde fica quando"
    " bonjour bonsoir merci je vous nous avez sont c'est j'ai les des une du le la et ou dans avec sur pas mes votre"
    " vos comment combien quand pourquoi puis peut faire livrez livraison commande"
    " guten hallo danke bitte ich wir ihr der das dem ein eine einen und oder nicht sind haben habe kann konnen wie"
    " wann wo warum mein meine meinen mit von zu auf lange kostet viel gibt bestellung lieferung sie nach"
    " buongiorno ciao grazie il gli non sono avete vorrei dove perche della costa spedite ordine"
    " dank een het de ik je jullie niet hoe wat waar wanneer hebben mijn heb kunnen"
    " toi ban khong bao nhieu duoc cua xin chao saya anda tidak bisa berapa apakah bagaimana dengan untuk yang itu"
    " ang mga ako kayo magkano paano saan merhaba nasil bir icin kac dzien dobry jak czy nie jest ile gdzie moje"
    " prosze"
)
# Those that are rare in the languages above.
_ENGLISH_WORDS = (
    "and any are at be but by can could did does for from get had has have hello help how if it my need not ok our"
    " please she that the their there they this to want what when where which who why with would you your"
)
# Full-width letters and spaces, half-width katakana, ligatures, radicals as found in PDFs; not Chinese punctuation.
_LETTERS = re.compile(r"(?:[^\W\x00-\x7f]|[\xa0\u3000\u2f00-\u2fdf])+")


def language_of(text: str) -> Language:
    """Chinese if Chinese characters make up at least a quarter of characters and Latin words together, else English.

    A Chinese sentence with an English name in it counts as Chinese, and vice versa.
    """
    han = len(HAN.findall(text))
    return "zh" if han and han >= len(_LATIN_WORD.findall(text)) / 3 else "en"


def is_foreign(text: str) -> bool:
    """Whether a message is neither English nor Chinese, by its script or its commonest words.

    A few words that may be a name, a brand or a typing error do not count.
    """
    text = unicodedata.normalize("NFKC", text)  # full-width letters are Latin
    letters = _LETTER.findall(text)
    others = len(letters) - len(_LATIN_OR_HAN.findall("".join(letters)))
    if others >= max(_FEWEST_LETTERS, len(letters) / 3):
        return True
    if HAN.search(text):
        return False
    words = [_plain(word) for word in _ACCENTED_WORD.findall(text)]
    foreign, english = set(_OTHER_WORDS.split()), set(_ENGLISH_WORDS.split())
    other = sum(word in foreign for word in words) + len(_OTHER_MARKS.findall(text))
    if other <= sum(word in english for word in words) or other * _FEW < len(words):
        return False
    return other > 1 or other == len(words)


def _plain(word: str) -> str:
    """A word in small letters without accents: ``cuánto`` is ``cuanto``."""
    split = unicodedata.normalize("NFD", word.lower().replace("’", "'"))
    return "".join(letter for letter in split if not unicodedata.combining(letter)).replace("đ", "d")


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
# 帳 becomes 帐, also a tent's; of money, simplified texts have 账.
_ACCOUNT = re.compile("帐(?=[单户号目款务本簿面册期龄])|(?<=[转入到付结记算查对平赖欠交销])帐(?!篷)")
_CANTONESE_WORD = re.compile("|".join(sorted(_CANTONESE, key=len, reverse=True)))


def simplified(text: str) -> str:
    """The text normalised for search; its length may change.

    Letters and digits in NFKC, Chinese in simplified characters, the commonest Cantonese words in Mandarin.
    """
    text = _LETTERS.sub(lambda letters: unicodedata.normalize("NFKC", letters[0]), text)
    if not HAN.search(text):
        return text
    text = _ACCOUNT.sub("账", str(converter().convert(text)))
    return _CANTONESE_WORD.sub(lambda word: _CANTONESE[word[0]], text)


def traditional(text: str) -> str:
    """Chinese text in traditional characters, in the forms of Taiwan, which are read in Hong Kong too."""
    return str(converter("s2tw").convert(text))


def is_traditional(text: str) -> bool | None:
    """Whether a text is written in traditional Chinese characters; None if it may be either: ``好``."""
    written = HAN.findall(text)
    # By characters that only the other script writes otherwise; each script has some that look like the other's: 台.
    ours, theirs = (sum(converter(scheme).convert(each) != each for each in written) for scheme in ("t2s", "s2t"))
    return None if ours == theirs else ours > theirs


@functools.cache
def converter(scheme: str = "t2s") -> Any:
    """OpenCC's converter, by default from traditional to simplified characters."""
    import opencc

    return opencc.OpenCC(scheme)
