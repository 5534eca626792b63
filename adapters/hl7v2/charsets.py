"""Which character set a message is in: MSH-18, by HL7 table 0211."""

import codecs
import re

# Names without white space, hyphens and underscores, including others that senders use.
_CHARSETS = {
    **{f"8859/{part}": f"iso-8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    **{f"ISO8859{part}": f"iso-8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    **dict.fromkeys(("UNICODEUTF8", "UTF8", "UNICODE"), "utf-8"),
    **dict.fromkeys(("GB18030", *(f"GB18030{year}" for year in (2000, 2005, 2022))), "gb18030"),
    **dict.fromkeys(("GBK", "XGBK", "CP936", "MS936", "WINDOWS936", "GB2312", "GB231280", "EUCCN"), "gb18030"),
    **dict.fromkeys(("ISOIR87", "ISOIR159"), "iso2022_jp_2"),
    "BIG5": "big5hkscs",
    "KSX1001": "euc_kr",
    "ISOIR14": "shift_jis",
    "WINDOWS1252": "cp1252",
}
_UNNAMED = ("", "ASCII", "USASCII", "ISOIR6")  # ISO IR6 is ASCII; other bytes are decoded with the default
# In these, a byte of a character may equal a delimiter.
_WITH_DELIMITERS = ("big5hkscs", "gb18030", "iso2022_jp_2", "shift_jis")
_TWO_BYTES = (*_WITH_DELIMITERS, "euc_kr")
_THREE_BYTES = re.compile("[\u0800-\U0010ffff]")  # or four, in UTF-8
# Senders that name Latin 1 or 5 also use what Windows has in place of their control characters, such as curly quotes.
_WITH_QUOTES = {"iso8859-1": "cp1252", "iso8859-9": "cp1254"}
_LATIN = ("cp1252", "cp1254", "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-15")
# Two common Chinese or Korean characters of two bytes. In a Latin set they would be capitals and signs in turn with
# any letters: 王小 is ÍõÐ¡. Not a line of one sign.
_HANZI = re.compile(rb"(?<![\x80-\xff])(?!(.)\1{3})(?:[\xb0-\xd7][\xa1-\xfe]){2}", re.DOTALL)
# One such character alone in a component, if in Latin 1 it would be a letter and a sign: 陈 is ³Â. Two letters may be
# initials, and a sign twice an ornament. The many that are two letters pass: 李 is Àî.
_ONE_HANZI = re.compile(rb"(?<=[|^~&])(?:[\xb0-\xbf][\xc0-\xfe]|[\xc0-\xd6][\xa1-\xbf])(?=[|^~&\r\n]|\Z)")
_SIGNS_FIRST = ("cp1252", "cp1254")


def read_header(line: bytes, default: str = "") -> tuple[str, str]:
    """The first line of a message decoded, and the character set used: ``latin-1`` stands for byte by byte.

    A set with delimiters among its bytes is used if MSH-18, when decoded with it, names that very set.

    Args:
        line: from MSH on.
        default: the set if it names none.
    """
    if not line.isascii() or b"\x1b" in line:
        for charset in _WITH_DELIMITERS:
            text = line.decode(charset, "replace")
            if len(text) > 4 and charset_of(text, default) == charset:
                return text, charset
    return line.decode("latin-1"), "latin-1"


def charset_of(header: str, default: str) -> str:
    """Python's name for the character set that a header names; empty for an unknown one.

    Args:
        header: the first line, from MSH on.
        default: the set if it names none.
    """
    fields = header.split(header[3])
    repetition = fields[1][1:2] if len(fields) > 1 else ""
    names = fields[17:18] or [""]
    named = names[0].split(repetition) if repetition else names
    charsets = [re.sub(r"[\s_-]", "", name).upper() for name in named]
    # ASCII is a part of the others. Japanese messages name their multi-byte set as an alternative to a single-byte one.
    charsets = [name for name in charsets if name not in _UNNAMED]
    name = next((name for name in charsets if name in ("ISOIR87", "ISOIR159")), next(iter(charsets), ""))
    return _CHARSETS.get(name, "") if name else default


def decode(content: bytes, named: str) -> tuple[str, str]:
    """The text of a message, and Python's name for the character set that it is in.

    No other text is well-formed UTF-8, so that is recognised whatever a header names. Two-byte sets are not: their
    bytes are letters in any Latin set, so where that is named, such letters as only they give are refused.

    Args:
        content: the message.
        named: Python's name for the set that its header names, or of the site's.

    Raises:
        UnicodeError: its bytes are no text in the named set.
    """
    charset = _WITH_QUOTES.get(codecs.lookup(named).name, named)
    if not content.isascii():
        try:
            text = content.decode()
        except UnicodeDecodeError:
            pass
        else:  # two bytes of UTF-8 may also be a character of a two-byte set
            if charset not in _TWO_BYTES or _THREE_BYTES.search(text):
                return text, "utf-8"
        name = codecs.lookup(charset).name
        if (name in _LATIN and _HANZI.search(content)) or (name in _SIGNS_FIRST and _ONE_HANZI.search(content)):
            raise UnicodeError
    return content.decode(charset), charset
