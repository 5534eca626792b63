"""What a version changes."""

from knowledge.faq.difference import difference
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
