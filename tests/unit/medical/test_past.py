"""Which illnesses of notes are over: those that are dated before this one, and those of which a sentence says so."""

import pytest

from .marked import as_read

OVER = """
Last winter she was treated for a spontaneous {pneumothorax|p}, which was drained.
He was treated for {pneumonia|p} last winter.
Last summer, he had a {stroke|p}.
Two years ago she was treated for {pneumonia|p}.
In 2015 he was treated for a {pneumothorax|p}.
In 2015, she had a {stroke|p}.
In childhood she was treated for {pneumonia|p}.
As a child he was treated for {pneumonia|p}.
She was treated for {pneumonia|p}, which resolved.
Last winter she was treated for {pneumonia|p}. Today {fever|+}.
去年冬天因{自发性气胸|p}行引流治疗。
去年冬天曾因{自发性气胸|p}住院。
"""
GOES_ON = """
She is being treated for {pneumonia|+}.
He is treated for {hypertension|+}.
She was treated for {hypertension|+} with lisinopril.
She was treated for a {pneumothorax|+}, which was drained.
Since last winter she has had {headaches|+}.
{Breathlessness|+} worse than last winter.
Last winter she was treated for {pneumonia|+}, now {dyspnea|+}.
In 2020 she developed {seizures|+}, which have persisted.
{Chest pain|+}, which resolved.
去年冬天开始{头痛|+}。
因{气胸|+}正在治疗。
"""


@pytest.mark.parametrize("marked", [*OVER.strip().splitlines(), *GOES_ON.strip().splitlines()])
def test_what_is_over_is_told_from_what_goes_on(marked: str) -> None:
    assert as_read(marked) == marked
