"""Short words that name a finding only beside another one."""

import pytest

from knowledge.medical.notes.words.short_forms import short_forms

LOW, CONFUSED = "HP:0004372", "HP:0001289"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("80M AVPU: P, T 38.9, RR 28", [(LOW, "AVPU: P")]),
        ("AVPU = V, mottled", [(LOW, "AVPU = V")]),
        ("AVPU评分：P，体温39℃", [(LOW, "AVPU评分：P")]),
        ("AVPU now U", [(LOW, "AVPU now U")]),
        ("AVPU A->V", [(LOW, "AVPU A->V")]),
        ("AVPU: A → P", [(LOW, "AVPU: A → P")]),
        ("3 year old, AVPU - responds to pain only, T 39.5", [(LOW, "AVPU - responds to pain only")]),
        ("70M responds only to voice, T 38.9", [(LOW, "responds only to voice")]),
        ("Responding to voice only", [(LOW, "Responding to voice only")]),
        ("ACVPU: C, RR 24", [(CONFUSED, "ACVPU: C")]),
        ("AVPU: A. AVPU A, verbal. AVPU score 4. AVPU: P/U. AVPU A->V->A", []),
        ("Pain responds to pain relief. Responsive to pain medication", []),
        ("Responding to pain score chart. Responded to pain ladder step 2. AVPU pain score 2", []),
        ("Foot: responds to pain but not light touch. Left side no response, right side responds to pain", []),
        ("70M responds to pain but not to voice", [(LOW, "responds to pain")]),
        ("70M responds to pain and moans, BP 80/40", [(LOW, "responds to pain")]),
        ("Turns to her name, responds to voice and smiles", []),
    ],
)
def test_what_is_not_alert(text: str, found: list[tuple[str, str]]) -> None:
    told = sorted((start, code, text[start:end]) for start, end, code in short_forms(text))
    kept = [(code, phrase) for start, code, phrase in told if code in (LOW, CONFUSED)]
    assert [one for place, one in enumerate(kept) if not place or one[1] not in kept[place - 1][1]] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("N/V/D for 2 days", ["D"]),
        ("no n/v/d/c", ["d"]),
        ("N/V, R/V/D", []),
        ("urine 3+ protein, blood 2+", ["3+ protein"]),
        ("protein +++", ["protein +++"]),
        ("CSF protein ++, 2+ protein shakes, protein +", []),
        ("CSF: turbid, protein +++, glucose low", []),
        ("pleural fluid: turbid, 3+ protein", []),
        ("CSF: clear, urine: protein ++", ["protein ++"]),
        ("LP done, clear. UA: protein ++", ["protein ++"]),
    ],
)
def test_letters_and_signs(text: str, found: list[str]) -> None:
    codes = ("HP:0002014", "HP:0000093")
    assert [text[start:end] for start, end, code in short_forms(text) if code in codes] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cold R leg, no pulses, pain 2h", ["cold", "no pulses"]),
        ("No pulses in the foot", ["No pulses"]),
        ("cold painful R foot since 0400", ["cold"]),
        ("leg cold and painful", ["painful"]),
        ("leg pain, no pulse oximeter; no pulses", []),
        ("cold water on R foot, arm painful", []),
    ],
)
def test_a_limb_without_blood(text: str, found: list[str]) -> None:
    codes = ("HP:0032554", "R1:0043", "HP:0012514")
    assert [text[start:end] for start, end, code in sorted(short_forms(text)) if code in codes] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vom x2, N&V", [("HP:0002018", "N"), ("HP:0002013", "V"), ("HP:0002013", "vom")]),
        ("D&V 2/7", [("HP:0002013", "V"), ("HP:0002014", "D")]),
        ("# L NOF. L NOF pain", [("HP:6000655", "NOF")]),
    ],
)
def test_short_words_of_a_ward_round(text: str, found: list[tuple[str, str]]) -> None:
    assert [(code, text[start:end]) for start, end, code in short_forms(text)] == found
