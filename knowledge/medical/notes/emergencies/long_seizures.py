"""Seizures said to have lasted five minutes or more, or to be ongoing: status epilepticus under any name.

After the definition of the International League Against Epilepsy (https://doi.org/10.1111/epi.13121).
"""

import re
from collections.abc import Iterator

from ...codes import code_of

STATUS_EPILEPTICUS = code_of("HP:0002133 Status epilepticus")
_LONG = 5  # minutes
_SOUGHT = re.compile(r"seiz|convuls|\bfit|GTC|抽搐|惊厥|癫痫|抽筋|痉挛", re.IGNORECASE)
_SEIZURE = re.compile(
    r"(?:(?:\b(?:seizures?|seizing|convuls\w+|GTC(?! (?:seiz|conv))(?:Ss?)?)"
    r"|\b(?:is|was|been|started|still|kept|he|she|child|baby|patient|pt) fitting\b"
    # not of a brace or a dress, which has words before it
    r"|(?:^|(?<=[.;:,\n])|(?<=[.;:,\n]\s))fitting(?=\s(?:(?:for|x)\s?(?:[a-z]+\s)?|[>≥~]\s?)\d)"
    # nor of being fit
    r"|(?:^|(?<=[.;:,\n])|(?<=[.;:,\n]\s)|\b(?:had|having)\s(?:(?:an?|his|her|another|second|first)\s){1,2})"
    r"fit(?=\s(?:for|lasting|lasted)\s(?:[a-z]+\s){0,2}\d{1,2}\s?min(?:ute)?s?\b(?!\s(?:of|walk|run|exerc|daily|a)\b)))"
    r"(?! ?-?free)\b(?:(?!\b(?:post|follow|then|after|confus|sleep|drows))[^.,;\n]){0,30}?"
    r"(?:\b(?:(?:lasting|lasted|for|over|ongoing|persisting)\b|x(?=\s?\d))|(?=[>≥~]\s?\d))"
    r"|(?:抽搐|惊厥|癫痫发作|全身(?:抽筋|痉挛))(?:[^。，,；;停后\n]{0,8}?|(?:[一两二三\d]次)?[，,])(?:持续|长达|达))"
    r"[\s~≈>≥约了达已超过]{0,4}(?:(?:about|around|approximately|more than|over|at least|nearly)\s)?"
    r"(?:(?:\d+\s?(?:-|to)\s?)?(?P<minutes>\d{1,3})\+?[余多]?\s?(?:min(?:ute)?s?\b|分钟)"
    r"|(?P<hours>(?:half\s)?an\s(?:half\s)?hour\b|(?:\d+|one|two|several)\s?h(?:ou)?rs?\b|(?:\d+|半|一|两|数)个?小时))",
    re.IGNORECASE,
)
_BRIEFLY = re.compile(  # with only spaces in between: "convulsing 25 mins", "a 10 min GTCS"
    r"(?:\b(?:seizure|seizing|convuls(?:ion|ing)|GTCS?|(?:is|was|been|still) fitting)\s[~>≈]?\s?"
    r"(?P<after>\d{1,3})\+?\s?min(?:ute)?s?\b"
    r"(?!\s?(?:ago|after|following|since (?:last|his|her)|"
    r"or (?:more|longer)|before|prior|post|later|earlier|pre|PTA|from|into|apart|between|back|of\b|walk))"
    r"|(?<!every )(?<!after )(?<!within )(?<!last )(?<!past )(?<!for )\b(?P<before>\d{1,3})[ -]?min(?:ute)?s?[ -]"
    r"(?:long |generali[sz]ed |tonic[- ]clonic )*(?:seizure|convulsion|GTCS?)\b"
    r"(?![ -]?(?:free|watch|later|call|first aid|talk|video))"
    r"|(?:(?<![肌睑皮腿肢手脚足角部肉])持续性?(?:抽搐|惊厥)|全身(?:抽筋|痉挛))[了约达已近超过\s]{0,3}(?P<zh>\d{1,3})\s?余?分钟"
    r"|(?:抽搐|惊厥)[已约达近]{0,2}(?P<on>\d{1,3})余?分钟(?=[，,]?[仍未不]能?(?:缓解|停|止|终止)))",
    re.IGNORECASE,
)
_STILL = re.compile(  # not what recurs: "still seizing once a month"
    r"\bstill (?:(?:actively|continuously) )?(?:(?:seizing|convulsing)\b"
    r"(?! (?:(?:about |around )?(?:once|twice|every|(?:\d+|a few|several|many) ?(?:times|x\b)|\d+ (?:a|per)\b)|"
    r"most|daily|weekly|monthly|nightly|regularly|occasionally|intermittently|sometimes|often|frequently)\b)"
    # nor what a cast, a mask or clothes do
    r"|fitting(?=[.,;:)\n]|$| (?:on|after|despite|by|when|now)\b| in (?:the )?(?:ambulance|resus|ED|A&E)\b| at \d))"
    # nor the twitching of a muscle
    r"|(?<![肌睑皮腿肢手脚足角部肉])(?:仍|仍在|持续)(?:抽搐|惊厥)(?=不止|中|[，。；,;\n]|$)(?:不止|中)?",
    re.IGNORECASE,
)


def long_seizures(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of each, from the seizure to its duration, or of the words that say it is ongoing."""
    if not _SOUGHT.search(text):
        return
    for match in _STILL.finditer(text):
        yield match.span()
    for match in _BRIEFLY.finditer(text):
        if int(match[match.lastgroup or 0]) >= _LONG:
            yield match.span()
    for match in _SEIZURE.finditer(text):
        if match["hours"] or int(match["minutes"]) >= _LONG:
            yield match.span()
