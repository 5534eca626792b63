"""Overdoses that a text tells by amount or in short, and pesticides: "took 40 tablets", "OD of 30", "口服百草枯".

"OD" is once daily and the right eye, too. Ten tablets at once are more than anybody prescribes, but for a course; fewer
count where they were taken by accident. The numbers are ours, not of any source.
"""

import re
from collections.abc import Iterator
from functools import cache

from .case import Evidence
from .characters import plain
from .drugs import load_drugs

OVERDOSE, PESTICIDE, THOUGHT_OF = "R1:0173", "R1:0175", "HP:0031589"
_MANY = 10  # tablets
_MANY_GRAMS = 6  # of paracetamol, whose daily maximum is 4 g
_TOOK = (
    r"\b(?:took|taken|taking|ingest(?:ed|ing)|ingestion of|swallow(?:ed|ing)|consumed|"
    r"overdos\w{1,3} (?:of|on|with)|OD (?:of|on))\s"
)
_ABOUT = (
    r"(?:(?:about|around|approx(?:imately|\.)?|at least|more than|over|"
    r"up to|nearly|almost|possibly|another|an?)\s|[~≈>]\s?){0,2}"
)
_TENS = r"(?:ten|twelve|fifteen|sixteen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|(?:\w+\s)?dozen|hundred)"
_NO_COUNT = (  # "40 mg", "20 minutes", "10 day", "20:15"
    r"(?!\s(?:different\s)?(?:medications|medicines)\b|"
    r"\s?-?(?:mg|mcg|[uµμ]g|g|grams?|ml|l|units?|iu|mmol|st|nd|rd|th|am|pm|hourly|"
    r"(?:min(?:ute)?|h(?:ou)?r|h|day|week|wk|month|year|yr)s?)\b|\s?[%/:]|[.,]?\d)"
)
_WHAT = r"(?P<what>[^.,;:()\n]{1,60})"
_PARACETAMOL = r"(?:paracetamol|acetaminophen|tylenol|APAP)"
_AMOUNTS = (
    rf"{_TOOK}{_ABOUT}(?:(?P<n>\d{{1,3}})(?:\s?(?:-|–|to)\s?\d{{1,3}}|\+)?|{_TENS}){_NO_COUNT}{_WHAT}",
    rf"{_TOOK}(?:(?:the|an?|his|her|their|\d{{1,2}}|two|three|several|multiple)\s){{0,2}}"
    r"(?:(?:whole|entire|full)\s(?:pack(?:et|age)?|box|bottle|strip|blister)|(?:packet|pack|boxe|bottle|strip)s(?=\sof\b)"
    rf"|handful|(?:large|unknown) (?:amount|number|quantity)){_WHAT}",
    rf"\b(?:accidental(?:ly)?|unsupervised)\s(?:ingest|swallow|ate|eaten|took|taken|consum)\w*{_WHAT}",
    rf"\b(?:ate|eaten|ingested|swallowed)\s(?:[^\s.,;]{{1,20}}\s){{0,4}}"
    rf"(?:mother|father|mum|mom|dad|gran\w*|nan|brother|sister|wife|husband)'s{_WHAT}",
    rf"{_TOOK}{_ABOUT}(?:(?P<of>\d{{1,3}})\s?(?:g|grams?)\s(?:of\s)?{_PARACETAMOL}|{_PARACETAMOL}\s(?P<to>\d{{1,3}})\s?g)\b",
)
_AMOUNT = [re.compile(amount, re.IGNORECASE) for amount in _AMOUNTS]
_FORM = re.compile(r"tab(?:let)?s?|pills?|cap(?:sule|let)?s?|med(?:ication|icine)?s?", re.IGNORECASE)
_COURSE = re.compile(
    r"\b(?:daily|weekly|monthly|nightly|prep|course|prescribed|(?:a|per|each|every) (?:day|night|week|month)|"
    r"(?:over|in) the (?:last |past )?(?:month|year)|years?|months?|weeks?|meals?)\b|/(?:day|d|week|wk)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]+")
