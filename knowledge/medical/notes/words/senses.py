"""What an English name of a finding means in its context: the finding, another one, or something else."""

import re
from collections.abc import Callable
from functools import lru_cache

from ...codes import code_of
from ..characters import plain
from ..context.assertion import sentence_around
from ..emergencies.aphasia import APHASIA, meaning
from ..emergencies.defibrillation import SHOCK, is_electric
from ..emergencies.head_injuries import FALL, HEAD_INJURY, is_to_the_head
from .drug_notes import is_treatment
from .quadrants import QUADRANTS, is_pain

_SEDATIVE = code_of("R1:0517 Sedative medicine")
"""Given for a seizure, or taken by the patient."""

_UTI = code_of("R1:0735 Urinary tract infection")
_RECURRENT_UTI = code_of("HP:0000010 Recurrent urinary tract infections")
_OFTEN = re.compile("recur|frequent|repeat|multiple", re.IGNORECASE)
_OFTEN_BEFORE = re.compile(
    r"\b(?:several|multiple|many|recurr\w+|frequent|repeated)\s(?:[\w.]+\s){0,3}$", re.IGNORECASE
)
_NUMBER_BEFORE = re.compile(  # of several: not "3 days UTI"
    r"\b(?:[2-9]|1\d|two|three|four|five|six)\s(?:(?!days?|weeks?|months?|years?|yrs?\b)[\w.]+\s){0,3}$", re.IGNORECASE
)
_OFTEN_BEHIND = re.compile(r"\s?[x×]\s?[2-9]\b(?!\s?(?:/|d\b|days?|weeks?|months?))", re.IGNORECASE)
_BAND = code_of("R1:0076 Band-like headache")
_OF_THE_TRUNK = re.compile(
    r"\b(?:chest|ribs?|trunk|abdom\w*|thora\w+|waist|flank|back|dermatom\w*|T\d{1,2})\b", re.IGNORECASE
)
_OF_THE_HEAD = re.compile(r"head|temple|forehead|\bHA\b", re.IGNORECASE)
_NO_P_WAVES = code_of("R1:0652 Irregularly irregular pulse")
_ABSENT_P_WAVE = code_of("HP:0033122 Absent P wave")
_REGULAR = re.compile(r"(?<!ir)(?<!not )(?<!\w)reg(?:ular)?\b|\bSVT\b", re.IGNORECASE)
_IRREGULAR = re.compile(r"irreg|\bA\.?fib|\bAF\b", re.IGNORECASE)
_PERIPHERAL_ARTERIES = code_of("HP:0004950 Peripheral arterial stenosis")
_EYE = re.compile(
    r"\b(?:eyes?|retina\w*|vitre\w+|flash\w*|floaters?|weiss|ophthal\w*|fundus|RAPD|[RL]E|O[DSU]|VA)\b", re.IGNORECASE
)
_DIABETES = code_of("HP:0000819 Diabetes mellitus")
_DEFINED_DM = re.compile(r"(?<!diabetes )(?<!mellitus )(?<!diabetic )\(DM\)", re.IGNORECASE)
_NO_DM_BEFORE = re.compile(  # someone's initials, a murmur, not yet diabetes
    r"(?:\b(?:d/w|Dr\.?|(?:(?:discuss|review|spoke|speak|agree)\w*(?:\s\w+)?\swith|"
    r"(?:discuss|review|seen|assess|examin|spoke|speak|agree|bleep|call|contact|refer|inform|hand)\w*"
    r"(?:\s\w+)?\s(?:by|to|over to|from))(?:\sDr\.?)?|apical|early|mid|pre)\s|\b(?:d/w|pre-|mid-))$",
    re.IGNORECASE,
)
_ROLE_BEHIND = re.compile(
    r"\s?\((?:(?:med\w*|surg\w*|ortho\w*|paed\w*|neuro\w*|ED|A&E|on[- ]call|duty)\s)?"
    r"(?:reg\w*|SpR|SHO|HO|cons\w*|[FCS]T?Y?\d|GP|nurse\w*|sister|matron|ANP|ACP|doctor|dr|SN|RN|PA|midwife|pharm\w*|physio\w*)\b",
    re.IGNORECASE,
)
_BEFORE_PERIODS = code_of("R1:0508 Mood before the period")
_MOOD = re.compile(
    r"\bmood|irritab|anxi(?:ous|ety)|tearful|\bcr(?:y|ies|ying)\b|\bang(?:er|ry)\b|depress|emotion|\bsad\b|hopeless|"
    r"suicid|argu(?:es|ing|ment)|\brage\b|snapp(?:y|ing)|premenstrual (?:syndrome|dysphor)|\bPM(?:S|DD)\b",
    re.IGNORECASE,
)
_DELAY, _SLOW_THINKING = (
    code_of("HP:0001263 Global developmental delay"),
    code_of("HP:0031843 Abnormally slow thought process"),
)
_WIDE_PULSE = code_of("R1:0712 Wide pulse pressure or water hammer pulse")
_RESPIRATORY_DISTRESS = code_of("HP:0002098 Respiratory distress")
_WORKS_TO_BREATHE = re.compile(
    r"recession|retract|nasal flaring|flaring|grunt|work of breathing|accessory|tug\b", re.IGNORECASE
)
_HIV = code_of("R1:0449 HIV infection")
_TESTED_FOR = re.compile(  # without a result
    r"(?:[ -](?:1|2|1/2|Ag|Ab|Ag/Ab|antigen|antibod\w+|serology|tests?|testing|screen\w*|status|combo|p24))*[:,]? ?"
    r"(?:(?:is|was|has been|to be|needs?) )?(?:sent|pending|awaited|offered|declined|requested|advised|unknown|"
    r"not known|not tested|due|to follow|\?$|\?\s|test(?:ing|ed)?(?=[.,;]|$))",
    re.IGNORECASE,
)
_COUGH, _SNEEZE = code_of("HP:0012735 Cough"), code_of("HP:0025095 Sneeze")
_STRAINS = r"(?:(?:cough|sneez|laugh|strain|jump|lift|exercis|exert|run|bend|mov|stand|walk)\w*"
_BROUGHT_ON = re.compile(  # by it: a leak, a bulge, or something that gets worse; "pain with cough" may be both
    r"(?:\b(?:leak\w*|incontinen\w*|SUI|wet(?:s|ting)?|dribbl\w*|bulg\w*|lump|hernia|comes? out|protrud\w*)"
    r"(?: (?:urine|herself|himself|myself|through|out|a bit|only|mainly))* (?:on|when|whenever|while|during|if)"
    rf"(?: (?:s?he|they|I))? {_STRAINS}(?:, or |, |/| or | and | & ))*|"
    r"\b(?:leak\w*|incontinen\w*|SUI|wet(?:s|ting)?)(?: (?:urine|herself|himself|myself))? with "
    rf"{_STRAINS}(?:, or |, |/| or | and | & ))*|"
    r"\b(?:worse (?:on|with|when|(?:lying|leaning|bending|sitting)(?: \w+)?(?: and| or|,| ?\+| ?&))|pain on|"
    rf"hurts (?:when|to)) {_STRAINS}(?:/| or | and | & ))*)$",
    re.IGNORECASE,
)
_APNEA, _SLEEP_APNEA = code_of("HP:0002104 Apnea"), code_of("HP:0010535 Sleep apnea")
_SEEN_BESIDE = re.compile(  # several that someone has seen; a single one of a baby is not meant
    r"\b(?:witnessed|observed|(?:partner|wife|husband|spouse) (?:reports?|reported|sees|saw)) $", re.IGNORECASE
)
_ELSE = {
    code_of("HP:0032554 Absent pulse"): re.compile(
        r"no (?:\w+ )?pulses?(?= (?:deficit|delay|difference|discrepancy))", re.IGNORECASE
    ),
    # by touch: "BP 60/palp"
    code_of("HP:0001962 Palpitations"): re.compile(r"(?:(?<=\d[ /])|(?<=by )|(?<=on ))palp\b", re.IGNORECASE),
    code_of("HP:0011856 Pica"): re.compile(  # an artery
        r"PICA(?=\s(?:territor|infarct|stroke|aneurysm|occlu|thromb|distribution|syndrome))"
    ),
    code_of("R1:0190 Recent childbirth"): re.compile(  # the patient's own
        r"since birth\b(?! (?:of|on|via|by|last|this|\d))", re.IGNORECASE
    ),
    FALL: re.compile(  # of a value
        r"f[ae]ll(?:ing|s)? (?:to|by|below) [<>]?\d(?!\d*\s?(?:m\b|met|f[et]|st|nd|rd|th))", re.IGNORECASE
    ),
    code_of("HP:0007185 Loss of consciousness"): re.compile(  # hardly seen or heard
        r"faint (?:(?:systolic|diastolic|ejection|expiratory|linear|hazy|red|pink|heart|breath|basal|radial|pedal) )?"
        r"(?:lines?|murmurs?|opacit|shadow|rash|erythema|sounds?|pulses?|trace|densit|uptake|calcif|scars?|smell|odou?r|"
        r"positive|wheez|crack|crep|bruis)",
        re.IGNORECASE,
    ),
    code_of("HP:0002835 Aspiration"): re.compile(  # a fluid, not a patient who "aspirates on thin fluids"
        r"(?<!to )(?<!may )(?<!did )(?<!he )(?<!silently )aspirates?\b"
        r"(?! (?:(?:on|with) )?(?:thin|thick|liquids|food|feeds|meals|solids|when|while|during|silently)\b)|"
        r"aspirated (?:(?:joint|knee|hip|ankle|synovial|pleural|ascitic|turbid|cloudy|purulent|clear) )*+"
        r"(?:fluid|pus|sample|blood)\b(?! into)",
        re.IGNORECASE,
    ),
    code_of("HP:0031589 Suicidal ideation"): re.compile(  # a wish to live or to be elsewhere
        r"(?:do(?:es)?(?:n't| not) want to live (?:alone\b|by (?:him|her|them)sel|at |near |there\b|"
        r"in (?:an?|his|her|their|my|supported|sheltered|residential|care)\b|"
        r"with (?:an?|his|her|their|my|other|others|strangers)\b(?! (?:pain|illness|disease|condition|symptoms?)))|"
        r"no point in living (?:alone|at|near|by|in (?:an?|his|her))\b|"
        r"do(?:es)?(?:n't| not) want to be here any ?more,? (?:and |but )?(?:wants?|would like|asks?|asking|take|let|"
        r"wishes) (?:(?:to|me) )?(?:go(?:ing)? |get |be )?(?:home|discharge\w*|leave)\b)",
        re.IGNORECASE,
    ),
    code_of("R1:0087 Saddle numbness"): re.compile(  # the nerves on a scan, and what is said about the syndrome
        r"(?<=conus and )cauda equina(?! (?:compress|syndrome))|(?<=conus/)cauda equina(?! (?:compress|syndrome))|"
        r"cauda equina(?: syndrome)?[ -](?:(?:is|are|appears?|roots?|nerves?|nerve roots) )*"
        r"(?:normal|unremarkable|intact|clear|advice|information|safety|leaflet|precautions|symptoms?|signs?|features|"
        r"red flags|warnings?|questions?|screen\w*|discuss\w*|explained|pathway|roots?|nerves?|ependymoma|"
        r"schwannoma|paraganglioma)\b",
        re.IGNORECASE,
    ),
    code_of("R1:0182 Recent surgery or immobility"): re.compile(  # of a part that does not confine to bed
        r"(?:(?<=spine )|(?<=arm )|(?<=neck )|(?<=wrist )|(?<=elbow )|(?<=shoulder )|(?<=finger )|(?<=thumb ))immobili",
        re.IGNORECASE,
    ),
    _DIABETES: re.compile(  # a syrup for a cough, and dermatomyositis
        r"(?:(?<=Robitussin )|(?<=Mucinex )|(?<=dextromethorphan )|(?<=cough )|(?<=syrup )|(?<=PM/))DM\b|"
        r"DM ?/ ?PM\b|DM (?:syrup|cough)",
        re.IGNORECASE,
    ),
    code_of("HP:0011968 Feeding difficulties"): re.compile(  # who leaves some drink alone
        r"(?:not|never|n't) (?:feed|drink)(?:ing)? (?:(?:any|much|raw|unpasteuri[sz]ed|cow'?s|goat'?s|well|tap) )*"
        r"(?:alcohol|milk|coffee|tea|caffeine|beer|wine|spirits|water|soda|juice)\b",
        re.IGNORECASE,
    ),
    code_of("HP:0030051 Tip-toe gait"): re.compile(  # one foot before the other
        r"(?:(?<=heel[- ])|(?<=heel[- ]to[- ]))toe", re.IGNORECASE
    ),
    code_of("HP:0000980 Pallor"): re.compile(  # of a part that has colours of its own
        r"(?:(?<=fundus: )|(?<=fundi: )|(?<=disc: )|(?<=discs: )|(?<=optic )|(?<=temporal ))pal(?:e|lor)\b|"
        r"pale,? (?:(?:opaque|swollen|pink|optic) )*(?:dis[ck]s?|retina|fund(?:us|i)|fovea|macula|"
        r"posterior pole|urine)\b",
        re.IGNORECASE,
    ),
    code_of("R1:0174 Paracetamol taken"): re.compile(  # and not found
        r"(?:paracetamol|acetaminophen)(?:,? (?:and|or) \w+)?(?: (?:levels?|concentrations?))?:? (?:(?:is|was|"
        r"were|are|both) )*"
        r"(?:un-?detect\w+|not detect\w+|negative|nil|<)",
        re.IGNORECASE,
    ),
    code_of("HP:0004372 Reduced consciousness"): re.compile(  # of an illness, to a treatment
        r"(?:unresponsive|(?:does|did) not respond) to (?:(?:his|her|the|any|a|loud) )*+"
        r"(?!voice|pain|stimul|verbal|touch|command|speech|name|call|noxious|light|sound|tactile|question|mother|parent)",
        re.IGNORECASE,
    ),
    code_of("HP:0030157 Flank pain"): re.compile(  # of a part that has sides of its own
        r"(?:\w+ ){0,3}?(?:pain|ache|discomfort) (?:in|on|at|over) (?:(?:the|his|her|my) )?(?:(?:left|right) )?side of "
        r"(?:(?:the|his|her|my) )?(?:scrot|testi|face|head|neck|jaw|mouth|tongue|throat|chest|pelvis|vulva|nose)",
        re.IGNORECASE,
    ),
    code_of("HP:0000716 Depression"): re.compile(  # along a part of the body
        r"feel\w* down (?:(?:the|his|her|my|their|one|both|either|left|right|whole) )*+"
        r"(?:spine|back|legs?|arms?|limbs?|neck|body|thigh|calf|calves|foot|feet|hands?|fingers?)\b",
        re.IGNORECASE,
    ),
    code_of("HP:0041051 Ageusia"): re.compile(  # no longer likes
        r"(?:lost|loss of) (?:(?:his|her|my|their|the|all) )*taste for\b", re.IGNORECASE
    ),
    code_of("HP:0033746 Intrascapular pain"): re.compile(
        r"(?:(?<=fat )|(?<=pad )|(?<=hump )|(?<=lump )|(?<=mass )|(?<=mole )|(?<=rash )|(?<=scar )|(?<=wound )|"
        r"(?<=lesion )|(?<=cyst )|(?<=swelling )|(?<=acne )|(?<=itching )|(?<=itch )|(?<=spots )|(?<=striae ))"
        r"between",
        re.IGNORECASE,
    ),
    code_of("R1:0297 Fall on the outstretched hand"): re.compile(  # held out to be looked at
        r"(?:(?<=of )|(?<=of the )|(?<=of his )|(?<=of her )|(?<=of both )|(?<=in the )|(?<=in his )|(?<=in her ))"
        r"outstretched",
        re.IGNORECASE,
    ),
    code_of("R1:0108 Finger web rash"): re.compile(  # whose feeling was tested
        r"(?:(?<=first )|(?<=1st )|(?<=second )|(?<=2nd )|(?<=dorsal ))web", re.IGNORECASE
    ),
    code_of("R1:0675 Sacroiliitis or HLA-B27"): re.compile(  # of one lung
        r"(?:reduced |decreased )?chest expansion(?: (?:is|was))?(?: (?:reduced|decreased|diminished))? "
        r"(?:on (?:the |that )?)?(?:left|right|side|affected|[LR]\b)",
        re.IGNORECASE,
    ),
    code_of("HP:0030864 Intercostal retractions"): re.compile(
        r"(?:(?<=hilar )|(?<=lid )|(?<=nipple )|(?<=skin )|(?<=clot )|(?<=drum )|(?<=membrane ))retraction",
        re.IGNORECASE,
    ),
    code_of("R1:0185 Insulin or sulfonylurea use"): re.compile(  # the body's own, and what it does not do
        r"insulin(?: levels?)?:? (?:(?:is|was) )?(?:[<>]?\d[\d.,]* ?(?:pmol|m[UI]|[uµμ][UI]|pg|ng)|"
        r"un-?detect\w+|suppress\w+|low\b|"
        r"high\b|raised|elevated|inappropriately|antibod\w+|resist\w+|sensitiv\w+|growth)",
        re.IGNORECASE,
    ),
    code_of("R1:0086 Fluctuating confusion"): re.compile(  # of an electromyogram, a pain, a murmur
        r"waxing(?: and |[- /])waning,?(?: \"?\w[\w-]*\"?)? (?:discharges?|pain|lymph\w+|course|symptoms|fevers?|rash)",
        re.IGNORECASE,
    ),
    code_of("HP:0031955 Antalgic gait"): re.compile(  # who hangs loose
        r"(?:(?<=then )|(?<=went )|(?<=goes )|(?<=became )|(?<=becomes )|(?<=becoming )|(?<=is )|(?<=was )|"
        r"(?<=and )|(?<=felt ))"
        r"limp\b",
        re.IGNORECASE,
    ),
    code_of("R1:0223 Dullness on percussion"): re.compile(
        r"(?:(?<=liver )|(?<=hepatic )|(?<=cardiac ))dull", re.IGNORECASE
    ),
    code_of("HP:5200339 Self-cutting"): re.compile(
        r"cutting\b(?! (?:him|her|my|them)sel| (?:his|her|my|their) )", re.IGNORECASE
    ),
    # of an injury
    code_of("HP:0006385 Short lower limbs"): re.compile(
        r"(?:(?:right|left) )?leg (?:(?:is|was|appears) )?shortened\b", re.IGNORECASE
    ),
}
"""The words of a finding with text before or after them that gives them another meaning."""


