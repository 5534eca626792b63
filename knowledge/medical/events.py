"""What a sentence says of a stroke, an infarction or the like: that it is history, or that it is suspected.

Notes name these mostly as history, often in a few words ("s/p CVA", "CVA 2015"), and ask for them with a sign ("?CVA").
"""

import re

from .case import Evidence
from .characters import plain
from .past import speaks_of_now

_HISTORY_BEFORE = re.compile(
    r"(?:\b(?:history of|hx(?: of)?|h/o|(?P<survived>s/p|status post|post(?=[ -]$))|"
    r"(?<!last )known(?! (?:well|normal)))(?!\w)"
    r"|(?<!ear[ -])(?<!ears )(?<!nth[ -])(?<!nths )(?<!yr[ -])(?<!yrs )(?<!\by[ -])(?<!/)"
    r"(?<!eek[ -])(?<!eeks )(?<!day[ -])(?<!days )(?<!wk[ -])\bold\b|既往|病史|陈旧|曾|(?:19|20)\d\d年(?=[患因]?$))"
    # no farther than a comma, nor into what was found then: "history of hypertension, cardiac arrest at home"
    r"(?P<rest>(?:(?!\b(?:with|found|admitted|brought|collapsed)\b|\bin\s*$)[^.,;:。，；：])*)$",
    re.IGNORECASE,
)
_HISTORY_AFTER = re.compile(
    r"^(?:\W{0,3}x ?\d)?\W{0,3}(?:病史|史|后遗|恢复期|后\d+余?(?:年|个?月)|(?:history|hx)\b|"
    r"(?:in |of )?(?:(?:19|20)\d\d\b(?![-/.]\d)|'\d\d\b)|"
    r"(?:\w+ ){1,2}(?:year|month)s? (?:ago|back|previously))",
    re.IGNORECASE,
)
_JUST_NOW = re.compile(  # in the same clause after it: "h/o hypertension and CVA today", not "h/o CVA here today"
    r"^(?:(?!\b(?:here|for|seen|visit|with|pre\w+|c[ao]m\w+)\b)[^,;:.]){0,40}?"
    r"(?:\b(?:today|tonight|yesterday|overnight|this (?:morning|afternoon|evening|am|pm)|last night)\b|"
    r"\d ?(?:min(?:ute)?s?|h(?:ou)?rs?|h|days?) ago\b|\b(?:at|onset) \d)",
    re.IGNORECASE,
)
_ARREST = re.compile("arrest|骤停", re.IGNORECASE)
"""Whoever is "s/p" one has just been resuscitated, unless a year says otherwise."""
_SUSPECTED = re.compile(
    r"^(?!.*(?:complication|effect|并发症|风险|意外)).*?"  # what may happen is not suspected
    r"(?:[?？]|\b(?:query|concern|suspici|suspect|(?<!less )likely|probabl|possibl|presum)|疑|考虑|可能(?!性?不大))",
    re.IGNORECASE,
)
_DOUBTED = re.compile(r"(?:\b(?:low|no|not|little|less|minimal|without)\s+(?:\w+\s+)?|[不无未])$", re.IGNORECASE)
_ACUTE = re.compile(r"\b(?:acute|new)\b|急性|新发", re.IGNORECASE)


def is_history(evidence: Evidence) -> bool:
    """Whether the sentence tells an event as history, and nothing between says that it is of now."""
    before, after = _HISTORY_BEFORE.search(plain(evidence.before)), plain(evidence.after)
    if before is not None and before["survived"] and _ARREST.search(evidence.phrase):
        before = None
    told_before = before is not None and not speaks_of_now(before["rest"]) and not _ACUTE.search(before["rest"])
    if told_before and not _JUST_NOW.match(after):
        return True
    return _HISTORY_AFTER.match(after) is not None


def is_suspected(evidence: Evidence) -> bool:
    """Whether it is suspected: "?CVA", "concern for stroke"; "r/o" and "low suspicion for" are less than that."""
    before = plain(evidence.before[: max(evidence.before.rfind(evidence.cue), 0)])
    return _SUSPECTED.search(plain(evidence.cue)) is not None and _DOUBTED.search(before) is None
