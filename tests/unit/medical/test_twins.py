import numpy as np
import pytest

from knowledge.medical.twins import Profile, find_twins


def profile(name: str, *terms: int, genes: str = "") -> Profile:
    return Profile(name, frozenset(genes.split()), np.array(terms, dtype=np.int32), np.ones(len(terms)))


OTHERS = {f"OMIM:9{i}": profile(f"Filler {chr(97 + i) * 4}", 90 + i) for i in range(20)}


@pytest.mark.parametrize(
    ("omim", "orpha"),
    [
        (profile("Foobar syndrome, type II", 1, 2, 3), profile("Foobar syndrome type 2", 1, 2, 4)),
        (profile("Quux anaemia", 1, 2, 3, genes="ABC1"), profile("Zorg disease", 1, 2, 3, genes="ABC1")),
    ],
)
def test_entries_alike_in_name_genes_or_findings_are_twins(omim: Profile, orpha: Profile) -> None:
    assert find_twins({"OMIM:1": omim, "ORPHA:2": orpha, **OTHERS}) == {"ORPHA:2": "OMIM:1"}


@pytest.mark.parametrize(
    ("omim", "orpha"),
    [
        (profile("Foobar syndrome 1", 1, 2), profile("Foobar syndrome 2", 8, 9)),
        (profile("Foobar syndrome", 1, 2, genes="ABC1"), profile("Foobar", 1, 8, 9, 10, genes="XYZ2")),
        (profile("Foobar", 1, 2), profile("Zorg", 1, 2)),
    ],
)
def test_other_numbers_genes_or_names_part_them(omim: Profile, orpha: Profile) -> None:
    assert find_twins({"OMIM:1": omim, "ORPHA:2": orpha, **OTHERS}) == {}


def test_an_entry_has_one_twin_at_most() -> None:
    found = find_twins(
        {
            "OMIM:1": profile("Foobar syndrome", 1, 2, 3),
            "ORPHA:2": profile("Foobar syndrome", 1, 2, 3),
            "ORPHA:3": profile("Foobar syndrome", 1, 2, 4),
            **OTHERS,
        }
    )
    assert found == {"ORPHA:2": "OMIM:1"}


def test_the_order_of_entries_does_not_matter() -> None:
    entries = {"OMIM:1": profile("Foobar", 1, 2, genes="A"), "ORPHA:2": profile("Foobar", 1, 2), **OTHERS}
    assert find_twins(entries) == find_twins(dict(reversed(entries.items())))