_IN_THE_NOSE = re.compile(r"\b(?:nas\w+|nose|nostrils?|sept\w+|sinus\w*)\b[^.;\n]{0,40}$", re.IGNORECASE)
_CRUSTED = code_of("R1:0106 Crusted skin lesion")
_ABSENT_IN = re.compile(r"\babsent (?:in|from|on|over|at)\b", re.IGNORECASE)
_IS_ABSENT = re.compile(r"\babsent$", re.IGNORECASE)
_PART_OF = re.compile(r"\b(?:of|in|on|over)(?: (?:the|his|her|both|two|all))? $", re.IGNORECASE)
_GERM = re.compile(
    r"HIV|hepatitis|Legionella|syphilis|malaria|dengue|CMV|EBV|toxoplasm\w+|Lyme(?: disease)?|tuberculosis|TB|"
    r"influenza|"
    r"COVID(?:-19)?|measles|rubella|mumps|varicella",
    re.IGNORECASE,
)
_WORD = r"(?!(?:and|or|no|are|were|is|was|all|has|had|but|with|positive|negative|not|non-?reactive)\b)[A-Za-z][\w–-]*+"
_NEGATIVE_LIST = re.compile(  # of tests: "HIV, syphilis, Lyme negative"; no number and no full stop between
    rf"(?: {_WORD}){{0,3}}+(?:(?:, ?(?:and |or )?| (?:and|or) |/){_WORD}(?: {_WORD}){{0,3}}+){{1,10}}+"
    r" (?:(?:are|were|all) )*(?:negative|non-?reactive|not detected)\b",
    re.IGNORECASE,
)


