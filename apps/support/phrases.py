"""Messages that stand for others of like meaning, which no rule foresaw."""

from knowledge.faq.small_talk import SmallTalk

PERSON_REQUESTS = (
    "I want to talk to a person",
    "Can I speak to a human agent?",
    "Connect me to a real human being",
    "Put me through to customer service staff",
    "I don't want to talk to a bot",
    "live chat with an advisor",
    "speak to a human",
    "I need a human",
    "let me talk to your staff",
    "I want to speak with an agent",
    "Connect me with a representative",
    "real person please",
    "can someone call me back please",
    "转人工",
    "我要找人工客服",
    "我想跟真人说话",
    "请接客服人员",
    "不要机器人，找个人来",
    "找真人",
    "让你们的工作人员联系我",
)
"""Of customers who want to talk to a person."""

GREETINGS: dict[str, SmallTalk] = {
    "hi": "greeting",
    "hello": "greeting",
    "hey there": "greeting",
    "good morning": "greeting",
    "thank you": "thanks",
    "thanks": "thanks",
    "你好": "greeting",
    "您好": "greeting",
    "早上好": "greeting",
    "谢谢": "thanks",
    "多谢": "thanks",
}
