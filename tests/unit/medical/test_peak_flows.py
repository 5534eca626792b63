"""Which peak flows are those of severe asthma."""

import pytest

from knowledge.medical.notes.emergencies.peak_flows import low_peak_flows


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("peak flow 150 (best 500)", ["peak flow 150 (best 500"]),
        ("PEFR 200 (40%), peak flow today 200, best 500", ["PEFR 200 (40%", "peak flow today 200, best 500"]),
        ("PEFR 30%, PEF 45 % of best", ["PEFR 30%", "PEF 45 %"]),
        ("PEF 180 L/min, her usual best is 450", ["PEF 180 L/min, her usual best is 450"]),
        ("呼气峰流速150（最佳500）", ["呼气峰流速150（最佳500"]),
        ("Peak flow 0% of predicted. 峰流速0%。", ["Peak flow 0%", "峰流速0%"]),
        ("PEFR 20/000, PEFR 20/100", ["PEFR 20/100"]),
        ("peak flow 20% below best, PEF 15 % variability, PEF 20% diurnal variation, PEF 40% last year", []),
        ("Asthma action plan: peak flow < 50% call 999", []),
        ("PEF 40% falling, PEF < 50%, below best. PEFR 45% improved from 30%", ["PEF 40%", "PEF < 50%", "PEFR 45%"]),
        ("Plan: admit. Peak flow 30% predicted", ["Peak flow 30%"]),
        ("peak flow 450 (best 500), PEFR 80% of best, PEF 60%", []),
        ("Peak flow 300 L/min, best kept in a diary of 30 days. LVEF 30%, FEF 25-75 30%", []),
    ],
)
def test_at_most_half_of_the_best_is_severe(text: str, phrases: list[str]) -> None:
    assert [text[start:end] for start, end, _ in low_peak_flows(text)] == phrases


def test_a_hostile_text_takes_no_time() -> None:
    assert list(low_peak_flows("peak flow " + "is , " * 5_000)) == []
