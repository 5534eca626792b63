"""English words that make a finding negated, possible, past or someone else's. Data only; see :mod:`.assertion`.

Patterns are regular expressions; a space stands for any white space. Within a rule, specific alternatives come before
general ones, because the first that matches is taken.
"""

from .cue_rules import Answers, Assertion, CueRule
from .cues_ends import BE, CANNOT, END_RULES, NOT
from .cues_past import AT_AGE_RULES, PAST_RULES
from .cues_persons import PERSON_RULES
from .cues_shorthand import QUERY, SHORTHAND_RULES

_SEEN = "(?:present|seen|found|noted|observed|detected|evident|identified|reported|appreciated|demonstrated)"
_END = r"(?=\s*(?:[.,;)|]|$|\n)|\s+/\s|\s+[a-z][\w\s]*[:=])"
_ASKED_ON = r"(?=\s*(?:[.,;)\n]|$)|\s+\w[^.?\n]*\?)"
YES = rf"(?:yes|yeah|yep|y\b){_ASKED_ON}"
NO = rf"(?:no|none|nope|never|n|denie[sd])\b{_ASKED_ON}"
"""Answers that follow a question."""
# advice of an earlier visit names what the patient returns with
_STAYED = r"(?![^.;\n]*\b(?:return(?:s|ed)|re-?attend\w*|attend(?:s|ed)|today|now|present(?:s|ed))\b)"

