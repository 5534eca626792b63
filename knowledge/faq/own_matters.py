"""Requests for what became of the customer's own contract or claim, order or application, which only the account tells.

The rules for accounts beside the critical topics are about money and appointments; these are about whatever runs
between a customer and a company.
"""

import re
import unicodedata

from ..retrieval.language import simplified
from .critical_topics import CriticalTopics

_MATTER = (
    r"(?:\w+ ){0,2}(?:policy|policies|claims?|application|order|parcel|package|delivery|refund|case|ticket|repair"
    r"|contract|subscription|membership|renewal)"
)
_LASTS = r"(?:\w+ ){0,2}(?:policy|contract|subscription|membership)"
_PLEASE = (
    r"(?:(?:please|pls|kindly|(?:can|could|would|will) you|hi|hello|hey|ok(?:ay)?|i (?:want|need) to|id like to)"
    r"[ ,.!]+)*"
)
_END = r"(?:right now|now|at the moment|yet|today|please|pls|thanks|thank you|[ ,.!?])*$"

_事 = (
    r"(?:保单|保险(?!公司|条款|产品)|[车寿意重]险|医疗险|险种|理赔|赔款|赔付|保险金|案子|案件|报案|报的案|保费|合同|申请"
    r"|订单|快递|包裹|退款|工单|维修|寄修|保全|会员|套餐|话费|流量|积分|预约|预订)"
)
_字 = r"[^，。！？,.!?]"
_请 = (
    r"(?:你好|您好|喂|嗯|那个|你|您|请问|请|麻烦|劳烦|能不能|能否|能|可不可以|可否|可以|我?想要?|我要"
    r"|[，,。！!？? ])*"
)
_帮我 = r"(?:[帮替给为]我|帮忙)"
_查 = r"(?:查询|查看|查|看)(?:一?[下查看]|到)?[，, ]*"
_我的 = r"我(?:的|名下的?|买的|投的|办的)"
_何时 = r"(?:什么时候|几号|哪天|何时|几时|哪一天|多久)"
_尾 = r"(?:了|一下|吧|好吗|可以吗|行吗|谢谢|呗|哈|[，,。！!？? ])*$"

_REQUESTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^{_PLEASE}(?:check|look up|show me|see|view|find) (?:on )?my {_MATTER}{_END}",
        rf"\b(?:status|progress) of my {_MATTER}\b|\bmy {_MATTER} status{_END}",
        rf"\b(?:news|updates?) (?:on|about) my {_MATTER}\b",
        rf"^{_PLEASE}(?:where|how)(?: i|)s my {_MATTER}(?: going| coming along| up to| at)?{_END}",
        rf"^{_PLEASE}(?:(?:do you know|tell me) )?when (?:does|will|did) my {_LASTS} "
        rf"(?:expire|end|run out|start|begin|renew){_END}",
        rf"^(?:is|are|has|was|were|did) my {_MATTER} (?:been |still |already )*"
        rf"(?:active|valid|in force|expired|paid|settled|approved|accepted|rejected|processed|closed|shipped|renewed)"
        rf"{_END}",
        # 理赔到哪一步了, 我的案子现在什么进度
        rf"{_事}[了的]?{_字}{{0,8}}到了?(?:哪(?:一?步|里|儿|个?环节|个?阶段)?|什么(?:进度|环节|阶段|程度|地步))了",
        rf"我(?!们?能|可以|想要?买){_字}{{0,8}}{_事}{_字}{{0,6}}(?:[什啥]么?(?:进度|进展|状态|情况)"
        rf"|(?:进度|进展|状态)(?:是|到|现在|怎么?样|如何|呢|$)|(?:进行|处理|审核|审批|弄|办)[得的]?怎么样)",
        # 帮我查一下我的保单, and whatever else is one's own; a product may be looked at, too.
        rf"^{_请}{_帮我}(?:查询|查看|查)(?:一?[下查看])?我(?:的|名下的?)(?!密码|登录名|用户名)"
        rf"(?!{_字}*(?:[吗么呢几哪谁]|多[少久])){_字}{{1,10}}?{_尾}",
        rf"^{_请}{_帮我}?{_查}{_我的}{_字}{{0,8}}{_事}{_字}{{0,8}}$",
        rf"^{_请}{_帮我}?{_查}(?:我的?)?{_事}的?(?:进度|状态|进展|情况){_尾}",
        # 我的保单什么时候到期, 我的理赔批了吗
        rf"^{_请}{_我的}{_字}{{0,6}}{_事}(?:是|大概|到底|还有)?{_何时}[会能]?(?:到期|过期|生效|失效|截止)",
        rf"^{_请}{_我的}{_字}{{0,6}}{_事}(?:现在|还|已经|是不是)*"
        rf"(?:到期|过期|生效|失效|有效|中止|批|审[批核]?|通过|结案|处理|办|受理|赔|打|交|扣)(?:通过|好|完|掉|下来)?"
        rf"(?:了?吗|了没有?|没有?)[吗呢]?[？?。 ]*$",
        rf"我名下{_字}{{0,8}}(?:几|多少|哪些|什么){_字}{{0,4}}{_事}",
    )
)
# How it is done, on what terms, and what it costs: the FAQ tells.
_QUESTION = re.compile(
    r"\bhow (?:do|can|to|long|much)\b|\bwhere (?:do|can) i\b|怎么(?!样)|怎样|如何(?!了)|在哪|哪里[查看]|多少钱|能不能"
    r"|可不可以|会不会|可以[^，。]*[吗么]|能[^，。]{1,6}[吗么]|需要|要(?:什么|哪些)|为什么|丢|一般|有没有"
)


def concerns_account(rules: CriticalTopics, message: str) -> bool:
    """Whether only the customer's own account can answer: by the rules for money, or because of what runs there."""
    return rules.concerns_account(message) or _asks_of_own(message)


def _asks_of_own(message: str) -> bool:
    plain = re.sub(r"['’]", "", simplified(unicodedata.normalize("NFKC", message)).lower())
    text = " ".join(plain.split())
    return any(pattern.search(text) for pattern in _REQUESTS) and not _QUESTION.search(text)
