"""Hasty notes in which a word looks like kin, a denial or an end and is none: what somebody came with is not lost."""

import pytest

from knowledge.medical.notes.context.assertion import contexts
from knowledge.medical.notes.context.cue_rules import Assertion
from knowledge.medical.notes.values.measurements import read_measurements

from .marked import as_read

REFLEXES_ARE_NO_KIN = """
Neuro: DTRs absent, bilateral {leg weakness|+}, {saddle anaesthesia|+}
DTRs absent in legs, ascending {weakness|+} bilateral
dtrs absent, {leg weakness|+}
Pre-eclampsia: DTRs brisk, {severe headache|+}, {RUQ pain|+}
DTRs depressed, {hypermagnesaemia|+}, {respiratory depression|+}
DTRs brisk with {clonus|+} and {urinary retention|+}
Dtr brisk, {clonus|+}
SIB, {cutting|+}, {suicidal ideation|+}
SIB with {head injury|+}
Dtr: more {confused|+} today
Dtr: {seizure|+} lasting 6 min
MGM: {fever|+} since yesterday, {seizure|+}
Dtr (NOK): {chest pain|+} since 0600
Daughter (NOK): {chest pain|+} since 0600
PGF: she has been {confused|+}
Mother (at bedside): {fever|+} 3 days, {seizure|+}
Dtr: {asthma|o}
Sib: {epilepsy|o}
Siblings also {vomiting|o}
Daughter: {stroke|o} 2019
Mum (NOK): {fit|+} for 6 min
Called dtr, {confusion|+} is new
d/w dtr, {pneumonia|+} explained
Spoke to dtr re {dementia|+}
Pt is MGM of 5, {chest pain|+} now
d/w dtr {pneumonia|+} explained
MGF at home found child {unresponsive|+}
sib rivalry, {abdominal pain|+}
MGM {stroke|o} 80s
MGM noticed {fever|+} and {rash|+}
Lives with dtr, {fall|+} today
Older sib with {asthma|o}, baby has {vesicular rash|+}
Twin sibs, {seizure|+} today
Dtr {reflexes absent|+}, {weakness|+}
Hx from dtr: {collapse|+}, {seizure|+}
Hx from daughter: {collapse|+}
Son (5): {fever|o} since yesterday
Wife (pregnant): {vomiting|o} for 2 days
Family (wife): he has been {confused|+} since this morning
Father (AF): {stroke|o} today
Husband (covid): {cough|o} and {fever|o} for 3 days
Wife (Mrs Jones): {chest pain|+} since 0400
Mother (via interpreter): {seizure|+} 5 minutes today
Dtr (NOK) aware of {sepsis|+}
Pt in next bed {assaulted|+} him, {head injury|+}
"""
HEARTS_OF_THE_UNBORN = """
TVS: FH positive, {PV bleeding|+}
8/40 FH +ve, heavy {PV bleeding|+}, {syncope|+}
USS: FH negative, {PV bleeding|+}
FH of 140, {PV bleeding|+}
FH of 150 bpm, {vaginal bleeding|+}, {collapse|+}
Fetal {bradycardia|o} and maternal {seizure|+}
Fetal {bradycardia|o} and {eclampsia|+}
Fetal {bradycardia|o} after {eclamptic seizure|+}
Foetal {bradycardia|o} with maternal {collapse|+}
Fetal {bradycardia|o} due to {placental abruption|+}
Fetal HR 80 {placental abruption|+}
fetal {tachycardia|o} from maternal {sepsis|+}
Fetal {HR 150|o} {BP 80/40|+}
FH of {DVT|o}, {leg swelling|+}
FH of {SAH|o} and {thunderclap headache|+}
FH positive for {IHD|o} with {chest pain|+}
FH positive for {MI|o}, {chest pain|+}
Fetal {tachycardia|o}, {maternal fever|+}
FH of {collapse|+} today?
"""
NOT_OVER = """
{chest pain|+} which has gone into his back
{chest pain|+} that has gone through to his back
{rash|+} which has gone purple
{rash|+} which has gone black on legs
{leg swelling|+} that has gone blue
{foot pain|+} which has now gone numb
{abdominal pain|+} that has settled in the RIF
{abdominal pain|+} which has now settled in the right iliac fossa
{headache|+} which has gone on for 3 days
{diarrhoea|+} which has gone on for weeks
{headache|+}, which has settled but keeps coming back
{rash|+} that has cleared and returned
{bleeding|+} which has settled but restarted
{bleeding|+} which has settled, but restarted
{Generalised seizure|+} at 0900 and he has not returned to baseline
{Facial droop|+} and {slurred speech|+} have not returned to normal
{Weakness L arm|+} and power has not returned
{Head injury|+} 2h ago and GCS has not returned to 15
{confusion|+} has not returned to baseline
Patient with {chest pain|+} has not come back from the toilet
Pt with {abdominal pain|+} has not returned from CT
Pt with {abdominal pain|+} has not returned.
{Chest pain|+} gone, back again at 0300
Wants the {chest pain|+} gone.
The {seizure|r} has not recurred.
{headache|r} which has resolved.
"""
THOUGHT_OF = """
Pt is considering {suicide|+} tonight
Considering {suicide|+}, has tablets at home
has considered {suicide|+} with plan
Considered {self-harm|+} last night
Triage concern re {non-blanching rash|+} on legs
Concerns re central {chest pain|+} radiating to jaw
Concern re {chest pain|+} since this morning
Concerns re worsening {confusion|+} and {falls|+} at home
Concerns regarding {bruising|+} on the baby's legs
worrying about {chest pain|+} for 3 hours, radiating to arm
He worries about his {blurred vision|+}
considering {hypotension|+}, fluids given
Considering {fever|+}, started ceftriaxone
She worries about {endometrial cancer|?}
Considered {PE|?} but PERC neg
The team considered {meningitis|+} confirmed on LP
Ruled out {dissection|-}; {fever|+}
return if {pain|?}, w/ {fever|?} or {vomiting|?}
worries about her {cancer|+}
Considering {meningitis|?} given {purpura|+} and {fever|+}
Considering {dissection|?}, BP 190/100
"""
LISTS = """
No {back pain|-}, no {leg weakness|-}, {saddle anaesthesia|-}, {urinary retention|-}.
No {fever|-}, no {cough|-}, {headache|-}, {neck stiffness|-}.
No {chest pain|-}, no {dyspnoea|-}, {palpitations|-}, {syncope|-}.
No {headache|-}, no {neck stiffness|-}, {photophobia|-}.
no {limb weakness|-}, no {dysphasia|-}, {facial droop|-}
No {JVD|-}, no {edema|-}, {cyanosis|-}, {clubbing|-}.
No {fever|-}, no {vomiting|-}, {abdo pain|-}, no {diarrhoea|-}.
No {allergies|-}, no {asthma|-}, {diabetes|-}, {epilepsy|-}.
No {calf swelling|-}, no {calf tenderness|-}, {haemoptysis|-}, {recent surgery|-}.
No {bleeding|-}, recent {stroke|-}.
No history of {bleeding|-}, recent {stroke|-}, recent {MI|-}
No {malignancy|-}, recent {immobilisation|-}.
Denies {cough|-}, recent {URTI|-}.
No {rash|-}, recent {tick bite|-}.
no {rash|-}, recent {URTI|+}. {limp|+}
No {delusions|-}, {suicidal ideation|+} with plan
No {SI|-} with plan or {intent|-}
no {fever|-} with {cough|-}, {fever|-} chart normal
"""
BRACKETS = """
Denies 1) {chest pain|-} 2) {SOB|-} 3) {syncope|-}
Return if 1) {fever|?} 2) {vomiting|?} 3) {chest pain|?}
Return if a) {chest pain|?} b) {syncope|?}
r/o 1) {PE|?} 2) {dissection|?} 3) {pneumonia|?}
No hx of 1) {MI|-} 2) {stroke|-}
No 1) {fever|-} 2) {rash|-} 3) {headache|-}
(no) {chest pain|-}, (no) {SOB|-}
Fall, (no) {LOC|-}, (no) {vomiting|-}
(denies) {chest pain|-}
(possible) {pneumonia|?}
(suspected) {sepsis|?}
No red flags (no {weight loss|-}, no {fever|-}), {night sweats|-}
(most likely) {PE|?}
pt denies smoking), {fever|-}
(he denies {SOB|-}) but has {chest pain|+}
(no {fever|-}) or {cough|-}
"""
REACTIONS = """
Allergen: peanut / Reaction: {stridor|+}, {wheeze|+}, {hypotension|+}
PC: food allergy, ate peanut at 1400 / Reaction: {stridor|+}, {hypotension|+}
Known nut allergy, ate satay 20 min ago / Reaction: {wheeze|+}, {angioedema|+}
Triage: acute allergy / Reaction: {throat swelling|+}, {SOB|+}
PC: ?allergy to nuts / Reaction: {lip swelling|+}, {wheeze|+}
Allergies: NKDA / Reaction: {angioedema|+} after bee sting
Allergies: peanut / Reaction: {anaphylaxis|+} today, adrenaline given
Allergies: penicillin / Reaction: {rash|p}. {Chest pain|+}
Allergies: peanut / Reaction: ongoing {stridor|+}, {hypotension|+}
Known allergies: nuts / Reaction: {anaphylaxis|+} this evening
Allergies: contrast / Reaction: {hypotension|+} during CT
Allergies: amoxicillin / Reaction: {SOB|+}, RR 34, sats 84%
Allergies: peanut - ate satay / Reaction: {stridor|+}, {wheeze|+}
"""
ROWS = """
{Pain|+} score 0-10: 8
{chest pain|+} score 0-10 is 9
{Pain|+} score 0 to 10 is 9
{Pain|+} score 0 -> 8 in an hour
{Pain|+} score 0 at rest, 8 on movement
COVID PCR neg {SOB|+}, RR 36
Covid PCR neg {fever|+} and {cough|+} persists
Flu swab negative still {febrile|+} and {breathless|+}
PCR neg {meningitis|+} {purpura|+}
Septic screen neg ongoing {fever|+}
Screen neg {chest pain|+}
{Cellulitis|+} swab negative.
{Cellulitis|+}: swab neg, spreading
{Abscess|+} swab neg.
{sore throat|+} swab negative
{PID|+} swabs negative.
Improvement in {breathlessness|+}: None  Plan: NIV
Improvement in {chest pain|+}: No  ECG: ST elevation
GTN relief of {chest pain|+}: No Radiation: jaw
Response of {seizure|+}: None  Next: phenytoin
Recalls {head injury|+}: No  LOC: Yes
Recent change in {headache|+}: No   Vomiting: yes
Similar {chest pain|+}: never. Sweaty
Prior similar {chest pain|p}: No  Radiation: arm
Previous {seizure|p}: never. Now fitting
{covid|-} swab neg, {cough|+}
Left {arm pain|-}: No   Radiation: jaw
{Fever|-}/{chills|-}: No   Cough: yes
- {Fever|-}: No   Rash: yes
Pain worse with {cough|+}: No   Fever: yes
"""
OTHERS = """
Attacked by several inmates: {head injury|+}, {bleeding|+}
Assaulted by two inmates with {LOC|+}
Beaten by other inmates with {head injury|+}
Pt in next bed saw him {collapse|+}
Pt in adjacent bed found her {seizing|+}
Patient in opposite bed heard him fall with {head injury|+}
Contact with measles has {rash|+}
Contact with flu now {febrile|+}
Contact with norovirus {vomiting|+} since
contact with scabies {itching|+} all over
Two pupils unequal after {head injury|+}
Pt is the youngest with {epilepsy|+}
Two wounds, the oldest has {cellulitis|+}
Pt in next bed has {vomiting|o}
Pt in next bed with {chest pain|+}
3 children at home, youngest with {chickenpox|o}. {rash|+}
two kids with her, {seizure|+}
contact with suspected {meningitis|o}; {headache|+}, {rash|+}
"""
COMPLICATIONS = """
His {GI bleed|+} is a known complication of warfarin
Her {DKA|+} is a recognised complication of SGLT2
Her {angioedema|+} is a recognised side effect of ACE inhibitors
Not his usual {angina|-}
not her usual {migraine|-}, {thunderclap headache|+}
Not her usual {migraine headache|-}
Not like her usual {asthma|-}
not felt to be attributed to {sepsis|?}
not thought to be attributed to {ACS|?}
No longer attributed to {sepsis|r}
Previous {collapse|p} attributed to {seizure|p}
No meds bar vit d. {collapsed|+} today
no hx of {hepatitis|-} d. {rash|+} present
I explained that {pancreatitis|?} is a recognised complication of ERCP occurring in 5%.
"""

