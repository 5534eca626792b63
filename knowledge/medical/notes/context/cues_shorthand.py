"""English cues of hasty notes: answers in rows, "neg", "w/", other beds. Data only; see :mod:`.cues`."""

from .cue_rules import Answers, Assertion, CueRule, Effect

_NEXT_HEAD = r"(?-i:[A-Z])[\w/ -]{1,30}[:=]"
_CLOSED = r"(?=\s*(?:[.,;)]|$|\n))"
_FOR_GOOD = rf"{_CLOSED}(?![^.;\n]{{0,80}}\b(?:but|back|again|re(?:turn|curr?|start|appear)\w*|worse|except)\b)"
_GERM = (
    "(?:influenza|flu|covid(?:-19)?|RSV|MRSA|MSSA|VRE|CPE|norovirus|rotavirus|measles|mumps|varicella|VZV|HSV|HIV|HPV|"
    "gonorrh\\w+|chlamydia|trichomonas|strep(?!s)\\w*|GBS|GAS|pertussis|C\\.?\\s?diff\\w*)(?![ -](?:like|symptoms))\\b"
)
_SWABBED = ("flu", "influenza", "covid", "measles", "MRSA", "HSV", "HIV", "RSV", "chlamydia", "gonorrhoea", "DVT")
_SOUGHT_FOR = (  # a disease, not a symptom, which a patient "concerned re" it has
    "(?: (?:an?|any|possible|underlying|occult|aortic))*"
    "(?= (?:PEs?|DVT|VTE|ACS|SAH|TB|HIV|C\\.?\\s?diff\\w*|mening\\w+|enceph\\w+|endocarditis|cancer|lymphoma|"
    "dissection|ectopic|SDH)\\b)(?! [\\w -]{1,40}\\b(?:confirmed|proven)\\b)"
)
_CANCER = "(?= (?:(?!his|her|their|the|my)[a-z]+ ){1,2}(?:cancer|carcinoma|lymphoma)\\b)"
_CONCERN = (
    "(?:concerns? (?:re|regarding)|worr(?:ies|ying) about|(?<!is.)(?<!was.)(?<!be.)(?<!been.)consider(?:ed|ing)?)"
)
_CATCHING = (
    "(?:measles|mumps|rubella|chicken\\s?pox|varicella|shingles|covid(?:-19)?|influenza|flu|TB|tuberculosis|scabies|"
    "pertussis|whooping cough|norovirus|mening(?:itis|ococc\\w+)|impetigo|hand,? foot)"
)
_DISEASES = (  # followed by signs of them, not by possible causes, as in "abdo pain?"; the red flags also count each
    # of them when suspected, or do not use it
    *("stroke", "TIA", "CVA", "SAH", "SDH", "ICH", "encephalitis", "meningitis", "sepsis", "septic", "PE", "DVT"),
    *("VTE", "MI", "AF", "SVT", "VT", "CCF", "LVF", "dissection", "pneumothorax", "URTI", "croup", "COVID", "flu"),
    *(
        "measles",
        "appendicitis",
        "cholecystitis",
        "diverticulitis",
        "UTI",
        "torsion",
        "ectopic",
        "miscarriage",
        "DKA",
        "GCA",
    ),
    *("CES", "equina", "gout", "shingles", "anaphylaxis", "overdose", "OD", "migraine", "malaria"),
    *("glandular.fever", "scarlet.fever", "rheumatic.fever", "dengue.fever", "typhoid.fever", "hay.fever", "Q.fever"),
    *("dengue", "typhoid", "mono", "EBV", "tonsillitis", "quinsy", "bronchiolitis", "gastroenteritis", "pancreatitis"),
)
A_DISEASE = f"(?:{'|'.join(_DISEASES)})"
_OF_A_DISEASE = "(?:" + "|".join(rf"(?<=\b{name}\?)" for name in _DISEASES) + ")"
_ANSWERED = (  # followed by words that rule it out
    r"\s(?:now |since |was |been |has been )*(?:ruled out|excluded|resolved(?=\s*(?:[.,;\n]|$)))|"
    r"\s(?:\w+ )?screen(?:ing)?:? (?:neg|-ve)"
)
_BEFORE_ONE = rf"\s(?:\w+ )?{A_DISEASE}\b"
QUERY = rf"\?(?:(?!{_OF_A_DISEASE})(?=\s?\w)|(?=\w|{_BEFORE_ONE}))"
"""The sign of something possible: "?PE", "abdo pain? appendicitis". In "SAH? thunderclap headache" that is the SAH."""

