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
_PLACES_ZH = (
    r"(?:非洲|东南亚|南亚|南美|加勒比|泰国|越南|老挝|柬埔寨|缅甸|马来西亚|新加坡|印度尼西亚|印尼|印度(?!洋)|巴厘岛|菲律宾|孟加拉|"
    r"斯里兰卡|尼泊尔|巴基斯坦|尼日利亚|肯尼亚|坦桑尼亚|加纳|安哥拉|刚果|埃塞俄比亚|赞比亚|津巴布韦|莫桑比克|乌干达|喀麦隆|几内亚|"
    r"塞拉利昂|利比里亚|马里|苏丹|卢旺达|马达加斯加|巴西|秘鲁|哥伦比亚|委内瑞拉|墨西哥|古巴|海地|多米尼加)"
)
_BACK_ZH = r"(?:旅[游行]|出差|务工|打工|工作|返回|返|回来|回国|回到|归来|归国|探亲|度假|玩)"
_TRAVEL_ZH = re.compile(
    rf"(?:(?:去|到)[过了]{{1,2}}|前往过?|赴){_PLACES_ZH}|[去到从自在]{_PLACES_ZH}[^，。；;\n]{{0,6}}?{_BACK_ZH}"
)
_TRAVEL = re.compile(rf"\b(?i:{_JOURNEY}) {_BETWEEN}(?:{_PLACES})(?![\w-])")
_SCAN = PatternScan([_TRAVEL, _TRAVEL_ZH])


def tropical_travel(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of a journey to a tropical place, and its code."""
    for _, match in _SCAN.find(text):
        yield *match.span(), _TROPICS
