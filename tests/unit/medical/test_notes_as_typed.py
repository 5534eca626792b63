"""Letters, reviews of systems and lists of allergies, as clinicians type them."""

import pytest

from .test_context_marked import assert_read_as_marked

MARKED = """
Dear Colleague, Re: 47 y/o man with {chest tightness|+}, no {syncope|-}.
Dear esteemed colleagues, thank you for seeing her with {headache|+}.
Discussed with my colleague Dr Shah: {fever|+} and {rash|+}.
Exposure to a colleague with {tuberculosis|o}.
His colleague has {fever|o}.
CV: neg {CP|-}, {palpitations|-}. Resp: + {cough|+}, - {SOB|-}, - {hemoptysis|-}.
GI: neg {vomiting|-}. Neuro: neg {weakness|-}, {numbness|-}, {seizure|-}.
CV: neg troponin, {CP|+} at rest.
Resp: neg CXR, {SOB|+}.
GI: + {nausea|+}, - {diarrhea|-}.
Came with: - {fever|+}, - {cough|+}.
Allergies: penicillin - {anaphylaxis|p}; morphine - {hypotension|p}; ibuprofen (angioedema, {wheeze|p}).
Allergies: NKDA. {Hypotension|+} and {melena|+}.
Allergies: NKDA; {confused|+}.
Allergies: nuts. Ate curry - {hives|+}, {wheeze|+}.
Allergies: peanut - {anaphylaxis|p}. Ate satay - {hives|+}, {wheeze|+}.
Allergies: latex. O/E - {hypotension|+}.
Considered ACS, {pneumothorax|?}, {pericarditis|?} - all felt unlikely given a normal film.
Consent: risks explained inc. bleeding, {DVT|?}, {stroke|?}. Lap chole.
Risks explained: bleeding, {stroke|?}.
Risk: {suicidal|+}, has a plan.
Residual R {hemiparesis|p} and {dysphasia|p} from a prior stroke.
Residual {hemiparesis|+} and new {dysphasia|+}, old stroke.
18/12 old girl, {barky cough|+}.
"""


@pytest.mark.parametrize("marked", MARKED.strip().splitlines())
def test_what_is_said_of_findings(marked: str) -> None:
    assert_read_as_marked(marked)
