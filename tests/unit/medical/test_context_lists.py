"""What is said of findings in denied lists, forms and consents, marked as in :mod:`.test_context_marked`."""

import pytest

from .marked import as_read

# A denial goes on through bare items; what has an onset, a side, a second adjective or a verb is a complaint.
DENIED_LISTS = """
Denies {fever|-}, new {hemiparesis|-}, {aphasia|-}
Denies {headache|-}, new {weakness|-}, {vision loss|-}, {slurred speech|-}.
Denies {fever|-}, acute {chest pain|-}, {dyspnea|-}
Denying {headache|-}, new {weakness|-}, {aphasia|-}, {chest pain|-}.
ROS: denies {fever|-}, acute {vision loss|-}, {syncope|-}, {melena|-}
Denies {SI|-}, new {hallucinations|-}, {delusions|-}; reports {insomnia|+}
Denies {chest pain|-}, worsening {dyspnea|-}, {orthopnea|-}.
Denies {fever|-}, {chills|-}, new {cough|-}, {sore throat|-}, {rash|-}.
Denies {fever|-}, sudden {left sided weakness|+} since 2pm
Denies {fever|-}, sudden {left sided weakness|+}
Denies {fever|-}, {cough|-}, sudden {left sided weakness|+} since 2pm
Denies {fever|-}, {cough|-}, {crushing chest pain|+} since 5 am, HR 50.
Denies {fever|-}, new {hemiparesis|+}
Denies {fever|-}, worsening {dyspnea|+}.
Denies {fever|-}, sudden onset {weakness|+}, {slurred speech|+}.
Denies {fever|-}, sudden {weakness|+} of the left arm, {slurred speech|+} since noon.
Denies {fever|-}, sudden {weakness|+}, he has {slurred speech|+}.
Denies {fever|-}, sudden {weakness|+} and {slurred speech|+}.
Denies {fever|-}, new {confusion|+}, came in with {vomiting|+}.
Denies trauma, sudden {weakness|+}, {slurred speech|+}.
Denies any trauma, sudden {weakness|+}, {slurred speech|+}.
Denies trauma or fall, sudden {weakness|+}, {slurred speech|+}.
No injury, sudden {weakness|+}, {slurred speech|+}.
No known allergies, sudden {weakness|+}, {slurred speech|+}.
Denies trauma, {fever|-}, {chills|-}.
Denied {fever|-}, new {cough|+} x3 days, {sputum|+}.
No {cough|-}, severe {chest pain|+}, {dyspnea|+}.
No {chest pain|-}, slight {SOB|+} on stairs.
No {fever|-}, some {cough|+}.
No {fever|-}, occasional {diarrhoea|-} or {vomiting|-}.
No {fever|-}, severe {headache|+}, {vomiting|+}.
No {vomiting|-}, sudden {chest pain|+}, {sweating|+}.
Nil {cough|-}, severe {chest pain|+}, {dyspnea|+}.
Without {fever|-}, severe {headache|+}, {vomiting|+}.
Without {trauma|-} and a {nosebleed|+} for 3 hours.
Without {fever|-}, calf muscles tender, {petechiae|+} on the trunk.
Without {fever|-}, {chills|-} or a {rash|-}.
No {headache|-}, {vomiting|-}, CT head: {SAH|+}.
r/o {MI|?}, ECG: {ST elevation|+}
No {fever|-}, GI: {vomiting|-}, {diarrhoea|-}
No red flags, specifically: {saddle anaesthesia|-}, {incontinence|-}.
No {rash|-}, {Kernig|+} positive
No {fever|-}, COVID positive contacts, {rash|-}.
No {fever|-}, {Kernig|-} not positive.
No {fever|-}, {rash|-}, {neck stiff|+}.
No {joint pain|-}, joints {swollen|-} or red.
No {LOC|-}, {vomiting blood|+}
Denies {abdominal pain|-}, {vomiting blood|-}, {black stools|-}.
No radial pulse, cold and {clammy|+}
No {fever|-}, {drowsy|-} or {confused|-}.
No pain, R {leg weakness|+}
No {headache|-}, left {arm weakness|-}, {slurred speech|-}.
No large central {PE|-}, small subsegmental {PE|+} on R
No free air, small {bowel obstruction|-}, {mass|-}.
Denies {chest pain|-}, mild {headache|-}, {dizziness|-}, {nausea|-}
Denies {fever|-}, mild {cough|+} for 3 days, {sputum|+}.
No {fever|-}, small {rash|-} on trunk, or {cough|-}.
No {fever|-}, mild {cough|+}.
No {fever|-}, severe {headache|+} on waking, or {vomiting|+}.
No {fever|-}, sudden {chest pain|+} at rest or exertion.
No red flags, back pain: {saddle anaesthesia|-}, {incontinence|-}.
Denies {chest pain|-}, SOB, associated: {nausea|-}, {vomiting|-}
Return if {fever|?}, {vomiting|?}, other: {chest pain|?}
No {fever|-}, {cough|-}, chest x-ray: {consolidation|+}
No {fever|-}, {rash|-}, HPI: {chest pain|+}
No {fever|-}, {cough|-}, {vomiting|-}.
No {headache|-}, sudden {weakness|-}, or {slurred speech|-}.
{皮疹|-}否认。
否认{发热|-}、{咳嗽|-}，{头部外伤|-}否认。
"""

