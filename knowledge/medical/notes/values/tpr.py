"""Temperature, pulse and respirations in one row, as wards chart them: ``TPR: 37.8/98/18``."""

import re
from collections.abc import Iterator

from ...measurements import Measurement, Quantity

Q = Quantity
_TPR = re.compile(
    r"(?<![A-Za-z])T/?P/?R\s?[:：=]?\s?(?P<temperature>(?:3[4-9]|4[0-2])(?:\.\d)?)\s?(?:℃|°\s?C)?\s?[/,，]\s?"
    r"(?P<pulse>\d{2,3})(?:次/分)?\s?[/,，]\s?(?P<breaths>\d{1,2})(?![\d/.])"
)


def read_tpr(text: str, source: str) -> Iterator[Measurement]:
    """The three values of each row, all with its offsets."""
    for match in _TPR.finditer(text):
        for quantity, name in (
            (Q.TEMPERATURE, "temperature"),
            (Q.HEART_RATE, "pulse"),
            (Q.RESPIRATORY_RATE, "breaths"),
        ):
            yield Measurement(quantity, float(match[name]), None, source, "", *match.span())
