"""What the benchmarks share: where the data is, how tables and results are printed and kept."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

_RESULTS = Path(__file__).parent / "results"


def data_folder() -> Path:
    """The folder with measuring data, ``R1_DATA``; stops the benchmark with a plain message when it is absent."""
    folder = Path(os.environ.get("R1_DATA", "../shared/data"))
    if not folder.is_dir():
        sys.exit(f"Nothing to measure with: {folder} does not exist. Set R1_DATA to a folder with the data.")
    return folder


def skip(what: str, why: str) -> None:
    """Says aloud that a part is not measured."""
    print(f"skipped: {what}: {why}")


def report(name: str, title: str, columns: list[str], rows: list[list[str]], figures: dict[str, Any]) -> None:
    """Prints a table and, as the last line, the figures as JSON, and keeps both in ``benchmarks/results``."""
    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*row)
    Console(width=110).print(table)
    _RESULTS.mkdir(exist_ok=True)
    kept = {"date": datetime.now(UTC).date().isoformat(), "columns": columns, "rows": rows, "figures": figures}
    (_RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(figures))
