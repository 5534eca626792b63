"""The English words that make a finding negated, possible, past or somebody else's. Data only; see :mod:`.context`.

Patterns are regular expressions; a blank stands for any white space. Within one rule the special comes before the
general, because the first alternative that fits is taken.
"""

from .cues_persons import PERSON_RULES
from .rules import Assertion, Effect, Rule

_NOT = "(?:is|was|are|were|do|does|did|has|have|had)n'?t"  # phones leave the apostrophe out
_CANNOT = "(?:cannot|can not|can't|could not|couldn'?t|won't|will not|wouldn'?t|would not)"
_BE = "(?:is|are|was|were|be|been|being)"
_HAVE = "(?:has|have|had)"
_SEEN = "(?:present|seen|found|noted|observed|detected|evident|identified|reported|appreciated|demonstrated)"
_FUNCTION = (
    "(?:appetite|energy|strength|power|sensation|feeling|movement|pulse|speech|reflexes|urine(?: output)?|"
    "bowel movements?|stools?|flatus|oral intake|response|fetal movements?)"
)
_AGES = (
    *("year", "yr", "month", "mo", "week", "wk", "day"),
    *("years", "yrs", "months", "mos", "weeks", "wks", "days"),
)
_NO_AGE = "".join(rf"(?<!{unit}.)" for unit in _AGES) + "".join(rf"(?<!\d.{unit}.)(?<!\d{unit}.)" for unit in "ymwd")