def meant(code: str, text: str, start: int, end: int) -> str | None:
    """The code that is meant by words that name ``code``; None if they name no finding here."""
    if _GERM.fullmatch(text, start, end) and _NEGATIVE_LIST.match(text, end):
        return None
    if _is_of_something_absent(text, start, end):
        return None
    if code == _CRUSTED and _IN_THE_NOSE.search(text, max(start - 60, 0), start):
        return None
    if (other := _ELSE.get(code)) and other.match(text, start):
        return None
    if code in QUADRANTS and not is_pain(text, start, end):
        return None
    sense = _SENSES.get(code)
    return sense(text, start, end) if sense else code


def _is_of_something_absent(text: str, start: int, end: int) -> bool:
    """Whether it is not the named part that is absent: "staining absent in skin", "spots on the fingers are absent"."""
    if "absent" not in text[start:end].lower():
        return False
    if _ABSENT_IN.search(text, start, end):
        return True
    return bool(_IS_ABSENT.search(text, start, end) and _PART_OF.search(text, max(start - 12, 0), start))


def _shock(text: str, start: int, end: int) -> str | None:
    return None if is_electric(text, start, end) else SHOCK


def _fall(text: str, start: int, end: int) -> str | None:
    return HEAD_INJURY if is_to_the_head(text, start, end) else FALL


