"""FAQ entries and answer tests from CSV and XLSX."""

import contextlib
import re
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from core.errors import InputFormatError, InputTooLargeError
from knowledge.faq.answer_tests import MUST_NOT_ANSWER, read_tests
from knowledge.faq.sources import read_faq
from tests.unit.faq.refusals import is_read_or_refused
from tests.unit.faq.table_files import sheet, table

HEADER = ["id", "language", "questions", "answer", "tags", "audience", "link", "updated", "valid_from", "valid_until"]
ROW: list[Any] = ["card-lost", "en", "I lost my card\nCard gone | Stolen card", "Call us.", "cards, urgent", "internal"]
ROW += ["https://example.com/cards", "2026-01-31", "2026-01-01", "2026-12-31"]


@pytest.fixture(params=["faq.csv", "faq.xlsx"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def test_all_fields_are_read(path: Path) -> None:
    (entry,) = read_faq(table(path, [HEADER, ROW]))
    assert (entry.id, entry.language, entry.answer, entry.audience) == ("card-lost", "en", "Call us.", "internal")
    assert entry.questions == ("I lost my card", "Card gone", "Stolen card")
    assert entry.tags == ("cards", "urgent")
    assert str(entry.link) == "https://example.com/cards"
    assert (entry.updated, entry.valid_from) == (date(2026, 1, 31), date(2026, 1, 1))
    assert entry.valid_until == date(2026, 12, 31)


def test_question_and_answer_are_enough(path: Path) -> None:
    """The id is made of the question, the language found, the date is the file's."""
    rows = [["Question", " ANSWER "], ["What does it cost?", 5], [], ["怎么开户？", "带身份证。"]]
    english, chinese = read_faq(table(path, rows))
    assert (english.id, english.language, english.answer) == ("what-does-it-cost", "en", "5")
    assert chinese.id.startswith("q-")
    assert chinese.language == "zh"
    assert english.updated == datetime.fromtimestamp(path.stat().st_mtime).astimezone().date()
    assert english.audience == "public"
    assert read_faq(path)[1].id == chinese.id


def test_columns_of_a_help_desk(path: Path) -> None:
    header: list[Any] = ["Article ID", "Title", "Body", "Locale", "Labels", "Updated at", "HTML URL"]
    row: list[Any] = [
        "360",
        "Open?",
        "<p>Yes.</p>",
        "en-gb",
        "faq,hours",
        "2026-09-14T10:00:00Z",
        "https://a.example/1",
    ]
    other: list[Any] = ["361", "开门吗？", "开。", "zh_Hans-CN"]
    english, chinese = read_faq(table(path, [["Help centre"], [], header, row, other]))
    assert (english.id, english.title, english.answer, english.language) == ("360", "Open?", "Yes.", "en")
    assert (english.tags, english.updated) == (("faq", "hours"), date(2026, 9, 14))
    assert (chinese.language, chinese.answer) == ("zh", "开。")


def test_a_title_over_all_columns_may_stand_above_the_table(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["客服常见问题"], [], ["标准问题", "标准答案"], ["几点开门？", "九点。"]]
    (entry,) = read_faq(merge(sheet(tmp_path / "faq.xlsx", ("FAQ", rows)), "A1:B1"))
    assert (entry.title, entry.answer) == ("几点开门？", "九点。")


def test_all_unknown_columns_are_named_at_once(path: Path) -> None:
    with pytest.raises(
        InputFormatError, match=r"row 1: 'Draft', 'Created at', 'anser' \(is answer meant\?\) are no columns"
    ) as no:
        read_faq(table(path, [["Title", "Draft", "Created at", "anser"], ["q", "false", "2026-01-01", "a"]]))
    assert no.value.hint.startswith("Rename or delete them; the columns are id, language, questions, answer")
    with pytest.raises(InputFormatError, match="row 1: the column questions is there twice") as no:
        read_faq(table(path, [["Title", "Question", "answer"], ["q", "q", "a"]]))
    assert no.value.hint == "Rename or delete one of 'Title', 'Question'"


def test_chinese_headers(path: Path) -> None:
    (entry,) = read_faq(
        table(path, [["编号", "问题", "答案", "标签"], ["open", "怎么开户？", "带身份证。", "开户，新客户"]])
    )
    assert (entry.id, entry.tags) == ("open", ("开户", "新客户"))


@pytest.mark.parametrize(("wrong", "right"), [("anser", "answer"), ("答复", "答案")])
def test_the_columns_are_named_in_the_language_of_an_unknown_one(path: Path, wrong: str, right: str) -> None:
    with pytest.raises(InputFormatError) as caught:
        read_faq(table(path, [["question", wrong], ["q", "a"]]))
    assert right in caught.value.hint.partition("the columns are ")[2].split(", ")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([HEADER, ROW, [*ROW[:1], "fr", *ROW[2:]]], "row 3: language: one of 'en' or 'zh' is expected"),
        ([HEADER, ROW, ROW], "row 3: id 'card-lost' stands already in"),
        ([["question", "answer"], ["only a question"]], "row 2: answer: it is missing"),
        ([["question", "answer"], ["q", "a", "more"]], "row 2: it has 3 cells, and the first row 2"),
        ([["question", "anser"], ["q", "a"]], r"row 1: 'anser' \(is answer meant\?\) is no column"),
        ([["question", "questions", "answer"], ["q", "q", "a"]], "row 1: the column questions is there twice"),
        ([["question", "answer"]], "has no entries"),
        ([["question", "answer", "updated"], ["q", "a", "31/01/2026"]], "row 2: updated: "),
        (
            [["question", "answer", "valid_from", "valid_until"], ["q", "a", "2026-02-01", "2026-01-01"]],
            "row 2: valid_unt",
        ),
        ([["question", "answer"], ["q", "#REF!"]], "row 2: a formula ended in #REF!"),
        ([["question", "answer", "audience"], ["q", "a", "Internal Staff"]], "row 2: audience: "),
        ([["question", "answer"], ["q", "x" * 20_001]], "row 2: answer: "),
    ],
    ids=range(12),
)
def test_malformed_row_is_named(path: Path, rows: list[list[Any]], problem: str) -> None:
    with pytest.raises(InputFormatError, match=problem) as caught:
        read_faq(table(path, rows))
    assert str(caught.value).startswith(path.name)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_and_a_byte_order_mark(tmp_path: Path, delimiter: str) -> None:
    text = f'\ufeffquestion{delimiter}answer\r\n"How, much?"{delimiter}"5, or\r\n6"\r\n'
    (tmp_path / "faq.csv").write_bytes(text.encode())
    (entry,) = read_faq(tmp_path / "faq.csv")
    assert (entry.title, entry.answer) == ("How, much?", "5, or\r\n6")


