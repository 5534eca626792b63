"""What a clinician decides becomes an opinion without a word of the record, and a draft of exactly what is shown."""

import json
import re
from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from sqlalchemy import Engine, text

from adapters.fhir.audit import AuditTrail
from adapters.hl7v2.outgoing import ResultReceiver
from apps.diagnosis.decision import REASONS, Decided, Decision, candidates, decide, entries, take_back, write
from apps.diagnosis.store import DiagnosisStore
from apps.ui.texts import t
from core.errors import ApprovalError, InputError, StorageError
from knowledge.retrieval.language import Language
from tests.diagnosis_visits import CERTIFICATE, DR, KNOWLEDGE, NAME, NUMBER, record, visit, with_condition

MR = {"type": {"coding": [{"code": "MR"}]}, "value": "77"}

LANGUAGES = get_args(Language)


@pytest.fixture
def kept(database: Engine) -> Any:
    return SimpleNamespace(store=DiagnosisStore(database), trail=AuditTrail(database, b"k" * 32), database=database)


def decided(kept: Any, decision: Decision, seen: Any = None, clinician: Any = DR, language: Language = "en") -> Decided:
    return decide(
        seen or visit(),
        decision,
        clinician,
        store=kept.store,
        trail=kept.trail,
        knowledge=KNOWLEDGE,
        language=language,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_agreeing_makes_a_draft_with_the_chosen_disease_first(kept: Any, language: Language) -> None:
    draft = decided(kept, Decision("OMIM:3"), language=language).draft
    assert draft is not None
    assert [c.code for c in draft.considered] == ["3", "1", "2", "4", "5"]
    assert {c.system for c in draft.considered} == {"http://www.omim.org"}
    assert draft.condition is None
    assert [basis.reference for basis in draft.basis] == ["Condition/c"]
    assert t("decision.summary_considers", language, disease="Fit syndrome 3") in draft.summary
    assert "Seizure" in draft.summary
    impression, provenance = (entry["resource"] for entry in entries(draft, DR))
    assert impression["summary"] == draft.summary
    assert impression["assessor"]["display"] == "Dr Ada Byron"
    assert provenance["entity"][0]["what"]["reference"].startswith("Condition/c")


def test_the_problem_list_is_written_only_where_it_was_asked_for(kept: Any) -> None:
    draft = decided(kept, Decision("OMIM:1", in_problem_list=True)).draft
    assert draft is not None
    kinds = [entry["resource"]["resourceType"] for entry in entries(draft, DR)]
    assert kinds == ["ClinicalImpression", "Condition", "Provenance"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_common_condition_can_be_chosen_and_is_called_editorial(kept: Any, language: Language) -> None:
    made = decided(kept, Decision("R1:epilepsy"), with_condition(visit()), language=language)
    assert made.draft is not None
    epilepsy, rare = made.draft.considered[:2]
    assert (epilepsy.system, epilepsy.code) == ("http://hl7.org/fhir/sid/icd-10-cm", "G40.909")
    assert epilepsy.label == {"en": "Epilepsy", "zh": "癫痫"}[language]
    assert t("decision.editorial", language) in epilepsy.basis
    assert t("decision.editorial", language) not in rare.basis
    assert made.draft.knowledge == t("draft.and_editorial", language, source="HPO 2025-01-16")
    opinion = kept.store.find("v1")
    assert (opinion.chosen, opinion.place) == ("R1:epilepsy", 1)
    assert opinion.codes[:2] == ("R1:epilepsy", "OMIM:1")


def _with_myopia(seen: Any) -> Any:
    """A visit with a finding that has a Chinese name and a common condition first."""
    myopia = replace(seen.case.findings[0], code="HP:0000545", label="Myopia")
    known = replace(seen.case, findings=(myopia, *seen.case.findings))
    return replace(seen, assessment=replace(with_condition(seen).assessment, case=known))


def test_a_draft_of_the_chinese_page_has_no_fixed_words_in_english(kept: Any) -> None:
    draft = decided(kept, Decision("R1:epilepsy"), _with_myopia(visit()), language="zh").draft
    assert draft is not None
    assert draft.summary.startswith("存在：近视 Myopia、")  # both names, as the page shows them
    impression = entries(draft, DR)[0]["resource"]
    patient = {**record().patient, "identifier": [MR]}
    result = ResultReceiver("h", 1, ("R1", ""), ("EHR", "")).result(patient, draft, DR)
    assert "值得考虑：癫痫" in result.lines
    assert result.lines[-1] == "HPO 2025-01-16；常见疾病（编辑整理）。并非诊断。"
    told = [impression["description"], impression["note"][0]["text"], draft.summary, *result.lines]
    for words in ("Findings and", "Approved by", "To consider", "No diagnosis", "editorial", "Present", "no "):
        assert all(words not in line for line in told)
    assert DR.name in impression["note"][0]["text"]


def test_a_draft_of_the_english_page_has_no_chinese_words(kept: Any) -> None:
    draft = decided(kept, Decision("R1:epilepsy"), _with_myopia(visit())).draft
    assert draft is not None
    assert draft.summary.startswith("Present: Myopia, ")
    impression = entries(draft, DR)[0]["resource"]
    assert (
        impression["description"] == "Findings and diseases to consider (HPO 2025-01-16; common conditions, editorial)"
    )
    assert impression["note"][0]["text"].endswith("No diagnosis. Approved by Dr Ada Byron.")
    assert not re.search(r"[\u3000-\u9fff]", json.dumps(impression, ensure_ascii=False))


def test_braces_in_a_name_stay_as_they_are(kept: Any) -> None:
    doctor = replace(DR, name="Dr {0} {x}")
    draft = decided(kept, Decision("OMIM:1"), clinician=doctor).draft
    assert draft is not None
    assert "Approved by Dr {0} {x}." in entries(draft, doctor)[0]["resource"]["note"][0]["text"]


def test_an_editorial_disease_among_those_written_is_told_whatever_was_chosen(kept: Any) -> None:
    beside = decided(kept, Decision("OMIM:1"), with_condition(visit())).draft
    alone = decided(kept, Decision("OMIM:1")).draft
    assert beside is not None
    assert "editorial" in beside.knowledge
    assert alone is not None
    assert "editorial" not in alone.knowledge


@pytest.mark.parametrize("reason", REASONS)
def test_a_disagreement_is_kept_and_nothing_can_be_written(kept: Any, reason: str) -> None:
    made = decided(kept, Decision(reason=reason))
    assert made.draft is None
    assert made.why_not == "decision.kept_disagreement"
    opinion = kept.store.find("v1")
    assert (opinion.reason, opinion.chosen, opinion.place, opinion.draft) == (reason, "", 0, "")
    assert t(f"reason.{reason}", "zh")


@pytest.mark.parametrize(
    ("seen", "clinician", "why"),
    [
        (visit("note"), DR, "decision.kept_no_server"),
        (visit("sample"), DR, "decision.kept_sample"),
        (visit(), None, "decision.kept_not_signed_in"),
        (visit(), replace(DR, patient="Patient/other"), "decision.kept_not_open"),
    ],
)
def test_without_server_or_clinician_there_is_no_draft(kept: Any, seen: Any, clinician: Any, why: str) -> None:
    made = decided(kept, Decision("OMIM:1"), seen, clinician)
    assert made.draft is None
    assert made.why_not == why
    assert kept.store.find("v1").chosen == "OMIM:1"


@pytest.mark.parametrize("decision", [Decision(), Decision("OMIM:99"), Decision(reason="he snores")])
def test_what_is_not_in_the_list_is_refused(kept: Any, decision: Decision) -> None:
    with pytest.raises(ApprovalError):
        decided(kept, decision)
    assert kept.store.find("v1") is None


@pytest.mark.parametrize("change", [{"assessment": None}, {"off": True}])
def test_there_is_nothing_to_decide_on_before_a_list(kept: Any, change: dict[str, Any]) -> None:
    seen = visit()
    assessment = replace(seen.assessment, switched_off=True) if "off" in change else None  # type: ignore[type-var]
    with pytest.raises(ApprovalError):
        decided(kept, Decision("OMIM:1"), replace(seen, assessment=assessment))


def test_an_opinion_remembers_what_was_shown(kept: Any) -> None:
    decided(kept, Decision("OMIM:2"), visit(certified=0.91))
    opinion = kept.store.find("v1")
    assert (opinion.place, opinion.probability, opinion.suggested) == (2, 0.91, True)
    assert opinion.codes == ("OMIM:1", "OMIM:2", "OMIM:3", "OMIM:4", "OMIM:5")
    assert opinion.certificate == CERTIFICATE.id
    assert set(opinion.versions) >= {"annotations", "rules", "fitted"}


def test_no_word_of_the_record_is_kept(kept: Any) -> None:
    decided(kept, Decision("OMIM:1"))
    with kept.database.connect() as connection:
        stored = json.dumps(
            [list(map(str, row)) for row in connection.execute(text("SELECT * FROM diagnosis_opinion"))]
        )
    for word in (NAME, NUMBER, "Patient/p", "Practitioner/dr", "Byron", "Seizure", "fits", "1990"):
        assert word not in stored
    assert kept.trail.pseudonym("Patient/p") in stored


def test_a_later_decision_replaces_the_earlier_one_until_it_is_written(kept: Any) -> None:
    decided(kept, Decision(reason="other"))
    decided(kept, Decision("OMIM:1"))
    assert [opinion.chosen for opinion in kept.store.opinions()] == ["OMIM:1"]
    kept.store.written("v1")
    with pytest.raises(ApprovalError):
        decided(kept, Decision(reason="other"))
    kept.store.withdrawn("v1")
    decided(kept, Decision(reason="other"))
    assert kept.store.find("v1").reason == "other"


def test_sample_patients_count_nowhere(kept: Any) -> None:
    decided(kept, Decision("OMIM:1"), visit("sample"))
    assert kept.store.opinions() == []


def test_only_a_place_of_the_list_can_turn_out_right(kept: Any) -> None:
    decided(kept, Decision("OMIM:1"))
    assert kept.store.close("v1", 2, "terminal:x").outcome == 2
    assert kept.store.close("v1", 0, "terminal:x").outcome == 0
    for visit_id, place in (("v1", 6), ("v1", -1), ("v2", 1)):
        with pytest.raises(InputError):
            kept.store.close(visit_id, place, "terminal:x")


@pytest.mark.parametrize("work", [write, take_back])
@pytest.mark.parametrize("has_draft", [True, False])
def test_nobody_writes_without_a_draft_or_without_signing_in(kept: Any, work: Any, has_draft: bool) -> None:
    import asyncio

    made = decided(kept, Decision("OMIM:1"))
    if not has_draft:
        made = replace(made, draft=None)
    with pytest.raises(ApprovalError):
        asyncio.run(
            work(None, made, None if has_draft else DR, kept.store, **({"digest": "x"} if work is write else {}))
        )
    assert kept.store.find("v1").written_at is None


def test_a_database_that_does_not_answer_is_told(kept: Any) -> None:
    with kept.database.begin() as connection:
        connection.execute(text("DROP TABLE diagnosis_opinion"))
    with pytest.raises(StorageError) as told:
        decided(kept, Decision("OMIM:1"))
    assert "Patient/p" not in str(told.value)


def test_candidates_are_the_first_ten_of_both_kinds() -> None:
    offered = candidates(with_condition(visit(diseases=12)).assessment, "en")  # type: ignore[arg-type]
    assert [c.place for c in offered] == list(range(1, 11))
    assert [c.editorial for c in offered] == [True, *[False] * 9]
    assert asdict(offered[1])["supporting"] == ("Seizure",)
    assert offered[0].opposing == ("Ataxia",)  # of a fever it says nothing, which is not against it
    assert offered[1].opposing == ("no Ataxia",)


def test_a_long_summary_counts_what_it_does_not_name(kept: Any) -> None:
    seen = visit()
    many = tuple(replace(seen.case.findings[0], code=f"HP:{n}", label=f"Sign {n}") for n in range(70))
    assert seen.assessment is not None
    long = replace(seen, assessment=replace(seen.assessment, case=replace(seen.case, findings=many)))
    draft = decided(kept, Decision("OMIM:1"), long).draft
    assert draft is not None
    assert "Sign 59, 10 more." in draft.summary
