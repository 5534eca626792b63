"""Emergencies in a few letters, and what else these letters are."""

import pytest

from knowledge.medical.notes.words.short_forms import short_forms

PE, SDH, PPH, ECTOPIC, DISSECTION, SI = (
    *("HP:0002204", "HP:0100309", "HP:0011891", "R1:0730", "HP:0002647", "HP:0031589"),
)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Ddx: PE vs pneumonia", [PE]),
        ("Considered PE but PERC negative, PE very unlikely", [PE, PE]),
        ("PE and ACS ruled out", [PE]),
        ("apixaban (PE 2021). seen, PE 2015 hrs: chest clear. CVS and PE likely normal. PE and MI excluded", []),
        ("G2P1 (SVD 2019, PPH). Now 32/40\nP1: SVD 2019, PPH, now 12/40\nLSCS 2018 with PPH. Now well.", []),
        ("placenta praevia, risk PPH\nPostpartum plan: PPH drill\nDelivered 2018 and 2020, PPH both times", []),
        ("LSCS 2h ago, PPH in theatre", [PPH]),
        ("CTA neck: no dissection. MRA: no dissection, stroke. Angiogram: no dissection. ESD: no dissection", []),
        ("tearing chest pain, CT angiogram ?dissection", [DISSECTION]),
        ("Transferred from SDH ED. Seen at SDH last week. SDH raised. Discharged to SDH", []),
        ("Went to SDH with stroke. Brought to SDH. Under care of SDH. CTH neg SDH. SDH 2017. Now seizure.", []),
        ("CTA: suspected dissection left ICA", []),
        ("Coma due to SDH, increase in SDH, bled from SDH", [SDH, SDH, SDH]),
        ("Social determinants (SDH) reviewed. SDH GIST. ?dissection plane. ?dissection in the neck", []),
        (
            "Worsening SI arthritis, SI stiffness, intermittent SI discomfort, vague SI symptoms, worsening SI of MR",
            [],
        ),
        ("Indication: ?PE\nFindings: normal", [PE]),
        ("PE: chest clear. PE findings normal. Had PE at school", []),
        ("stat CT: SDH w midline shift", [SDH]),
        ("SDH-deficient tumour, SDH mutation, SDH: high", []),
        ("Delivered SVD. EBL 250ml. No PPH", [PPH]),
        ("uterus boggy, PPH HR 140", [PPH]),
        ("PPH on sildenafil", []),
        ("LMP 6/52 ago, ?ectopic", [ECTOPIC]),
        ("?ectopic beats. Ectopic atrial rhythm. possible ectopic kidney", []),
        ("BP R arm 190/100, ?dissection", [DISSECTION]),
        ("r/o dissection. Ruled out for dissection", [DISSECTION, DISSECTION]),
        ("neck dissection done. ?dissection of the carotid", []),
        ("fleeting SI, no plan", [SI]),
        ("worsening SI joint pain", []),
    ],
)
def test_letters_that_name_an_emergency(text: str, codes: list[str]) -> None:
    assert [
        code for _, _, code in sorted(short_forms(text)) if code in {PE, SDH, PPH, ECTOPIC, DISSECTION, SI}
    ] == codes