# An answer behind a list is for all of it, where nothing but findings stands in the list and it is clearly one.
ANSWERS = """
{Fever|-}, {chills|-}, {night sweats|-}: negative.
ROS: {fever|-}, {chills|-}: negative
{Fever|-} or {chills|-}: none
{Fever|+}, {chills|-}: negative
{Abdominal pain|+}, {rebound tenderness|-}: negative
CC: {chest pain|+}, {dyspnea|-}: none
Chief complaint: {cough|+}, {chills|+}, {fever|-}: denied
{Headache|+}, {fever|+}, {photophobia|+} and {neck stiffness|-} both absent
{Photophobia|-} and {neck stiffness|-} both absent
{Headache|+}/{vertigo|-} excluded
{Leg swelling|+}/{edema|-}: negative
{Fever|-}/{chills|-}/{sweating|-}: negative
{Fever|-}, {chills|-} and {night sweats|-}: none
ROS: {chest pain|-}, {palpitations|-}: denies
Constitutional: {fever|-}, {chills|-}, {weight loss|-}: neg. {Cough|+}
- {photophobia|-}, {fever|-}, {neck stiffness|-}: absent
{Fever|-}, {chills|-} and {sweating|-}: negative; {cough|+}: positive
{Headache|-}, {photophobia|-} and {neck stiffness|-} all absent
{Fever|-}/{chills|-}/{night sweats|-}: no
{Headache|-} / {neck stiffness|-} / {photophobia|-}: none
Chief complaint today {cough|+}, {dyspnea|-}/{orthopnea|-}: no
{Headache|+}, {fever|-}: no
{Severe headache|+} since this morning, {fever|-}: none
Presented with {cough|+}, {wheeze|-}: none
{Cough|+}, flu swab: negative
{Fever|+}, COVID test: negative
{Nausea|-}: no, {vomiting|+}: yes, {diarrhea|-}: no
{发热|-}、{寒战|-}：无
{发热|-}、{咳嗽|-}、{胸痛|-}：均无
{头痛|-}、{呕吐|-}均阴性
患者{胸痛|+}，{咳嗽|-}：无
主诉：{胸痛|+}，{咳嗽|-}：无
{头痛|+}，{恶心|-}、{呕吐|-}均无
"""

