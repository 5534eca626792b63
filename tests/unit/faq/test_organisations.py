"""Questions about somebody else are told from those about what one does with them."""

import pytest

from knowledge.faq.organisations import asks_of_another
from tests.messages import messages

OWN = ["Can I use Apple Pay?", "Switch from Halifax to us: 办理转入。", "可以用微信支付吗？"]
ANOTHER = """
what is Lloyds contactless limit | Does HSBC charge for international transfers? | my revolut card was declined
how do I close my Nationwide account | how do I close my netflix account | what time does the Hilton open its pool
Can you tell me what Barclays charges? | how do I return a Zara dress | 支付宝怎么绑卡 | 招商銀行的轉賬限額是多少
你好，请问淘宝怎么退货 | 清华分数线多少 | what is the Harvard deadline
太平洋保险的电话是多少 | 平安车险怎么报案 | how long does an Aviva claim take
"""
OURS = """
how do I move my account from Barclays to you | can I transfer money to my HSBC account | can I pay with PayPal?
do you accept Klarna | is your fee lower than at Lloyds | what does Halifax do | 微信支付可以吗 | 可以用支付宝付款吗
从招商银行转账要多久 | 你们支持花呗吗 | when is the next delivery | Next week is fine | my account nationwide
how do I close my account | can i use my card at Tesco | does my card work in Primark | cancel my Netflix direct debit
I don't recognise a Netflix payment | Is amex accepted? | 支付宝能用吗
个人保单怎么查 | 你们和清华有合作吗 | 北大门在哪
被保险人保额能改吗 | 从平安保险转过来能打折吗 | 中国寿险公司有哪些 | is there a direct line for claims
买好医保之后多久生效 | 水滴保温杯怎么退货 | 个人保车险要什么材料
"""


@pytest.mark.parametrize("question", messages(ANOTHER))
def test_questions_about_another(question: str) -> None:
    assert asks_of_another(question, OWN)


@pytest.mark.parametrize("question", messages(OURS))
def test_other_questions(question: str) -> None:
    assert not asks_of_another(question, OWN)
