"""English words about other persons, or that return to the patient. Data only; see :mod:`.cues`."""

from .cue_rules import Assertion, CueRule, Effect

_WITH = "(?:(?:with|w/?|c\u0304) |w/)"  # with the separator from the next word
_HAVING = "(?:with|w(?!/o\\b)/?|c\u0304)"
_PERSON = "(?:his|her|the|their|a|an|one|both|each|several|two|some|other)"
_SHORT_KIN = (  # not the deep tendon reflexes "DTR", nor self-injurious behaviour "SIB"
    "(?-i:[Dd]tr)(?!:? (?:\\d|brisk|absent|normal|intact|symm|equal|diminish|reduced|depress|present|bilat|hyp|reflex|"
    "areflex|sluggish|weak|lost|mute|trace|jerks?|knee|ankle|biceps|patell))|"
    "(?-i:[Ss]ibs?)"
)
_GRANDPARENT = "(?-i:[MP]G[MFP])"
_NOT_CALLED = "".join(
    f"(?<!{word}.)" for word in ("d/w", "called", "phoned", "rang", "informed", "updated", "told", "\\bto", "\\bis")
)
_NOT_THERE = "(?! (?:\\([^()\n]{1,20}\\) )?(?:at|in|on|here|present|rivalry|called|rang|aware|informed|updated)\\b)"
_KIND = "(?:(?:maternal|paternal|older|younger|elder|twin|affected|half|step|great|foster|adoptive)(?: |-)){0,4}+"
RELATIVE = (
    f"{_KIND}"
    "(?:(?:grand)?(?:mother|father|parent|son|daughter)s?|(?:half-|step)?(?:brother|sister)s?|moms?|mum|dads?|"
    f"{_SHORT_KIN}|{_GRANDPARENT}|"
    "siblings?|aunts?|uncles?|cousins?|nephews?|nieces?|relatives?|kindred)"
)
COMPANION = (
    "(?:wife|husband|spouse|(?:sexual )?partner|(?:boy|girl)friend|(?:class|room|house|team)mates?|"
    "(?:flat|work|cell)mates?(?='s\\b| (?:has|had|have|also|is|was|are|were|ill|unwell)\\b)|"
    "neighbou?rs?|co-?workers?|colleagues?|donor|friends?)"
)
_CAREGIVER = "(?:mother|father|parents?|mom|mum|dad|wife|husband)"
_ANYONE = f"(?:{_PERSON} )*(?:{RELATIVE}|{COMPANION})"
_COMPANY = f"{_ANYONE}(?:(?: and| &) {_ANYONE}){{0,3}}"
_MET = f"(?:child|person|patient|man|woman|{RELATIVE}|{COMPANION})"
_IS_ILL = (  # after a companion about whom more is said than being there
    "(?:,? (?:(?:\\w+ )?of )?who(?:se|m)?| who| also| (?:has|have|had|having|is|are|was|were|being)| "
    "(?:ill|unwell|sick|diagnosed|tested|positive|infected|suffering))\\b"
)
_HIM = "(?:him|her|them|the (?:patient|child|boy|girl|baby|infant)|pt)"
_SAYS = (
    "(?:reports?|reported|states?|stated|says|said|denies|denied|notic(?:ed|es)|not(?:ed|es)|describe[sd]|brought|brings|"
    "believes?|thinks?|feels|felt|observed|confirm(?:s|ed)|recalls?|gave|gives|witnessed|"
    f"found(?! (?:out|to\\b))|(?:saw|drove|took) {_HIM}|called (?:{_PERSON} )?(?:EMS|911|999|112|ambulance|paramedics|"
    "doctor|GP|us|in|because|for|about)|"
    "(?:is|are|was|were) (?:concerned|worried)|"
    "(?:very )?(?:concerned|worried)(?= (?:re|as|that|regarding|he|she|about(?! (?:her|his) own))\\b)|"
    "(?:phoned|rang|telephoned|called)(?=:| as\\b| that\\b)|"
    "(?:(?:is|was) )?(?:calling|phoning|ringing|rang|phoned)(?= (?:re|about|regarding|as|because|for|with)\\b))"
)

