import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputTooLargeError
from knowledge.medical.case import Evidence, Finding, Status, Unread
from knowledge.medical.common import load_common
from knowledge.medical.findings import MAX_CHARACTERS, FindingRecognizer
from knowledge.medical.notes.context.cue_rules import Assertion
from knowledge.medical.notes.words.senses import meant

from .test_context import SENTENCES


@pytest.mark.parametrize(
    ("text", "code", "phrase"),
    [
        ("a seizure", "HP:0001250", "seizure"),
        ("SEIZURES", "HP:0001250", "SEIZURES"),
        ("ataxic", "HP:0001251", "ataxic"),
        ("microcephalic", "HP:0000252", "microcephalic"),
        ("hypertensive", "HP:0000822", "hypertensive"),
        ("enlargement of the liver", "HP:0002240", "enlargement of the liver"),
        ("the liver was enlarged", "HP:0002240", "liver was enlarged"),
        ("cysts of the kidneys", "HP:0000107", "cysts of the kidneys"),
        ("mild intellectual disability", "HP:0001256", "mild intellectual disability"),
        ("intellectual disability, mild", "HP:0001256", "intellectual disability, mild"),
        ("small\nhead", "HP:0000252", "small\nhead"),
        ("renal anomalies", "HP:0000077", "renal anomalies"),
        ("an ASD", "HP:0001631", "ASD"),
    ],
)
def test_wordings(recognizer: FindingRecognizer, text: str, code: str, phrase: str) -> None:
    (mention,) = recognizer.mentions(text)
    assert (mention.code, text[mention.start : mention.end]) == (code, phrase)


@pytest.mark.parametrize(
    "text",
    [
        *("", " \n", "asd", "low muscle. Tone", "high, blood pressure", "fits", "liver", "123"),
        *("seen by Mr Burns", "Dr Headache reviewed", "faint systolic sounds", "高热量饮食", "有效咳嗽", "水痘疫苗"),
        *("since birth", "SpO2 fell to 84%", "right leg shortened", "a voice told her to jump"),
        *("worse on coughing", "c-spine immobilised"),
    ],
)
def test_what_is_no_finding(recognizer: FindingRecognizer, text: str) -> None:
    assert recognizer.mentions(text) == ()


@pytest.mark.parametrize(
    ("text", "code", "phrase"),
    [
        ("My head really hurts", "HP:0002315", "head really hurts"),
        ("There is an ache in the back of my head", "HP:0002315", "ache in the back of my head"),
        ("My head is hot, sore", "HP:0002315", "head is hot, sore"),
        ("burning up", "HP:0001945", "burning up"),
        ("Seen by Dr. Headache persists", "HP:0002315", "Headache"),
        ("Doctor, headache again", "HP:0002315", "headache"),
        ("高热三天", "HP:0001945", "高热"),
        ("阵发咳嗽", "HP:0012735", "咳嗽"),
        ("kidney anomalies or cysts", "HP:0000107", "cysts"),
        ("cyst of the left kidney", "HP:0000107", "cyst of the left kidney"),
        ("headache since the birth", "R1:0190", "since the birth"),
        ("getting worse, coughing", "HP:0012735", "coughing"),
        ("leg immobilised", "R1:0182", "immobilised"),
        ("kidney anomalies + cysts", "HP:0000107", "cysts"),
        ("Bleeding since birth 6 days ago", "R1:0190", "since birth"),
        ("He fell to the floor", "R1:0150", "He fell"),
        ("fell to 2nd floor", "R1:0150", "fell"),
    ],
)
def test_words_of_patients_and_shared_words(recognizer: FindingRecognizer, text: str, code: str, phrase: str) -> None:
    assert (code, phrase) in [(m.code, text[m.start : m.end]) for m in recognizer.mentions(text)]


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("Afebrile, BP normal", {"Fever"}),
        ("Apyrexial and normotensive.", {"Fever", "Hypertension"}),
        ("Normocephalic", {"Microcephaly"}),
        ("体温正常", {"Fever"}),
        ("remained afebrile since", {"Fever"}),
        ("normotensive on amlodipine", set()),
        ("not afebrile", set()),
        ("no longer afebrile", set()),
        ("previously normotensive", set()),
        ("discharge if afebrile", set()),
        ("antibiotics until afebrile", set()),
        ("his brother is afebrile", set()),
        ("family history: mother normotensive", set()),
        ("subafebrile", set()),
        ("体温正常值", set()),
    ],
)
def test_a_word_that_denies_by_itself(recognizer: FindingRecognizer, text: str, absent: set[str]) -> None:
    assert {f.label for f in recognizer.read(text, source="text").findings if f.status is Status.ABSENT} == absent


