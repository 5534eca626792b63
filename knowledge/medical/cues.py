"""The words that make a finding absent, resolved, unknown or somebody else's. Data only; :mod:`.context` applies it.

Patterns are regular expressions; a blank stands for any white space. Within one rule the special comes before the
general, because the first alternative that fits is taken.
"""

import re
from dataclasses import dataclass, field
from enum import Enum

_BEGIN = r"(?:(?<!\w)|(?=\W))"  # a pattern starts and ends at the edge of a word, if it starts and ends with one
_FINISH = r"(?:(?!\w)|(?<=\W))"


class Effect(Enum):
    """What a cue does to the findings it reaches."""

    ABSENT = "absent"
    RESOLVED = "resolved"
    """Was there and is no more: says nothing against a disease, as an absence would."""
    UNKNOWN = "unknown"
    OTHER_PERSON = "other person"
    NOTHING = "nothing"
    """Looks like a cue and is none: ``no change in``."""
    PATIENT = "patient"
    """Speaks of the patient again: ends the reach of another person."""
    STOP = "stop"
    """Ends the reach of absence, doubt and resolution."""
    STOP_ALL = "stop all"
    """Ends every reach."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Cues that work alike.

    Attributes:
        effect: what they do.
        patterns: how they are written.
        backward: they reach to the words before them; else to those after.
        reach: how many words lie between cue and finding at most.
        commas: whether they reach across commas.
    """

    effect: Effect
    patterns: tuple[str, ...]
    backward: bool = False
    reach: int = 60
    commas: bool = True
    regex: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        joined = "|".join(self.patterns).replace(" ", r"\s+")
        object.__setattr__(self, "regex", re.compile(rf"{_BEGIN}(?:{joined}){_FINISH}", re.IGNORECASE))


_BE = "(?:is|are|was|were|be|been|being)"
_HAVE = "(?:has|have|had)"
_SEEN = "(?:present|seen|found|noted|observed|detected|evident|identified|reported|appreciated|demonstrated)"
_PERSON = "(?:his|her|the|their|a|an|one|both|each|several|two|some|other)"
_RELATIVE = (
    "(?:(?:maternal|paternal|older|younger|elder|twin|affected|half|step|great|foster|adoptive)(?: |-))*"
    "(?:(?:grand)?(?:mother|father|parent|son|daughter)s?|(?:half-|step)?(?:brother|sister)s?|moms?|mum|dads?|"
    "siblings?|aunts?|uncles?|cousins?|nephews?|nieces?|relatives?|kindred)"
)
_COMPANION = (
    "(?:wife|husband|spouse|partner|(?:class|room|house)mates?|neighbou?rs?|co-?workers?|colleagues?|donor|friends?)"
)
_CAREGIVER = "(?:mother|father|parents?|mom|mum|dad|wife|husband)"
_SAYS = (
    "(?:reports?|reported|states?|stated|says|said|denies|denied|notic(?:ed|es)|not(?:ed|es)|describe[sd]|brought|brings|"
    "believes?|thinks?|feels|felt|observed|confirm(?:s|ed)|recalls?|gave|gives|"
    f"{_BE} (?:concerned|worried))"
)

