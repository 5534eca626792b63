"""Whose findings are, where relatives tell of the patient, and of mothers and babies."""

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
Sister: {fever|o} for 3 days. Contacts: mother: {fever|o} for 3 days. Friend: {collapsed|+}, {fitting|+}.
60M. Contact history.\n- Wife: {fever|o} and {rash|o} for 3 days\n- Son: {cough|o} since Monday
TB contact tracing.\nWife - {cough|o} and {haemoptysis|o} for 5 days
28M. Household contacts.\nWife: {fever|o} for 5 days\nSon: {rash|o} 2 days
6F with {rash|+}. Sick contacts +. Mum: {fever|o} and {cough|o} for 5 days
35F. Exposure history. Husband - {fever|o} and {cough|o} for 5 days. 60M. Stressors - wife: {seizure|o} this morning.
60M. FH: father: {MI|o} at 50. Mother: noticed {breast lump|o}, {breast cancer|o}.
45M. Mother: {stroke|o} 3 days before her 60th birthday. Father: saw GP for {chest pain|o}.
Contacts: none. Mum: {fever|+} for 3 days, {cough|+}.
84F. SH: lives alone, made contact with GP. Daughter: found {unresponsive|+}, {slurred speech|+}.
Baby girl, 1 day old. Mother: ROM 36 hours, {fever|o} in labour.
患儿，2岁。妈妈：{抽搐|+}6分钟，口唇{发绀|+}。
患者男，70岁。妻子：今晨{胸痛|+}，{呕吐|+}。
患儿，2岁。母亲：{癫痫|o}，父亲：{发热|o}3天，确诊{肺炎|o}。
患者男，70岁。父亲：60岁{脑梗死|o}，病程3天后去世。家族史：母亲：{发热|o}3天。
PMHx: {GORD|p}. Dad {MI|o} at 49, d. {stroke|o} 71. {Smokes|+} 20/day. For 5 d. {Fever|+}.
与室友不和后{失眠|+}。老伴有{帕金森病|o}。姐姐有{结核|o}。
告知家属可能出现{肝性脑病|?}。向家属交代病情，患者仍{头痛|+}。家属有{结核|o}。
产妇32岁，产后5天。新生儿{黄疸|o}已照蓝光，{发热|+}1天。
患儿3天，新生儿{黄疸|+}。
Father - {MI|o} 3 days ago. Wife: {cough|o}, tested positive today.
"""

WITH_IN_SHORT = """
70F seen w daughter, {SOB|+}, {sats 85%|+}. 68M lives w wife, {chest pain|+} and {SOB|+}
82F BIBA w son, {arm weakness|+}. 3F here w/ mum, {stridor|+}. 3F here w/mum, {stridor|+}
70F seen c̄ daughter, {SOB|+}. 82F here w husband c/o {black stools|+}, {BP 80/40|+}
22F row w boyfriend, {wanted to die|+}. 22F fight w/ her partner, {took 20|+} sertraline. Broke up w partner, {OD|+}
82F BIB son, {SOB|+}, {sats 85%|+}. 5M BIB mum and dad with {fever|+}. 5M bib parents, {vomiting|+}. BIBA w wife, {PE|+}
45 year old w two children, {chest pain|+}. Seen w my colleague, {fever|+}. Playing football w/ friends, {knee pain|+}
30M contact w wife with {COVID|o}, {fever|+}. 30M contact w/ mum w {COVID|o}, {fever|+} and {cough|+}
30M contact w a man w {TB|o}, {cough|+}. Exposed to friend w/ {measles|o}, {rash|+}. Contact w child who has {measles|o}
30M sex w partner who has {syphilis|o}. 30M lives w mum who has {TB|o}. Row w wife who has {dementia|o}
30M lives w wife, who has {COVID|o}. 30F BIB mum who has {chest pain|o}.
5M, mum w {fever|o}. Sister w/ {breast cancer|o}. Son w {cough|o} and {fever|o}. 45F w {fever|+}, wife has {cough|o}
Contact w wife w/o {cough|-}. BIB son: wife has {cough|o}. BIBA. Mum has {epilepsy|o}
"""

OF_NEWBORNS = """
12h old baby girl, {respiratory distress|+}, RR 70
Baby boy, 36 hours old, {jaundiced|+}.
An 8-hour-old infant with {cyanosis|+}.
Old {stroke|p}. 12-hour old {rash|+}.
"""

MOTHER_AND_BABY = r"""
32F day 1 post SVD. Baby feeding. Mum {febrile|+} 39.1, {BP 80/42|+}, HR 138, {rigors|+}.
32F day 1 post SVD. Baby well. Mum: {BP 78/40|+}, HR 140, EBL 400 ml.
28F in labour 39/40. Mum {T 38.9|+}, {HR 130|+}.
34F day 2 post LSCS, well. Baby had a {seizure|o}, {BM 1.1|o}.
34F day 2 post SVD. Mum well. Baby: {T 38.9|o}, RR 72, {cyanosed|o}, {blood sugar 1.4|o}.
28F postnatal ward. Baby on NICU with {sepsis|o} and {respiratory distress|o}. Mum {asymptomatic|+}.
34F day 5 post LSCS. Baby has {jaundice|o} and {fever|o}, she has {mastitis|+}.
34F. Previous baby born at 38 weeks with {fetal distress|o}.
32F day 1 post emergency LSCS for fetal {bradycardia|o}. Cord {pH 7.02|o} arterial, {lactate 9.8|o}. {Headache|+}.
32F day 1 post SVD. Cord gases: {pH 7.05|o}, BE -12. Mum well, {BP 110/70|+}.
31F postpartum. The baby is in SCBU with {jaundice|o}. {Headache|+}.
29F, 2 weeks postnatal. Her infant developed {cough|o}. {Fever|+}.
32F day 2 post SVD. Baby well, {headache|+}, {BP 170/110|+}.
30F 36/40. Baby moving well, {headache|+}. Baby has good movements, {PV bleeding|+}.
30F 34/40. FHx: Mum has {diabetes|o}. Mum had {DVT|o}.
30F 34/40. FHx:\nMum: {diabetes|o}, {stroke|o}\nDad: {MI|o}
Baby girl, day 2. Mum 28F, LSCS. Baby has {jaundice|+} and {fever|+}.
28F brought her baby in. Baby has {fever|+}, {cough|+}.
3M. Baby sister. Mum {febrile|o}, {T 39|o}. Baby had a {cough|+}.
31F day 1 post SVD. Baby on NICU, {heavy bleeding|+}. Baby had {jaundice|o}, {headache|+}, {BP 180/110|+}.
32F G2P1 38/40. Previous child well, {PV bleeding|+} 800 ml, {BP 80/40|+}, HR 140.
45F. Previous infant died, {depressed|+}, {overdose|+} of paracetamol 40 tablets today.
40M. Previous {child abuse|+}, {overdose|+} today. 25F. Prior child sexual abuse, {suicidal ideation|+} with plan.
32F postpartum. Previous baby by LSCS, now {headache|+}, {BP 170/115|+}, {seizure|+}.
32F postpartum. Since having the baby has had {chest pain|+}. Since having baby has had {headache|+}.
32F postpartum. Since her baby was admitted to NICU {suicidal|+}.
32F postpartum. Expressing milk for baby in NICU with {severe headache|+} and {seizure|+}.
32F day 1 post SVD of a baby boy. Mum {febrile|+} 39.1, {BP 80/42|+}, HR 138, {rigors|+}.
28F delivered twins yesterday by LSCS. Mum: {BP 78/40|+}, HR 140.
32F day 1 post SVD, baby girl. Mum: {BP 78/40|+}, HR 140.
32F day 1 post SVD of a baby boy. She is {unwell|+}. Baby had a {seizure|o}, {BM 1.1|o}.
32F day 1 post SVD. Mum has {fever|+} 39, {BP 80/42|+}, HR 138. Mum's {BP 80/42|+}, HR 138.
32F day 1 post SVD. Mother's obs: {BP 80/42|+}, HR 138, {T 39|+}. Mum c/o {heavy bleeding|+}, {BP 80/40|+}.
32F day 1 post SVD, baby in NICU; mother has {fever|+} 39 and {BP 80/40|+}.
32F day 1 post SVD, {headache|+} - baby in NICU with {sepsis|o}.
60M. Spinal cord {lactate|+} normal. Umbilical cord prolapse.
Newborn, mother 28F. Baby had a {seizure|+}. Cord {pH 7.02|+}, {lactate 12|+}.
"""

PARENTS = r"""
45 year old father of two, central {chest pain|+}, {sweaty|+}, {trop 240|+} ng/L
45 year old with two children, {chest pain|+}, {BP 82/50|+}. 34F has three young children, {headache|+}.
29yo mother of two, {thunderclap headache|+}, {neck stiff|+}
29yo mother, 2/7 postpartum, {BP 170/114|+}, {headache|+}
29yo mother of a 6 month old, {thunderclap headache|+}
new mum, D5 postpartum, {T 39.4|+}, {BP 82/40|+}
Mum of 2, {low mood|+}, took 40 {paracetamol|+}
single father, {suicidal|+}, plan to hang himself
45 year old male, father of two, {chest pain|+}. 45M, he is a father of three, {chest pain|+}.
She is a mother of 2, {haemoptysis|+}. She's a busy mum, {suicidal|+}.
62 year old wife and mother, {haemoptysis|+}. FHx: mother {breast cancer|o}.
72yo grandmother of 5, {cough|+}, whose mother had {tuberculosis|o}
45 year old, father had {MI|o} at 50. 45M, father with {epilepsy|o}. 34F mother {epilepsy|o}, father {asthma|o}
45 year old male with father who had {epilepsy|o}. Mother of pt has {epilepsy|o}.
Mother of patient has {epilepsy|o}. Single mother of patient has {depression|o}.
Mother of 2 year old with {epilepsy|o}. Dad of 3/12 baby with {asthma|o}.
4yo boy. Single mother, with {depression|o}. Mother of two, {asthma|o}. {Cough|+} for 3 days.
29F, her mum is a mother of 3 with {epilepsy|o}. Her husband is a father of two and has {epilepsy|o}.
Neonate of 29yo mother with {epilepsy|o}
Born to a 29yo mother with {epilepsy|o}. {Jittery|+}
Term baby, SVD, 29yo mother with {epilepsy|o}
FH: 45 year old mother with {epilepsy|o}
Two children at nursery have {measles|o}. Works with two children with {measles|o}.
Brother, 45 year old father of two, had {MI|o}
"""

OF_THE_BABY = r"""
Mum has {DM|o}, baby {jittery|+}, {BM 1.4|+}
6h old baby. Mum {diabetic|o}, baby {jittery|+}, {BM 1.4|+}
4yo. Mum has {DM|o}, {BM 14.2|o}
Mum has {DM|o}, baby's brother {asthma|o}
34F, mother has {DM|o}, baby well, {jaundice|o}
"""

AT_THE_SCENE = """
24M driver in RTC. Passenger died at scene with massive {head injury|o}.
24M. Other driver intoxicated, {seizure|o} at scene.
24M. The other passenger had a {head injury|o}. Front seat passenger was killed, {head injury|o}.
24M. Patient was a passenger with {head injury|+}. Front passenger, {LOC|+}.
24M. Hit by other driver, {head injury|+}, {LOC|+}. Other driver was speeding, {LOC|+}.
24M passenger had {head injury|+}. Collided with a lorry, driver {unconscious|+}.
"""

IN_AN_OPENING = """
A 2-year-old girl whose father has {asthma|o} presents with {wheeze|+} and {fever|+}.
A 5-year-old boy whose parents declined immunisation has had {cough|+} and {conjunctivitis|+} for four days.
A 60-year-old man with a family history of {bowel cancer|o} is referred with {weight loss|+}.
A 33-year-old woman whose mother presented with {breast cancer|o} at 40 has a {breast lump|+}.
A 9-year-old with two affected brothers is seen for {muscle weakness|+}.
A 19-year-old man whose brother had {seizures|o} collapsed with {palpitations|+}.
A 40-year-old man whose sister has {epilepsy|o} and is {deaf|o} presents with {headache|+}.
A 45-year-old man is seen because his father had a {stroke|o}.
Brought by his partner who has had {diarrhoea|o}. Brought by his wife who has noticed {weight loss|+}.
{Father died suddenly|+} of a {heart attack|o} at 50.
"""

TABLES = (WHO_TELLS, WITH_IN_SHORT, OF_NEWBORNS, MOTHER_AND_BABY, PARENTS, OF_THE_BABY, AT_THE_SCENE, IN_AN_OPENING)


@pytest.mark.parametrize(
    "marked",
    [line for table in TABLES for line in table.strip().splitlines()],
)
def test_whose_findings_they_are(marked: str) -> None:
    marked = marked.replace(r"\n", "\n")
    assert as_read(marked) == marked
