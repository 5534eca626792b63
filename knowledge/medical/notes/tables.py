"""Rows of results as a laboratory system exports them: ``2026-11-02,Potassium,6.8,mmol/L,3.5-5.1,H``."""

import re

_RANGE = r"[(\[]?(?:\d[\d.,]{0,8}[ ]?[-–][ ]?\d[\d.,]{0,8}|[<>≤≥]=?[ ]?\d[\d.,]{0,8})[)\]]?"
_SILENT = rf"{_RANGE}|serum|plasma|blood|血清|血浆"
_ASIDE = rf"(?:{_SILENT}|%|[A-Za-zµμ]{{1,5}}/[A-Za-z0-9]{{1,4}}|)"  # between name and number
_WORD = r"[\w.%µμ°×*^/\[\]{}↑↓-]{0,14}"  # a unit, a flag, or nothing
_ALONE = r'"?\d[\d.,]*"?[ ]{0,9}(?:$|(?P=sign))'  # a second number: which one is current is unknown
_DATE = (
    r'"?(?:(?P<day>\d{4}-\d\d-\d\d)|\d{4}[/.]\d{1,2}[/.]\d{1,2}|\d{1,2}[/.-](?:\d{1,2}|[A-Za-z]{3})[/.-]\d{2,4})'
    r'(?:[T ,]{1,2}\d{1,2}:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?"?'
)
DATE_OF_ROW = re.compile(rf"[ ]{{0,4}}(?:\|[ ]{{0,9}})?{_DATE}")
"""The date that a row begins with; values of the group ``day`` sort by time."""
_ROW = re.compile(
    rf"^[ ]{{0,4}}(?:\|[ ]{{0,9}})?(?:{_DATE}[ ]{{0,9}}[\t;,|][ ]{{0,9}})?"
    r'(?P<name>"[A-Za-z][^"\n]{0,60}"|[A-Za-z\u4e00-\u9fff][^\t;,|"\n]{0,60})'
    r"(?<![ :=]\d)(?<![ :=]\d\d)(?<![ :=]\d{3})(?P<sign>[\t;,|])[ ]{0,9}"  # not a decimal comma: "Lactate 4,6"
    rf'(?P<aside>(?:"?{_ASIDE}"?[ ]{{0,9}}(?P=sign)[ ]{{0,9}}){{0,2}})'
    r'"?[<>≤≥]?\d{1,6}(?:\.\d{1,3}|(?!(?P=sign)),\d{1,3})?"?[ ]{0,9}'
    rf'(?:(?<![A-Za-z]\d,\d)$|(?P=sign)[ ]{{0,9}}(?!{_ALONE})"?(?:{_RANGE}|{_WORD})"?[ ]{{0,9}}(?:$|(?P=sign)[^\n]*$))',
    re.MULTILINE | re.IGNORECASE,
)
_OF_BLOOD = re.compile(
    r"[ ,]+(?:\[[^\]]*\][ ]?)?(?:in[ ])?(?:serum|plasma|blood|fasting|random|total)(?:[ ]or[ ]plasma)?\W*$",
    re.IGNORECASE,
)
_UNSAID = re.compile(_SILENT, re.IGNORECASE)
_MARKS = str.maketrans({'"': " ", ";": "\t", "|": "\t"})


def as_prose(text: str) -> str:
    """The text with tabs in such rows and no range between name and number. Offsets stay the same."""
    return _ROW.sub(_in_order, text)


def _in_order(row: re.Match[str]) -> str:
    whole, start = row[0], row.start()
    name, aside = (slice(row.start(group) - start, row.end(group) - start) for group in ("name", "aside"))
    named = _OF_BLOOD.sub(lambda words: " " * len(words[0]), row["name"])
    before = _UNSAID.sub(lambda words: " " * len(words[0]), row["aside"])
    marks = _MARKS | ({ord(","): "\t"} if row["sign"] == "," else {})
    parts = (whole[: name.start], named, whole[name.stop : aside.start], before, whole[aside.stop :])
    return "".join(parts).translate(marks)
