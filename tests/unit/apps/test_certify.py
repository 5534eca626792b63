"""A site's own cases: read, judged, and certified or not."""

import contextlib
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.commands.certify import in_force
from apps.diagnosis.assessment import Assessment
from apps.diagnosis.cases import Adjudicated, _case, read_cases
from apps.diagnosis.certify import examine, examine_recorded, recorded, save, unknown_codes
from apps.diagnosis.examinations import FILE, earlier, keep
from apps.diagnosis.safety import State
from apps.diagnosis.store import Opinion
from core.errors import InputError, InputFormatError, StorageError
from knowledge.medical.case import CaseKind, Sex, Status
from knowledge.medical.certificate import Certificate, read_certificates
from knowledge.medical.versions import versions
from tests.diagnosis_visits import KNOWLEDGE, case, disease, opinion, visit, with_condition

ROW = {"disease": "OMIM:1", "observed": ["HP:0001250"], "excluded": ["HP:0001251"], "sex": "FEMALE", "age": 12}
CERTIFICATE = Certificate(CaseKind.STRUCTURED, 0.8, 0.95, 0.87, 40, 30, 0.15, "0" * 64, "2026-03-01", {"fitted": "a"})


def coded(row: Any) -> Adjudicated:
    return _case(row, CaseKind.STRUCTURED)


def write(folder: Path, *rows: object) -> Path:
    path = folder / "cases.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", "utf-8")
    return path


def test_a_case_is_read_with_all_it_says(tmp_path: Path) -> None:
    (case,) = read_cases(write(tmp_path, ROW | {"language": "zh", "pmids": ["PMID:1"]}))
    assert [(f.code, f.status) for f in case.case.findings] == [
        ("HP:0001250", Status.PRESENT),
        ("HP:0001251", Status.ABSENT),
    ]
    assert (case.case.sex, case.case.age_years) == (Sex.FEMALE, 12.0)
    assert (case.diseases, case.publications, case.language) == (("OMIM:1",), ("PMID:1",), "zh")


@pytest.mark.parametrize(("written", "sex"), [("M", Sex.MALE), ("f", Sex.FEMALE), ("UNKNOWN_SEX", Sex.UNKNOWN)])
def test_a_sex_is_read_as_registers_write_it(written: str, sex: Sex) -> None:
    assert coded(ROW | {"sex": written}).case.sex is sex


def test_ids_that_are_no_findings_are_named() -> None:
    ontology: Any = SimpleNamespace(resolve={"HP:0001250": "HP:0001250", "HP:0001251": "HP:0001251"}.get)
    assert unknown_codes([coded(ROW), coded(ROW | {"observed": ["HP:9999999"]})], ontology) == ["HP:9999999"]


@pytest.mark.parametrize(
    ("age", "years"),
    [({"age": {"iso8601duration": "P3Y6M"}}, 3.5), ({"ontologyClass": {}}, None), (None, None), (0.5, 0.5)],
)
def test_ages_are_read_as_phenopackets_write_them(age: object, years: float | None) -> None:
    assert coded(ROW | {"age": age}).case.age_years == years


@pytest.mark.parametrize(
    "row",
    [
        [],
        {},
        {"disease": "OMIM:1"},
        {"diseases": [], "observed": []},
        {"disease": 1, "observed": []},
        {"diseases": "OMIM:1", "observed": []},  # a text is no list of ids
        ROW | {"disease": "OMIM 154700"},
        ROW | {"observed": "HP:0001250"},
        ROW | {"observed": ["HP 0001250"]},
        ROW | {"excluded": ["Seizure"]},
        *(ROW | {"age": age} for age in ("x", -3, 500, math.nan, True, {"age": {"iso8601duration": "P500Y"}})),
    ],
)
def test_a_line_that_is_no_case_is_named(tmp_path: Path, row: object) -> None:
    with pytest.raises(InputFormatError, match="line 2"):
        read_cases(write(tmp_path, ROW, row))


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["disease", "diseases", "observed", "excluded", "sex", "age", "pmids"]), x
            )
        ),
    )
)
def test_any_json_is_a_case_or_a_plain_error(row: object) -> None:
    refused = (ValueError, TypeError, KeyError, AttributeError, OverflowError)  # read_cases says it in words
    with contextlib.suppress(*refused):
        coded(row)


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_cases(tmp_path / "none.jsonl")


