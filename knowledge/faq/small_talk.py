"""Messages that ask nothing of an FAQ: hello, thanks and good-bye, whom one is talking to, and that it did not help."""

import re
from typing import Literal

from ..retrieval.language import simplified
from .followup import is_fragment

SmallTalk = Literal["greeting", "thanks", "goodbye", "machine", "unhelpful", "yes"]
"""``greeting`` is also "how are you", ``thanks`` an "ok", ``machine`` asks who answers or for a joke, ``unhelpful``
says that nothing before was of help, ``yes`` takes what was offered."""

_HELLO = (
    r"(?:hi|hiya|hello|hey|howdy|greetings|good (?:morning|afternoon|evening|day))"
    r"(?: (?:there|team|again|bot|all|everyone|guys|sir|madam))?"
    r"|how (?:are|r) (?:you|u|things)(?: (?:doing|today|going))*|hows (?:it going|things|life|your day(?: going)?)"
    r"|whats up|how do you do|(?:its )?(?:nice|great|good|pleased|lovely) to (?:meet|see) you(?: too)?"
    r"|[你您](?:最近|今天)?还?好[吗么]|[你您]?(?:最近|近来)(?:过得)?还?(?:怎么样|好[吗么]|如何|可好)|很?高兴(?:认识|见到)[你您]"
    r"|你好|您好|早上好|上午好|中午好|下午好|晚上好|早安?|哈[喽啰罗]|嗨|在[吗么嘛]|在不在"
    r"|(?:please )?(?:can you )?help(?: me)?(?: please)?"
    r"|i (?:need (?:some |your )?help|have an?(?: quick|other)? (?:question|problem))"
    r"|(?:just )?one more (?:thing|question)"
    r"|帮帮?我|我?(?:需要|想要)帮[助忙]|我?还?(?:有(?:一?个)?|想问(?:一?个)?|想咨询(?:一?个)?)(?:问题|事)"
)
_FRIENDLY = "亲(?:爱的)?|小姐姐|小哥哥|[呀啊哈哦喔]"
_THANKS = (
    r"(?:many |no )?thanks(?: a (?:lot|bunch|million))?|thank (?:you|u)|thankyou|thx|ty|cheers|ta|3[qx]"
    r"|ha(?: ?ha)+h?|lol"
    r"|(?:much )?appreciated|i appreciate (?:it|that|your help)"
    r"|(?:that|this|it|you)(?: ha(?:s|ve))?(?: (?:really|just))? helped(?: (?:me|a lot))?|(?:that|this|it) worked"
    r"|(?:that|this|it) (?:was|is) (?:very |really |so )?(?:helpful|useful|clear|great|perfect|brilliant)"
    r"|youve been (?:very |so |really )?(?:great|helpful|kind)"
    r"|thats (?:all|it|great|perfect|fine|good|helpful|brilliant)"
    r"|okay|kk?|great|perfect|brilliant|awesome|excellent|super|cool|nice|lovely|wonderful|alright|all right|fine"
    r"|never ?mind|nvm|forget (?:it|about it)"
    r"|got it|understood|i see|makes sense|will do|no problem|all good|sorted|nothing else|no more questions"
    r"|[太真]?(?:谢谢|感谢|多谢|谢了)[你您啦了]?们?|辛苦[你您]?了|麻烦[你您]了|好[的吧嘞滴哒呢]?|哈{2,}|行[的吧]?|可以了?"
    r"|嗯+|哦+|噢|ok的?|明白了?|知道了|了解了?|懂了|清楚了|收到|(?:问题)?(?:解决|搞定)了?|没事了|没问题了?"
    r"|不用了|算了吧?|没有了|就这样吧?|太好了|太棒了|真棒"
)
_GOODBYE = (
    r"good ?bye|bye(?: ?bye)?|see (?:you|ya)(?: (?:later|soon))?|take care|good ?night"
    r"|have a (?:nice|good|great|lovely) (?:day|one|evening|weekend)|再见|拜拜?|回头见|晚安"
)
_FILLING = (
    r"so much|very much|a lot|again|mate|love|guys|then|now|so|very|really|and|oh|ah|yes|no|youre welcome"
    r"|for (?:your|the|that|this|all your) help|for that|to you(?: too)?|你|您|了|啦|呢|非常|十分|那|么么哒"
    rf"|{_FRIENDLY}"
)
_NOT = r"(?:(?:is|was|did|does|do|has|have|are|can)(?:nt| not)|cannot)"
_WANTED = (
    r"(?:what )?(?:i|im|i am|ive|i was) (?:asked|asking|meant|mean|wanted|want|need|needed|looking)(?: (?:about|for))?"
)
_UNHELPFUL = (
    rf"(?:(?:(?:that|this|it|you) )?{_NOT}|(?:youre|thats|its)? ?not)(?: (?:really|even|any|at all|very|so|been))*"
    rf" (?:(?:help|answer|work|listen|understand)\w*|useful|it|right|correct|relevant|good|an answer|{_WANTED})"
    r"(?: (?:me|my (?:question|problem)|at all|to me|anything|either))*"
    r"|(?:(?:it|that|this|its) )?still (?:not working|doesnt work|the same|nothing)|unhelpful|no help(?: at all)?"
    r"|(?:thanks|thank you) for nothing"
    r"|no|nope|nah|(?:(?:you|this|that|it) )?(?:did|does|do|have done) nothing"
    r"|nothing (?:(?:was|has been|is|is being|gets) )?(?:done|happen(?:s|ed|ing)?|work(?:s|ed)|help(?:s|ed))"
    rf"|you {_NOT} (?:do|done) (?:anything|a thing|it|that|this)"
    r"|(?:(?:you|that|this)(?: (?:is|are|re))?|thats|its|youre)?(?: (?:so|just|completely|totally|really|all|an?))*"
    r" ?(?:useless|hopeless|pointless|rubbish|nonsense|ridiculous|stupid|wrong|no use|idiots?)"
    r"(?: (?:answer|bot|chat ?bot|machine|chat|thing))?"
    r"|(?:i(?:ve)? )?already (?:tried|did|done|read|know|knew) (?:that|this|it|them|both|all)"
    r"|(?:i(?:ve)? )?tried (?:that|this|it|them|both|all)(?: of (?:these|those|them|it|that))?(?: already)?"
    r"|(?:none|neither) of (?:these|those|them)"
    r"|(?:(?:i am|im|this is) )?(?:(?:so|very|really|just|absolutely|getting|extremely|pretty|making me) )*"
    r"(?:livid|furious|fuming|angry|annoyed|frustrat(?:ed|ing)|infuriating|annoying|fed up)"
    r"|wtf|fuck(?: (?:you|off|this))?|[👎😡😠🤬😤🙄]\ufe0f?"
    r"|没有?(?:什么)?用|没有?帮[助上到](?:我|忙)?|(?:问题|还|还是)?没有?解决|还是(?:不行|没用|一样|不会)|不行"
    r"|答非所问|[这那]?不是我(?:想|要)?(?:问|要|说|找)的|我(?:问|说)的不是这个|不是这个(?:意思|问题)?|都?不[是对]|回?答?错了"
    r"|[你您](?:根本|完全|都|还)?没有?(?:回答|听懂|明白|看懂|理解|解决)我?的?(?:问题|意思|话)?|听不懂(?:人话)?|说人话"
    r"|(?:什么)?(?:破|垃圾|傻[逼比叉]?|煞笔|笨|蠢)(?:机器人|客服|东西)?|废话|智障|太[差烂蠢笨]"
    r"|(?:[你您们]|所以)*(?:什么|啥)(?:忙)?[都也](?:没有?(?:[做干办弄]|帮[上到])|不[会懂])|[你您]啥[都也]不是"
    r"|我?(?:已经|早就|刚才|[都也全早])*试过了?|(?:我?(?:很|真|好|太|非常|快|要)*(?:生气|愤怒|恼火|火大)|气死(?:我|人))了?"
)
_DOUBT = r"but|sorry|well|and|so|again|then|bot|hello|seriously|really|please|[你您了啊吧呀吗呢啦]|这|根本|完全|真"
_BEING = (
    r"(?:an? )?(?:(?:real|actual|live|human) )*"
    r"(?:human(?: being)?|person|people|robot|bot|chatbot|machine|computer|ai|chat ?gpt|real)"
)
_CHINESE_BEING = r"(?:一?个)?(?:真人|真的人|人工|人类|机器人?|电脑|人工智能|ai|chatgpt|人)(?:客服)?"
_CHINESE_MADE = r"(?:开发|设计|制造|创造|做|造)(?:出来)?"
_WHO = (
    r"(?:(?:am i|are we) (?:talking|speaking|chatting|writing) (?:to|with)|(?:are|r) (?:you|u)|is (?:this|it))"
    rf" {_BEING}(?: or (?:just )?{_BEING})?(?: (?:that )?i ?a?m (?:talking|speaking|chatting) (?:to|with))?(?: here)?"
    r"|(?:who|what) are you|what(?:s| is) your name|do you have a name|what (?:can|do) you do"
    r"|(?:please |can you |could you )?(?:tell|give) me an?(?:other)? (?:joke|riddle)|(?:can you )?sing (?:me )?a song"
    r"|(?:[你您]?(?:能|会|可以))?(?:[给跟]我)?[讲说来](?:一?个|点|段)?(?:冷?笑话|段子)(?:[听吧吗呗]|听听)?"
    r"|who (?:made|built|created|programmed|developed) (?:you|this)"
    rf"|(?:[你您](?:到底)?(?:是不是|是)|这是){_CHINESE_BEING}(?:还是{_CHINESE_BEING})?[吗么呢]?"
    r"|[你您]是谁|[你您](?:叫什么(?:名字)?|叫啥|的名字(?:是|叫)什么)[呀啊]?|[你您]能(?:做|干|帮我做)(?:什么|啥)"
    rf"|[你您]是谁{_CHINESE_MADE}的|(?:是)?谁{_CHINESE_MADE}[的了]?[你您]的?"
)
_NO = r"no|nope|nah|not now|不[用要]|不需要|没有|不"
_YES = r"yes|yeah|yep|yup|sure|please do|please|要的|要|需要|是的|好的|好|可以|麻烦了"
_PLEASED = re.compile("[👍👌🙏😊🙂😀😃😄😁🥰😍🎉👏✅🤝❤💕][\ufe0f\U0001f3fb-\U0001f3ff]?")
_BETWEEN = r"[\s,.!?~～…:;，。！？；、—-]*"
_MARKS = re.compile(_BETWEEN)
_LONGEST = 80
_ADDRESS = re.compile(r"\[(?:email|phone)\]")  # as it is masked
_ASKS = re.compile(
    r"[?？吗嗎怎]|什[么麼]|如何|^\W*(?:how|what|wh(?:o|y|en|ere|ich)|is|are|am|was|were|do|does|did|can|could|will|would"
    r"|should|may|has|have)\b",
    re.I,
)


