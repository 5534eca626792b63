"""A site's own table, a CSV file that a setting names: UTF-8, comma or semicolon, with a first line of column names."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputFormatError
from core.files import read_limited


@dataclass(frozen=True, slots=True)
class SiteTable:
    """The name of a table in messages, and what the table must satisfy.

    Attributes:
        name: such as "concept map".
        setting: the setting that names the file.
        columns: the required columns; others are ignored.
        max_bytes: limit on the size of the file, whole MiB.
    """

    name: str
    setting: str
    columns: Sequence[str]
    max_bytes: int

    def rows(self, file: Path, problem_in: Callable[[list[str]], str]) -> Iterator[list[str]]:
        """The cells of the required columns of each row, stripped of surrounding blanks.

        Args:
            problem_in: returns what is wrong with a row, as the end of a sentence; empty if nothing is.

        Raises:
            InputFormatError: the file cannot be read or lacks a column, or a row is wrong; the message has the line.
            InputTooLargeError: the file is over the limit.
        """
        text = self._text(file)
        header = text.partition("\n")[0]
        delimiter = ";" if header.count(";") > header.count(",") else ","
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        if missing := [name for name in self.columns if name not in (rows.fieldnames or ())]:
            raise InputFormatError(
                f"The {self.name} lacks the column {missing[0]}", hint=f"Its first line names {', '.join(self.columns)}"
            )
        try:
            for row in rows:
                cells = [(row[name] or "").strip() for name in self.columns]
                if problem := problem_in(cells):
                    raise InputFormatError(
                        f"Line {rows.line_num} of the {self.name} {problem}", hint="See docs/integrating.md"
                    )
                yield cells
        except csv.Error:
            raise InputFormatError(
                f"Line {rows.line_num} of the {self.name} is no CSV", hint="Export it again"
            ) from None

    def _text(self, file: Path) -> str:
        try:
            hint = "Leave out rows that the site does not use"
            return read_limited(file, self.max_bytes, name=f"The {self.name}", hint=hint).decode("utf-8-sig")
        except OSError as error:
            raise InputFormatError(
                f"The {self.name} cannot be read ({error.strerror})", hint=f"Check {self.setting}"
            ) from None
        except UnicodeDecodeError:
            raise InputFormatError(f"The {self.name} is not UTF-8", hint="Save it as CSV in UTF-8") from None
