"""Reads CSV and XLSX: a row of column names, then one entry per row."""

import csv
import difflib
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

from core.errors import InputFormatError, InputTooLargeError

from ...retrieval.language import HAN, simplified
from .entry import Entry
from .page import plain_text
from .record import Record, completed, read_bytes, read_text

MAX_CSV_BYTES, MAX_XLSX_BYTES = 256 << 20, 64 << 20
"""Maximum sizes of files."""

MAX_UNPACKED_BYTES = 1 << 30
"""Maximum unpacked size of an XLSX file."""

_MAX_ROWS, _MAX_COLUMNS, _MAX_PARTS, _MAX_CELL = 1_048_576, 100, 10_000, 1_000_000  # rows as in Excel
_SEPARATOR = re.compile(r"\s*sep=([,;|\t])[ \t]*\r?\n", re.IGNORECASE)  # Excel's first line
_LISTS = {"questions": re.compile(r"[\n|]"), "tags": re.compile(r"[\n|,，]")}
# HTML in cells of help desks' exports. An end tag or <br> distinguishes it from "if a<b or c>d" and "the <p> tag".
_BLOCK = r"br|div|h[1-6]|li|ol|p|table|td|tr|ul"
_HAS_BLOCKS = re.compile(rf"<(?:{_BLOCK})\b", re.IGNORECASE)
_IS_HTML = re.compile(rf"</(?:{_BLOCK}|a|b|del|em|i|s|span|strong|su[bp]|u)>|<br\s{{0,9}}/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{2,6}|#x[0-9a-f]{2,5}|[a-z]{2,8});", re.IGNORECASE)
_COLUMNS = {name: name for name in Entry.model_fields} | {
    "question": "questions",
    "编号": "id",
    "语言": "language",
    "问题": "questions",
    "答案": "answer",
    "标签": "tags",
    "受众": "audience",
    "链接": "link",
    "更新日期": "updated",
    "生效日期": "valid_from",
    "失效日期": "valid_until",
    # Names in the exports of help desks and knowledge bases.
    **dict.fromkeys(("q", "title", "subject", "标题", "标准问题", "标准问"), "questions"),
    **dict.fromkeys(("a", "answers", "article", "body", "content", "html_body", "标准答案", "回答", "内容"), "answer"),
    **dict.fromkeys(("article_id", "external_id"), "id"),
    **dict.fromkeys(("lang", "locale"), "language"),
    **dict.fromkeys(("labels", "keywords"), "tags"),
    **dict.fromkeys(("html_url", "url"), "link"),
    **dict.fromkeys(("updated_at", "last_updated", "last_modified", "更新时间"), "updated"),
}


def read_csv(path: Path) -> Iterator[Record]:
    """Yields the file's entries; columns are separated by commas, semicolons or tabs.

    Raises:
        InputError: the file cannot be read, is too large, not UTF-8 or not CSV, or a column is unknown.
    """
    return _records(path, csv_rows(path, _COLUMNS))


def read_xlsx(path: Path) -> Iterator[Record]:
    """Yields the entries of every non-empty sheet. Formulas are read as the values stored with them.

    Cells merged down a column all have the value shown.

    Raises:
        InputError: the file cannot be read, is too large or not XLSX, a column is unknown, or cells are merged across
            columns.
    """
    return _records(path, xlsx_rows(path, _COLUMNS))


