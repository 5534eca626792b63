"""Takes personal data out of what people write, before anything stores it, searches for it or sends it on.

Numbers with a check digit (cards, IBAN, Chinese identity cards) are recognised by it, mistyped ones and those of other
countries' identity cards by what they are said to be, telephone numbers by the plans of their countries, Chinese number
plates by GA 36-2018, the rest by shape and by the words around. Names are not recognised: without a model trained for
them every rule either misses most or hides half of what the customer asked.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError


class Kind(StrEnum):
    """What was taken out; ``[card]`` stands in its place."""

    EMAIL = "email"
    IBAN = "iban"
    NATIONAL_ID = "national id"
    CARD = "card"
    PASSPORT = "passport"
    BIRTH_DATE = "birth date"
    SECRET = "secret"
    ACCOUNT = "account"
    PLATE = "plate"
    PHONE = "phone"
    ADDRESS = "address"


_MARK = re.compile(
    r"(?:\b(?:my|our|the) (?:[a-z-]+ ){1,3}?(?:is|are|was)[ :]{1,2}|\bi(?:['’]?m| am)? (?:live )?(?:at|in) "
    r"|我?的?(?:手机|电话|邮箱|地址|住址|身份证|[银行]{0,2}卡|账)号?码?(?:是|为|[:：])?\s?|我?(?:家?住|人?)在)?"
    rf"\[(?:{'|'.join(Kind)})\][ ,，;；.。]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """Where personal data stands in a text, ``start`` to ``end`` (exclusive)."""

    start: int
    end: int
    kind: Kind


# Spaces that do not break, dashes, and what stands in full-width numbers and addresses.
_PLAIN = {"\uff20": "@", "\uff0d": "-", "\uff0e": ".", "\uff0b": "+", "\xa0": " ", "\u3000": " "}
_PLAIN |= dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
_PLAIN |= dict.fromkeys([*map(chr, range(0x2000, 0x200B)), "\u202f", "\u205f"], " ")  # thin spaces, as between digits

_EMAIL = re.compile(r"[A-Za-z0-9À-ɏ._%+'\-]+@[A-Za-z0-9À-ɏЀ-ӿ\-]+(?:\.[A-Za-z0-9À-ɏЀ-ӿ\-]+)+")
_SPOKEN_EMAIL = re.compile(
    r"(?<![\w-])[\w-]{1,64}"
    r"(?:(?: dot [\w-]{1,64}){1,6} at [\w-]{1,64}| at (?:gmail|hotmail|outlook|yahoo|icloud|protonmail|qq|163))"
    r"(?: dot [a-z]{2,10}\b)+",
    re.I,
)
_DOT = r"(?:\.| ?[(\[]dot[)\]] ?)"
_DOMAIN = rf"[\w-]{{1,64}}(?:{_DOT}[a-z\d-]{{2,24}}){{0,3}}{_DOT}(?-i:[a-z]{{2,24}}|[A-Z]{{2,24}})\b"  # no "work.Then"
_MARKED_EMAIL = re.compile(  # john (at) example [dot] com
    rf"(?:(?<![\w.+-])[\w.+-]{{1,64}}|[\u4e00-\u9fff]{{2,3}})(?:@| ?[(\[]at[)\]] ?){_DOMAIN}", re.I | re.A
)
# john @ example.com: only where it is said to be one, as "charged twice @ example.com" is not.
_SPACED_EMAIL = re.compile(
    r"(?:mail|\bcontact|\breach|\bwrite|[邮郵][箱件址])"
    r"(?:(?: (?:address|is|to|at|me|us)\b|[:=是为為：\s]){0,6}(?<![\w.+-])(?!(?:me|us) )"
    r"|[^@\n]{0,30}?(?<![\w.+-])(?=[\w+-]{0,64}(?:[._]\w|\d)))"
    rf"([\w.+-]{{1,64}} ?@ ?{_DOMAIN})",
    re.I | re.A,
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])(?=([A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}))")
# Where an IBAN is spoken of, what is written like one is one, though a digit may be wrong.
_IBAN_AS_PRINTED = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}"
    r"(?:[ -]?(?:[A-Z]{4}|(?=[A-Za-z]{0,3}\d)[A-Za-z\d]{4})){2,7}(?:[ -]?\d{1,3})?(?!\d)"
)
_NATIONAL_ID = re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])")
_UK_NATIONAL_ID = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z]{2} ?(?:\d{2} ?){3}[A-D]|[A-Za-z]{2}\d{6}[A-Da-d])(?![A-Za-z0-9])"
)
_UK_DRIVING_LICENCE = re.compile(
    r"(?<![A-Za-z0-9])[A-Z9]{5}\d[0156]\d[0-3]\d{2}[A-Z9]{2}[A-Z\d][A-Z]{2}(?![A-Za-z0-9])"
)
_HONG_KONG_ID = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,2}\d{6} ?\([\dAa]\)")
_PAPER = (
    r"(?:\b(?:social security|national insurance|nhs|(?:national |my )id|(?:id|identity) card"
    r"|driv(?:ing|ers?|er['’]s) licen[cs]e)\b(?: card\b)?|身[份分][证證]|居[留住][证證]|[驾駕][驶駛]?[证證照])"
)
_ID_AS_PRINTED = (
    r"(?:\d{3}[ -]\d{2}[ -]\d{4}|\d{3} \d{3} \d{4}|(?=(?:[A-Z]{0,9}\d){6})[A-Z\d]{7,20}(?:\([\dA]\))?)(?![A-Z\d])"
)
_SAID_ID = re.compile(  # of any country; beside a paper that is only named, "NHS 111 999", what is written like one
    rf"(?:(?:\b(?:ssn|hkid|nric|aadhaar|tax (?:id|file))\b|[税稅][号號]|{_PAPER}(?=\s?(?:(?:number|no|is|was)\b"
    r"|[统統]一|[字编編号號:=#是为為：])))"
    r"(?: (?:number|no\b\.?|is|was)|(?:统一|統一)?(?:字|编|編)?[号號][码碼]?|[:=#是为為：\s])*"
    rf"|{_PAPER}\s?(?={_ID_AS_PRINTED}))"
    rf"({_ID_AS_PRINTED}|(?:[A-Z]{{1,2}} ?)?\d(?:[ -]?\d){{5,17}}(?:[ -]?[A-Z](?![A-Z])|\([\dA]\))?)(?![\d-]*\d)",
    re.I | re.A,
)
_APART = r"[\s./-]{1,3}"
_CARD = re.compile(
    r"(?<!\d)(?<!\d-)(?:[2-6](?:[ -]?\d){12,18}"
    rf"|[2-6]\d{{3}}(?:(?:{_APART}\d{{4}}){{3}}(?:{_APART}\d{{1,3}})?|{_APART}\d{{6}}{_APART}\d{{4,5}}))(?!\d)"
)
_SHORTEST_BEGINNING = 15  # digits; of two dates side by side the first 14 may be valid by chance
_ISO_DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")
_LAST_DIGIT = re.compile(r"\d(?!\d)")
_CARD_WORD = re.compile(r"\bcards?\b|\bcredit\b|\bdebit\b|卡", re.I)
# Where a card is spoken of, what is written like its number is one, though a digit may be wrong.
_AS_PRINTED = re.compile(rf"\d{{4}}(?:{_APART}\d{{4}}){{3}}(?:{_APART}\d{{1,3}})?")
_SAID_CARD = re.compile(
    r"(?:\bcard(?: (?:number|no\.?))?(?: is|[:=#-]|\s)*|卡[号號](?:是|为|為|[:： -])*)(\d(?:[ -]?\d){12,18})(?!\d)",
    re.I,
)
_PASSPORT = re.compile(
    r"(?:passport|护照|護照)[^。;；!?！？\n]{0,25}?\b(?=(?:[A-Z]*\d){4})([A-Z0-9]{7,10})\b", re.I | re.A
)

# Chinese number plates, GA 36-2018: province, office, and five places of which at most two are letters, no I or O; of
# new-energy cars six, a letter of their kind first (small cars) or last (large ones); of trailers and the like four.
_PLATE = re.compile(
    r"[京津沪滬渝冀晋晉蒙辽遼吉黑苏蘇浙皖闽閩赣贛鲁魯豫鄂湘粤粵桂琼瓊川贵貴云雲藏陕陝甘青宁寧新] ?[A-HJ-Z][ ·•・.-]?"
    r"(?:(?!(?:\d{0,4}[A-Z]){3})[A-HJ-NP-Z\d]{5}|[A-HJK][A-HJ-NP-Z\d]\d{4}|\d{5}[A-HJK]"
    r"|(?!(?:\d{0,3}[A-Z]){3})[A-HJ-NP-Z\d]{4}(?:挂(?![号断牌失])|[学學](?![年期习生校])|警(?![告察])|[港澳](?![币元门])))"
    r"(?![A-Z\d]|-[A-Z\d])",
    re.I | re.A,
)
# What also names a colour, a novelty, a price or a cloud, or ends the name of a place, before a product or a room.
_DOUBTFUL_PROVINCE = re.compile(r"[新黑青云雲贵貴藏]|[北南东東望]京|江[苏蘇]|[\u4e00-\u9fff][津川吉宁寧]")
_OF_A_CAR = re.compile(r"(?<!购物)(?<!購物)[车車](?![间間])|(?<![品招王名])牌|出险|出險|追尾|违章|違章|续保|續保")
_SAID_PLATE = re.compile(  # without its province, or of Hong Kong and Macao
    r"(?:[车車号號]牌)(?:[号號]?[码碼]?)(?:[是为為:：\s]{0,3})(?![A-Z\d]{0,7}[A-Z]{4})(?=[A-Z\d]{0,3}[A-Z])(?=(?:[A-Z]{0,3}\d){3})"
    r"([A-Z\d]{5,7})(?![A-Z\d-])",
    re.I | re.A,
)

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = (
    rf"(?:\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}|(?:19|20)\d{{6}}|{_DAY} (?:of )?{_MONTH},? \d{{2,4}}"
    rf"|{_MONTH} {_DAY},? \d{{2,4}}|\d{{2,4}} ?年 ?\d{{1,2}} ?月 ?\d{{1,2}} ?[日号號]?)"
)
_BIRTH_DATES = (
    re.compile(
        rf"(?:birth|\bborn\b|\bd\.?o\.?b\b|出生|生日|生[于於])[^\d\n。！？!?]{{0,20}}?(\b{_DATE}|{_DATE})", re.I
    ),
    re.compile(rf"({_DATE})(?= ?(?:出生|生(?![效成产日])))", re.I),
)
_SECRET = (
    r"(?:\b(?:pin|cvv2?|cvc2?|pass ?(?:word|code|phrase)|pwd|security code|one-time (?:code|password)"
    r"|verification code|otp)\b|[取交登]?[款易录]?密[码碼]|验证码|驗證碼|安全[码碼])"
)
_NO_SECRET = (  # what is said about a secret rather than the secret itself
    r"(?:not|never|no|too|so|very|also|still|only|just|now|again|always|already|being|been|there|here|gone|hidden"
    r"|kept|the|an?|my|your|his|her|our|their|this|that|it|i|we|you|they|he|she|if|in|on|at|by|to|for|from|of|or"
    r"|and|but|with|as|like|about|under|over|more|less|than|one|two|three|four|five|six|seven|eight|nine|ten|all"
    r"|some|any|other|same|whats?|why|how|when|where|which|who|cant?|could|do|does|dont|did|is|isnt|are|was|will"
    r"|would|should|must|has|have|had|may|might|needs?|please|help|wrong|incorrect|invalid|correct|right|valid"
    r"|good|bad|ok|okay|fine|weak|strong|safe|unsafe|secure|insecure|long|short|old|new|different|unknown|empty"
    r"|missing|late|ready|due|available|mandatory|compulsory|optional|necessary|important|enough|easy|hard"
    r"|difficult|impossible|possible|useless|broken|forgotten|stolen|lost|known|reset|sent|set|case|something"
    r"|nothing|anything|everything|someone|personal|unique|visible|out|off|up|down"
    r"|(?-i:[a-z]+(?:ed|ing|ly|n['’]t)))"
)
_DIGIT = r"(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine)"
_SECRETS = (
    re.compile(_SECRET + rf"(?: is| was|[:=]|\s)*({_DIGIT}(?:[ ,-]+{_DIGIT}){{3,7}})\b", re.I),
    re.compile(
        _SECRET + r"(?: is| was| number|[:=是为為：]|\s)*"
        r"(\d{2,4}(?:[ -]\d{2,4})+(?!\w)|\d(?:[ -]\d){3,}(?!\w)|(?=[^\s，。]*\d)[^\s，。,;；)）]*[\w!])",
        re.I | re.A,
    ),
    re.compile(  # whatever is said to be it
        _SECRET
        + r"(?: (?:for|to|of|on)(?: [a-z]+){1,4}?)?(?:(?:['’]s| is| was)(?: set to)? |\s*[:=：]\s*|\s*[是为為]\s*)"
        rf"(?!{_NO_SECRET}(?!!?[\w@#$%^&*])|[\[?!.])"
        r"([\"“「][^\"”」\n]+[\"”」]|[^\s\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+(?<![,.;:?)]))",
        re.I | re.A,
    ),
)
_ACCOUNT = re.compile(
    r"(?:\b(?:account|acct?|a/c|sort code)(?: (?:number|no\.?|num))?(?: is|[:=#]|\s)*"
    r"|(?:账[号户]|帐[号户]|帳[號戶])(?:号码|號碼|是|为|為|[:： ])*)(\d{2}-\d{2}-\d{2}|\d(?:[ -]?\d){5,19})",
    re.I,
)

_REGIONS = ("GB", "CN", "TW")  # national notations that are recognised without context; with a + or 00 every country
_PHONE = re.compile(
    r"(?<![\d-])(?:(?:(?:\+|00)\d{1,3}|86)[ -]?)?(?:\(\d{2,5}\)[ -]?|0[1-9]\d{1,3}[ -]|1[3-9]\d[ -]?)"
    r"\d{3,4}(?:[ -]?\d{3,5}){0,2}(?![\d-]*\d)"
    r"|(?<![\d-])\d{3}[-.]\d{3}[-.]\d{4}(?!\d)"
    r"|(?<![\d-])(?:\+|00)(?:[ -]?\(?\d\)?){9,14}(?!\d)"
)
_WHOLE_PHONE = r"(?:0(?: ?\d){9,10}|1[3-9]\d(?: ?\d){8}|\+\d(?: ?\d){9,13})"
_TWO_PHONES = re.compile(rf"(?<![\d-])({_WHOLE_PHONE})-(?={_WHOLE_PHONE}(?!\d))")  # not the halves of an order's number
_CALLED = re.compile(
    r"(?:\b(?:phone|mobile|mob|cell|tel|call|ring|text|whatsapp|landline|fax|my number(?= ?(?:is\b|[:=]|\+?\d)))\b"
    r"|电话|電話|手机|手機|号码|號碼|座机)"
    r"[^\d\n]{0,20}?((?:\+|00)?\(?\d(?:[ ().-]{0,2}\d){7,13})",
    re.I,
)

_STREET = r"(?:street|road|avenue|lane|drive|close|crescent|court|gardens?|square|terrace|place|hill|grove|boulevard)"
_SHORT_STREET = r"(?:St|Rd|Ave|Ln|Dr|Ct|Blvd|Pl|Sq|Way|Row|Mews|Parade|Walk)\b\.?"
_POSTCODE = r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"
_TAIL = (  # direction, town, code
    r"(?: (?:NW|NE|SW|SE|N|S|E|W)\b)?(?:,? [A-Z][a-z]+(?: [A-Z][a-z]+)?)?"
    rf"(?:,? {_POSTCODE}|,? [A-Z]{{2}} \d{{5}}(?:-\d{{4}})?)?"
)
_FLAT = r"(?:(?:[Ff]lat|[Aa]pt\.?|[Aa]partment|[Uu]nit|[Ss]uite) \w+,? )?"
_NAMED = r"(?:[A-Z][\w'.]* ){1,3}"
_WORDS = r"(?:(?!the |a |an |on |of |my |your |minutes? |\w+ (?:the|a) )[a-z']+ ){1,2}"
_ADDRESSES = (
    re.compile(
        rf"{_FLAT}\b\d{{1,5}}[A-Za-z]?,? "
        rf"(?:{_NAMED}(?i:{_STREET})\b|The (?i:{_STREET})\b|{_NAMED}{_SHORT_STREET}){_TAIL}"
    ),
    re.compile(rf"{_FLAT}\b\d{{1,5}}[A-Za-z]? {_WORDS}(?:street|road|avenue|lane)\b{_TAIL}"),
    re.compile(rf"\bP\.?O\.? ?[Bb]ox \d+|{_POSTCODE}"),
)
# From the kind of street to the room; what stands before it is found by _chinese_addresses.
_CHINESE_STREET = re.compile(
    r"[路街道巷弄段里园][\u4e00-\u9fff]{0,4}\d{1,5}[号號弄](?:[\dA-Za-z]{1,5}(?:号|號|栋|棟|幢|座|单元|單元|楼|樓|层|層|室|户))*"
)


def mask(text: str) -> str:
    """The text with ``[card]``, ``[phone]`` … (see :class:`Kind`) in place of personal data."""
    pieces, place = [], 0
    for span in find(text):
        pieces += [text[place : span.start], f"[{span.kind}]"]
        place = span.end
    return "".join([*pieces, text[place:]])


def without_masks(masked: str) -> str:
    """A masked text without the marks and what introduces them: ``my address is [address], when …`` is ``when …``.

    One that says nothing else stays as it is.
    """
    rest = _MARK.sub(" ", masked)
    return " ".join(rest.split()).strip(" ,，;；") if re.search(r"[^\W\d_]{2}", rest) else masked


def find(text: str) -> list[Span]:
    """Where personal data stands, in order and without overlaps."""
    plain = text if text.isascii() else "".join(map(_plain, text))
    chosen: list[Span] = []
    for span in _candidates(plain):
        if not any(span.start < other.end and other.start < span.end for other in chosen):
            chosen.append(span)
    return sorted(chosen, key=lambda span: span.start)


def _plain(character: str) -> str:
    """A letter or digit in its usual form (NFKC) where that is one character, so that places stay."""
    usual = unicodedata.normalize("NFKC", character)
    return usual if len(usual) == 1 and usual.isalnum() else _PLAIN.get(character, character)


def _candidates(text: str) -> Iterator[Span]:
    """Everything that may be personal data, the surest kinds first."""
    yield from _matches(Kind.EMAIL, _EMAIL, text)
    yield from _matches(Kind.EMAIL, _MARKED_EMAIL, text)
    yield from _matches(Kind.EMAIL, _SPACED_EMAIL, text)
    yield from _matches(Kind.EMAIL, _SPOKEN_EMAIL, text)
    yield from _ibans(text)
    if "iban" in text.lower():
        yield from _matches(Kind.IBAN, _IBAN_AS_PRINTED, text)
    for match in _NATIONAL_ID.finditer(text):
        if _is_identity_number(match[0]):
            yield Span(match.start(), match.end(), Kind.NATIONAL_ID)
    for pattern in (_UK_NATIONAL_ID, _UK_DRIVING_LICENCE, _HONG_KONG_ID, _SAID_ID):
        yield from _matches(Kind.NATIONAL_ID, pattern, text)
    for pattern in _SECRETS:
        yield from _matches(Kind.SECRET, pattern, text)
    yield from _plates(text)
    yield from _matches(Kind.PLATE, _SAID_PLATE, text)
    yield from _cards(text)
    yield from _matches(Kind.CARD, _SAID_CARD, text)
    yield from _matches(Kind.PASSPORT, _PASSPORT, text)
    for pattern in _BIRTH_DATES:
        yield from _matches(Kind.BIRTH_DATE, pattern, text)
    for pattern in _ADDRESSES:
        yield from _matches(Kind.ADDRESS, pattern, text)
    yield from _chinese_addresses(text)
    yield from _matches(Kind.ACCOUNT, _ACCOUNT, text)
    text = _TWO_PHONES.sub(r"\1/", text)
    for region in _REGIONS:
        for number in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            if number.raw_string.startswith(("+", "0", "(")):  # without, it may be the number of anything
                yield Span(number.start, number.end, Kind.PHONE)
    yield from _matches(Kind.PHONE, _PHONE, text)
    yield from _matches(Kind.PHONE, _CALLED, text)


def _matches(kind: Kind, pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """The pattern's group, where it has one, else the whole match."""
    for match in pattern.finditer(text):
        yield Span(*match.span(pattern.groups), kind)


