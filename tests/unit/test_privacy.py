"""Personal data is taken out; order numbers, prices, dates and opening hours stay."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.privacy import find, mask

DATA = Path(__file__).parents[1] / "data/support"


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


PERSONAL, INNOCENT = lines("pii.jsonl"), lines("no_pii.jsonl")


def remains(secret: str, masked: str) -> bool:
    """Whether a part of the secret that tells something is still there: a number, a longer word."""
    parts = re.findall(r"[A-Za-z0-9À-ɏЀ-ӿ]+|[\u4e00-\u9fff]+", secret)
    telling = [part for part in parts if re.search(r"\d", part) or len(part) >= (4 if part.isascii() else 2)]
    return any(re.search(rf"(?<![A-Za-z0-9]){re.escape(part)}(?![A-Za-z0-9])", masked) for part in telling)


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
    "piece", ["1 ", "a1", "我", "1-", "1 My ", "市路", "GB82", "0000 ", "路1", "省市", "a", "a@a."]
)
def test_no_text_takes_long(piece: str) -> None:
    begin = time.monotonic()
    mask((piece * 2_000)[:2_000])
    assert time.monotonic() - begin < 10  # a pattern that backtracks takes minutes
