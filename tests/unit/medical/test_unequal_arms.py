"""Pressures that differ between the arms."""

import pytest

from knowledge.medical.notes.emergencies.unequal_arms import unequal_arms


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("BP is 196/104 mmHg in the right arm and 158/86 mmHg in the left arm", 1),
        ("BP R arm 180/90, L arm 140/80", 1),
        ("a mediastinal width of 9.5 cm", 1),
        ("右上肢血压182/96mmHg，左上肢血压140/84mmHg", 1),
        ("左上肢120/80mmHg，右上肢126/82mmHg；左下肢血压90/60mmHg", 0),
        ("BP 150/90 right, 148/88 left. Mediastinum 7 cm.", 0),
        ("BP 120/80 lying, 90/60 standing", 0),
        ("BP right arm 180/100 and left leg 110/60", 0),
    ],
)
def test_twenty_millimetres_make_a_difference(text: str, count: int) -> None:
    assert len(list(unequal_arms(text))) == count
