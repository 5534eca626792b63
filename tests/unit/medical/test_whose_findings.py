"""Whose findings are, where relatives tell of the patient."""

import pytest

from .marked import as_read

WHO_TELLS = r"""
84F. Daughter: {found unresponsive|+}, {slurred speech|+}, {left arm weak|+}.
2 yo boy. Mum: he had a {fit|+} for 6 min, {floppy|+} and {blue|+}.
2 yo boy. Mum: {fit|+} for 6 min at home, {blue lips|+}, {vomiting|+}.
2 yo boy. Mum - {fever|+} 39.5 since yesterday, {rash|+}, not drinking.
Mother: found him {stiff|+} and {shaking|+}, {vomiting|+} x3.
84F. Husband: {collapsed|+}, {slurred speech|+}. Daughter: "{confused|+}, {vomiting|+}".
3F. Dad: she had a {seizure|+}, {vomiting|+}.
70M. Son: not himself, {confused|+}, {melaena|+}.
6M. Mum: {seizure|+} 10 min. Brother: {epilepsy|o}.
FH: nil.\nMum: {seizure|+} for 6 min, {blue|+}
FH: {diabetes|o}.\nMum: {seizure|+} for 6 min, {blue|+}
30M. Mother: {hypertension|o}, {stroke|o}. Father: {MI|o} 5 years ago, died of {stroke|o}.
Mother: she has {epilepsy|o}. Father: {stroke|o} at 50, {MI|o}. Sister: found to have {breast cancer|o}.
Family history:\n- Mother: found dead, {seizure|o} 10 min\n- Father: {seizure|o} for 3 days
FH: Mother: {seizure|o} for 5 min
FH:\nMother: {epilepsy|o}\nFather: {seizures|o} for 3 days
Mother: {cough|o} since yesterday too. Sister: {seizures|o} aged 3 for 2 days. Mum: 28 weeks, {vomiting|o}.
Father - {MI|o} 3 days ago. Wife: {cough|o}, tested positive today.
"""

OF_NEWBORNS = """
12h old baby girl, {respiratory distress|+}, RR 70
Baby boy, 36 hours old, {jaundiced|+}.
An 8-hour-old infant with {cyanosis|+}.
Old {stroke|p}. 12-hour old {rash|+}.
"""


@pytest.mark.parametrize("marked", [*WHO_TELLS.strip().splitlines(), *OF_NEWBORNS.strip().splitlines()])
def test_whose_findings_they_are(marked: str) -> None:
    marked = marked.replace(r"\n", "\n")
    assert as_read(marked) == marked
