"""What a note says about a drug: dose, frequency, and whether it is not given or not tolerated."""

import re
from collections.abc import Collection, Iterator

from ..context.cue_rules import Assertion

_DOSE = re.compile(
    r"[ ,:(]{0,3}(?P<dose>\d+(?:[.,]\d+)?(?:\s?[-/]\s?\d+(?:\.\d+)?)?\s?(?:mg|mcg|micrograms?|[µμ]g|g|kg|ml|mL|units?|"
    r"IU|mmol|mEq|%|puffs?|tablets?|tabs?|capsules?|drops?|[片粒支滴喷])(?:/(?:kg|day|d|h|ml|mL))?(?![/A-Za-z])|"
    r"\d+(?:\.\d+)?(?= (?i:once|twice|daily|nocte|mane|[ob]d|[tq]ds|[bqt]id|at night)\b))?"
    r"(?P<rest>,?[^.,;，。；\n\d]{0,20}?(?P<often>"
    r"(?i:\b(?:once|twice|three times|four times) (?:a day|daily|a week|weekly)|\bdaily\b|"
    r"\bevery \d+ (?:hours|days)|\bq\.?\s?\d{1,2}\s?h|\b(?:[bqt]\.?i\.?d|q\.?d|q\.?h\.?s|p\.?r\.?n|o\.?d)\b\.?|"
    r"\b(?:bd|tds|qds|nocte|mane)\b|\bat (?:night|bedtime)|\bas needed|\bweekly)|"
    r"每[日天晚周](?:\s?[一二两三四1-4]次)?|必要时))?"
)
"""A level ("lithium 1.6 mmol/L") is no dose, nor a bare number unless it says how often ("aspirin 75 od")."""
_NOT_GIVEN_BEFORE = re.compile(
    r"(?:\b(?:hold|held|holding|stop|stopped|stopping|discontinued?|withhold|withheld|off|omit|omitted) "
    r"(?:(?:the|his|her) )?|"
    # a heading, and drugs of its list before this one
    r"(?:^|(?<=[.;\n])|(?<=[.;\n] ))(?:(?:drugs?|medicines?|medications?|meds) )?"
    r"(?:held|stopped|discontinued|withheld|omitted): ?(?:[\w-]+(?: \d[\d.]* ?m?c?g)?(?: \([^()\n]{1,20}\))?, ?){0,4}|"
    r"停用|暂停|停)$",
    re.IGNORECASE,
)
_NOT_GIVEN = re.compile(
    r"(?: \d+\s?\w{1,4}(?: \w{2,5})?)?(?: for \d+ (?:days?|weeks?))?"
    r"(?: (?:was|is|were|has been|had been))?[ (]{1,2}"
    r"(?:withheld|held|on hold|stopped|discontinued|omitted|ceased|completed|now off)\b|"
    r"(?:目前|现)?(?:均|已经?)停(?:用|药|服)?(?=[）)，,。；;、\n]|$)",
    re.IGNORECASE,
)
_REFUSED_BEFORE = re.compile(
    r"(?:\b(?:refus\w+|declin\w+|never (?:took|had|started)) (?:(?:the|his|her|any) )?|"
    r"未服用?|未使用|拒绝(?:使用|服用)?|禁用|忌用)$",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"(?: (?:was|is))? (?:not (?:started|given|taken)|refused|declined|(?:is )?contraindicated)\b", re.IGNORECASE
)
_NEVER_BEFORE = re.compile(r"\b(?:declin(?:ed|es|ing)|never (?:took|had|started|taken)) (?:any )?$", re.IGNORECASE)
_NEVER = re.compile(
    r"(?: (?:was|is|has been|had been))?(?: (?:never|not(?: yet)?) (?:started|commenced|initiated)| declined)\b"
    r"(?! (?:back|again|today|this|tonight)\b)",
    re.IGNORECASE,
)
_TODAYS = re.compile(  # a single dose of a drug that is taken
    r"[^.;\n]{0,30}\b(?:dose|today|tonight|this (?:morning|evening)|INR \d)", re.IGNORECASE
)
_ENDED = re.compile(r"[^.;\n]{0,30}\b(?:stopped|ceased|discontinued|until|previously|(?:19|20)\d\d)\b", re.IGNORECASE)
_TAKEN = re.compile(  # "on", or the first drugs of a list after it
    r"(?<!was )(?<!were )(?<!been )(?<!had )(?<!usly )(?<!erly )\bon "
    r"(?:(?:the|his|her|home|regular|daily|long-?term|lifelong|low-dose|oral) )*"
    r"(?:[a-z-]+(?: \d[\d.]* ?\w{1,3})?(?: (?:od|bd|tds|qds|daily))?(?:,? (?:and|&|\+) | ?[/+] ?)){0,2}$",
    re.IGNORECASE,
)
_TAKEN_ZH = re.compile(r"(?:服用?|长期|平素|应用|使用|注射|吸入|控制)[^，。；;曾停未不\d]{0,8}$")
_SCHEDULED = re.compile(
    r"[^，。；;\s\d]{0,4}\s?\d[\d.]*\s?(?:m?g|ug|μg|IU|u|片|粒|ml)\s?(?:qd|q[nod]|bid|tid|qid|每[日天晚])", re.I
)
_GOES_ON = re.compile(  # in a plan, or in a list of discharge medicines
    r"(?<!not )\b(?:continu(?:e|es|ed|ing)|cont\.?|(?:remains?|stays?) on|(?:his|her|your) (?:usual|regular)) "
    r"(?:(?!\b(?:hold|held|holding|withh\w+|stop\w*|off|(?:re-?)?start\w*|commenc\w*|switch\w*|chang\w*|if|until|"
    r"without|monitor\w*|observ\w*|avoid\w*|consider\w*|may|might|could|should|needs?|add\w*|give|except\w*|excluding|"
    r"apart|aside|bar|but|minus|other|instead|rather|place|not?|nil|unless|when|pending|then|discuss\w*|ask|advice|"
    r"review\w*|resum\w*|(?:re-?)?introduc\w*|initiat\w*|begin\w*|load\w*|bridg\w*|convert\w*|replac\w*|swap\w*|"
    r"trial\w*|omit\w*|ceas\w*|discontinu\w*|paus\w*|suspend\w*|defer\w*|delay\w*|declin\w*|refus\w*)\b)"
    r"(?:[^.;:\n]|\.(?=\d))){0,60}$|"
    r"(?<!不)(?:继续|坚持|长期|规律|维持)(?:(?!停|暂|禁|勿|如|若|必要|考虑|观察|监测|复查)[^，。；;\n]){0,20}$|"
    r"出院(?:医嘱|带药)[:：](?:[^\n]*[。；;，,])?(?:(?!停|暂|禁|勿|避免|如|若|不|必要|考虑|观察|监测|复查)[^。；;，,\n])*$",
    re.IGNORECASE,
)
_CONSIDERED = re.compile(
    r"\b(?:avoid(?:s|ing)?|consider(?:s|ing)?|(?:may|might|would|will) need|in place of|add(?:ing)?) "
    r"(?:(?:adding|starting|an?|any|the|oral|IV) ){0,2}$",
    re.IGNORECASE,
)
_SUSPECTED = re.compile(
    r"[ -](?:toxic|overdos|poison|induced|relat|as (?:the )?cause|level|revers|effect)\w*", re.IGNORECASE
)
_LISTED = re.compile(r",|\b(?:and|or)\b|[&+]")
_CONDITION = re.compile(
    r"(?: \d[\w.]*| [bto]d)*,? (?:only )?(?:if|unless|when|once (?!daily|a |weekly))\b", re.IGNORECASE
)
"""After a drug, which is then only considered, unless it is the first that a plan continues."""
_STOPPED_ZH = re.compile(r"[^，。；;\n]{0,12}(?:停用|暂停|停服|停药)")
_HARMED = re.compile(
    r"bleed|bled|h[ae]?emorrh|rash|react|swell|cough|develop|whil|anaphyl|intoler|allerg|hyperkal|hyponatr|hypogly|"
    r"myopath|pancreatit|liver failure",
    re.IGNORECASE,
)
_TREATED_BEFORE = re.compile(
    r"\b(?:given|gave|giving|received?|administered|treated with|terminated (?:with|by)|aborted (?:with|by)|"
    r"stopped (?:with|by)|settled with|responded to) [^.,;\n]{0,20}$|\b(?:IV|IM|PR|IN|buccal|rectal|intranasal) $"
)
_TREATED = re.compile(r" ?\d[\d.]* ?m?g (?:IV|IM|PR|IN|SC|buccal|rectal|intranasal|stat|given)\b")
_SEIZED = re.compile(r"seiz|convuls|epilep|\bfit(?:s|ting)?\b|GTCS|withdrawal|agitat", re.IGNORECASE)
_MISUSED = re.compile(
    r"too much|\bextra\b|wrong|instead|accident|overdos|\bOD\b|ingest|swallow|abus|misus|friend|"
    r"\b(?:took|takes?|taken|taking)\b",
    re.IGNORECASE,
)
_ALLERGIES = re.compile(
    r"(?:^|(?<=[.;。；]))[ \t]*(?:[-*•][ \t]*)?(?:"
    r"(?:(?:known|drug|food|medication|medicine)[ /]){0,2}"
    r"(?:allerg(?:ies|y)|sensitivities|intolerances|adverse reactions?)"
    r"(?: history| list)?(?:[ \t]*[:=–-]|[ \t]+includ(?:e|ing)|(?=[ \t]*\n)|(?= ))|(?:药物)?过敏史?[:：])"
    r"(?P<list>[ \t]*(?:\n[ \t]*(?:(?:[-*•]|\d+[.)])[^\n]*|"
    r"(?![^\n]{0,60}(?:[:：]|\d ?(?:mg|mcg|g|ml|units?)\b))[^\W\d][^\n]{0,60}$))+|"
    r"[^.\n。；;]*(?:\n[ \t]*(?:[-*•]|\d+[.)])[^\n]*)*)",
    re.IGNORECASE | re.MULTILINE,
)
"""The heading of a list of what is not tolerated, and the list: the rest of the sentence and the items below or, if the
heading is alone, the lines below up to a blank one, another heading or a dose."""
_NONE = re.compile(
    r"[\s:=–-]*(?:none|nil|no\b|not? known|NKD?A|unknown|denie[sd]|to\b|of\b|无|未|否认|不详)", re.IGNORECASE
)
_NO_MORE = re.compile(
    r"\b(?:on|takes|taking|currently|given|treated|start(?:ed)?|plan|meds?|medications?|medicines|pmhx?|rx|tolerat\w+|but)\b|耐受|口服|服用",
    re.IGNORECASE,
)
_ALLERGIC = re.compile(
    r"\b(?:allerg(?:ic|y|ies)|intoleran(?:t|ce)|hypersensitiv\w+|adverse (?:drug )?reactions?|anaphyla\w+) (?:to|of)\b"
    r"(?!.*\b(?:but|tolerat\w+|treated|given|takes|on|no)\b)[^.;:。；：\n]{0,40}\Z",
    re.IGNORECASE,
)
_IS_ALLERGIC = re.compile(
    r"[ -]?(?:allerg(?:y|ies)\b|intoleran|hypersensitiv|(?:类(?:药物?|抗生素)?)?(?:[、和及][^，。；、]{1,8}){0,3}过敏)",
    re.IGNORECASE,
)
_REACTION = re.compile(
    r"(?:\s?[(（]|:\s|\s[-–]\s)(?:rash|hives|urticaria|angio-?o?edema|anaphyla|swelling|皮疹|过敏|荨麻疹)",
    re.IGNORECASE,
)
_TREATS_ALLERGY = frozenset({
    "epinephrine", "cetirizine", "loratadine", "fexofenadine", "chlorphenamine", "diphenhydramine",
    "prednisolone", "prednisone", "hydrocortisone", "dexamethasone", "methylprednisolone",
})  # fmt: skip
_AROUND = 60  # characters before a drug


