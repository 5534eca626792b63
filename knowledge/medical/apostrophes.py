"""Apostrophes as the rules write them. Phones and word processors type "isn’t", keyboards "isn't" or "isn´t"."""

_PLAIN = str.maketrans(dict.fromkeys("’‘ʼ＇´`", "'"))


def plain(text: str) -> str:
    """The text with plain apostrophes, as long as it was: every offset stays."""
    return text.translate(_PLAIN)
