"""What pain is like, said behind its name: ``chest pain for 2 h, crushing``. With it, it is another finding.

Before its name (``crushing chest pain``) it is a phrase of :mod:`.common` like any other.
"""

import re
from collections.abc import Iterator

_CHEST = r"(?:\b(?:chest|retrosternal|substernal|precordial)\s(?:pains?|discomfort)\b|\bCP\b)"
_HEAD = r"(?:\bheadaches?\b|\bHA\b)"
# Up to a comma, a colon or a verb; none of what begins something else, or denies
_BETWEEN = (
    r"(?:(?!\b(?:no|not|non|never|denie[sd]|without|and|or|but|with|then|radiat\w+|worse|better|relie\w+|pains?|aches?|"
    r"history|hx|previous\w*|prior|past|last|ago)\b)[^.;\n?]){0,40}?"
    r"(?:[,:(]\s?|\b(?:is|was|feels|felt|described)\s)(?:(?:described\s)?(?:as|like)\s|is\s|was\s|feels\s|an?\s|very\s|the\s)*"
)
_ALONE = (
    r"(?=\s*(?:[,.;)]|$|in (?:nature|character|quality)\b|(?:and|for|feeling|sensation|pressure)\b))"  # "heavy smoker"
)
_MIDDLE = r"(?:(?!无|否认|不|既往)[^。；;\n？?]){0,15}?[，,：:](?:呈|为|性质为?)?"
_QUALITIES = (
    (
        "R1:0001",
        rf"{_CHEST}{_BETWEEN}(?P<is>crushing|squeezing|heavy|heaviness|press(?:ing|ure[- ]like)|vi[cs]e[- ]like)"
        rf"{_ALONE}",
    ),
    ("R1:0002", rf"{_CHEST}{_BETWEEN}(?P<is>tearing|ripping){_ALONE}"),
    (
        "HP:0030907",
        rf"{_HEAD}{_BETWEEN}(?P<is>thunderclap|worst(?:\s(?:one|headache|HA))?\s(?:ever|(?:of|in)\s(?:(?:my|his|her|their|the)\s)?life)|"
        r"maximal\s(?:at|within)\s(?:once|onset|seconds|an?\s(?:few\s)?(?:seconds?|minutes?)))\b",
    ),
    ("R1:0001", rf"胸(?:部|骨后|前区)?(?:疼痛|闷痛|痛){_MIDDLE}(?P<is>(?:压榨|压迫|紧缩)(?:样|性|感))"),
    ("R1:0002", rf"胸(?:部|骨后|背)?(?:疼痛|痛){_MIDDLE}(?P<is>撕裂(?:样|性|感))"),
    ("HP:0030907", rf"头(?:部)?(?:疼痛|痛|疼){_MIDDLE}(?P<is>雷击样|霹雳样|刀劈样)"),
)
_REGEXES = [(code, re.compile(pattern, re.IGNORECASE)) for code, pattern in _QUALITIES]


def qualities(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of the words for it, and the code of the finding."""
    for code, regex in _REGEXES:
        for match in regex.finditer(text):
            yield *match.span("is"), code
