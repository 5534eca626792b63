"""Reading an FAQ file: what is well formed is taken, everything else is refused by name."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.support.conversation import checked
from core.errors import InputError, InputFormatError, InputTooLargeError
from knowledge.faq.sources import MAX_QUESTION, read_faq, read_sources
from knowledge.faq.sources.json_file import MAX_BYTES

SAMPLE = Path(__file__).parents[3] / "apps/support/sample_company/faq.json"
ENTRY = {
    "id": "card-lost",
    "language": "en",
    "questions": ["I lost my card"],
    "answer": "Call us.",
    "tags": ["cards"],
    "link": "https://example.com/cards",
    "updated": "2026-01-31",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def write(path: Path, *entries: Any) -> Path:
    path.write_text(json.dumps({"version": 1, "entries": list(entries)}), "utf-8")
    return path


def test_entry_is_read(tmp_path: Path) -> None:
    (entry,) = read_faq(write(tmp_path / "faq.json", {**ENTRY, "answer": " Call us.\n"}))
    assert (entry.id, entry.title, entry.answer) == ("card-lost", "I lost my card", "Call us.")
    assert entry.updated.isoformat() == "2026-01-31"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda entry: entry.pop("answer"), "answer"),
        (lambda entry: entry.update(answer="  "), "answer"),
        (lambda entry: entry.update(answer="x" * 20_001), "answer"),
        (lambda entry: entry.update(answers="typo"), "answers"),
        (lambda entry: entry.update(questions=[]), "questions"),
        (lambda entry: entry.update(questions="I lost my card"), "questions"),
        (lambda entry: entry.update(questions=["ok", 7]), r"questions\.1"),
        (lambda entry: entry.update(language="fr"), "language"),
        (lambda entry: entry.update(link="javascript:alert(1)"), "link"),
        (lambda entry: entry.update(updated="31.01.2026"), "updated"),
        (lambda entry: entry.update(answer="\ud800"), "answer"),
    ],
)
def test_malformed_entry_is_named_with_its_field(tmp_path: Path, change: Callable[[Any], Any], field: str) -> None:
    broken = copy.deepcopy(ENTRY)
    change(broken)
    with pytest.raises(InputFormatError, match=rf"faq\.json, entry 2 'card-lost': {field}\b"):
        read_faq(write(tmp_path / "faq.json", {**ENTRY, "id": "first"}, broken))


def test_characters_that_nobody_sees_are_taken_out_as_of_messages(tmp_path: Path) -> None:
    unseen = {"questions": ["How do I get a re\u00adfund\u200b?"], "answer": "Ask \u202efor\u202c it.\x00\x07\nNow."}
    (entry,) = read_faq(write(tmp_path / "faq.json", {**ENTRY, **unseen}))
    assert (entry.title, entry.answer) == ("How do I get a refund?", "Ask for it.\nNow.")
    assert checked(entry.title) == entry.title, "a title that was picked is known again"


def test_a_question_is_no_longer_than_a_message(tmp_path: Path) -> None:
    (entry,) = read_faq(write(tmp_path / "faq.json", {**ENTRY, "questions": ["x" * MAX_QUESTION]}))
    assert checked(entry.title) == entry.title
    with pytest.raises(InputFormatError, match="'card-lost': a question has more than 2,000 characters"):
        read_faq(write(tmp_path / "faq.json", {**ENTRY, "questions": ["ok", "x" * (MAX_QUESTION + 1)]}))


@pytest.mark.parametrize("name", ["", "Card Lost", "-card", "card\n", "c" * 81])
def test_ids_are_plain(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputFormatError, match=r"entry 1 .*: id\b"):
        read_faq(write(tmp_path / "faq.json", {**ENTRY, "id": name}))


def test_same_id_twice_in_a_language_is_refused_and_a_translation_is_not(tmp_path: Path) -> None:
    translation = {**ENTRY, "language": "zh"}
    assert len(read_faq(write(tmp_path / "faq.json", ENTRY, translation))) == 2
    with pytest.raises(InputFormatError, match=r"entry 3 .* stands already in faq\.json, entry 1 'card-lost' for en"):
        read_faq(write(tmp_path / "faq.json", ENTRY, translation, ENTRY))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "line 1, column 1: not JSON"),
        (b'{"version": 1,\n "entries": [}', "line 2, column 14: not JSON"),
        (b"\xff\xfe{\x00}", "not UTF-8"),
        (b"[]", 'it is written like {"version": 1, "entries": [...]}'),
        (b'{"version": 2, "entries": []}', "version"),
        (b'{"version": 1, "entries": []}', "no entries"),
        (b'{"version": 1, "entries": {}}', "entries"),
        (b'{"version": 1, "entries": [], "more": 1}', "more"),
        (b'{"version": ' + b"9" * 5000 + b', "entries": []}', "faq.json"),
        (b"[" * 200_000, "nested too deeply"),
    ],
    ids=range(10),
)
def test_malformed_file_is_named(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "faq.json").write_bytes(content)
    with pytest.raises(InputFormatError, match=r"faq\.json") as caught:
        read_faq(tmp_path / "faq.json")
    assert problem in str(caught.value)


def test_absent_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_faq(tmp_path / "none.json")
    with pytest.raises(InputError, match="has no FAQ file"):
        read_faq(tmp_path)


def test_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "faq.json").open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # a hole, no bytes on disk
    with pytest.raises(InputTooLargeError, match="256 MiB"):
        read_faq(tmp_path / "faq.json")
    (tmp_path / "fees.md").write_text("# What is the fee?\n\nNothing.\n")
    (tmp_path / "fees.md.toml").write_bytes(b"#" * (1 << 17))
    with pytest.raises(InputTooLargeError, match="64 KiB"):
        read_faq(tmp_path / "fees.md")


def refused(path: Path) -> str:
    """Why a file is refused; empty when it is read."""
    try:
        read_faq(path)
    except InputFormatError as error:
        return str(error)
    return ""


@given(field=st.sampled_from([*ENTRY, "other"]), value=JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_is_read_or_refused(tmp_path: Path, field: str, value: Any) -> None:
    refusal = refused(write(tmp_path / "faq.json", {**ENTRY, field: value}))
    assert "faq.json, entry 1" in refusal or not refusal


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    """The bytes of a good file with a stretch of them replaced."""
    good = write(tmp_path / "faq.json", ENTRY).read_bytes()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, len(good)))
    (tmp_path / "faq.json").write_bytes(good[:start] + data.draw(st.binary(max_size=12)) + good[end:])
    refusal = refused(tmp_path / "faq.json")
    assert "faq.json" in refusal or not refusal


def test_sample_company_is_in_both_languages() -> None:
    entries = read_faq(SAMPLE)
    ids = {language: {entry.id for entry in entries if entry.language == language} for language in ("en", "zh")}
    assert ids["en"] == ids["zh"]
    assert len(ids["en"]) > 50


def test_folder_is_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / ".git").mkdir()
    write(tmp_path / "a.json", ENTRY)
    (tmp_path / "more/b.md").write_text("# Why?\nBecause.")
    (tmp_path / "more/b.md.toml").write_text('audience = "internal"')
    for name in (".git/c.md", "more/.hidden.md", "more/~$b.xlsx", "logo.png", "a.json.toml"):
        (tmp_path / name).write_text("x")
    (tmp_path / "link.md").symlink_to(tmp_path / "more/b.md")
    reading = read_sources([tmp_path])
    assert [(entry.id, entry.audience) for entry in reading.entries] == [("card-lost", "public"), ("why", "internal")]
    assert reading.skipped == (tmp_path / "a.json.toml", tmp_path / "logo.png")


def test_same_id_in_two_files_names_both(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Why?\nBecause.")
    (tmp_path / "b.html").write_text("<details><summary>Why?</summary>So.</details>")
    with pytest.raises(InputFormatError, match=r"b\.html, line 1: id 'why' stands already in a\.md, line 1 for en"):
        read_faq(tmp_path)
    (tmp_path / "a.md").unlink()
    (tmp_path / "b.html").write_text("<h2>Why?</h2>So.<h2>Why?</h2>No.")
    with pytest.raises(InputFormatError, match=r"b\.html, line 1: id 'why' stands already in b\.html, line 1"):
        read_faq(tmp_path)


def test_file_of_another_format(tmp_path: Path) -> None:
    (tmp_path / "faq.docx").write_bytes(b"PK")
    with pytest.raises(InputFormatError, match=r"faq\.docx is of no format that is read"):
        read_faq(tmp_path / "faq.docx")


def test_progress_is_told(tmp_path: Path) -> None:
    entries = [{**ENTRY, "id": f"e{number}"} for number in range(1_200)]
    told: list[tuple[str, int]] = []
    read_sources([write(tmp_path / "faq.json", *entries)], lambda name, count: told.append((name, count)))
    assert told == [("faq.json", 500), ("faq.json", 1_000), ("faq.json", 1_200)]