def csv_rows(path: Path, columns: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields each row's place and its non-empty cells, by the names to which ``columns`` maps the headers.

    Raises:
        InputError: the file cannot be read, is too large, or is not CSV with these columns.
    """
    text = read_text(path, MAX_CSV_BYTES)
    named = _SEPARATOR.match(text)
    if named:
        text = "\n" * named[0].count("\n") + text[named.end() :]  # keeps row numbers
    header = text.lstrip("\r\n").partition("\n")[0]
    delimiter = named[1] if named else max(",;\t", key=header.count)
    csv.field_size_limit(_MAX_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from _named(path.name, ((f"row {number}", row) for number, row in enumerate(rows, start=1)), columns)
    except csv.Error as error:
        raise InputFormatError(
            f"{path.name}, line {rows.line_num}: not CSV ({error})",
            hint="Quote a cell that contains quotation marks or line breaks, and double the quotation marks inside it",
        ) from None


def xlsx_rows(path: Path, columns: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Like :func:`csv_rows`, for every sheet.

    Raises:
        InputError: the file cannot be read, is too large, or is not XLSX with these columns.
    """
    content = io.BytesIO(read_bytes(path, MAX_XLSX_BYTES))
    _check_unpacked_size(path.name, content)
    from openpyxl import load_workbook
    from openpyxl.utils.escape import unescape

    def read(cell: object) -> object:
        """A cell with XLSX escapes such as ``_x000D_`` for a line end decoded, which openpyxl does not do."""
        return unescape(cell).replace("\r\n", "\n").replace("\r", "\n") if isinstance(cell, str) else cell

    try:
        with warnings.catch_warnings(action="ignore"):  # about formatting that it ignores
            book = load_workbook(content, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            rows = sheet.iter_rows(max_row=_MAX_ROWS, max_col=_MAX_COLUMNS + 1, values_only=True)
            where = f"sheet {sheet.title!r}"
            # A sheet may have a million empty rows after the last entry.
            values = (tuple(map(read, row)) if any(row) else () for row in rows)
            filled = _filled_down(values, _merged(sheet), f"{path.name}, {where}")
            placed = ((f"{where}, row {number}", row) for number, row in enumerate(filled, start=1))
            yield from _named(path.name, placed, columns)
    except InputFormatError:
        raise
    except Exception as error:  # a damaged file may raise anything
        raise InputFormatError(
            f"{path.name} cannot be read as XLSX ({type(error).__name__})", hint="Save it again as .xlsx or as CSV"
        ) from None


def _merged(sheet: Any) -> Mapping[tuple[int, int], Any]:
    """The ranges of merged cells, by row and column of the first cell, from 1."""
    from defusedxml.ElementTree import iterparse
    from openpyxl.worksheet.cell_range import CellRange

    found = {}
    with sheet._get_source() as source:  # openpyxl reads row by row, and merges are listed after the rows
        for _, element in iterparse(source):
            if element.tag.endswith("}mergeCell"):
                cells = CellRange(element.get("ref"))
                found[cells.min_row, cells.min_col] = cells
            elif element.tag.endswith("}row"):
                element.clear()
    return found


def _filled_down(
    rows: Iterable[Sequence[object]], merged: Mapping[tuple[int, int], Any], where: str
) -> Iterator[Sequence[object]]:
    """The rows; in non-empty ones, cells merged with one above get its value."""
    above: dict[int, tuple[int, object]] = {}  # place in a row -> last row of the merged cells there, and their value
    begun = False  # whether the table has begun: a title merged over all columns may precede it
    for number, row in enumerate(rows, start=1):
        begun = begun or sum(map(bool, row)) > 1
        shown = list(row)
        for place, cell in enumerate(row):
            cells = merged.get((number, place + 1))
            last, value = above.get(place, (0, None))
            if number <= last:
                shown[place] = value
            elif cells and cell is not None:
                if begun and cells.max_col > cells.min_col:
                    raise InputFormatError(
                        f"{where}, row {number}: the cells {cells.coord} are merged across columns",
                        hint="Split them, or leave out a row that is only a heading",
                    )
                above[place] = cells.max_row, cell
        yield shown if any(row) else row


def _records(path: Path, rows: Iterator[tuple[str, dict[str, str]]]) -> Iterator[Record]:
    for where, cells in rows:
        cells |= {name: _without_html(cells[name], where) for name in ("questions", "answer") if name in cells}
        fields: dict[str, object] = dict(cells)
        for name, separator in _LISTS.items():
            if name in cells:
                fields[name] = [part.strip() for part in separator.split(cells[name]) if part.strip()]
        yield completed(path, Record(where, fields))


def _without_html(cell: str, where: str) -> str:
    if not _IS_HTML.search(cell):
        return _ENTITY.sub(lambda entity: unescape(entity[0]).replace("\xa0", " "), cell)
    return plain_text(cell if _HAS_BLOCKS.search(cell) else cell.replace("\n", "<br>"), where)


def _named(
    file: str, rows: Iterator[tuple[str, Sequence[object]]], columns: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    header: list[str] | None = None
    for place, row in rows:
        if not any(row):  # a spreadsheet may have a million of these
            continue
        where = f"{file}, {place}"
        cells = [_text(cell, where) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if header is None:
            if sum(map(bool, cells)) > 1:  # otherwise a title above the table, which has at least two columns
                header = _header(cells, columns, where)
        elif len(cells) > len(header):
            raise InputFormatError(f"{where}: it has {len(cells)} cells, and the first row {len(header)}")
        else:
            yield where, {name: cell for name, cell in zip(header, cells, strict=False) if cell}


def _header(cells: list[str], columns: Mapping[str, str], where: str) -> list[str]:
    if len(cells) > _MAX_COLUMNS:
        raise InputFormatError(f"{where}: more than {_MAX_COLUMNS} columns")
    keys = [re.sub(r"[\s_-]+", "_", simplified(cell).strip().lower()) for cell in cells]
    unknown = [(cell, key) for cell, key in zip(cells, keys, strict=True) if key not in columns]
    if unknown:
        known = {field: field for field in columns.values()}
        if any(HAN.search(key) for _, key in unknown):
            known = {}
            for name, field in columns.items():
                if HAN.search(name):
                    known.setdefault(field, name)
        several = len(unknown) > 1
        raise InputFormatError(
            f"{where}: {', '.join(_told(*each, columns) for each in unknown)} "
            f"{'are no columns' if several else 'is no column'}",
            hint=f"Rename or delete {'them' if several else 'it'}; the columns are {', '.join(known.values())}",
        )
    names = [columns[key] for key in keys]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        alike = [repr(cell[:40]) for cell, name in zip(cells, names, strict=True) if name == twice[0]]
        raise InputFormatError(
            f"{where}: the column {twice[0]} is there twice", hint=f"Rename or delete one of {', '.join(alike)}"
        )
    return names


def _told(cell: str, key: str, columns: Mapping[str, str]) -> str:
    nearest = difflib.get_close_matches(key, columns, n=1, cutoff=0.75)
    return repr(cell[:40]) + (f" (is {nearest[0]} meant?)" if nearest else "")


def _text(cell: object, where: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip()
    if re.fullmatch(r"#(REF|DIV/0|NAME\?|NULL|NUM|VALUE|N/A|SPILL|CALC)!?", text):
        raise InputFormatError(f"{where}: a formula ended in {text}", hint="Fix it in the spreadsheet")
    return text


def _check_unpacked_size(name: str, content: io.BytesIO) -> None:
    """Rejects small files that unpack to more than memory holds; zipfile enforces the sizes stated in the archive."""
    try:
        with zipfile.ZipFile(content) as archive:
            parts = archive.infolist()
    except Exception as error:  # zipfile raises more than BadZipFile
        raise InputFormatError(
            f"{name} is no XLSX file ({type(error).__name__})", hint="Save it as .xlsx, without a password"
        ) from None
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise InputTooLargeError(f"{name} unpacks to more than {MAX_UNPACKED_BYTES >> 20} MB or {_MAX_PARTS} parts")