def dose_of(text: str, end: int, until: int) -> tuple[str, str]:
    """Dose and frequency after a drug that ends at ``end``, verbatim, before ``until``; empty if not stated."""
    match = _DOSE.match(text, end, until)
    if match is None:
        return "", ""
    return (match["dose"] or "").strip(), (match["often"] or "").strip().removesuffix(".")


def said_of_drug(text: str, start: int, end: int, assertion: Assertion, cue: str) -> tuple[Assertion, str]:
    """Assertion and cue of a drug, which may be stopped or refused without being negated.

    Args:
        assertion, cue: from the general context of the drug.
    """
    if assertion is Assertion.HYPOTHETICAL and goes_on(text, start, end):
        return Assertion.PRESENT, ""
    if assertion not in (Assertion.PRESENT, Assertion.HISTORICAL):
        return assertion, cue
    if considered := considered_only(text, start, end):
        return Assertion.HYPOTHETICAL, considered
    before = text[max(0, start - _AROUND) : start]
    if match := _NOT_GIVEN.match(text, end) or _NOT_GIVEN_BEFORE.search(before):
        return Assertion.RESOLVED, match[0].strip(" (")
    if match := _REFUSED.match(text, end) or _REFUSED_BEFORE.search(before):
        return Assertion.NEGATED, match[0].strip()
    if assertion is not Assertion.HISTORICAL:
        return assertion, cue
    taken = _TAKEN.search(before)
    if taken:
        sentence = max(map(before.rfind, ".;\n")) + 1
        if not _HARMED.search(before, sentence, taken.start()) and not _ENDED.match(text, end):
            return Assertion.PRESENT, ""
    # in a past history
    is_listed = cue.endswith("史") or cue == "既往"
    if is_listed and (_TAKEN_ZH.search(before) or _SCHEDULED.match(text, end)) and not _STOPPED_ZH.match(text, end):
        return Assertion.PRESENT, ""
    return assertion, cue


