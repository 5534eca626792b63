"""Messages that ask nothing: only whole ones, so that no question and no emergency is taken for one."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.common import read_jsonl
from knowledge.faq.small_talk import SmallTalk, leaves_address, small_talk
from tests.messages import messages

CRITICAL = read_jsonl(Path(__file__).parents[2] / "data" / "support" / "critical.jsonl")

SAID: dict[SmallTalk, list[str]] = {
    "greeting": messages("""
hi | Hello! | good afternoon team | Good evening | 在吗 | 哈喽 | 晚上好 | 你好！ | 嗨，您好 | help
Can you help me please? | hi, I have a question | hello I need some help | 帮帮我 | 你好，我想问个问题
还有一个问题 | one more thing | I have another question | how are you | Hi, how are you today? | how's it going?
Hi! Hope you're well | hey, how is everything going | sorry for the rant | 不好意思，刚才语气不太好 | 早晨
Nice to meet you | what's up | 最近怎么样 | 你好吗？ | 很高兴认识你 | 亲，在嘛 | 哈喽～ | 早上好呀
"""),
    "thanks": messages("""
Thanks Bo | thank you, Mary! | thanks for clearing that up... cheers | thank you for the quick and clear answer
thanks so much for getting back to me so quickly | that's really clear, thanks | you saved my day | very helpful!
I'm so grateful for your help | ok, I know what to do now | no need any more | don't worry | nice one
that's everything
感谢您的耐心说明 | 谢谢，讲得很清楚 | 太感谢你们了 | 非常清楚，谢谢 | 我知道怎么操作了 | 唔該晒 | 多謝晒
暂时没别的问题了
thanks a lot, that helped! | thanks, you've been great | cheers mate | ok | Great, thanks again | no thanks
that's all | OK thanks | ok, got it. thank you very much for your help | hi, thanks | 👍🏽 | 好的 | OK的
明白了,多谢 | 辛苦了 | 好的谢谢 | 嗯嗯 | 謝謝您
nvm | never mind, thanks | 算了 | 谢谢亲，麻烦您了 | 3q | 好哒～么么哒 | 哈哈哈 | haha | 好的亲
"""),
    "resolved": messages("""
found my card again, it was in the car | 不用了，钱包找到了，就在抽屉里 | 虚惊一场
thx that worked | it works now | oh, it's back again now. panic over | found it! | found the button, thanks | ok sorted
it's all sorted now, sorry for the shouting | Never mind, it's working again after the restart | all fine now, bye
I tried that and it works now | 谢谢你,解决了 | 找到了，谢谢 | 已经好了 | 没事了，搞定了 | 錢已經到賬了，謝謝
对方说收到了
"""),
    "waiting": messages("""
wait | hang on a sec | one moment please | let me check | ok I'll try that | I'll have a look, thanks | I'll do that now
稍等 | 等一下 | 好的，我试试 | 我先看看 | 那我再找找 | 我自己睇下先
"""),
    "declined": messages("""
I don't want a person | no agent please | I don't need to talk to anyone | 不用转人工了 | 不需要人工 | 算了，不用人工了
"""),
    "goodbye": messages("""
nice talking to you | talk to you later | thanks, have a really good weekend | 祝您工作顺利 | 新年快乐 | 辛苦啦，拜拜
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
you did nothing | ok but that didn't help | none of that worked | it works now... no, it still doesn't work | neither
so you did nothing | you haven't done anything | already tried that | tried that | still nothing
so nothing happened | nothing was done | I am livid | I'm so angry | this is making me furious
所以你什么都没做 | 你什么忙都没帮上 | 什么都不会 | 试过了 | 我很生气 | 气死我了
傻逼客服 | 答非所问
没用 | 没帮到我 | 你没回答我的问题 | 不是我要问的 | 都不是 | 还是不行 | 這不是我想問的 | 听不懂人话吗
"""),
}
ASKED = """
ok but my card was stolen | thanks, and how do I close it? | thanks, how much is it | sorted? | is it fixed now
it works now but my card was declined | it's not fixed | it works if I restart it | the app works but the card doesn't
wait 5 days? | hold on my account | let me check my balance | I'll try another bank | I'll do it tonight | I will do it
I'm going to do it | I'll end it | thanks for the letter about my overdraft | thanks for making me want to die
found a charge on my statement | found my card in his hands | found my card but it was used | 卡没找到
卡找到了但是被刷了 | I'm so glad my mother died | I'd be glad of a refund
sorry for the late payment | sorry I lost my card | goodbye everyone, thank you for everything | I have to go now
no need for a card | a second card | happy new year opening hours | Thanks Monday is fine | thanks Apple Pay fails
解决了吗 | 解决不了 | 收到了吗 | 没收到 | 到账了多少 | 看看我的余额 | 麻烦查一下 | 等一下扣款怎么取消 | 感谢信怎么写
谢谢，怎么注销 | 好的，我卡丢了 | 很清楚为什么扣费 | 有用吗 | 不用密码可以吗 | 不需要卡可以取钱吗 | 祝你们倒闭
我知道怎么弄了，但是卡丢了 | 算了，不想活了 | 我自己解决 | 我走了，再见 | 早晨几点开门 | 钱到了别人那里
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


def test_no_critical_message_is_swallowed() -> None:
    told = [row["text"] for row in CRITICAL if row["topic"] != "none"]
    said = [f"{before}{text}" for text in told for before in ("", "ok ", "it works now, ", "谢谢，")]
    assert {small_talk(text, offered=offered) for text in said for offered in (False, True)} <= {None, "unhelpful"}


@pytest.mark.parametrize(
    "message",
    messages("""
yes | Yes please! | yes, how? | yes I would | ok do it | go on then | sure, go ahead | that would be great | why not
好的 | 要
可以 | 那转吧 | 好的，转吧 | 可以，麻烦了 | 是的，请转
"""),
)
def test_a_yes_takes_what_was_offered(message: str) -> None:
    assert small_talk(message, offered=True) == "yes"
    assert small_talk(message) != "yes"


@pytest.mark.parametrize(
    "message",
    messages("""
no | No thanks. | nope | no need | not yet | maybe later | no, I'm fine | no thanks, I'll do it myself
no, just tell me
no person please | 不用 | 没有 | 不用了，我自己弄 | 先不用 | 不用转人工了 | 不了
"""),
)
def test_a_no_declines_it(message: str) -> None:
    assert small_talk(message, offered=True) == "declined"


@pytest.mark.parametrize("message", messages("ok | ok, thanks | 好的，谢谢 | got it, thanks | yes, got it"))
def test_thanks_do_neither(message: str) -> None:
    assert small_talk(message, offered=True) == "thanks"


@pytest.mark.parametrize(
    "message",
    messages("""
yes, my card is blue | no, I meant the credit card | no, abroad | yes but how much is it | no, my card was stolen
do it yourself | ok, how do I do that | not yet arrived | later than Friday | I can do it in the app? | go on holiday
好的，怎么注销 | 不要手续费吗 | 转账 | 可以退款吗 | 需要多久 | 不，我要取消
"""),
)
def test_who_says_more_to_an_offer_is_heard(message: str) -> None:
    assert small_talk(message, offered=True) is None


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
