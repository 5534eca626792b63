"""What is said of findings in whole notes."""

import pytest

from .marked import as_read

NOTES = """
Family history: father {MI|o} at 50.
Today he has {crushing chest pain|+} and {vomited blood|+}.
---
家族史：父亲有{高血压|o}。
今晨突发{剧烈头痛|+}，{呕血|+}。
---
Family history: father with {MI|o}. On exam he has {neck stiffness|+} and {fever|+}.
---
Family history: father had {MI|o} at 50. He also had {stroke|o}.
---
Family history: {stroke|o} in his father,
{diabetes|o} and {hypertension|o}.
{Chest pain|+} for 2 hours.
---
FHx: {diabetes|o}
Presents with {chest pain|+}.
---
Family history:
- Mother: {hypertension|o}
- Father: well, no {tremor|o}
---
Family history:
{Diabetes|o}
{Stroke|o}

{Fever|+}.
---
Family history: {Stroke|o} (father)
{Diabetes|o} (mother)
---
Family history: positive for
- {diabetes|o}
- {stroke|o}
---
家族史：母亲有{糖尿病|o}。患者{头痛|+}、{呕吐|+}。
---
家族史：母亲有{糖尿病|o}，否认{高血压|o}。查体：{颈强直|+}。
---
Past medical history: {diabetes|p}, {melena|p}.
{Hematemesis|+} and {syncope|+}.
---
Past medical history: {hypertension|p}. Today he is {vomiting blood|+}.
---
既往史：{高血压|p}10年。今晨{呕血|+}。
---
PMH:
- {Melena|p}
- {Angioedema|p}

HPI: {Melena|+} since yesterday.
---
60M. FHx: nil. {Crushing chest pain|+} for 2 hours.
---
FH: brother {died suddenly|o} at 30. {Collapsed|+} today while running. 20M
---
60M. FHx: father d. {MI|o}. Mother {diabetes|o}. She also had {stroke|o}. {Chest pain|+}
---
PC: {cough|+}
FHx: {diabetes|o}. {Stroke|o}.
{Chest pain|+}.
---
家族史：无特殊。{胸痛|+}2小时。
---
家族史：父亲有{高血压|o}，母亲{糖尿病|o}。{胸痛|+}2小时。
---
60M. Plan: CT. {Crushing chest pain|+} now.
---
60M. Plan: exclude {PE|?} now. Treat {sepsis|?} today.
---
- {Fever|+}
- {Cough|+}
---
{Chest pain|+} -
Onset an hour ago.
---
{Fever|-}: N
{Neck stiffness|-}: N
{Headache|+}: Y
{Seizure|-}: N
---
-{Fever|+}
-{Cough|+}
---
Pertinent negatives:
- {chest pain|-}
- {syncope|-}

{Headache|+}
"""


@pytest.mark.parametrize("marked", NOTES.split("---\n"))
def test_marked_findings_of_notes(marked: str) -> None:
    assert as_read(marked.strip()) == marked.strip()
