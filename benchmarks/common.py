"""Shared by the benchmarks: finding data, printing tables, storing results."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
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
    kept = {"title": title, **circumstances(), "columns": columns, "rows": rows, "figures": figures}
    (_RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(figures))


def circumstances() -> dict[str, str | int]:
    """When and on what something is measured: the day, the commit, the processor, the threads it may use."""
    return {"date": datetime.now(UTC).date().isoformat(), "commit": _commit(), "processor": _processor(), **_threads()}


def _commit() -> str:
    """The short hash of the commit, with a + if the files differ from it, results aside; empty outside git."""

    def git(*command: str) -> str:
        done = subprocess.run(["git", "-C", str(_RESULTS.parent), *command], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", ":/", f":(exclude){_RESULTS.name}")
        return git("rev-parse", "--short=8", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def _processor() -> str:
    """The processor's name as Linux tells it, elsewhere as Python does."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _threads() -> dict[str, int]:
    """Threads of torch where it is used, else those that the environment or the system allows."""
    if torch := sys.modules.get("torch"):
        return {"threads": torch.get_num_threads()}
    return {"threads": int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)}


class Part:
    """The measurements of one part of a benchmark, and the circumstances when it ended.

    Attributes:
        figures: values by name.
        rows: name, what it measures, value; or those of a table of another shape.
    """

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}
        self.rows: list[list[str]] = []

    def add(self, name: str, measure: str, value: float) -> None:
        """Stores a figure and prints it at once."""
        self.figures[name] = round(value, 4)
        self.rows.append([name, measure, f"{value:.4f}" if value < 2 else f"{value:.1f}"])
        print(f"{name} {value:.4f}", flush=True)


class Kept:
    """The results of a benchmark that can be run part by part: each keeps its latest measurements and circumstances.

    Args:
        name: of the file in ``benchmarks/results``.
        title: of its table.
        names: figures that are always listed; null if their part was never run.
        columns: of the rows of its parts.
    """

    def __init__(
        self, name: str, title: str, names: Sequence[str] = (), columns: Sequence[str] = ("figure", "measure", "value")
    ) -> None:
        self._path, self._title, self._names, self._columns = _RESULTS / f"{name}.json", title, names, columns
        kept = json.loads(self._path.read_text("utf-8")) if self._path.is_file() else {}
        self._parts: dict[str, dict[str, Any]] = kept.get("parts", {})
        self._new: set[str] = set()

    @property
    def figures(self) -> dict[str, float | None]:
        """All measurements by name."""
        measured = {name: value for part in self._parts.values() for name, value in part["figures"].items()}
        return {name: measured.get(name) for name in dict.fromkeys([*self._names, *measured])}

    def part(self, name: str) -> Part:
        """A new measurement of a part, replacing the last one."""
        part = Part()
        self._parts[name] = vars(part)
        self._new.add(name)
        return part

    def write(self) -> None:
        """Writes the results so far."""
        self._finish()
        _RESULTS.mkdir(exist_ok=True)
        kept = {"title": self._title, "figures": self.figures, "columns": self._columns, "parts": self._parts}
        self._path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")

    def _finish(self) -> None:
        for name in self._new:
            self._parts[name] = {**circumstances(), **self._parts[name]}
        self._new.clear()

    def report(self) -> None:
        """Prints a table and, as the last line, the figures as JSON."""
        self._finish()
        rows = [[*row, part["date"]] for part in self._parts.values() for row in part["rows"]]
        show(self._title, [*self._columns, "date"], rows)
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
