"""Rows to train with: what files may hold, and that a broken row is named."""

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engine.request import Message
from core.errors import InputError, InputFormatError, InputTooLargeError
from core.lora.rows import Row, RowFile, read_plain, read_rows
from tests.unit.core.training_fakes import write_rows

ROW = {"task": "t", "prompt": "why?", "completion": "so"}
CONVERSATION = [
    {"role": "system", "content": "be brief"},
    {"role": "user", "content": "why?"},
    {"role": "assistant", "content": "so"},
]


def file_of(path: Path, rows: list[Any]) -> Path:
    """The rows in the format of the name."""
    if path.suffix == ".jsonl":
        return write_rows(path, rows)
    if path.suffix == ".json":
        path.write_text(json.dumps(rows), "utf-8")
        return path
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.JSONL"])
def test_prompt_and_completion(tmp_path: Path, name: str) -> None:
    rows, second = [ROW, {"prompt": 'a, "b"\nc', "completion": "日本\u2028x", "more": "1"}], 2
    if name.endswith("JSONL"):
        (tmp_path / name).write_text("\ufeff" + "\n\n".join(map(json.dumps, rows)), "utf-8")
        read, second = read_rows(tmp_path / name), 3  # the line, as an editor counts it
    else:
        read = read_rows(file_of(tmp_path / name, rows))
    assert read.rows == (
        Row(name, 1, "t", (Message("user", "why?"),), "so"),
        Row(name, second, "", (Message("user", 'a, "b"\nc'),), "日本\u2028x"),
    )
    assert (read.name, read.sha256) == (name, hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())


@pytest.mark.parametrize("read", [read_rows, read_plain])
def test_a_folder_is_told_from_a_file_of_another_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], RowFile]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"^\. is a folder"):
        read(Path())


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_columns_of_other_rows_may_be_empty(tmp_path: Path, name: str) -> None:
    """As pandas and Hugging Face's data sets write them."""
    empty = {"messages": None, "task": None}, {"messages": CONVERSATION, "prompt": None, "completion": None}
    rows = [{"prompt": "why?", "completion": "so"} | empty[0], empty[1]]
    assert [row.completion for row in read_rows(file_of(tmp_path / name, rows)).rows] == ["so", "so"]