_WORDS_OFF = 6  # a drug's name from its number
_BARE = r"(?!\s?(?:\d|[:=/])|\s(?:eye|lens|vision|VA|IOP|dose|dosing))"
_END = r"(?=\s?(?:$|[.,;)\n]|x\s?\d|(?i:last night|yesterday|today|this|tonight|attempts?|in \d{4}|\d{4})\b))"
_SHORT = re.compile(
    r"(?:\b(?i:(?:un)?intentional|deliberate|impulsive|accidental|staggered|mixed|suspected|possible|probable|query|"
    r"poly\w+|drug|pill|heroin|opioid|opiate|fentanyl|benzo\w*|(?:took|taken)(?: an?)?)\s|\?\s?)"
    rf"(?P<kind>ODs?)\b{_BARE}"
    r"|\b(?i:an|after|following|post|(?:present|admitt|came|brought)\w*(?: in)? with|recent|previous|prior|of|"
    rf"s/p|for)\s(?P<bare>ODs?)\b{_END}"
    r"|\b(?P<verb>ODs?['’]?(?:e?d|ing))\b"
    r"|\b(?P<on>OD)\s(?:on|of|with)\s(?=(?P<what>[^.,;:()\n]{1,60}))"
)
_THOUGHT = re.compile(
    r"\b(?:thoughts? (?:of|about)|thinking (?:of|about)|thought about|plan(?:s|ned|ning)? (?:to|of|on)|"
    r"consider(?:ed|ing|s)|want(?:s|ed|ing)? to|threat\w+ (?:to|of|with)|urges? to|"
    r"inten(?:ds|ded|t|tion)s? (?:to|of)|going to)\s(?:(?:tak(?:e|ing)|an?|another)\s){0,2}(?:overdos(?:e|ing)|OD)\b",
    re.IGNORECASE,
)
_TOOK_ZH = r"(?:口服|服用|服下|吞服|吞下|自服|误服|误食|吃下?|服)了?"
_ZH = re.compile(
    rf"{_TOOK_ZH}[^，,。；;、\n每日次]{{0,14}}?(?:(?<![\d.])(?P<n>\d{{2,3}})[余多几]?|[二三四五六七八九]?十[余多几]?|[数几]十|[上近]百)[片粒颗]"
    rf"|{_TOOK_ZH}[^，,。；;、\n每日次]{{0,10}}?[整一两三半][瓶把]药?"
    # a box of what may be a course counts only where it was swallowed, or is for sleep
    rf"|(?:[吞误]服|[服吞]下|{_TOOK_ZH}[^，,。；;、\n每日次]{{0,6}}?(?:安眠药|安定|西泮|唑仑|匹克隆))了?"
    r"[^，,。；;、\n每日次]{0,10}?[整一两三半][盒板]"
    rf"|{_TOOK_ZH}(?:大量|[数几]瓶)(?![^，,。；;\n]{{0,10}}(?:中药|治疗))(?=[^，,。；;\n]{{0,10}}(?:[药片酚平林定]|西泮|唑仑|洛尔))"
    r"|(?:药物|服药|用药|安眠药)过量|(?:过量|超量|超剂量)(?:服用|服药|口服|吞服)|(?:药物|安眠药|安定)中毒|服毒|"
    r"误服(?=[^，,。；;\n]{0,12}(?:[药片酚平林定]|西泮|唑仑|洛尔))"
)
_COURSE_ZH = re.compile(r"[每共计]|疗程")
_DAYS_ZH = re.compile(r"装|[共计分，,]{0,2}[\d一二两三四五六七八九十]{1,3}[天周]")  # behind it
_NOT_ZH = re.compile(r"(?:避免|防止|预防|警惕|勿|不要|谨防|以免|禁止?|长期)[^，。；\n]{0,6}$")
_DRUNK = re.compile(
    r"\b(?:drank|drinking|drunk|swallowed|ingest(?:ed|ing|ion)|consumed|took|taken)\s(?:[^\s.,;]{1,12}\s){0,4}?"
    r"(?:pesticide|insecticide|herbicide|weed ?killer|paraquat|organophosph\w+|glyphosate|rat poison|rodenticide|"
    r"alumini?um phosphide|celphos)\b"
    r"|\b(?:(?-i:OP)(?: compound)?|organophosph\w+|paraquat|rat poison|celphos) (?:poisoning|ingestion|consumption)\b"
    r"|(?:口服|误服|自服|吞服|喝下?|服|饮)了?[^，,。；;\n]{0,8}?(?:农药|百草枯|敌敌畏|敌草快|草甘膦|有机磷|除草剂|杀虫剂|[老灭]?鼠[药强])"
    r"|(?:有机磷|农药|百草枯|敌草快|鼠药)(?:农药)?中毒",
    re.IGNORECASE,
)
_MEANT = re.compile(
    r"(?<!un)(?<!non-)\b(?:intentional|deliberate|on purpose|self-?(?:harm|poison)|suicid|(?:to|wish\w*) die\b|"
    r"end(?:ing)? (?:it all|(?:his|her|their) life)|t(?:ak\w+|ook) (?:his|her|their) own life|kill (?:him|her|them)sel)"
    r"|故意|自杀|轻生|服毒|自尽|寻死|不想活",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"(?:\b(?:den\w+|not?|without|nor|never)\b[^.,;]{0,30}|(?:否认|[无非不未])[^，。；]{0,4})$", re.IGNORECASE
)
_OF_OLD = re.compile(
    r"\b(?:previously|(?:previous|prior|past(?!\s(?:\w+\s)?(?:min|h(?:ou)?r|day|night|week))|last year's?)"
    r"(?:\s\w+){0,2})\s$",
    re.IGNORECASE,
)


