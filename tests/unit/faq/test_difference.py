"""What a version changes."""

import os
from datetime import date
from pathlib import Path

from knowledge.faq.difference import difference, with_kept_dates
from knowledge.faq.sources import read_sources
from tests.exact_search import entry

PAY, LOST = entry("pay"), entry("lost")


def test_new_gone_and_changed() -> None:
    costlier, chinese = entry("pay", answer="Ten.", tags=["a"]), entry("pay", language="zh")
    changes = difference([PAY, LOST], [costlier, chinese])
    assert (changes.added, changes.removed) == ((chinese,), (LOST,))
    (change,) = changes.changed
    assert (change.before, change.after, change.fields) == (PAY, costlier, ("answer", "tags"))


def test_another_order_is_no_change() -> None:
    assert not difference([PAY, LOST], [LOST, PAY])
    assert difference([PAY], [])


def test_what_tells_no_date_keeps_the_published_one_unless_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_text("id,question,answer,updated\npay,How?,So.,\nlost,Lost?,Call.,\nfee,Fee?,Five.,2026-01-01\n")
    os.utime(path, (1_767_225_600, 1_767_225_600))  # 2026-01-01
    published = read_sources([path]).entries
    path.write_text("id,question,answer,updated\npay,How?,So.,\nlost,Lost?,Write.,\nfee,Fee?,Five.,2026-01-02\n")
    os.utime(path, (1_767_312_000, 1_767_312_000))
    entries = with_kept_dates(read_sources([path]), published)
    assert [(change.after.id, change.fields) for change in difference(published, entries).changed] == [
        ("lost", ("answer", "updated")),
        ("fee", ("updated",)),
    ]
    assert [entry.updated for entry in entries] == [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 2)]
