"""People around the patient who are ill with what passes from one to another: "brother has chickenpox", "TB contact",
"家中多人腹泻"."""

import re
from collections.abc import Iterator

from ...codes import code_of
from ..scan import PatternScan

_CONTACT = code_of("R1:0169 Contact with the same illness")
_DISEASE = (
    r"(?:tuberculosis|(?-i:TB)|chicken ?pox|varicella|shingles|measles|rubella|mumps|flu|influenza|covid(?:-19)?|"
    r"(?:bad )?cold(?! sore)|coryza|bronchiolitis|croup|whooping cough|pertussis|gastroenteritis|(?:stomach|tummy) bug|"
    r"norovirus|scabies|conjunctivitis|pink ?eye|strep throat|(?:strep\w* )?(?:pharyngitis|tonsillitis)|"
    r"scarlet fever|hand,? foot,? (?:and|&) mouth(?: disease)?|impetigo|ringworm|(?:head ?)?lice|worms|threadworms?|"
    r"glandular fever|mono(?:nucleosis)?|slapped cheek|mening(?:itis|ococc\w+)|hepatitis A|(?-i:HFMD|URTI?|D&V))"
)
_SYMPTOM = (  # not fever alone, which a mother may have had when she gave birth
    r"(?:(?:an? )?(?:(?:the )?same|similar|itchy) (?:itchy )?(?:symptoms|rash|illness|lesions|spots)|itching|vomiting|"
    r"diarrh?o?ea(?: and vomiting)?|(?:a )?(?:cough|sore throat|runny nose|fever and (?:cough|rash|diarrh?o?ea)))"
)
_WHO = (  # a child, son or daughter may be the patient
    r"(?:(?:older|younger|big|little|twin|step) ?)?(?:brothers?|sisters?|siblings?|cousins?|mother|father|mum|mom|dad|"
    r"parents|children|kids|uncle|aunt(?:ie|y)?|wife|husband|spouse|partner|(?:boy|girl)friend|(?:room|house|flat|class|team|cell)mates?|"
    r"co-?workers?|colleagues?|friends?|neighbou?rs?|grand(?:mother|father|ma|pa)|(?:family|household) members?)"
)
_IS = (
    r"(?: (?:at home|at (?:school|nursery|work|daycare)|in the (?:house|household|room)))?"
    r"(?: (?:also|all|both|who|has|have|is|are|with|just|now|currently|recently|had|got|was|were|being|been|an?|active|"
    r"pulmonary|open|recovering from|treated for|tested positive for|diagnosed with|came down with|off (?:sick )?with)"
    r"){1,5} "
)
_NOW = (
    r"(?![^.;\n]{0,40}\b(?:years? ago|as an? (?:child|teenager)|died|aged?|during|in (?:(?:his|her|their) \w+ties|"
    r"childhood|infancy|(?:19|20)\d\d|(?:early )?pregnancy|labou?r))\b)"
)
_SUCH = (
    r"(?: (?:an?|the|of|someone|somebody|people|persons?|patients?|children|case|known|active|confirmed|open|pulmonary|"
    r"smear|positive|with|who|has|had|have|relative|friend|family|member|colleague|neighbou?r)){0,8}"
)
_DISEASE_ZH = (
    r"(?:(?:肺|活动性)?结核|水痘|带状疱疹|麻疹|风疹|流行性腮腺炎|腮腺炎|流感|甲流|新冠|感冒|百日咳|肠胃炎|胃肠炎|诺如|疥疮|"
    r"结膜炎|红眼病|猩红热|手足口病?|脓疱疮|脑膜炎|甲肝)"
)
_WHO_ZH = (
    r"(?:(?:父亲?|母亲?|爸爸?|妈妈?|哥哥?|弟弟?|姐姐?|妹妹?|爷爷|奶奶|外公|外婆|丈夫|妻子|爱人|配偶|其[妻夫父母子女兄姐弟妹]|室友|舍友|同学|同事|"
    r"家人|家里?中?有人|幼儿园)[^，。；;\n史]{0,6}?(?:[也均都]?有|也|均|都|患有?|得了?|出现|感染|确诊)|"
    r"(?:家里?中?|班[上里]?)(?:多|数|几|[两三四五])[人名])"
)
_PATTERNS = (
    rf"\b{_WHO}{_IS}(?:{_DISEASE}|{_SYMPTOM})\b(?: too| as well)?{_NOW}",
    rf"\b(?:contact with|exposed to|exposure to){_SUCH} {_DISEASE}\b(?! vaccine){_NOW}",
    rf"\b{_DISEASE} (?:contacts?|exposure)\b(?! (?:tracing|precautions)){_NOW}",
    r"\b(?:sick|ill) contacts?\b",
    rf"{_WHO_ZH}[^，。；;\n史]{{0,4}}?(?:{_DISEASE_ZH}|咳嗽|发[热烧]|腹泻|呕吐|皮疹|瘙痒|类似症状|同样症状)(?!病?史)",
    rf"{_DISEASE_ZH}(?:患者|病人|患儿)?(?:密切)?接触史|(?:密切)?接触过?(?:[^，。；;\n]{{0,6}}?){_DISEASE_ZH}(?:患者|病人|患儿)",
)
_SCAN = PatternScan([re.compile(pattern, re.IGNORECASE) for pattern in _PATTERNS])


def ill_contacts(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of each, and the code of the contact."""
    return ((*match.span(), _CONTACT) for _, match in _SCAN.find(text))
