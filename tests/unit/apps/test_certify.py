"""A site's own cases: read, judged, and certified or not."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.diagnosis.cases import _case, read_cases
from apps.diagnosis.certify import save
from core.errors import InputError, InputFormatError, StorageError
from knowledge.medical.case import Kind, Sex, Status
from knowledge.medical.certificate import Certificate, read_certificates

ROW = {"disease": "OMIM:1", "observed": ["HP:0001250"], "excluded": ["HP:0001251"], "sex": "FEMALE", "age": 12}
CERTIFICATE = Certificate(Kind.STRUCTURED, 0.8, 0.95, 0.87, 40, 30, 0.15, "0" * 64, "2026-03-01", {"fitted": "a"})


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


@pytest.mark.parametrize(
    ("age", "years"),
    [({"age": {"iso8601duration": "P3Y6M"}}, 3.5), ({"ontologyClass": {}}, None), (None, None), (0.5, 0.5)],
)
def test_ages_are_read_as_phenopackets_write_them(age: object, years: float | None) -> None:
    assert _case(ROW | {"age": age}).case.age_years == years


@pytest.mark.parametrize(
    "row",
    [
        [],
        {},
        {"disease": "OMIM:1"},
        {"diseases": [], "observed": []},
        {"disease": 1, "observed": []},
        ROW | {"age": "x"},
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
        _case(row)  # type: ignore[arg-type]


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


def test_an_unwritable_folder_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        save(CERTIFICATE, tmp_path / "file")