BOXES = """
( ) {fever|?} (x) {cough|+} ( ) {dyspnea|?}
{fever|?} ( ) {cough|+} (x) {dyspnea|?} ( )
☒ {chest pain|+} ☐ {cough|?} ☒ {dyspnea|+}
{发热|?}□ {咳嗽|+}☑ {胸痛|?}□
□{发热|?} √{咳嗽|+} □{胸痛|?}
{Vomiting|+} (x 3)
□ {胸痛|+}2小时
■ {Chest pain|+} for 2 hours
■{发热|+} □{咳嗽|?}
"""

CONSENT = """
告知手术风险：出血、{脑梗死|?}、{心脏骤停|?}等，家属签字。
交代麻醉意外：{误吸|?}、{过敏性休克|?}。
术后并发症：{脑梗死|+}。
手术风险大，现{胸痛|+}。
Risks including bleeding, {stroke|?} and {cardiac arrest|?} were explained.
Possible complications include {stroke|?}.
Complications included {stroke|+} on day 2.
硝酸甘油0.5mg {胸痛|?}时舌下含服。
布洛芬混悬液，{发热|?}时口服。
突发{胸痛|+}后含服硝酸甘油未缓解2小时，{大汗|+}。
突发{胸痛|+}时含服速效救心丸无好转。
{胸痛|+}后服用阿司匹林，无好转。
{胸痛|+}发作时口服药物未缓解。
Risk factors include {hypertension|+} and {diabetes|+}.
Risks of the procedure include {stroke|?}.
"""

TRADITIONAL = """
無{發燒|-}、{咳嗽|-}。
否認{胸痛|-}、{呼吸困難|-}。
過去病史：{高血壓|p}、2018年{腦中風|p}。目前無{頭暈|-}。
母親有{糖尿病|o}，父親{中風|o}。
懷疑{腦出血|?}。
"""

# A family's diseases go on behind a full stop, up to a complaint, a time, a measure or a verb.
SECTIONS_ON_ONE_LINE = """
PMH nil. FH: {IHD|o}, {DM|o}. {Stroke|o}.
FHx: sis {SLE|o}. Bro {T1DM|o}. {Bleeding disorder|o}. {Vomiting blood|+}.
60M. FHx: {IHD|o}. {Stroke|o}. {Swollen|+} left calf. {K 6.9|+}
家族史：父亲{高血压|o}。{糖尿病|o}。{痛风|o}。{头晕|+}3天。
家族史：父亲{高血压|o}。{吐血|+}。
FHx: {HTN|o}. {Asthma|o}. {Wheeze|+}. SpO2 88%.
No {fever|-}, {chest pain|+}: worse on lying.
No {vomiting|-}, {headache|+}: sudden.
L #{NOF|+}, DEXA NOF normal.
Plan: antibiotics. Treat for {sepsis|?} now.
Plan: antibiotics. Getting more {confused|+} now.
"""

# "不" and "非" are part of many words: they deny what follows at once, and its list.
BARE_NO = """
不洁饮食后{腹泻|+}3天。
饮食不当后{呕吐|+}、{腹泻|+}。
不典型{胸痛|+}，不规则{阴道流血|+}。
不完全性{失语|+}，不明原因{发热|+}。
不到1小时{呕吐|+}3次，不配合治疗、{胸痛|+}。
{神志不清|+}、{头痛|+}，睡眠不佳、{乏力|+}。
{咳嗽|+}久治不见好转、{咯血|+}1次。
非可凹性{水肿|+}，口服非甾体抗炎药后{黑便|+}。
不{发热|-}、{咳嗽|-}，{头痛|+}1天。
不{恶心|-}{呕吐|-}，不太{头痛|-}，不再{胸痛|-}。
不像{肺炎|-}，不易{出血|-}，不明显{腹胀|-}，不能闻及{哮鸣音|-}。
{胸痛|-}不明显，{咳嗽|+}。腹软，{压痛|-}、{反跳痛|-}均不明显。{发热|-}不明显、{腹泻|+}明显。
{胸痛|+}不明显加重。{胸痛|+}较前不明显。{胸痛|+}，无明显诱因。
不伴{恶心|-}、{呕吐|-}，不支持{肺炎|-}诊断。
无{胸闷|-}、不适、{心悸|-}，并非{肺炎|-}。
无{食欲减退|-}，无{发热|-}。
不能排除{肺栓塞|?}，{肺炎|?}不除外。
"""

