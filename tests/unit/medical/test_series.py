import pytest

from knowledge.medical.series import numbered_series


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Noonan syndrome 1", "Noonan syndrome 2"),
        ("Noonan syndrome", "Noonan syndrome 10"),
        ("Spinocerebellar ataxia 29, congenital nonprogressive", "Spinocerebellar ataxia 1"),
        ("Usher syndrome, type IIC", "Usher syndrome type 1"),
        ("Mucopolysaccharidosis type IIIB", "Mucopolysaccharidosis, type IIID"),
        ("Arteriopathy with infarctsand oedema", "Arteriopathy with infarcts and oedema, type 2"),
        ("GLUT1 deficiency syndrome 1, infantile onset, severe", "Glut1 deficiency syndrome 2"),
        ("46,XY sex reversal 4", "46, XY sex reversal 11"),
    ],
)
def test_one_series(one: str, other: str) -> None:
    assert len(set(numbered_series([one, other]))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Noonan syndrome 1", "Costello syndrome"),
        ("Factor V deficiency", "Protein C deficiency"),
        ("Type I hyperlipoproteinemia", "Type I diabetes"),
        ("GLUT1 deficiency syndrome 1, infantile onset, severe", "C5 deficiency"),
        ("46,XY sex reversal 4", "46,XX sex reversal 2"),
    ],
)
def test_not_one_series(one: str, other: str) -> None:
    assert len(set(numbered_series([one, other]))) == 2


def test_series_join_through_any_of_their_names() -> None:
    names = ["Ataxia, late 1", "Late ataxia 2", "Ataxialate 3", "Other"]
    first, second, third, other = numbered_series(names)
    assert first == second == third != other