@pytest.mark.parametrize("before", ["sep=;\n", "SEP=;\r\n", "\n\n", "\r\nsep=;\n\n"])
def test_lines_before_the_columns(tmp_path: Path, before: str) -> None:
    path = tmp_path / "faq.csv"
    path.write_text(f"{before}question;answer\nOne, two?;a\n", "utf-8", newline="")
    (entry,) = read_faq(path)
    assert (entry.title, entry.answer) == ("One, two?", "a")
    path.write_text(f"{before}question;answer\nOne;a;b\n", "utf-8", newline="")
    with pytest.raises(InputFormatError, match=rf"faq\.csv, row {before.count(chr(10)) + 2}:"):
        read_faq(path)


def test_csv_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "faq.csv").write_text('question,answer\nq,"never closed\n')
    with pytest.raises(InputFormatError, match=r"faq\.csv, line 2: not CSV"):
        read_faq(tmp_path / "faq.csv")
    (tmp_path / "faq.csv").write_bytes("question,answer\n怎么,开户".encode("gb18030"))
    with pytest.raises(InputFormatError, match="not UTF-8"):
        read_faq(tmp_path / "faq.csv")


def test_every_sheet_is_read_and_named(tmp_path: Path) -> None:
    good = [["question", "answer"], ["q1", "a"]]
    path = sheet(
        tmp_path / "faq.xlsx", ("Cards", good), ("Empty", []), ("Loans", [["question", "answer"], ["q2", "b"]])
    )
    assert [entry.title for entry in read_faq(path)] == ["q1", "q2"]
    sheet(path, ("Cards", good), ("Loans", [["question", "answer"], ["q2"]]))
    with pytest.raises(InputFormatError, match=r"faq\.xlsx, sheet 'Loans', row 2: answer"):
        read_faq(path)


