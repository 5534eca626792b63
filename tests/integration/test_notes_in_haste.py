"""What is read in sentences of English notes written in haste: triage, wards, clinics of prisons and schools."""

from collections.abc import Callable

import pytest

from apps.diagnosis.service import DiagnosisService


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("N+V x2 days", "+Nausea +Vomiting"),
        ("n&v since Monday", "+Nausea +Vomiting"),
        ("No N+V", "-Nausea -Vomiting"),
        ("D+V since Friday", "+Diarrhea +Vomiting"),
        ("d&v overnight", "+Diarrhea +Vomiting"),
        ("SOBOE", "+Exertional dyspnea"),
        ("CRT 5 s", "+Abnormal capillary physiology"),
        ("cap refill > 2", "+Abnormal capillary physiology"),
        ("delayed capillary refill", "+Abnormal capillary physiology"),
        ("CRT 2s. cap refill < 2 secs. CRT-D in situ. CRT 60 Gy in 30 fractions", ""),
        ("Pain not settled with paracetamol", "+Pain +Paracetamol taken"),
        (
            "Hb 94, creat 180, urea 24",
            "+Anemia +Elevated circulating creatinine concentration +Increased blood urea "
            "nitrogen -Increased circulating hemoglobin concentration",
        ),
        ("urea 24, creat 0.9 mg/dL", "-Elevated circulating creatinine concentration"),
        ("urea 24", ""),
        ("Uncle had TB.", "+Contact with the same illness"),
        ("tunnelled line in situ", ""),
        ("No floaters, no flashes", "-Photopsia -Vitreous floaters"),
        ("hot flashes", "+Hot flashes"),
        ("Periods have become really heavy", "+Menorrhagia"),
        ("periods fine, heavy lifting", ""),
        ("Chest pain radiating to the left arm and jaw", "+Chest pain +Jaw pain +Upper limb pain"),
        ("Abdomen soft, SNT, no masses. CT head: no bleed", "-Abdominal mass -Intracranial hemorrhage"),
        ("A&O x3, not eating and drinking, EMW", "+Insomnia +Poor appetite -Confusion"),
        ("Low mood, psychomotor retardation", "+Abnormally slow thought process +Depression"),
        ("2yo, psychomotor retardation", "+Global developmental delay"),
        ("generalised lymphadenopathy", "+Generalized lymphadenopathy"),
        ("Glass test positive", "+Purpura"),
        ("2/52 post partum, prev LSCS", "+Previous cesarean +Recent childbirth"),
    ],
)
def test_sentences_of_notes_in_haste(signs: Callable[[str], str], text: str, said: str) -> None:
    assert signs(text) == said


def test_an_infarction_of_another_year_is_no_emergency(diagnosis_service: DiagnosisService) -> None:
    flags = diagnosis_service.red_flags(diagnosis_service.read("81F, off legs. STEMI 2019. BP 150/80."))
    assert "acute-coronary-syndrome" not in {flag.rule.id for flag in flags if flag.outcome.value == "fired"}
