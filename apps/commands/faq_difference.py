"""Prints the changes of a version for ``r1 faq diff``."""

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .terminal import printable, say

if TYPE_CHECKING:
    from knowledge.faq.answer_tests import AnswerTest
    from knowledge.faq.difference import Change, Difference
    from knowledge.faq.sources import Entry


def print_difference(changes: "Difference", limit: int | None) -> None:
    for title, sign, style, entries in (("New", "+", "green", changes.added), ("Gone", "-", "red", changes.removed)):
        if entries:
            say(f"\n{title}", style="bold")
        for entry in entries[:limit]:
            say(f"{sign} {_headline(entry)}", style=style)
            if sign == "+":
                say(printable(entry.answer), style="dim")
        _print_rest(len(entries), limit)
    if changes.changed:
        say("\nChanged", style="bold")
    for change in changes.changed[:limit]:
        _print_change(change)
    _print_rest(len(changes.changed), limit)


def _print_change(change: "Change") -> None:
    say(f"~ {_headline(change.after)}", style="yellow")
    for name in change.fields:
        say(f"  {name}")
        before, after = (_lines(getattr(entry, name)) for entry in (change.before, change.after))
        for line in list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]:  # without the two header lines
            if line[0] in "+-":
                say(f"  {line[0]} {printable(line[1:])}", style="green" if line[0] == "+" else "red")


def print_tests(before: "Sequence[AnswerTest]", after: "Sequence[AnswerTest]", limit: int | None) -> None:
    old, new = set(before), set(after)
    differing = [("+", test) for test in after if test not in old] + [("-", test) for test in before if test not in new]
    if differing:
        say("\nAnswer tests", style="bold")
    for sign, test in differing[:limit]:
        say(f"{sign} {printable(test.question)} -> {test.expect}", style="green" if sign == "+" else "red")
    _print_rest(len(differing), limit)


def _print_rest(count: int, limit: int | None) -> None:
    if limit is not None and count > limit:
        say(f"… and {count - limit:,} more; --all shows them")


def _headline(entry: "Entry") -> str:
    audience = "" if entry.audience == "public" else f", for {entry.audience} only"
    days = "".join(f", {word} {day}" for word, day in (("from", entry.valid_from), ("until", entry.valid_until)) if day)
    return f"{entry.id} ({entry.language}{audience}{days}): {printable(entry.title)}"


def _lines(value: object) -> list[str]:
    if isinstance(value, tuple):
        return [str(each) for each in value]
    return [] if value is None else str(value).splitlines()