def goes_on(text: str, start: int, end: int) -> bool:
    """Whether a plan continues a drug, which is therefore taken: "continue warfarin"."""
    match = _GOES_ON.search(text[max(0, start - 200) : start])
    if match is None or _STOPPED_ZH.match(text, end):
        return False
    return not (_LISTED.search(match[0]) and _CONDITION.match(text, end))


def considered_only(text: str, start: int, end: int) -> str:
    """The words that say that a drug is only considered, or avoided; empty if none."""
    match = _CONSIDERED.search(text[max(0, start - _AROUND) : start])
    return match[0].strip() if match and not _SUSPECTED.match(text, end) else ""


def never_taken(text: str, start: int, end: int) -> str:
    """The words that say that a drug was never started; empty if none. One that was stopped or held may still work."""
    match = _NEVER.match(text, end) or _NEVER_BEFORE.search(text[max(0, start - _AROUND) : start])
    return match[0].strip() if match and not _TODAYS.match(text, end) else ""


def allergy_lists(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of the text under a heading of allergies, as far as it can be a list of them."""
    for match in _ALLERGIES.finditer(text):
        start, end = match.span("list")
        if _NONE.match(text, start, end):
            continue
        cut = _NO_MORE.search(text, start, end)
        yield start, cut.start() if cut else end


def is_not_tolerated(text: str, start: int, end: int, name: str, lists: Collection[tuple[int, int]]) -> bool:
    """Whether a drug is named as one that the patient does not tolerate.

    Args:
        name: its ingredient; drugs that treat an allergic reaction are also mentioned beside it.
        lists: from :func:`allergy_lists`.
    """
    if any(first <= start < last for first, last in lists):
        return True
    if _ALLERGIC.search(text[max(0, start - _AROUND) : start]) or _IS_ALLERGIC.match(text, end):
        return True
    return name not in _TREATS_ALLERGY and _REACTION.match(text, end) is not None


def is_treatment(before: str, after: str) -> bool:
    """Whether the words around a sedative in its sentence say that it was given for a seizure or the like."""
    if _MISUSED.search(before) or _MISUSED.search(after) or not (_SEIZED.search(before) or _SEIZED.search(after)):
        return False
    return _TREATED_BEFORE.search(before) is not None or _TREATED.match(after) is not None
