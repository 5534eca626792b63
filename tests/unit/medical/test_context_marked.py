"""What is said of findings in sentences."""

import pytest

from .marked import as_read

NEGATION_WITHIN_A_FINDING = """
{No bowel movement|+} for 4 days, {abdominal pain|+} and {vomiting|+}.
{No appetite|+}, {fever|+} and {vomiting|+}.
{Lack of energy|+} and {fever|+}.
{Absence of reflexes|+} and {leg weakness|+}.
{Unable to walk|+}, no {fever|-}, {cough|-} or {rash|-}.
{Not passing urine|+}, {back pain|+} and {leg weakness|+}.
{Loss of appetite|+} without {fever|-} or {rash|-}.
No {fever|-} or {cough|-}.
I have never had a {headache|+} this bad, {stiff neck|+}.
Never had {chest pain|+} like this before.
Never had {chest pain|-} or {syncope|-}.
She has never had a {seizure|-}.
No {fever|-}, {cough|-} or {loss of appetite|-}.
Denies {lack of appetite|-}, {fever|-}.
No urine output for 2 days, {vomiting|+} and {drowsiness|+}.
Not eating or drinking and {vomiting|+}.
Not breathing well and {cyanosis|+}.
No pulse deficits, {murmurs|-} or {edema|-}.
No stool incontinence, {back pain|-} or {leg weakness|-}.
No sensation in the left arm, {facial droop|+}.
{神志不清|+}、{呕吐|+}、{发热|+}。
{言语不清|+}、{口角歪斜|+}。
突发{左侧肢体无力|+}、{言语不清|+}2小时。
{四肢无力|+}、{吞咽困难|+}、{构音障碍|+}。
四肢无力、{吞咽困难|+}、{构音障碍|+}。
{食欲不振|+}、{乏力|+}、{黄疸|+}。
{高热不退|+}、{抽搐|+}。
高热不退、{抽搐|+}。
{无尿|+}2天、{水肿|+}、{呕吐|+}。
无尿2天、{水肿|+}、{呕吐|+}。
肛门停止排气，无排便3天、{腹痛|+}、{呕吐|+}。
无排便困难、{腹痛|-}。
{心律不齐|+}、{胸闷|+}。
不能行走、{发热|+}。
无法进食、{呕吐|+}。
昏迷不醒、{呕吐|+}。
呼之不应、{抽搐|+}。
无{尿频|-}、{尿急|-}、{尿痛|-}。
无{发热|-}、{咳嗽|-}。
不{发热|-}、{咳嗽|-}。
否认{胸痛|-}、{发热|-}。
无{意识障碍|-}、{抽搐|-}。
无{汗疱疹|-}、{瘙痒|-}。
不能除外{肺栓塞|?}。
无{盗汗|-}、{咯血|-}。
"""

PLUS_AND_MINUS = """
{fever|-} (-), {chills|+} (+), {cough|-} (-)
{Fever|-} (–), {chills|+} (+).
(-) {fever|-}, (+) {chills|+}
ROS: (+) {fever|+} (-) {cough|-} (-) {rash|-}
{fever|-} (-) {chills|+} (+) {cough|-} (-)
Pt (-) {fever|-}, (+) {neck stiffness|+}
{Fever|+}: +, {chills|-}: -, {rigors|-}: -
{Fever|-}: -
{Fever|+}: +
No {fever|-}, {headache|+} +, {vomiting|+} +
Denies {fever|-}, {cough|-}, {chest pain|+} (+), {sweating|+}.
No {fever|-}, (+) {neck stiffness|+}.
+{fever|+}, +{chills|+}, no {cough|-}
No {cough|-}, +{chest pain|+}
Mother: {hypertension|o} (+), {stroke|o} (-).
[ ] {syncope|?}
[ ] {syncope|?} [x] {chest pain|+} [ ] {fever|?}
[x] {syncope|+} [ ] {fever|?}
{syncope|?} [ ]  {fever|+} [x]
No {cyanosis|-}, {clubbing|-}; pulses 2+, {edema|+}.
Na+ 140, K+ 4.1, no {fever|-}.
HbA1c 9.1%, {chest pain|+}.
{发热|+}(+)、{胸痛|-}(-)。
{发热|+}（+），{咳嗽|-}（-），{皮疹|-}（－）。
{发热|+}、{胸痛|-}(-)。
无{发热|-}、{咳嗽|-}，{头痛|+}(+)、{呕吐|+}(+)。
{腹部压痛|-}（阴性）。
{发热|+}+，{胸痛|-}-，{头痛|+}+。
{脑膜刺激征|-}(-)，{颈强直|+}(+)。
"""