MARKED = """
FAST ✓ {facial droop|+} ✓ {arm weakness|+} ✗ {speech disturbance|+}
Obs ✓ {seizure|+} ✗ airway
⊖ {fever|-} ⊕ {cough|+} ⊕ {chest pain|+}
{fever|-} ⊖ {cough|+} ⊕
⊕ {chest pain|+} ⊖ {SOB|-} ⊖ {fever|-}
"""
HEADS_IN_A_LINE = """
Last admission: January, DKA. This time {vomiting}, drowsy
Last admission: January, {DKA|old}. This time vomiting, drowsy
Previous admission: NSTEMI 2021. C/O {crushing chest pain} for 1 hour.
Last attendance: 2 days ago, head injury. Re-presents with {vomiting}
Last attendance: 2 days ago, {head injury|old}. Re-presents with vomiting
Previous attendance: suicidal ideation. Took {paracetamol} at 8
Resolved: pneumonia. {Cough}
Resolved problems: pneumonia, C. difficile colitis, {sepsis|old}
Allergy band checked: yes. {Chest pain}
Allergy status: penicillin. {SOB} on walking
Drug allergy status: penicillin. {SOB} on walking
Allergy status: penicillin (anaphylaxis). {Vomiting blood}.
Allergy status: penicillin ({anaphylaxis|old}). Vomiting blood.
Allergy alert: {anaphylaxis} now
"""


