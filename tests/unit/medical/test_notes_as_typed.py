"""Letters, reviews of systems and lists of allergies, as clinicians type them."""

import pytest

from .marked import as_read

MARKED = """
Dear Colleague, Re: 47 y/o man with {chest tightness|+}, no {syncope|-}.
Dear esteemed colleagues, thank you for seeing her with {headache|+}.
Discussed with my colleague Dr Shah: {fever|+} and {rash|+}.
Exposure to a colleague with {tuberculosis|o}.
Contact with a patient with {meningitis|o}, {headache|+}. Contact with his brother with {TB|o}, {cough|+} for 3 weeks.
His colleague has {fever|o}.
34M playing football with friends, sudden {SOB|+} and {chest pain|+}. 60F walking with neighbour, {headache|+}.
80F seen with daughter, {chest pain|+}. At a friend's party, {seizure|+}. {Delusions|+} re his neighbour, {anxious|+}.
Came with her sister who has {flu|o}. Sat with a neighbour, who had {TB|o}. Ate with friends, two of whom {vomited|o}.
Contact with husband with {cold|o}, {fever|+} and {cough|+}. Exposed to child with {cough|o}, {rash|+}.
Contact with father who has {flu|o}, {night sweats|+}. Exposed to a colleague with {flu|o}, {fever|+}.
Worried about her father's {stroke|o}. Anxious about friend with {meningitis|o}. Contact with sister, {measles|o}.
Lives with wife and son, {SOB|+}. Mobilises with daughter's help, {fall|+}. Skin-to-skin contact with mother, {cold|+}.
Row with girlfriend has made him {suicidal|+}. Lives with partner, has carers, {fall|+}. With wife, father had {MI|o}.
My colleague at work is {suicidal|o}.
Not anticoagulated - previous {GI bleed|p}. Not on {anticoagulants|-}.
CV: neg {CP|-}. Resp: + {cough|+}, - {SOB|-}, - {hemoptysis|-}.
GI: neg {vomiting|-}.
Neuro: neg focal deficit, {thunderclap headache|+}.
SOB; neg PERC, {chest pain|+}.
Neg delta trop, {crushing chest pain|+} persists.
Covid: neg swab, {fever|+} and {cough|+}
Malaria: neg RDT, {fever|+}
Urine dip: neg leucs, {flank pain|+} and {fever|+}
ECG: neg T waves in V1-V3, {chest pain|+}
BHCG: neg today, {abdominal pain|+}
CV: neg troponin, {CP|+} at rest.
Resp: neg CXR, {SOB|+}.
GI: + {nausea|+}, - {diarrhea|-}.
Came with: - {fever|+}, - {cough|+}.
PC: - {chest pain|+}, - {SOB|+}, + {sweating|+}
Problems: - {crushing chest pain|+}, - {vomiting blood|+}, {fever|+} + {rigors|+}
Bloods: +ve trop, - {chest pain|+}
Allergies: penicillin - {anaphylaxis|p}; morphine - {hypotension|p}; ibuprofen (angioedema, {wheeze|p}).
Allergies: NKDA. {Hypotension|+} and {melena|+}.
Allergies: NKDA; {confused|+}.
Allergies: penicillin - {rash|p}; codeine; morphine - {hypotension|p}; {confused|+}.
{Allergies|-}: NKDA
{Allergies|-}: none known.
Allergic to penicillin ({anaphylaxis|p} as child), here with {wheeze|+}.
81M Allergies: penicillin ({anaphylaxis|p}), {chest infection|+}, BP 110/70. NKDA except penicillin -> {anaphylaxis|p}
PMH gout, allergies: latex (rash), nuts ({anaphylaxis|p}). Came in with {anaphylaxis|+}, allergies: latex.
34F allergies: nuts, {anaphylaxis|+}. 34F allergies: nuts - {anaphylaxis|+} BP 60/40
34F allergies: nuts ({anaphylaxis|+} today). 34F allergies: nuts (ate one, {lip swelling|+})
Peanut allergy ({anaphylaxis|p}). Allergic to latex - {rash|p}.
Allergic to peanuts ({hives|+}, {wheeze|+}).
Nut allergy ({hives|+}, {stridor|+}), BP 70/30
Nut allergy ({anaphylaxis|+}), BP 70/30
Peanut allergy ({wheeze|+}, {urticaria|+}, {vomiting|+}), sats 88%
Allergic to peanuts ({anaphylaxis|+}). IM adrenaline given.
对海鲜过敏（全身{荨麻疹|+}、{喘息|+}），血压75/40
对海鲜过敏:聚餐时全身{荨麻疹|+}、{喘息|+}、血压75/40mmHg
Allergic to nuts (ate satay, {hives|+}). Nut allergy (stung 10 min ago, {hives|+}).
Allergic to peanuts - {lip swelling|+} after satay. Nut allergy - {hives|+}, {wheeze|+}.
Allergic reaction to prawns ({hives|+}, {wheeze|+}).
Allergic to bees and had {anaphylaxis|+}.
对青霉素过敏（{皮疹|p}），今{咳嗽|+}。
对花生过敏，进食后{皮疹|+}。
Teaching: insulin technique. Glucose 1.6, {drowsy|+}.
Patient education: smoking cessation. {Chest pain|+} radiating to arm, {sweating|+}.
Patient education: given. {Wheeze|+}.
informed of red flags: has new {saddle anaesthesia|+} and {urinary retention|+} with {back pain|+}
Was aware of red flags and therefore attended with {saddle anaesthesia|+} and {urinary retention|+}, {back pain|+}
Understands red flags - attended today with {saddle anaesthesia|+}, {back pain|+}
Seen by GP yesterday who gave safety netting advice for {chest pain|+}, returns with it and {sweating|+}
Safety netted for {chest pain|+} yesterday, today has {chest pain|+} radiating to the arm with {sweating|+}
Teaching hospital: {chest pain|+}
Allergies: NKDA, {chest pain|+} with {sweating|+}.
Drug allergies: none. {Urticaria|+} and {stridor|+}.
过敏史：无，今{胸痛|+}。
Safety net advice given. {Chest pain|+} now.
CVA 2015 w/ residual {L-sided weakness|p}, presents for routine f/u of HTN.
CVA 2015 w/ residual {L-sided weakness|+}, presents for evaluation.
Allergies: nuts. Ate curry - {hives|+}, {wheeze|+}.
Allergies: peanut - {anaphylaxis|p}. Ate satay - {hives|+}, {wheeze|+}.
Allergies: penicillin - {rash|p}. {Vomiting blood|+} - 2 episodes.
Allergies: NSAIDs ({angioedema|p}). {Chest pain|+} - started at 9am, crushing.
Allergies: nuts - {anaphylaxis|p}. {Wheeze|+} (new), {hives|+}.
过敏史：青霉素-{皮疹|p}。{呕血|+}（约200ml）。
Allergies: latex. O/E - {hypotension|+}.
{Crushing chest pain|+} with {SOB|+}, PE and {dissection|?} both unlikely.
Consent: risks explained inc. bleeding, {DVT|?}, {stroke|?}. Lap chole.
Risks explained: bleeding, {stroke|?}.
Risk: {suicidal|+}, has a plan.
Residual R {hemiparesis|p} and {dysphasia|p} from a prior stroke.
Residual {hemiparesis|+} and new {dysphasia|+}, old stroke.
18/12 old girl, {barky cough|+}.
Prev {CVA|p}. Prev {STEMI|p} 2015.
Prev {melaena|p} 2015. Prev ulcer {melaena|+} x4. Previous severe {melaena|p}.
Prev well, {chest pain|+}. Prev {DVT|+}, now {SOB|+}.
{AAA|-} excluded on USS. {Stroke|-} excluded by MRI. {AAA|?} not excluded.
{Fever|-} excluded, {seizure|+} seen. {Stroke|-} excluded on CT, {pneumothorax|+}.
CT excluded {stroke|-}, {pneumothorax|-}.
SVT? No - {stiff neck|+}, {photophobia|+}. Fever? No {chest pain|-}.
Workmates did CPR, {cardiac arrest|+}. Flatmate: {overdose|+} of 40 tablets. Cellmate raised alarm, {hanging|+}.
Workmate with CPR training: {cardiac arrest|+}.
Flatmate has {meningitis|o}. Cellmate had {TB|o}.
Mum worried re non-blanching {rash|+}. Dad phoned: 3yo has {stiff neck|+}.
Mum worried, {anxious|o} and {depressed|o} herself. Wife very worried about her own {chest pain|o}.
Plan: refer. Pt now {febrile|+}, {confused|+}. Plan: She is currently on ceftriaxone for {meningitis|?}.
Plan: aspirin. He is now aware of {stroke|?} symptoms. Plan: diet. Pt now has an {anaphylaxis|?} action plan.
Plan: She now needs monitoring for {sepsis|?}. Plan: Patient now for CT, {stroke|?}
患者目前{胸痛|+}。健康宣教：目前建议监测{低血糖|?}。
健康宣教：戒烟。患者目前{胸痛|+}。
不慎{跌倒|+}，未{撞到头|-}，{胸痛|+}不缓解，{腹痛|r}已缓解，{头痛|+}未完全缓解。
"""


