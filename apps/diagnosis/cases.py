"""Adjudicated cases: findings or a note with the final diagnosis, one JSON object per line.

``disease`` or ``diseases`` (ids), ``observed`` and ``excluded`` (HPO ids), or for notes ``text``; optional: ``sex``
(``FEMALE`` or ``F``, ``MALE`` or ``M``), ``age`` (years up to 130, or as a phenopacket writes it), ``language``,
``pmids``. Malformed lines are rejected before any case is examined.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError, InputFormatError
from knowledge.medical.case import Case, CaseKind, Finding, Sex, Status

_DURATION = re.compile(r"P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?")
_READ_FROM = {CaseKind.STRUCTURED: "observed", CaseKind.NOTES: "text"}
_SEXES = {"FEMALE": Sex.FEMALE, "F": Sex.FEMALE, "MALE": Sex.MALE, "M": Sex.MALE}
_DISEASE = re.compile(r"[A-Za-z]\w*:\S+")
_FINDING = re.compile(r"HP:\d{7}")
_OLDEST = 130.0  # years


@dataclass(frozen=True, slots=True)
class Adjudicated:
    """A case and its final diagnosis.

    Attributes:
        case: as the ranking sees it; for a note, only sex and age.
        diseases: correct ids; the first one names the disease.
        publications: where it was published, if it was.
        language: of the record it was read from; empty when not stated.
        text: the note to read; empty for coded findings.
    """

    case: Case
    diseases: tuple[str, ...]
    publications: tuple[str, ...] = ()
    language: str = ""
    text: str = ""


def read_cases(path: Path, kind: CaseKind = CaseKind.STRUCTURED) -> list[Adjudicated]:
    """Every case of a file, with coded findings or with a note.

    Raises:
        InputError: the file cannot be read.
        InputFormatError: a line, which the message names, is not a case, or there are no cases.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read ({error.strerror})", hint="Check its name") from None
    except UnicodeDecodeError:
        raise InputFormatError(f"{path.name} is not UTF-8 text") from None
    if not (cases := list(_cases(path.name, lines, kind))):
        raise InputFormatError(f"{path.name} holds no cases", hint="See docs/diagnosis.md")
    return cases


def _cases(file: str, lines: list[str], kind: CaseKind) -> Iterator[Adjudicated]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _case(json.loads(line), kind)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            raise InputFormatError(
                f"{file}, line {number}: no case",
                hint=f"A case is a JSON object with disease and {_READ_FROM[kind]}; see docs/diagnosis.md",
            ) from None


def _case(row: dict[str, Any], kind: CaseKind) -> Adjudicated:
    diseases = [row["disease"]] if "disease" in row else row["diseases"]
    observed: list[str] = []
    excluded: list[str] = []
    text = ""
    if kind is CaseKind.NOTES:  # codes next to it are somebody else's reading of the note
        text = row["text"].encode().decode()  # rejects a lone surrogate
    else:
        observed, excluded = row["observed"], row.get("excluded") or []
    if not diseases or (kind is CaseKind.NOTES and not text.strip()):
        raise ValueError
    _check(diseases, _DISEASE)
    _check(observed, _FINDING)
    _check(excluded, _FINDING)
    findings = [Finding(code, "", Status.PRESENT, ()) for code in observed]
    findings += [Finding(code, "", Status.ABSENT, ()) for code in excluded]
    sex = _SEXES.get(str(row.get("sex") or "").upper(), Sex.UNKNOWN)
    return Adjudicated(
        case=Case(tuple(findings), sex=sex, age_years=_years(row.get("age"))),
        diseases=tuple(diseases),
        publications=tuple(row.get("pmids") or ()),
        language=str(row.get("language") or ""),
        text=text,
    )


def _check(codes: Any, form: re.Pattern[str]) -> None:
    """Raises ValueError unless it is a list of ids of this form, TypeError if one is not a string."""
    if not isinstance(codes, list) or not all(form.fullmatch(code) for code in codes):
        raise ValueError


def _years(age: Any) -> float | None:
    """Age in years from a number or a phenopacket's ``{"age": {"iso8601duration": "P3Y2M"}}``; None when neither.

    Raises:
        ValueError: the age is negative or above 130.
    """
    if isinstance(age, int | float) and not isinstance(age, bool):
        return _checked(float(age))
    stated = (age or {}).get("age")
    match = _DURATION.fullmatch(stated["iso8601duration"]) if stated else None
    if match is None:
        return None
    years, months, weeks, days = (float(part or 0) for part in match.groups())
    return _checked(years + months / 12 + weeks / 52 + days / 365)


def _checked(years: float) -> float:
    if not 0 <= years <= _OLDEST:
        raise ValueError
    return years
