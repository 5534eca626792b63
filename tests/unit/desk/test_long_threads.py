"""What the desk shows of a conversation without end."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from apps.desk.html import THREAD, thread_html
from apps.support.company import read_company
from apps.support.store import Message
from apps.ui.texts import t
from knowledge.retrieval.language import Language

SAMPLE = read_company(Path(__file__).parents[3] / "apps/support/sample_company/company.toml")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("details", [True, False])
@pytest.mark.parametrize("more", [0, 1])
def test_of_a_long_thread_the_end_is_shown_and_the_rest_told_of(language: Language, details: bool, more: int) -> None:
    messages = [Message(id, datetime.now(UTC), "customer", f"words {id}.") for id in range(THREAD + more)]
    shown = thread_html(messages, SAMPLE, language, details=details)
    assert shown.count("r1-turn") == THREAD
    assert ("words 0." in shown) is (not more)
    assert f"words {THREAD + more - 1}." in shown
    assert (t("desk.left_out", language, count=THREAD) in shown) is bool(more)