@pytest.mark.parametrize("marked", MARKED.strip().splitlines())
def test_what_is_said_of_findings(marked: str) -> None:
    assert as_read(marked) == marked


# An age is one of old where the patient is known to be older.
AT_AN_AGE = """
29M. He {took an overdose|p} of {paracetamol|p} aged 17.
29M low mood. {Took an overdose|p} at the age of 17. No current thoughts of {suicide|-}.
40F. {Took an overdose|p} when she was 17.
40F. {Attempted suicide|p} at 19.
40F. {Anaphylaxis|p} to peanuts aged 12.
55M. {MI|p} aged 52. {Stroke|p} aged 50. {Seizure|p} aged 19.
55M. PE at age 40, {GI bleed|p} with {melaena|p} at age 45.
55M. Had {haematemesis|p} at age 45.
60F. {SAH|p} (aged 41). At age 45 she had a {seizure|p}.
45M. Aged 17 he {took an overdose|p}. When he was 20, {seizure|p}.
Ms Lee aged 34 with {melaena|+}. {Melaena|+} aged 34.
{Haematemesis|+} aged 45. {Seizure|+} at age 3.
34F. {Seizure|+} aged 33. {Chest pain|+} at 10. {Chest pain|+} at 19:00.
60M. {Melaena|+} aged 59 and again today. {Stroke|+} at age 40, now {slurred speech|+}.
10F. {Seizure|+} aged 6 months. {Rash|+} aged 5/12.
60M. {Chest pain|+} when he was 20 m from home. {Fall|+} when he was 12 feet up.
85F. {Hypotensive|+} at 80, {fever|+} at 39. {Stroke|p} at 70.
50M. {Collapsed|+} when he was 3 hrs post-op. {Chest pain|+} when he was 2 stairs up.
50M. {Chest pain|+} when he was 30 yards from home. {Chest pain|+} when he was 10 reps in.
50M. {Chest pain|+} when he was 20 km into a ride. {Seizure|+} when he was 40% through dialysis.
50M. {Chest pain|+} after playing with daughter aged 5. {Overdose|+} in front of child aged 4.
72M. NIHSS for {stroke|+} at 19. {TIA|+} at 19. {Stroke|p} at 41.
40M. {Chest pain|+} at 45 degrees, RR at 20/min.
患者男，45岁。20岁时曾{呕血|p}。
患者女，40岁，17岁时{服药自杀|p}。
患者男，45岁时{呕血|+}，今来诊。
"""


@pytest.mark.parametrize("marked", AT_AN_AGE.strip().splitlines())
def test_what_was_at_a_younger_age_is_past(marked: str) -> None:
    assert as_read(marked) == marked
