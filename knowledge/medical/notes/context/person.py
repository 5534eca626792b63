"""Age, sex and pregnancy of the patient, where a note states them: "58-year-old man", "34 weeks pregnant", "62岁"."""

import re
from dataclasses import dataclass

from ...case import Sex
from ..characters import plain
from .assertion import contexts, sentence_around
from .cue_rules import Assertion
from .cues_persons import RELATIVE

_LETTER = r"(?-i:[MF])\b"
_YEARS_FOLLOW = r"[^.\n]{0,80}\b\d{1,3}[ -]?(?:years?|yrs?|y/?o|y)\b"
_PLACE = (  # with which a note begins; behind other heads stand sizes: "Foley: 16F", "Wound: 5M"
    r"(?:A&E|ED|ER|casualty|resus|clinic|OPD|ward|ICU|ITU|HDU|MAU|AMU|NICU|PICU|GP|O&G|ENT|renal|"
    r"(?:obs|gyn|surg|medic|paed|ped|psych|ortho|neuro|cardio|onc|tox|emerg|rheum|geri|ophthal|derm|resp|ha?em|endo|"
    r"ana?es)[a-z]*|CMHT|CRHT|MHLT|OPC|WR|PTWR|clerking|visit|cas|f/u|referral|telehealth|prison|home|resident|review|r/v|consult|round|minors|majors|pre-?op|"
    r"team|call|care|health|letter|notes?|summary|handover|transfer|admission)"
)
_BABY = r"(?:baby|infant|neonate|newborn|toddler)"
_KIN = r"(?:mother|father|parents?|mum|mom|dad|son|daughter|baby|child|infant|boy|girl|twins?|wife|husband|partner)"
_BRINGS = (
    r"[^.\n]{0,60}\b(?:brings?|brought (?:her|his) |with (?:her|his) (?:baby|son|daughter|child)|m(?:other|um) of)"
)
_WALKED = (  # or fell
    r"\s(?:walk\w*|shuttle|mobil\w*|unaided|sprint|from|off|down|deep|high|height|drop|fall|"
    r"with (?:\w+ )?(?:frame|stick|assist\w*))"
)
_SIZE = r"\s?.\s(?:\w+\s)?(?:catheter|foley|french|sheath|drain|tube|balloon|bag|units?|stent|lumen|pigtail)\b"
_UNIT = r"(?:months?|mths?|mos?|weeks?|wks?|days?|(?<=\d)[wd]|y(?:(?:ea)?rs?)?|y/?o)\b"
_NO_YEARS = r"(?![\d/+]|[.-]\d|[ -]?(?:(?-i:m)|h|hrs?|hours?)\b| [wd]\b(?!/))"  # "m" is male, too
_NAMED = r"(?P<title>Mr|Mrs|Ms|Miss)\.?\s(?:(?-i:[A-Z])[\w.'-]*\s?){1,3}"
_NO_CHILD = (  # whom the named one brings
    r"(?![^.\n]{0,80}\b(?:mother|father|parents?|mum|mom|dad|son|daughter|baby|child|infant|boy|girl|twins?|"
    r"(?:year|month|week|day)s?[ -]old)\b)"
)
_ADULT = r"(?:(?:1[89]|[2-9]\d)(?=(?-i:M)\b)|(?:19|21|23|2[5-9]|[3-8]\d)(?=(?-i:F)\b))"  # no catheter's size
_LEAD = (  # of a few words that are nobody else and no length: "Known COPD 70M", "Seizure - 27M"
    rf"(?:(?!(?:{_KIN}|carer|by|to|from|of|than|vs|fell|fallen|toleran\w*|distance|ET|"
    r"for|after|at|x|wait\w*|jumped|T|HR|SpO2|sats?|ETA)\b)"
    r"[\w?][\w?/&'+-]{0,20}[ ,:]{1,2}){1,4}?(?:[-–—]\s)?"
)
_MINUTES = re.compile(r"\s?M\s(?:ago|duration|prior to)\b")  # "chest pain 45M ago"
_OTHERS = re.compile(  # whose age is told in the same clause
    rf"\b(?:{RELATIVE}|{_KIN}|m[ou]m|breast-?feeding|contacts?|donor|friend|neighbou?r|"
    r"walk\w*|swam|swim\w*|ran|climb\w*|mobilis\w*)\b[^.;,\n]*,?[^.;,\n]*$|"
    r"\b(?:(?:room|flat|house)mate|colleague|index case|expos(?:ed|ure) to|lives with)[:,]?"
    r"(?: (?:is|was|an?|his|her))*\s$|"
    r"\b(?:bed|bay|room|cubicle|trolley):?\s$",  # nobody's age, but its number: "Bed 34M"
    re.IGNORECASE,
)
_SIZED = re.compile(  # "F" is for French or Fahrenheit, too
    r"\b(?:drain|tube|catheter|foley|sheath|ICD(?! shock)|temp\w*|bougie|dilat\w+|pigtail|stent|nephrostomy|sengstaken|"
    r"cannula|introducer)\b[^.;,\n]*,?[^.;,\n]*$|"
    r"\bhypotherm\w*\b[^.;\n]*$",
    re.IGNORECASE,
)
_MAY_BE_OLD = re.compile(  # by days and weeks: nothing of a wound, nor a drain
    rf"(?:^|[.?!:\n]\s*|\b(?:{_BABY}|boy|girl|(?:fe)?male|child|twins?|patient|pt|is|was|now|[MF])[ ,(]*|\baged? )\W*$",
    re.IGNORECASE,
)
_HAS_A_BABY = re.compile(
    r"\b(?:(?:has|have|had)(?: (?:an?|his|her|their))*\s$|"
    r"post-?(?:partum|natal)\b(?! (?:ward|unit|clinic|check|visit|review))[^.;\n]*$)",
    re.IGNORECASE,
)
_GESTATION = r"(?:2[3-9]|3\d|4[0-4])[ -]?(?:weeks?|wks?)\b"  # at which a baby was born
_AGE = re.compile(
    r"\b(?P<n_first>\d{1,2})[ -]?(?P<unit_first>years?|yrs?|y|months?)[ -](?:and )?\d{1,2}[ -]?(?:months?|weeks?|days?)"
    r"(?=[ -]old\b| (?:boy|girl|male|female)\b)|"  # "6 year 3 month old"
    r"\b(?P<n>\d{1,3}(?:\.\d)?)[ -]?"
    r"(?P<unit>years?|yrs?|yo|y/o|y\.o\.?|y|months?|mths?|mos?|m/o|m\.o\.?|weeks?|wks?|days?|"
    # none of a wound
    rf"[wd](?=[ -]old\b\s*(?:[,.;\n]|$|{_BABY}\b|(?:boy|girl|(?:fe)?male|child|twin|{_LETTER}))))"
    rf"(?:[ -]old\b|(?=[ ,-]*(?:\b(?:man|woman|male|female|boy|girl)\b|{_LETTER}))|(?<=y/o)\b|(?<=m/o)\b|(?<=yo)\b|"
    r"(?<=\.o)\b|(?<=\.o\.))|"
    rf"\A\W*{_NAMED}(?:,?\s?(?P<n_titled>\d{{1,2}})(?=\s?{_LETTER})(?!{_SIZE})|"
    rf",\s(?P<n_comma>1[6-9]|[2-9]\d|10\d)(?=,){_NO_CHILD}|"
    rf",?\s?aged (?P<n_aged>\d{{1,3}}){_NO_YEARS}{_NO_CHILD}(?:[ -]?(?P<unit_aged>{_UNIT}))?)|"
    # with a colon or all by itself: "Age 50 at menopause"
    rf"(?:(?:\A|(?<=[\n;|])|(?<=\.\s))\W{{0,3}}Age\s?[:=]|(?:\A|(?<=[\n|]))\W{{0,3}}Age"
    rf"(?=\s\d{{1,3}}(?:[ -]?{_UNIT})?"
    rf"(?:\s*(?:[.,;|\n]|$)|\s(?:M|F|(?:fe)?male|sex|gender)\b)))\s?(?P<n_field>\d{{1,3}}){_NO_YEARS}"
    rf"(?:[ -]?(?P<unit_field>{_UNIT})(?!:| pregnan)(?:[ -]old\b)?)?|"
    # "5/12 old boy"; without "old" only in front, since "vomiting 3/7, male" is a duration
    r"\b(?P<n_part>\d{1,3})/(?P<unit_part>12|52|7)(?=[ -]old\b)|"
    r"\A\W*(?P<n_front>\d{1,3})/(?P<unit_front>12|52|7)"
    rf"(?=[ ,-]*(?:{_LETTER}(?!/)|(?:male|female|boy|girl|baby|infant|child)\b))(?!{_YEARS_FOLLOW})|"
    # a bare number, too: later it is a temperature or a catheter
    r"(?:(?<=[.?!]\s)|(?<=\n)|\b(?:HPI|HPC|PC|CC|ID|Pt|Patient|Case|Summary|triage|liaison):\s|"
    rf"\A\W{{0,5}}(?:(?!{_KIN}\b)[a-z&/'-]+\s){{0,3}}{_PLACE}(?:\s{_PLACE}){{0,2}}:?\s(?!{_BRINGS})|"
    r"\b(?:Pt|Patient)\s\(?)"
    r"(?P<n_stated>\d{1,2}(?=(?-i:M)\b)|[1-8]?\d(?=(?-i:F)\b))"
    rf"(?!{_SIZE})(?!M{_WALKED})|"
    rf"\A\W*(?:\w{{2,3}}:\s*)?(?:(?:pt|patient|this|is|an?)\s+)*(?P<n_letter>\d{{1,3}})\s?(?={_LETTER})|"
    rf"\A(?!VA\b)(?:[a-z][a-z&/@ -]{{1,30}}:)?\W*(?P<n_slash>\d{{1,2}})(?=/{_LETTER})|"
    r"\b(?:DOL|day of life|(?:neonate|newborn)(?:[ ,]+(?:boy|girl|male|female|baby))?[ ,]+(?:D|day))[ #]{0,2}"
    r"(?P<n_life>\d{1,2})\b|"
    rf"\A\W*(?:(?!(?:{_KIN}|and|with|her|his)\b)[a-z&/-]+[ :,]+){{0,3}}?baby(?: (?:boy|girl|of \w{{1,12}}))?"
    r"[ ,]+(?:D|day) ?(?P<n_born>\d{1,2})\b(?! ?(?:post|after))|"
    # in the middle of a note, where nobody else's: "in a 6-week infant", "sats 86% on air, 60M", "70M with myeloma"
    rf"\A\W*{_BABY}(?: (?:boy|girl))?,? (?:is |aged? |of )*(?:(?<=aged )|(?!{_GESTATION}))(?P<n_baby>\d{{1,2}})[ -]?"
    r"(?P<unit_baby>months?|mths?|weeks?|wks?|days?)\b"
    r"(?! (?:ago|post|after|early|late|overdue|prem\w*|of|history|gest\w*|by))"
    r"(?![^.\n]{0,40}\bm(?:other|um|om) (?:has|c/o|with)\b)|"
    rf"\b(?!{_GESTATION})(?:\A|(?!\d+[ -]\w+[ -]{_BABY} (?:check|visit|clinic|review)))"
    rf"(?P<n_mid>\d{{1,2}})[ -](?P<unit_mid>months?|weeks?|wks?|days?)(?=[ -]{_BABY}\b)|"
    rf"(?<=,\s)(?P<n_item>{_ADULT})(?=[MF]\s*(?:[,.;\n]|$))|"
    rf"(?<![\w./-])(?P<n_with>{_ADULT})(?!{_SIZE})(?!M{_WALKED})"
    r"(?=[MF]\s(?:with|w/|who|presenting|presents|c/o|admitted)(?!\w))|"
    rf"\A\W{{0,3}}{_LEAD}(?P<n_lead>{_ADULT})(?!{_SIZE})(?!M{_WALKED})(?=[MF](?:[\s,.;:]|$))(?![MF]{_BRINGS})|"
    r"(?P<n_zh>\d{1,3})\s*周?(?P<unit_zh>岁|个月大|月大(?=[，,、。；的男女婴]|$)|个?月龄|周龄|日龄|天大)|"
    r"(?:(?<=[男女][，,、])(?!\d{1,3}周)|(?<=[男女]婴[，,、])|(?<=[男女]婴)|(?<=婴儿)(?=[^，。；]{2,4}[，,。；])|(?:出生|生后)后?第?)"
    r"(?P<n_sex>\d{1,3})(?P<unit_sex>个?月|周|天|日|小时)(?![前来余])",
    re.IGNORECASE,
)
_YEARS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25}
_YEARS |= {"岁": 1.0, "个": 1 / 12, "月": 1 / 12, "周": 7 / 365.25, "天": 1 / 365.25, "日": 1 / 365.25, "小": 1 / 8766}
_YEARS |= {"1": 1 / 12, "5": 7 / 365.25, "7": 1 / 365.25}  # "5/12", "5/52", "5/7"
_MALE = re.compile(r"\b(?:man|male|boy|gentleman)\b|男(?=[性,，。患]|孩|婴)|患儿男", re.IGNORECASE)
_FEMALE = re.compile(
    r"\b(?:woman|female|girl|lady|gravida|(?:not|isn't) pregnant)\b|女(?=[性,，。患]|孩|婴)|孕妇|产妇", re.IGNORECASE
)
_SEX_LETTER = re.compile(r"\W{0,2}([MF])\b")
_WEEKS = r"\d{1,2}(?:\s?\+\s?\d|[ +]\d/7)?"
_W = r"[ -]?(?:weeks?|wks?|w)\b"
_PARITY = r"(?:G\d{1,2} ?P ?\d[\w+]{0,5}|P\d\+\d|primi(?:p|para|gravida)|multip(?:ara)?)"
_LASTED = (  # no week of the pregnancy: "G2P2 with 6 weeks of cough"
    rf"(?!,? (?:(?:with )?{_WEEKS}{_W} of (?!(?:\w+ )?(?:gest|preg|amen))|with {_WEEKS}{_W} (?:history|hx)))"
)
_STATED = (  # with a number of weeks, months or days
    rf"\b(?:{_WEEKS}[+\d/ ]{{0,4}}[ -]?(?:weeks?|wks?|months?)[ -]pregnant\b|"
    rf"{_WEEKS}{_W}'?[ -](?:of )?(?:gestation(?:al)?|GA|pregnancy)\b|"
    rf"(?:{_PARITY}{_LASTED},? (?:at|@|IUP at|female|woman|with|is|now|currently| )*|IUP (?:at |@ ?)?|GA:? )"
    rf"(?:(?![0-3]\D){_WEEKS}{_W}|\d{{1,2}} ?w ?[0-6] ?d\b|\d{{1,2}}\+[0-6]\b)(?! (?:ago|post|after (?:deliv|birth)))|"
    rf"(?:@|\bat) ?\d{{1,2}}w[0-6]d\b)|"
    rf"(?<![A-Za-z])(?:F|female|woman|lady|{_PARITY}|pregnant),? (?:(?:at|@|now|currently) ?){{0,2}}"
    r"(?:[4-9]|[1-3]\d|4[0-2])(?: ?\+ ?\d)?/40(?!\d)|"
    # "for 2 weeks" is how long something else has lasted
    rf"(?<!\d)(?!(?:(?<=for )|(?<=x )|(?<=x))1?\d\D){_WEEKS}{_W},? G\d{{1,2}}(?: ?P\d|(?=[,.;]))|"
    rf"\A\W*(?:[4-9]|[1-3]\d|4[0-2])(?:\s?\+\s?\d)?/40(?!\d)(?![^.]{{0,40}}\b(?:baby|babe|infant|neonate|newborn|born|boy|girl|"
    r"twins?|prem\w*)\b)|"
    r"孕妇?[，,]?\s?\d{1,2}\+?\d?周|妊娠\d{1,2}周|停经(?:2\d|3\d|4[0-2])\+?\d?周"
)
_DAYS = r"(?:[1-9]|[1-3]\d|4[0-2])"
_BIRTH = (  # at most six weeks ago
    rf"\b(?:{_DAYS} ?(?:d(?:ays?)?|h(?:ou)?rs?)|[1-6] ?(?:weeks?|wks?))(?:[ -]?post[- ]?(?:partum|natal)\b|"
    r" (?:after|since) (?:delivery|childbirth|giving birth))|\b(?:delivered|gave birth) "
    rf"(?:{_DAYS} (?:day|hour)s?|[1-6] (?:weeks?|wks?)) ago\b|\bday {_DAYS} post[- ]?(?:partum|natal)\b|"
    rf"\bpost[- ]?(?:partum|natal) day {_DAYS}\b|"
    rf"\b(?:D|day ){_DAYS} post[- ]?(?:op )?(?:em(?:ergency)? |el(?:ective)? )?"
    rf"(?:LSCS|C/?S|C-?section|caesarean|cesarean|NVD|SVD|delivery)\b|\bPPD ?# ?\d|"
    rf"产后第?(?:{_DAYS}[天日]|[1-6]周|\d{{1,2}}小时)"
)
_TEST = r"\b(?:pregnancy test|UPT|UPreg|U-?hCG|(?:urine |serum |beta[- ]|β-?|b-?)?hCG)\b"
_TEST_ZH = r"[尿血]?(?:β-?)?HCG(?:检[查测]|试验|定性)?[:：为呈]?\s?"
_PREGNANT = re.compile(
    rf"(?P<stated>{_STATED})|(?P<birth>{_BIRTH})|"
    r"(?<!not )(?<!n't )\b(?:pregnant\b(?! before)|weeks? of gestation|weeks?' gestation|gravid\b)|"
    rf"(?P<test>{_TEST}(?:\+(?=\W|$)| ?:? (?:is |was |came back )?(?:positive|pos\b|\+ve))|"
    rf"(?:positive|pos|\+ve) (?:urine |serum )?{_TEST}|{_TEST_ZH}(?:阳性|[（(]\s?\+{{1,3}}\s?[)）]))|"
    r"(?<!未)怀孕(?![\d一二三四五]*次|过|史|时)|妊娠试验阳性",
    re.IGNORECASE,
)
_NUMBER_OF = re.compile(r"(?<![A-Za-z\d+])(?P<n>\d{1,2})[+\d/ -]{0,5}(?P<unit>w|m|周|/40|(?<=/)40|$)", re.IGNORECASE)
AFTER_BIRTH = 43
"""The week of who gave birth lately: one more than any pregnancy has."""
_WEEKS_IN_A_MONTH = 4.35
_MENOPAUSE = 45  # years
_OBSTETRIC = re.compile(r"胎[心动位儿]|宫缩|宫口|产检|孕妇|孕\d|早孕|阴道流液")
_CHILDHOOD = 10  # years, in which a pregnancy in the note is the mother's
_OF_A_CHILD = re.compile(
    r"\b(?:born|newborn|neonate|infant|baby)\b|\b(?:miscarr\w+|abort\w+|stillb\w+|lost|loss|previous|prior)\b[^,;]*$",
    re.IGNORECASE,
)
"""What stands before weeks of gestation at which a child was born, or an earlier pregnancy ended."""
_OF_A_BABY_ZH = re.compile(  # whom a note opens with: its weeks are those at its birth
    r"(?:\A[^，。；\n孕产娩母]{0,10}?(?:患儿|新生儿(?!科)|足月儿|早产儿|过期产儿|[男女]婴)(?![^，。；\n]{0,4}史)|"
    r"[。\n:：][ \t]*患儿)"
    r"(?![^。\n母]{0,12}\d\d岁)"
)
_NOT_NOW = re.compile(
    r"\b(?:never|den(?:y|ies|ied|ying)|born|delivered|delivery|to (?:become|get|fall)|"
    r"(?:being|becoming|getting)|when (?:she (?:was|got) |last |previously )?)(?:\s\w+){0,3}\s*$|"
    r"(?:准备|计划|打算|想|希望|尝试|试图|从未|没有?|不可能|否认|备)(?:再次)?$",
    re.IGNORECASE,
)
"""What stands before a pregnancy that is denied, wished for, or over."""
_NOT_PREGNANT = re.compile(
    rf"\bnot pregnant\b|\bisn't pregnant\b|{_TEST} ?:? (?:is |was |came back )?(?:negative|neg\b|-ve)|"
    rf"(?:negative|neg|-ve) (?:urine |serum )?{_TEST}|"
    rf"(?<!从)未怀孕|妊娠试验阴性|{_TEST_ZH}(?:阴性|[（(]\s?[-−]\s?[)）])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Person:
    """What a note says of the patient.

    Attributes:
        age_years: the first age stated, 0 to 130; None without one.
        sex: unknown unless words of only one sex stand before any of a relative's could (the first sentence); without
            any, the title that stands before the age.
        pregnant: None when nothing says so; so counts who gave birth within six weeks.
        gestation: completed weeks, where they are stated; else after a birth :data:`AFTER_BIRTH`.
    """

    age_years: float | None
    sex: Sex
    pregnant: bool | None
    gestation: int | None = None


def read_person(text: str) -> Person:
    """Reads the beginning of a note for age and sex, and all of it for pregnancy."""
    text, age = plain(text), None
    match, letter = next(filter(_is_of_patient, _AGE.finditer(text, 0, 500)), None), None
    if match is not None:
        told = {name: part for name, part in match.groupdict().items() if part}
        unit = next(
            (part for name, part in told.items() if name[0] == "u"), "d" if told.keys() & {"n_life", "n_born"} else "y"
        )
        years = float(next(part for name, part in told.items() if name[0] == "n")) * _YEARS[unit[0].lower()]
        age = round(years, 3) if years <= 130 else None
        letter = _SEX_LETTER.match(text, match.end())
    opening = re.split(r"(?<!\.[a-z])[.!?。]\s", text[:400], maxsplit=1)[0]
    male = bool(_MALE.search(opening)) or (letter is not None and letter[1] == "M")
    female = bool(_FEMALE.search(opening)) or (letter is not None and letter[1] == "F")
    if not male and not female and match is not None and match["title"]:
        male = match["title"].lower() == "mr"
        female = not male
    is_child = age is not None and age < _CHILDHOOD
    is_old = age is not None and age >= _MENOPAUSE
    pregnant, gestation = None, None
    if not is_child:
        pregnant, gestation = _pregnancy(text, by_test=female or not male, is_old=is_old)
    female = female or pregnant is True
    sex = Sex.UNKNOWN if male is female else Sex.MALE if male else Sex.FEMALE
    return Person(age, sex, pregnant, gestation)


def baby_place(text: str) -> int:
    """Where a Chinese text says that its patient is a baby, behind which weeks are those at its birth; else its end."""
    baby = _OF_A_BABY_ZH.search(text)
    return baby.start() if baby else len(text)


def _is_of_patient(age: re.Match[str]) -> bool:
    """Whether it is no time, and behind other words no relative's, no bed's number and no size of a drain."""
    if _MINUTES.match(age.string, age.end()):
        return False
    if age["unit"] in ("w", "d") and age.string[age.end() :].lstrip()[:1] in (*",.;", ""):
        return _MAY_BE_OLD.search(age.string, 0, age.start()) is not None
    if not (age["n_mid"] or age["n_item"] or age["n_with"] or age["n_lead"]):
        return True
    start = age.start("n_lead") if age["n_lead"] else age.start()
    place = max(0, start - 60), start
    others = [_OTHERS, *([_HAS_A_BABY] if age["n_mid"] else [_SIZED] if age.string[age.end()] in "Ff" else [])]
    return not any(regex.search(age.string, *place) for regex in others)


def _pregnancy(text: str, by_test: bool, is_old: bool) -> tuple[bool | None, int | None]:
    """Whether the patient is pregnant now, and the week. What she denies is not known: a test is what rules it out.

    With ``by_test`` a test shows it, too; in a man it marks a tumor. Of who ``is_old`` the weeks without a period
    are none of a pregnancy that nothing else speaks of.
    """
    if _NOT_PREGNANT.search(text):
        return False, None
    places = [place for place in _PREGNANT.finditer(text) if by_test or not place["test"]]
    if is_old and not _OBSTETRIC.search(text):
        places = [place for place in places if not place[0].startswith("停经")]
    said = contexts(text, [place.span() for place in places])
    pregnant, gestation = None, None
    baby = baby_place(text)
    for place, context in zip(places, said, strict=True):
        before, _ = sentence_around(text, *place.span())
        told = {Assertion.PRESENT, Assertion.HISTORICAL}
        if place["stated"] or place["birth"]:
            told.add(Assertion.NEGATED)  # nobody denies a number: "no bleeding, 34 weeks pregnant"
        of_another = place["stated"] and (_OF_A_CHILD.search(before) or baby < place.start())
        if context.assertion in told and not context.is_past and not _NOT_NOW.search(before) and not of_another:
            pregnant, gestation = True, gestation or _weeks(place)
    return pregnant, gestation


def _weeks(place: re.Match[str]) -> int | None:
    if place["birth"]:
        return AFTER_BIRTH
    number = _NUMBER_OF.search(place["stated"] or "")
    if number is None:
        return None
    return int(float(number["n"]) * (_WEEKS_IN_A_MONTH if number["unit"].lower() == "m" else 1))
