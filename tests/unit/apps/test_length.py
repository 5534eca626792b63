"""What is said of a text that has more characters than its field takes."""

import pytest

from apps.ui.length import too_long
from knowledge.retrieval.language import Language


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("a" * 2_000, "en", ""),
        ("", "en", ""),
        (f"{'a' * 2_000} \n", "en", ""),  # the space around it is not sent
        ("a" * 2_001, "en", "At most 2,000 characters: 1 too many."),
        ("🙂" * 3_413, "en", "At most 2,000 characters: 1,413 too many."),  # characters, not their halves
        ("请" * 2_001, "zh", "最多 2,000 个字符，已超出 1 个。"),
    ],
)
def test_what_is_too_much_is_counted(text: str, language: Language, said: str) -> None:
    assert too_long(text, 2_000, language) == said
