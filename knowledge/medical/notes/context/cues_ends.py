"""English words that look like a cue but are not one, or end the reach of a cue. Data only; see :mod:`.cues`."""

from .cue_rules import CueRule, Effect

NOT = "(?:is|was|are|were|do|does|did|has|have|had)n'?t"  # phones leave the apostrophe out
CANNOT = "(?:cannot|can not|can't|could not|couldn'?t|won't|will not|wouldn'?t|would not)"
BE = "(?:is|are|was|were|be|been|being)"
_HAVE = "(?:has|have|had)"
_FUNCTION = (
    "(?:appetite|energy|strength|power|sensation|feeling|movement|pulse|speech|reflexes|urine(?: output)?|"
    "bowel movements?|stools?|flatus|oral intake|response|fetal movements?)"
)
_LOST = (  # what one is "no longer" able to do
    r"(?:able|walk|sp[eo]ak|talk|mov|se(?:es?|eing)\b|hear|eat|drink|breath|respond|recogni[sz]|stand|swallow|wak|urinat|"
    r"pass|control|reliev|respon|toler|help|work|lift|feed|follow|us(?:es?|ing)\b)\w*"
)

_COUNT = r"(?:\d|an?\b|one|two|three|four|five|six|several|some|few|many)"
_ITEM = r"(?:(?!\b(?:last|past|type)\b|[<>≥≤])[^,;:.\n]){1,60}?"
_OF_ITS_OWN = (  # a number, a duration or an onset
    rf"(?:(?<![\w/-])x?(?!0/|5/5)\d|\bfor (?:the )?(?:last |past )?{_COUNT}|\bsince (?:about )?"
    r"(?:\d|this|yesterday|last (?:night|week|month|year|\w+day)|noon|midnight|morning|\w+day))"
)
_CLOCK = r"(?:\d{1,2}(?::\d\d|\s?[ap]\.?m\b|\s?h\b|\so'clock)|\d{4}\s?h(?:rs)?\b)"
_SOMEHOW = (
    "(?:sudden(?:ly)?|abrupt(?:ly)?|new|slight|occasional|some|ongoing|"
    "worsening|increasing(?:ly)?|progressive|severe|moderate|mild|tiny|"
    "small(?! (?:bowel|vessel|airways?))|now|today|acutely|"
    "acute(?! (?:distress|infarct|isch|fracture|h[a]?emorrhage|bleed|process|finding|abnormal|change|disease)))"
)
_ANY = (
    "(?:any|known|significant|sig|signif|recent|relevant|prior|past|other|illicit|current|acute|apparent|previous|prev|"
    "regular|major|important|notable|long-?term|chronic|family|medical|surgical|social|drug|psychiatric|obstetric)"
)
_NO_SYMPTOM = (
    "(?:(?:drug |food |medication )?allerg(?:y|ies)|alcohol(?: use)?|etoh|tobacco(?: use)?|smoking|drugs?(?: use)?|"
    "medications?|meds|surger(?:y|ies)|travel|(?:sick )?contacts?|distress|(?:p[ms]|[fds])hx?|"
    "(?:medical )?(?:history|hx|problems|comorbidit(?:y|ies)))"
)
_OF_NOTE = "(?: (?:of (?:note|significance|relevance)|to note|recorded|documented))"
_NIL_OF_NOTE = f"of (?:note|significance|relevance)(?: in (?:the |his |her )?(?:{_ANY} )*{_NO_SYMPTOM})?"
_NO_ANSWER = (  # after a heading
    r"(?=\s+(?!(?:all |both )?"
    r"(?:no|none|nil|n|nkd?a|neg(?:ative)?|absent|denie[sd]|not present|[-−–](?:ve)?)(?:\W|$)))"
)
_TEST_HEAD = (  # heading of a result
    r"(?:[a-z][a-z0-9/&-]* ){0,2}(?:CT\w?|CTPA|CTKUB|[CA]XR|XR|x-?rays?|ECG|EKG|USS?|ultrasound|dopplers?|MR[IA]|echo|"
    r"TTE|EEG|scan|imaging|angio\w*|bloods?|labs?|LFTs?|U&Es?|FBC|CBC|trop\w*|[AV]BG|gas|urine|UA|dip\w*|LP|CSF|swabs?|"
    r"cultures?|biopsy|histology|OGD|endoscopy|colonoscopy|o/e|exam\w*|obs|vitals)"
    r"(?: [a-z0-9/&-]+){0,3}\s?:" + _NO_ANSWER
)
_HEAD = (  # heading of something new, not of more of the same list: "no red flags, specifically: fever"
    r"(?!(?:including|includ\w+|specifically|namely|e\.?g|i\.?e|such as|especially|particularly|or|associated|"
    r"others?)\b)"
    r"(?!(?:cvs?|card\w*|resp\w*|pulm\w*|g\.?[iu]|gastro\w*|genito\w*|neuro\w*|msk|skin|derm\w*|heent|ent|eyes|psych\w*|"
    r"endo\w*|constitutional|general|symptoms)\s?:)"
    r"[a-z][a-z0-9/&-]*(?: [a-z0-9/&-]+){0,3}\s?:" + _NO_ANSWER
)
_NOT_OR = r"(?!(?:n?or|no|not|without|never|if|nil|denies)\b)"
_TO_BE_POSITIVE = (  # "Kernig positive", "pregnancy test was +ve", and not "COVID positive contacts"
    rf"(?:{_NOT_OR}[\w'/-]+ ){{1,5}}(?:strongly |weakly )?(?:positive|pos|\+ve)"
    r"(?=\s*(?:[.,;)]|$|\n)| (?:on|in|at|for|with|today|and|but|x\d)\b)"
)
_PART = (
    "(?:neck|abdo(?:men)?|belly|tummy|calf|calves|legs?|arms?|hands?|foot|feet|joints?|knees?|ankles?|hips?|face|tongue|"
    "lips?|eyes?|skin|testi\\w+|scrotum|fontanelle|chest|limbs?|extremities|peripheries|mouth|throat|"
    "gums?|breasts?)"
)
_HOW = (
    "(?:stiff|rigid|tender|sore|swollen|red|hot|cold|cool|mottled|clammy|weak|numb|distended|bulging|painful|"
    "drooping|droopy|pale|blue|yellow|dusky)"
)
_STATE = (  # not a noun, so "no" cannot negate it
    "(?:cold and clammy|clammy|drowsy|confused|disorient(?:at)?ed|agitated|lethargic|floppy|pale|gr[ae]y|mottled|"
    "cyanos?ed|cyanotic|jaundiced|unresponsive|unconscious|unrousable|diaphoretic|sweaty|sweating profusely|"
    "tachycardic|tachypno?eic|hypotensive|hypoxic|bradycardic|febrile|breathless|constipated|suicidal|dehydrated|"
    "incontinent|wheezy|dizzy|nauseated|nauseous|dys?phasic|aphasic|dysarthric|ataxic|delirious|manic|psychotic|bloated)"
)
_BRINGS_UP = (
    "(?:vomiting|coughing(?: up)?|bringing up|passing|spitting(?: up)?|throwing up) "
    "(?:(?:fresh|bright|red|dark) )*(?:blood|clots)"
)
_ADVERB = "(?:(?:he|she|they|pt|patient|has|had|then|now|also|just|still|only|always|often|\\w+ly) )"
_DOES = (  # a verb, which "no" cannot negate either; none that is also a plural ("coughs, bleeds, falls")
    "(?:(?:vomit(?:s|ted|ed)|brought up|bled|(?:coughs|coughed|brings) up|coughed|passed|passes|wants?|wanted|wishes|"
    "feels|felt|sees|saw|hears|heard|wakes?|woke|limps|limped|fell|fainted|collapsed|choked|lost|drools|drooled|shook|"
    "shakes|cries|snores|squints|hurts?|bit|hit|became|becomes|turned|went|goes|gets|got|keeps|kept|started|began|begins|"
    "took|swallowed|ingested|overdosed|threw up|refuses|refused|struggles|struggled|needs|walks|eats|drinks|sleeps)\\b"
    "(?! (?:or|nor)\\b)|collapses (?:on|when|while|during|after)\\b|"
    f"(?:unable|not able|{CANNOT})\\b)"
)
_POOR = (  # something observed, not an item of a list of complaints, such as appetite
    "(?:poor|reduced|decreased|impaired|limited|absent|delayed|diminished) "
    "(?!appetite|app\\b|feed|sleep|intake|oral|po\\b|energy|exercise|ET\\b|wound|libido|sensation|hearing|vision|memory)"
)
_SIDED = "(?:[rl]|right|left)(?:[ -]sided)? [\\w ]{3,30}"
_INJURY = "(?:trauma|injur(?:y|ies)|falls?|head (?:injury|trauma|strike))"
_PLAIN = (  # a word of a list item, none that describes a complaint
    rf"(?!(?:{_SOMEHOW}|onset|started|began|woke|left|right|with|since|for|x\d|when|while|after|on|at|from|radiat\w+|is|are|was|were|has|had|"
    r"but|he|she|they)\b)[a-z][\w'/-]*"
)
_DRUG = (
    r"(?:blood[- ]thin\w+|anti-?(?:coag|platelet|biotic|epileptic|convuls|hypertens|depress|psychotic|viral)\w*|"
    r"[DN]OACs?|LMWH|C?OCP|POP|HRT|pill|insulin|steroids?|chemo\w*|immunosuppress\w*|medic(?:ines?|ations?)|meds|"
    r"aspirin|digoxin|lithium|metformin|\w*(?:parin|farin|xaban|gatran|grel|olol|pril|sartan|statin|gliptin|gliflozin|"
    r"glutide|sone|solone|zepam|prazole|semide|thiazide|cillin|mycin))\b"
)
_TAKES = (  # "on" a drug, unlike "no pain, on exertion"
    r"(?:(?:is |was |currently |now |also )*on (?!exer|exam|walk|mov|rest|stand|sit|lying|lean|bend|swallow|cough|"
    r"(?:deep )?(?:insp|breath)|palp|admission|arrival|waking|awak|discharge|review|inspection|auscult|percuss|"
    r"(?:the|a|an|his|her|their)\b(?! (?:(?:new|regular|usual|long-term|daily|oral|low-dose) )?" + _DRUG + ")|"
    r"(?:one|both|either|each|left|right|and|or|further|direct|question\w*|CT|CXR|X|MRI|ECG|USS?|echo|imaging|scan)\b|"
    r"bloods?\b(?![- ]thin)|\d)|tak(?:es|ing) (?!place\b))"
)
_KNOWN = "known (?!contacts?|allerg|exposure|drug|sick)"
_OF_OLD = r"(?:prev(?:ious(?:ly)?)? |prior |h/o |hx |history of )"
_THEN = r"\b(?:(?:19|20)\d\d|ago|childhood|as a child|aged? \d|last (?:year|month))"
_LAST = (
    rf"(?=\s*(?:[.;\n]|$)|,(?: and)? (?:{_TAKES}|now\b|{_OF_OLD}|{_STATE}\b|(?:\w+ )?{_PART} (?:is |was )?{_HOW}\b))"
)
_TOLD_MORE = (  # followed by more than a bare name
    r",[^.;:\n]*\b(?:since|for|with|and|took|found|radiat\w+|sudden|severe|central|\d+)\b"
)
_OLD_ITEM = (  # a screening also denies previous ones, unless dated, last in the list or followed by details
    rf"(?:{_KNOWN}|h/o |hx |{_OF_OLD}[^,.;:\n]{{1,40}}?(?:{_THEN}|{_LAST}|{_TOLD_MORE}))"
)
_DEGREE = "(?:new|acute|sudden|recent|severe|moderate|mild|small|tiny)"
_DENIED_LIST = (  # "denies fever, new hemiparesis, aphasia": a single adjective, and bare items up to the end
    r"(?:(?<=\bdenies)|(?<=\bdenied)|(?<=\bdenying))"
    rf":? (?!(?:{_ANY} )*(?:{_NO_SYMPTOM}|{_INJURY})\b){_PLAIN}(?: {_PLAIN}){{0,4}},"
    rf"(?= (?:{_DEGREE}|worsening)(?: {_PLAIN}){{1,3}}"
    rf"(?:, (?:(?:and|or|any|{_DEGREE}) ){{0,2}}{_PLAIN}(?: {_PLAIN}){{0,2}})+\s*(?:[.;\n]|$))"
)
_NO_OR = (  # no "or" that would make it one denied list: "small rash on the trunk, or cough"
    r"(?!(?:(?!\b(?:with|when|while|after|since|for|worse|unable|but|no|not|without|denies)\b|"
    r"\b(?:on|at)\b(?! (?!wak|exert|rest\b|mov|stand|\d)[^.;:\n]*, n?or (?!on\b|at\b)))[^.;:\n])*\bn?or\b)"
)

