"""How far below the ribs a liver or spleen is large."""

import pytest

from knowledge.medical.codes import code_of
from knowledge.medical.notes.words.organ_sizes import large_organs

LIVER, SPLEEN = code_of("HP:0002240 Hepatomegaly"), code_of("HP:0001744 Splenomegaly")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("liver 5 cm, spleen 2 cm; no rash", [LIVER, SPLEEN]),
        ("Liver 5 cm and spleen 14 cm below the costal margins, firm.", [LIVER, SPLEEN]),
        ("Spleen palpable 4 cm BCM", [SPLEEN]),
        ("liver edge felt 3.5 cm below the right costal margin", [LIVER]),
        ("Liver 1 cm, liver 2 cm below the costal margin", []),
        ("liver 15 cm, spleen 12 cm on ultrasound", []),
        ("liver 4 cm x 3 cm lesion, liver cyst 5 cm, 6 cm liver mass", []),
    ],
)
def test_a_liver_of_more_than_two_centimetres_and_any_spleen_are_large(text: str, codes: list[str]) -> None:
    assert [code for _, _, code in large_organs(text)] == codes
