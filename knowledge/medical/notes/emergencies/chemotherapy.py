"""Chemotherapy of recent weeks, after which fever is an emergency, as opposed to that of years ago."""

import re
from collections.abc import Iterator

from ...codes import code_of
from ..context.past import is_long_ago

RECENT = code_of("R1:0583 Recent chemotherapy")
_JUST_GIVEN = re.compile(
    r"\bon chemo(?:therapy)?\b|"
    r"\bchemo(?:therapy)? (?:last week|yesterday|(?:[1-9]|[12]\d|a few|several) ?(?:d|days?) ago|"
    r"(?:[1-4]|a|one|two|three) ?(?:wks?|weeks?) ago)\b",
    re.IGNORECASE,
)


def recent_chemotherapy(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of chemotherapy that is ongoing or of the last days or weeks, and the code of recent chemotherapy."""
    for match in _JUST_GIVEN.finditer(text):
        if not is_long_ago(text, *match.span()):
            yield *match.span(), RECENT
