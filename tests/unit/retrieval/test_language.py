"""Languages, and characters that differ in form only."""

import time

import pytest

from knowledge.retrieval.language import is_foreign, simplified


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
