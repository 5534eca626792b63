"""Units: what is the same quantity, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.fhir.ucum import convert, spelled


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (8.1, "g/dL", "g/L", 81.0),
        (8.1, "g/dL", "g/dl", 8.1),
        (250.0, "10*9/L", "10*3/uL", 250.0),
        (250.0, "10^9/L", "10*3/uL", 250.0),
        (250.0, "x10E3/uL", "10*9/L", 250.0),
        (5.0, "10*6/uL", "10*12/L", 5.0),
        (4.2, "mmol/L", "umol/mL", 4.2),
        (100.0, "ug/L", "ng/mL", 100.0),
        (1.0, "µmol/L", "μmol/L", 1.0),
        (50.0, "%", "1", 0.5),
        (37.0, "Cel", "[degF]", 98.6),
        (98.6, "[degF]", "Cel", 37.0),
        (37.0, "Cel", "K", 310.15),
        (120.0, "mm[Hg]", "kPa", 15.9987),
        (70.0, "kg", "[lb_av]", 154.3236),
        (1.0, "U/L", "m[iU]/mL", None),
        (5.0, "mmol/L", "mg/dL", None),
        (5.0, "g", "g/L", None),
        (5.0, "kmin", "s", None),
        (5.0, "", "g", None),
        (5.0, "furlong", "m", None),
        (72.0, "{beats}/min", "/min", 72.0),
        (1.0, "g", "10*-99.10*-99.10*-99.10*-99.g", None),
        (0.0, "10*99.10*99.10*99.10*99.g", "g", None),
    ],
)
def test_conversion(value: float, unit: str, to: str, expected: float | None) -> None:
    assert convert(value, unit, to) == (None if expected is None else pytest.approx(expected, rel=1e-4))


UNITS = st.sampled_from(["g/L", "mg/dL", "ng/mL", "10*9/L", "10*3/uL", "mmol/L", "%", "Cel", "[degF]", "mm[Hg]", "kPa"])


@given(st.floats(0.001, 1e6), UNITS, UNITS)
def test_there_and_back_is_the_same(value: float, unit: str, to: str) -> None:
    there = convert(value, unit, to)

    if there is None:
        assert convert(value, to, unit) is None
    else:
        assert convert(there, to, unit) == pytest.approx(value, rel=1e-6, abs=1e-6)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_unit_or_none(unit: str, to: str) -> None:
    convert(1.0, unit, to)


@pytest.mark.parametrize(
    "unit",
    ["K/uL", "x10(3)/mcL", "Thousand/uL", "10³/µl", "×10⁹/L", "x 10^9/L", "X10E3/UL", "X10E+09/L", "Tsd./µl", "k/mm3"],
)
def test_a_count_is_known_however_the_laboratory_writes_its_unit(unit: str) -> None:
    assert convert(0.3, spelled(unit), "10*9/L") == pytest.approx(0.3)


@pytest.mark.parametrize("unit", ["cells/uL", "/mm3", "#/uL"])
def test_single_cells_are_not_thousands(unit: str) -> None:
    assert convert(300, spelled(unit), "10*9/L") == pytest.approx(0.3)


def test_grams_and_rates_in_other_spellings() -> None:
    assert [spelled(unit) for unit in ("gm/dL", "mg%", "次/分", "Deg. F")] == ["g/dL", "mg/dL", "/min", "[degF]"]
