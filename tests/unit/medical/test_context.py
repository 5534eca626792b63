"""What is said of each finding, in sentences as notes have them.

``+`` present, ``-`` absent, ``?`` unknown, ``o`` another person's, ``r`` resolved; in the order of the text.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.common import read_jsonl
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.notes.context.assertion import contexts

from .marked import sign

SENTENCES = """
+      | The patient has seizures.
+      | History of febrile seizures as an infant.
++     | He presented with ataxia and tremor.
+      | Positive for fever.
+      | Seizures since the age of 2 years.
+      | Past medical history: hypertension.
-      | No fever.
-      | Denies headache.
-      | She denied any headache.
---    | No fever, cough or rash.
---    | No fever, cough, or rash.
----   | Denies fever, cough, headache and rash.
--     | There was no evidence of ataxia or tremor.
-      | There are no signs or symptoms of hypotonia.
--     | Without fever or cough.
-      | Pt w/o headache.
---    | Negative for fever, cough, and headache.
-      | Review of systems is negative for: fever.
-      | He does not have seizures.
-      | She has never had a seizure.
-      | She was not ataxic.
-      | He has not experienced any headaches.
-      | I can't see any rash.
-      | She couldn't have a fever.
-      | He doesnt have a fever.
-      | I havent had a cough.
---    | I haven’t got a fever, cough or rash.
r+     | I used to get seizures as a kid, but I have a tremor.
--     | Neither ataxia nor tremor was seen.
-      | Absence of microcephaly on examination.
-      | Free of seizures for two years.
-      | She is seizure-free on valproate.
-      | Fever: no
-      | Headache: denied.
-      | Tremor was not observed.
-      | Headache 0/10.
+      | Headache 10/10.
-      | Headache: score 0/10.
+      | Headache 8/10, now 0/10.
-      | Murphy's sign negative.
-      | Kernig and Brudzinski negative.
+      | Kernig and Brudzinski positive.
-      | Smoking status: never.
+      | Smoking status: current.
+      | Seizure nurse called.
+      | CT for headache normal.
?      | Headache diary given.
?      | Cough advice sheet given.
?      | 告知可能出现皮疹等不良反应。
?      | 注意防跌倒。
+      | 昨日皮疹。
+      | 因头痛门诊就诊。
?      | 头痛量表已填。
+      | 头痛，量表已填。
--     | Ataxia and tremor were absent.
-      | Hypertension was ruled out.
r      | His seizures have resolved.
r      | History of seizures, resolved.
r      | Resolved seizures.
r      | Rash, now resolved.
r      | The fever subsided.
r      | Rash is no longer present.
r      | Seizures did not recur.
rr     | Ataxia and tremor are gone.
r+     | His seizures have resolved but he has a tremor.
r-     | Rash, resolved. No fever.
or     | His father has tremor; his own tremor resolved.
o      | His father had seizures, now resolved.
-      | Imaging failed to reveal hepatomegaly.
r      | No longer has headaches.
r      | She is no longer ataxic.
-+     | No fever but has a cough.
-+     | No fever. Cough for three days.
-+     | Denies headache; cough present.
-+     | No fever, however a rash was seen.
-+     | No fever, with a cough.
-+     | Denies fever, reports headache.
-+     | No seizures, he has a tremor.
-+     | No fever and has cough.
+-     | Seizures without fever.
+-     | Headache, no fever.
+-     | He has ataxia but no tremor.
+      | No change in his ataxia.
+      | There was no improvement in the tremor.
++     | A week of ataxia with no improvement, now tremor.
+      | His seizures have not resolved.
++     | Not only ataxia but also tremor.
+      | Seizures are not controlled.
+      | She can't stand the headache.
+      | He couldn't get over the cough.
+      | I can't get rid of this cough.
+      | It won't stop the seizures.
+      | Ibuprofen doesn't help the headache.
+      | Tablets have not eased her headache.
r      | No further seizures were reported.
?      | Possible seizure.
?      | Suspected hypertension.
?      | Rule out hepatomegaly.
?      | r/o seizure
?      | Evaluate for renal cysts.
?      | Cannot exclude hepatomegaly.
?      | Seizures cannot be ruled out.
?      | Concern for seizures.
?      | Return if fever develops.
?      | Return if cysts of the kidneys are found.
??     | Call if she develops fever or rash.
?      | At risk for hypertension.
?      | Seizure precautions were discussed.
?      | He may have ataxia.
?      | Hypotonia is suspected.
?      | Differential diagnosis includes ataxia.
?      | It is unclear whether he had a seizure.
?      | ?seizure
?+     | Possible seizure, and he has a tremor.
o      | His mother has epilepsy.
o      | Family history of hypertension.
o      | Family history is positive for seizures.
o      | No family history of seizures.
oo     | Maternal grandmother with hypertension and tremor.
o      | Seizures in his older brother.
o      | There is epilepsy in the family.
o      | The mother of the patient has hypertension.
o      | Her roommate has a headache.
o+     | His father has hypertension but he has headaches.
o+     | Father has tremor. Patient has ataxia.
o+     | Family history: hypertension. Examination: hypotonia.
+      | Mother reports that he has seizures.
+      | Parents noticed tremor.
-      | Mother denies fever.
+      | According to his mother, he had a rash.
+      | Born to healthy parents, he has microcephaly.
?      | Plan: screening MRI for renal cysts.
"""

TABLES = Path(__file__).parents[2] / "data" / "context"


@pytest.mark.parametrize("line", SENTENCES.strip().splitlines())
def test_sentence(recognizer: FindingRecognizer, line: str) -> None:
    signs, _, sentence = line.partition("|")
    mentions = recognizer.mentions(sentence.strip())
    assert "".join(sign(mention.assertion) for mention in mentions) == signs.strip()


NOTE = """\
CC: seizures