# What other diseases look like, up to the next head of a note, the time of an entry or what is of now.
DIFFERENTIALS = """
鉴别诊断：1.{急性心肌梗死|?}：多有{胸痛|?}；2.{肺栓塞|?}：可有{咯血|?}、{呼吸困难|?}。
鉴别诊断 ①{脑出血|?}：突发{头痛|?}、{呕吐|?}。②{脑膜炎|?}：{发热|?}、{抽搐|?}。
2、鉴别诊断：1、{肺结核|?}：{咯血|?}。3、诊疗计划：完善CT。查体：{休克|+}。
鉴别诊断：{肺炎|?}、{肺栓塞|?}。诊断依据：{胸痛|+}、{咯血|+}。
鉴别诊断：{肺炎|?}？{肺栓塞|?}？查体：{胸痛|+}。
鉴别诊断：1.{肺炎|?}：{咳嗽|?}。患者目前{休克|+}、{昏迷|+}。
鉴别诊断：{肺炎|?}。14:00病情变化：患者突发{晕厥|+}。
需与{主动脉夹层|?}鉴别：该病多表现为{撕裂样胸痛|?}，{双上肢血压不等|?}。
需与{主动脉夹层|?}、{肺栓塞|?}相鉴别，患者{胸痛|+}2小时。
{急性心梗|?}典型表现为{压榨性胸痛|?}、{大汗|?}，本例无上述表现。
患者典型表现为{胸痛|+}、{大汗|+}，无{发热|-}。
该病多见于老年人，患者{胸痛|+}2小时。
鉴别诊断：{肺栓塞|?}。患者{胸痛|+}2小时。
鉴别诊断：1.{肺栓塞|?}。患者可有{咯血|?}。
鉴别诊断：{肺炎|?}。血压：80/50mmHg，{昏迷|+}。
诊断：1.{肺炎|+}：{咳嗽|+}。2.{高血压|+}。
"""
# A deficit that stays is old, unless a clause behind it tells of something new of the nerves.
LEFT_OVER = """
3年前脑梗死，遗留{左侧肢体活动不利|p}，今{咳嗽|+}2天。
脑梗死后遗症期，左侧肢体{偏瘫|p}5年。
3年前脑梗死，遗留{左侧肢体无力|+}，今晨{言语不清|+}。
3年前脑梗死，遗留{左侧肢体无力|+}，今加重。
3年前脑梗死，遗留{左侧偏瘫|+}，2小时前出现{饮水呛咳|+}。
3年前脑梗死，遗留{左侧偏瘫|+}，2小时前出现{嗜睡|+}。
脑梗死后遗症5年，{左侧肢体无力|+}2小时。
3年前脑梗死，遗留左侧肢体活动不利，突发{右侧肢体无力|+}。
"""
DIFFERENTIALS_ON_LINES = """
三、鉴别诊断
1.{急性心肌梗死|?}：{压榨性胸痛|?}、{大汗|?}。

2.{主动脉夹层|?}：{撕裂样胸痛|?}、{休克|?}。
四、查体：{昏迷|+}。
---
鉴别诊断：
（1）{肺栓塞|?}：{呼吸困难|?}。

2024-05-06 患者突发{抽搐|+}。
---
鉴别诊断：{肺栓塞|?}、{气胸|?}。

患者突发{晕厥|+}。
"""


@pytest.mark.parametrize("marked", DIFFERENTIALS_ON_LINES.split("---\n"))
def test_marked_findings_on_lines(marked: str) -> None:
    assert as_read(marked) == marked