def test_a_word_that_denies_silences_nothing_that_is_said(recognizer: FindingRecognizer) -> None:
    (fever,) = recognizer.read("Afebrile at home, fever here", source="text").findings
    assert (fever.status, [e.phrase for e in fever.otherwise]) == (Status.PRESENT, ["Afebrile"])


@pytest.mark.parametrize("text", ["My head doesn't hurt", "My head does not ache", "My head never hurts"])
def test_a_negation_between_a_site_and_its_quality_counts(recognizer: FindingRecognizer, text: str) -> None:
    assert [(m.code, m.assertion) for m in recognizer.mentions(text)] == [("HP:0002315", Assertion.NEGATED)]


def test_chinese_is_read_with_its_context(recognizer: FindingRecognizer) -> None:
    text = "患者头痛、咳嗽三天，无发热。母亲有高血压。"
    told = [(m.code, text[m.start : m.end], m.assertion, m.cue) for m in recognizer.mentions(text)]
    assert told == [
        ("HP:0002315", "头痛", Assertion.PRESENT, ""),
        ("HP:0012735", "咳嗽", Assertion.PRESENT, ""),
        ("HP:0001945", "发热", Assertion.NEGATED, "无"),
        ("HP:0000822", "高血压", Assertion.FAMILY, "母亲"),
    ]


def test_a_measured_value_is_a_finding(recognizer: FindingRecognizer) -> None:
    reading = recognizer.read("Temperature 39.4 C.", source="text")
    (fever,) = reading.findings
    assert (fever.code, fever.status, fever.evidence[0].phrase) == ("HP:0001945", Status.PRESENT, "Temperature 39.4 C")
    assert [m.value for m in reading.measurements] == [39.4]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("drinks two alcoholic beverages a week", "Alcohol use"),
        ("heparin was given", "Heparin treatment"),
        ("urine nitrites positive", None),
        ("wears hearing aids", None),
        ("followed by his PCP, smokes 1 PPD", "Smoking"),
        ("eats after meals", None),
        ("splitting of S2", None),
        ("羊水破了", None),
    ],
)
def test_everyday_words_are_read_as_no_more_than_they_say(
    recognizer: FindingRecognizer, text: str, finding: str | None
) -> None:
    common = load_common().findings
    ours = {f.label for f in recognizer.read(text, source="text").findings if f.code in common}
    assert ours == ({finding} if finding else set())


def test_the_longest_wording_wins(recognizer: FindingRecognizer) -> None:
    assert [m.code for m in recognizer.mentions("febrile seizures")] == ["HP:0002373"]


def test_a_reading_keeps_evidence_and_what_it_left_out(recognizer: FindingRecognizer) -> None:
    text = "Seizures. No fever. Seizure at night. His mother has hypertension."
    day = dt.date(2024, 5, 6)
    reading = recognizer.read(text, source="DocumentReference/7", date=day)
    assert reading.findings == (
        Finding(
            "HP:0001250",
            "Seizure",
            Status.PRESENT,
            (
                Evidence("DocumentReference/7", "Seizures", day, 0, 8),
                Evidence("DocumentReference/7", "Seizure", day, 20, 27),
            ),
        ),
        Finding("HP:0001945", "Fever", Status.ABSENT, (Evidence("DocumentReference/7", "fever", day, 13, 18, "No"),)),
    )
    assert reading.unread == (Unread("DocumentReference/7", "another_person", "hypertension"),)


