"""Whether a relative is the patient of a text or part of the family's history. Written before the rule."""

import re

import pytest

from knowledge.medical.notes.context.assertion import contexts
from knowledge.medical.notes.context.cue_rules import Assertion

THE_PATIENT = """
Here with mother who has noticed a [fever].
My daughter, 4, got a [rash] yesterday.
My son has had a [fever] since last night and won't drink.
Our baby keeps [vomiting] after every feed, our little girl is 3 weeks old.
My 6-year-old son has [ear pain].
Hi doctor, my toddler son has [diarrhea] and a [fever].
My daughter (7) complains of [headache].
my son is 9 months old and hes had a [cough] for 3 days
I'm worried about my daughter. She is 2 and has a [rash], and my daughter has had [diarrhea] since Sunday.
Since yesterday my son has been complaining of [abdominal pain].
My daughter woke up with a [swollen] eye this morning. I gave her paracetamol. My daughter also has a [fever].
My mother, 82, fell yesterday and has [hip pain].
My husband suddenly has [chest pain] and is [sweating].
My dad woke up this morning with [slurred speech].
My mum is 71. She has been [confused] since yesterday, and my mum also has a [fever].
My wife is 30 weeks pregnant and has had [bleeding] since this morning.
My 80 yo grandfather has been [short of breath] for two days.
Help! My brother has taken something and is having a [seizure] right now.
My son, aged 5, has asthma and now his [breathing] is fast; his father has [asthma] too.
Mum here: my son, 3 yrs, has [spots] all over. His sister had [chickenpox] two weeks ago.
My daughter has a [sore throat]. I have no idea what to do, I have given her honey.
Yesterday my daughter started [limping], no [fever].
My husband has [chest pain]. I am really worried.
My son, 4, isn't eating, but he has no [fever]. I have looked at his throat and my son has [swollen tonsils].
My son's knee has been [swollen] since yesterday.
My mother's face [drooped] this morning.
My youngest daughter has been [itching] for a week. My mother has [psoriasis].
"""

THE_FAMILY = """
Lives with his wife who has [asthma]. Wheeze today.
My mother had [breast cancer].
My mother has [diabetes] and I have a headache.
My daughter has the [flu] and now I have a fever.
I have a cough. My son, 4, has had a [cough] since Monday.
My father, 60, has [heart disease], and my chest hurts when I climb stairs.
My son had [meningitis] as a baby. Could I have it?
My brother died of a [heart attack] at 45.
My sister was diagnosed with [lupus] last year.
I feel tired all the time. My mother, 62, has [hypothyroidism].
The patient said: "My daughter, 4, has [chickenpox]."
Pt reports "my son has had [strep throat] since Monday".
My wife nearly [passed out], and I've had a headache since we lit the stove.
My husband had [COVID] last week. Now my throat is sore.
Her daughter has had a [fever] since yesterday.
Mother reports her other son has a [rash].
My kids are fine but my daughter had the same [rash] last month and mine is worse.
Fever and cough since yesterday. My son has the [flu].
Family history: my daughter, 12, has [epilepsy].
My mom has [migraines] and so do I.
My daughter has [asthma], I get short of breath on stairs.
My husband says I was confused. My husband has [epilepsy].
My boyfriend has [chlamydia] and it burns when I pee.
My grandmother and my aunt had [ovarian cancer].
I'm 34 weeks pregnant and my son, 3, has had [chickenpox] since yesterday.
My son, 4, has a rash since yesterday. His grandmother has [psoriasis].
My father has [Parkinson disease]. Is it inherited?
"""
MARKED = re.compile(r"\[([^]]*)\]")


def assertions(line: str) -> list[Assertion]:
    """What is said of each phrase in brackets."""
    parts = MARKED.split(line)
    ends = [sum(map(len, parts[: i + 1])) for i in range(len(parts))]
    return [c.assertion for c in contexts("".join(parts), list(zip(ends[::2], ends[1::2], strict=False)))]


PERSONS = {Assertion.FAMILY, Assertion.OTHER_PERSON}


@pytest.mark.parametrize("line", THE_PATIENT.strip().splitlines())
def test_a_relative_whose_complaint_is_reported_is_the_patient(line: str) -> None:
    assert assertions(line)[0] not in PERSONS
    told = dict(zip(MARKED.findall(line), assertions(line), strict=True))
    family = {phrase for phrase, assertion in told.items() if assertion in PERSONS}
    assert family == {"asthma", "chickenpox", "psoriasis"} & told.keys()


@pytest.mark.parametrize("line", THE_FAMILY.strip().splitlines())
def test_a_relative_who_is_told_of_beside_the_patient_is_none(line: str) -> None:
    (assertion,) = assertions(line)
    assert assertion in PERSONS