WHO_BRINGS = """
His wife witnessed a {generalized seizure|+}.
Husband called EMS because of {slurred speech|+} and {facial droop|+}.
Daughter found her {confused|+}.
Patient's brother drove him in for {hematemesis|+}.
Accompanied by daughter, who reports {confusion|+} and {fever|+}.
Brought in by her son for {confusion|+}.
Lives with her daughter, {chest pain|+} since noon.
Lives with his daughter, who has a {cough|o}.
Neighbor saw him {collapse|+}.
History from his sister: {seizure|+} at home.
His roommate found him {unresponsive|+}.
Denies {fever|-}, presents for {chest pain|+}.
Denies {fever|-}, presents to the emergency department with {chest pain|+}.
No {fever|-}, here for {chest pain|+}.
Sister was found to have {breast cancer|o}.
His mother took valproate for {epilepsy|o}.
His father had a {stroke|o}.
Her husband has a {cough|o}.
母亲带其就诊，{发热|+}3天，{抽搐|+}1次。
父亲抱来急诊，{抽搐|+}。
妻子发现其{昏迷|+}。
家属目击其{抽搐|+}。
母亲有糖尿病，自己近期{多饮|+}{多尿|+}、{呕吐|+}。
父亲带状{疱疹|o}。
母亲自己有{糖尿病|o}。
母亲有{糖尿病|o}，父亲{高血压|o}。
"""

PAST = """
Past medical history: {status epilepticus|p} as a child, {melena|p} in 2015, {angioedema|p} with {wheezing|p}
History of {suicidal ideation|p} in 2015.
Allergies: penicillin ({anaphylaxis|p})
Drug allergies: amoxicillin - {angioedema|p}.
过敏史：青霉素（{过敏性休克|p}）。
{Melena|p} in 2015.
{Seizures|p} as a child.
History of {melena|+}.
H/o {vomiting|+}, {hematemesis|+}.
曾{呕血|+}1次。
Previous {pulmonary embolism|p}.
He had {meningitis|p} ten years ago.
既往有{消化道出血|p}。
10年前曾有{黑便|p}。
Allergies: penicillin. {Facial swelling|+} and {wheezing|+}.
Allergies: penicillin ({rash|+}), now {wheezing|+} after amoxicillin.
65M with a history of CAD and hypertension with {chest pain|+}.
History of CAD and {chest pain|+}.
Hx of HTN, {chest pain|+} radiating to the left arm.
History of {chest pain|+} for 2 hours.
Presents with a history of {vomiting blood|+} since this morning.
3-day history of {fever|+}.
Short history of {fever|+} and {headache|+}.
{Chest pain|+} for the past 3 hours.
Over the past 2 days {melena|+}.
Prior to arrival, {vomited blood|+}.
Prior to arrival he {vomited blood|+}.
s/p appendectomy 2 days ago, now {fever|+}.
Diagnosed with DM 5 years ago and {chest pain|+}.
Diabetes diagnosed 20 years ago, {vomiting|+}.
PMH: HTN, DM. Severe {crushing chest pain|+}.
PMH: HTN, {chest pain|+} since this morning.
History of {melena|+}, again {melena|+} today.
No history of {melena|-}.
既往高血压病史，今{胸痛|+}2小时。
既往高血压、{胸痛|+}2小时。
5 day old girl with {fever|+}.
32-day-old boy with {cyanosis|+}.
45 yr old man with {chest pain|+}.
6 mo old girl with {seizures|+}.
"""