RULES = (
    Rule(
        Effect.ABSENT,
        (
            "no (?:known |clinical |personal |prior |previous |past |other |clear |definite )*"
            "(?:evidence|signs?|history|hx|symptoms?|indication|suggestion|reports?|complaints?|features)"
            "(?: or symptoms?)? "
            "(?:of|for|to suggest|suggesting|suggestive of)",
            "no",
            "without (?:any )?(?:evidence|signs?|history|symptoms?) of",
            "without",
            r"w/o",
            "nor",
            "neither",
            "none of",
            "den(?:ies|ied|y|ying)",
            "denial of",
            "(?:negative|neg|unremarkable) (?:for|on)",
            "(?:absence|lack) of",
            "lack(?:s|ed|ing)",
            "free (?:of|from)",
            "clear of",
            "fail(?:s|ed) to (?:reveal|show|demonstrate)",
            "(?:not|n't|never|cannot) (?:currently |ever |yet )?(?:have|had|has|having|show|shown|showed|demonstrated?|"
            "reveal(?:ed)?|exhibit(?:ed)?|develop(?:ed)?|experienced?|report(?:ed)?|complain(?:ed)? of|"
            "suffer(?:ed)? from|identify|detect|find|see|known to have|associated with|consistent with|suggestive of)"
            "(?: any| evidence of| signs of| a history of)*",
            "inconsistent with",
            "(?:rather than|instead of)",
            "(?:ruled out for|exclud(?:es?|ed|ing))",
            r"\(-\)",
        ),
    ),
    Rule(Effect.ABSENT, ("not", "non", "never"), reach=3, commas=False),
    Rule(
        Effect.ABSENT,
        (
            f"(?:are|were) (?:all )?(?:absent|negative|ruled out|excluded|denied|not {_SEEN})",
            "have (?:all |now |since )*been (?:ruled out|excluded)",
        ),
        backward=True,
    ),
    Rule(
        Effect.ABSENT,
        (
            f"(?:is|was|has been|had been) (?:absent|negative|ruled out|excluded|denied|not {_SEEN})",
            f"(?:ruled out|not {_SEEN})",
            "(?:did|does|do) not (?:occur|exist)",
        ),
        backward=True,
        reach=8,
        commas=False,
    ),
    # "fever: no", "seizure-free"
    Rule(
        Effect.ABSENT,
        (
            r"(?:no|none|nil|absent|negative|neg|denied|denies|not present)(?=\s*(?:[.,;)]|$|\n))",
            "free(?! (?:of|from))",
        ),
        backward=True,
        reach=0,
        commas=False,
    ),
    Rule(
        Effect.RESOLVED,
        ("no longer(?: (?:has|had|have|having|shows|reports|suffers from|experiences))?",),
    ),
    Rule(
        Effect.RESOLVED,
        ("resolved(?! (?:and|but|after|with|by|in|on|at|when)\\b)", "resolution of"),
        reach=2,
        commas=False,
    ),
    Rule(
        Effect.RESOLVED,
        (
            "(?:are|were) (?:all )?(?:resolved|gone|cured|no longer (?:present|seen|noted))",
            "have (?:all |now |since |completely |fully )*(?:resolved|disappeared|subsided|remitted)",
        ),
        backward=True,
    ),
    Rule(
        Effect.RESOLVED,
        (
            "(?:is|was|has been|had been) (?:resolved|gone|cured|no longer (?:present|seen|noted))",
            "no longer (?:present|seen|noted|occurs?|occurring)",
            "(?:has |had |now |since |completely |fully |spontaneously |eventually |later )*"
            "(?:resolved|disappeared|subsided|remitted|went away)",
            "(?:did|does|do) not recur",
        ),
        backward=True,
        reach=8,
        commas=False,
    ),
    Rule(
        Effect.RESOLVED,
        (r"(?:now |since |has |have |all )*resolved(?=\s*(?:[).;]|$))",),
        backward=True,
        reach=2,
    ),
    Rule(
        Effect.UNKNOWN,
        (
            "(?:rul(?:e|es|ing)|to rule) out",
            r"r/o",
            "(?:cannot|can not|could not|can't|couldn't|unable to|not|n't|difficult to) (?:be )?(?:rule out|exclude)",
            "(?:concern(?:s|ed)?|worr(?:y|ied|isome)|fears?|suspicio(?:n|us)|question|query) (?:for|about|of|that)",
            "(?:suggestive of|suggest(?:s|ed|ing)|suspect(?:s|ing)?)",
            "(?:evaluat(?:e|ed|ion)|assess(?:ed|ment)?|investigated?|screen(?:ed|ing)?|check(?:ed)?|test(?:ed|ing)?|"
            "monitor(?:ed|ing)?|watch|work-?up|look(?:ed|ing)?|referred) for",
            "to (?:exclude|evaluate|assess|prevent|avoid)",
            "(?:differential|ddx)(?: diagnos[ie]s)? (?:includes?|included|including|of|is|was)",
            "(?:risks?|chance|likelihood|probability) (?:of|for)",
            "at risk (?:of|for)",
            "predispos(?:ed|es|ing) to",
            "(?:prophylaxis|precautions?|prevention) (?:for|of|against)",
            "(?:if|unless|whether|until|should) (?:(?:he|she|they|you|there|the patient|the child|patient) )?"
            "(?:(?:is|are|has|have|had|gets|develops?|developed|experiences?|reports?) )?",
            "(?:in case of|in the event of)",
            "(?:return|come back|call) (?:for|with)",
            "(?:counsel+ed|educated|education|advised|warned|instructed) (?:about|on|regarding)",
            "(?:may|might|could) (?:also )?(?:be|have|have had|represent|indicate|reflect|cause|develop|include|"
            "lead to|result in|experience|present with)",
            "(?:unclear|uncertain|unsure|not clear|not certain|not sure|unknown) (?:if|whether|for|about)",
        ),
    ),
    Rule(
        Effect.UNKNOWN,
        (
            "(?:possibl[ey]|probabl[ey]|likely|perhaps|maybe|presum(?:ed|ably)|questionable|equivocal|suspected|doubtful|doubt|"
            "unlikely)(?: to (?:be|have|represent))?",
            r"\?(?=\s?\w)",
        ),
        reach=5,
        commas=False,
    ),
    Rule(
        Effect.UNKNOWN,
        (
            f"{_BE} (?:also )?(?:possible|suspected|(?:un|less )?likely|questionable|unclear|uncertain|doubtful|"
            "not (?:ruled out|excluded)|to be ruled out|(?:being )?considered|questioned)",
            "(?:cannot|can not|could not|can't|couldn't|(?:has|have) not been|not yet|may|must|should|needs? to)"
            " (?:be )?(?:ruled out|excluded)",
            "(?:could|might|may) (?:be present|develop|occur|be considered)",
            "(?:unlikely|suspected|questionable)",
        ),
        backward=True,
        reach=8,
        commas=False,
    ),
    Rule(
        Effect.UNKNOWN,
        (
            "(?:screen(?:ing)?|precautions?|prophylaxis|prevention|clinic|work-?up|risk|assessment|scale|questionnaire)",
            r"(?:possible|unknown|unclear|uncertain)(?=\s*(?:[.,;)]|$|\n))",
        ),
        backward=True,
        reach=0,
        commas=False,
    ),
    Rule(
        Effect.OTHER_PERSON,
        (
            f"{_RELATIVE}(?:'s)?(?: of (?:the|this|our) (?:patient|proband))?",
            f"{_COMPANION}(?:'s)?",
            "(?:family|maternal|paternal) (?:history|hx)(?: (?:is|was))?"
            "(?: (?:of|for|significant for|positive for|notable for))?",
            "(?:fhx|family members?)",
        ),
    ),
    Rule(
        Effect.OTHER_PERSON,
        (
            f"(?:in|of|affecting) (?:{_PERSON} )*(?:{_RELATIVE}|{_COMPANION})",
            "(?:in|runs? in|ran in) (?:the|his|her|their) family",
            "in (?:other )?family members",
            "on the (?:maternal|paternal) side",
        ),
        backward=True,
        reach=8,
        commas=False,
    ),
    Rule(
        Effect.NOTHING,
        (
            "no (?:significant |further |obvious )?(?:change|increase|decrease|improvement|relief|difference|"
            "progression|worsening|resolution|response)s? (?:in|of|from|with|to)",
            "no (?:doubt|further|new|need for|surprise)",
            "(?:not|no) only",
            "not (?:necessarily|improved?|changed?|relieved|better|controlled|been controlled|respond(?:ed|ing)?|"
            "resolved?|stopped|worse|yet resolved|disappeared|subsided|because of|due to|seen for)",
            f"{_HAVE} not (?:yet )?(?:resolved|improved|disappeared|subsided)",
            "without (?:difficulty|improvement|relief|change|resolution)",
            "(?:as|if) needed",
            f"(?:{_RELATIVE}|{_COMPANION}) (?:also |first |has |have |had )*(?={_SAYS}\\b)",
            f"{_CAREGIVER}(?:'s|s') (?:reports?|concerns?|account)",
            f"(?:per|from|with|by|to|according to) (?:{_PERSON} )?{_CAREGIVER}",
            "(?:born to|child of|son of|daughter of) "
            f"(?:(?:a|an|the|healthy|unrelated|(?:non-?)?consanguineous|and) )*{_CAREGIVER}",
            "(?:likely|probably|possibly) (?:due|secondary|related|caused|because)",
            "(?:probable|likely) cause of",
            "free (?:t4|t3|water|fluid|air)",
        ),
    ),
    Rule(
        Effect.PATIENT,
        (
            "(?:the|our|this) (?:patient|proband|child|infant|boy|girl|index case)",
            "patient",
            "pt",
            "proband",
            "he",
            "she",
        ),
    ),
    Rule(
        Effect.STOP,
        (
            "which",
            "who",
            "because",
            "since",
            "then",
            f"{_BE} (?:positive|remarkable|notable|significant) for",
            "(?:positive|remarkable|notable) for",
            "(?:present(?:s|ed|ing)?|came in|comes in|admitted) with",
            "(?:report(?:s|ed)|endorses?|endorsed|admits|complain(?:s|ed)|develop(?:s|ed)|exhibit(?:s|ed)|"
            "show(?:s|ed)|reveal(?:s|ed)|demonstrate[sd])",
            "(?:secondary|due) to",
            "caused by",
            "as a cause (?:of|for)",
            "(?:and|now|still) (?:also |now |still |then )*(?:has|had|have|is|was|with|does have)",
            ", (?:and )?(?:with|has|had|he|she|they|the patient|the child|patient|pt)",
        ),
    ),
    Rule(
        Effect.STOP_ALL,
        (
            "but",
            "however",
            "(?:al)?though",
            "except(?: for)?",
            "apart from",
            "aside from",
            "nevertheless",
            "whereas",
            "while",
        ),
    ),
)

HEADS = {
    Effect.OTHER_PERSON: re.compile(
        rf"(?:family|fam)(?: medical| social)?(?: history| hx)?|fhx?|{_RELATIVE}".replace(" ", r"\s+"), re.IGNORECASE
    ),
    Effect.UNKNOWN: re.compile(
        r"plan|differential(?: diagnosis)?|ddx|rule out|r/o|(?:return )?precautions|recommendations?|education|"
        r"(?:discharge |patient |follow-?up )?instructions",
        re.IGNORECASE,
    ),
}
"""Section heads whose findings are somebody else's or only thought of."""