def _rows(table: str) -> list[str]:
    return table.strip().splitlines()


@pytest.mark.parametrize("marked", _rows(REFLEXES_ARE_NO_KIN))
def test_a_reflex_is_no_daughter_and_she_may_tell_of_the_patient(marked: str) -> None:
    assert as_read(marked) == marked


@pytest.mark.parametrize("marked", _rows(HEARTS_OF_THE_UNBORN))
def test_the_heart_of_the_unborn_takes_nothing_from_the_mother(marked: str) -> None:
    assert as_read(marked) == marked


@pytest.mark.parametrize("marked", _rows(NOT_OVER))
def test_what_goes_on_is_not_over(marked: str) -> None:
    assert as_read(marked) == marked


@pytest.mark.parametrize("marked", _rows(THOUGHT_OF))
def test_a_thought_of_suicide_and_a_symptom_are_there(marked: str) -> None:
    assert as_read(marked) == marked


@pytest.mark.parametrize("marked", _rows(LISTS))
def test_a_second_no_goes_on_with_a_list(marked: str) -> None:
    assert as_read(marked) == marked


@pytest.mark.parametrize("marked", _rows(BRACKETS))
def test_a_number_and_a_bracketed_no_close_nothing(marked: str) -> None:
    assert as_read(marked) == marked