def _aphasia(text: str, start: int, end: int) -> str | None:
    return meaning(text[start:end], *sentence_around(text, start, end)) or None


def _sedative(text: str, start: int, end: int) -> str | None:
    return None if is_treatment(*map(plain, sentence_around(text, start, end))) else _SEDATIVE


def _urinary_infection(text: str, start: int, end: int) -> str | None:
    """HPO reads even a single one as recurrent."""
    before = text[max(0, start - 40) : start]
    often = _OFTEN.search(text, start, end) or _OFTEN_BEFORE.search(before) or _OFTEN_BEHIND.match(text, end)
    several = text[end - 1] == "s" and _NUMBER_BEFORE.search(before)
    return _RECURRENT_UTI if often or several else _UTI


def _diabetes(text: str, start: int, end: int) -> str | None:
    """None if "DM" is a person, or defined by the text as something else: "d/w DM", "myotonic dystrophy (DM)"."""
    if text[start:end] != "DM":
        return _DIABETES
    is_else = _NO_DM_BEFORE.search(text[max(0, start - 40) : start]) or _ROLE_BEHIND.match(text, end)
    return None if is_else or _defines_dm(text) else _DIABETES


@lru_cache(maxsize=1)  # once per text
def _defines_dm(text: str) -> bool:
    return _DEFINED_DM.search(text) is not None


