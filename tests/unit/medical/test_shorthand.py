"""What hasty notes say of findings: answers in rows, each its own "no", other beds, what is over."""

import pytest

from .marked import as_read

ANSWERS = """
{Chest pain|-}: No   {Dyspnea|+}: Yes   {Palpitations|-}: No   {Syncope|-}: No
{Fever|-}: No {Cough|+}: Yes {Rash|-}: No
GI: no {vomiting|-} GU: no {dysuria|-}
{Smoking|-}: never. {Cough|+}.
{Fever|+} Y / {Rash|-} N / {Neck stiffness|+} Y
{wheeze|+} ✓ {cough|+} ✓ {fever|-} ✗
✓ {wheeze|+} ✗ {fever|-}
✗ {fever|-}, ✓ {chest pain|+}, ✓ {SOB|+}
PE tick list: ✓ {chest pain|+} ✗ {haemoptysis|-} ✓ {tachycardia|+}
✗ {chest pain|-} ✓ {SOB|+}
✘ {fever|-} ✔ {chest pain|+}
❌ {fever|-} ✅ {vomiting|+}
✗ {fever|-}, {chest pain|+}
neg {CP|-}, neg {SOB|-}, pos {dizziness|+}
Trop neg, {chest pain|+}
CAD, CHF, ⊝ {syncope|-}
{Pain|-} score 0. {Pain|+} score 4.
Swab neg {influenza|-}, {cough|+}
{DVT|-} screen neg.
{Kernig|-}'s and {Brudzinski|-}'s negative. {Fever|+} and Trop negative.
CT head: no {bleed|-}, {small vessel disease|-}, old L {lacunar infarct|p}.
"""

QUERIES = """
I am concerned re {colorectal cancer|?} and would be grateful for a colonoscopy.
75F {Stroke|?}? {slurred speech|+} and {R arm weakness|+}
40F {SAH|?}? {thunderclap headache|+}. 19M {DKA|?}? {vomiting|+}, {BM 28|+}
25F {Ectopic|?}? {abdo pain|+}, {PV bleed|+}. {L weakness|+}, {stroke|?}? {TIA|?}? {slurred speech|+}
{PE|?}? on CT. ?{PE|?}? {chest pain|+}. {MI|?}? in 2015, {fever|+}. {Stroke|?}? and {fall|+}
{SOB|+} ?{PE|?}, {cough|+}. {SOB|+}?{PE|?}. {Chest pain|+} ? {PE|?}
{Abdo pain|+}? {appendicitis|?}. {R sided weakness|+}? {stroke|?}. {Weakness|+}? acute {stroke|?}
{Rash|+}? {purpura|?}. {Chest pain|+}? cause. {Slurred speech|+}? {stroke|?} or {TIA|?}

{Stroke|?}? no {weakness|-}. No {stroke|?}? {weakness|+}. {Chest pain|+}? {PE|?}. {Pain|?}? {BP 80/40|+}.
{Stroke|-}? no. {PE|+}? yes, {SOB|+}.
{Headstroke|+}? {rash|?}
{Stroke|-}? ruled out. {Headache|+}. {Meningitis|-}? excluded, {fever|+}
"""

