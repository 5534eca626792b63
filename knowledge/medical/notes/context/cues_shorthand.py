"""English cues of hasty notes: answers in rows, "neg", "w/", other beds. Data only; see :mod:`.cues`."""

from .cue_rules import Answers, Assertion, CueRule, Effect

_NEXT_HEAD = r"(?-i:[A-Z])[\w/ -]{1,30}[:=]"
_CLOSED = r"(?=\s*(?:[.,;)]|$|\n))"
_CATCHING = (
    "(?:measles|mumps|rubella|chicken ?pox|varicella|shingles|covid(?:-19)?|influenza|flu|TB|tuberculosis|scabies|"
    "pertussis|whooping cough|norovirus|mening(?:itis|ococc\\w+)|impetigo|hand,? foot)"
)

SHORTHAND_RULES = (
    # "Chest pain: No   Dyspnea: Yes"; of one blank only behind a capital, since "GI: no vomiting GU: nil" denies
    CueRule(
        Assertion.NEGATED,
        (
            rf"[:=]\s*(?:no|none|nil|absent|denied)(?=\s{{2,}}{_NEXT_HEAD})",
            rf"[:=]\s*(?-i:No|NO|Nil|NIL)(?=\s{_NEXT_HEAD})",
            rf"[:=]\s*never{_CLOSED}",
            r"(?:scores?|level)\s?[:=]?\s?0(?![\d/]|\.\d)",
        ),
        backward=True,
        reach=0,
        commas=False,
        answers=Answers.SLASHES,
    ),
    # "neg CP, neg SOB"; farther off may be what somebody came with
    CueRule(Assertion.NEGATED, (r"(?:(?<=\A)|(?<=,\s))neg(?:ative)?(?= [a-z])",), reach=0, commas=False),
    CueRule(Assertion.NEGATED, (r"(?:swabs?|PCR|screen) neg(?:ative)?(?: for)?(?= [a-z])",), reach=3, commas=False),
    CueRule(
        Assertion.RESOLVED,
        (
            ",? (?:which|that) (?:has|have) (?:now |since |completely |fully )*"
            "(?:settled|resolved|gone|disappeared|cleared(?: up)?|subsided)",
            f"(?:all |now )*gone{_CLOSED}",
        ),
        backward=True,
        reach=0,
    ),
    CueRule(
        Assertion.RESOLVED,
        ("(?:has|have) not (?:come back|recurred|returned)|(?:hasn't|haven't) (?:come back|recurred|returned)",),
        backward=True,
        reach=9,
        commas=False,
    ),
    CueRule(
        Assertion.HYPOTHETICAL,
        (
            "(?:is|are|being) (?:an? )?(?:well[- ])?"
            "(?:recogni[sz]ed|known|possible|potential|common|rare|serious|uncommon) "
            "(?:complications?|side[- ]effects?|risks?)",
        ),
        backward=True,
        reach=0,
    ),
    CueRule(Assertion.POSSIBLE, ("concerns? (?:re|regarding)",), reach=5, commas=False),
    CueRule(Assertion.POSSIBLE, ("(?<!is.)(?<!was.)(?<!be.)(?<!been.)consider(?:ed|ing)?",), reach=1, commas=False),
    CueRule(Assertion.HYPOTHETICAL, ("if no (?:further|more|new)",), reach=4),
    CueRule(Assertion.HISTORICAL, (r"ex(?=[ -]?(?:smok|drink|IVDU))",), reach=0, commas=False),
    CueRule(
        Effect.NOTHING,
        (
            "(?:could|can) ?not (?:reproduce|replicate|elicit any change in)",
            "not (?:the|his|her|their|my|like (?:his|her|their|my|the)) (?:usual|normal|typical)",
            "(?:hx|history|collateral) (?:was |is )?(?:obtained|taken|given|mainly|provided)? ?(?:from|by|via) "
            "(?:(?:the|his|her) )?(?:son|daughter|dtr|wife|husband|partner|mother|father|mum|mom|dad|parents?|carers?|"
            "sister|brother|family|niece|nephew|friend|neighbou?r)",
        ),
    ),
    CueRule(
        Effect.STOP,
        (
            r", (?:and )?w/(?=\s?[a-z])(?!o\b)",
            "BIBA",
            "BIB (?:EMS|ambulance|police|family)",
            "(?<!not.)attributed to",
        ),
    ),
    # "no pain at rest, pain on movement"
    CueRule(
        Effect.STOP_NEGATION,
        (
            r"(?:(?<=\bno)|(?<=\bnil)) (?P<same>[a-z]{3,}) (?:at|on|when|with) "
            r"[^,.;:\n]{1,30},(?= (?P=same)\b(?! or\b))",
        ),
    ),
    CueRule(
        Assertion.OTHER_PERSON,
        (
            "(?:pt|patient|man|lady|woman|gentleman) in (?:the )?"
            "(?:(?:bed )?next door|(?:next|opposite|adjacent|neighbou?ring) bed(?: space)?|bed opposite)",
            "(?:several|many|other|two|three|some) (?:kids|pupils|classmates|inmates)",
        ),
        reach=8,
        commas=False,
    ),
    CueRule(
        Assertion.OTHER_PERSON,
        (
            "(?:(?:the|her|his|their) )?(?:youngest|eldest|oldest)(?: one| child)? (?:with|has|had)",
            f"(?<!skin.)contact with(?= (?:(?:confirmed|suspected|known|a case of) )?{_CATCHING}\\b)",
            "f(?:o)?etal(?= (?:heart rate|HR|FHR|brady\\w+|tachy\\w+)\\b)",
        ),
        reach=3,
        commas=False,
    ),
    # the heart of an unborn child, too
    CueRule(Assertion.FAMILY, (r"(?-i:FH)(?= (?:of|positive|neg\w*|\+ve|sudden|early|premature)\b)",)),
)
"""What a comma or another word parts is left alone where the rule says so: what somebody came with must not be lost."""
