"""A request that needs the customer's own account is told from a question, however politely either is put."""

import re
import time
from pathlib import Path

import pytest

from knowledge.faq.critical_topics import critical_topics
from knowledge.faq.sources import read_faq
from tests.messages import messages

ENTRIES = read_faq(Path(__file__).parents[3] / "apps/support/sample_company/faq.json")
TOPICS = critical_topics()
QUESTION = re.compile(
    r"(?:how|what|which|when|where|who|why|is|are|do|does|can|could|will|would|may|should)\b|.*[？吗呢]$", re.IGNORECASE
)
POLITE = {
    "en": ("Can you tell me {}", "Could you please tell me {}", "please show me {}", "hi, tell me {}"),
    "zh": ("请问{}", "帮我查一下{}", "麻烦帮我看一下{}", "你好，能告诉我{}", "可以给我说说{}"),
}
OWN = {  # wordings of the FAQ that ask for what only the customer's account tells, or for a change of it
    "update my postal address",
    "What's my IBAN?",
    "how much money do I have",
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_wording_of_the_faq_is_taken_for_a_request(language: str) -> None:
    texts = [text for entry in ENTRIES if entry.language == language for text in entry.questions if text not in OWN]
    polite = [form.format(text) for text in texts if QUESTION.match(text) for form in POLITE[language]]
    assert len(polite) > 1_000
    assert [text for text in [*texts, *polite] if TOPICS.concerns_account(text)] == []


REQUESTS = """
what's my balance | Hi, what's my balance? | Can you tell me my balance? | could you please tell me what my balance is
tell me what the balance of my savings account is | can you tell me how much money I have
please tell me how much I owe on my loan | I want to see my balance | I'd like to know my balance
show me my last transactions | show me the last five transactions on my account
tell me all the transactions I've made recently | Can you show me my statement for May? | please send me my statement
let me see my direct debits | give me my sort code | read me my account number
can you check if my salary has arrived | Can you tell me whether my transfer went through?
tell me where my refund is | is my payment still pending | has my wage come in | Is my salary in? | my balance?
please cancel my order, I would be grateful | change my address for me | can you change the address on my account
could you update my e-mail address please | can you cancel my card order | please cancel all my standing orders
cancel my subscription | close down my savings account | raise my credit limit to 2,000
please stop the payment to Acme | 改好了吗 | 你查了吗？ | 你們取消了嗎 | 帮我查一下我的余额 | 帮我查一下余额
你好，可以帮我查一下余额吗？ | 麻烦帮我看一下我的账单 | 能告诉我我的余额吗 | 请告诉我卡里还有多少钱
帮我看看工资到账了没有 | 帮我查一下上个月的交易记录 | 给我看一下最近的流水 | 你能帮我改一下手机号吗
請幫我取消這筆轉帳 | 帮我把地址改成北京 | 帮我还一下信用卡 | am i overdrawn | did my rent go out
when was my last payment to the gas company | is my loan approved | 我的贷款批了吗 | 我的信用卡申请通过了没
Unblock my card | change my address | have you booked my appointment? | can you tell me when my appointment is
move my appointment to Friday | please reschedule my dental appointment | book me in for Tuesday 3pm
confirm my booking | what time is my appointment | can you book a table for two for tomorrow
did you reserve a table | have you moved our booking
move my appointment from Monday to another day | postpone my visit by a week please | book a table for the 12th of May
reserve a table for four at 7 please | make me an appointment for 10:30 | can you squeeze us in tomorrow
pay my visa bill now | pay my car loan from savings | send me a new debit card | order me a new card
what was my last transaction | did my check clear | why is my balance negative | 余额多少 | 我的卡余额是多少
have you confirmed our reservation | 帮我预订明天的位子 | 帮我预约下周三上午10点的门诊 | 能帮我约5月3号吗
帮我预约周二下午三点 | 我的预约是几点 | 你帮我预约好了吗
my order number is BX20260112, where is it? | booking ref ABC-12345, has it been confirmed?
any update on claim number 88123456
order 4839201123 where is my router | order #LK20261130 hasnt arrived | where is my router, order 4839201123
my order LK20261130 has not arrived | Order 4839201123 when? | It hasn't arrived yet, order LK20261130
when will order 4839201123 arrive | When will my parcel come? Order number LK20261130 | delivery 4839201123 never came
parcel AB-123456 is still not here | 订单LK20261130还没收到 | 路由器还没送到，订单号LK20261130 | 未收到货，运单SF1234567
订单4839201123怎么还没到 | 我的路由器到哪了，订单LK20261130
帮我查一下我的保单 | 幫我查一下我的保單 | 嗯那个帮我查下我的保单 | 我想查一下我的保单
帮我查一下我的话费 | 帮我看看我的保单还有效吗 | 能不能帮我查一下我的保单 | 可以帮我查一下我的保单吗
我的理赔进展如何 | 我的申请状态怎样
我的理赔到哪一步了 | 我的理賠到哪一步了 | 理赔到哪一步了 | 帮我查一下理赔进度 | 我的理赔通过了吗 | 我的理赔进度怎么样了
我昨天报的案现在什么进度 | 我的案子现在什么情况了 | 我的订单到哪了 | 我的退款申请处理得怎么样了 | 我名下有几份保单
我的保单什么时候到期 | 我买的车险到期了吗 | 我的保单生效了没有
check my policy please | what's the status of my claim? | where is my claim
How's my claim going | any news about my refund?
when does my policy expire | is my policy still active | has my claim been paid
快递单号SF1234567，帮我看看到哪了 | 维修单R20031，修好了没 | 我手机号[phone]，查一下退款 | 保单号88123456，有进度吗
车牌[plate]的理赔到哪了 | 车牌号[plate]，修好了没 | [plate]现在什么状态
订单20261130，什么时候发货 | 我的订单号是QC20261130，什么时候开课 | 订单号BX20260112多久能到
我的车[plate]，帮我查一下 | 麻烦把车牌改成[plate]
my number plate is [plate], has it been repaired?
where's my parcel KB-2214 | where is my order no. 5512? | how much was my gas bill last month | 我家上個月水費總共多少錢
我的帳戶餘額是多少
"""
QUESTIONS = """
Can you tell me what your fees are | show me how to pay a bill | tell me more
could you tell me about your savings accounts | give me an example | can you give me a loan
show me the cards you have | tell me how I change my address | can you tell me how to check my balance?
Could you tell me if I can close my account online | tell me why my card was declined
can you tell me whether my savings are protected | please tell me when my new card will arrive
can you tell me what my monthly payments would be | tell me what happens to my account if I move abroad
is my money safe with you | is my deposit insured | How much do I have to pay in to open an account?
do I get interest on my balance | stop sending me marketing | Will you check my income for a new mortgage deal?
帮我查一下手续费是多少 | 麻烦帮我看一下营业时间 | 帮我问一下转账手续费 | 帮我查一下转账限额 | 帮我查一下最低余额是多少
帮我看看余额不足会不会收费 | 帮我查下交易手续费 | 给我看看你们的信用卡 | 能告诉我账户里要有多少钱才免月费吗
帮我看看我的存款安全吗 | 能帮我介绍一下更新条款吗
book an appointment | how do I move my appointment | when can I book a visit | book a room with a sea view
do I have to confirm my booking | when is my bill due | what is my booking fee | have you booked up for Christmas
Can you book a room for weddings? | Can you make an appointment on Saturdays? | can you fit us in on Sundays
Can you reserve a table for 12 or more people? | can you book a table for sunset | book a room for monthly stays
can you book a room for 16 year olds? | can you book a room for a 50th birthday | Can you book me a taxi?
Have you moved to a new address? | did you move from the old address | have you moved the payment date
have you confirmed the new limit | Will you confirm my booking by email? | will you confirm my reservation by text?
Can you confirm my booking includes breakfast? | can you postpone my visit without a fee?
Can you fit us in without an appointment? | can you fit me a new tyre | can you book us the best seats
可以帮我预订明天的接机吗？ | 能帮我订明天的票吗 | 能帮我订下午茶吗 | 可以帮我订2间房吗 | 能帮我订明天早餐吗
where do I find my order number | account number 12345678, what does it mean
can I order iphone15 when it is released | booking 2026-12-01, when is check-in | my order hasn't arrived
when do I need my order number LK20261130 | where do I enter order LK20261130 | how do I track order LK20261130
can I order 100000 envelopes, when will they arrive | order 4839201123 | invoice 4839201123, what does VAT mean
手机号[phone]没收到验证码 | 订单号LK20261130没收到发票 | 订单号LK20261130没收到短信 | 满10000元的包裹没收到
can I change the phone number on my account
水费多少钱一吨 | how much is a typical bill | 帳單怎麼看 | where is my order history
订单号是什么 | 订单满10000元有优惠吗 | 订单号BX20260112怎么查物流 | 我的卡[card]能退款吗 | 会员50000积分能换什么
会员50000积分到哪里查看 | 订单10000元以上可以取消吗 | 手机iPhone15Pro屏幕坏了能帮我修吗
my phone is iphone15, when will the update come
我打电话95588没人接，能帮我转人工吗 | 客服电话[phone]打不通，能帮我查一下吗
pay my bill online | pay my rent from abroad | send me a gift card
what is my last day to pay | did my check in go through
why is my wheel balance off | why is my card declined | 最低余额多少 | 余额宝是什么
here is my phone number [phone], please call me
订单满10000元什么时候送券 | 会员50000积分什么时候过期 | 订单什么时候发货
车牌[plate]，帮我报个价 | 帮我看看[plate]保一年多少钱 | 车牌[plate]怎么年检 | [plate]的车撞了我，能帮我报案吗
车牌丢了能帮我补办吗 | 我的车200000公里了，能帮我保养吗 | where do I fix the number plate
怎么查询我的保单 | 理赔进度在哪里查询 | 理赔进度怎么查 | 帮我查一下理赔需要什么材料
我的理赔需要什么材料 | 理赔一般要多久
我的保单丢了怎么办 | 我的车险可以过户吗 | 我的保单可以贷款吗 | 我的保单能不能改受益人
保单什么时候生效 | 快递能送到哪里
我的保险公司倒闭了怎么办 | 我想查一下保单贷款利率 | 帮我查一下车险多少钱
帮我看看我的手机支持5G吗 | 帮我看看我的病能赔吗
帮我查一下我的城市有没有网点 | 我的意外险什么情况下赔 | 我的车险什么情况下赔 | 我该买什么保险 | 什么情况下理赔会被拒
how do I check my policy | where can I see the status of my claim | what does my policy cover
how long does my claim take
can I cancel my policy | my policy does not cover glass | Can I get text updates on my order?
What does the status of my application mean? | Can I see the status of my order without an account?
move my savings to an ISA | did you confirm your opening hours | 怎么帮我预约 | 我的预约可以改吗 | 预约要多久
"""
LOCKED_OUT = """
please unblock my PIN | unlock my account | change my password | change the PIN on my card | 帮我改密码
帮我把密码改了 | 修改我的密码 | 帮我解锁账户 | 把我的登录密码换掉
"""


@pytest.mark.parametrize("message", messages(REQUESTS))
def test_requests_lead_to_signing_in(message: str) -> None:
    assert TOPICS.concerns_account(message)


STATES = """
what tariff am I on | which plan am I on at the moment | has my switch gone through yet | did you get my direct debit
have my documents been received yet? | did you receive my meter reading | has my payment been taken
when's my smart meter being fitted | When is my engineer coming? | has your system got my reading yet
我的发票开好了吗 | 我考了多少分 | 我的成绩出来了吗 | 我的证书寄出了吗 | 我的快递到了没 | 我买的课开通了吗
我的证书什么时候能寄
我的作业批改好了吗 | 我现在用的是什么套餐
why did my phone bill go up this time | Why is my water bill so much higher?
上個月電費怎麼這麼高 | 为什么我家网费突然涨价了
"""
NO_STATES = """
what charges am I liable for | did you get my point | when is my bill due | when will my new card arrive
when does my contract end? | has my card expired what do I do | what documents am I going to need | have you got my size
has anyone used my card | what help am I entitled to | 发票什么时候开 | 教材什么时候寄到 | 我的手机号换了怎么登录
怎么知道我的发票开好了吗 | 我的课程到期了还能看吗 | 我的电脑可以上课吗 | 我的证书有用吗 | 我考了60分算过吗
我的发票丢了吗怎么办 | why do you send bills so late | 账单怎么打印 | 为什么要交水费
"""


@pytest.mark.parametrize("message", messages(STATES))
def test_the_state_of_something_of_ones_own_is_asked(message: str) -> None:
    assert TOPICS.asks_state(message)


@pytest.mark.parametrize("message", messages(NO_STATES))
def test_other_questions_of_ones_own_are_none(message: str) -> None:
    assert not TOPICS.asks_state(message)


@pytest.mark.parametrize(
    "piece",
    [
        "what a ",
        "have my a ",
        "did you get my ",
        "我的",
        "我的开好了",
        "when is my a ",
        "any ",
        "why is my a bill ",
        "为什么我的账单",
    ],
)
def test_no_rule_takes_long(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    begin = time.monotonic()
    assert not any(asks(text) for asks in (TOPICS.asks_state, TOPICS.asks_hours, TOPICS.asks_contact))
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(
    "message", ["Have you cancelled my contract yet?", "did you update my tariff?", "你们取消我的合同了吗？"]
)
def test_whether_it_was_done_is_asked_of_whatever_a_company_sells(message: str) -> None:
    assert TOPICS.concerns_account(message)


@pytest.mark.parametrize(
    "message",
    [
        "have you changed your opening hours?",
        "Have you closed my local branch?",
        "Did you change my rates?",
        "Have you updated my bank's app?",
        "你们改营业时间了吗？",
    ],
)
def test_what_the_company_changed_of_its_own_is_searched(message: str) -> None:
    assert not TOPICS.concerns_account(message)


@pytest.mark.parametrize("message", [*messages(QUESTIONS), *messages(LOCKED_OUT)])
def test_questions_and_who_cannot_sign_in_are_left_to_the_faq(message: str) -> None:
    assert not TOPICS.concerns_account(message)


@pytest.mark.parametrize(
    "message", ["what's my name", "do you know what is my full name?", "Who am I?", "我叫什么名字", "你知道我是谁吗"]
)
def test_only_the_account_knows_who_somebody_is(message: str) -> None:
    assert TOPICS.concerns_account(message)


@pytest.mark.parametrize(
    "message",
    [
        "what's my user name",
        "what is my name change fee",
        "what if my name is wrong",
        "我的名字写错了怎么办",
        "你叫什么名字",
    ],
)
def test_a_question_about_names_is_searched(message: str) -> None:
    assert not TOPICS.concerns_account(message)
