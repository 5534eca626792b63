"""Age, sex and pregnancy of the patient, where a note states them: "58-year-old man", "34 weeks pregnant", "62岁"."""

import re
from dataclasses import dataclass

from ...case import Sex
from ..characters import plain
from .age import is_of_another, read_age
from .assertion import contexts, sentence_around
from .cue_rules import Assertion
from .cues_persons import COMPANION, RELATIVE
from .relatives import described_places

_MALE = re.compile(
    r"\b(?:man|male|boy|gentleman|MSM)\b|男(?=[性,，。患]|孩|婴)|(?<!\d)男(?=\s\d)|患儿男", re.IGNORECASE
)
_FEMALE = re.compile(
    r"\b(?:woman|female|girl|lady|gravida|(?:not|isn't) pregnant)\b|"
    r"女(?=[性,，。患]|孩|婴)|(?<![子儿孙\d])女(?=\s\d)|孕妇|产妇",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"\b(?:sex|gender)\s?[:=]\s?(?:(?P<male>m(?:ale)?)|f(?:emale)?)\b(?! partner)|"
    r"(?<![胎婴儿])性别[:：]?\s?(?:(?P<male_zh>男)|女)",
    re.IGNORECASE,
)
_OWN_FIELD = re.compile(  # allowed before it in its line: nothing, or fields and the age of the patient
    r"(?:[^\n]*[.,;|])?\W*(?:(?:the )?(?:patient|pt)(?:'s)?\W*)?|"
    r"[^\n]*(?:\b(?:\w*name|MRN|NHS|CHI|ID|URN|number|no|age|DOB|date|demographics|details|patient|pt|ward|bed|weight|"
    r"wt|triage|location|ethnicity)\b[^\n]*|\b(?:old|yo|y/o|yrs?)\W+)|"
    r"[^\n]*[\u4e00-\u9fff][^\n]*",
    re.IGNORECASE,
)
_OF_ANOTHER = re.compile(
    r"\b(?:baby|babe|infant|neonat\w+|newborn|f(?:o)?et(?:al|us)|twins?|child|son|daughter|partner|contacts?|donor|NIPT|"
    r"scan|husband|wife|mother|father|brother|sister)\b",
    re.IGNORECASE,
)
_WORDS = (  # between an age and its noun
    r"(?:(?!(?:with|and|or|whose|of|has|had|is|was|by|from|his|her|an?|the|in|on|for|to|baby|deliver\w*|bore|carrying|"
    r"birth|assault\w*|attacked|bitten|hit|raped)\b)[a-z-]+ )"
)
_NOUN = re.compile(  # for the person whose age precedes it: ", retired gentleman"
    rf"[ ,-]{{1,3}}(?:{_WORDS}{{0,2}}?|baby )(?:(?P<male>man|male|boy|gentleman)|woman|female|girl|lady)\b"
    r"(?! (?:partner|friend|relative|carer))",
    re.IGNORECASE,
)
_BEFORE_AGE = re.compile(  # in a later sentence than the first, after the chief complaint: "患者男，68岁"
    r"(?:(?:\A|[\s,，、。:：;；是]|患[者儿]|某)(?=[男女])|"
    r"(?:\A|[\n.:;])\s?(?:patient\W{1,2})?(?=(?:fe)?male|boy|girl|man|woman|gentleman|lady))"
    r"(?:(?P<male>男|male|boy|man|gentleman)|女|female|girl|woman|lady)[性的生]?(?:[,，、;\s]{0,2}| (?:aged? )?)\Z",
    re.IGNORECASE,
)
_KIN_ZH = re.compile(r"(?:父|母|兄|弟|姐|妹|妻|丈夫|配偶|儿子|女儿|家属|一[子女])[^。\n]*\Z")
_AFTER_AGE = re.compile(r"[,，、\s]{0,2}(?:(?P<male>男)|女)(?=[性的生,，、。;；\s患]|\Z)")
_BESIDE = (
    rf"(?:(?:{RELATIVE}|{COMPANION})(?: \(|,?(?: (?:is|was|who is|who was))? an?)|"
    r"(?:by|with|from|against|than|like|delivered|birth to|birth of|delivery of|[NS]VD of|LSCS of|carrying|had)"
    r"(?: an?| the| another| some| two| three| one)?|(?:sex|gender) ?[:=])"
)
_WHO_IS_MET = re.compile(  # before the noun: "assaulted by a man", "with wife, a 40-year-old woman"
    rf"\b{_BESIDE}(?: (?:unknown|other|older|younger|elderly|young|old|drunk|strange|local|healthy|live|term|baby|"
    r"\d{1,3}[ -]?(?:yo|y/o|years?[ -]old))){0,3}\s?$",
    re.IGNORECASE,
)
_HE_OR_SHE = re.compile(r"(?<![\w/])(?:(?P<male>he)|she)\b(?!/)", re.IGNORECASE)
_KIN_BEFORE = "(?:(?:great-?)*grand|step|god|half-?)?"
_MEN = re.compile(
    rf"\b(?:{_KIN_BEFORE}(?:father|brother|son|nephew|uncle|dad|daddy|grandad|grandpa)|husband|boyfriend|m[ae]n|males?|boys?|"
    r"twins?|partner|friend)s?\b",
    re.IGNORECASE,
)
_WOMEN = re.compile(
    rf"\b(?:{_KIN_BEFORE}(?:mother|sister|daughter|niece|aunt|auntie)|m[uo]m|mummy|mommy|grandma|wife|girlfriend|wom[ae]n|"
    r"females?|girls?|twins?|midwife|partner|friend)s?\b",
    re.IGNORECASE,
)
_BEARS = re.compile(  # said of an adult patient
    r"\bG\d{1,2} ?P ?\d|\bLMP\b|"
    r"\b(?:delivered|gave birth to)(?: an?| the| her| live| healthy)* (?:baby|boy|girl|twins?)\b",
    re.IGNORECASE,
)
_A_WOMAN = re.compile(  # weeks alone may be anything
    r"\d ?(?:y\w{0,2} ?)?F\b|\b(?:Mrs|Ms|Miss|female|woman|lady|girl|she|her|booked|unbooked|antenatal|ANC|PV|FM|CTG|"
    r"SFH|contract(?:ions|ing)|tightenings|hyperemesis|liquor|membranes|midwife|labou?r|primi\w*|"
    r"multip\w*|gravida|para)\b",
    re.IGNORECASE,
)
_MOTHER = re.compile(r"(?:m(?:other|um|om)|wife|grandma)\b", re.IGNORECASE)
_TITLED = re.compile(  # with what identifies a patient: "Discharge summary. Mr T Brown, DOB 04/03/1951"
    r"\b(?P<title>Mr|Mrs|Ms|Miss)\.? (?:[A-Z][\w.'-]*,? ){1,3}\(?(?:DOB|D\.O\.B|born|MRN|NHS|CHI|hosp\w* no)\b"
)
_TITLED_ZH = re.compile(  # the patient whom a note begins with: "林先生，55岁", "出院小结：张女士"
    r"\A\W*(?:[^，。；：:\n联医护师家陪签妻夫父母]{2,8}[:：]\s?)?(?:患者|病人|姓名[:：])?\s?"
    r"(?!医|护|导|老)[\u4e00-\u9fff]{1,3}(?:(?P<male>先生)|女士|小姐|太太)(?=[，,、。（(\s\d])"
)
_SEX_LETTER = re.compile(r"\W{0,2}([MF])\b")
_WHO_IS_BORN = r"(?:baby|babe|infant|neonate|newborn|born|boy|girl|twins?|prem\w*)(?! moving| active)"
_WEEKS = r"\d{1,2}(?:\s?\+\s?\d|[ +]\d/7)?"
_W = r"[ -]?(?:weeks?|wks?|w)\b"
_PARITY = r"(?:(?<!CKD )G\d{1,2} ?(?:P ?\d[\w+]{0,5}|A ?\d)|P\d\+\d|primi(?:p|para|gravida)|multip(?:ara)?)"
_LASTED = (  # not a week of the pregnancy: "G2P2 with 6 weeks of cough"
    rf"(?!,? (?:(?:with )?{_WEEKS}{_W} of (?!(?:\w+ )?(?:gest|preg|amen))|with {_WEEKS}{_W} (?:history|hx)))"
)
_STATED = (  # with a number of weeks, months or days
    rf"\b(?:{_WEEKS}[+\d/ ]{{0,4}}[ -]?(?:weeks?|wks?|months?)[ -]pregnant\b|"
    rf"{_WEEKS}{_W}'?[ -](?:of )?(?:gestation(?:al)?|GA|pregnancy)\b|"
    rf"(?:{_PARITY}{_LASTED},? (?:at|@|IUP at|female|woman|with|is|now|currently| )*|IUP (?:at |@ ?)?|(?:GA|POG):? )"
    rf"(?:(?![0-3]\D){_WEEKS}{_W}|\d{{1,2}} ?w ?[0-6] ?d\b|\d{{1,2}}\+[0-6]\b)(?! (?:ago|post|after (?:deliv|birth)))|"
    rf"(?:@|\bat) ?\d{{1,2}}w[0-6]d\b|"
    # without "P" it may also be a grade
    rf"G\d{{1,2}},? (?:at |@ ?)?\d{{1,2}}\+[0-6]\b(?! (?:ago|post|after)))|"
    rf"(?<![A-Za-z])(?:F|female|woman|lady),? G\d{{1,2}}{_LASTED},? (?:at |@ ?)?{_WEEKS}{_W}(?! (?:ago|post|after))|"
    rf"(?<![A-Za-z])(?:F|female|woman|lady|{_PARITY}|G\d{{1,2}}|pregnant),? (?:(?:at|@|now|currently) ?){{0,2}}"
    r"(?:[4-9]|[1-3]\d|4[0-2])(?: ?\+ ?\d)?/40(?!\d)|"
    # "for 2 weeks" is the duration of something else
    rf"(?<!\d)(?!(?:(?<=for )|(?<=x )|(?<=x))1?\d\D){_WEEKS}{_W},? G\d{{1,2}}(?: ?P\d|(?=[,.;]))|"
    rf"\A\W*(?:[4-9]|[1-3]\d|4[0-2])(?:\s?\+\s?\d)?/40(?!\d)(?![^.]{{0,40}}\b(?:baby|babe|infant|neonate|newborn|born|boy|girl|"
    r"twins?|prem\w*)\b)|"
    r"孕妇?[，,]?\s?\d{1,2}\+?\d?周|妊娠\d{1,2}周|停经(?:2\d|3\d|4[0-2])\+?\d?周"
)
_LOOSELY = (  # may be of someone or something else: 20/40 is also an acuity
    rf"(?<![\d/.])(?!20/)(?:[4-9]|[1-3]\d|4[0-2])(?: ?\+ ?\d)?/40"
    rf"(?![\d/]| ?(?:mm|cm|tab\w*|cap\w*|pills?|left in|of|ago|mg|points?)\b|,? (?:\w+ )?{_WHO_IS_BORN})|"
    r"(?<![A-Za-z])(?:F|female|woman|lady),? (?:at |now |currently )*(?:2\d|3\d|4[0-2])(?:\+\d)?"
    r"[ -]?(?:weeks?|wks?)(?=\s*(?:[.,;)]|$))"
    r"(?!, (?:on|off|post|since|after|of|into|isotret|course)\b)"
)
_LABOUR = (
    r"\bin (?:(?:early|active|established|spontaneous|preterm|premature) )?labou?r\b"
    r"(?! (?:ward|suite|dispute|market|exchange|camp|force|union|party|with (?:her |the )?(?:first|last)))"
)
_DAYS = r"(?:[1-9]|[1-3]\d|4[0-2])"
_DELIVERY = (
    r"post[- ]?(?:op )?(?:em(?:ergency)? |el(?:ective)? )?"
    r"(?:LSCS|C/?S|C-?section|caesarean|cesarean|NVD|SVD|delivery"
    r"(?! of (?:care|chemo\w*|drugs?|medicines?|treatment|radio\w*)\b))\b"
)
_LATELY_ZH = (
    rf"(?:第|约|近|已|大约)?(?:(?:{_DAYS}|[一二两三四五六七八九十]{{1,3}}|半)余?个?(?:天|日|小时|分钟)|"
    r"(?:[1-6]|[一二两三四五六])周)(?!龄)"
)
_BORE_ZH = "(?:顺产|顺娩|剖(?:宫|腹)产|分娩(?!先兆|征兆|镇痛|室)|娩出|[产生]下|生完)"
_BIRTH_ZH = (
    rf"(?:(?<![流小])产(?:术)?后|[分顺]娩后|娩出后|生(?:完)?(?:孩子|小孩|宝宝)后?|生完后?){_LATELY_ZH}|"
    # "2小时前足月顺产"
    rf"{_LATELY_ZH}前(?:在[^，。；]{{1,8}}?)?(?:足月|早产|经?阴道|自然|会阴侧切|急诊|行|于)*{_BORE_ZH}"
)
_BIRTH = (  # at most six weeks ago
    rf"\b(?:{_DAYS} ?(?:d(?:ays?)?|h(?:ou)?rs?|/7)|[1-6] ?(?:weeks?|wks?|/52))"
    rf"(?:[ -]?post[- ]?(?:partum|natal)\b| {_DELIVERY}|"
    r" (?:after|since) (?:delivery|childbirth|giving birth|birth of))|\b(?:delivered|gave birth)"
    r"(?: (?:to|an?|the|her|live|healthy|term|baby|boy|girl|male|female|twins?)){0,5} "
    rf"(?:{_DAYS}(?: (?:day|hour)s?|/7)|[1-6](?: (?:weeks?|wks?)|/52)) ago\b|"
    # "NVD 20 min ago"
    r"(?<!prev )(?<!previous )(?<!prior )(?<!last )\b(?:LSCS|C/?S|C-section|NS?VD|SVD|(?:vaginal )?delivery|delivered)"
    r"(?:,? at (?:home|term|\d\d(?:\+\d)?(?:/40| ?weeks)?))?,? (?:[1-9]\d? ?(?:min(?:ute)?s?)|"
    rf"{_DAYS} ?(?:d(?:ays?)?|h(?:ou)?rs?|h|/7)|[1-6] ?(?:weeks?|wks?|/52)) ago\b|"
    rf"\b(?:D|day ){_DAYS} post[- ]?(?:partum|natal)\b|"
    rf"\bpost[- ]?(?:partum|natal) day {_DAYS}\b|"
    rf"\b(?:D|day ){_DAYS} {_DELIVERY}|\bPPD ?# ?\d|"
    rf"{_BIRTH_ZH}"
)
_PN = (  # also parenteral nutrition
    rf"\b(?:(?:D|day ){_DAYS}|{_DAYS}/7|[1-6]/52) PN\b"
    r"(?! (?:feed|stop|via|bag|nutr|line|through|regime)|"
    r"[^\n]*\b(?:PICC|TPN|(?:short|small) (?:gut|bowel)|enteral))"
)
_TEST = r"\b(?:pregnancy test|UPT|UPreg|U-?hCG|(?:urine |serum |beta[- ]|β-?|b-?)?hCG)\b"
_TEST_ZH = r"[尿血]?(?:β-?)?HCG(?:检[查测]|试验|定性)?[:：为呈]?\s?"
_PREGNANT = re.compile(
    rf"(?P<stated>{_STATED})|(?P<birth>{_BIRTH})|(?P<loose>{_LOOSELY})|(?P<labour>{_LABOUR})|(?P<PN>{_PN})|"
    r"(?<!not )(?<!n't )\b(?:pregnant\b(?! before)|weeks? of gestation|weeks?' gestation|gravid\b)|"
    rf"(?P<test>{_TEST}(?:\+(?=\W|$)| ?:? (?:is |was |came back )?(?:positive|pos\b|\+ve))|"
    rf"(?:positive|pos|\+ve) (?:urine |serum )?{_TEST}|{_TEST_ZH}(?:阳性|[（(]\s?\+{{1,3}}\s?[)）]))|"
    r"(?<!未)怀孕(?![\d一二三四五]*次|过|史|时)|妊娠试验阳性",
    re.IGNORECASE,
)
_NUMBER_OF = re.compile(r"(?<![A-Za-z\d+])(?P<n>\d{1,2})[+\d/ -]{0,5}(?P<unit>w|m|周|/40|(?<=/)40|$)", re.IGNORECASE)
AFTER_BIRTH = 43
"""The week given to a patient who recently gave birth: more than any pregnancy has."""
IN_LABOUR = 44
"""The week given to a patient in labour where none is stated."""
_WEEKS_IN_A_MONTH = 4.35
_MENOPAUSE = 45  # years
_BY_SEX = ("test", "loose", "labour", "PN")
"""Groups that mean something else in a man."""
_OBSTETRIC = re.compile(r"胎[心动位儿]|宫缩|宫口|产检|孕妇|孕\d|早孕|阴道流液")
_CHILDHOOD = 10  # years; below, a pregnancy in the note is the mother's
_OF_A_CHILD = re.compile(
    r"\b(?:born|newborn|neonate|infant|baby)\b|\b(?:miscarr\w+|abort\w+|stillb\w+|lost|loss|previous|prior)\b[^,;]*$",
    re.IGNORECASE,
)
"""Words before the weeks of gestation at which a child was born, or an earlier pregnancy ended."""
_OF_ANOTHER_TIME = re.compile(
    rf"\b(?:{_WHO_IS_BORN}|ex|son|daughter|DOL|D(?:ay)? ?\d+|NICU|SCBU|VA|vision|visual|acuity|eye|O[DSU]|scor\w*|MMSE|"
    r"MoCA|CKD|PHQ|BP|pO2|pCO2|sats?)\b|"
    r"\b(?:deliver\w*|LSCS|C/?S|section|[NS]VD|birth|IUD|IUFD|TOP|miscarr\w*|loss|lost|last|previous|prior|prev|since|until|"
    r"(?:booked|booking|scan(?:ned)?) (?:at|@)|took|taken|tablets?|tear|MRC|Boston|strength|ODI|DASH|Barthel|FEV1|"
    r"gas transfer|for|from|to)\b[^,;]*$",
    re.IGNORECASE,
)
"""Words before weeks that are not of this pregnancy, or before something else than weeks."""
_OF_A_BABY = re.compile(  # opens a note in which labour and delivery were the mother's
    r"\A\W*(?:newborn|neonate|infant|baby(?= (?:boy|girl|of|D\d|\d)|[,:;]))\b(?![^.\n]{0,40}\bm(?:other|um|om)\b)",
    re.IGNORECASE,
)
_OF_AN_EARLIER_BIRTH = re.compile(
    r"\b(?:last|previous|prev|prior|earlier|first) (?:pregnanc|deliver|birth|child|baby|labour)\w*[^.;]*$|"
    "(?:[前上首]次|[头上]胎|第[一二三]胎)[^。；]*$|(?:既往|曾)[^。；，]*$",
    re.IGNORECASE,
)
_OF_ANOTHER_LABOUR = re.compile(r"\b(?:assist\w*|attend\w*|wife|partner|mat(?:ernal)?)\b[^.;,]*$", re.IGNORECASE)
_OF_A_BABY_ZH = re.compile(  # opens a note in which weeks are those at birth
    r"(?:\A[^，。；\n孕产娩母]{0,10}?(?:患儿|新生儿(?!科)|足月儿|早产儿|过期产儿|[男女]婴)(?![^，。；\n]{0,4}史)|"
    r"[。\n:：][ \t]*患儿)"
    r"(?![^。\n母]{0,12}\d\d岁)"
)
_NOT_NOW = re.compile(
    r"\b(?:never|den(?:y|ies|ied|ying)|born|delivered|delivery|to (?:become|get|fall)|"
    r"(?:being|becoming|getting)|when (?:she (?:was|got) |last |previously )?)(?:\s\w+){0,3}\s*$|"
    r"(?:准备|计划|打算|想|希望|尝试|试图|从未|没有?|不可能|否认|备)(?:再次)?$|"
    r"(?:是不是|会不会|是否|有没有|有无|可能|担心|怀疑|以为|怕|万一|如果|若)(?:又|是|已|自己|再次)*$",
    re.IGNORECASE,
)
"""Words before a pregnancy that is denied, doubted, wished for, or over."""
_NOT_PREGNANT = re.compile(
    rf"\bnot pregnant\b|\bisn't pregnant\b|{_TEST} ?:? (?:is |was |came back )?(?:negative|neg\b|-ve)|"
    rf"(?:negative|neg|-ve) (?:urine |serum )?{_TEST}|"
    rf"(?<!从)未怀孕|妊娠试验阴性|{_TEST_ZH}(?:阴性|[（(]\s?[-−]\s?[)）])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Person:
    """What a note says about the patient.

    Attributes:
        age_years: the first age stated, 0 to 130; None without one.
        sex: stated after the age, in a field or as a title; otherwise by the words of the first sentence, if all are of
            one sex, except for people whom the patient meets; otherwise by "he" or "she", if they can be nobody else.
        pregnant: None if nothing says so; True also for six weeks after giving birth.
        gestation: completed weeks if stated, otherwise :data:`AFTER_BIRTH` after a birth, :data:`IN_LABOUR` in labour.
    """

    age_years: float | None
    sex: Sex
    pregnant: bool | None
    gestation: int | None = None


def read_person(text: str) -> Person:
    """Reads the beginning of a note for age and sex, and all of it for pregnancy."""
    text = plain(text)
    age, match = read_age(text)
    told = _told(text, age, match) or _called(text, age) or _by_pronoun(text)
    male, female = told is Sex.MALE, told is Sex.FEMALE
    is_child = age is not None and age < _CHILDHOOD
    is_old = age is not None and age >= _MENOPAUSE
    pregnant, gestation = None, None
    if not is_child:
        pregnant, gestation = _pregnancy(text, by_test=female or not male, is_old=is_old)
    female = female or pregnant is True
    sex = Sex.UNKNOWN if male is female else Sex.MALE if male else Sex.FEMALE
    return Person(age, sex, pregnant, gestation)


def _told(text: str, age: float | None, stated: re.Match[str] | None) -> Sex | None:
    """Sex by the letter or noun after the patient's age, a field, a word for a parent, or a title."""
    if stated and (letter := stated["sex_first"] or _sex_behind(text, stated.end())):
        return Sex.MALE if letter == "M" else Sex.FEMALE
    if stated and (word := stated["sex_word"] or stated["sex_kin"]):
        return Sex.MALE if word.lower() in ("male", "boy", "son") else Sex.FEMALE
    if stated and (noun := _NOUN.match(text, stated.end())) and not is_of_another(stated):
        return Sex.MALE if noun["male"] else Sex.FEMALE
    if stated and (told := _at_age(text, stated)):
        return told
    for field in _FIELD.finditer(text, 0, 500):
        before = text[text.rfind("\n", 0, field.start()) + 1 : field.start()]
        if _OWN_FIELD.fullmatch(before) and not _OF_ANOTHER.search(before, before.rfind(". ") + 1):
            return Sex.MALE if field["male"] or field["male_zh"] else Sex.FEMALE
    for start, end in described_places(text, age, stated):
        if "parent" not in (words := text[start:end].lower()):
            return Sex.FEMALE if _MOTHER.search(words) else Sex.MALE
    if called := _TITLED_ZH.search(text):
        return Sex.MALE if called["male"] else Sex.FEMALE
    titled = stated if stated and stated["title"] else _TITLED.search(text, 0, 300)
    if titled:
        return Sex.MALE if titled["title"].lower() == "mr" else Sex.FEMALE
    return None


def _sex_behind(text: str, place: int) -> str:
    """The letter for the patient's sex behind an age: "58M"; empty without one."""
    letter = _SEX_LETTER.match(text, place)
    return letter[1] if letter else ""


def _at_age(text: str, age: re.Match[str]) -> Sex | None:
    """Sex by the word right before or after the patient's age, in any sentence."""
    start = max(0, age.start() - 20)
    if is_of_another(age) or _KIN_ZH.search(text, start, age.start()):
        return None
    told = _BEFORE_AGE.search(text[start : age.start()]) or _AFTER_AGE.match(text, age.end())
    return None if told is None else Sex.MALE if told["male"] else Sex.FEMALE


def _called(text: str, age: float | None) -> Sex | None:
    """Sex by the words of the first sentence, if they are of one sex and no one else's, or by childbearing."""
    opening = re.split(r"(?<!\.[a-z])[.!?。]\s", text[:400], maxsplit=1)[0]
    male, female = (
        any(not _WHO_IS_MET.search(opening, 0, word.start()) for word in words.finditer(opening))
        for words in (_MALE, _FEMALE)
    )
    if age is not None and age >= _CHILDHOOD and not female and _BEARS.search(text, 0, 500):
        return Sex.FEMALE
    return None if male is female else Sex.MALE if male else Sex.FEMALE


def _by_pronoun(text: str) -> Sex | None:
    """Sex by "he" or "she", where the note has only one of them, before it names another person of that sex."""
    words = list(_HE_OR_SHE.finditer(text))
    told = {Sex.MALE if word["male"] else Sex.FEMALE for word in words}
    if len(told) != 1:
        return None
    (sex,) = told
    return None if (_MEN if sex is Sex.MALE else _WOMEN).search(text, 0, words[0].start()) else sex


def baby_place(text: str) -> int:
    """Offset where a Chinese text names a baby as its patient (later weeks are those at birth), or the text's end."""
    baby = _OF_A_BABY_ZH.search(text)
    return baby.start() if baby else len(text)


def _pregnancy(text: str, by_test: bool, is_old: bool) -> tuple[bool | None, int | None]:
    """Whether the patient is pregnant now, and the week. A denial leaves it open; a test or "not pregnant" decides.

    With ``by_test`` a test also shows it; in a man it marks a tumor. If ``is_old``, weeks without a period count as
    pregnancy only if something else suggests one.
    """
    if _NOT_PREGNANT.search(text):
        return False, None
    places = [place for place in _PREGNANT.finditer(text) if by_test or not any(map(place.group, _BY_SEX))]
    if not (_A_WOMAN.search(text) or _BEARS.search(text)):
        places = [place for place in places if not place["loose"]]
    if is_old and not _OBSTETRIC.search(text):
        places = [place for place in places if not place[0].startswith("停经")]
    said = contexts(text, [place.span() for place in places])
    pregnant, gestation, in_labour, gave_birth = None, None, None, False
    baby = baby_place(text)
    for place, context in zip(places, said, strict=True):
        before, _ = sentence_around(text, *place.span())
        counted = {Assertion.PRESENT, Assertion.HISTORICAL}
        if any(map(place.group, ("stated", "birth", "loose", "PN"))):
            counted.add(Assertion.NEGATED)  # nobody denies a number: "no bleeding, 34 weeks pregnant"
        if is_old and (place["loose"] or place["PN"]):
            continue
        of_another = place["stated"] and _OF_A_CHILD.search(before)
        of_another = of_another or ((place["stated"] or place["birth"]) and baby < place.start())
        of_another = of_another or (place["loose"] and _OF_ANOTHER_TIME.search(before))
        of_another = of_another or ((place["birth"] or place["labour"]) and _OF_A_BABY.search(text))
        of_another = of_another or (place["birth"] and _OF_AN_EARLIER_BIRTH.search(before))
        of_another = of_another or (place["labour"] and _OF_ANOTHER_LABOUR.search(before))
        if context.assertion in counted and not context.is_past and not _NOT_NOW.search(before) and not of_another:
            pregnant, gestation = True, gestation or _weeks(place)
            in_labour = in_labour or (IN_LABOUR if place["labour"] else None)
            gave_birth = gave_birth or place["birth"] is not None
    return pregnant, AFTER_BIRTH if gave_birth else gestation or in_labour  # weeks are then those at the birth


def _weeks(place: re.Match[str]) -> int | None:
    if place["birth"] or place["PN"]:
        return AFTER_BIRTH
    number = _NUMBER_OF.search(place["stated"] or place["loose"] or "")
    if number is None:
        return None
    return int(float(number["n"]) * (_WEEKS_IN_A_MONTH if number["unit"].lower() == "m" else 1))
