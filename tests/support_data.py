"""Hand-offs for tests."""

from datetime import UTC, datetime
from typing import Any

from apps.support.chat import new_reference
from apps.support.store import HandOff

TRANSCRIPT = (
    {"question": "卡丢了怎么办？ 🙂 'quoted' \"twice\"; --", "action": "answer", "answer": "请立即挂失。\n然后…"},
)


def hand_off(**fields: Any) -> HandOff:
    """A hand-off with these fields and plausible others."""
    plain: dict[str, Any] = {
        "reference": new_reference(),
        "created_at": datetime.now(UTC),
        "language": "zh",
        "email": "li@example.com",
        "note": "",
        "transcript": TRANSCRIPT,
        "library_version": "0123456789ab",
    }
    return HandOff(**{**plain, **fields})