def _whole(phrases: str) -> re.Pattern[str]:
    """A message of such phrases and of what stands between them."""
    return re.compile(rf"{_BETWEEN}+(?>(?:{phrases})(?![a-z]){_BETWEEN})++")


def _said(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?:{phrases})(?![a-z])")


# What the whole message is made of, and what of that it must have.
_RULES: tuple[tuple[SmallTalk, re.Pattern[str], re.Pattern[str]], ...] = (
    ("greeting", _whole(f"{_HELLO}|{_FRIENDLY}"), _said(_HELLO)),
    ("machine", re.compile(rf"(?>(?:{_HELLO}|so|wait)(?![a-z]){_BETWEEN})*+(?:{_WHO}){_BETWEEN}"), _said(_WHO)),
    ("goodbye", _whole(f"{_GOODBYE}|{_THANKS}|{_HELLO}|{_FILLING}"), _said(_GOODBYE)),
    ("thanks", _whole(f"{_THANKS}|{_HELLO}|{_FILLING}"), _said(_THANKS)),
    ("unhelpful", _whole(f"{_UNHELPFUL}|{_DOUBT}"), _said(_UNHELPFUL)),
    ("unhelpful", _MARKS, re.compile("[?？!！]")),
)
_ACCEPTS, _DECLINES = _whole(_YES), _whole(_NO)


def leaves_address(masked: str) -> bool:
    """Whether a message is little more than an e-mail address or a telephone number, masked by now, and no question."""
    rest, found = _ADDRESS.subn("", masked)
    return bool(found) and is_fragment(rest.strip()) and not _ASKS.search(masked)


def small_talk(message: str, *, offered: bool = False, first: bool = False) -> SmallTalk | None:
    """What a message says that is nothing but small talk; None for all others.

    Args:
        message: as the customer wrote it.
        offered: a person was offered just before, which a yes accepts and a no declines.
        first: nothing was said before, so that a lone question mark finds no fault with it.
    """
    if len(message) > _LONGEST:
        return None
    text = re.sub("['’‘`´]", "", simplified(message).lower())
    plain = _PLEASED.sub(" ", text).strip()
    if not plain:
        return "thanks" if text.strip() else None
    if first and _MARKS.fullmatch(plain):
        return "greeting"
    if offered and _ACCEPTS.fullmatch(plain):
        return "yes"
    if offered and _DECLINES.fullmatch(plain):
        return "thanks"
    return next((kind for kind, whole, core in _RULES if whole.fullmatch(plain) and core.search(plain)), None)
