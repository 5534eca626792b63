"""An FAQ page that is written and read."""

from pathlib import Path

from knowledge.faq.sources import Entry, read_faq


def read(path: Path, text: str) -> tuple[Entry, ...]:
    path.write_text(text, "utf-8")
    return read_faq(path)


def pairs(entries: tuple[Entry, ...]) -> list[tuple[str, str]]:
    return [(entry.title, entry.answer) for entry in entries]