@pytest.mark.parametrize(
    "marked",
    [
        line
        for table in (
            *(DENIED_LISTS, ANSWERS, BOXES, CONSENT, TRADITIONAL, SECTIONS_ON_ONE_LINE),
            *(BARE_NO, DIFFERENTIALS, LEFT_OVER),
        )
        for line in table.strip().splitlines()
    ],
)
def test_marked_findings(marked: str) -> None:
    assert as_read(marked) == marked


SHORT_ANSWERS = r"""
{Stroke|-}/TIA: N
{Stroke|-}/{TIA|-}: N
{Haematemesis|-}/{melaena|-}: N.
{Fever|-}/{rash|-}/{melaena|-}: N
PMH: MI/{stroke|-}: N. {DVT|-}/PE: N. {Epilepsy|-}/{seizures|-}: N.
{DVT|-}/PE: no. {DVT|-}/{PE|-}: no.
{Chest pain|-}/{SOB|-} - N. {Haematemesis|-}/{melaena|-} - no. {Seizures|-} - nil.
{Chest pain|-} N, {SOB|-} N, {syncope|-} N, {haemoptysis|-} N, {melaena|-} N.
{Chest pain|-} N, {SOB|+} Y, {melaena|-} N
{Chest pain|-} [N] {SOB|+} [Y] {Syncope|-} [N]
{Fever|-} (N), {rash|+} (Y)
Nil: {chest pain|-}, {SOB|-}, {melaena|-}.
Neg: {fever|-}, {rash|-}, {neck stiffness|-}, {seizures|-}.
Absent: {neck stiffness|-}, {photophobia|-}.
Ø {chest pain|-}, Ø {SOB|-}, Ø {melaena|-}
Ø {fever|-}, {cough|+} for 3 days
Neg: {fever|-}. {Chest pain|+} since 9 am.
{Chest pain|+} - no relief. {Fever|+} - no {cough|-}.
{Melaena|+}/BRBPR, {syncope|+} - N saline given.
{Fever|-}: N, {cough|+}: Y, {rash|-}: N.
{Chest pain|+} and vitamin N. {SOB|+}
{Chest pain|+} CT/MRI: no. {Stroke|+}, CT: N.
{Fever|+}, {rash|-}: N
{Chest pain|+}/ECG: negative
60M. {Stroke|+}/MRI: no. {Melaena|+}/OGD: N. {Seizure|+}/EEG: no. {SOB|+}/CXR: N
{Chest pain|-} n, {SOB|+} y, {melaena|-} n
70M. Absent: left femoral pulse, {cold leg|+}, {pale leg|+}.
{Fever|+} Y\n{Cough|+} Y\n{Melaena|-} N\n{Rash|-} N
{Melaena|-} N\n{Haematemesis|-} N\n{Chest pain|+} Y
Trop neg: {chest pain|+}.
"""


@pytest.mark.parametrize("marked", SHORT_ANSWERS.strip().splitlines())
def test_one_letter_answers_for_a_finding_or_a_list(marked: str) -> None:
    marked = marked.replace(r"\n", "\n")
    assert as_read(marked) == marked