RULES = (
    CueRule(
        Assertion.NEGATED,
        (
            "no (?:known |clinical |personal |prior |previous |past |other |clear |definite )*"
            "(?:evidence|signs?|history|hx|symptoms?|indication|suggestion|reports?|complaints?|features)"
            "(?: or symptoms?)? "
            "(?:of|for|to suggest|suggesting|suggestive of)",
            r"no(?!\s*[,;.])(?!(?<=\?.no)\s[-–—]\s)",  # "SVT? No - fever"
            r"nil(?= \w)(?! (?:by|per|else|orally)\b)",
            "(?:pertinent|significant|relevant|important) negatives?(?: (?:include|are|were))?",
            "without (?:any )?(?:evidence|signs?|history|symptoms?) of",
            "without",
            r"w/o",
            "nor",
            "neither",
            "none of",
            "den(?:ies|ied|y|ying)",
            "denial of",
            "(?:negative|neg|unremarkable) (?:for|on)",
            "(?:ros|review of systems)(?: is| was)? negative:",
            "(?:absence|lack) of",
            "lack(?:s|ed|ing)",
            "free (?:of|from)",
            "clear of",
            "fail(?:s|ed) to (?:reveal|show|demonstrate)",
            f"(?:not|never|{CANNOT}|{NOT}) (?:currently |ever |yet |really )?"
            "(?:have|had|has|having|got|gotten|show|shown|showed|demonstrated?|"
            "reveal(?:ed)?|exhibit(?:ed)?|develop(?:ed)?|experienced?|report(?:ed)?|complain(?:ed)? of|"
            "suffer(?:ed)? from|identify|detect|find|see|notice(?:d)?|known to have|associated with|consistent with|"
            "suggestive of|(?:align|fit) with|meet (?:the )?criteria for|support)"
            "(?: any| a diagnosis of| evidence of| signs of| a history of)*",
            "inconsistent with",
            "nothing (?:to suggest|suggestive of|suggesting)",
            r"(?:ruled out for|excludes|(?<!not.)(?<!n't.)excluding)",
            r"excluded(?!\s*[.,;)]| (?:on|by|with|via)\b)",  # "MI excluded, PE confirmed"
        ),
    ),
    CueRule(Assertion.NEGATED, ("rather than", "instead of"), reach=8, commas=False),
    CueRule(Assertion.NEGATED, ("not(?! (?:currently )?anti-?coagulated)", "never", NOT), reach=3, commas=False),
    # nothing farther away: "AF not anticoagulated with stroke"
    CueRule(Assertion.NEGATED, ("not(?: currently)?(?= anti-?coagulated)",), reach=0, commas=False),
    # of two signs with one answer: "Kernig's and Brudzinski's negative"
    CueRule(
        Assertion.NEGATED,
        (
            r"(?:'s|(?<=kernig))(?: signs?)?(?:,| and|/| &)"
            r"(?=\s?(?-i:[A-Z])\w+(?:'s)?(?: signs?)?:?(?: both| are| were)* (?:neg|negative|absent)\b)",
        ),
        backward=True,
        reach=0,
    ),
    # "CV: neg CP"; words farther away may be the presenting complaint: "neg trop, chest pain"
    CueRule(Assertion.NEGATED, (r"(?<=[:;.\n]\s)neg(?:ative)?(?= \w)",), reach=0, commas=False),
    # "0 haematuria"
    CueRule(Assertion.NEGATED, (r"(?:(?<=[.,;\n]\s)|(?<=\A))0(?=\s[a-z])",), reach=1, commas=False),
    CueRule(Assertion.NEGATED, (r"[Ø∅](?=\s?[a-z])",), reach=2, commas=False),
    CueRule(Assertion.NEGATED, ("non",), reach=0, commas=False),  # "non-blanching rash" is a rash
    CueRule(
        Assertion.NEGATED,
        (
            f"(?:are|were) (?:all )?(?:absent|negative|ruled out|excluded|denied|not {_SEEN})",
            "have (?:all |now |since )*been (?:ruled out|excluded)",
        ),
        backward=True,
    ),
    CueRule(
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
    # "Chest pain or fainting? No."
    CueRule(Assertion.NEGATED, (rf"\?\s*{NO}",), backward=True, reach=6),
    CueRule(Assertion.PRESENT, (rf"\?\s*{YES}",), backward=True, reach=6),
    CueRule(Assertion.PRESENT, (rf"[:=]\s*y(?:es)?{_END}",), backward=True, reach=0, commas=False),
    CueRule(
        Assertion.NEGATED,
        (  # "fever: no", "seizure-free", "hepatitis B surface antigen negative", "HIV Ab neg 2023"
            r"(?:'s )?(?:[a-e] )?(?:(?:surface|core) )?(?:(?:signs?|tests?|antigens?|antibod(?:y|ies)|serolog(?:y|ies)|"
            r"PCRs?|smears?|films?|screens?|Ag|Ab|combo|p24)[:,]? ){0,2}(?:is |was )?"
            r"(?:negative|neg|[-−–]ve|excluded)(?=\s*(?:[.,;)]|$|\n|(?:(?:in|on) )?(?:19|20)\d\d\b))",
            r"(?:(?:scores?|scale|level|is|was) )?[:=]?\s*0\s?(?:/|out of)\s?10\b",
            rf"(?:status|use)\s?[:=]\s*(?:never|nil|none|no){_END}",
            r"excluded(?= (?:on|by|with|via)\b)",
            "free(?! (?:of|from))",
        ),
        backward=True,
        reach=0,
        commas=False,
    ),
    # "fever/chills: no", but only a test or disease after a symptom is "negative" or "excluded"
    CueRule(
        Assertion.NEGATED,
        (
            r"(?:[-–] )?(?:no|none|nil|absent|denied|denies|not present)(?=\s*(?:[.,;)]|$|\n))",
            rf"(?:[:=]\s*|[-–] )n{_END}",
        ),
        backward=True,
        reach=0,
        commas=False,
        answers=Answers.SLASHES,
    ),
    # "fever, chills, sweats: negative"
    CueRule(
        Assertion.NEGATED,
        (
            r"[:=]\s*(?:all )?(?:(?:none|nil)(?: known)?|nkd?a|absent|negative|neg|[-−–]ve|denied|denies|not present)"
            r"(?=\s*(?:[.;)]|$|\n))",
            r"(?:all|both) (?:absent|negative|[-−–]ve|denied|not present)(?=\s*(?:[.;)]|$|\n))",
        ),
        backward=True,
        reach=0,
        commas=False,
        answers=Answers.LISTS,
    ),
    CueRule(Assertion.RESOLVED, ("no further", "used to (?:have|get|suffer from|be)")),
    CueRule(
        Assertion.RESOLVED,
        ("no longer(?: (?:has|had|have|having|shows|reports|suffers from|experiences))?",),
        commas=False,
    ),
    CueRule(Assertion.RESOLVED, ("wean(?:ed|ing) (?:off|from)",), reach=2, commas=False),
    CueRule(
        Assertion.RESOLVED,
        ("resolved(?! (?:and|but|after|with|by|in|on|at|when)\\b)", "resolution of"),
        reach=2,
        commas=False,
    ),
    CueRule(
        Assertion.RESOLVED,
        (
            "(?:are|were) (?:all )?(?:resolved|gone|cured|no longer (?:present|seen|noted))",
            "have (?:all |now |since |completely |fully )*(?:resolved|disappeared|subsided|remitted)",
        ),
        backward=True,
    ),
    CueRule(
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
    CueRule(
        Assertion.RESOLVED,
        (
            "(?:has |had |have )?(?:stopped|cleared(?: up)?|gone away)(?: completely| entirely)?",
            ",? (?:(?:which|that|but|and|has|had|since|now|he|she) )*(?:grew|grown) out of(?: it| them)?",
            r",? (?:(?:which|that|but|and|has|had|since|now|he|she) )*outgr(?:ew|own)(?: it)?",
            r", (?:now |since |fully |long )*resolved(?=\s*[,;])",
        ),
        backward=True,
        reach=0,
        commas=False,
    ),
    CueRule(
        Assertion.RESOLVED,
        (r"(?:now |since |has |have |all )*resolved(?=\s*(?:[).;]|$))",),
        backward=True,
        reach=2,
    ),
    CueRule(
        Assertion.POSSIBLE,
        (
            "(?:rul(?:e|es|ing)|to rule) out",
            r"r/o",
            "(?:cannot|can not|could not|can't|couldn't|unable to|not|n't|difficult to) (?:be )?"
            "(?:rul(?:e|ing) out|exclud(?:e|es|ing))",
            "(?:concern(?:s|ed|ing)?|worr(?:y|ied|isome)|suspicio(?:n|us)|question|query) (?:for|about|of|that)",
            "(?:suggestive of|suggest(?:s|ed|ing)|suspect(?:s|ing)?|query)",
            "(?:(?:being )?evaluat(?:e|ed|ion)|assess(?:ed|ment)?|investigated?|check(?:ed)?|test(?:ed|ing)?|"
            "work-?(?: )?up|look(?:ed|ing)?|referred) for",
            "(?:exclude|to (?:evaluate|assess))",
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
    CueRule(
        Assertion.POSSIBLE,
        (
            "(?:possibl[ey]|probabl[ey]|likely|perhaps|maybe|presum(?:ed|ably)|questionable|equivocal(?: for)?|"
            "suspected|doubtful|doubt|unlikely)(?: to (?:be|have|represent))?",
            QUERY,
        ),
        reach=5,
        commas=False,
    ),
    CueRule(
        Assertion.POSSIBLE,
        (
            f"{BE} (?:also )?(?:possible|suspected|(?:un|less )?likely|questionable|unclear|uncertain|doubtful|"
            "not (?:ruled out|excluded)|to be ruled out|(?:being )?considered|questioned|in the differential)",
            "(?:cannot|can not|could not|can't|couldn't|(?:has|have) not been|not yet|not|may|must|should|needs? to)"
            " (?:be )?(?:ruled out|excluded)",
            "(?:could|might|may) (?:be present|be considered)",
            "(?:(?:un|less )likely|suspected|questionable)",
        ),
        backward=True,
        reach=8,
        commas=False,
    ),
    CueRule(
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
    CueRule(Assertion.POSSIBLE, (r"(?:vs|versus)\b\.?",), reach=0, commas=False),
    CueRule(
        Assertion.HYPOTHETICAL,
        (
            "(?:fears?|afraid) (?:of|for|that)?",
            "(?:screen(?:ed|ing)?|monitor(?:ed|ing)?|watch|observe|vaccinat(?:ed|ion)|immuni[sz](?:ed|ation)) "
            "(?:closely )?(?:for|against)",
            "to (?:prevent|avoid)",
            "(?:risks?|chance|likelihood|probability) (?:of|for)",
            "(?:risks?(?! factors?)|(?:possible|potential) complications)(?: \\w+){0,3} (?:includ\\w+|incl?|such as)",
            "at risk (?:of|for)",
            "predispos(?:ed|es|ing) to",
            "(?:prophylaxis|precautions?|prevention) (?:for|of|against)",
            "(?:if|unless|should)(?: (?:he|she|they|you|there|the patient|the child|patient|any|new))*"
            "(?: (?:is|are|has|have|had|gets|develops?|developed|experiences?|reports?|any|new))*",
            "(?:in case of|in the event of)",
            # like "should he develop" and "if he had"
            "were (?:he|she|they|the patient) to(?: \\w+)?",
            r"(?:(?<=\A)|(?<=[.;\n]\s))had (?:he|she|they|it|there)(?= [^.;\n]{1,80}\bwould\b)(?: had| been)?",
            "(?:return|come back|call|notify|seek)(?: (?!if\\b)\\w+){0,3} (?:for|with|of)",
            "report any",
            r"(?:as needed|prn)(?!\s*[,;])(?: for)?",  # "salbutamol prn, warfarin"
            "(?:take-?home naloxone|naloxone (?:kits?|spray|pens?))(?: \\w+){0,2} (?:for|against)",
            "(?:counsel+ed|educat(?:ed|ion)|advised|warned|instructed|told) (?:about|on|re|regarding|of|to watch for)",
            "(?:discussed|explained|reviewed|gave|given) (?:the )?red[- ]flags?",
            "red[- ]flags?(?: were)? (?:discussed|explained|reviewed|given|to (?:watch|look)|for return)",
            "(?:precautions|advice|instructions)(?: (?:was|were))? (?:given|discussed|provided|explained|reviewed)"
            f"(?:\\s?:| (?:re|regarding|about|on)\\b:?){_STAYED}",
            "safety[- ]?net(?:ted|ting)?(?: (?:advice|given|done|provided))*"
            f"(?:\\s?:| (?:re|regarding|about)\\b:?){_STAYED}",
            "go to (?:the )?(?:er|ed|a&e|hospital|emergency \\w+) (?:for|with) any",
            r"when to (?:seek|call|return)(?: \w+)?\s*:",
            "(?:may|might|could|can) (?:cause|develop|lead to|result in)",
            "(?:possible |common )?(?:side|adverse) effects?(?: may| can)?(?: include(?:s|d)?| including| of|:)?",
            "(?:signs|symptoms) (?:of|to watch for)(?= .{0,20}(?:were|was) (?:discussed|explained|reviewed))",
        ),
    ),
    # what is read or taught about a finding
    CueRule(
        Assertion.HYPOTHETICAL,
        (
            "(?:leaflets?|booklets?|fact sheets?|education|teaching) (?:on|about|re|regarding)",
            r"information (?:on|about|re|regarding)(?=[^.;\n]{1,40}\b(?:given|provided|sent)\b(?! by\b))",
            "(?:aware|knows|understands) (?:of )?(?:the )?(?:(?:symptoms|signs|risks?)(?: and )?){1,2} of",
            "(?:rules(?: \\w+)?|explained) (?:re|regarding)",
            "discussed(?= SUDEP\\b)",
            "(?:googl(?:ed|ing)|read(?:ing)? (?:up )?about)(?! (?:his|her|their|the|my|symptoms?)\\b)",
            "(?:anxiety|anxious|phobia|preoccupied|preoccupation) (?:about|of|with) (?:having|getting|developing)",
        ),
        reach=3,
        commas=False,
    ),
    CueRule(
        Assertion.HYPOTHETICAL,
        (
            "(?:screen(?:ing)?|precautions?|prophylaxis|prevention|clinic|work-?up|risk|assessment|scale|questionnaire|"
            "vaccine|vaccination|education|severity rating)",
            r"protocol(?=\s*(?:[.,;:)]|$|\n))",  # "sepsis protocol initiated" means sepsis
            "(?:advice |information |management )?(?:leaflets?|booklets?|(?:advice|information|fact) sheets?)",
            "(?:helpline|certificate|booster|jab|diary)",
            "[a-e] (?:and b )?(?:vaccine|vaccination|booster|jab|immuni[sz]ation)",
            "(?:glass )?test (?:offered|declined|explained|requested|pending|booked)",
        ),
        backward=True,
        reach=0,
        commas=False,
    ),
    # a target value; "unable to keep" is not one
    CueRule(
        Assertion.HYPOTHETICAL,
        (r"(?<!able.to.)(?<!not.)(?<!n't.)(?<!at.)(?<!below.)(?:targets?|goals?|keep|maintain)(?: for| of)?",),
        reach=1,
        commas=False,
    ),
    CueRule(
        Assertion.HYPOTHETICAL,
        ("(?:could|might|may) (?:develop|occur)",),
        backward=True,
        reach=1,
        commas=False,
    ),
    *PAST_RULES,
    *AT_AGE_RULES,
    *END_RULES,
    *PERSON_RULES,
    *SHORTHAND_RULES,
)
