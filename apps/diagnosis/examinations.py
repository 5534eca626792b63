"""Log of examinations of a site's cases. The bound holds for one look; each further look is another chance to pass."""

import json
from datetime import UTC, datetime
from pathlib import Path

from core.errors import InputFormatError, StorageError
from core.files import storage_errors
from knowledge.medical.case import CaseKind

from .certify import Examination

FILE = "examinations.jsonl"
"""Next to the certificates; one examination per line."""


def earlier(folder: Path, kind: CaseKind) -> int:
    """Number of examinations of a kind of case logged in a folder; 0 if there is no log.

    Raises:
        InputFormatError: a line is not an examination.
        StorageError: the file cannot be read.
    """
    path = folder / FILE
    try:
        kept = [json.loads(line)["kind"] for line in path.read_text("utf-8").splitlines()]
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error.strerror})") from None
    except (ValueError, TypeError, KeyError):
        raise InputFormatError(f"{path} is no list of examinations", hint="Restore it from a copy") from None
    return kept.count(kind.value)


def keep(made: Examination, kind: CaseKind, folder: Path) -> None:
    """Logs an examination, whatever its result.

    Raises:
        StorageError: the folder cannot be written.
    """
    examination = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "kind": kind.value,
        "cases": made.cases,
        "suggestions": made.precision.shown,
        "bound": round(made.precision.bound, 4),
    }
    with storage_errors(folder, hint="Point R1_HOME elsewhere"):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(examination) + "\n")
