"""Messages that ask nothing: only whole ones, so that no question and no emergency is taken for one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.faq.small_talk import SmallTalk, leaves_address, small_talk
from tests.messages import messages

SAID: dict[SmallTalk, list[str]] = {
    "greeting": messages("""
hi | Hello! | good afternoon team | Good evening | 在吗 | 哈喽 | 晚上好 | 你好！ | 嗨，您好 | help
Can you help me please? | hi, I have a question | hello I need some help | 帮帮我 | 你好，我想问个问题
还有一个问题 | one more thing | I have another question | how are you | Hi, how are you today? | how's it going?
Nice to meet you | what's up | 最近怎么样 | 你好吗？ | 很高兴认识你 | 亲，在嘛 | 哈喽～ | 早上好呀
"""),
    "thanks": messages("""
thanks a lot, that helped! | thanks, you've been great | cheers mate | ok | Great, thanks again | no thanks
that's all | OK thanks | ok, got it. thank you very much for your help | hi, thanks | 👍🏽 | 谢谢你,解决了 | 好的 | OK的
明白了,多谢 | 辛苦了 | 好的谢谢 | 嗯嗯 | 謝謝您
thx that worked | nvm | never mind, thanks | 算了 | 谢谢亲，麻烦您了 | 3q | 好哒～么么哒 | 哈哈哈 | haha | 好的亲
"""),
    "goodbye": messages("""
bye | Goodbye! | thank you so much bye | ok bye | see you | have a nice day | good night | 再见 | 拜拜 | 谢谢，再见
"""),
    "machine": messages("""
are you chatgpt? | 你是ChatGPT吗 | are you human | Are you an AI? | am I talking to a real person or a computer?
who are you? | is this a human or a bot | what can you do | hello, are you a bot? | 你是真人吗 | 你是机器人吗
tell me a joke | 讲个笑话吧 | 你会讲笑话吗
你能做什么 | what's your name? | 你叫什么名字呀 | who made you? | 谁开发的你 | 你是谁做的
"""),
    "unhelpful": messages("""
thanks for nothing
that didn't help | you didn't answer my question | not what I asked | this is useless | wrong answer
still not working | No, that's not what I meant! | you're not helping | it doesn't work | useless bot
This is ridiculous | That is not helpful at all | I've already tried that | no | ?? | !!! | 😡 | none of these
you did nothing | so you did nothing | you haven't done anything | already tried that | tried that | still nothing
so nothing happened | nothing was done | I am livid | I'm so angry | this is making me furious
所以你什么都没做 | 你什么忙都没帮上 | 什么都不会 | 试过了 | 我很生气 | 气死我了
傻逼客服 | 答非所问
没用 | 没帮到我 | 你没回答我的问题 | 不是我要问的 | 都不是 | 还是不行 | 這不是我想問的 | 听不懂人话吗
"""),
}
ASKED = """
thanks for nothing, my card was stolen | ok how do I close my account | bye bye money | goodbye world forever
is this a human right | is there a person I can call about fraud | you helped a scammer | fine for late payment
你是人工还是机器，我想死 | 你是机器人还是人，我卡丢了 | 这是机器人还是人工我要自杀 | 好的卡怎么申请 | 可以透支吗
再见了这个世界 | 谢谢你们把我的卡弄丢了 | yes | 1234 | ... | so | the app is still not working | my card doesn't work
wrong item delivered | it's not right, I was scammed | is it right? | no money left | can you help me with my loan
help my card was stolen | 不是本人操作 | 没用过的卡 | 密码错了 | no, I want to die | 没有收到 | 太差的衣服能退吗
我有个问题订单没到 | I did nothing wrong | did you do it | I'm angry that my card was stolen | 谁做的 | 试过了密码不对
气死我了卡丢了 | how are you regulated | how are things paid | what's up with my order
how's it going to be paid | 最近怎么样付款
讲笑话的书有吗 | do you sell joke books
亲，运费多少 | 哈尔滨几天到 | 哈哈，怎么退货 | haha my card was stolen | what's your name change fee | 傻瓜相机有吗
你们最近的优惠怎么样 | see you have a sale | good night rate | 好吗 | 这个怎么样
"""


@pytest.mark.parametrize(("kind", "message"), [(kind, message) for kind, said in SAID.items() for message in said])
def test_small_talk_is_told_by_kind(kind: SmallTalk, message: str) -> None:
    assert small_talk(message) == kind


@pytest.mark.parametrize("message", ["", *messages(ASKED)])
def test_whatever_says_more_is_none(message: str) -> None:
    assert small_talk(message) is None


@pytest.mark.parametrize("message", ["??", "!", "？"])
def test_a_lone_mark_finds_fault_only_with_what_was_said(message: str) -> None:
    assert (small_talk(message, first=True), small_talk(message)) == ("greeting", "unhelpful")


@pytest.mark.parametrize("message", ["yes", "Yes please!", "好的", "要", "可以"])
def test_a_yes_takes_what_was_offered(message: str) -> None:
    assert small_talk(message, offered=True) == "yes"
    assert small_talk(message) != "yes"


@pytest.mark.parametrize("message", ["no", "No thanks.", "nope", "不用", "没有"])
def test_a_no_declines_it(message: str) -> None:
    assert small_talk(message, offered=True) == "thanks"


@pytest.mark.parametrize("message", ["[email]", "my email is [email]", "please write to [email]", "我的邮箱是 [email]"])
def test_an_address_may_be_left(message: str) -> None:
    assert leaves_address(message)


@pytest.mark.parametrize(
    "message",
    [
        *("how do I update [email]", "is [email] registered with you?", "do you charge for [email] transfers"),
        *("can I change [email]", "why not [phone]?", "[email]可以吗", "怎么改[email]", "please", "my email"),
    ],
)
def test_who_asks_about_an_address_leaves_none(message: str) -> None:
    assert not leaves_address(message)


@settings(max_examples=300, deadline=1_000)
@given(st.lists(st.sampled_from([*(each for said in SAID.values() for each in said), "x", "…", "the"]), max_size=12))
def test_no_message_takes_long(parts: list[str]) -> None:
    small_talk(" ".join(parts))
    small_talk("".join(parts))