def _cough(text: str, start: int, end: int) -> str | None:
    """None if it brings on something else: "leaks when coughing"."""
    return None if _BROUGHT_ON.search(text, max(0, start - 60), start) else _COUGH


def _sneeze(text: str, start: int, end: int) -> str | None:
    return None if _BROUGHT_ON.search(text, max(0, start - 60), start) else _SNEEZE


def _apnea(text: str, start: int, end: int) -> str | None:
    """Sleep apnea if a bed partner has seen several."""
    seen = text[end - 1] == "s" and _SEEN_BESIDE.search(text, max(0, start - 40), start)
    return _SLEEP_APNEA if seen else _APNEA


def _vessels(text: str, start: int, end: int) -> str | None:
    """The vessels of the limbs, unless "PVD" is a detached vitreous of an eye."""
    of_an_eye = text[start:end].upper() == "PVD" and any(map(_EYE.search, sentence_around(text, start, end)))
    return None if of_an_eye else _PERIPHERAL_ARTERIES


def _before_periods(text: str, start: int, end: int) -> str | None:
    """None if it is not the mood that changes before a period: "headaches before her period"."""
    return _BEFORE_PERIODS if _MOOD.search(text) else None


def _delay(text: str, start: int, end: int) -> str:
    """Slowness of a depressed patient where "psychomotor retardation" stands beside the mood; otherwise of a child."""
    slow = text[start:end].lower() == "psychomotor retardation" and _MOOD.search(text)
    return _SLOW_THINKING if slow else _DELAY


