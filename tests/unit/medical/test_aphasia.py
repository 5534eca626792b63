import pytest

from knowledge.medical.notes.emergencies.aphasia import APHASIA, is_of_a_tube, meaning

_DYSPNEA = "HP:0002094"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Suddenly could not speak.", APHASIA),
        ("Could not speak or move her arm.", APHASIA),
        ("Could not speak a single word.", APHASIA),
        ("Could not speak with a right facial droop.", APHASIA),
        ("Could not speak with his wife.", ""),
        ("Could not speak with left arm weakness.", APHASIA),
        ("Not intubated, could not speak.", APHASIA),
        ("Intubated, could not speak.", ""),
        ("With a tracheostomy he could not speak.", ""),
        ("Suddenly could not speak, intubated in the ED.", APHASIA),
        ("Extubated yesterday, was intubated for a week, could not speak.", APHASIA),
        ("Could not speak while intubated.", ""),
        ("Could not speak in complete sentences.", _DYSPNEA),
        ("Could not speak a full sentence.", _DYSPNEA),
        ("Could not speak more than a few words.", _DYSPNEA),
        ("Could not speak to the GP.", ""),
        ("Could not speak in Spanish.", ""),
        ("Could not speak English.", ""),
    ],
)
def test_what_could_not_speak_tells(text: str, code: str) -> None:
    before, phrase, after = text.lower().partition("could not speak")
    assert meaning(phrase, before, after) == code


@pytest.mark.parametrize(
    ("before", "phrase", "is_none"),
    [
        ("气管插管，", "不能言语", True),
        ("气管切开术后", "说不出话", True),
        ("气管插管，", "失语", False),
        ("气管插管拔管后", "不能言语", False),
        ("突发", "不能言语", False),
    ],
)
def test_who_has_a_tube_cannot_speak(before: str, phrase: str, is_none: bool) -> None:
    assert is_of_a_tube(before + phrase, len(before), len(before + phrase)) is is_none
