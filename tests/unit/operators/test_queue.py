"""The list of who waits for a person."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from apps.operators.queue import _line


@pytest.mark.parametrize(
    ("note", "shown"), [("Call me.", "Call me."), ("a" * 90, "a" * 90), ("请" * 91, "请" * 90 + "…")]
)
def test_a_long_note_is_seen_to_go_on(note: str, shown: str) -> None:
    hand_off = SimpleNamespace(
        reference="K7QM-2XJ4", topic="", state="waiting", note=note, transcript=(), created_at=datetime.now(UTC)
    )
    assert _line(hand_off, "en").splitlines()[1] == shown
