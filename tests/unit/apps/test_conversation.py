"""What a customer's message may be."""

import pytest

from apps.support.conversation import checked
from core.errors import InputFormatError
from knowledge.privacy import mask


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b",
        "\u00ad",
        "\u2060",
        "\ufeff",
        "\u202e",
        "\u200d",
        "\u200c\u200d",
        "\ufe0f",
        "\u034f",
        "\U000e0041",
        "\x00\x1b",
    ],
)
def test_what_nobody_sees_hides_nothing(hidden: str) -> None:
    assert mask(checked(f"my card {hidden.join('4111 1111 1111 1111')}")) == "my card [card]"
    assert checked(f"I want to ki{hidden}ll myself") == "I want to kill myself"
    assert checked(f"我想自{hidden}杀") == "我想自杀"


def test_a_message_that_nobody_sees_is_empty() -> None:
    with pytest.raises(InputFormatError, match="empty"):
        checked("\u200b \u202e\u200f\u200d\x00")


@pytest.mark.parametrize(
    "said",
    [
        "👩\u200d🔧❤\ufe0f 1\ufe0f\u20e3",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937",
    ],
)
def test_what_changes_how_emoji_and_letters_look_stays(said: str) -> None:
    assert checked(f" {said} ") == said
