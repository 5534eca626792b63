"""What tests of the urine stand for, as Chinese laboratories print them."""

import pytest

from knowledge.medical.case import Status
from knowledge.medical.notes.values.results import read_results
from knowledge.medical.notes.values.urine import urine_results

_SHORT = {"HP:0000093": "protein", "HP:0000790": "blood", "HP:0012085": "pus", "HP:0003076": "sugar"}
_SHORT |= {"HP:0002919": "ketones", "HP:0031812": "nitrite"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("尿常规：蛋白(++)，红细胞满视野，红细胞管型1～2/LP", "+protein +blood"),
        ("尿检 PRO 3+，BLD(+)，LEU(-)，GLU阴性，KET 2+", "+protein +blood -pus -sugar +ketones"),
        ("尿常规：WBC 20～30/HP，RBC 1-2/HP，蛋白±，亚硝酸盐(+)", "+pus -blood +nitrite"),
        ("小便常规：白细胞满视野，蛋白阴性", "+pus -protein"),
        ("尿RBC(++)，WBC(-)", "+blood -pus"),
        ("尿糖(+++)，尿酮体(++)", "+sugar +ketones"),
        ("尿沉渣红细胞35个/HP", "+blood"),
        ("尿液：RBC >100/HPF，WBC 2-5/HPF，蛋白阴性", "+blood -pus -protein"),
        ("尿葡萄糖 阴性", "-sugar"),
        ("尿常规(-)，血常规：红细胞4.5×10^12/L，白细胞(+)", ""),
        ("尿常规未查，尿量正常，大便常规：白细胞(++)，潜血(+)", ""),
        ("24小时尿蛋白定量 5.1g，血糖 4.8mmol/L", "+protein"),
        ("尿蛋白定量0.1g/24h", "-protein"),
    ],
)
def test_results(text: str, said: str) -> None:
    found = [finding for result in read_results(text, None) for finding in result.findings]
    signs = {Status.PRESENT: "+", Status.ABSENT: "-"}
    assert " ".join(signs[status] + _SHORT[code] for code, status in found if code in _SHORT) == said


def test_a_hostile_text_takes_no_time() -> None:
    assert list(urine_results("尿常规蛋白" * 20_000)) == []
    assert list(urine_results("尿常规" + "红细胞1" * 20_000)) == []