@pytest.mark.parametrize(
    ("text", "present", "over"),
    [
        ("Right hip replacement 2019", set(), ["Right hip replacement"]),
        ("PSH: 2015 hip replacement. Chemotherapy finished.", {"R1:0187"}, ["hip replacement"]),
        ("2019年髋关节置换术后", set(), ["术后"]),
        ("had surgery in 2009, knee replacement 2 weeks ago", {"R1:0182"}, ["had surgery"]),
        ("hip replacement Nov 2026", {"R1:0182"}, []),
        ("26.11.2026 hip replacement", {"R1:0182"}, []),
        ("hip replacement 2000 ml blood loss", {"R1:0182"}, []),
    ],
)
def test_what_is_of_these_weeks_is_not_of_a_year_long_ago(
    recognizer: FindingRecognizer, text: str, present: set[str], over: list[str]
) -> None:
    reading = recognizer.read(text, source="note")
    assert {f.code for f in reading.findings if f.code.startswith("R1:01")} == present
    assert [one.phrase for one in reading.unread] == over


def test_a_resolved_finding_is_told_and_speaks_neither_for_nor_against_a_disease(recognizer: FindingRecognizer) -> None:
    reading = recognizer.read("History of seizures, resolved. No longer has headaches.", source="text")
    assert reading.findings == ()
    assert reading.unread == (Unread("text", "resolved", "seizures"), Unread("text", "resolved", "headaches"))


def test_a_finding_of_ours_implies_what_its_parents_imply(recognizer: FindingRecognizer) -> None:
    found = recognizer.read("severe pre-eclampsia", source="note").findings
    assert {f.label for f in found} == {"Eclampsia or severe pre-eclampsia", "Pre-eclampsia", "Hypertension"}


def test_the_length_limit(recognizer: FindingRecognizer) -> None:
    with pytest.raises(InputTooLargeError) as error:
        recognizer.read("fever " * (MAX_CHARACTERS // 6 + 1), source="text")
    assert "fever" not in str(error.value)


WORDS = sorted({word for sentence in SENTENCES.split("\n") for word in sentence.partition("|")[2].split()})
NOTES = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from([*WORDS, "\n", "\n\n", ":", ",", ".", "?", "-", "\u00a0", "é", "癫痫"]), max_size=40).map(
        " ".join
    ),
)


def test_a_long_list_after_a_test_takes_no_time() -> None:
    for rest in ("/b", ", a and b", " and b", " a"):
        assert meant("R1:0449", "HIV" + rest * 2_000, 0, 3) == "R1:0449"


@given(NOTES)
def test_any_text_is_read_and_offsets_give_the_phrase(recognizer: FindingRecognizer, text: str) -> None:
    for finding in recognizer.read(text, source="text").findings:
        for evidence in finding.evidence:
            assert text[evidence.start : evidence.end] == evidence.phrase
            assert evidence.cue in text


@given(NOTES)
def test_mentions_are_in_order_and_do_not_overlap(recognizer: FindingRecognizer, text: str) -> None:
    end = 0
    for mention in recognizer.mentions(text):
        assert end <= mention.start < mention.end <= len(text)
        end = mention.end


@pytest.mark.parametrize(
    ("text", "is_of_the_patient"),
    [
        ("患儿因气促入院。孕37+3周剖宫产，出生体重2900g。", True),
        ("患者女，30岁，停经37周，第一胎剖宫产。", False),
        ("患者女，30岁，剖宫产出生。", True),
    ],
)
def test_a_cesarean_is_the_birth_of_a_baby(recognizer: FindingRecognizer, text: str, is_of_the_patient: bool) -> None:
    assert ("R1:0352" in {mention.code for mention in recognizer.mentions(text)}) is is_of_the_patient


def test_the_costovertebral_angle_is_no_stroke(recognizer: FindingRecognizer) -> None:
    assert "HP:0001297" not in {mention.code for mention in recognizer.mentions("bilateral CVA knocking (-)")}