_SHE = "(?:(?:grand)?mother|moms?|mum|sister|aunt|niece|wife|girlfriend|daughter|dtr|(?-i:[MP]GM))"
_HE = "(?:(?:grand)?father|dad|brother|uncle|nephew|husband|boyfriend|son|(?-i:[MP]GF))"
_NOT_OF_NOW = (  # in the same statement: what a relative has, or had
    "(?:died|dead|deceased|passed|diagnosed|years?|yrs?|aged?|at \\d|ago|post|since (?:childhood|(?:19|20)\\d\\d)|"
    "before|birthday|too|also|as well|same|similar\\w*|positive|tested|"
    "labou?r|[PS]?ROM|GBS|pregnan\\w*|G\\d|P\\d|deliver\\w*|\\w*partum|\\w*natal(?:ly)?|membranes|LSCS|breast-?fe?eding)"
)
_REST = r"(?:[^.;\n]|\.\d){0,120}?"
_OF_NOW = (
    "(?:\\d+\\s?(?:min(?:ute)?s?|h(?:ou)?rs?|h|days?)|\\d/(?:7|24)|for \\d+\\s?(?:weeks?|wks?)|today|tonight|overnight|"
    "last night|this (?:morning|afternoon|evening|am|pm)|"
    "since (?:\\d(?!\\d{3})|0\\d{3}|yesterday|today|last|this|noon|midnight|birth|\\w+day))"
)
_SEES = (
    "(?:found(?! (?:out|to\\b))|saw(?! (?:(?:the|his|her|a) )?(?:GP|doctor))|witnessed|"
    "noticed(?! (?:an? |breast )lump)|woke|collapsed|unresponsive|unrousable|won'?t|"
    "(?:has )?not (?:been )?(?:feeding|drinking|eating|breathing|responding|waking|moving|speaking|right|"
    "himself|herself))"
)
_OF_OTHERS = "".join(  # headings of contacts: "Contacts: wife: fever for 3 days"
    rf"(?<!{head}{mark})"
    for head in ("contacts", "history", "tracing", "household", "exposures", "stressors")
    for mark in (r"[.:]\s", r"[.:]\n-\s", r"\s-\s")
)
_SAID_BY = (  # "Daughter (NOK): confused today", "Son (Tom):"; not "Son (5):", "Father (AF):"
    r"(?: \((?:[^()\n]{0,14}\b(?:NOK|POA|carer|caregiver|historian|informant|witness|reports?|reporting|says|states|"
    r"phone|telephone|interpreter|bedside|present|here|nurse|RN|escort|collateral)|"
    r"(?-i:(?:M(?:r|rs|s)\.? )?(?!Covid|Flu|Diabet|Epilep|Asthma|Known|Also|Died|Dead|Deceased|Pregnan|Ill|Sick|Unwell)"
    r"[A-Z][a-z]+(?: [A-Z][a-z]+)?))\))?"
)
INFORMANT = (  # "Mum: fit for 6 min", "Daughter: found unresponsive", "Mum: he was blue", 'Wife: "short of breath"'
    f"(?:{_SHE}{_SAID_BY}(?::| [-–—])(?= (?:he|him|his)\\b)|{_HE}{_SAID_BY}(?::| [-–—])(?= (?:she|her)\\b)|"
    f'(?:{RELATIVE}|{COMPANION}){_SAID_BY}(?::| [-–—])(?= ["“‘]| (?!{_REST}\\b{_NOT_OF_NOW}\\b){_SEES}\\b)|'
    # a duration alone may also be of a contact
    rf"(?:(?<=\A)|(?<=\n)|(?<=[.;*•-]\s)){_OF_OTHERS}"
    f"(?:{_CAREGIVER}|grandmother|grandfather|partner|son|daughter|dtr|(?-i:[MP]G[MF])){_SAID_BY}(?::| [-–—])"
    f"(?= (?!{_REST}\\b{_NOT_OF_NOW}\\b){_REST}\\b{_OF_NOW}\\b))"
)