def test_dates_and_formulas_of_a_spreadsheet(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["question", "answer", "updated"], ["q", 12.0, datetime(2026, 3, 4, 10, 30)]]
    (entry,) = read_faq(sheet(tmp_path / "faq.xlsx", ("FAQ", rows)))
    assert (entry.answer, entry.updated) == ("12", date(2026, 3, 4))
    with pytest.raises(InputFormatError, match="row 2: answer: it is missing"):  # never computed by a spreadsheet
        read_faq(sheet(tmp_path / "faq.xlsx", ("FAQ", [["question", "answer"], ["q", "=1+1"]])))


def merge(path: Path, *ranges: str) -> Path:
    book = load_workbook(path)
    for cells in ranges:
        book.active.merge_cells(cells)
    book.save(path)
    return path


def test_cells_merged_down_a_column_have_one_value(tmp_path: Path) -> None:
    """Otherwise the second of two entries marked as internal would be public."""
    rows: list[list[Any]] = [["question", "answer", "audience"], ["q1", "a", "internal"], ["q2"], [], ["q3", "b"]]
    entries = read_faq(merge(sheet(tmp_path / "faq.xlsx", ("FAQ", rows)), "B2:B4", "C2:C4"))
    assert [(entry.title, entry.answer, entry.audience) for entry in entries] == [
        *(("q1", "a", "internal"), ("q2", "a", "internal"), ("q3", "b", "public")),
    ]


def test_cells_merged_across_columns_are_named(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["question", "answer"], ["Payments"], ["q", "a"]]
    path = merge(sheet(tmp_path / "faq.xlsx", ("FAQ", rows)), "A2:B2")
    with pytest.raises(InputFormatError, match="sheet 'FAQ', row 2: the cells A2:B2 are merged") as caught:
        read_faq(path)
    assert str(caught.value).startswith("faq.xlsx")
    assert "Split them" in caught.value.hint


def packed(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


GOOD: list[list[Any]] = [["question", "answer"], ["q", "a"]]


def test_bomb_is_refused_unopened(tmp_path: Path) -> None:
    """The file says of one part that it unpacks to 4 GB; zipfile unpacks no more than a file says."""
    path = sheet(tmp_path / "faq.xlsx", ("FAQ", GOOD))
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02") + 24  # the size of the first part in the directory of the archive
    content[place : place + 4] = b"\xf0\xff\xff\xff"
    path.write_bytes(content)
    with pytest.raises(InputTooLargeError, match="unpacks to more than 1024 MB"):
        read_faq(path)


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    secret, path = tmp_path / "secret.txt", sheet(tmp_path / "faq.xlsx", ("FAQ", GOOD))
    secret.write_text("hunter2")
    parts = _parts(path)
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    for entities, use in ((f'<!ENTITY x SYSTEM "{secret.as_uri()}">', "&x;"), (f'<!ENTITY l0 "lol">{laughs}', "&l11;")):
        for name in [name for name in parts if name.endswith(".xml")]:
            body = re.sub(r"^<\?xml.*?\?>", "", parts[name].decode())
            evil = f"<!DOCTYPE r [{entities}]>{body.replace('>q<', f'>{use}<').replace('FAQ', use)}"
            packed(path, {**parts, name: evil.encode()})
            assert is_read_or_refused(path)
            with contextlib.suppress(InputFormatError):
                assert not [entry for entry in read_faq(path) if "hunter2" in entry.title or len(entry.title) > 99]


def test_macros_are_ignored(tmp_path: Path) -> None:
    path = sheet(tmp_path / "faq.xlsx", ("FAQ", GOOD))
    packed(path, {**_parts(path), "xl/vbaProject.bin": b"Sub Auto_Open()"})
    assert [entry.title for entry in read_faq(path)] == ["q"]
    with pytest.raises(InputFormatError, match=r"Save it as \.xlsx"):
        read_faq(path.rename(tmp_path / "faq.xlsm"))


@given(content=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_as_csv(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "faq.csv").write_bytes(content)
    assert is_read_or_refused(tmp_path / "faq.csv")


@pytest.fixture(scope="module")
def good_parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return _parts(sheet(tmp_path_factory.mktemp("xlsx") / "faq.xlsx", ("FAQ", GOOD)))


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_bytes_in_an_xlsx(tmp_path: Path, good_parts: dict[str, bytes], data: st.DataObject) -> None:
    """Bytes of one part in the file replaced, and at times bytes of the file itself."""
    path = tmp_path / "faq.xlsx"
    name = data.draw(st.sampled_from(sorted(good_parts)))
    packed(path, {**good_parts, name: _damaged(good_parts[name], data)})
    if data.draw(st.booleans()):
        content = bytearray(path.read_bytes())
        for place in data.draw(st.lists(st.integers(0, 10_000), max_size=8)):
            content[place % len(content)] ^= 0x55
        path.write_bytes(content)
    assert is_read_or_refused(path)


def _damaged(good: bytes, data: st.DataObject) -> bytes:
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 40)))
    return good[:start] + data.draw(st.binary(max_size=12)) + good[end:]


