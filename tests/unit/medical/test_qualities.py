import time

import pytest

from knowledge.medical.notes.words.muscle_power import muscle_powers
from knowledge.medical.notes.words.qualities import qualities

ONE_SIDE, LIMBS, ARM, LEG, MUSCLES = "HP:0001269", "HP:0003690", "HP:0003484", "HP:0007340", "HP:0001324"
CRUSHING, TEARING, THUNDERCLAP = "R1:0001", "R1:0002", "HP:0030907"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Chest pain since 2 h, crushing.", [("crushing", CRUSHING)]),
        ("Chest pain: crushing, 8/10, radiating to jaw", [("crushing", CRUSHING)]),
        ("Central chest pain (pressure-like), 1 hour", [("pressure-like", CRUSHING)]),
        ("chest pain x 2 h, squeezing, 9/10", [("squeezing", CRUSHING)]),
        ("CP described as heavy", [("heavy", CRUSHING)]),
        ("Chest pain which is squeezing", [("squeezing", CRUSHING)]),
        ("Chest pain, sudden, tearing, to the back", [("tearing", TEARING)]),
        ("Headache, thunderclap, worst of life.", [("thunderclap", THUNDERCLAP)]),
        ("Headache since noon, sudden, worst ever", [("worst ever", THUNDERCLAP)]),
        ("Headache of sudden onset, maximal at once", [("maximal at once", THUNDERCLAP)]),
        ("HA, the worst headache of her life", [("worst headache of her life", THUNDERCLAP)]),
        ("胸痛2小时，压榨样", [("压榨样", CRUSHING)]),
        ("头痛1小时，呈雷击样", [("雷击样", THUNDERCLAP)]),
        ("胸背痛，撕裂样", [("撕裂样", TEARING)]),
        ("胸闷半年，活动后出现", [("活动后出现", "R1:0008")]),
        ("胸痛半年，静息时亦有发作", [("静息时亦有发作", "R1:0041")]),
        ("胸痛，气促，活动后出现，静息时无发作", []),
        ("右上肢肌力2级，左侧肢体肌力5级", [("肌力2级", "HP:0003484")]),
        ("左侧肢体肌力Ⅲ级，脾肋下2cm", [("肌力Ⅲ级", "HP:0001269"), ("脾肋下2cm", "HP:0001744")]),
        ("四肢肌力正常，肝肋下1cm，脾肋下未及", []),
        ("Chest pain, not crushing", []),
        ("Chest pain. Heavy smoker.", []),
        ("Chest pain, heavy smoker, hypertension", []),
        ("Chest pain, heavy lifting yesterday", []),
        ("Chest pain, tearing up when asked", []),
        ("Chest pain, crushing in nature, to the left arm", [("crushing", CRUSHING)]),
        ("Chest pain 3 years ago, crushing", []),
        ("Chest pain and back ache, tearing", []),
        ("Chest pain, crushing injury of the hand", []),
        ("No headache, worst was knee pain", []),
        ("Headache, worse in the morning", []),
        ("胸痛，无压榨样", []),
        ("胸痛2天，活动后出现气促", []),
        ("无胸痛，乏力2月，活动后出现", []),
        ("无明显胸痛，乏力2月，活动后出现", []),
        ("胸痛2天，活动后出现，休息可缓解", [("活动后出现", "R1:0008")]),
    ],
)
def test_a_quality_behind_the_pain(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(text[a:b], code) for a, b, code in qualities(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One knee is very painful, hot and swollen.", {"hot": "R1:0136", "swollen": "HP:0001386"}),
        ("Left ankle swollen, warm and tender", {"swollen": "HP:0001386", "warm": "R1:0136"}),
        ("Right shin is red, warm and swollen", {"red": "HP:0010783", "warm": "R1:0025"}),
        ("The lower leg has become erythematous and warm", {"erythematous": "HP:0010783", "warm": "R1:0025"}),
        ("Feet warm and well perfused", {}),
        ("Legs swollen. Warm day.", {}),
        ("Knee swollen but not warm", {"swollen": "HP:0001386"}),
        ("Hands on the leg, red shirt", {}),
        ("No fever, legs warm", {}),
    ],
)
def test_what_a_joint_or_limb_is_like(text: str, expected: dict[str, str]) -> None:
    assert {text[a:b]: code for a, b, code in qualities(text)} == expected


def test_a_long_row_of_adjectives_is_read_in_time() -> None:
    start = time.perf_counter()
    assert list(qualities("knee " + "red, swollen and tender, " * 20_000)) != []
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("power 3/5 L arm and leg", [("power 3/5", ONE_SIDE)]),
        ("R side power 0/5", [("power 0/5", ONE_SIDE)]),
        ("strength 4+/5 RUE and RLE", [("strength 4+/5", ONE_SIDE)]),
        ("power 2/5 right upper and lower limbs", [("power 2/5", ONE_SIDE)]),
        ("R arm and L leg power 3/5", [("power 3/5", LIMBS)]),
        ("Power 4/5 in all four limbs", [("Power 4/5", LIMBS)]),
        ("L arm power 2/5", [("power 2/5", ARM)]),
        ("MRC grade 3/5 left leg", [("MRC grade 3/5", LEG)]),
        ("Power 4/5 in both legs", [("Power 4/5", LEG)]),
        ("Power: R arm 3/5, R leg 4/5", [("Power: R arm 3/5", ARM), ("4/5", LEG)]),
        ("power 5/5 R arm, 2/5 L arm", [("2/5", ARM)]),
        ("power 3/5. R arm pain", [("power 3/5", MUSCLES)]),
        ("Motor: RUE 2/5, RLE 2/5, LUE 5/5, LLE 5/5", [("Motor: RUE 2/5", ARM), ("2/5", LEG)]),
        ("Motor 5/5 RUE, 1/5 LUE, onset 1h", [("1/5", ARM)]),
        ("UL power R 5/5 L 2/5", [("2/5", ARM)]),
        ("LL power R 4/5, L 5/5", [("power R 4/5", LEG)]),
        ("Power R 5/5, L 3/5, sudden onset", [("3/5", ONE_SIDE)]),
        ("hip flexion power R 5/5, L 3/5", [("3/5", MUSCLES)]),
        ("Power 5/5 except L leg 2/5", [("2/5", LEG)]),
        ("Power 5/5 throughout but R arm 4/5", [("4/5", ARM)]),
        ("Grip strength 4/5 both hands", [("strength 4/5", ARM)]),
        ("MRC grade 4/5 ankle dorsiflexion R", [("MRC grade 4/5", MUSCLES)]),
        ("COPD, MRC grade 4/5, on home O2", []),
        ("SOB, MRC 3/5, R leg ulcer", []),
        ("Pain strength 4/5", []),
        ("E 3/4, V 4/5, motor 5/6", []),
        ("Motor 5/5 throughout", []),
        ("Power R 5/5 L 5/5", []),
        ("Power 5/5 throughout, L arm power 5/5", []),
        ("pain 3/5, power normal", []),
        ("power 2/5/24", []),
    ],
)
def test_a_grade_of_power(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(text[a:b], code) for a, b, code in muscle_powers(text)] == expected


def test_long_texts_take_no_time() -> None:
    assert list(muscle_powers("motor power R 5/5 L 5/5, " * 5_000 + "power R " * 5_000)) == []
    assert list(muscle_powers("power L arm and " * 5_000 + "right upper and lower limbs " * 5_000)) == []
    assert list(qualities("chest pain, " * 5_000 + "headache " * 5_000 + "胸痛，" * 5_000)) == []