RULES = (
    Rule(
        Assertion.NEGATED,
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
            f"(?:not|never|{_CANNOT}|{_NOT}) (?:currently |ever |yet |really )?"
            "(?:have|had|has|having|got|gotten|show|shown|showed|demonstrated?|"
            "reveal(?:ed)?|exhibit(?:ed)?|develop(?:ed)?|experienced?|report(?:ed)?|complain(?:ed)? of|"
            "suffer(?:ed)? from|identify|detect|find|see|notice(?:d)?|known to have|associated with|consistent with|"
            "suggestive of|(?:align|fit) with|meet (?:the )?criteria for|support)"
            "(?: any| a diagnosis of| evidence of| signs of| a history of)*",
            "inconsistent with",
            "nothing (?:to suggest|suggestive of|suggesting)",
            "(?:ruled out for|exclud(?:es?|ed|ing))",
        ),
    ),
    Rule(Assertion.NEGATED, ("rather than", "instead of"), reach=8, commas=False),
    Rule(Assertion.NEGATED, ("not", "non", "never", _NOT), reach=3, commas=False),
    Rule(
        Assertion.NEGATED,
        (
            f"(?:are|were) (?:all )?(?:absent|negative|ruled out|excluded|denied|not {_SEEN})",
            "have (?:all |now |since )*been (?:ruled out|excluded)",
        ),
        backward=True,
    ),
    Rule(
        Assertion.NEGATED,
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
        Assertion.NEGATED,
        (
            r"(?:no|none|nil|absent|negative|neg|denied|denies|excluded|not present)(?=\s*(?:[.,;)]|$|\n))",
            "free(?! (?:of|from))",
        ),
        backward=True,
        reach=0,
        commas=False,
    ),
    Rule(
        Assertion.RESOLVED,
        (
            "no longer(?: (?:has|had|have|having|shows|reports|suffers from|experiences))?",
            "no further",
            "used to (?:have|get|suffer from|be)",
        ),
    ),
    Rule(
        Assertion.RESOLVED,
        ("resolved(?! (?:and|but|after|with|by|in|on|at|when)\\b)", "resolution of"),
        reach=2,
        commas=False,
    ),
    Rule(
        Assertion.RESOLVED,
        (
            "(?:are|were) (?:all )?(?:resolved|gone|cured|no longer (?:present|seen|noted))",
            "have (?:all |now |since |completely |fully )*(?:resolved|disappeared|subsided|remitted)",
        ),
        backward=True,
    ),
    Rule(
        Assertion.RESOLVED,
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
        Assertion.RESOLVED,
        ("(?:has |had |have )?(?:stopped|cleared(?: up)?|gone away)(?: completely| entirely)?",),
        backward=True,
        reach=0,
        commas=False,
    ),
    Rule(
        Assertion.RESOLVED,
        (r"(?:now |since |has |have |all )*resolved(?=\s*(?:[).;]|$))",),
        backward=True,
        reach=2,
    ),
    Rule(
        Assertion.POSSIBLE,
        (
            "(?:rul(?:e|es|ing)|to rule) out",
            r"r/o",
            "(?:cannot|can not|could not|can't|couldn't|unable to|not|n't|difficult to) (?:be )?(?:rule out|exclude)",
            "(?:concern(?:s|ed|ing)?|worr(?:y|ied|isome)|suspicio(?:n|us)|question|query) (?:for|about|of|that)",
            "(?:suggestive of|suggest(?:s|ed|ing)|suspect(?:s|ing)?|query)",
            "(?:(?:being )?evaluat(?:e|ed|ion)|assess(?:ed|ment)?|investigated?|check(?:ed)?|test(?:ed|ing)?|"
            "work-?(?: )?up|look(?:ed|ing)?|referred) for",
            "to (?:exclude|evaluate|assess)",
            "(?:differential|ddx)(?: diagnos[ie]s)? (?:includes?|included|including|of|is|was)",
            "(?:may|might|could) (?:also )?(?:be|have|have had|represent|indicate|reflect|include|experience|"
            "present with)",
            "(?:unclear|uncertain|unsure|not clear|not certain|not sure|unknown) (?:if|whether|for|about)",
            "(?:whether|until)(?: (?:he|she|they|you|there|the patient|the child|patient))?"
            "(?: (?:is|are|has|have|had))?",
            "(?:appears?|seems?|thought|felt|believed|presumed) to (?:be|have|represent)",
            "(?:working|provisional|presumptive|tentative|preliminary) diagnosis(?: (?:of|is))?",
        ),
    ),
    Rule(
        Assertion.POSSIBLE,
        (
            "(?:possibl[ey]|probabl[ey]|likely|perhaps|maybe|presum(?:ed|ably)|questionable|equivocal(?: for)?|"
            "suspected|doubtful|doubt|unlikely)(?: to (?:be|have|represent))?",
            r"\?(?=\s?\w)",
        ),
        reach=5,
        commas=False,
    ),
    Rule(
        Assertion.POSSIBLE,
        (
            f"{_BE} (?:also )?(?:possible|suspected|(?:un|less )?likely|questionable|unclear|uncertain|doubtful|"
            "not (?:ruled out|excluded)|to be ruled out|(?:being )?considered|questioned|in the differential)",
            "(?:cannot|can not|could not|can't|couldn't|(?:has|have) not been|not yet|not|may|must|should|needs? to)"
            " (?:be )?(?:ruled out|excluded)",
            "(?:could|might|may) (?:be present|be considered)",
            "(?:unlikely|suspected|questionable)",
        ),
        backward=True,
        reach=8,
        commas=False,
    ),
    Rule(
        Assertion.POSSIBLE,
        (
            r"(?:possible|unknown|unclear|uncertain|pending|n/a|not (?:mentioned|specified|assessed|provided|performed|"
            r"available|documented|tested|done))(?=\s*(?:[.,;)]|$|\n))",
            r"(?:vs|versus)\b\.?",
            r"\?(?=\s*(?:[.,;)]|$|\n))",
        ),
        backward=True,
        reach=0,
        commas=False,
    ),
    Rule(Assertion.POSSIBLE, (r"(?:vs|versus)\b\.?",), reach=0, commas=False),
    Rule(
        Assertion.HYPOTHETICAL,
        (
            "(?:fears?|afraid) (?:of|for|that)?",
            "(?:screen(?:ed|ing)?|monitor(?:ed|ing)?|watch|observe|vaccinat(?:ed|ion)|immuni[sz](?:ed|ation)) "
            "(?:closely )?(?:for|against)",
            "to (?:prevent|avoid)",
            "(?:risks?|chance|likelihood|probability) (?:of|for)",
            "at risk (?:of|for)",
            "predispos(?:ed|es|ing) to",
            "(?:prophylaxis|precautions?|prevention) (?:for|of|against)",
            "(?:if|unless|should)(?: (?:he|she|they|you|there|the patient|the child|patient|any|new))*"
            "(?: (?:is|are|has|have|had|gets|develops?|developed|experiences?|reports?|any|new))*",
            "(?:in case of|in the event of)",
            "(?:return|come back|call|notify|seek)(?: \\w+){0,3} (?:for|with|of)",
            "report any",
            "(?:as needed|prn)(?: for)?",
            "(?:counsel+ed|educat(?:ed|ion)|advised|warned|instructed|told) (?:about|on|regarding|of|to watch for)",
            "(?:may|might|could|can) (?:cause|develop|lead to|result in)",
            "(?:possible |common )?(?:side|adverse) effects?(?: may| can)?(?: include(?:s|d)?| including| of|:)?",
            "(?:signs|symptoms) (?:of|to watch for)(?= .{0,20}(?:were|was) (?:discussed|explained|reviewed))",
        ),
    ),
    Rule(
        Assertion.HYPOTHETICAL,
        (
            "(?:screen(?:ing)?|precautions?|prophylaxis|prevention|clinic|work-?up|risk|assessment|scale|questionnaire|"
            "vaccine|vaccination)",
        ),
        backward=True,
        reach=0,
        commas=False,
    ),
    # a value to reach; "unable to keep" is none
    Rule(
        Assertion.HYPOTHETICAL,
        (r"(?<!able.to.)(?<!not.)(?<!n't.)(?<!at.)(?<!below.)(?:targets?|goals?|keep|maintain)(?: for| of)?",),
        reach=1,
        commas=False,
    ),
    Rule(
        Assertion.HYPOTHETICAL,
        ("(?:could|might|may) (?:develop|occur)",),
        backward=True,
        reach=1,
        commas=False,
    ),
    Rule(
        Assertion.HISTORICAL,
        (
            "(?:(?:past|prior|previous|remote|personal|known|significant|medical|surgical|long) )*(?:history|hx)"
            "(?: (?:is|was))?(?: (?:significant|notable|remarkable|positive))? (?:of|for|includes|including)",
            r"h/o",
            r"s/p",
            "status post",
            "(?:pmhx?|past medical history|past history)(?: (?:is|was|of|for|significant for|notable for|includes?))*",
            "(?:previous|prior(?! to)|former|childhood|remote|known prior|"
            "past(?! (?:few|couple|several|\\d|two|three|four|hours?|days?|weeks?|night)))",
            rf"{_NO_AGE}old",
            "(?:previously|formerly|once)(?: had| was)?(?: diagnosed| treated)?(?: with| for)?",
            "(?:was|were|had been) treated (?:for|with)",
            "as an? (?:child|kid|infant|baby|teenager|adolescent|boy|girl|young adult)(?: (?:he|she))?(?: had)?",
            "during (?:her|the|a) (?:last|first|previous|prior|second) pregnancy",
            "(?:\\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|several|many|some) years? "
            "(?:ago|earlier|before)(?: (?:he|she|the patient|patient|pt))?(?: had| developed| suffered| was)?",
        ),
    ),
    Rule(
        Assertion.HISTORICAL,
        (
            "as an? (?:child|kid|infant|baby|teenager|adolescent|boy|girl|young adult)",
            "in (?:childhood|infancy|adolescence|(?:19|20)\\d\\d)",
            "(?:\\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|several|many|some) years? "
            "(?:ago|earlier|before)",
            "(?:last year|in the past)",
        ),
        backward=True,
        reach=4,
    ),
    Rule(
        Effect.NOTHING,
        (
            "no (?:significant |further |obvious )?(?:change|increase|decrease|improvement|relief|difference|"
            "progression|worsening|resolution|response)s? (?:in|of|from|with|to)"
            "(?! (?:his |her |their |the )?(?:bowel|bladder|urinary|stool|appetite|weight|vision|mood|sleep|behavio))",
            "no (?:need for|surprise)",
            "(?:not|no) only",
            "not (?:necessarily|improved?|changed?|relieved|better|controlled|been controlled|respond(?:ed|ing)?|"
            "resolved?|stopped|worse|yet resolved|disappeared|subsided|because of|due to|seen for)",
            f"(?:not|{_CANNOT}|{_NOT}) (?:able to )?(?:stop|stand|bear|take|control|get (?:rid of|over|past)|cope with|"
            "tolerate|help(?:ed|ing)?|eas(?:e|ed|ing)|touch(?:ed|ing)?|relieved?)",
            f"{_HAVE} not (?:yet )?(?:resolved|improved|disappeared|subsided)",
            "without (?:difficulty|improvement|relief|change|resolution)",
            "(?:as|if) needed",
            f"(?:never|not|{_NOT}) (?:ever )?(?:had|have|felt|experienced)"
            "(?= (?:\\w+ ){1,6}(?:(?:like|as bad as) (?:this|that)|(?:this|so|as) (?:bad|severe|strong|intense)))",
            f"no {_FUNCTION}(?=\\s*,| (?:for|in|since|today|and)\\b)",
            "not (?:\\w+ly )?(?:eating|drinking|feeding|breathing|sleeping|walking|talking|speaking|moving|responding|"
            "waking|urinating|passing \\w+)(?: (?:or|and) \\w+ing)?",
            "(?:likely|probably|possibly) (?:due|secondary|related|caused|because)",
            "(?:probable|likely) cause of",
            "(?:\\d+|a|an|one|two|three|four|five|six|several|few)[ -]?"
            "(?:min(?:ute)?|h(?:ou)?r|day|w(?:ee)?k|month|mo|y(?:ea)?r|d|h)s?'? "
            "(?:history|hx)(?: of)?",
            "(?:short|brief|acute|recent|current) (?:history|hx)(?: of)?",
            "history of (?:the )?presenting? (?:illness|complaint)",
            "no (?:question|doubt)(?: that)?",
            "free (?:t4|t3|water|fluid|air)",
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
            "(?:present(?:s|ed|ing)?|came|comes|here|admitted)"
            "(?: in| today)?(?: (?:to|at) (?:\\w+ ){1,3}?\\w+)?(?: today)? (?:with|for)",
            "(?:report(?:s|(?<!no.report)(?<!not.report)ed)|endorses?|endorsed|admits|complain(?:s|ed)|develop(?:s|ed)|exhibit(?:s|ed)|"
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
            ", yet",
            "while",
        ),
    ),
    *PERSON_RULES,
)
