"""Who plainly asks for a person gets one; who asks about persons gets the FAQ."""

from pathlib import Path

import pytest

from knowledge.faq.critical_topics import critical_topics
from knowledge.faq.sources import read_faq
from tests.messages import messages

ENTRIES = read_faq(Path(__file__).parents[3] / "apps/support/sample_company/faq.json")
TOPICS = critical_topics()
REQUESTS = """
I want to speak with an agent | I'd like to talk to a representative, please | connect me with a live agent
please put me through to customer service | transfer me to support | real person please | Operator! | agent
get me a person | I need a human being now | can I have a representative? | speak to agent | talk to support
let me speak to a representative | Can you connect me to one of your staff | 人工 | 人工服务 | 轉人工
我要转人工客服！ | 真人客服 | 我想和真人说话 | 找客服 | 请帮我转接客服 | 你好，我需要人工
I need help from a person not a machine | I want a human, not a bot | get me your supervisor
I want to speak to the manager | is there anyone there | hello, anybody there? | is there someone I can talk to
can I speak to someone please | someone please help me | can anyone help me | can you ring me back | call me
please call me back today | give me a call | I can't reach anyone on the phone | I cannot get through to your hotline
I want a callback | 有人吗 | 还有人吗？ | 有人在吗 | 人呢 | 客服在吗 | 叫你们经理来 | 找你们负责人 | 请给我回电话
打电话给我 | 能不能换个真人 | 给我找个活人 | 请问有人吗 | 帮我转接你们售后经理 | 麻烦接一下店里的负责人
speak to the vet please | I want to talk to the doctor | can I talk to a plumber | connect me with a councillor
can a nurse call me | could the mechanic ring me back | have the vet call me | put me through to reception
I'd like to talk to a vet | can the solicitor call me at 3pm | could a manager ring me back on Monday morning
call me on [phone] | can you call me on my mobile | can someone call me in an hour | talk to housekeeping
ok speak to someone then | I want to talk to a loan officer | let me talk to a teller
can I talk to somebody about my mortgage | can someone at the branch call me about a mortgage
I'd rather talk to a real person about this, the app confuses me | could the duty engineer call me about my booking
no dont want to ring | I don't like phone calls | i cant call | sorry, I'd rather not phone | can u email me instead
I don't want to talk on the phone | I'm not comfortable making calls | 不想打电话 | 我不方便打電話 | 我不喜欢接电话
我想找医生谈谈 | 我想和护士说话 | 能和老师沟通吗 | 请让医生给我打电话 | 护士能给我打个电话吗
有真人客服吗 | 有没有真人啊 | 有人工服务吗 | 怎么接人工 | 有活人吗 | 有没有人能回答我 | 能不能找个人跟我说
现在有客服在线吗
any humans about? | anyone real I can speak to | do you have live agents | can a person help me | is there live support
is anybody actually reading this | get me someone who knows | are there any live agents available?
I'd like to talk to Priya please | can I speak with sales | Mandarin-speaking agent please
get me a Cantonese speaking adviser
能不能让理赔员给我打个电话 | 请让查勘员联系我 | 我想和业务员聊聊 | 業務員能給我回個電話嗎
"""
QUESTIONS = """
Do I have to speak to an adviser to get a mortgage? | can I give an estate agent my statements
I need support with my card reader | can somebody else use my card, a real person
Can a letting agent see my account? | talk to me about savings | get me a loan | how many people can share an account
can I talk to someone about a loan in Polish | should I speak to someone about my rash | ok what is a loan officer
I'd rather talk business with a partner | can I talk to the mortgage about fees
I'd rather talk to a doctor by phone, how do I book that | I'd rather speak to a trainer first. Is an induction free?
人工智能是怎么用的 | 人工服务几点下班？ | 怎么联系客服？ | 客服电话是多少？ | 你们会找客户核实吗 | 真人照片要求是什么
will you call me to verify a payment | can you call me when my card is ready | someone called me from your number
can someone help me open an account | who is my relationship manager
is it a person, not a bot, who checks my documents | can someone else pay in | do managers get a discount
how do I become a nurse | can I talk to the vet about insulin without an appointment? | which doctor will I see
do you have a vet who speaks Polish | can I talk to a vet online? | will the driver call me | can I talk to a robot
connect me with wifi | can the courier call me when he arrives | should I talk to the landlord
Can I chat with the seller? | can I talk to the landlord | Can I chat with the community? | can I talk to the tablet
Can I talk to the phone? | Connect me with the internet | connect me with the printer | put me through to voicemail
can I talk to a mortgage | Can the courier call me today? | can the driver call me in advance? | Can I talk to the chef?
Can the inn call me at 7? | Can the bank call me in Polish? | can the doctor call me in Polish | Can the driver call me?
I don't want the phone | I don't like the phone app | not the phone, the tablet | I can't call abroad
i cant phone a friend | can I email a statement to my landlord | 打电话不方便吗 | 不想要电话套餐 | 不会打扰吗
怎么和医生沟通 | 医生会给我打电话吗 | 哪个医生给我看病
理赔员电话是多少 | 查勘员多久到现场 | 业务员会联系我吗 | 理赔员会给我打电话吗
我想和家人聊聊 | 能找医生开药吗
有中文客服吗 | 有人工智能课吗 | 是否有人工审核 | 有客服电话吗 | 有真人秀吗 | 找人帮我看房子要钱吗 | 怎么接真人电话诈骗
do you have agents in Leeds | do you have people who check documents | do you have live music | is there live tracking
do you have a human resources department | is there a person limit | can my manager help me | any person over 60
can an agent see my account? | can support help me with my bill | can staff help me carry my bags
这款活人偶还有吗 | 帮我换个老板椅 | 帮我接一下电话线
can I talk to you in French | I want to speak Spanish | do you have Cantonese-speaking teachers
有人给我转钱了吗 | 有人盗用我的账户 | 经理费是多少 | 开户要找谁联系我
"""


