"""FAQ tables as files."""

import csv
from pathlib import Path
from typing import Any

from openpyxl import Workbook


def sheet(path: Path, *sheets: tuple[str, list[list[Any]]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        added = book.create_sheet(name)
        for row in rows:
            added.append(row)
    book.save(path)
    return path


def table(path: Path, rows: list[list[Any]]) -> Path:
    if path.suffix == ".xlsx":
        return sheet(path, ("FAQ", rows))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path