def test_answer_tests_are_read(path: Path) -> None:
    tests = read_tests(
        table(path, [["question", "expect"], ["card gone", "card-lost"], ["red wine?", MUST_NOT_ANSWER]])
    )
    assert [(test.question, test.expect) for test in tests] == [
        ("card gone", "card-lost"),
        ("red wine?", MUST_NOT_ANSWER),
    ]


def test_answer_tests_as_json(tmp_path: Path) -> None:
    path = tmp_path / "tests.json"
    path.write_text('[{"question": "card gone", "expect": "card-lost"}]')
    assert [test.expect for test in read_tests(path)] == ["card-lost"]
    for content, problem in (
        ('[{"question": "card gone", "expect": "Card lost!"}]', r"tests\.json, test 1: expect"),
        ('[{"question": "", "expect": "card-lost"}]', r"test 1: question"),
        ('["x"]', "test 1: named fields are expected"),
        ('[{"question": "late again", "expect": "critical: rude"}]', "test 1: expect: only lower-case letters"),
        ("{}", "no list of tests"),
        ("[]", "has no tests"),
    ):
        path.write_text(content)
        with pytest.raises(InputFormatError, match=problem):
            read_tests(path)
    with pytest.raises(InputFormatError, match="no format that tests are read from"):
        read_tests(tmp_path / "tests.txt")


def test_ends_of_lines_as_exporters_write_them(tmp_path: Path) -> None:
    path = sheet(tmp_path / "faq.xlsx", ("FAQ", [["question", "answer"], ["How?", "One@\nTwo@Three _x005F_x000D_"]]))
    parts = _parts(path)
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"@", b"_x000D_")
    (entry,) = read_faq(packed(path, parts))
    assert entry.answer == "One\nTwo\nThree _x000D_"


def test_row_far_below_is_no_endless_file(tmp_path: Path) -> None:
    path = sheet(tmp_path / "faq.xlsx", ("FAQ", GOOD))
    parts = _parts(path)
    name = "xl/worksheets/sheet1.xml"
    packed(path, {**parts, name: parts[name].replace(b'r="2"', b'r="99999999999"')})
    with pytest.raises(InputFormatError, match="has no entries"):
        read_faq(path)


@pytest.mark.parametrize("written", ["01.09.2026", "9/1/2026", "Sept 2026", "2026-02-30"])
def test_a_date_of_another_kind_is_refused_in_plain_words(path: Path, written: str) -> None:
    with pytest.raises(InputFormatError, match=f"row 2: updated: a date is written like 2026-01-31, not '{written}'$"):
        read_faq(table(path, [["questions", "answer", "updated"], ["Why?", "So.", written]]))


def test_a_text_in_place_of_a_date_is_shown_in_short(path: Path) -> None:
    with pytest.raises(InputFormatError, match=r"not '(long ){8}…'$"):
        read_faq(table(path, [["questions", "answer", "updated"], ["Why?", "So.", "long " * 500]]))


def test_an_id_of_other_letters_is_refused_in_plain_words(path: Path) -> None:
    with pytest.raises(
        InputFormatError, match="row 2: id: only lower-case letters, digits and hyphens, at most 80 characters"
    ):
        read_faq(table(path, [["id", "questions", "answer"], ["E-Bike 1", "Why?", "So."]]))
    with pytest.raises(InputFormatError, match=r"row 2: audience: only .*, at most 40 characters"):
        read_faq(table(path, [["audience", "questions", "answer"], ["All staff", "Why?", "So."]]))


@pytest.mark.parametrize("header", [["Q", "A", "updated"], ["問題", "答案", "更新日期"], ["標題", "內容", "更新時間"]])
def test_short_and_traditional_column_names_are_known(tmp_path: Path, header: list[str]) -> None:
    (entry,) = read_faq(table(tmp_path / "faq.csv", [header, ["Where are you?", "Mill Lane 4.", "2026-01-31"]]))
    assert (entry.title, entry.answer, entry.updated) == ("Where are you?", "Mill Lane 4.", date(2026, 1, 31))