PERSON_RULES = (
    CueRule(
        Assertion.FAMILY,
        (
            f"(?!{_KIND}(?:{_SHORT_KIN}|{_GRANDPARENT})\\b){RELATIVE}(?:'s)?"
            "(?: of (?:(?:the|this|our) )?(?:patient|proband|pt))?",
            "(?:family|fam|maternal|paternal) (?:history|hx)(?: (?:is|was))?"
            "(?: (?:of|for|significant for|positive for|notable for))?",
            "(?:fhx|family members?)",
        ),
    ),
    # abbreviated relatives are often only called or present: "called dtr, confusion is new"
    CueRule(Assertion.FAMILY, (f"{_NOT_CALLED}{_GRANDPARENT}(?:'s)?{_NOT_THERE}",), reach=5),
    CueRule(Assertion.FAMILY, (f"{_NOT_CALLED}(?:{_SHORT_KIN})(?:'s)?{_NOT_THERE}",), reach=5, commas=False),
    CueRule(
        Assertion.FAMILY,
        (
            f"(?:in|of|affecting) (?:{_PERSON} )*{RELATIVE}",
            "(?:in|runs? in|ran in) (?:the|his|her|their) family",
            "in (?:other )?family members",
            "on the (?:maternal|paternal) side",
        ),
        backward=True,
        reach=8,
        commas=False,
    ),
    CueRule(Assertion.FAMILY, (rf"\((?:{_PERSON} )?{RELATIVE}\)",), backward=True, reach=0, commas=False),
    CueRule(
        Assertion.OTHER_PERSON,
        (
            f"{COMPANION}(?:'s (?:child|son|daughter|baby))?(?:'s)?",
            "(?:several|many|other|two|three|some) (?:people|persons|children|residents|students|passengers)",
            # in an accident, where the patient may be the passenger
            r"(?:(?<=\A)|(?<=[.;\n]\s))(?:the )?other (?:driver|passenger|party|cyclist)s?"
            "(?= (?:was |is )?(?:intoxicated|drunk|died|dead|killed|deceased|unconscious|(?:un)?injured|unhurt)\\b)",
            "(?:(?:the|his|her|front|rear|back|seat) )*(?:passengers?|pillion)"
            "(?= (?:also |was |were |has |had )*(?:died|dead|killed|deceased|pronounced|fatally)\\b)",
            f"(?:contact|exposure) (?:{_WITH}|to )(?:an? |other |{_PERSON} )*(?!{_CAREGIVER}\\b){_MET}(?: who)?",
            f"(?:sex|intercourse|slept|shar(?:ed|es|ing)(?: \\w+)?) {_WITH}{_ANYONE} (?:who|{_HAVING})",
        ),
    ),
    CueRule(
        Assertion.OTHER_PERSON,
        (r"(?:(?<=\A)|(?<=[.;\n]\s))(?:the )?other (?:driver|passenger|party|cyclist)s? (?:had|has|was|is)",),
        commas=False,
    ),
    # whose illness ends at the comma: "contact with husband with COVID, fever and cough"
    CueRule(
        Assertion.OTHER_PERSON,
        (
            f"(?:contact|exposure) (?:{_WITH}|to )(?:an? |other |{_PERSON} )*(?!{_CAREGIVER}\\b){_MET} {_HAVING}",
            f"(?:contact|exposure) (?:{_WITH}|to )(?:{_PERSON} )*{_CAREGIVER} (?:who|{_HAVING})",
            f"exposed to (?:an? |other |{_PERSON} )*"
            f"(?:(?:child|person|patient|man|woman)(?: who| {_HAVING})?|(?:{RELATIVE}|{COMPANION}) (?:who|{_HAVING}))",
        ),
        commas=False,
    ),
    CueRule(
        Assertion.OTHER_PERSON,
        (f"(?:in|of|affecting) (?:{_PERSON} )*{COMPANION}",),
        backward=True,
        reach=8,
        commas=False,
    ),
    # who reports, finds, brings or is merely there is not the one who is ill
    CueRule(
        Effect.NOTHING,
        (
            f"(?:{RELATIVE}|{COMPANION})(?: \\([^()\n]{{1,20}}\\))? (?:also |first |has |have |had )*(?={_SAYS}\\b)",
            f"{_CAREGIVER}(?:'s|s') (?:reports?|concerns?|account)",
            INFORMANT,
            # "45 year old with two children, chest pain": nothing is said about them
            f"(?:(?<!contact.)(?<!exposure.){_WITH}|has |have |of |and )(?:two|three|other) "
            "(?:(?:small|young|grown) )*children"
            r"(?=\s*(?:[.,;)\n]|$)| at home\s*(?:[.,;)\n]|$))",
            # in letters, a clinician who is written to or about
            "dear (?:\\w+ ){0,2}(?:colleagues?|friends?)",
            "(?:my|our|your) (?:\\w+ ){0,2}colleagues?(?=,? (?:Dr|Mr|Mrs|Ms|Miss|Prof\\w*|who saw)\\b)",
            f"(?:seen|referred|reviewed|assessed|discussed|examined|sent)(?: \\w+)? (?:{_WITH}|by |to )"
            "(?:\\w+ ){0,2}colleagues?",
            f"(?:lives?|living|lived) {_WITH}{_COMPANY}(?!,? who (?:has|had|is)\\b)",
            # "playing football with friends", "BIB son", "at his neighbour's", "delusions about his partner"
            f"(?:{_WITH}|by |BIB[AP]? ){_COMPANY}(?:'s (?:help|assistance|support|consent)|(?!'s|{_IS_ILL}))",
            f"(?:re|about) {_ANYONE}(?!'s| {_HAVING}|{_IS_ILL})",
            f"at {_ANYONE}'s",
            f"(?:per|from|by|to|according to) (?:{_PERSON} )?{_CAREGIVER}",
            f"{_WITH}(?:{_PERSON} )?{_CAREGIVER}(?!,? who ha[sd] (?!noticed|been|seen|given|brought|concerns?)\\b)",
            "(?:accompanied|brought(?: in| here| to (?:\\w+ ){1,3}?)?|escorted|found|witnessed|driven(?: in)?|"
            f"sent(?: in)?|carried(?: in)?) by {_ANYONE}(?!,? who ha[sd] had\\b)",
            # nor who a patient quarrels with, is hurt by, or takes tablets from
            "(?:argu(?:ments?|ed|ing)|rows?|rowed|fights?|fighting|fought|quarrel\\w*|altercation|dispute|broken? up|"
            f"break-?up|split(?: up)?|separat(?:ed|ion)) (?:{_WITH}|from ){_ANYONE}(?!,? who (?:has|had|is)\\b)",
            "(?:hit|struck|punched|kicked|stabbed|assaulted|attacked|pushed|beaten|strangled|shot|bitten)(?: \\w+)? "
            f"by {_ANYONE}",
            "(?:took|taken|taking|ingest(?:ed|ing|ion)|swallow(?:ed|ing)|ate|eaten|overdose|OD)"
            f"(?: (?!and\\b|but\\b)\\w+){{0,5}} {_ANYONE}'s",
            f"(?:per|according to|(?:history|collateral|account|information)(?: \\w+)? (?:from|by)) {_ANYONE}",
            "(?:born to|child of|son of|daughter of) "
            f"(?:(?:a|an|the|healthy|unrelated|(?:non-?)?consanguineous|and) )*{_CAREGIVER}",
        ),
    ),
    CueRule(
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
)