NO_AND_A_COMMA = """
No {LOC|-}, on {warfarin|+}
No {chest pain|-}, no {SOB|-}, on apixaban for {AF|+}
No {haemoptysis|-}, previous {DVT|p}
No {chest pain|-}, no {SOB|-}, h/o {DVT|+}
Denies {chest pain|-}, PMH {COPD|p}
No {head injury|-}, takes {warfarin|+}, {vomiting|+}.
No {fever|-}, on background of {cirrhosis|+}
No {SOB|-} at rest, on {exertion|-} or at night
No {chest pain|-}, on inspiration {wheeze|-}, {crackles|-}
No previous {MI|-}, previous {stroke|-} or {TIA|-}
No previous {MI|-}, previous {stroke|-}
No h/o {MI|-}, h/o {stroke|-}
Denies {chest pain|-}, {SOB|-}, prior {DVT|-}
No {fever|-}, {cough|-}, known contacts with {TB|-}
NKDA, nonsmoker, no alcohol, sudden left sided {weakness|+} and {slurred speech|+}.
No recent travel or sick contacts, {fever|+} 39.5, {neck stiffness|+}, {photophobia|+}.
No recent travel, {fever|+}, {neck stiffness|+}.
No known allergies, acute onset {slurred speech|+}.
No known drug allergies, {chest pain|+} radiating to the jaw, no {fever|-} or {cough|-}.
No known {allergies|-}, {chest pain|+}.
No {focal weakness|-}, strength 5/5, {numbness|-}.
No further {seizures|r}, {fever|+} 39.
No PMH, {chest pain|+} and {sweating|+}.
No alcohol, {crushing chest pain|+} since 6 am.
No fall, {confusion|+} since yesterday.
Denies {trauma|-}, sudden onset {thunderclap headache|+}.
Denies {trauma|-}, sudden severe {headache|+} with {nausea|+} or {vomiting|+}.
No {fever|-}, sudden severe {headache|+}, {vomiting|+}.
No {cough|-}, {chest pain|+} for 2 hours.
No {cough|-}, {vomiting|+} x3, {diarrhea|+}.
No acute distress, {tachypneic|+}, {cyanotic|+}.
Denies recent travel, {fever|+} 39.8 with {rigors|+} and {hypotension|+} since this morning.
No {headache|-}, sudden {weakness|-}, or {slurred speech|-}.
No sick contacts, {fever|-}, {chills|-}, or {cough|-}.
No {seizures|-}, new {weakness|-} or {numbness|-}.
Denies sick contacts, {fever|-}, {chills|-}, {cough|-}.
Denies {fever|-}, {vomiting|-} in the last 24 hours.
Denies {fever|-}, {weight loss|-} > 10 lb, {night sweats|-}.
No {fever|-}, {chills|-} since the last visit.
No {hemorrhage|-}, acute {infarct|-}, {mass effect|-}.
No {nausea|-}, {pain|-} 0/10.
No {cyanosis|-}, {clubbing|-}; {edema|+} 2+.
否认外伤，突发{右侧肢体无力|+}、{言语不清|+}2小时。
否认药物过敏，{发热|+}3天，{咳嗽|+}。
否认{高血压|-}、{糖尿病|-}，{冠心病|-}。
"""

ANSWERS = """
{Suicidal thoughts|+}? Yes. Plan? Yes.
{Blood in stool|+}? Yes. {Chest pain|-}? No.
{Dizziness|-} or {fainting|-}? No.
{Chest pain|-}? no {SOB|+}? yes
{Fever|-}? N {Cough|+}? Y
Any {chest pain|-}, {cough|-} or {rash|-}? None.
Do you have {chest pain|+}? Yes, since this morning.
{Chest pain|+} since 6 am, any relief? No.
{Chest pain|+}, radiating to the arm? No.
{Confusion|?}? No {fever|-}.
{Fever|-}: N, {cough|+}: Y, {rash|-}: N.
{Fever|?}: N/A, {cough|-}: n
{Fever|-}=N {cough|+}=Y
{Fever|-}: no, {headache|+}.
{发热|-}？无。{胸痛|+}？有。
有无{胸痛|+}？有，今晨起。
{脑出血|?}？{脑梗死|?}？
"""

NO_LONGER_AND_NON = """
No longer able to speak, {right arm weak|+} since 9 am.
She can no longer move her right arm, {right arm weakness|+} since 9 am.
No longer walks, {back pain|+} and {incontinence|+}.
No longer responds to voice, {seizure|+} earlier.
No longer has feeling in the legs and {urinary retention|+}.
No longer relieved by nitroglycerin, {chest pain|+}.
No longer has {headaches|r}, {vomiting|+}.
No longer has {fever|r} or {cough|r}.
No longer feels {dizzy|r}.
She is no longer {ataxic|r}.
{Rash|r} is no longer present.
{Fever|+} 39, non-blanching {rash|+}.
Non-productive {cough|+}, non-bilious {vomiting|+}, non-bloody {diarrhea|+}.
Non-radiating {chest pain|+}.
{Non-productive cough|+}.
Non-{diabetic|-} patient, non-{purpuric rash|-}.
"""