# What is taught, read or feared, or would have been, and what a list of denials ends at.
NOT_NOW = """
60M. Leaflet about {meningitis|?} given. Given leaflet on {sepsis|?}. Sick day rules discussed re {ketoacidosis|?}.
60M. Aware of symptoms of {stroke|?}. Googled {meningitis|?}. Anxiety about having a {heart attack|?}.
Knows the signs and symptoms of {sepsis|?}. Has read about {epilepsy|?}. Information regarding {stroke|?} given.
Education about {DKA|?} provided.
30F. Information about {overdose|+} provided by ambulance crew. Collateral information re {collapse|+} given by sister.
Anxiety and {chest pain|+}. Aware of {palpitations|+}. Understands, {chest pain|+} since 9 am.
Anxious about his {chest pain|+}, {SOB|+}. Googled his {chest pain|+}. Discussed {SUDEP|?}.
Discussed with registrar re {melaena|+}. Discussed re {stroke|+}.
Has read about it, {headache|+}.
81F. Exertional {dyspnoea|+} but no {syncope|-}. Were she to develop {syncope|?} I would want to know.
60M. Had he {lost consciousness|?} he would have been admitted.
Were he to have {chest pain|?}, call 999. Had there been {melaena|?} she would have had endoscopy.
Had {chest pain|+} and would like tests. They were to come with {fever|+}.
He had {syncope|+}. Had a {fit|+}.
"""
OF_ITS_OWN = """
No {cough|-}, no {dysuria|-}, {mouth sore|+}.
No {fever|-}, {rash|-}, {throat sore|+}.
No {cough|-}, {gums swollen|+} and bleeding.
No {fever|-}, {mouth sores|-}, {rash|-}.
No {cough|-}, {throat sore|-}, or {rash|-}.
"""
A_SENTENCE_OF_ITS_OWN = """
Red eyes without {discharge|-}, the tongue is {swollen|+}, and there is a {rash|+}.
No {fever|-}, the left ankle is {swollen|+}.
Denies {chest pain|-}, and his legs are {weak|+}.
No {fever|-}, the {cough|-} was denied.
At first thought to be {gastritis|?}, and now {jaundice|+} with {itching|+}.
No {fever|-} or {cough|-}, now or before.
GP worried re {stroke|?}. Mum worried re {rash|+}.
"""
OF_OLD = """
{Head injury|+}. No {LOC|-}, previous {seizures|-}, {vomiting|-}, {amnesia|-}, {anticoagulants|-}
No {trauma|-}, previous {cancer|-}, {saddle numbness|-}, {urinary retention|-}, {leg weakness|-}
No {leg swelling|-}, previous {VTE|-}, {haemoptysis|-}, recent {surgery|-}, {OCP|-}
No {SOB|-}, prior {MI|-}, {syncope|-}. No {LOC|-}, history of {seizures|-}, {vomiting|-}
No {chest pain|-}, known {epilepsy|+}, {asthma|+}
No {chest pain|-}, previous {stroke|p}. No {fever|-}, history of {migraine|+}.
No {chest pain|-}, prev {stroke|p} 2 years ago, {left sided weakness|+}
No {SOB|-}, previous {MI|+} 2019, now {palpitations|+}
No {chest pain|-}, h/o {DVT|+}, on {warfarin|+}
No {fever|-}, h/o {DVT|+}, leg {swollen|+}
No {previous MI|-}, previous {stroke|-}
"""
TAKEN = """
No {head injury|-}, on {blood thinners|+}, fell, {GCS 13|+}
No {bleeding|-}, on a {blood thinner|+} ({apixaban|+})
No {chest pain|-}, on her {insulin|+}, {BM 1.9|+}, {drowsy|+}
No {head injury|-}, on a {DOAC|+}, {headache|+}, {vomiting|+}
No {trauma|-}, on {anticoagulants|+}, {headache|+} 3/7, {drowsy|+}
No {head injury|-}, not on {blood thinners|-}, {vomiting|-}
No {swelling|-}, on the left, {fever|-}. No {swelling|-}, on the groin, {fever|-}.
No {pain|-}, on a background of {asthma|-}, {wheeze|-}
"""


@pytest.mark.parametrize(
    "marked",
    [
        line
        for table in (NOT_NOW, OF_ITS_OWN, A_SENTENCE_OF_ITS_OWN, OF_OLD, TAKEN)
        for line in table.strip().splitlines()
    ],
)
def test_what_is_taught_or_would_be_and_what_ends_a_denial(marked: str) -> None:
    assert as_read(marked) == marked