def test_a_file_without_a_case_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text("\n")
    with pytest.raises(InputFormatError, match=r"cases\.jsonl holds no cases"):
        read_cases(tmp_path / "cases.jsonl")


def test_a_certificate_is_kept_whole(tmp_path: Path) -> None:
    path = save(CERTIFICATE, tmp_path / "certificates")
    assert [p.name for p in path.parent.iterdir()] == ["certificate-structured.json"]
    assert read_certificates(path.parent) == (CERTIFICATE,)


def service(listed: Assessment | None, *, knows: Mapping[str, int]) -> Any:
    """Lists the same for every case, and takes a note for the case of that list."""
    knowledge = SimpleNamespace(**{**vars(KNOWLEDGE), "diseases": SimpleNamespace(index=dict(knows))})
    return SimpleNamespace(knowledge=knowledge, rank=lambda case: listed, read_note=lambda note, **known: case())


TWINS = {"OMIM:1": 0, "ORPHA:1": 0, "OMIM:2": 1}
CERTAIN: Any = visit(certified=0.9).assessment


@pytest.mark.parametrize(
    ("listed", "disease", "shown", "right", "outside"),
    [
        (CERTAIN, "OMIM:1", 1, 1.0, 0.0),
        (CERTAIN, "ORPHA:1", 1, 1.0, 0.0),
        (CERTAIN, "OMIM:2", 1, 0.0, 0.0),
        (CERTAIN, "OMIM:3", 1, 0.0, 1.0),
        (visit(certified=0.5).assessment, "OMIM:1", 0, math.nan, 0.0),
        (with_condition(visit(certified=0.9)).assessment, "R1:epilepsy", 0, math.nan, 0.0),  # no suggestion, no claim
        (visit().assessment, "OMIM:1", 0, math.nan, 0.0),  # as for what is set aside or withheld
    ],
)
def test_what_the_page_would_suggest_is_judged(
    listed: Assessment, disease: str, shown: int, right: float, outside: float
) -> None:
    cases = [coded(ROW | {"disease": disease})]
    found = examine(cases, service(listed, knows=TWINS), CaseKind.STRUCTURED)
    assert (found.precision.shown, found.outside, found.certificate) == (shown, outside, None)
    assert found.precision.precision == pytest.approx(right, nan_ok=True)
    assert {"sex female", "age 18 to 64 years"} <= found.by_group.keys(), "as the case was read"


def test_enough_right_suggestions_are_certified_for_their_kind() -> None:
    knows = {f"OMIM:{n}": n for n in range(100, 160)}
    listed = replace(CERTAIN, ranking=replace(CERTAIN.ranking, diseases=(replace(disease(1), aliases=tuple(knows)),)))
    cases = [_case({"disease": id_, "text": "Fits."}, CaseKind.NOTES) for id_ in knows]
    found = examine(cases, service(listed, knows=knows), CaseKind.NOTES)
    assert found.certificate is not None
    assert (found.certificate.kind, found.certificate.shown) == (CaseKind.NOTES, 60)


def test_cases_without_any_list_are_refused() -> None:
    nothing = replace(CERTAIN, ranking=replace(CERTAIN.ranking, diseases=()))
    with pytest.raises(InputError, match="no case"):
        examine([coded(ROW)], service(nothing, knows=TWINS), CaseKind.STRUCTURED)


@pytest.mark.parametrize("row", [ROW, ROW | {"text": ""}, ROW | {"text": 1}, ROW | {"text": "\ud800"}])
def test_a_case_of_notes_needs_its_note(tmp_path: Path, row: object) -> None:
    with pytest.raises(InputFormatError, match="line 1"):
        read_cases(write(tmp_path, row), CaseKind.NOTES)


