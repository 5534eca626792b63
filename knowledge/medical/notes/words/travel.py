"""Travel to the tropics: ``returned from Ghana``, ``a 3-week visit to his family in rural Nigeria``."""

import re
from collections.abc import Iterator

from ...codes import code_of
from ..scan import PatternScan

_TROPICS = code_of("R1:0160 Recent travel to the tropics")
_PLACES = (
    r"(?:(?:sub-?Saharan|West|East|Central|South(?:ern)?|tropical) )?Africa|(?:South-?(?: ?East)?|Southeast) Asia|"
    r"(?:Central|South|Latin) America|the (?:Caribbean|Amazon|tropics|Congo|Philippines|Gambia)|Amazonia|"
    r"Angola|Bangladesh|Belize|Benin|Bolivia|Botswana|Brazil|Burkina Faso|Burma|Burundi|Cambodia|Cameroon|Colombia|"
    r"Congo|Costa Rica|Cuba|(?:the )?Dominican Republic|Ecuador|El Salvador|Eritrea|Ethiopia|Fiji|Gabon|Ghana|"
    r"Goa|Guatemala|Guinea|Guyana|"
    r"Haiti|Honduras|India|Indonesia|Bali|Ivory Coast|Jamaica|Kenya|Laos|Liberia|Madagascar|Malawi|Malaysia|"
    r"Borneo|Mali|"
    r"Mauritania|Mexico|Mozambique|Myanmar|Namibia|Nepal|Nicaragua|Nigeria|Pakistan|Panama|Papua New Guinea|"
    r"Peru|Philippines|"
    r"Puerto Rico|Rwanda|Senegal|Sierra Leone|Singapore|Somalia|South Sudan|Sri Lanka|Sudan|Tanzania|Zanzibar|Thailand|"
    r"Togo|Uganda|Venezuela|Vietnam|Yemen|Zambia|Zimbabwe"
)
_JOURNEY = (
    r"(?:return(?:s|ed|ing)?|(?:just |recently |came |come |comes |got |flew |arrived )?back|came home|flew in|"
    r"arrived) from|"
    r"(?:trip|visit|safari|journey|expedition|travel(?:s|led|ed|ling|ing)?|flew|been|went|mission|deploy(?:ed|"
    r"ment)) to|"
    r"visit(?:ed|ing)|(?:holiday|vacation|honeymoon|safari|backpack(?:ed|ing)|travel(?:s|led|ed|ling|ing)?|stay(?:ed)?|"
    r"worked|working|volunteer(?:ed|ing)) (?:in|through|around)"
)
_BETWEEN = r"(?:(?!(?:and|but|by|who|whose|where|no|not|never)\b)[\w'-]+ ){0,7}?"
_TRAVEL = re.compile(rf"\b(?i:{_JOURNEY}) {_BETWEEN}(?:{_PLACES})(?![\w-])")
_SCAN = PatternScan([_TRAVEL])


def tropical_travel(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of a journey to a tropical place, and its code."""
    for _, match in _SCAN.find(text):
        yield *match.span(), _TROPICS