UNSEEN_NEGATIVES = """
Nil {chest pain|-}, nil {SOB|-}, nil {fever|-}. Nil {haemoptysis|-}.
Medication: nil, {chest pain|+} and {sweating|+}.
Nil by mouth, {vomiting|+}, {abdominal pain|+}.
Nil significant PMH, {chest pain|+} and {sweating|+}.
-{fever|-} -{neck stiffness|-} +{headache|+}
+{HA|+} +{N/V|+} -{photophobia|-} -{phonophobia|-} -{fever|-} -{neck stiffness|-}
Reports +{HA|+} -{fever|-} -{neck stiffness|-}
A 3-year-old -{fever|+} since Monday.
Pertinent negatives: {chest pain|-}, {syncope|-}, {hemoptysis|-}, {leg swelling|-}. Presents with {dry cough|+}.
Pertinent negatives include {chest pain|-}, {syncope|-} and history of {DVT|-}.
Negatives: {fever|-}, history of {DVT|-}. {Headache|+} for 2 days.
Negative: {fever|-}, {neck stiffness|-}, {photophobia|-}. Positive: {headache|+}, {nausea|+}.
Flu test negative: {fever|+} 39 and {cough|+}.
{Kernig|-}'s sign negative, {Brudzinski|-}'s -ve
{Cough|+}, 0 {fever|-}, {rash|+}
Pain 0 at rest, {nausea|+}
Not excluding {PE|?}
CT excluding {PE|-}
Salbutamol prn, {warfarin|+}
Morphine prn for {pain|?}, {nausea|?}
"""

TEACHING = """
Counselled re red flags for cauda equina: {saddle anaesthesia|?}, {urinary retention|?}. Mechanical {back pain|+}.
Counselled re red flags: {chest pain|?}, {haemoptysis|?}, {syncope|?}. Ankle sprain.
Red flags discussed: {chest pain|?}, {syncope|?}.
Return precautions given: worsening {headache|?}, {vomiting|?}. 20M minor {head injury|+}, GCS 15
Safety netted re: {chest pain|?}, {SOB|?}. URTI.
Worsening advice given: {fits|?}, {vomiting|?}
Advice given by GP, {chest pain|+} persisted
Safety netted re {chest pain|+} yesterday, returns with {chest pain|+}
Red flags: {saddle anaesthesia|+}, {urinary retention|+}.
Side effects incl. {suicidal ideation|?}, {seizures|?}.
Columbia {Suicide|?} Severity Rating Scale: done.
{Chest pain|+} severity 9/10.
{Stroke|?} education done.
{Hypoglycemia|?} protocol.
{Sepsis|+} protocol initiated.
"""

OF_OLD = """
Last year she had {melena|p}. Today {fever|+}.
Over the last year {dyspnea|+}.
Since last year {dyspnea|+}.
Worse than last year, {chest pain|+}.
现病史：患者10年前诊断2型糖尿病，5年前患{脑梗死|p}，无后遗症。
Chronic R {hemiparesis|p} from old CVA, unchanged from baseline.
Old L {hemiparesis|p} from polio.
Hx of stroke w residual R {hemiparesis|p}
Old lady {chest pain|+}, 70 year old L {hemiparesis|+}
Hx of stroke, new {hemiparesis|+}
Chronic {back pain|+} with chronic {urinary incontinence|p} since childbirth.
Residual left {hemiparesis|p} from a prior stroke.
2020年脑梗死，遗留{左侧肢体无力|p}。
Chronic {back pain|+} for 10 years.
Chronic {back pain|+}, {urinary retention|+}.
Acute on chronic {leg weakness|+}, baseline uses a cane.
Chronic {leg weakness|+}, worse than baseline.
Chronic {hemiparesis|+}, old stroke, new {slurred speech|+}.
TIA this morning, residual {slurred speech|+}.
1周前脑梗死，遗留{左侧肢体无力|+}。
"""


def texts() -> list[str]:
    """One a line."""
    tables = [
        *(NEGATION_WITHIN_A_FINDING, PLUS_AND_MINUS, WHO_BRINGS, PAST),
        *(NO_AND_A_COMMA, ANSWERS, NO_LONGER_AND_NON, UNSEEN_NEGATIVES, TEACHING, OF_OLD),
    ]
    return [line for table in tables for line in table.strip().splitlines()]


@pytest.mark.parametrize("marked", texts())
def test_marked_findings(marked: str) -> None:
    assert as_read(marked.strip()) == marked.strip()
