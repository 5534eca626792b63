"""Short words that name a finding only beside another one.

"PE" is also the physical examination; "SI" the sacroiliac joint, a unit, or the first heart sound; "LOC" the level of
consciousness. "N&V" and "D&V" are written with a sign that words lack. A word of doubt, negation or kind shows what an
abbreviation means.
"""

import re
from collections.abc import Iterator

from ...codes import code_of
from ..values.fluids import is_of_no_urine

_DOUBT = r"r/?o|rul(?:e|ed|es|ing) out|query|suspect\w*|possible|probable|no"
_PE_ELSE = (
    r"(?!\s?[:=]|\s?\d|(?:\s?(?:/|\bor\b|\band\b)\s?DVT)?[ \t]"
    r"(?i:tubes?|class|ppx|prophylaxis|scores?|findings|protocol|criteria)\b)"
)
_PE = re.compile(
    rf"(?:\?\s?|(?i:\b(?:{_DOUBT}|history of|h/o|hx of|known|(?:suspicion|concern|positive|negative) for|suspicion of|"
    r"(?:un)?likely|exclud\w+|consider(?:ed|ing)?|d?dx:|differential:|"
    r"acute|massive|sub-?massive|bilateral|saddle|(?:sub)?segmental|(?:un)?provoked|recurrent)\s"
    rf"|\bDVTs?(?:\s?[/&]\s?|\s(?:and|or)\s)))(?P<is>PEs?)\b{_PE_ELSE}"
    r"|(?<!\bfor )\b(?P<named>PEs?)(?=\s(?:(?:very |highly |less |more )?(?:un)?likely(?! (?:normal|NAD)\b)|vs|"
    r"(?:and|or) (?:ACS|MI|pneumonia) ruled out|(?:seen )?on (?:CT\w*|V/?Q|imaging|scan)|confirmed|"
    r"(?:(?:can)?not|can'?t|was|been|is) (?:yet |be |been )*(?:excluded|ruled out)|excluded|ruled out)\b|"
    rf"\s?(?:/|\bor\b|\band\b)\s?DVT\b){_PE_ELSE}"
)
_SI_ELSE = (
    r"(?!\s?[:=]?\s?\d|\s?(?:[+&,/]|and)?\s?"
    r"(?:S2|SII|units?|joints?|arthritis|stiffness|discomfort|symptoms?|region|of\b|tender\w*|pain|dysfunction|fusion|injection|screw|scores?|class|findings)\b)"
)
_SI = re.compile(
    rf"(?:[?+]\s?|(?i:\b(?:{_DOUBT}|denie[sd]|denying|endors\w+|reports?|express\w+|active|passive|fleeting|vague|"
    rf"intermittent|worsening|current|ongoing|"
    rf"chronic|positive for|negative for|neg)\s))(?P<is>SI(?:(?:\s?/\s?|\s(?:or|and)\s)HI)?)\b{_SI_ELSE}"
    r"|(?<!prior )(?<!previous )\b(?P<named>SI(?:\s?/\s?|\s(?:or|and)\s)HI)\b"
)
_NAUSEA = re.compile(r"(?<![A-Za-z&+/])(?P<is>N)\s?[&+]\s?V(?![A-Za-z&+/])", re.IGNORECASE)
_VOMITING = re.compile(
    r"(?<![A-Za-z&+/])(?:[ND]\s?[&+]\s?(?P<is>V)|(?P<first>V)\s?[&+]\s?D)(?![A-Za-z&+/])", re.IGNORECASE
)
_VOM = re.compile(r"\b(?P<is>[Vv]om)\b")
_LOOSE = re.compile(r"(?<![A-Za-z&+/])(?:(?P<is>D)\s?[&+]\s?V|V\s?[&+]\s?(?P<named>D))(?![A-Za-z&+/])", re.IGNORECASE)
_DIARRHEA = re.compile(r"(?<![A-Za-z/])N/V/(?P<is>D)(?![A-Za-z])", re.IGNORECASE)
_PROTEIN = re.compile(  # of a strip: "3+ protein", "protein ++"
    r"(?<![\d+])(?P<is>(?:[1-4] ?\+|\+{2,4}) ?protein(?:uria)?)\b(?! (?:shakes?|drinks?|diet|intake|powder))|"
    r"\b(?P<named>protein ?[:=]? ?\+{2,4})(?![\w+])",
    re.IGNORECASE,
)
_RUNS = re.compile(r"\b[Tt]he (?P<is>runs)\b(?! (?:of|in|on|are|were|and (?:walks|rides))\b)")
"""Of the bowels; a patient who "runs" and "runs of VT" are something else."""
_LEAD = r"(?:leads?|V[1-9]|I{1,3}|aV[LFR]|(?i:inferior|anterior|lateral|septal|antero\w+|infero\w+))\b"
_STE = re.compile(rf"\b(?P<is>STE)(?=s?\s(?:(?:in|over|of)\s)?(?:the\s)?{_LEAD})|\b{_LEAD}\s(?P<named>STE)\b")
"""Of the ST segment; it is also speckle-tracking echocardiography."""
_LOC = re.compile(  # not the level of consciousness: "LOC: alert", "decreased LOC"
    rf"(?:[?+]\s?|(?i:\b(?:{_DOUBT}|nil|denie[sd]|denying|without|with|w/o|had|brief|transient|sudden|witnessed|positive|\+ve)\s))"
    r"(?P<is>LOC)\b(?!\s?[:=]|\s?\(l| (?:assess|check|monitor|score)| of 1[0-5]\b(?! ?[sm]))|"
    r"\b(?P<named>LOC)(?=\s?\+(?:ve\b)?|\s(?:for\s|x\s?|~\s?)?\d+\s?(?:s|secs?|seconds?|m|mins?|minutes?|hours?)\b)"
)
_LOW_LOC = re.compile(r"(?P<is>(?:↓\s?|\b(?i:decreas\w+|reduced|altered|depressed|fluctuating|low)\s)LOC)\b(?!\s?[:=])")
_ST_UP = re.compile(r"\b(?P<is>ST(?:\s(?:segments?\s)?elev(?:ated)?\b|\s?[↑⬆]))")
_MURPHY = re.compile(r"\b(?P<is>[Mm]urphy'?s?(?:\ssign)?\s?(?::\s?)?(?:\+(?:ve\b)?|pos(?:itive)?\b))")
_NEW_JOINT = re.compile(  # of the knee or hip, recent; long ago it is history
    r"(?:\b(?i:post(?:[ -]op)?|s/p|after|following|since|recent|elective)\s(?:(?:[LR]|[Ll]eft|[Rr]ight)\s)?"
    r"(?P<is>T[KH]R)\b(?!\s(?:in\s)?(?:19|20)\d\d|\s\(?\d+\s?(?:y|months?|mths?|/12))|"
    r"\b(?P<named>T[KH]R)(?=,?\s(?:\d{1,2}\s?(?:d|days?|wks?|weeks?|/52|/7)\b|yesterday|last week)))"
)
_JOINTS = ("knee", "hip", "back", "neck", "shoulder", "ankle", "joint")
_NO_JOINT = "".join(
    rf"(?<!\b{joint}{end} )"
    for joint in _JOINTS
    for end in ("", "s", " is", "s are", " keeps")
    if joint + end != "back"  # "came back seizing"
)
_SEIZING = re.compile(  # "seizing the opportunity", "seizing up", "joint seizing at night"
    rf"{_NO_JOINT}\b(?P<is>[Ss]eizing)\b(?=\s*(?:[.,;:)\n]|$)|"
    rf"\s(?:on|at|in(?! (?:(?:the|his|her|both|left|right) ){{0,2}}(?:{'|'.join(_JOINTS)}))|"
    r"again|for|now|since|when|despite|during|\d)\b)"
)
_PPH = re.compile(  # also primary pulmonary hypertension
    r"(?<!/)\b(?P<is>PPH)(?=\s?(?:(?:of|approx) )?[:=~>≈]?\s?\d(?:\.\d|\d{2,3})\s?(?:mls?|[lL]|litres?)\b|"
    r"\s(?:EBL|MBL)\b|,? (?:due to |from |secondary to )?(?:aton[iy]|retained|tears?)\b)|"
    # or beside a birth, without a year and not as a risk
    r"(?<!\d\d\d\d )(?<!\d\d\d\d: )\b(?:(?i:deliver(?:ed|y)|uterus|placenta (?:delivered|out|complete|retained)|birth|"
    r"post-?partum|caesarean)|EBL|SVD|NVD|LSCS)\b(?:(?!\b(?:(?:19|20)\d\d|(?i:risks?|plan\w*|prevent\w*))\b)[^\n]){0,60}?"
    r"(?<!/)\b(?P<named>PPH)\b(?!\s(?i:drill|prophyl\w+|protocol|pack|trolley|kit|risk|both|previously|"
    r"(?:in|with) (?:\w+ )?(?:last|first|previous|(?:19|20)\d\d))\b)"
)
_NOT_BREATHING = re.compile(  # "not breathing well", "fast" or "through the nose" breathes
    r"\b(?P<is>not breathing)(?=\s*(?:[.,;:)\n]|$|(?:on (?:arrival|scene)|at all|when|and|since)\b))", re.IGNORECASE
)
_NO_HOSPITAL = r"(?:(?<!\bin )|(?<=ease in ))" + "".join(  # "increase in SDH"
    rf"(?<!{words} )"
    for words in (
        *(r"\bat", r"\bby", "erred from", "arged from", "sfer from", "back from", "came from", "sent from", "erred to"),
        *("arged to", "itted to", "sfer to", "back to", "moved to", "taken to", "esented to", "attended"),
        *("ent to", "ought to", "are of", r"\bneg"),
    )
)
_SDH = re.compile(  # also an enzyme and a hospital
    rf"(?<![-\w/]){_NO_HOSPITAL}(?<!determinants \()(?P<is>SDHs?)\b(?!\s?[-:=]|"
    r"\s(?i:gene|mutat\w+|defici\w+|complex|loss|activity|subunit|negative|retained|immuno\w+|raised|elevated|levels?|GIST|"
    r"ED|A&E|ward|hospital|clinic|notes|team|(?:19|20)\d\d)\b)"
)
_SOUGHT = (
    rf"(?:\?\s?|(?i:\b(?:{_DOUBT}|ruled out for|(?:suspicion|concern) for|exclud\w+|likely|consider\w*|ruptured)\s))"
)
_ECTOPIC = re.compile(  # also a beat, a kidney
    rf"{_SOUGHT}(?P<is>[Ee]ctopic)\b(?!\s(?:pregnan|beat|atrial|ventric|activ|focus|foci|kidney|thyroid|tissue|ACTH|rhythm))"
)
_DISSECTION = re.compile(  # also of an artery of the neck, or an operation
    r"\b(?i:neck|carotid|vertebral|MRA|coronary|LAD|ESD|axilla\w*|node)\b[^.;\n]{0,60}?\b[Dd]issection\b|"
    r"\b(?i:angio\w*)\b[^.;\n]{0,60}?\b[Nn]o dissection\b|"
    rf"{_SOUGHT}(?:(?:acute|aortic|Ao)\s)?(?P<is>[Dd]issection)\b"
    r"(?! plane| in (?:the )?neck| of (?!(?:the )?aort)| (?:left |right |[LR] )?(?:ICA|VA|carotid|vertebral))"
)
_METER = (
    r"(?:(?:[Gg]lucose|[Ss]ugar|BGL|BSL|BM|CBG|FSB[GS]|[Gg]lucometer)(?: (?:is|was|reads?|reading))?|"
    r"血糖(?:仪|值)?(?:显示|为)?)\s?[:：=]?\s?"
)
_LOW_METER = re.compile(rf"(?<!\w)(?P<is>{_METER}(?:LO|Lo))(?![\w-])")
_HIGH_METER = re.compile(rf"(?<!\w)(?P<is>{_METER}(?:HI|Hi))(?![\w-])")
_KETONES = re.compile(
    r"\b(?P<is>ketones?(?: in (?:the )?urine)?\s?[:=]?\s?(?:large\b|moderate\b|\+{2,4}(?![\w+])))|"
    r"\b(?P<named>large (?:urin(?:e|ary) )?ketones)\b",
    re.IGNORECASE,
)
_VT = re.compile(  # also the tidal volume, and the verbal score of a patient with a tube; a run of it ends by itself
    r"(?<![-\w])(?<!uns of )(?<!un of )(?<!\bE[1-4] )(?<!\b[Ll]ow )(?P<is>VT)\b"
    r"(?!\s?[:=~]|\s\d+(?!\d*\s?(?:bpm|/ ?min))|\s(?:ml|set|of \d|goals?|targets?|strategy|ventilation)|\s?M\s?[1-6]\b)"
)
_NO_VIRUS = r"(?![^.;\n]{0,24}?\b(?i:hep|HBV|entecavir|tenofovir))"
_CHB = re.compile(  # also chronic hepatitis B
    r"(?i:\b(?:ECG|EKG|rhythm|monitor|tele(?:metry)?|pacing|pacemaker)\b)[^.;\n]{0,24}?\b(?P<is>CHB)\b"
    rf"{_NO_VIRUS}|(?<!(?i:hep) B \()(?<!(?i:hepatitis) B \()\b(?P<named>CHB)\b{_NO_VIRUS}"
    r"(?=[^.;\n]{0,24}?(?i:\b(?:HR|rate|pulse)\b[^.;\n\d]{0,8}[2-4]\d\b|brady|syncop|escape|pac(?:ed|ing)))"
)
_NOF = re.compile(
    r"#\s?(?:(?:[LR]|left|right)\s)?(?P<is>NOF)\b|\b(?P<named>NOF)\s?#(?!\w)"
)  # alone it is a part of the hip
_AVPU = (  # "A->V" is V now
    r"(?<!\w)(?P<is>(?i:A?C?VPU(?:\s?(?:score|scale|评分))?)\s?(?:(?:is|was|now|of|at)\s)?[:：=–-]?\s?"
    r"(?:A\s?(?:-*>|→)\s?)?"
)
_NOT_ALERT = re.compile(  # a letter, or its word
    rf"{_AVPU}(?:[VPU](?!\s?(?:-*>|→)\s?A\b)|"
    r"(?i:(?:respon\w+ )?(?:only )?(?:to )?(?:voice|verbal|pain(?! scor)|unresponsive)(?: only)?))\b(?!\s?/))"
)
_NEW_CONFUSION = re.compile(rf"{_AVPU}(?:C|(?i:new confusion|confused))\b(?!\s?/))")
_RESPONDS_TO = re.compile(
    r"(?<!side )(?<!leg )(?<!arm )(?<!foot )(?<!limb )\b"
    r"(?P<is>[Rr]espon(?:ds|ding|ded|sive) (?:only to (?:voice|pain)|to (?:voice|pain) only|to pain)\b"
    r"(?! (?:relief|killers?|med\w+|control|management|clinic|team|therapy|with|scor\w+|ladder|scale|chart|"
    r"but not (?:to )?(?:light )?touch)\b)(?: only)?)"
)
_LIMB = r"(?:leg|foot|feet|arm|hand|limb|toes|calf)\b"
_NO_PULSES = re.compile(  # of a limb: a finding, not a negation
    rf"\b{_LIMB}[^.;\n]{{0,60}}?\b(?P<is>[Nn]o pulses)\b|\b(?P<named>[Nn]o pulses)\b(?= in (?:the |his |her )?{_LIMB})"
)
_ISCHEMIC = r"(?:painful|pale|white|mottled|pulseless|numb|blue|dusky|ischa?emic|swollen)"
_COLD = re.compile(
    rf"(?<!\ba )(?<!the )\b(?P<is>[Cc]old)(?=,? (?:(?:and )?{_ISCHEMIC},? ){{0,3}}(?:[RLrl]|left|right) {_LIMB})"
)
_COLD_AND_PAINFUL = re.compile(
    rf"\b(?:leg|foot|calf|limb) (?:is )?(?:(?:cold|cool|{_ISCHEMIC})(?:,|/| and| &) ?){{1,3}}(?P<is>painful)\b"
)
_RETENTION = re.compile(  # with an amount, and not of a gas or a fluid
    r"\b\d{3,4} ?mls? (?:of )?(?:urinary )?(?P<is>retention)\b|"
    r"(?<!CO2 )(?<!astric )(?<!luid )(?<!ater )(?<!odium )\b(?P<named>[Rr]etention)"
    r"(?= (?:(?:of|with|-) )?[~>]?\d{3,4} ?mls?\b)"
)
_FORMS = (
    ("HP:0002204 Pulmonary embolism", "PE", _PE),
    ("HP:0031589 Suicidal ideation", "SI", _SI),
    *(
        (finding, letters, regex)
        for letters in ("V", "&v", "+v")
        for finding, regex in (
            ("HP:0002018 Nausea", _NAUSEA),
            ("HP:0002013 Vomiting", _VOMITING),
            ("HP:0002014 Diarrhea", _LOOSE),
        )
    ),
    ("HP:0002013 Vomiting", "om", _VOM),
    ("HP:0002014 Diarrhea", "he runs", _RUNS),
    ("HP:0002014 Diarrhea", "/", _DIARRHEA),
    ("HP:0000093 Proteinuria", "rotein", _PROTEIN),
    ("HP:0012251 ST segment elevation", "STE", _STE),
    ("HP:0007185 Loss of consciousness", "LOC", _LOC),
    ("HP:0004372 Reduced consciousness", "LOC", _LOW_LOC),
    ("HP:0004372 Reduced consciousness", "VPU", _NOT_ALERT),
    ("HP:0004372 Reduced consciousness", "espon", _RESPONDS_TO),
    ("HP:0001289 Confusion", "VPU", _NEW_CONFUSION),
    ("HP:0012251 ST segment elevation", "ST", _ST_UP),
    ("R1:0691 Murphy sign positive", "urphy", _MURPHY),
    ("R1:0182 Recent surgery or immobility", "R", _NEW_JOINT),
    ("HP:0001943 Hypoglycemia", "L", _LOW_METER),
    ("HP:0003074 Hyperglycemia", "H", _HIGH_METER),
    ("HP:0002919 Ketonuria", "etone", _KETONES),
    ("HP:0004756 Ventricular tachycardia", "VT", _VT),
    ("HP:0001709 Third degree atrioventricular block", "CHB", _CHB),
    ("HP:6000655 Femoral neck fracture", "NOF", _NOF),
    ("HP:0001250 Seizure", "eizing", _SEIZING),
    ("HP:0011891 Post-partum hemorrhage", "PPH", _PPH),
    ("HP:0002104 Apnea", "breathing", _NOT_BREATHING),
    ("HP:0100309 Subdural hemorrhage", "SDH", _SDH),
    ("R1:0730 Ectopic pregnancy", "ctopic", _ECTOPIC),
    ("HP:0002647 Aortic dissection", "issection", _DISSECTION),
    ("HP:0000016 Urinary retention", "etention", _RETENTION),
    ("HP:0032554 Absent pulse", "o pulses", _NO_PULSES),
    ("R1:0043 Cold extremity", "old", _COLD),
    ("HP:0012514 Lower limb pain", "painful", _COLD_AND_PAINFUL),
)
"""Findings, letters that the text must contain, and how they are written."""


def short_forms(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets and code of each that names a finding."""
    for finding, letters, regex in _FORMS:
        if letters in text:
            for match in regex.finditer(text):
                if match.lastgroup and not (regex is _PROTEIN and is_of_no_urine(text, match.start())):
                    yield *match.span(match.lastgroup), code_of(finding)
