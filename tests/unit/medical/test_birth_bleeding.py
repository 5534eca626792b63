"""What a woman lost after a birth, in the words of a labour ward."""

import pytest

from knowledge.medical.notes.emergencies.birth_bleeding import birth_bleedings


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("2 hrs post NVD. EBL 1500 ml", ["EBL 1500 ml"]),
        ("SVD, blood loss of about 600 mls", ["blood loss of about 600 mls"]),
        ("blood loss 900 ml after vaginal delivery", ["blood loss 900 ml"]),
        ("剖宫产术中出血1200ml", ["出血1200ml"]),
        ("SVD, EBL 300 ml. LSCS, EBL 700 ml", []),
        ("P1 SVD 40 min ago, EBL 1.8 L, atonic uterus", ["EBL 1.8 L"]),
        ("NVD 2 hrs ago, lost 800 mls. NVD 3 days ago, lost 800 ml", ["lost 800 mls"]),
        ("SVD 3/7 ago, EBL 800 ml. SVD 2w ago, bled 600 ml. SVD 6 weeks ago, lost 500 ml", []),
        ("EBL 1500 ml at laparotomy, first of three", []),
        ("G2P1, prev NVD with EBL 1200 ml; NVD 2 years ago, bled 500 ml from piles", []),
        ("Emergency LSCS. Post partum blood loss 700 ml. C-section, postpartum EBL 800 ml. 剖宫产。产后出血600ml", []),
        ("Prev LSCS, VBAC today, EBL 800 ml. 既往剖宫产，产后出血800ml", ["EBL 800 ml", "出血800ml"]),
        ("LSCS. Postpartum EBL 1.2 L. NVD, lost 1.5 L of fresh blood", ["EBL 1.2 L", "lost 1.5 L"]),
        ("Postnatal clinic: lost 5 L fluid weight. Postnatal, lost 1.5 l of urine", []),
        ("分娩后1小时出血约800ml，分娩时出血200ml", ["出血约800ml"]),
        ("剖宫产术后出血600ml。产后3年，痔疮出血500ml", []),
    ],
)
def test_much_bleeding_after_a_birth(text: str, phrases: list[str]) -> None:
    assert [text[start:end] for start, end, _ in birth_bleedings(text)] == phrases