@pytest.mark.parametrize("message", messages(REQUESTS))
def test_plain_requests(message: str) -> None:
    assert TOPICS.wants_person(message)


@pytest.mark.parametrize("message", messages(QUESTIONS))
def test_questions_about_persons(message: str) -> None:
    assert not TOPICS.wants_person(message)


@pytest.mark.parametrize(
    "message",
    [
        "客服电话多少",
        "你们的客服热线是多少？",
        "售后联系方式",
        "what's your phone number?",
        "what's your e-mail address?",
        "how can I contact you",
        "Do you have a customer service number?",
        "customer service number",
        "phone number for the main street branch",
        "what number do I call",
        "is there a live chat",
        "I'm deaf, how can I contact you",
        "i want the managers email",
        "is there another way than phoning",
        "email address?",
        "有其他联系方式吗",
        "你们老板电话多少",
        "怎么联系你们",
        "在哪里联系客服",
    ],
)
def test_how_the_company_is_reached_is_asked(message: str) -> None:
    assert TOPICS.asks_contact(message)
    assert not TOPICS.wants_person(message)


@pytest.mark.parametrize(
    "message",
    [
        *("客服电话打不通", "修改联系电话", "电话费怎么交", "换手机号码", "what's the phone number on my account"),
        *("how can I contact my courier", "how do I call abroad", "what number do I call from abroad"),
        *("routing number", "phone number of the courier", "live chat moderator"),
        *("怎么联系物流", "怎么联系卖家", "怎么找你们的发票"),
    ],
)
def test_other_questions_of_numbers_are_none(message: str) -> None:
    assert not TOPICS.asks_contact(message)


HOURS = """
what are your opening hours | when are you open | what time do you close | opening times | are you open today
is the phone line open on christmas day | are you open on saturday | what hours are you open | do you work weekends
when does your call centre open | are you there at the weekend | how late are you open | customer service hours
what time do you open on saturday mornings | are your lines open on bank holidays | are you closed on boxing day
你们几点上班 | 客服几点上班 | 人工客服工作时间 | 周末有客服吗 | 客服什么时候在线 | 国庆放假吗 | 你们周末上班吗
营业时间
上班时间是几点到几点 | 几点下班 | 晚上有人吗 | 你們今天營業嗎 | 节假日有人工客服吗 | 人工服务几点下班？
"""
NO_HOURS = """
what are your delivery hours | are you open to offers | are you closed to new customers | what time do you deliver
when do you open new accounts | are you available in France | when do you close my account | do you work with schools
what are the opening times of the Leeds branch | what time does the exam start | when do you read my meter
when are you available for a house visit | are you open about fees | hours of lessons | when does the shop open
直播课几点开始 | 几点开课 | 什么时候发货 | 课程时间 | 店铺什么时候上新 | 银行网点周末营业吗 | 周末可以送货吗
营业执照在哪看
工作时间可以看直播吗 | 上班时间能看吗 | 过年发货吗 | 课程在线吗
"""


@pytest.mark.parametrize("message", messages(HOURS))
def test_when_somebody_is_there_is_asked(message: str) -> None:
    assert TOPICS.asks_hours(message)
    assert not TOPICS.wants_person(message)


@pytest.mark.parametrize("message", messages(NO_HOURS))
def test_other_questions_of_times_are_none(message: str) -> None:
    assert not TOPICS.asks_hours(message)


def test_of_the_faq_only_requests_are_taken_for_some() -> None:
    taken = {(entry.id, text) for entry in ENTRIES for text in entry.questions if TOPICS.wants_person(text)}
    assert taken == {
        ("contact-us", "I want to speak to a real person"),
        ("contact-us", "我想找人工客服"),
        ("contact-us", "转人工"),
    }