def test_of_a_note_no_code_beside_it_counts(tmp_path: Path) -> None:
    (note,) = read_cases(write(tmp_path, ROW | {"text": "Fits."}), CaseKind.NOTES)
    assert (note.text, note.case.findings, note.case.sex) == ("Fits.", (), Sex.FEMALE)
    (coded,) = read_cases(write(tmp_path, ROW | {"text": "Fits."}))
    assert coded.text == ""


def test_what_silent_mode_recorded_is_judged_once_for_each_patient() -> None:
    current = versions(KNOWLEDGE)

    def listed(number: int, outcome: int | None, **changes: Any) -> Opinion:
        return opinion(number, **{"patient": f"p{number}", "outcome": outcome, "versions": current} | changes)

    lists = recorded(
        [
            listed(1, 1),
            listed(2, 2, probability=None),
            listed(3, 0),
            listed(4, None),
            listed(5, 1, versions={}),
            listed(6, 0, patient="p1"),
            listed(7, 1, patient=""),
            listed(8, 1, patient=""),
        ],
        KNOWLEDGE,
    )
    assert ([o.visit for o in lists.closed], lists.waiting, lists.outdated) == (["v1", "v2", "v3", "v7", "v8"], 1, 1)
    found = examine_recorded(lists, KNOWLEDGE, CaseKind.STRUCTURED)
    assert (found.precision.shown, found.precision.precision) == (4, pytest.approx(3 / 4))
    assert found.outside == pytest.approx(1 / 5)
    with pytest.raises(InputError, match="has an outcome"):
        examine_recorded(recorded([listed(1, None)], KNOWLEDGE), KNOWLEDGE, CaseKind.STRUCTURED)


def test_each_examination_is_kept_whatever_it_shows(tmp_path: Path) -> None:
    folder = tmp_path / "certificates"
    found = examine([coded(ROW)] * 2, service(CERTAIN, knows=TWINS), CaseKind.STRUCTURED)
    assert found.certificate is None
    for before in range(2):
        assert earlier(folder, CaseKind.STRUCTURED) == before
        keep(found, CaseKind.STRUCTURED, folder)
    assert earlier(folder, CaseKind.NOTES) == 0
    kept = json.loads((folder / FILE).read_text("utf-8").splitlines()[0])
    assert kept.pop("time")[:2] == "20"
    assert kept == {"kind": "structured", "cases": 2, "suggestions": 2, "bound": round(found.precision.bound, 4)}
    assert read_certificates(folder) == ()


@pytest.mark.parametrize("line", ["{", "[]", "{}", "1", '"x"'])
def test_a_file_that_holds_no_examinations_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / FILE).write_text(line)
    with pytest.raises(InputFormatError, match=FILE):
        earlier(tmp_path, CaseKind.STRUCTURED)


@pytest.mark.parametrize(
    ("certificate", "state", "told"),
    [
        (
            CERTIFICATE,
            State(),
            "Suggestions stay on, since this still holds: Certificate of 2026-03-01",
        ),
        (CERTIFICATE, State(off=True), "Suggestions are switched off; with `r1 diagnosis on` this would hold"),
        (CERTIFICATE, State(withdrawn=frozenset({CERTIFICATE.id})), "is withdrawn, so it gets no suggestions"),
        (None, State(), "No certificate holds for the kind structured, so it gets no suggestions"),
    ],
)
def test_what_is_in_force_is_told(certificate: Certificate | None, state: State, told: str) -> None:
    said = in_force(certificate, CaseKind.STRUCTURED, state)
    assert told in said
    assert "at its start" in said


def test_an_unwritable_folder_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        save(CERTIFICATE, tmp_path / "file")
    with pytest.raises(StorageError):
        earlier(tmp_path / "file", CaseKind.NOTES)
    with pytest.raises(StorageError):
        keep(examine([coded(ROW)], service(CERTAIN, knows=TWINS), CaseKind.NOTES), CaseKind.NOTES, tmp_path / "file")