def _cards(text: str) -> Iterator[Span]:
    """The pattern may take in the date or the code behind a hyphen: the longest beginning that is a card counts."""
    said, place = bool(_CARD_WORD.search(text)), 0
    while match := _CARD.search(text, place):
        place = match.end()
        for last in reversed([*_LAST_DIGIT.finditer(match[0])]):
            number = match[0][: last.end()]
            digits = re.sub(r"\D", "", number)
            if number != match[0] and len(digits) < _SHORTEST_BEGINNING:
                break
            is_card = (said and _AS_PRINTED.fullmatch(number)) or luhn.is_valid(digits)
            if is_card and not _ISO_DATE.search(number):
                place = match.start() + len(number)
                yield Span(match.start(), place, Kind.CARD)
                text = f"{text[: place - 1]}#{text[place:]}"  # a hyphen behind a card may lead to another one
                break


def _plates(text: str) -> Iterator[Span]:
    """Where the province may be another word, only beside a word of cars or all by itself: not ``最新A12345``."""
    for match in _PLATE.finditer(text):
        start, end = match.span()
        is_doubtful = _DOUBTFUL_PROVINCE.search(text, max(0, start - 1), start + 1)
        is_alone = not (text[:start][-1:].isalnum() or text[end:][:1].isalnum())
        if not is_doubtful or is_alone or _OF_A_CAR.search(text):
            yield Span(start, end, Kind.PLATE)


def _chinese_addresses(text: str) -> Iterator[Span]:
    """From the province to the room: ``上海市浦东新区世纪大道100号20楼``."""
    for match in _CHINESE_STREET.finditer(text):
        before = re.search(r"[\u4e00-\u9fff]{1,30}\Z", text[max(0, match.start() - 30) : match.start()])
        if before:
            place = re.split(r"[在到于於是寄送住址]|改成", before[0])[-1]
            yield Span(match.start() - len(place), match.end(), Kind.ADDRESS)


def _is_identity_number(number: str) -> bool:
    """GB 11643: a date of birth in the middle, a check digit at the end. Counties come and go and are not checked."""
    try:
        return bool(ric.get_birth_date(number) and ric.calc_check_digit(number) == number[-1].upper())
    except ValidationError:
        return False


def _ibans(text: str) -> Iterator[Span]:
    """The pattern may take in words that follow: the longest beginning that is a valid IBAN counts."""
    for match in _IBAN.finditer(text):
        for end in range(len(match[1]), 14, -1):
            if match[1][end - 1].isalnum() and iban.is_valid(match[1][:end], check_country=False):
                yield Span(match.start(), match.start() + end, Kind.IBAN)
                break
