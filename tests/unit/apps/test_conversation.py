"""What a customer's message may be."""

import pytest

from apps.support.conversation import checked
from core.errors import InputFormatError
from knowledge.privacy import mask


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\u2060", "\ufeff", "\u202e"])
def test_what_nobody_sees_hides_nothing(hidden: str) -> None:
    assert mask(checked(f"my card {hidden.join('4111 1111 1111 1111')}")) == "my card [card]"
    assert checked(f"I want to ki{hidden}ll myself") == "I want to kill myself"
    assert checked(f"我想自{hidden}杀") == "我想自杀"


def test_a_message_that_nobody_sees_is_empty() -> None:
    with pytest.raises(InputFormatError, match="empty"):
        checked("\u200b \u202e\u200f")


def test_an_emoji_of_several_stays_one() -> None:
    assert checked(" 👩\u200d🔧❤\ufe0f ") == "👩\u200d🔧❤\ufe0f"