@pytest.mark.parametrize("marked", _rows(REACTIONS))
def test_a_reaction_may_be_of_now(marked: str) -> None:
    lines = marked.replace(" / ", "\n")
    assert as_read(lines) == lines


@pytest.mark.parametrize("marked", _rows(MARKED))
def test_a_cross_that_may_be_of_the_one_before_it_denies_nothing(marked: str) -> None:
    assert as_read(marked) == marked


@pytest.mark.parametrize("marked", _rows(HEADS_IN_A_LINE))
def test_what_follows_the_line_of_an_earlier_stay_is_of_now(marked: str) -> None:
    before, rest = marked.split("{")
    inside, after = rest.split("}")
    words, _, old = inside.partition("|")
    (context,) = contexts(before + words + after, [(len(before), len(before) + len(words))])
    assert context.assertion is (Assertion.HISTORICAL if old else Assertion.PRESENT)


@pytest.mark.parametrize("marked", _rows(ROWS))
def test_an_answer_is_of_what_its_row_begins_with(marked: str) -> None:
    assert as_read(marked) == marked


@pytest.mark.parametrize("marked", _rows(OTHERS))
def test_who_meets_others_is_the_patient(marked: str) -> None:
    assert as_read(marked) == marked


@pytest.mark.parametrize("marked", _rows(COMPLICATIONS))
def test_a_complication_that_is_there(marked: str) -> None:
    assert as_read(marked) == marked


@pytest.mark.parametrize(
    ("text", "values"),
    [("Fetal HR 150 BP 80/40", [40, 80]), ("Fetal HR 140 temp 39.5", [39.5]), ("Fetal HR 145 GCS 8", [8])],
)
def test_values_behind_the_heart_of_the_unborn_are_the_mothers(text: str, values: list[float]) -> None:
    assert sorted(m.value for m in read_measurements(text)[0]) == values
