"""Which character set a message is in: MSH-18, by HL7 table 0211."""

import re

# Names without white space, hyphens and underscores, including others that senders use.
_CHARSETS = {
    **{f"8859/{part}": f"iso-8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    **{f"ISO8859{part}": f"iso-8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    **dict.fromkeys(("UNICODEUTF8", "UTF8", "UNICODE"), "utf-8"),
    **dict.fromkeys(("GB180302000", "GB18030", "GBK", "GB2312"), "gb18030"),
    **dict.fromkeys(("ISOIR87", "ISOIR159"), "iso2022_jp_2"),
    "BIG5": "big5hkscs",
    "KSX1001": "euc_kr",
    "ISOIR14": "shift_jis",
    "WINDOWS1252": "cp1252",
}
_UNNAMED = ("", "ASCII", "USASCII", "ISOIR6")  # ISO IR6 is ASCII; other bytes are decoded with the default
# In these, a byte of a character may equal a delimiter.
_WITH_DELIMITERS = ("big5hkscs", "gb18030", "iso2022_jp_2", "shift_jis")


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
    # Japanese messages name their multi-byte set as an alternative to the first, single-byte one.
    name = next((name for name in charsets if name in ("ISOIR87", "ISOIR159")), charsets[0])
    return default if name in _UNNAMED else _CHARSETS.get(name, "")