def _head_bobbing(text: str, start: int, end: int) -> str:
    """That of a baby who works hard to breathe, or of a heart beat."""
    works = "bob" in text[start:end].lower() and any(map(_WORKS_TO_BREATHE.search, sentence_around(text, start, end)))
    return _RESPIRATORY_DISTRESS if works else _WIDE_PULSE


def _hiv(text: str, start: int, end: int) -> str | None:
    """None if it was only tested for: "HIV serology sent"."""
    return None if text[start:end].upper() == "HIV" and _TESTED_FOR.match(text, end) else _HIV


def _band(text: str, start: int, end: int) -> str | None:
    """None if it lies round the trunk: "burning pain, band-like, R chest"."""
    around = " ".join(sentence_around(text, start, end))
    is_else = _OF_THE_TRUNK.search(around) and not _OF_THE_HEAD.search(f"{around} {text[start:end]}")
    return None if is_else else _BAND


def _p_waves(text: str, start: int, end: int) -> str | None:
    """Without P waves a regular rhythm is no fibrillation."""
    around = " ".join(sentence_around(text, start, end))
    is_regular = "wave" in text[start:end] and _REGULAR.search(around) and not _IRREGULAR.search(around)
    return _ABSENT_P_WAVE if is_regular else _NO_P_WAVES


_SENSES: dict[str, Callable[[str, int, int], str | None]] = {
    SHOCK: _shock,
    FALL: _fall,
    APHASIA: _aphasia,
    _COUGH: _cough,
    _SNEEZE: _sneeze,
    _APNEA: _apnea,
    _DIABETES: _diabetes,
    _PERIPHERAL_ARTERIES: _vessels,
    _RECURRENT_UTI: _urinary_infection,
    _UTI: _urinary_infection,
    _SEDATIVE: _sedative,
    _BAND: _band,
    _HIV: _hiv,
    _BEFORE_PERIODS: _before_periods,
    _DELAY: _delay,
    _WIDE_PULSE: _head_bobbing,
    _NO_P_WAVES: _p_waves,
}
