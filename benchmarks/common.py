"""Shared by the benchmarks: finding data, printing tables, storing results."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Add = Callable[[str, str, float], None]
"""Adds a figure: its name, what it measures, its value."""

_RESULTS = Path(__file__).parent / "results"


def data_path(*parts: str) -> Path:
    """A path in the folder with public data, ``R1_DATA``, which need not exist; see ``data/README.md``."""
    return Path(os.environ.get("R1_DATA", "../shared/data"), *parts)


def data_folder() -> Path:
    """The folder with benchmark data; exits with a plain message if it is absent."""
    folder = data_path()
    if not folder.is_dir():
        sys.exit(f"There is no folder {folder}. Set R1_DATA to one with the data that benchmarks/data/README.md lists.")
    return folder


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The rows of a file with one JSON object per line."""
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]


def write_jsonl(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Writes rows in the format of :func:`read_jsonl`, and prints how many."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    print(f"{len(rows)} rows are in {path}.")


def skip(what: str, why: str) -> None:
    """Prints that a part is not measured."""
    print(f"skipped: {what}: {why}")


def show(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Prints a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*row)
    Console(width=110).print(table)


def report(name: str, title: str, columns: list[str], rows: list[list[str]], figures: dict[str, Any]) -> None:
    """Prints a table and, as the last line, the figures as JSON, and stores both in ``benchmarks/results``."""
    show(title, columns, rows)
    _RESULTS.mkdir(exist_ok=True)
    kept = {"date": datetime.now(UTC).date().isoformat(), "columns": columns, "rows": rows, "figures": figures}
    (_RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(figures))


class Part:
    """The measurements of one part of a benchmark.

    Attributes:
        figures: values by name.
        rows: name, what it measures, value.
    """

    def __init__(self) -> None:
        self.date = datetime.now(UTC).date().isoformat()
        self.figures: dict[str, float] = {}
        self.rows: list[list[str]] = []

    def add(self, name: str, measure: str, value: float) -> None:
        """Stores a figure and prints it at once."""
        self.figures[name] = round(value, 4)
        self.rows.append([name, measure, f"{value:.4f}" if value < 2 else f"{value:.1f}"])
        print(f"{name} {value:.4f}", flush=True)


class Kept:
    """The results of a benchmark that can be run part by part: each part keeps its latest measurements and their date.

    Args:
        name: of the file in ``benchmarks/results``.
        names: figures that are always listed; null if their part was never run.
    """

    def __init__(self, name: str, names: Sequence[str]) -> None:
        self._path, self._names = _RESULTS / f"{name}.json", names
        kept = json.loads(self._path.read_text("utf-8")) if self._path.is_file() else {}
        self._parts: dict[str, dict[str, Any]] = kept.get("parts", {})

    @property
    def figures(self) -> dict[str, float | None]:
        """All measurements by name."""
        measured = {name: value for part in self._parts.values() for name, value in part["figures"].items()}
        return {name: measured.get(name) for name in dict.fromkeys([*self._names, *measured])}

    def part(self, name: str) -> Part:
        """A new measurement of a part, replacing the last one."""
        part = Part()
        self._parts[name] = vars(part)
        return part

    def write(self) -> None:
        """Writes the results so far."""
        _RESULTS.mkdir(exist_ok=True)
        kept = {"figures": self.figures, "parts": self._parts}
        self._path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")

    def report(self, title: str) -> None:
        """Prints a table and, as the last line, the figures as JSON."""
        rows = [[*row, part["date"]] for part in self._parts.values() for row in part["rows"]]
        show(title, ["figure", "measure", "value", "date"], rows)
        for name in (name for name, value in self.figures.items() if value is None):
            print(f"{name} is null: its part was not run, or its data is absent")
        print(json.dumps(self.figures))


def in_own_process(module: str, argument: str) -> float:
    """Reruns a benchmark in a new process, as memory is counted per process, and returns the last number it prints."""
    done = subprocess.run([sys.executable, "-m", module, argument], stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def memory_mb(field: str, process: int | str = "self") -> float:
    """A process's memory in MiB, as counted by Linux: ``VmRSS`` is its current use, ``VmHWM`` its peak."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def read_speed() -> float:
    """Memory read bandwidth in bytes per second: the best of several passes over far more data than fits the cache."""
    import torch  # here, since it takes seconds and most benchmarks do not need it

    numbers = torch.ones(100_000_000, dtype=torch.int64)
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        numbers.sum()
        seconds.append(time.perf_counter() - begin)
    return numbers.nbytes / min(seconds)
