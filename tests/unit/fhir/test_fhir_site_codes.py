"""A site's own codes: its table, what the table says, and the codes it lacks."""

from datetime import date
from pathlib import Path

import pytest
from fhir_fakes import (
    SNOMED,
    YES,
    Names,
    Reader,
    condition,
    hpo,
    observation,
    record_of,
    statuses,
)

from adapters.fhir.concept_map import ConceptMap, Unmapped, read_concept_map, unmapped_csv
from adapters.fhir.to_case import to_case, unmapped_codes
from core.errors import InputFormatError

LOCAL = "urn:oid:1.2.3"
SITE = ConceptMap({(SNOMED, "91175000"): "HP:0001250", (LOCAL, "HB"): "718-7", (LOCAL, "ADMIN"): ""})


def test_the_sites_table_is_used_for_codes_and_results() -> None:
    hemoglobin = observation(
        hpo("HB", "Hb", LOCAL),
        id="o",
        valueQuantity={"value": 8.1, "unit": "g/dL"},
        interpretation=[{"coding": [{"code": "L"}]}],
    )
    record = record_of(condition("active", code=hpo("91175000", "Fit", SNOMED)), hemoglobin)

    case = to_case(record, Reader(), Names(), today=date(2026, 4, 1), concept_map=SITE)

    assert statuses(case)["HP:0001250"] is YES
    assert statuses(case)["HP:0001903"] is YES
    assert case.findings[0].evidence[0].phrase == "Fit"


def test_the_codes_that_the_site_still_lacks_are_listed() -> None:
    record = record_of(
        condition("active", id="a", code=hpo("1", "=Burnt ear", LOCAL)),
        condition("active", id="b", code=hpo("1", "=Burnt ear", LOCAL)),
        condition("active", id="c", code=hpo("ADMIN", "Administrative", LOCAL)),
        condition("active", id="d", code=hpo("2", "Seizures", LOCAL)),
        observation(hpo("3", "Shoe size", LOCAL), id="e", valueInteger=44),
    )

    codes = unmapped_codes(record, Reader(), Names(), SITE)

    assert codes == (Unmapped(LOCAL, "1", "=Burnt ear", 2), Unmapped(LOCAL, "3", "Shoe size", 1))
    assert unmapped_csv(codes).splitlines() == [
        "system,code,target,display,count",
        "urn:oid:1.2.3,1,,'=Burnt ear,2",
        "urn:oid:1.2.3,3,,Shoe size,1",
    ]


def test_codes_without_a_system_are_listed_and_can_be_mapped(tmp_path: Path) -> None:
    hemoglobin = observation({"coding": [{"code": "HB", "display": "Blood pigment"}]}, id="o", valueInteger=8)
    hemoglobin |= {"interpretation": [{"coding": [{"code": "L"}]}], "category": [{"text": "Laboratory"}]}
    record = record_of(hemoglobin)
    codes = unmapped_codes(record, Reader(), Names(), ConceptMap())
    assert codes == (Unmapped("", "HB", "Blood pigment", 1),)
    (tmp_path / "map.csv").write_text(unmapped_csv(codes).replace("HB,,", "HB,718-7,"))
    site = read_concept_map(tmp_path / "map.csv")
    case = to_case(record, Reader(), Names(), today=date(2026, 4, 1), concept_map=site)
    assert statuses(case)["HP:0001903"] is YES


def test_no_code_is_a_formula_and_all_come_back(tmp_path: Path) -> None:
    codes = [Unmapped("=1+1", "=HYPERLINK(1)", "", 1), Unmapped("urn:oid:1.2.3", "-1", "", 1)]
    filled = unmapped_csv(codes).replace(",,,", ",HP:0001250,,")
    assert not [cell for line in filled.splitlines() for cell in line.split(",") if cell.startswith(("=", "-"))]
    (tmp_path / "map.csv").write_text(filled)
    targets = read_concept_map(tmp_path / "map.csv")
    assert [targets.target(code.system, code.code) for code in codes] == ["HP:0001250", "HP:0001250"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("system,code\n", "lacks the column target"),
        ("", "lacks the column system"),
        ("system,code,target\ns,c,HP:1\n", "Line 2 .* neither"),
        ("system,code,target\ns,,HP:0000001\n", "Line 2 .* no code"),
        ("system,code,target\ns,c,HP:0000001\ns,c,HP:0000002\n", "Line 3 .* second target"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "map.csv"
    file.write_text(text)

    with pytest.raises(InputFormatError, match=message):
        read_concept_map(file)


def test_a_table_is_read_with_either_separator(tmp_path: Path) -> None:
    file = tmp_path / "map.csv"
    for separator in (",", ";"):
        rows = [("system", "code", "target"), (LOCAL, "HB", "718-7"), (LOCAL, "ADMIN", "")]
        file.write_text("\ufeff" + "\r\n".join(separator.join(row) for row in rows))
        assert read_concept_map(file).targets == {(LOCAL, "HB"): "718-7", (LOCAL, "ADMIN"): ""}
    with pytest.raises(InputFormatError, match="cannot be read"):
        read_concept_map(tmp_path / "absent")