@cache
def _drugs() -> frozenset[str]:
    return frozenset(name.casefold() for names in load_drugs().ingredients.values() for name in names)


def overdoses(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets and code of each, up to the amount; one that is only thought of has that code."""
    for match in _THOUGHT.finditer(text):
        yield *match.span(), THOUGHT_OF
    for regex in _AMOUNT:
        for match in regex.finditer(text):
            told = match.groupdict()
            is_much = (
                int(told.get("n") or _MANY) >= _MANY
                and int(told.get("of") or told.get("to") or _MANY_GRAMS) >= _MANY_GRAMS
            )
            if is_much and ("what" not in told or _names_drug(told["what"])):
                yield match.start(), match.start("what") if "what" in told else match.end(), OVERDOSE
    for match in _SHORT.finditer(text):
        if match["what"] is None or _names_drug(match["what"]):
            yield *match.span("on" if match["on"] else match.lastgroup or 0), OVERDOSE
    for match in _DRUNK.finditer(text):
        yield *match.span(), PESTICIDE
    for match in _ZH.finditer(text):
        is_much = match["n"] is None or (int(match["n"]) >= _MANY and not _COURSE_ZH.search(match[0]))
        if (
            is_much
            and not _DAYS_ZH.match(text, match.end())
            and not _NOT_ZH.search(text[max(0, match.start() - 12) : match.start()])
        ):
            yield *match.span(), OVERDOSE


def _names_drug(what: str) -> bool:
    """Whether words behind a number name a medicine, and no course of it."""
    words = _WORD.findall(what)[:_WORDS_OFF]
    return not _COURSE.search(what) and any(_FORM.fullmatch(word) or word.casefold() in _drugs() for word in words)


def is_only_near(evidence: Evidence) -> bool:
    """Whether nobody says that a pesticide was swallowed."""
    return _DRUNK.fullmatch(plain(evidence.phrase)) is None


def is_of_old(evidence: Evidence) -> bool:
    """Whether the words before an overdose call it an earlier one."""
    return _OF_OLD.search(plain(evidence.before)) is not None


def is_not_meant(evidence: Evidence) -> bool:
    """Whether nothing in the sentence says that it was meant to harm, or it is of old."""
    said = plain(f"{evidence.before}{evidence.phrase}{evidence.after}")
    return is_of_old(evidence) or not any(not _DENIED.search(said, 0, match.start()) for match in _MEANT.finditer(said))