WHERE_A_DENIAL_ENDS = """
no {delusions|-}, no {hallucinations|-}, {suicidal ideation|+} with plan
No {fever|-}, no {chills|-}, {sweats|-}, or {cough|-}
No {fever|-}, no {chills|-} or {sweats|-}
No {fever|-}, {chills|-}, {sweats|-}
no {pain|-} at rest, {pain|+} on movement
no {pain|-} at rest, {nausea|-}
w/o {SOB|-}, w/ {pleuritic pain|+}
no {abdominal pain|-}, {vomited blood|+} twice
No {hallucinations|-}, wants to {die|+}, has plan
no {fever|-}, unable to {pass urine|+}, {numb perineum|+}
no {abdo pain|-}, {vomiting|-}, passed {black stools|+}
no {cough|-}, then {coughed up blood|+}
denies {chest pain|-}, {passed out|+} at work
no {LOC|-}, fell {down stairs|+}
no {chest pain|-}, {collapses|+} on exertion
no {diarrhoea|-}, {constipated|+}
no words, {poor eye contact|+}, {hand flapping|+}
no {bruising|-}, {bleeds|-}, {petechiae|-}
no {seizures|-}, {falls|-}, {collapses|-}
no {fever|-}, {cough|-}, {vomiting|-} or {rash|-}
no {fever|-}, {reduced appetite|-}, {weight loss|-}
no {abdo pain|-}, {vomiting|-}, passed {black stools|-} or {fainted|-}
no sig PMH, crushing {chest pain|+}
no regular meds, {haemoptysis|+}. nil of note in PMH, {haemoptysis|+}
no meds, allergies, {haemoptysis|+}
no FH of note, {haemoptysis|+}. no FHx, {haematemesis|+}. no family history of note, {haemoptysis|+}
no family history of {MI|o}, {stroke|o} or {sudden death|o}
breast cancer (mastectomy, no {mets|-}), {lymphoedema|+} L arm
Denies {fever|-} (subjective), {chills|-}
Negative for {stroke|-} on MRI, symptoms attributed to {migraine|+}
afebrile, no {rash|-}, recent {weight loss|+}
Denies recent travel, {weight loss|-}.
Could not reproduce the {vertigo|+}.
Not the usual {headache|+}, this one is different.
"""

WHO = """
Hx obtained from son: no {head injury|-}, increasing {confusion|+}.
Dtr has {flu|o}. Pt has {cough|+}.
PGF d. {lung cancer|o}, MGM {stroke|o} 80s
Older sib d. aged 2 of a {metabolic disorder|o}.
FH {sudden death|o} - cousin 22.
No {fever|-} for 5 d. {Chest pain|+} radiating to the arm.
FH heard, no {bleeding|-}.
Fam hx neg for {colon cancer|o}
Pt in bed next door {vomiting|o}, patient has {diarrhoea|+}
3 children, youngest with {chickenpox|o}, she has a {rash|+}
Contact with {measles|o} at school. {Fever|+}.
Several kids with {diarrhoea|o}; her {diarrhoea|+} started yesterday
Fetal {bradycardia|o}, {PV bleeding|+}
"""

WHEN = """
{nausea|r}, which has since settled
{wheeze|r} gone, {cough|+}
The {rash|r} that she had in the spring has not come back.
80F h/o dementia BIBA {confusion|+}
I explained that I explained that {pancreatitis|?} is a recognised complication of ERCP
She worries about {cancer|?}.
Concern re {C diff|?} - stool sent, {loose stools|+}
She is concerned re {joint pains|+}
Ex {smoker|+}
Considered {PE|?} but PERC negative
Home if no further {bleeding|?}
"""

NOTES = """
Inactive problems: {pneumonia|p}, {diverticulitis|p}.
---
Resolved problems: {anaemia|r} (2019)
---
Previous admission (Jan 2022): {DKA|p}
This admission: {cellulitis|+}
---
Allergies: trimethoprim
Reaction: {angioedema|p}
PC: {dysuria|+}
---
PC: bee sting
Reaction: {angioedema|+}
---
✗ {fever|-}
✓ {chest pain|+}
---
Allergy band checked: penicillin - {rash|p}; latex - {anaphylaxis|p}
"""


@pytest.mark.parametrize(
    "marked",
    [
        *(line for table in (ANSWERS, QUERIES, WHERE_A_DENIAL_ENDS, WHO, WHEN) for line in table.strip().splitlines()),
        *NOTES.split("---\n"),
    ],
)
def test_hasty_notes(marked: str) -> None:
    assert as_read(marked.strip()) == marked.strip()
