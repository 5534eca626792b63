"""Messages that ask nothing of an FAQ: hello, thanks and good-bye, and whom one is talking to."""

import re
from typing import Literal

from ..retrieval.language import simplified

SmallTalk = Literal["greeting", "thanks", "machine", "yes"]
"""``thanks`` is also a good-bye or an "ok", ``machine`` asks who answers, ``yes`` takes what was offered."""

_HELLO = (
    r"(?:hi|hiya|hello|hey|howdy|greetings|good (?:morning|afternoon|evening|day))"
    r"(?: (?:there|team|again|bot|all|everyone|guys|sir|madam))?"
    r"|你好呀?|您好|早上好|上午好|中午好|下午好|晚上好|早安?|哈[喽啰罗]|嗨|在吗|在么"
)
_THANKS = (
    r"(?:many |no )?thanks(?: a (?:lot|bunch|million))?|thank (?:you|u)|thankyou|thx|ty|cheers|ta"
    r"|(?:much )?appreciated|i appreciate (?:it|that|your help)"
    r"|(?:that|this|it|you)(?: ha(?:s|ve))?(?: (?:really|just))? helped(?: (?:me|a lot))?"
    r"|(?:that|this|it) (?:was|is) (?:very |really |so )?(?:helpful|useful|clear|great|perfect|brilliant)"
    r"|youve been (?:very |so |really )?(?:great|helpful|kind)"
    r"|thats (?:all|it|great|perfect|fine|good|helpful|brilliant)"
    r"|ok|okay|kk?|great|perfect|brilliant|awesome|excellent|super|cool|nice|lovely|wonderful|alright|all right|fine"
    r"|got it|understood|i see|makes sense|will do|no problem|all good|sorted|nothing else|no more questions"
    r"|good ?bye|bye(?: ?bye)?|see (?:you|ya)|have a (?:nice|good|great|lovely) (?:day|one|evening|weekend)|take care"
    r"|[太真]?(?:谢谢|感谢|多谢|谢了)[你您啦了]?们?|辛苦[你您]?了|麻烦[你您]了|好[的吧嘞滴]?|行[的吧]?|可以了?"
    r"|嗯+|哦+|噢|ok的?|明白了?|知道了|了解了?|懂了|清楚了|收到|(?:问题)?(?:解决|搞定)了?|没事了|没问题了?"
    r"|不用了|没有了|就这样吧?|太好了|太棒了|真棒|再见|拜拜?|回头见"
)
_FILLING = (
    r"so much|very much|a lot|again|mate|love|guys|then|now|so|very|really|and|oh|ah|yes|no|youre welcome"
    r"|for (?:your|the|that|this|all your) help|for that|to you(?: too)?|你|您|了|啦|哈|呢|啊|非常|十分|那"
)
_BEING = (
    r"(?:an? )?(?:(?:real|actual|live|human) )*"
    r"(?:human(?: being)?|person|people|robot|bot|chatbot|machine|computer|ai|real)"
)
_WHO = (
    r"(?:(?:am i|are we) (?:talking|speaking|chatting|writing) (?:to|with)|(?:are|r) (?:you|u)|is (?:this|it))"
    rf" {_BEING}(?: or (?:just )?{_BEING})?(?: (?:that )?i ?a?m (?:talking|speaking|chatting) (?:to|with))?(?: here)?"
    r"|(?:who|what) are you|what (?:can|do) you do"
    r"|(?:[你您](?:到底)?(?:是不是|是)|这是)(?:一?个)?(?:真人|真的人|人工|人类|机器人?|电脑|人工智能|ai|人)(?:客服)?"
    r"(?:还是(?:一?个)?(?:真人|真的人|人工|人类|机器人?|电脑|人工智能|ai|人)(?:客服)?)?[吗么呢]?"
    r"|[你您]是谁|[你您]能(?:做|干|帮我做)(?:什么|啥)"
)
_YES = r"yes|yeah|yep|yup|sure|please do|please|要的|要|需要|是的|好的|好|可以|麻烦了"
_PLEASED = re.compile("[👍👌🙏😊🙂😀😃😄😁🥰😍🎉👏✅🤝❤💕][\ufe0f\U0001f3fb-\U0001f3ff]?")
_BETWEEN = r"[\s,.!?~…:;，。！？；、—-]*"
_LONGEST = 80


def _whole(phrases: str) -> re.Pattern[str]:
    """A message of such phrases and of what stands between them."""
    return re.compile(rf"{_BETWEEN}+(?>(?:{phrases})(?![a-z]){_BETWEEN})++")


_RULES: tuple[tuple[SmallTalk, re.Pattern[str]], ...] = (
    ("greeting", _whole(_HELLO)),
    ("machine", re.compile(rf"(?>(?:{_HELLO}|so|wait)(?![a-z]){_BETWEEN})*+(?:{_WHO}){_BETWEEN}")),
    ("thanks", _whole(f"{_THANKS}|{_HELLO}|{_FILLING}")),
)
_SAID = re.compile(rf"(?<![a-z])(?:{_THANKS})(?![a-z])")
_ACCEPTS = _whole(_YES)


def small_talk(message: str, *, offered: bool = False) -> SmallTalk | None:
    """What a message says that is nothing but small talk; None for all others.

    Args:
        message: as the customer wrote it.
        offered: a person was offered just before, which a yes accepts.
    """
    if len(message) > _LONGEST:
        return None
    text = re.sub("['’‘`´]", "", simplified(message).lower())
    plain = _PLEASED.sub(" ", text).strip()
    if not plain:
        return "thanks" if text.strip() else None
    if offered and _ACCEPTS.fullmatch(plain):
        return "yes"
    kind = next((kind for kind, pattern in _RULES if pattern.fullmatch(plain)), None)
    return None if kind == "thanks" and not _SAID.search(plain) else kind
