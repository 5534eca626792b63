"""What values of spinal fluid stand for."""

import pytest

from knowledge.medical.case import Status
from knowledge.medical.codes import code_of
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.notes.values.spinal_fluid import read_spinal_fluid

CELLS, BACTERIA = code_of("HP:0012229 CSF pleocytosis"), code_of("R1:0665 Neutrophilic spinal fluid")
GLUCOSE = code_of("HP:0011972 Hypoglycorrhachia")
PROTEIN = code_of("HP:0002922 Increased CSF protein concentration")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (
            "CSF: turbid, 3,200 WBC/µL (94% neutrophils), glucose 18 mg/dL, protein 260 mg/dL; Gram stain negative.",
            [CELLS, BACTERIA, GLUCOSE, PROTEIN],
        ),
        (
            "Lumbar puncture showed 850 white cells/mm3 with 80% neutrophils, glucose 1.8 mmol/L and protein 2.1 g/L.",
            [CELLS, BACTERIA, GLUCOSE, PROTEIN],
        ),
        ("CSF: WBC 2,400 mostly neutrophils, glucose 1.1 mmol/L", [CELLS, BACTERIA, GLUCOSE]),
        ("CSF: WBC 2,400, 20% neutrophils, mostly lymphocytes", [CELLS]),
        ("脑脊液白细胞3000，以中性粒细胞为主", [CELLS, BACTERIA]),
        ("CSF 60 lymphocytes, protein 0.5 g/L", [CELLS]),
        ("LP: WBC 240 ×10^6/L, neutrophils 10%", [CELLS]),
        ("CSF: 1 cell/µL, glucose 3.6 mmol/L, protein 0.55 g/L. Blood: WBC 15", []),
        ("脑脊液混浊，白细胞1200×10^6/L，多核细胞90%，蛋白1.8g/L，糖1.1mmol/L", [CELLS, BACTERIA, PROTEIN, GLUCOSE]),
        ("腰椎穿刺：有核细胞数 180×10⁶/L，淋巴细胞85%，蛋白定量950mg/L，糖2.8mmol/L", [CELLS, PROTEIN]),
        ("腰穿细胞总数4×10^6/L，蛋白 0.3g/L，糖 3.5mmol/L，白细胞 15×10^9/L", []),
        ("脑脊液糖 3.2mmol/L。血：白细胞 15，尿蛋白 2g/L，总蛋白 70g/L，血糖 1.9mmol/L", []),
        ("CSF clear; blood WBC 15.0, glucose 1.8 mmol/L", []),
        ("LP declined. WBC 15.0, protein 90 g/L", []),
    ],
)
def test_cells_glucose_and_protein_of_spinal_fluid(text: str, codes: list[str]) -> None:
    assert [code for result in read_spinal_fluid(text) for code, _ in result.findings] == codes


def test_its_glucose_is_not_that_of_the_blood(recognizer: FindingRecognizer) -> None:
    reading = recognizer.read(
        "LP showed 850 white cells/mm3, glucose 1.8 mmol/L. Aspirate: triglycerides 840 mg/dL", source="note"
    )
    assert not {"HP:0001943", "HP:0002155"} & {finding.code for finding in reading.findings}


def test_a_doubt_is_not_about_what_was_measured(recognizer: FindingRecognizer) -> None:
    text = "Possible meningitis with CSF WBC 3,200/µL (94% neutrophils)"
    reading = recognizer.read(text, source="note")
    assert {finding.code: finding.status for finding in reading.findings}[BACTERIA] is Status.PRESENT


@pytest.mark.parametrize(
    "text",
    [
        "PMH: bacterial meningitis 2010 (CSF WBC 3,200/uL, glucose 18 mg/dL)",
        "Previous LP: 850 white cells/mm3, protein 2.1 g/L",
        "His brother's CSF had 850 white cells/mm3",
    ],
)
def test_results_of_the_past_and_of_others_do_not_count(text: str) -> None:
    assert list(read_spinal_fluid(text)) == []


def test_a_hostile_text_takes_no_time() -> None:
    assert list(read_spinal_fluid("CSF " * 5_000)) == []
    assert list(read_spinal_fluid("脑脊液细胞数" * 5_000)) == []