@pytest.mark.parametrize("value", ["", "3"])
def test_a_table_may_have_a_column_of_that_name(tmp_path: Path, value: str) -> None:
    (row,) = read_rows(file_of(tmp_path / "a.csv", [ROW | {"messages": value}])).rows
    assert row.completion == "so"


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_messages_of_which_the_last_is_learnt(tmp_path: Path, name: str) -> None:
    (row,) = read_rows(file_of(tmp_path / name, [{"messages": CONVERSATION}])).rows
    assert row == Row(name, 1, "", (Message("system", "be brief"), Message("user", "why?")), "so")


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
@pytest.mark.parametrize(
    ("broken", "kind", "message"),
    [
        ("text", InputFormatError, "is not an object"),
        ({"prompt": "a"}, InputFormatError, "has no text 'completion'"),
        ({"completion": "a"}, InputFormatError, "has no text 'prompt'"),
        ({"prompt": 1, "completion": "a"}, InputFormatError, "has no text 'prompt' but a number. Put it in quotes"),
        (ROW | {"completion": True}, InputFormatError, "has no text 'completion' but true or false. Put it in quotes"),
        (ROW | {"completion": ["a"]}, InputFormatError, "has no text 'completion'. A row has prompt and completion"),
        (ROW | {"task": 7}, InputFormatError, "has no text 'task' but a number"),
        (ROW | {"completion": "\ud800"}, InputFormatError, "completion holds half a character"),
        (ROW | {"prompt": "p" * 200_001}, InputTooLargeError, "prompt has more than 200,000"),
        ({"messages": "hi"}, InputFormatError, "messages is not a list"),
        ({"messages": []}, InputFormatError, "messages is not a list"),
        ({"messages": ["hi"]}, InputFormatError, "messages is not a list"),
        ({"messages": [{"role": "robot", "content": "a"}]}, InputFormatError, "a role is none of"),
        ({"messages": CONVERSATION[:2]}, InputFormatError, "the last the assistant's"),
        ({"messages": CONVERSATION[2:]}, InputFormatError, "at least two"),
        ({"messages": [CONVERSATION[1], {"role": "assistant"}]}, InputFormatError, "has no text 'content'"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, name: str, broken: Any, kind: type[InputError], message: str) -> None:
    with pytest.raises(kind, match=f"^{name}, row 2.*{message}"):
        read_rows(file_of(tmp_path / name, [ROW, broken, ROW]))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.jsonl",
            b'{"prompt": "a", "completion": "b"}\n\n{"prompt": \n',
            "^a.jsonl, row 3 is not JSON.*double quotes",
        ),
        ("a.jsonl", b"[" * 100_000, "^a.jsonl, row 1 is not JSON"),
        ("a.json", b'[{"prompt": "a",\n "completion": b}]', "^a.json is not JSON from line 2 on"),
        ("a.json", json.dumps(ROW).encode(), "^a.json is not a list"),
        ("a.json", b"\xff\xfe", "^a.json is not UTF-8 text. Save it as UTF-8"),
        ("a.csv", "prompt,completion\na,\u4f60".encode("gbk"), "^a.csv is not UTF-8 text. Save it as UTF-8"),
        ("a.csv", b"Prompt,Completion\na,b\n", "no text 'prompt'.*It has: Prompt, Completion$"),
        ("a.csv", b"prompt;completion\na;b\n", "no text 'prompt'.*commas separate columns.*: prompt, completion$"),
        ("a.csv", b"I am Ann,fine\na,b\n", "no text 'prompt'. A row has prompt and completion, or messages$"),
        ("a.csv", b"prompt,completion\na\n", "no text 'completion'. A row has prompt and completion, or messages$"),
        ("a.jsonl", b'{"instruction": "a", "input": "", "output": "b"}', "It has: instruction, input, output$"),
        ("a.csv", b"prompt,completion\na,b\nc\n", "^a.csv, row 2 has no text 'completion'"),
        ("a.csv", b"question,answer\na,b\n", "^a.csv, row 1 has no text 'prompt'"),
        ("a.csv", b"prompt,completion\na," + b"b" * 250_000, "^a.csv, row 1: completion has more than 200,000"),
        ("a.csv", b"prompt,completion\na," + b"b" * 450_000, "^a.csv, row 1 is not CSV: field larger"),
        ("a.csv", b"prompt,completion,prompt\na,b,c\n", "^a.csv has two columns 'prompt'. Rename one"),
        ("a.csv", b"prompt,completion\na,b,c\n", "^a.csv, row 1 has too many columns"),
        ("a.csv", b'prompt,completion\na,b\nc,"d\ne,f\ng,h\n', "^a.csv, row 2 is not CSV: unexpected end of data"),
        ("a.csv", b'"prompt,completion\na,b\n', "^a.csv, row 1 is not CSV: unexpected end of data"),
        ("a.txt", b"", "^a.txt is none of .json, .jsonl, .csv"),
        ("a.jsonl", b"\n \n", "^a.jsonl holds no rows"),
        ("a.json", b"[]", "^a.json holds no rows"),
        ("a.csv", b"prompt,completion\n", "^a.csv holds no rows"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    csv.field_size_limit(131_072)  # Python's own, which other readers of this process may have raised
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_rows(tmp_path / name)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name, problem in (("absent.jsonl", "cannot be read"), ("folder.csv", "is a folder")):
        with pytest.raises(InputError, match=f"^{name} {problem}"):
            read_rows(tmp_path / name)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=80), st.sampled_from([".json", ".jsonl", ".csv"]))
def test_whatever_is_in_a_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("rows") / f"r{suffix}"
    path.write_bytes(content if suffix != ".csv" else b"prompt,completion\n" + content)
    message = path.name
    try:
        assert read_rows(path).rows
    except InputError as error:
        message = error.message
    assert path.name in message