SHORTHAND_RULES = (
    # what a colleague thinks of: "GP worried re stroke"; a parent worries about what is there
    CueRule(
        Assertion.POSSIBLE,
        (
            "(?:GP|doctor|nurse|paramedics?|crew|optician|pharmacist|midwife)(?: (?:is|was|are|were))? "
            "(?:worried|concerned) (?:re|regarding)",
            "(?:I am|I'm|I remain|we are) (?:\\w+ )?concerned (?:re|regarding|that (?:s?he|this) (?:has|may have|is))",
        ),
        reach=5,
        commas=False,
    ),
    CueRule(Assertion.POSSIBLE, (rf"\?{_OF_A_DISEASE}(?=\s\w)(?!{_ANSWERED})",), backward=True, reach=0, commas=False),
    CueRule(Effect.STOP, (rf"\?{_OF_A_DISEASE}(?=\s\w)(?!{_BEFORE_ONE}|{_ANSWERED})",)),
    # "Chest pain: No   Dyspnea: Yes"; with one space only if capitalised, since "GI: no vomiting GU: nil" negates
    CueRule(
        Assertion.NEGATED,
        (
            rf"[:=]\s*(?:no|none|nil|absent|denied)(?=\s{{2,}}{_NEXT_HEAD})",
            rf"[:=]\s*(?-i:No|NO|Nil|NIL)(?=\s{_NEXT_HEAD})",
            rf"[:=]\s*never{_CLOSED}",
        ),
        backward=True,
        reach=0,
        commas=False,
        answers=Answers.SLASHES,
        heads_only=True,
    ),
    CueRule(
        Assertion.NEGATED,
        (
            rf"(?:(?<=pain\s)|(?<=nausea\s)|(?<=itch\s))(?:scores?|level)\s?[:=]?\s?0{_CLOSED}"
            r"(?!\s*,\s*(?:\d|then|now|but|later))",
            # a test for it: "HSV swab neg", not "cellulitis swab neg"
            rf"(?:{'|'.join(f'(?<={name}.)' for name in _SWABBED)})(?:screen(?:ing)?|swabs?|PCR) "
            rf"(?:negative|neg|[-−–]ve){_CLOSED}",
        ),
        backward=True,
        reach=0,
        commas=False,
    ),
    # "neg CP, neg SOB"; words farther away may be the presenting complaint
    CueRule(Assertion.NEGATED, (r"(?:(?<=\A)|(?<=,\s))neg(?:ative)?(?= [a-z])",), reach=0, commas=False),
    CueRule(Assertion.NEGATED, (rf"(?:swabs?|PCR|screen) neg(?:ative)?(?= {_GERM})",), reach=0, commas=False),
    CueRule(
        Assertion.RESOLVED,
        (
            ",? (?:which|that) (?:has|have) (?:now |since |completely |fully )*"
            f"(?:settled|resolved|gone|disappeared|cleared(?: up)?|subsided){_FOR_GOOD}",
            f"(?:all |now )*gone{_FOR_GOOD}",
            # directly after a finding: the patient may be who "has not returned", and "power" what is lost
            "(?:that (?:he|she|they|I|we) (?:had|got|developed)(?: [a-z]+){0,4} )?(?:has not|have not|hasn't|haven't) "
            f"(?:come back|recurred|returned)(?:{_FOR_GOOD}|(?= since\\b))",
        ),
        backward=True,
        reach=0,
    ),
    CueRule(
        Assertion.HYPOTHETICAL,
        (
            "(?:explained|aware|understands|told (?:him|her|them)) that(?! (?:his|her|their|the|this)\\b)"
            r"(?= [^.;,\n]{1,40} (?:is|are) (?:an? )?(?:well[- ])?"
            "(?:recogni[sz]ed|known|possible|potential|common|rare|serious|uncommon) "
            "(?:complications?|side[- ]effects?|risks?))",
        ),
        reach=1,
        commas=False,
    ),
    CueRule(
        Assertion.NEGATED,
        (r"(?:(?<=\A)|(?<=[.;\n]\s)|(?<=\bhave\s)|(?<=\bhas\s))ruled out(?= [a-z])",),
        reach=0,
        commas=False,
    ),
    CueRule(Assertion.POSSIBLE, (_CONCERN + _SOUGHT_FOR,), reach=0, commas=False),
    CueRule(Assertion.POSSIBLE, (_CONCERN + _CANCER,), reach=2, commas=False),
    CueRule(Assertion.HYPOTHETICAL, ("if no (?:further|more|new)",), reach=4),
    CueRule(Assertion.HISTORICAL, (r"ex(?=[ -]?(?:smok|drink|IVDU))",), reach=0, commas=False),
    CueRule(
        Effect.NOTHING,
        (
            r"(?:could|can)\s?not (?:reproduce|replicate|elicit any change in)",
            "not (?:the|his|her|their|my|like (?:his|her|their|my|the)) (?:usual|normal|typical)"
            "(?= (?:headaches?|pains?)\\b)",
            # nor is a finding over that is wished gone, or that an absent patient has
            "(?:wants?|wanted|wish(?:es)?|would like) [^.;,\\n]{1,40} gone",
            "(?:pt|patient|(?:wo)?m[ae]n|lady|gentleman|boy|girl|child|baby) with (?!no\\b)[^.;,\\n]{1,40} "
            "(?:has not|hasn't) (?:come back|returned)",
            "(?:hx|history|collateral) (?:was |is )?(?:(?:obtained|taken|given|mainly|provided) )?(?:from|by|via) "
            "(?:(?:the|his|her) )?(?:son|daughter|dtr|wife|husband|partner|mother|father|mum|mom|dad|parents?|carers?|"
            "sister|brother|family|niece|nephew|friend|neighbou?r)",
        ),
    ),
    CueRule(
        Effect.STOP,
        (
            "BIBA",
            "BIB (?:EMS|ambulance|police|family)",
            ", (?:(?:his|her|the|these|all) )?(?:symptoms?|signs?|findings) (?:(?:is|are|was|were) )?attributed to",
        ),
    ),
    # "no pain at rest, pain on movement"
    CueRule(
        Effect.STOP_NEGATION,
        (
            r"(?:(?<=\bno)|(?<=\bnil)) (?P<same>[a-z]{3,}) (?:at|on|when|with) "
            r"[^,.;:\n]{1,30},(?= (?P=same) (?:at|on|in|when|with|during|after)\b)",
            r", (?:and )?w/(?=\s?[a-z])(?!o\b)",
        ),
    ),
    CueRule(
        Assertion.OTHER_PERSON,
        (
            "(?:pt|patient|man|lady|woman|gentleman) in (?:the )?"
            "(?:(?:bed )?next door|(?:next|opposite|adjacent|neighbou?ring) bed(?: space)?|bed opposite)"
            r"(?: (?:is|was|has|had|also|who|now))*(?! \w+ (?:him|her|me|them|pt)\b)",
            "(?<!by.)(?<!by.other.)(?:several|many|other|two|three|some) kids (?:with|have|had)"
            "(?! (?:her|him|me|us|them)\\b)",
            "(?:children|kids)[^.;\n]{0,20}?,? (?:youngest|eldest|oldest)(?: one| child)? (?:with|has|had)",
            f"(?<!skin.)contact with(?: (?:confirmed|suspected|known|a case of))?(?= {_CATCHING}\\b)",
            "f(?:o)?etal(?= (?:heart rate|HR|FHR|brady\\w+|tachy\\w+)\\b)",
        ),
        reach=0,
        commas=False,
    ),
    # "FH" is also the fetal heart: "FH positive", "FH of 140"
    CueRule(
        Assertion.FAMILY,
        (
            r"(?-i:FH) of(?! \d|[^.;\n]{0,40} (?:today|now)\b)",
            r"(?-i:FH) (?:positive|neg\w*|\+ve) (?:for|of)\b",
            r"(?-i:FH)(?= (?:sudden (?:cardiac )?death|(?:early|premature) (?:MI|IHD|CAD|CVD|death))\b)",
        ),
        reach=1,
        commas=False,
    ),
)
"""Many rules do not reach beyond a comma or another word, so that no presenting complaint is lost."""
