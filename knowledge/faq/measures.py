"""Short messages that only ask how much or how long, and answers that say it."""

import re

from ..retrieval.language import simplified
from ..retrieval.lexical import content_words

_OPENING = re.compile(
    r"^(?:(?:and|so|but|also|then|well|ok(?:ay)?)\b[\s,]*"
    r"|(?:那么?|然后|还有|请问|[这那]个|它|大概|大约|一般|通常|总共|一共)[，, ]*)+",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:\s+(?:then|though|please|roughly|about|usually|normally|in total|for (?:it|that|this|me)|now|again)\b"
    r"|[呢啊呀哦吖])+$",
    re.IGNORECASE,
)
_MARKS = " ,.!?，。！？"
_IT = "(?:it|that|they|this)"
_EACH = r"(?:per [a-z]+|(?:an?|each|every) (?:night|day|week|month|year|hour|time|go|visit|person|head)|each|apiece)"
_EACH_CHINESE = r"[一每]个?(?:晚上?|[天夜次月年周位人斤件份张只台辆间杯]|公斤|小时)"
_HOW_MUCH = re.compile(
    rf"how much(?: (?:is|are|does|do|will|would)(?: {_IT})?(?: costs?| be)?)?(?: {_EACH})?"
    rf"|(?:{_EACH_CHINESE})?(?:(?:需?要|得)?花?多少钱|(?:得花|需?要)?几(?:块|多)?钱)(?:{_EACH_CHINESE})?|贵[吗么]",
    re.IGNORECASE,
)
_FEE = r"(?:costs?|prices?|fees?|charges?)"
_PRICE = re.compile(
    rf"(?:what|how much) (?:does|do|will|would) (?:{_IT}|i|you|we) (?:costs?|charge|pay)"
    rf"|(?:is|are|will|would) (?:{_IT}|there)(?: be)?(?: an?| any)? (?:{_FEE}|free(?: of charge)?|expensive)"
    rf"|(?:does|do|will|would) (?:{_IT}|i|you|we)(?: (?:have|need) to| get)? (?:costs?|pay|charged?)"
    r"(?: (?:anything|something|money|an?y? (?:fee|charge)|me))*"
    r"|(?:will|would|do) i (?:be|get) charged(?: anything)?|how expensive(?: (?:is|are) (?:it|that|they|this))?"
    rf"|any {_FEE}|free(?: of charge)?"
    r"|(?:需?要|用|得|会)(?:不[需要用得会])?(?:另外|额外)?(?:花|付|交|收|给)?(?:钱|费用?|手续费)[吗么]?"
    r"|(?:花|付|交|收)(?:不[花付交收])?(?:钱|费用?|手续费)[吗么]?"
    r"|(?:需?要|得|会)?(?:花|付|交|收)?多少(?:费用?|手续费)|(?:是)?(?:不是)?免费的?[吗么]?|有没?有?(?:费用|手续费|收费)[吗么]?",
    re.IGNORECASE,
)
# These name something, so that they can also be searched for alone.
_PRICE_NAMED = re.compile(
    rf"(?:what(?:['’]?s| is| are)? |what about |how about )?(?:the |an? )?{_FEE}"
    r"|(?:收费|费用|手续费|价格|价钱)(?:是?多少|怎么[算收])?",
    re.IGNORECASE,
)
_HOW_LONG = re.compile(
    rf"how (?:long|soon|fast|quick(?:ly)?)(?: (?:is|are|does|do|will|would|can)(?: {_IT})?"
    r"(?: (?:take|be|happen|arrive|work|go|be (?:done|ready|finished)))?)?"
    rf"|how many (?:minutes|hours|days|weeks|months)(?: (?:is {_IT}|(?:does|do|will|would) {_IT} take))?"
    rf"|how much time(?: (?:does|do|will|would) {_IT} take)?|how long (?:do|will|must|should) i (?:have to )?wait"
    rf"|how long until {_IT}(?:s|['’]s| is) (?:done|ready|finished|completed?|there)"
    rf"|when (?:is|are|will|does|do|would) {_IT} (?:be )?(?:done|ready|finished?|completed?"
    r"|happen|arrive|come|get (?:here|there|done))"
    r"|does (?:it|that|this) take long|(?:what(?:['’]?s| is) )?the wait(?:ing time)?"
    r"|(?:(?:需?要|得|还要)?(?:等|花|用)?(?:多久|多长时间|几天|多少天|几个?(?:小时|星期|周|月)|多少时间))"
    r"(?:[才先]?(?:能|会|可以)?(?:收到|到账?|到|办?好|办?完|办成|完成|弄好|搞定|下来|生效|行|得))?了?"
    r"|(?:什么时候|何时)[才先]?(?:能|会|可以)?(?:收到|到账?|到|办?好|办?完|办成|完成|弄好|搞定|下来|生效|行|得)|[要会]很?久[吗么]",
    re.IGNORECASE,
)
_WHAT_TO_DO = re.compile(
    r"(?:现在|[我咱]们?)*(?:应?该|要|得|能|可以)?(?:怎么|怎样|咋|如何)(?:办理?|做|弄|操作|处理)(?:才?好)?"
    r"|(?:[你您]们?)(?:打算|准备|要|会)(?:怎么|怎样|咋|如何)(?:办|做|弄|处理|解决)"
    r"|(?:and |so )?what (?:are|r|will) (?:you|u)(?: guys| people)? (?:(?:going to|gonna) )?(?:do|doing)"
    r"(?: about (?:it|this|that))?(?: (?:now|then))?",
    re.IGNORECASE,
)
_NONE_DUE = (
    r"(?<!feel )(?<!toll[ -])(?<!-)\bfree\b(?! (?:to|space|of (?!charge))\b)"
    r"|\bn(?:o|['’]t|ot) charge\b|\bcosts? nothing\b"
    r"|\b(?:no|without(?: an?y?)?|not? any|never an?y?) (?:\w+ )?(?:fees?|charges?|cost)\b"
    r"|免费|不收(?:取)?(?:任何)?(?:费|手续费|钱)|免收?手续费"
    r"|(?:无需?|没有|不需?要?)(?:任何)?(?:手续费|费用|付费|收费|花钱|付钱|交费)"
)
_SUM = r"(?:[£$€¥]\s?\d|\d\s?(?:%|pounds?\b|dollars?\b|euros?\b|[美欧日港]?元|块|英?镑))"
_AMOUNT = re.compile(rf"{_SUM}|{_NONE_DUE}", re.IGNORECASE)
_PAID = r"(?:\b(?:fees?|charged?s?|costs?|prices?)\b|费(?!限额)|收(?![款到件入])|价)"
_PRICE_TOLD = re.compile(rf"{_NONE_DUE}|{_PAID}.*{_SUM}|{_SUM}.*{_PAID}", re.IGNORECASE)
# Not opening or starting times, or dates: "24 hours a day", "the first 24 hours", 3月5日前.
_DURATION = re.compile(
    r"(?<!first )(?<!first \d)\d\s?(?:working |business )?(?:minute|hour|day|week|month)s?\b(?! an? (?:day|week))"
    r"|(?<!后的 )(?<!后的)(?<!后的 \d)(?<!后的\d)"
    r"\d\s?个?(?:工作日|天|周|星期|小时(?!(?:客服|热线|服务|营业|开放|在线))|分钟)|\d\s?个月"
    r"|(?<!月)(?<!月\d)\d\s?日[内后]|[至到~–-]\s?\d{1,2}\s?日",
    re.IGNORECASE,
)
# Other meanings of a part with a measure: a penalty, a deadline, a validity, a condition.
_OTHERWISE = re.compile(
    r"\b(?:late|missed|valid|dated|last(?! (?:document|paper|form)s?\b)|who confirms?"
    r"|lock\w*|logged|supported|before|ahead|claim|please|wait|if|ask|interest|due"
    r"|you have|open 24)\b|\bfor (?:up to |the |about )?\d|\d\s?(?:days?|months?) after\b"
    r"|逾期|有效|锁|近|满|前|请|等待|须在|如果?|利息|24 ?小时|取消|撤销|退出|支持",
    re.IGNORECASE,
)
# Which has no other meaning if the question is about the wait.
_WAIT = re.compile(r"(?:\bplease )?\bwait\b|请?等待?", re.IGNORECASE)
_PARTS = re.compile(r"(?<=[.!?;:])\s+|[。！？；：\n]|[,，]\s*")
_Measures = tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
_BARE: _Measures = ((_HOW_MUCH, _AMOUNT), (_PRICE, _PRICE_TOLD), (_HOW_LONG, _DURATION))
_OF_WHAT_WAS_TOLD: _Measures = (
    (_HOW_MUCH, _PRICE_TOLD),
    (_PRICE, _PRICE_TOLD),
    (_PRICE_NAMED, _PRICE_TOLD),
    (_HOW_LONG, _DURATION),
)


