"""What a training tells where no terminal is."""

from dataclasses import replace

import pytest

from core.lora.history import Report
from core.lora.progress_bar import bar


def test_a_file_gets_lines_while_it_runs(capsys: pytest.CaptureFixture[str]) -> None:
    step = Report(1, 40, 0.1, 1.5, None, None, 1e-3, 240.0, 3_600.0)
    with bar() as tell:
        for number in range(1, 20):
            tell(replace(step, step=number))
        assert capsys.readouterr().err == "", "not a line for each step"
        tell(replace(step, step=20, validation_loss=2.0, drift=0.05))
        told = capsys.readouterr().err
        assert told == "Step 20 of 40: loss 1.500, drift 0.050, validation 2.000, 240 tokens/s, 1:00:00 left\n"
        tell(replace(step, step=40, seconds_left=0))
    assert capsys.readouterr().err == "Step 40 of 40: loss 1.500, 240 tokens/s, 0:00:00 left\n"
