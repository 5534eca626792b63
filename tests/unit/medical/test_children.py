"""Notes that open with a child whose age they do not tell."""

import pytest

from knowledge.medical.notes.context.children import child_of_unknown_age


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Infant, RR 44, sats 97%", "Infant"),
        ("Term baby with RR 50", "Term baby"),
        ("NICU. HR 150", "NICU"),
        ("Girl. PEWS 2. RR 40", "PEWS"),
        ("18/12, head injury", "18/12"),
        ("14 mths. Fever 39", "14 mths"),
        ("8 week check: HR 148, RR 44", "8 week check"),
        ("患儿，呼吸50次/分", "患儿"),
        ("宝宝发热，呼吸50次/分", "宝宝"),
        ("宝宝拒乳，我乳头皲裂，哺乳期，发热", ""),
        ("患者，呼吸50次/分", ""),
        ("Baby blues, BP 85/50", ""),
        ("Baby delivered 2h ago, EBL 400 ml, BP 80/40", ""),
        ("Baby not feeding, nipple pain", ""),
        ("8 week check: lochia settled", ""),
        ("Child psychiatry letter: BP 85/50", ""),
        ("Child-bearing age, BP 85/50", ""),
        ("Child at home unwell. RR 24", ""),
        ("3/12 ago had MI", ""),
        ("3 months of cough", ""),
        ("48 months, weight loss", ""),
        ("HPC: 3/12, SOB. RR 34", ""),
        ("Onset: 2 months, SOB", ""),
        ("6 months, cough. Smoker. BP 85/50", ""),
        ("3 month check post stent, BP 85/50", ""),
        ("12 month check, diabetic", ""),
        ("6 month baby check: RR 44", "6 month baby check"),
        ("Child: none. Married.", ""),
        ("Infant, mum smoker, RR 44", "Infant"),
    ],
)
def test_whether_a_note_opens_with_a_child_whose_age_it_does_not_tell(text: str, words: str) -> None:
    assert child_of_unknown_age(text) == words