def is_bare(message: str) -> bool:
    """Whether a message names nothing: ``how long?``, ``and why?``, ``可以吗``."""
    asked = _barely(message)
    return any(ask.fullmatch(asked) for ask, _ in _BARE) or not content_words(asked)


def names_nothing(message: str) -> bool:
    """Like :func:`is_bare`, also for one that only asks what to do: ``怎么办``, ``what are you going to do``."""
    return is_bare(message) or bool(_WHAT_TO_DO.fullmatch(_barely(message)))


def asks_measure(message: str) -> bool:
    """Whether a message only asks how much or how long: ``how long?``, ``and the fee?``."""
    asked = _barely(message)
    return any(ask.fullmatch(asked) for ask, _ in _OF_WHAT_WAS_TOLD)


def measured_subject(question: str) -> str:
    """What a question asks how much or how long of, if it ends with that: 汇款 in 汇款要多少钱; otherwise empty."""
    asked = _barely(question)
    found = (each for ask, _ in _OF_WHAT_WAS_TOLD for each in ask.finditer(asked) if each.end() == len(asked))
    subject = asked[: min((each.start() for each in found), default=0)]
    return subject if content_words(subject) else ""


def is_measured_by(message: str, answer: str) -> bool:
    """Whether a message only asks how much or how long, and an answer says it: ``7 to 10 days``."""
    return _tells(_BARE, message, answer)


def is_told_by(message: str, told: str) -> bool:
    """The same for the answer just given: ``the fee?`` refers to its subject, and a limit is not a price."""
    return _tells(_OF_WHAT_WAS_TOLD, message, told)


def _tells(measures: _Measures, message: str, answer: str) -> bool:
    asked = _barely(message)
    given = _WAIT.sub("", simplified(answer)) if _WAIT.search(asked) else simplified(answer)
    parts = [part for part in _PARTS.split(given) if not _OTHERWISE.search(part)]
    return any(ask.fullmatch(asked) and any(map(tells.search, parts)) for ask, tells in measures)


def _barely(message: str) -> str:
    text = _OPENING.sub("", simplified(message).strip(_MARKS))
    return _CLOSING.sub("", text).strip(_MARKS) or text
