"""Personal data is taken out; order numbers, prices, dates and opening hours stay."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.common import read_jsonl
from knowledge.privacy import find, mask, without_masks
from tests.messages import messages
from tests.privacy import remains

DATA = Path(__file__).parents[1] / "data/support"


PERSONAL, INNOCENT = read_jsonl(DATA / "pii.jsonl"), read_jsonl(DATA / "no_pii.jsonl")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_personal_data_is_taken_out(language: str) -> None:
    rows = [row for row in PERSONAL if row["language"] == language]
    kept = [row["text"] for row in rows if any(remains(secret, mask(row["text"])) for secret in row["secrets"])]
    assert len(rows) >= 140
    assert len(kept) / len(rows) <= 0.02, kept


def test_what_is_none_stays() -> None:
    changed = [row["text"] for row in INNOCENT if mask(row["text"]) != row["text"]]
    assert len(changed) / len(INNOCENT) <= 0.02, changed


def test_the_rest_of_the_message_stays() -> None:
    assert (
        mask("Card 4111 1111 1111 1111 was declined, call 07700 900123.") == "Card [card] was declined, call [phone]."
    )
    assert mask("卡号４１１１１１１１１１１１１１１１刷不了") == "卡号[card]刷不了"
    assert mask("ﬁrst: ④①①① ①①①① ①①①① ①①①①, ok") == "ﬁrst: [card], ok"
    assert mask("½ to 𝚊𝚗𝚗@𝚎𝚡𝚊𝚖𝚙𝚕𝚎.𝚌𝚘𝚖, ﾊﾟｽ") == "½ to [email], ﾊﾟｽ"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("my password is Sunflower!", "my password is [secret]"),
        ("My password is sunflower, why can't I log in?", "My password is [secret], why can't I log in?"),
        ("password: correcthorse", "password: [secret]"),
        ("password=correcthorse please", "password=[secret] please"),
        ('the password was "open sesame" before', "the password was [secret] before"),
        ("my password for the app is Mississippi.", "my password for the app is [secret]."),
        ("my password is Sterling", "my password is [secret]"),
        ("password is Straße", "password is [secret]"),
        ("my password's hunter", "my password's [secret]"),
        ("passcode is set to bananas", "passcode is set to [secret]"),
        ("密码是abcdef", "密码是[secret]"),
        ("我的密码：sunflower，登不上去", "我的密码：[secret]，登不上去"),
        ("密碼為 Sunflower 對嗎", "密碼為 [secret] 對嗎"),
        ("PIN: 12 34", "PIN: [secret]"),
        ("my pin is 1 2 3 4", "my pin is [secret]"),
        ("one-time code 884-201 doesn't work", "one-time code [secret] doesn't work"),
        ("4111.1111.1111.1111", "[card]"),
        ("4111  1111  1111  1111", "[card]"),
        ("4111/1111/1111/1111 was declined", "[card] was declined"),
        ("4111 - 1111 - 1111 - 1111", "[card]"),
        ("card:\n4111\n1111\n1111\n1111\nthanks", "card:\n[card]\nthanks"),
        ("3782.822463.10005", "[card]"),
        ("my card is 4929 1234 5678 9012", "my card is [card]"),  # mistyped: the check digit is wrong
        ("card number: 4929123456789012", "card number: [card]"),
        ("卡号-4111111111111111，谢谢", "卡号-[card]，谢谢"),
        ("card no.-4111 1111 1111 1111", "card no.-[card]"),
        ("my card-4929123456789012", "my card-[card]"),
        ("4111111111111111-12/27-123", "[card]-12/27-123"),
        ("4111\u20091111\u20091111\u20091111", "[card]"),
        ("my iban is FR76\u202f3000\u202f6000\u202f0112\u202f3456\u202f7890\u202f189", "my iban is [iban]"),
        ("call me on +33\u202f6\u202f12\u202f34\u202f56\u202f78", "call me on [phone]"),
        ("07700900123-07700900124", "[phone]-[phone]"),
        ("13812345678-13912345678", "[phone]-[phone]"),
        ("020 7946 0958-020 7946 0959", "[phone]-[phone]"),
        ("138 1234 5678-139 1234 5678", "[phone]-[phone]"),
        ("+44 20 7946 0958-+442079460959", "[phone]-[phone]"),
        ("01234-567890", "[phone]"),
        ("+44 207946-09580", "[phone]"),
        ("+1 212555-01234", "[phone]"),
        ("my phone 138123-05678", "my phone [phone]"),
        ("4111111111111111-5500005555555559", "[card]-[card]"),
        ("4111-1111-1111-1111-5500-0055-5555-5559, thanks", "[card]-[card], thanks"),
        ("卡号4929123456789012不对", "卡号[card]不对"),
        ("my NI number is QQ123456C", "my NI number is [national id]"),
        ("my NI number is AB 12 34 56 C", "my NI number is [national id]"),
        ("write to john dot smith at gmail dot com", "write to [email]"),
        ("my pin is one two three four", "my pin is [secret]"),
        ("write to john.smith @ example.com", "write to [email]"),
        ("john (at) example [dot] co [dot] uk is mine", "[email] is mine"),
        ("email: john @ example.com", "email: [email]"),
        ("you can reach me, j.smith @ example.com", "you can reach me, [email]"),
        ("我的郵箱是 zhang @ qq.com，谢谢", "我的郵箱是 [email]，谢谢"),
        ("我的邮箱是zhang@qq.com", "我的邮箱是[email]"),
        ("张三@qq.com", "[email]"),
        ("IBAN DE88 3704 0044 0532 0130 00 please check", "IBAN [iban] please check"),  # mistyped
        ("GB29NWBK60161331926818 is my IBAN", "[iban] is my IBAN"),
        ("6222 0200 1234 5678 901 is my card", "[card] is my card"),
        ("身份证110105194912310021", "身份证[national id]"),
        ("我的身份证是110105 19491231 002X，谢谢", "我的身份证是[national id]，谢谢"),
        ("HKID: A123456(3)", "HKID: [national id]"),
        ("香港身份證A123456(3)", "香港身份證[national id]"),
        ("身分證字號 A123456789", "身分證字號 [national id]"),
        ("my SSN is 123-45-6789.", "my SSN is [national id]."),
        ("social security 123-45-6789", "social security [national id]"),
        ("my aadhaar 1234 5678 9012", "my aadhaar [national id]"),
        ("税号 91350211M000100Y43", "税号 [national id]"),
        ("稅號是91350211M000100Y43，谢谢", "稅號是[national id]，谢谢"),
        ("NHS 943 476 5919", "NHS [national id]"),
        ("NHS number 943 476 5919, thanks", "NHS number [national id], thanks"),
        ("driving licence MORGA753116SM9IJ", "driving licence [national id]"),
        ("my tax id 12345678901 please", "my tax id [national id] please"),
        ("acc no: 12345678", "acc no: [account]"),
        ("my number is 91234567", "my number is [phone]"),
        ("我车牌京A12345，昨天被追尾了", "我车牌[plate]，昨天被追尾了"),
        ("京A·12345怎么报案", "[plate]怎么报案"),
        ("京a 12345", "[plate]"),
        ("京Ａ１２３４５", "[plate]"),
        ("粤B12345和皖A8K66P是我的", "[plate]和[plate]是我的"),
        ("沪AD12345续保多少钱", "[plate]续保多少钱"),  # a small new-energy car
        ("滬A12345D", "[plate]"),  # a large one
        ("冀B1234挂和粤Z1234港", "[plate]和[plate]"),
        ("新A12345的车险", "[plate]的车险"),
        ("黑A12345", "[plate]"),
        ("车牌号是AD12345，续保", "车牌号是[plate]，续保"),
        ("車牌AB1234", "車牌[plate]"),
    ],
)
def test_however_it_is_written(text: str, masked: str) -> None:
    assert mask(text) == masked


ONLY_ABOUT_IT = """
my password is wrong | my password is expired | my password is not working | My PIN is blocked
the password is incorrect! | my password isn't accepted | password: how do I reset it? | my pin was stolen
Is my password safe? | the security code is on the back | my password is too short | password is needed
a one-time password is sent to me | my passcode is always refused | what my password is? no idea
my PIN is four digits long | password: reset | which PIN is that? | change the pin on my savings account
why the password is never saved | 密码是什么 | 密码为什么不对 | 密码是几位数 | 验证码是发到手机的吗 | 密码：忘了
look at harbour dot com | the code is 123456 a bit late | 4929 1234 5678 9012 is my order | ID card expires 2026-11-25
身份证2026年11月到期 | which ID do I need, 2 or 3? | price @ 3.50 each | IBAN AB12 please | what is an IBAN or a BIC
order ABCDE123456AB123 | @ 5pm | card @ home. ok | charged twice @ amazon.co.uk | I was @ work.Then I lost my card
I bought it @ tesco.com | Book a room @ hotel.Please confirm | write to me @ work.Then we talk | rate @ 5.25.percent
Please email me, I bought it @ tesco.com | What is my number of transactions 20241128
social security 2024-2025 rates | NHS 111 999 | Is my driving licence 2019 2020 valid | the nhs 1 000 000 staff
最新A12345手机壳 | 全新A12345有货吗 | 小米黑K12345手机 | 阿里云E12345实例
云A12345多少钱 | 京东A12345 | 北京A12345会议室
天津B10203 | 南宁C12345 | 京A12345678订单 | 京A12345-6 | 沪A股10000 | 全新A12345加入购物车了
什么品牌？最新A12345 | 苏宁E12345订单 | 济宁B30215
苏E2024学年 | 京AABC12 | 车牌号2026年换 | 车牌识别摄像头X50000
京A1234 | 沪深A12345 | 浙大A12345 | 京I12345 | 京AI2345 | 车牌照片ABC12345 | 粤B1234警告 | 沪A1000港币
居住证2024-2025 | 2026/11/25 2026/11/27 | 1.000.000.000 and 2.000.000 | 1111.2222.3333.4444 | 1.2.3.4
order 20261130-1926581587 | order 135795976-4438764899 | order 20261130-15000123
stay 2026-10-01 2026-10-07 2 adults | 2026-10-01 2026-10-07 12:00 | 2026-10-01-2026-10-23
ref 1234-4111111111111111 | from 2026-11-20 to 2026-11-25 | 2026-10-03 2026-10-08 | 9780-3064-0615-7
"""


@pytest.mark.parametrize("text", messages(ONLY_ABOUT_IT))
def test_what_is_only_about_it_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("masked", "rest"),
    [
        ("my address is [address] when is my bin", "when is my bin"),
        ("Can you book it for Tuesday? [address], [phone]", "Can you book it for Tuesday?"),
        ("I live at [address], do you deliver?", "do you deliver?"),
        ("how do I change my address to [address]", "how do I change my address to"),
        ("我的手机是[phone]，怎么退款", "怎么退款"),
        ("怎么把地址改成[address]", "怎么把地址改成"),
        ("[email]", "[email]"),
        ("my card number is [card]", "my card number is [card]"),
    ],
)
def test_what_a_message_says_beside_personal_data(masked: str, rest: str) -> None:
    assert without_masks(masked) == rest


def test_masking_again_changes_nothing() -> None:
    for row in PERSONAL:
        assert mask(mask(row["text"])) == mask(row["text"])


@given(st.text(max_size=120))
def test_places_are_in_order_and_apart(text: str) -> None:
    end = 0
    for span in find(text):
        assert end <= span.start < span.end <= len(text)
        end = span.end


@pytest.mark.parametrize(
    "piece",
    [
        "1 ",
        "a1",
        "我",
        "1-",
        "password is ",
        "pin for a ",
        "4111 . ",
        "1 My ",
        "市路",
        "GB82",
        "0000 ",
        "路1",
        "省市",
        "a",
        "a@a.",
        "a.",
        "a (at) a",
        "a @ a.",
        "mail a1 ",
        "mail",
        "write to is to ",
        "nhs ",
        "nhs A1",
        "ssn: ",
        "iban GB82 AB12 ",
        "身份证",
        "my id number ",
        "my id 1",
        "京A1",
        "京A",
        "车牌",
        "车牌A1",
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    begin = time.monotonic()
    mask((piece * 10_000)[:10_000])
    assert time.monotonic() - begin < 10  # a pattern that backtracks takes minutes