HPI:
Three-year-old boy with seizures and
hypotonia. No fever, cough
or rash.

Family history:
- Mother: hypertension
- Father: well, no tremor

ROS:
- Headache: denied
- Ataxia

Plan:
1. EEG; return precautions for febrile seizures

Renal cyst seen on ultrasound.
"""


def test_a_note_with_sections_and_lists(recognizer: FindingRecognizer) -> None:
    told = [(NOTE[m.start : m.end], sign(m.assertion)) for m in recognizer.mentions(NOTE)]
    assert told == [
        ("seizures", "+"),
        ("seizures", "+"),
        ("hypotonia", "+"),
        ("fever", "-"),
        ("cough", "-"),
        ("rash", "-"),
        ("hypertension", "o"),
        ("tremor", "o"),
        ("Headache", "-"),
        ("Ataxia", "+"),
        ("febrile seizures", "?"),
        ("Renal cyst", "+"),
    ]


@pytest.mark.parametrize(
    ("sentence", "cue"),
    [
        ("No fever.", "No"),
        ("She denied any headache.", "denied"),
        ("There was no evidence of tremor.", "no evidence of"),
        ("Hypertension was ruled out.", "was ruled out"),
        ("Possible seizure.", "Possible"),
        ("Plan: EEG because of seizures.", "Plan"),
        ("Seizures.", ""),
    ],
)
def test_the_deciding_words_are_kept(recognizer: FindingRecognizer, sentence: str, cue: str) -> None:
    (mention,) = recognizer.mentions(sentence)
    assert mention.cue == cue


@pytest.mark.parametrize("table", ["english", "chinese"])
def test_the_tables_of_sentences(table: str) -> None:
    """At least 95% of the sentences, every finding in them right; the tables are older than the rules."""
    rows = read_jsonl(TABLES / f"{table}.jsonl")
    wrong = []
    for row in rows:
        found = contexts(row["text"], [(mention["start"], mention["end"]) for mention in row["mentions"]])
        if [context.assertion for context in found] != [mention["assertion"] for mention in row["mentions"]]:
            wrong.append(row["text"])
    assert len(rows) >= {"english": 300, "chinese": 100}[table]
    assert len(wrong) <= 0.05 * len(rows), wrong


@pytest.mark.parametrize("apostrophe", "’‘ʼ＇´`")
@pytest.mark.parametrize(
    ("sentence", "cue"),
    [
        ("He doesn't have seizures.", "doesn't have"),
        ("She isn't ataxic.", "isn't"),
        ("I can't see a rash.", "can't see"),
        ("His seizures can't be ruled out.", "can't be ruled out"),
        ("His father's tremor.", "father's"),
    ],
)
def test_every_kind_of_apostrophe_is_read(
    recognizer: FindingRecognizer, sentence: str, cue: str, apostrophe: str
) -> None:
    (mention,) = recognizer.mentions(sentence)
    assert mention.cue == cue
    typed = recognizer.mentions(sentence.replace("'", apostrophe))
    assert typed == (replace(mention, cue=cue.replace("'", apostrophe)),)


def test_an_age_makes_nothing_old(recognizer: FindingRecognizer) -> None:
    young, old = (
        recognizer.mentions("70-year-old man with fever."),
        recognizer.mentions("An old seizure disorder, fever."),
    )
    assert [mention.cue for mention in young] == [""]
    assert "old" in {mention.cue for mention in old}
