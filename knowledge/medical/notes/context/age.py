"""The age of the patient, where a note states it: "58-year-old man", "12h old baby", "62岁"."""

import re

from .cues_persons import RELATIVE

_LETTER = r"(?-i:[MF])\b"
_IN_YEARS = r"\d{1,3}[ -]?(?:years?|yrs?|y/?o|y)\b"
_YEARS_FOLLOW = rf"[^.\n]{{0,80}}\b{_IN_YEARS}"
_PLACE = (  # at the start of a note; after other headings come sizes: "Foley: 16F", "Wound: 5M"
    r"(?:A&E|ED|ER|casualty|resus|clinic|OPD|ward|ICU|ITU|HDU|MAU|AMU|NICU|PICU|GP|O&G|ENT|renal|"
    r"(?:obs|gyn|surg|medic|paed|ped|psych|ortho|neuro|cardio|onc|tox|emerg|rheum|geri|ophthal|derm|resp|ha?em|endo|"
    r"ana?es)[a-z]*|CMHT|CRHT|MHLT|OPC|WR|PTWR|clerking|visit|cas|f/u|referral|telehealth|prison|home|resident|review|r/v|consult|round|minors|majors|pre-?op|"
    r"team|call|care|health|letter|notes?|summary|handover|transfer|admission)"
)
_OF_BABIES = (
    r"(?:napp(?:y|ies)|fontanelle|m[uo]m (?:says|reports?|states|worried|concerned)|bronchiolitis|croup|"
    r"imm(?:uni[sz]ation)?s (?:UTD|up[- ]to[- ]date))\b"
)
_BABY = r"(?:baby|infant|neonate|newborn|toddler)"
ARRIVAL = (  # headings followed by a new patient, not a follow-up
    r"(?:A&E|ED|ER|casualty|resus|ambulance|paramedics?|EMS|crew|triage|PAU|CAU|GP|OOH|minors|majors|handover|"
    rf"(?:paed|ped|neonat|PICU|NICU|SCBU)[a-z]*(?:\s{_PLACE})?)"
)
_CHILD = r"child(?=[^\d\n]{0,12}\d{1,2}(?:[ -]?(?:month|mth|year|yr)|/12))"  # not "Child, 3 days fever"
_CHILD_SUCH = r"(?:(?:ex|prem\w*|(?:pre)?term|well|unwell)[ ,-]+){0,3}"
_NOT_SINCE = r"(?!\s?(?:ago|hx|history|h/o|of|post|after|since|married|early|late|overdue|prem\w*|gest\w*|by)\b)"
_CLOSED = r"(?=\s?(?:[.,;)\n]|$))"
_LASTING = (  # after a duration, in adults
    r"\W+(?:on|post|since|after|progressive|progressing|worsening|increasing|weight|wt|amenorr|dysmen|menorr|infertil|"
    r"subfertil|ED\b|impoten)"
)
_KIN = r"(?:mother|father|parents?|mum|mom|dad|son|daughter|baby|child|infant|boy|girl|twins?|wife|husband|partner)"
_BRINGS = (
    r"[^.\n]{0,60}\b(?:brings?|brought (?:her|his) |with (?:her|his) (?:baby|son|daughter|child)|m(?:other|um) of)"
)
_WALKED = (  # or fell
    r"\s(?:walk\w*|shuttle|mobil\w*|unaided|sprint|off|down|deep|high|height|drop|fall|"
    r"from(?! (?:(?:an?|the|his|her) )?(?:NH|RH|nursing|residential|care|clinic|ward))|"
    r"with (?:\w+ )?(?:frame|stick|assist\w*))"
)
_SIZE = r"\s?.\s(?:\w+\s)?(?:catheter|foley|french|sheath|drain|tube|balloon|bag|units?|stent|lumen|pigtail)\b"
_UNIT = r"(?:months?|mths?|mos?|weeks?|wks?|days?|(?<=\d)[wd]|y(?:(?:ea)?rs?)?|y/?o)\b"
_NO_YEARS = r"(?![\d/+]|[.-]\d|[ -]?(?:(?-i:m)|h|hrs?|hours?)\b| [wd]\b(?!/))"  # "m" is male, too
_NAMED = r"(?P<title>Mr|Mrs|Ms|Miss)\.?\s(?:(?-i:[A-Z])[\w.'-]*\s?){1,3}"
_NO_CHILD = (  # whom the named person brings
    r"(?![^.\n]{0,80}\b(?:mother|father|parents?|mum|mom|dad|son|daughter|baby|child|infant|boy|girl|twins?|"
    r"(?:year|month|week|day)s?[ -]old)\b)"
)
_ADULT = r"(?:(?:1[89]|[2-9]\d)(?=(?-i:M)\b)|(?:19|21|23|2[5-9]|[3-8]\d)(?=(?-i:F)\b))"  # not the size of a catheter
_LEAD = (  # a few words that are no other person and no length: "Known COPD 70M", "Seizure - 27M"
    rf"(?:(?!(?:{_KIN}|carer|by|to|from|of|than|vs|fell|fallen|toleran\w*|distance|ET|"
    r"for|after|at|x|wait\w*|jumped|T|HR|SpO2|sats?|ETA)\b)"
    r"[\w?][\w?/&'+-]{0,20}[ ,:]{1,2}){1,4}?(?:[-–—]\s)?"
)
_MINUTES = re.compile(r"\s?M\s(?:ago|duration|prior to)\b")  # "chest pain 45M ago"
_OTHERS = re.compile(  # whose age is stated in the same clause
    rf"\b(?:{RELATIVE}|{_KIN}|m[ou]m|breast-?feeding|contacts?|donor|friend|neighbou?r|"
    r"walk\w*|swam|swim\w*|ran|climb\w*|mobilis\w*)\b[^.;,\n]*,?[^.;,\n]*$|"
    r"\b(?:(?:room|flat|house)mate|colleague|index case|expos(?:ed|ure) to|lives with)[:,]?"
    r"(?: (?:is|was|an?|his|her))*\s$|"
    r"\b(?:bed|bay|room|cubicle|trolley):?\s$",  # a number, not an age: "Bed 34M"
    re.IGNORECASE,
)
_SIZED = re.compile(  # "F" is also French or Fahrenheit
    r"\b(?:drain|tube|catheter|foley|sheath|ICD(?! shock)|temp\w*|bougie|dilat\w+|pigtail|stent|nephrostomy|sengstaken|"
    r"cannula|introducer)\b[^.;,\n]*,?[^.;,\n]*$|"
    r"\bhypotherm\w*\b[^.;\n]*$",
    re.IGNORECASE,
)
_MAY_BE_OLD = re.compile(  # in hours, days or weeks: not a wound or a drain
    rf"(?:^|[.?!:\n]\s*|\b(?:{_BABY}|boy|girl|(?:fe)?male|child|twins?|patient|pt|is|was|now|[MF])[ ,(]*|\baged? )\W*$",
    re.IGNORECASE,
)
_OF_A_THING = re.compile(  # "Injury is 6 hours old"
    rf"\b(?!(?:{_BABY}|boy|girl|child|twin|patient|pt|s?he)\b)\w+ (?:is|was)\W*$", re.IGNORECASE
)
_HAS_A_BABY = re.compile(
    r"\b(?:(?:has|have|had)(?: (?:an?|his|her|their))*\s$|"
    r"post-?(?:partum|natal)\b(?! (?:ward|unit|clinic|check|visit|review))[^.;\n]*$)",
    re.IGNORECASE,
)
_THEN_ZH = re.compile(  # the age at which something was or began
    r"(?:时(?![有常而])|那年|的时候)|(?:因[^，。；\n]{0,10})?(?:死|去世|过世|病故|病逝|结婚|初婚|初潮|绝经|停经|生育|开始|起(?!病))"
)
_OTHERS_ZH = re.compile(  # a section on history, or a relative
    r"(?:家族|婚育|婚姻|生育|月经|个人)史[:：](?:(?!患者|患儿|病人|[男女][，,性])[^\n])*$|"
    r"(?:其|患者的?|患儿的?|病人的?)(?:[父母]亲?|爸爸|妈妈|兄|弟|姐|妹|哥哥|弟弟|姐姐|妹妹|儿子|女儿|丈夫|妻子|配偶|爱人)"
    r"[，,（(]?(?:现年|今年|现)?$"
)
_CHILD_ZH = "(?:宝宝|宝贝|孩子|小孩|娃|婴儿|幼儿|小儿|患儿)"
_OF_A_MOTHER_ZH = re.compile("孕|胎|哺乳期|乳[房腺头]|恶露|产后")  # before the age of her child
_GESTATION = r"(?:2[3-9]|3\d|4[0-4])[ -]?(?:weeks?|wks?)\b"  # at which a baby was born
_AGE = re.compile(
    r"\b(?P<n_first>\d{1,2})[ -]?(?P<unit_first>years?|yrs?|y|months?)[ -](?:and )?\d{1,2}[ -]?(?:months?|weeks?|days?)"
    r"(?=[ -]old\b| (?:boy|girl|male|female)\b)|"  # "6 year 3 month old"
    r"\b(?P<n>\d{1,3}(?:\.\d)?)[ -]?"
    r"(?P<unit>years?|yrs?|yo|y/o|y\.o\.?|y|months?|mths?|mos?|m/o|m\.o\.?|weeks?|wks?|(?<=\d)wo|days?|"
    # not of a wound
    rf"[wd](?=[ -]old\b\s*(?:[,.;\n]|$|{_BABY}\b|(?:boy|girl|(?:fe)?male|child|twin|{_LETTER})))|"
    r"(?:hours?|hrs?|h)(?=[ -]old\b\s*(?:[,.;\n]|$|with\b|"
    rf"(?:(?:pre)?term )?(?:{_BABY}|boy|girl|(?:fe)?male|twin|{_LETTER})\b)))"
    rf"(?:[ -]old\b|(?=[ ,-]*(?:\b(?:man|woman|male|female|boy|girl)\b|{_LETTER}))|(?<=y/o)\b|(?<=m/o)\b|(?<=[yw]o)\b|"
    r"(?<=\.o)\b|(?<=\.o\.))|"
    rf"\A\W*(?:(?:[a-z&/'-]+\s){{0,3}}?{_PLACE}(?:\s[\w:]+){{0,2}}?[.:]\s)?{_NAMED}(?:,?\s?(?P<n_titled>\d{{1,2}})(?=\s?{_LETTER})(?!{_SIZE})|"
    rf",\s(?P<n_comma>1[6-9]|[2-9]\d|10\d)(?=,){_NO_CHILD}|"
    # fewer may be a duration: "Mr Lee 10 yrs type 2 DM"
    rf",?\s?(?P<n_years>(?:1[6-9]|[2-9]\d|10\d)(?=[ -]?y(?:(?:ea)?rs?)?(?:{_CLOSED}|\s(?:BP|HR|RR|T|sats)\b))|"
    rf"[6-9]\d|10\d|\d{{1,2}}(?=[ -]?y(?:rs?)?{_CLOSED}))[ -]?"
    rf"(?P<unit_years>y(?:(?:ea)?rs?)?)\b{_NOT_SINCE}{_NO_CHILD}|"
    rf",?\s?aged (?P<n_aged>\d{{1,3}}){_NO_YEARS}{_NO_CHILD}(?:[ -]?(?P<unit_aged>{_UNIT}))?)|"
    # with a colon or alone, unlike "Age 50 at menopause"
    rf"(?:(?:\A|(?<=[\n;|])|(?<=\.\s)|\b(?:sex|gender)\s?[:=]\s?(?:[MF]|(?:fe)?male)\b)\W{{0,3}}Age\s?[:=]|"
    r"(?:\A|(?<=[\n|]))\W{0,3}Age"
    rf"(?=\s\d{{1,3}}(?:[ -]?{_UNIT})?"
    rf"(?:\s*(?:[.,;|\n]|$)|\s(?:M|F|(?:fe)?male|sex|gender)\b)))\s?(?P<n_field>\d{{1,3}}){_NO_YEARS}"
    rf"(?:[ -]?(?P<unit_field>{_UNIT})(?!:| pregnan)(?:[ -]old\b)?)?|"
    # "5/12 old boy"; without "old" only at the start, since "vomiting 3/7, male" is a duration
    r"\b(?P<n_part>\d{1,3})/(?P<unit_part>12|52|7)(?=[ -]old\b)|"
    rf"\A\W*(?:{ARRIVAL}[:.]\s)?(?P<n_front>\d{{1,3}})/(?P<unit_front>12|52|7)"
    rf"(?=[ ,-]*{_CHILD_SUCH}(?:{_LETTER}(?!/)|(?:male|female|boy|girl|child|{_BABY})\b))(?!{_YEARS_FOLLOW})|"
    # "2 10/12 F": years and twelfths
    rf"\A\W*(?:{ARRIVAL}[:.]\s)?(?P<n_whole>\d{{1,2}})(?P<unit_whole>[ +])(?P<n_twelfths>\d|1[01])/"
    rf"(?P<unit_twelfths>12)(?=[ ,-]*{_CHILD_SUCH}(?:{_LETTER}(?!/)|(?:male|female|boy|girl|child|{_BABY}|old)\b))|"
    # "3mo poor feeding", where "3mo cough" may be a duration
    rf"\A\W*(?:{ARRIVAL}[:.]\s)?(?P<n_fed>\d{{1,2}})(?P<unit_fed>mo|mths?|wo|wks?)\b{_NOT_SINCE}"
    rf"(?=[^.\n]{{0,40}}\b(?:(?:poor|not|off|bottle|reduced|taking|refus\w+)[ -]?(?:feed\w*|fed|milk)|latch\w*|"
    r"napp(?:y|ies)|diapers?|bronchiolitis|croup|colic\w*|fontanelle|formula|wean(?:ing|ed)|immuni[sz]ations))"
    rf"(?!{_YEARS_FOLLOW})|"
    # "8/12, D&V", where a later word is of babies
    rf"\A\W*(?:{ARRIVAL}[:.]\s)?(?P<n_small>[1-9]|[12]\d|3[0-5])"
    rf"(?:/(?P<unit_small>12)|[ -]?(?P<unit_short>months?))\b(?!/){_NOT_SINCE}(?![ -]old)(?!{_LASTING})"
    rf"(?=[^\n]{{0,300}}?\b{_OF_BABIES})(?![^\n]{{0,300}}?\b{_IN_YEARS})|"
    # "Baby 5/12", "Infant (4 months)", "Newborn term, 6 hrs", "Child 6 yrs"
    rf"\A\W*(?:{ARRIVAL}[:.]\s)?(?:{_BABY}|{_CHILD})(?: (?:boy|girl|male|female|M|F|(?:pre)?term))*"
    rf"[,:]? \(?(?:is |aged? |of )*(?:(?P<n_child>\d{{1,2}})/(?P<unit_child>12|(?:52|7){_CLOSED})|"
    rf"(?:(?<=aged )|(?!{_GESTATION}))(?P<n_baby>\d{{1,2}})[ -]?(?P<unit_baby>months?|mths?|years?|yrs?|"
    rf"weeks?|wks?|days?|h(?:(?:ou)?rs?)?{_CLOSED}))\b"
    rf"{_NOT_SINCE}(?![^.\n]{{0,40}}\bm(?:other|um|om) (?:has|c/o|with)\b)|"
    # "Male, 4 months, cough"
    rf"\A\W*(?:{ARRIVAL}[:.]\s)?(?P<sex_word>male|female|boy|girl),\s(?P<n_sexed>\d{{1,3}})[ -]?"
    rf"(?P<unit_sexed>y(?:(?:ea)?rs?)?|months?|mths?){_CLOSED}(?!{_LASTING})|"
    # "I'm 33, female"
    rf"\bI(?:'?m| am)(?: now| aged)? (?P<n_self>\d{{1,2}})(?=,?\s?(?:{_LETTER}|(?:(?:fe)?male|and|with)\b)|{_CLOSED})|"
    r"\A\W*(?:my|our) (?:(?P<sex_kin>son|daughter|boy|girl)|child|baby)(?: [A-Z]\w+)?,? (?:is |who is |aged )?"
    r"(?P<n_mine>\d{1,2})(?=\s?(?:[.,;)\n]|and\b))|"
    # "Man, 45, chest pain"
    r"\A\W*(?:an? )?(?:man|woman|gentleman|lady|male|female|boy|girl|teenager), (?P<n_noun>\d{1,3})(?=,)|"
    # a bare number, too, but only here: later it is a temperature or a catheter
    r"(?:(?<=[.?!]\s)|(?<=\n)|\b(?:HPI|HPC|PC|CC|ID|Pt|Patient|Case|Summary|triage|liaison):\s|"
    rf"\A\W{{0,5}}(?:(?!{_KIN}\b)[a-z&/'-]+\s){{0,3}}{_PLACE}(?:\s{_PLACE}){{0,2}}:?\s(?!{_BRINGS})|"
    r"\b(?:Pt|Patient)\s\(?)"
    r"(?P<n_stated>\d{1,2}(?=(?-i:M)\b)|[1-8]?\d(?=(?-i:F)\b))"
    rf"(?!{_SIZE})(?!M{_WALKED})|"
    rf"\A\W*(?:(?:hi|hello|hey)\b[, !.]+)?(?:\w{{2,3}}:\s*)?(?:(?:pt|patient|this|is|an?)\s+)*"
    rf"(?P<n_letter>\d{{1,3}}(?=,?\s?{_LETTER})|"
    r"(?:1[6-9]|[2-9]\d)(?=,?\s(?:fe)?male\b(?!\s(?:partner|contact|friend|resident))))|"
    # "F/28", "(F, 45y)"
    r"(?:\A\W*|\()(?P<sex_first>(?-i:[MF]))(?:/|,? ?(?=\d{1,3} ?y(?:(?:ea)?rs?|o)?\b))(?P<n_second>\d{1,3})(?![\d/])|"
    # "男 40y", "女，35，"
    r"(?:(?<=[男女性])|(?<=[男女性][，,、 ]))(?:(?P<n_typed>\d{1,3})\s?(?P<unit_typed>y(?:o|rs?)?)(?![A-Za-z/])|"
    r"(?P<n_bare>1[6-9]|[2-9]\d)(?=\s?[，,。；;]))|"
    rf"\A(?!VA\b)(?:[a-z][a-z&/@ -]{{1,30}}:)?\W*(?P<n_slash>\d{{1,2}})(?=/{_LETTER})|"
    r"\b(?:DOL|day of life|(?:neonate|newborn)(?:[ ,]+(?:boy|girl|male|female|baby))?[ ,]+(?:D|day))[ #]{0,2}"
    r"(?P<n_life>\d{1,2})\b|"
    # not since when something lasts
    r"(?<!since )(?<!from )(?<!until )(?<!by )\b(?:D|day)[ #]?(?P<n_life_day>\d{1,2}) of life\b|"
    r"日龄[:：]?\s?(?P<n_life_zh>\d{1,2})(?=\s?[天日])|"
    rf"\A\W*(?:(?!(?:{_KIN}|and|with|her|his)\b)[a-z&/-]+[ :,]+){{0,3}}?"
    r"(?:baby(?: (?:boy|girl|of \w{1,12}))?|b/o \w{1,12})"
    r"[ ,]+(?:D|day) ?(?P<n_born>\d{1,2})\b(?! ?(?:post|after))|"
    # in the middle of a note, if of no one else: "in a 6-week infant", "sats 86% on air, 60M", "70M with myeloma"
    rf"\b(?:{_BABY}|boy|girl),? aged (?P<n_hours>\d{{1,2}})[ -]?(?P<unit_hours>h(?:(?:ou)?rs?)?)\b(?! ago)|"
    rf"\b(?!{_GESTATION})(?:\A|(?!\d+[ -]\w+[ -]{_BABY} (?:check|visit|clinic|review)))"
    rf"(?P<n_mid>\d{{1,2}})[ -](?P<unit_mid>months?|weeks?|wks?|days?)(?=[ -]{_BABY}\b)|"
    rf"(?<=,\s)(?P<n_item>{_ADULT})(?=[MF]\s*(?:[,.;\n]|$))|"
    rf"(?<![\w./-])(?P<n_with>{_ADULT})(?!{_SIZE})(?!M{_WALKED})"
    r"(?=[MF]\s(?:with|w/|who|presenting|presents|c/o|admitted)(?!\w))|"
    rf"\A\W{{0,3}}{_LEAD}(?P<n_lead>{_ADULT})(?!{_SIZE})(?!M{_WALKED})(?=[MF](?:[\s,.;:]|$))(?![MF]{_BRINGS})|"
    r"(?<!孕)(?<!孕约)(?P<n_zh>\d{1,3})\s*周?(?P<unit_zh>岁|个月大|个?月(?=的?(?:[男女][婴孩童]|婴儿|宝宝|患儿|幼儿))|月大(?=[，,、。；的男女婴]|$)|个?月龄|周龄|日龄|天大)"
    r"(?:(?<=岁)零?(?P<n_months_zh>\d|1[01])(?P<unit_months_zh>个?月)(?![前来余份底初内\d]))?+|"
    rf"{_CHILD_ZH}(?:今年|现在|现|刚|才|已经?|满|[是有男女，,、 ]){{0,4}}(?P<n_child_zh>\d{{1,2}})\s?"
    r"(?P<unit_child_zh>个月|周)(?=\s*[，,、。；了]|$)|"
    r"(?:我|本人|患者)今年(?P<n_now_zh>\d{1,2})(?=\s?[，,。；])|"
    r"年龄\s?[:：]?\s?(?P<n_field_zh>\d{1,3})"
    r"(?=\s*(?:[，,；;。\n]|$)|\s(?!个?月|周|天|日|小时)[\u4e00-\u9fff]{2,4}[:：\s])|"
    r"(?:[男女][，,、 \t]{1,2}(?!\d{1,3}周)|[男女]婴[，,、\s]?|"
    r"(?<=婴儿)(?=[^，。；]{2,4}[，,。；])|(?:出生|生后)后?第?|年龄\s?[:：]?\s?)"
    r"(?P<n_sex>\d{1,3})\s?(?P<unit_sex>个?月(?!\d{1,2}[日号])|周|天|日|小时)"
    r"(?:零?(?P<n_days>\d{1,2})(?P<unit_days>天))?+(?![前来余份底初内未没无发腹头胸])",
    re.IGNORECASE,
)
_YEARS = {" ": 1.0, "+": 1.0, "y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25, "h": 1 / 8766}
_YEARS |= {"岁": 1.0, "个": 1 / 12, "月": 1 / 12, "周": 7 / 365.25, "天": 1 / 365.25, "日": 1 / 365.25, "小": 1 / 8766}
_YEARS |= {"1": 1 / 12, "5": 7 / 365.25, "7": 1 / 365.25}  # "5/12", "5/52", "5/7"


def read_age(text: str) -> tuple[float | None, re.Match[str] | None]:
    """Age in years, 0 to 130, and its match in the first 500 characters of a note; None if there is none.

    Args:
        text: in plain characters.
    """
    match = next(filter(_is_of_patient, _AGE.finditer(text, 0, 500)), None)
    if match is None:
        return None, None
    parts = {name: part for name, part in match.groupdict().items() if part}
    in_days = any(name.startswith(("n_life", "n_born")) for name in parts)
    units = [part for name, part in parts.items() if name[0] == "u"] or ["d" if in_days else "y"]
    numbers = [part for name, part in parts.items() if name[0] == "n"]
    years = sum(float(n) * _YEARS[unit[0].lower()] for n, unit in zip(numbers, units, strict=True))
    return round(years, 3) if years <= 130 else None, match


def is_of_another(age: re.Match[str]) -> bool:
    """Whether the words before an age in its clause are about someone else: "her father, a 60-year-old man"."""
    return tells_of_another(age.string, age.start())


def tells_of_another(text: str, place: int) -> bool:
    """Whether the words before an offset in its clause are about someone else."""
    return _OTHERS.search(text, max(0, place - 60), place) is not None


def _is_of_patient(age: re.Match[str]) -> bool:
    """Whether it is not a time nor, after other words, a relative's age, a bed number or the size of a drain."""
    if _MINUTES.match(age.string, age.end()):
        return False
    if age["n_zh"]:
        before = age.string[: age.start()]
        return _THEN_ZH.match(age.string, age.end()) is None and _OTHERS_ZH.search(before) is None
    if age["n_child_zh"]:
        return _OF_A_MOTHER_ZH.search(age.string, 0, age.start()) is None
    if age["unit"] and age["unit"][0].lower() == "h":
        before = age.string[: age.start()]
        return _MAY_BE_OLD.search(before) is not None and _OF_A_THING.search(before) is None
    if age["unit"] in ("w", "d") and age.string[age.end() :].lstrip()[:1] in (*",.;", ""):
        return _MAY_BE_OLD.search(age.string, 0, age.start()) is not None
    if not (age["n_mid"] or age["n_item"] or age["n_with"] or age["n_lead"] or age[0].startswith("(")):
        return True
    start = age.start("n_lead") if age["n_lead"] else age.start()
    place = max(0, start - 60), start
    others = [_OTHERS, *([_HAS_A_BABY] if age["n_mid"] else [_SIZED] if age.string[age.end()] in "Ff" else [])]
    return not any(regex.search(age.string, *place) for regex in others)