END_RULES = (
    CueRule(
        Effect.NOTHING,
        (
            "no (?:significant |further |obvious )?(?:change|increase|decrease|improvement|relief|difference|"
            "progression|worsening|resolution|response)s? (?:in|of|from|with|to)"
            "(?! (?:his |her |their |the )?(?:bowel|bladder|urinary|stool|appetite|weight|vision|mood|sleep|behavio))",
            "no (?:significant |further |real |clinical )?(?:improvement|relief|response)(?=\\s*[,.;)])",
            "no (?:need for|surprise)",
            "(?:not|no) only",
            "not (?:necessarily|improved?|changed?|relieved|settl(?:ed|ing)|better|controlled|been controlled|"
            "respond(?:ed|ing)?|"
            "resolved?|stopped|worse|yet resolved|disappeared|subsided|because of|due to|seen for)",
            f"(?:not|{CANNOT}|{NOT}) (?:able to )?(?:stop|stand|bear|take(?! (?:an? |any )?(?:overdose|OD)\\b)|control|"
            "get (?:rid of|over|past)|cope with|"
            "tolerate|help(?:ed|ing)?|eas(?:e|ed|ing)|touch(?:ed|ing)?|relieved?)",
            f"{_HAVE} not (?:yet )?(?:resolved|improved|disappeared|subsided)",
            "without (?:difficulty|improvement|relief|change|resolution)",
            "(?:as|if) needed",
            "(?:can|could|will|would) no longer",
            f"no longer (?:{_LOST}|(?:has|have|had) (?:any )?(?:{_FUNCTION}|control|use))",
            f"(?:never|not|{NOT}) (?:ever )?(?:had|have|felt|experienced)"
            "(?= (?:\\w+ ){1,6}(?:(?:like|as bad as) (?:this|that)|(?:this|so|as) (?:bad|severe|strong|intense)))",
            f"no (?:(?:radial|femoral|pedal|distal|carotid|central|peripheral|palpable|foot) )*{_FUNCTION}"
            "(?=\\s*,| (?:for|in|since|today|and)\\b)",
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
            # no relative's, so what follows is the patient's: "no FH of note, haemoptysis"
            rf"(?:no|nil) (?:{_ANY} )*(?:family (?:history|hx)|fhx?){_OF_NOTE}?(?=\s*[,.;])",
            _DENIED_LIST,
        ),
    ),
    # "No alcohol, sudden weakness" denies no weakness; "no headache, sudden weakness, or slurred speech" does
    CueRule(
        Effect.STOP_NEGATION,
        (
            f",(?= (?:and )?(?:an? )?{_SOMEHOW}\\b{_NO_OR})",
            f"(?:(?<=\\bno)|(?<=\\bnil)|(?<=\\bdenies)|(?<=\\bdenied)) (?:{_ANY} )*(?:{_NO_SYMPTOM}|{_INJURY})"
            f"(?:(?:,? (?:or|and) |/)(?:{_NO_SYMPTOM}|{_INJURY}))*,(?= (?:an? )?{_SOMEHOW}\\b){_NO_OR}",
            rf",(?={_ITEM}{_OF_ITS_OWN})(?![^.;:\n]*, (?:n?or)\b)",
            # "no delusions, suicidal ideation with plan", or a recent one, which may also be denied: only one last item
            r"(?:(?<=\bno)|(?<=\bnil)) [^,.;:\n]{2,40},(?= (?:recent (?:weight loss|URTI)\s*(?:[.;\n]|$)|"
            r"(?!n?or\b|and\b)[^,.;:\n]{2,40}\bwith (?:an? )?(?:plan|intent)\b))",
            f"(?:(?<=\\bno)|(?<=\\bnil)) (?:(?:{_ANY} )*{_NO_SYMPTOM}(?:(?:,? (?:or|and) |/|, ?){_NO_SYMPTOM})*"
            f"{_OF_NOTE}?|{_NIL_OF_NOTE}),{_NO_OR}",
            f"(?:(?<=\\bno)|(?<=\\bnil)) (?![^,]*\\b(?:left|right|[lr])\\b)[^,.;:\\n]{{1,40}},"
            f"(?= {_SIDED}\\s*(?:[.;\\n]|$))(?! [^.;\\n]*\\bn?or\\b)",
        ),
        commas=False,
    ),
    # a separate rule: other ends may begin at the same denial and lie farther away
    CueRule(Effect.STOP_NEGATION, (f",(?= (?:and )?(?:{_TAKES}|PMHx? )){_NO_OR}",)),
    # independent of the denial, anywhere in the list: "no fever, rash, neck stiff", "no fever, rash, drowsy"
    CueRule(
        Effect.STOP_NEGATION,
        (
            f"(?<!flags),(?= (?:and )?{_HEAD})",
            # after a single item that is not itself old: "no previous MI, previous stroke"
            rf"(?:(?<=\bno)|(?<=\bnil)) (?!{_OF_OLD}|{_KNOWN}|past |family )[^,.;:\n]{{2,40}},"
            rf"(?= (?:and )?{_OLD_ITEM}){_NO_OR}",
            rf"(?:(?<=\bno)|(?<=\bnil)) (?!{_OF_OLD})[^.;:\n]{{2,60}},(?= (?:and )?old (?:\w+ ){{0,2}}"
            rf"(?:infarcts?|lacun\w+|stroke|CVA|bleed|fractures?)\b){_NO_OR}",
            f",(?= (?:and )?(?:\\w+ )?{_PART} (?:is |was |are |were |very |now )*{_HOW}\\b){_NO_OR}",
            rf"(?:(?<=\bno)|(?<=\bnil)) [^.;:\n]{{1,80}}?,(?= (?:{_STATE}|{_BRINGS_UP})"
            r"(?=\s*(?:[.,;\n]|$)| (?:and|at|on|since|for|with)\b))"
            f"{_NO_OR}",
            rf"(?:(?<=\bno)|(?<=\bnil)|(?<=\bwithout)|(?<=\bdenies)|(?<=\bdenied)) [^.;:\n]{{1,80}}?,"
            rf"(?= (?:and )?{_ADVERB}{{0,2}}{_DOES}){_NO_OR}",
            rf"(?:(?<=\bno)|(?<=\bnil)) [^,.;:\n]{{2,40}},(?= {_POOR}){_NO_OR}",
            # a sentence of its own: "without discharge, the lips are cracked", "no fever, his wife is well"
            r",(?= (?:and |but )?(?:the|his|her|their|both) (?:(?!n?or\b|and\b)[\w'-]+ ){1,4}?"
            r"(?:is|are|was|were|has|have|looks?|feels?|appears?)\b(?! (?:not )?(?:denied|absent|negative)\b))",
            # "without injury and a nosebleed", "without exudate, calf muscles tender"
            r"(?<=\bwithout) (?!(?:an?|any)\b)[^,.;:\n]{2,40} and(?= an? )",
            rf"(?<=\bwithout) [^,.;:\n]{{2,40}},(?= (?:[\w-]+ ){{1,6}}(?:tender|swollen|enlarged|palpable|"
            rf"inflamed)\b){_NO_OR}",
        ),
    ),
    CueRule(
        Effect.STOP,
        (
            "(?:relief|reliev|better|worse|improv|help|radiat)\\w*(?=[^?.]*\\?)",  # questions about a finding
            "which",
            "who",
            "because",
            "since",
            "then",
            f"{BE} (?:positive|remarkable|notable|significant) for",
            "(?:positive|remarkable|notable) for",
            "(?:present(?:s|ed|ing)?|came|comes|here|admitted)"
            "(?: in| today)?(?: (?:to|at) (?:\\w+ ){1,3}?\\w+)?(?: today)? (?:with|for|w(?=/))",
            "p/w",
            "(?:report(?:s|(?<!no.report)(?<!not.report)ed)|endorses?|endorsed|admits|complain(?:s|ed)|develop(?:s|ed)|exhibit(?:s|ed)|"
            "show(?:s|ed)|reveal(?:s|ed)|demonstrate[sd])",
            "(?:secondary|due) to",
            "caused by",
            "as a cause (?:of|for)",
            "(?:and|now|still) (?:also |now |still |then )*(?:has|had|have|is|was|with|does have)",
            ",? (?:and|but) now(?! or\\b)",
            ", (?:and )?(?:with|has|had|he|she|they|the patient|the child|patient|pt)",
            f",(?= (?:and )?(?:{_TEST_HEAD}|{_TO_BE_POSITIVE}))",
            rf",(?={_ITEM}\bsince (?:about )?(?:{_CLOCK}|noon|midnight|this \w+ing))(?![^.;:\n]*, (?:n?or)\b)",
        ),
    ),
    CueRule(
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
)
