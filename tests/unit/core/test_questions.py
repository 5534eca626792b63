"""Questions from JSONL files."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError, InputFormatError, InputTooLargeError
from core.lora.questions import Question, read_questions, spread

ROW = {"task": "t", "prompt": "p", "completion": "a", "choices": ["a", "b"]}


def file_of(folder: Path, *lines: str) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_questions_are_read_in_order(tmp_path: Path) -> None:
    lines = [json.dumps({**ROW, "prompt": str(n), "more": n}) for n in range(3)]
    read = read_questions(file_of(tmp_path, lines[0], "", *lines[1:]))
    assert [one.prompt for one in read] == ["0", "1", "2"]
    assert read[0] == Question("t", "0", "a", ("a", "b"))
    assert [one.number for one in read] == [1, 3, 4], "the lines, as an editor counts them"


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"task": None}, InputFormatError, "row 2: task"),
        ({"prompt": " "}, InputFormatError, "row 2: prompt"),
        ({"prompt": "\ud800"}, InputFormatError, "row 2: prompt"),
        ({"prompt": "p" * 200_001}, InputTooLargeError, "row 2: prompt"),
        ({"completion": "c"}, InputFormatError, "row 2: the completion"),
        ({"choices": "ab"}, InputFormatError, "row 2: choices"),
        ({"choices": ["a"]}, InputFormatError, "row 2: choices"),
        ({"choices": ["a", 1]}, InputFormatError, "row 2: a choice"),
        ({"choices": ["a", "b", "a"]}, InputFormatError, "row 2: two choices"),
        ({"choices": [str(n) for n in range(1001)]}, InputFormatError, "row 2: choices"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, change: dict[str, Any], kind: type[InputError], message: str) -> None:
    with pytest.raises(kind, match=f"questions.jsonl, {message}"):
        read_questions(file_of(tmp_path, json.dumps(ROW), json.dumps(ROW | change)))


values = st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3))


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=60) | st.dictionaries(st.sampled_from([*ROW]), values).map(lambda row: json.dumps(row).encode())
)
def test_whatever_is_in_a_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("questions") / "q.jsonl"
    path.write_bytes(content)
    message = "q.jsonl"
    try:
        assert all(one.completion in one.choices for one in read_questions(path))
    except InputError as error:
        message = error.message
    assert "q.jsonl" in message


def test_absent_and_empty_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_questions(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="no questions"):
        read_questions(file_of(tmp_path, ""))


@given(st.integers(1, 200), st.integers(1, 250))
def test_a_sample_is_spread(size: int, count: int) -> None:
    picked = spread(range(size), count)
    assert picked == spread(range(size), count)
    assert len(picked) == min(size, count)
    assert sorted(set(picked)) == picked
    assert all(n * size // len(picked) <= place < (n + 1) * size // len(picked) for n, place in enumerate(picked))
