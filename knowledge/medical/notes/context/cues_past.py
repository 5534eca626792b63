"""English words that place a finding in the past: "s/p", "as a child", "surgery 2018". Data only; see :mod:`.cues`."""

from .cue_rules import Assertion, CueRule

_AGES = (
    "year", "yr", "month", "mo", "week", "wk", "day",
    "hour", "hr", "hours", "hrs",
    "years", "yrs", "months", "mos", "weeks", "wks", "days",
)  # fmt: skip
_LAST_YEAR = "(?<!the.)(?<!since.)(?<!than.)(?<!this.)(?<!to.)last (?:year|winter|spring|summer|autumn)"
_WHO = "(?:he|she|the patient|patient|pt)"
_AS_A_CHILD = "as an? (?:child|kid|infant|baby|teenager|adolescent|boy|girl|young adult)"
_HAD = "(?: had been treated for| was treated for| had| developed| suffered| was)?"
_NO_AGE = "".join(rf"(?<!{unit}.)" for unit in (*_AGES, "/12", "/52", "/7")) + "".join(
    rf"(?<!\d.{unit}.)(?<!\d{unit}.)" for unit in "ymwdh"
)

_AN_AGE = r"\d{1,2}(?!\d|\s?(?:months?|mths?|weeks?|wks?|days?|hours?|hrs?|min(?:ute)?s?)\b|\s?[-/:])"
_NOT_OF_KIN = "".join(rf"(?<!{kin}\s)" for kin in ("son", "daughter", "child", "children", "wife", "husband"))
_AT_AGE = (
    rf"\(?(?:(?:at )?(?:the )?age(?: of)?|{_NOT_OF_KIN}aged|when s?he was(?: aged)?"
    r"(?= \d{1,2}\s*(?:[.,;)\n]|$|(?:and|he|she|years?|yrs?)\b))) "  # otherwise it may be a height or a distance
    f"{_AN_AGE}"
)
_EVENT = (  # for a stroke, a number below 25 is the hour
    r"(?:(?<=suicide\s)|(?<=overdose\s)|(?<=MI\s)|(?<=DVT\s)|"
    r"(?:(?<=stroke\s)|(?<=CVA\s)|(?<=TIA\s))(?!at (?:1|2[0-4])))"
)
_MONTH = "(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*,?"
_DATED = "|".join(  # what happens once, not what lasts: after "pain", 2015 is the hour
    rf"(?<={event}\s)"
    for event in (
        *("stroke", "CVA", "TIA", "MI", "infarct", "infarction", "PE", "DVT", "VTE", "embolism", "thrombosis", "SAH"),
        *("SDH", "ICH", "bleed", "hemorrhage", "haemorrhage", "fracture", "NOF", "cancer", "carcinoma", "lymphoma"),
        "melanoma",
        *("overdose", "attempt", "pneumonia", "pancreatitis", "sepsis", "meningitis", "tuberculosis", "TB", "arrest"),
        *("anaphylaxis", "pneumothorax", "dissection", "appendicitis", "cholecystitis", "PCI", "CABG", "ectomy"),
        *("plasty", "replacement", "pacemaker", "PPM", "transplant", "ca.breast", "ca.colon", "ca.prostate"),
    )
)
_YEAR = (
    rf"(?:{_DATED})\(?(?:in )?(?:{_MONTH} )?(?:19[4-9]\d|20[0-3]\d)"
    r"(?=\s*(?:[.,;:)(]|$|\n|(?:with|and|treated|after)\b))"
    # among times of day it is one
    r"(?![^.;\n]{0,60}\b(?:0\d|1[0-8]|2[1-3])[0-5]\d\b)(?!\.\d)"
)
AT_AGE_RULES = (
    CueRule(
        Assertion.HISTORICAL,
        # a bare number only after an event: "hypotensive at 80" is no age
        (_AT_AGE, rf"{_EVENT}at (?:1[3-9]|[2-9]\d)(?=\s*(?:[.,;)]|$))"),
        backward=True,
        reach=4,
        commas=False,
    ),
    CueRule(
        Assertion.HISTORICAL,
        (
            rf"(?:(?<=\A)|(?<=[.;\n]\s)){_AT_AGE},?(?: (?:he|she|(?:the )?patient|pt))?"
            "(?: had| developed| suffered)?",
        ),
        reach=4,
    ),
)
"""Age at the time of an event: cues if the patient is older now."""

PAST_RULES = (
    CueRule(
        Assertion.HISTORICAL,
        (
            "(?:(?:past|prior|previous|remote|personal|known|significant|medical|surgical|long) )*(?:history|hx)"
            "(?: (?:is|was))?(?: (?:significant|notable|remarkable|positive))? (?:of|for|includes|including)",
            r"h/o",
            r"s/p",
            "status post",
            "(?:pmhx?|past medical history|past history)(?: (?:is|was|of|for|significant for|notable for|includes?))*",
            "(?:prev(?:ious)?|prior(?! to)|former|childhood|remote|known prior|"
            "past(?! (?:few|couple|several|\\d|two|three|four|hours?|days?|weeks?|night)))",
            rf"{_NO_AGE}(?<!same.)old(?! (?:m[ae]n|lad(?:y|ies)|wom[ae]n|(?:fe)?male|pt|patient|person|age)\b)",
            "(?:previously(?! (?:fit|well|healthy|asymptomatic|independent)\\b)|formerly|once)(?: had| was)?"
            "(?: diagnosed| treated)?(?: with| for)?",
            "(?:was|were|had been) treated (?:for|with)",
            rf"(?:(?<=\A)|(?<=[.,:;\n]\s)){_AS_A_CHILD},?(?: {_WHO})?{_HAD}",
            rf"{_AS_A_CHILD},?(?: {_WHO}{_HAD}| had)",
            "during (?:her|the|a) (?:last|first|previous|prior|second) pregnancy",
            "(?:\\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|several|many|some) years? "
            f"(?:ago|earlier|before)(?: {_WHO})?{_HAD}",
            f"{_LAST_YEAR},?(?: {_WHO})?{_HAD}",
            f"(?<![\\w,)].)in (?:childhood|infancy|adolescence|(?:19|20)\\d\\d),? {_WHO}{_HAD}",
        ),
    ),
    CueRule(
        Assertion.HISTORICAL,
        (
            _AS_A_CHILD,
            "when (?:s?he was )?(?:much )?younger",
            "in (?:childhood|infancy|adolescence|(?:19|20)\\d\\d)",
            "(?:\\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|several|many|some) years? "
            "(?:ago|earlier|before)",
            f"(?:{_LAST_YEAR}|in the past)",
        ),
        backward=True,
        reach=4,
    ),
    CueRule(Assertion.HISTORICAL, (_YEAR,), backward=True, reach=0),
    # "cataract ops 2018", "hernia repair, aged 5"
    CueRule(
        Assertion.HISTORICAL,
        (
            r"(?:ops?|operations?|operated(?: on)?|surger(?:y|ies)|repair(?:s|ed)?|remov(?:als?|ed)|"
            r"extract(?:ions?|ed)|excis(?:ions?|ed))(?:,? (?:both|left|right|[LR]|BE|LE|RE|bilat\w*|eyes?|in|of))*,? "
            r"\(?(?:(?:19|20)\d\d\b(?![-/.]\d| ?h)|\d+ (?:years?|yrs?) ago|aged? \d)",
        ),
        backward=True,
        reach=0,
    ),
)
