"""Shocks that a heart is given, and shock of the circulation."""

import pytest

from knowledge.medical.notes.emergencies.defibrillation import is_electric


@pytest.mark.parametrize(
    ("text", "electric"),
    [
        ("VF x3 {shocks}, ROSC", True),
        ("VF. {Shocked} x2 then ROSC", True),
        ("VF arrest, 1 {shock}, ROSC", True),
        ("VT with pulse, {shocked} into SR. Pneumonia", True),
        ("Cardiac arrest, ROSC, now in {shock}", False),
        ("ROSC, {shocked} and cold", False),
        ("Class 3 {shock}, then cardiac arrest", False),
        ("PEA arrest, ROSC, BP 60/30 {shock}", False),
        ("VF arrest day 2, {shock} for 3 days", False),
        ("{Shock} x 2 days, cardiac arrest", False),
        ("Cardiac arrest after septic {shock}", False),
    ],
)
def test_a_heart_is_shocked(text: str, electric: bool) -> None:
    before, word, after = text.replace("}", "{").split("{")
    assert is_electric(before + word + after, len(before), len(before + word)) is electric
