"""Languages, and characters that differ in form only."""

import time

import pytest

from knowledge.retrieval.language import is_foreign, is_traditional, simplified, traditional


@pytest.mark.parametrize(
    "message",
    [
        "¿Puedo devolver la bicicleta?",
        "quiero hablar con alguien por favor",
        "Puis-je payer avec une carte étrangère ?",
        "Ist die Werkstatt auch samstags offen und kann ich einfach kommen?",
        "Posso pagar com boleto? quando chega",
        "Vorrei sapere quando arriva il pacco",
        "Kan ik het geld terug krijgen?",
        "Cửa hàng mở cửa lúc mấy giờ?",
        "返品したいのですが",
        "환불하고 싶어요",
        "Можно вернуть товар?",
        "هل يمكنني إرجاع الطلب؟",
        "merci",
    ],
)
def test_other_languages_are_told(message: str) -> None:
    assert is_foreign(message)


@pytest.mark.parametrize(
    "message",
    [
        "cna i retrun teh helmt",
        "is the café de la Gare on your map",
        "Do you stock Zoë Cruz gloves?",
        "Peugeot LE01",
        "Ｈｏｗ　ｃａｎ　Ｉ　ｐａｙ",
        "how do I get to Los Angeles or Las Vegas from here",
        "我想問の是這個",
        "這款 la vie est belle 還有貨嗎",
        "12 µF?",
        "🚲🚲",
        "...",
    ],
)
def test_english_and_chinese_are_not(message: str) -> None:
    assert not is_foreign(message)


def test_a_long_message_takes_no_time() -> None:
    began = time.perf_counter()
    for piece in ("a'", "é", "の", "¿"):
        is_foreign(piece * 2_000)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("traditional", "usual"),
    [
        ("繳帳單", "缴账单"),
        ("我要轉帳", "我要转账"),
        ("銷帳", "销账"),
        ("帳款已付", "账款已付"),
        ("露營帳篷", "露营帐篷"),
    ],
)
def test_accounts_in_traditional_characters_are_written_as_in_simplified_texts(traditional: str, usual: str) -> None:
    assert simplified(traditional) == usual


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("請問台北分店幾點開門？", True),
        ("我張卡唔見咗點算", True),
        ("请问台北分店几点开门？", False),
        ("那里的著名皇后大道怎么走", False),
        ("好", None),
        ("OK, thank you", None),
        ("我可以投", None),
    ],
)
def test_the_script_of_a_chinese_message(text: str, expected: bool | None) -> None:
    assert is_traditional(text) is expected


def test_simplified_sentences_in_traditional_characters() -> None:
    assert traditional("好的，不着急，有需要随时找我。") == "好的，不著急，有需要隨時找我。"
    assert traditional("这里为您转接人工客服，账户请见 https://a.example/账").startswith("這裡為您轉接人工客服，賬戶")
