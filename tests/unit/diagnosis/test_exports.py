"""What leaves the page: text, PDF and a FHIR document say the same, are valid, and go to who asked, once."""

import io
import json
from dataclasses import replace
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from fhir.resources.R4B import get_fhir_model_class
from pypdf import PdfReader

from adapters.fhir.bundle import parse_bundle
from adapters.fhir.drafts import Considered, make_draft
from adapters.fhir.gather import CATEGORIES
from adapters.fhir.reasons import Reason
from adapters.fhir.writeback import Written
from apps.auth.accounts import Role
from apps.auth.guard import Screen
from apps.diagnosis.decision import Decided, Decision, entries
from apps.diagnosis.document import document
from apps.diagnosis.downloads import SECONDS, Downloads, File, download_routes
from apps.diagnosis.html.page import footer_html, patient_html
from apps.diagnosis.pdf import pdf
from apps.diagnosis.summary import plain_text, sections, whose
from apps.diagnosis.words import kind_words, lost_words
from apps.ui.texts import enumerated, t
from knowledge.medical.case import Unread
from knowledge.medical.chinese_names import chinese_names
from knowledge.medical.common import load_common
from knowledge.medical.measurements import Quantity
from knowledge.medical.notes.context.person import AFTER_BIRTH, IN_LABOUR
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Outcome, RedFlag, Used
from knowledge.retrieval.language import Language
from tests.clock import Clock
from tests.diagnosis_visits import DR, KNOWLEDGE, NAME, NUMBER, WORDING, case, record, visit, with_condition

LANGUAGES = get_args(Language)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def agreed() -> Decided:
    considered = [Considered("Fit syndrome 1", "for: Seizure", "http://www.omim.org", "1")]
    draft = make_draft(
        record(), ["Condition/c"], summary="Seizures.", considered=considered, knowledge="HPO 2025", wording=WORDING
    )
    return Decided("v1", Decision("OMIM:1"), draft, DR)


def text_of(language: Language, seen: Any = None, decided: Decided | None = None) -> str:
    return plain_text(sections(seen or visit(), decided, KNOWLEDGE, language), language)


@each_language
def test_text_has_patient_findings_list_decision_and_limits(language: Language) -> None:
    text = text_of(language, decided=agreed())
    for words in (NAME, NUMBER, "1990-01-02", "Seizure (HP:0001250)", "Fit syndrome 7 (OMIM:7)", "2025-01-16"):
        assert words in text
    assert t("decision.summary_considers", language, disease="Fit syndrome 1") in text
    assert t("export.not_written", language) in text
    assert t("diagnosis.no_certificate", language) in text
    assert "%" not in text


@each_language
def test_an_infant_is_not_0_years_old(language: Language) -> None:
    infant = replace(case(), age_years=0.25)
    seen = visit(case=infant)
    age = t("diagnosis.months", language, count=3)
    assert age in text_of(language, seen)
    assert age in patient_html(seen, language)


@each_language
def test_the_text_says_that_red_flags_were_looked_for_and_what_one_rests_on(language: Language) -> None:
    none = t("diagnosis.no_red_flag", language, rules=len(RULES))
    assert none in text_of(language)
    used = (Used("fever"), Used(Quantity.SYSTOLIC, 88.0))
    text = text_of(language, visit(red_flags=(RedFlag(RULES[0], Outcome.FIRED, used, ()),)))
    assert "88 mmHg" in text
    assert RULES[0].action[language == "zh"] in text
    assert none not in text
    assert t("diagnosis.red_flags_hint", language, days=7, hours=24) in text  # what is older does not count


@each_language
@pytest.mark.parametrize(
    ("week", "key"),
    [
        (None, "quantity.pregnancy"),
        (30, "quantity.pregnancy_week"),
        (AFTER_BIRTH, "diagnosis.pregnancy_after_birth"),
        (IN_LABOUR, "diagnosis.in_labour"),
    ],
)
def test_a_red_flag_says_the_week_of_the_pregnancy_it_rests_on(language: Language, week: int | None, key: str) -> None:
    seen = visit(red_flags=(RedFlag(RULES[0], Outcome.FIRED, (Used("pregnancy", week=week),), ()),))
    for told in (patient_html(seen, language).split('id="dx-flags"')[1], text_of(language, seen)):
        assert t(key, language, week=week) in told


@each_language
def test_page_and_text_say_what_no_rule_saw_beside_the_red_flags(language: Language) -> None:
    told = (Unread("Observation", Reason.REFUSED_BY_SERVER, "403"), Unread("DocumentReference/d", Reason.NO_TEXT))
    told += (
        Unread("Claim", Reason.NOT_USED, "3"),
        Unread("Patient/p", Reason.NOT_VALID_R4, "Patient.telecom"),
        Unread("Condition/c", Reason.RESOLVED, "Gout"),
    )
    seen = visit(case=replace(case(), unread=told))
    kinds = enumerated((kind_words(kind, language) for kind in ("Observation", "DocumentReference")), language)
    words = t("diagnosis.lost", language, kinds=kinds)
    assert words in text_of(language, seen)
    page = patient_html(seen, language)
    assert page.index('id="dx-flags"') < page.index(words)
    nothing = t("diagnosis.lost", language, kinds="")[:12]
    assert nothing not in patient_html(visit(), language) + text_of(language)


@each_language
def test_page_and_text_say_beside_the_name_who_died_or_was_merged(language: Language) -> None:
    reasons = (Reason.DECEASED, Reason.OUT_OF_USE, Reason.OTHER_NUMBER)
    told = tuple(Unread("Patient/p", reason) for reason in (*reasons, Reason.OTHER_NUMBER))
    seen = visit(case=replace(case(), unread=told))
    banner, text = patient_html(seen, language).split('id="dx-flags"')[0], text_of(language, seen)
    for reason in reasons:
        words = t(f"unread.{reason.value}", language)
        assert (banner.count(words), text.count(words)) == (1, 1)
    assert t("unread.deceased", language) not in patient_html(visit(), language)


@each_language
def test_page_and_text_say_whether_the_patient_is_pregnant(language: Language) -> None:
    def told(**facts: Any) -> tuple[str, str]:
        seen = visit(case=replace(case(), **facts))
        return patient_html(seen, language).split('id="dx-flags"')[0], text_of(language, seen)

    words = {
        t("diagnosis.pregnant_week", language, week=34): {"pregnant": True, "gestation": 34},
        t("diagnosis.pregnant", language): {"pregnant": True},
        t("diagnosis.in_labour", language): {"pregnant": True, "gestation": IN_LABOUR},
        t("diagnosis.pregnancy_after_birth", language): {"pregnant": True, "gestation": AFTER_BIRTH},
        t("diagnosis.pregnancy_no", language): {"pregnant": False},
    }
    label = t("diagnosis.pregnancy", language)
    for answer, facts in words.items():
        banner, text = told(**facts)
        assert f"<dt>{label}</dt><dd>{answer}</dd>" in banner
        assert label in text
        assert answer in text
    banner, text = told(pregnant=None, age_years=70.0)
    assert f"<dt>{label}</dt>" not in banner
    assert f"- {label}" not in text


def test_chinese_exports_have_the_chinese_names() -> None:
    assert f"{chinese_names()['Seizure']} Seizure (HP:0001250)" in text_of("zh")


@each_language
def test_the_page_the_export_and_the_resource_say_that_it_is_no_diagnosis(language: Language) -> None:
    banner, footer = patient_html(visit(), language), footer_html(visit(), KNOWLEDGE, language)
    assert t("diagnosis.supports", language) in banner
    assert t("diagnosis.no_certificate", language) in footer
    for what in ("common", "rare", "time", "unread", "drugs"):
        assert t(f"visit.uncovered_{what}", language, diseases=2, conditions=len(load_common().conditions)) in footer
    made = agreed()
    assert made.draft
    (impression,) = (e["resource"] for e in entries(made.draft, DR) if e["resource"]["resourceType"] != "Provenance")
    assert "No diagnosis" in impression["note"][0]["text"]
    assert t("diagnosis.no_certificate", language) in text_of(language, decided=made)


@each_language
def test_a_percentage_is_exported_only_with_a_certificate(language: Language) -> None:
    assert "91%" in text_of(language, visit(certified=0.91))


@each_language
def test_a_common_condition_is_exported_as_editorial(language: Language) -> None:
    lines = text_of(language, with_condition(visit())).splitlines()
    (epilepsy,) = [line for line in lines if "ICD-10-CM G40.909" in line]
    assert epilepsy.startswith("- 1. ")
    assert t("decision.editorial", language) in epilepsy
    assert t("decision.editorial", language) not in next(line for line in lines if "OMIM:1" in line)


@each_language
@pytest.mark.parametrize(
    ("decided", "key"),
    [
        (None, "export.undecided"),
        (Decided("v1", Decision(reason="known"), None), "reason.known"),
        (replace(agreed(), written=Written(("ClinicalImpression/1",), True)), "export.written"),
        (replace(agreed(), written=Written(("ClinicalImpression/1",), True), withdrawn=True), "export.withdrawn"),
    ],
)
def test_the_decision_is_told(language: Language, decided: Decided | None, key: str) -> None:
    assert t(key, language) in text_of(language, decided=decided)


@each_language
def test_pdf_can_be_read_back(language: Language) -> None:
    made = pdf(sections(visit(diseases=10), agreed(), KNOWLEDGE, language), language, patient=whose(visit(), language))
    pages = PdfReader(io.BytesIO(made)).pages
    text = "".join("".join(page.extract_text().split()) for page in pages)
    for words in (NAME, NUMBER, "Fit syndrome 10", t("export.title", language), t("diagnosis.supports", language)):
        assert "".join(words.split()) in text


def test_pdf_takes_any_name() -> None:
    strange = visit(case=case("<b>& Ωμέγα </para> 𝓧 \x07"), assessment=None)
    assert pdf(sections(strange, None, KNOWLEDGE, "en"), "en", patient=whose(strange, "en")).startswith(b"%PDF")


@each_language
@pytest.mark.parametrize(
    ("name", "is_told"), [("ليلى حداد", True), ("Łucja Nowak", True), ("李雷", False), ("Zoë β", False)]
)
def test_pdf_tells_of_characters_that_it_cannot_set(language: Language, name: str, is_told: bool) -> None:
    named = visit(case=case(name), assessment=None)
    made = pdf(sections(named, None, KNOWLEDGE, language), language, patient=whose(named, language))
    text = "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(made)).pages)
    told = "".join(t("export.missing_characters", language, sign="□").split())
    assert (told in text) is is_told
    assert ("□" in text.replace(told, "")) is is_told


def test_pdf_goes_on_over_pages() -> None:
    parts = sections(visit(), None, KNOWLEDGE, "en")
    long = (replace(parts[0], lines=("a line that is repeated",) * 200),)
    pages = PdfReader(io.BytesIO(pdf(long, "en", patient=whose(visit(), "en")))).pages
    assert len(pages) > 2
    for page in pages:
        assert {"赵敏", NUMBER, "1990-01-02"} <= {w for w in ("赵敏", NUMBER, "1990-01-02") if w in page.extract_text()}


def checked(bundle: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Resources by type, each valid R4, after the rules of a document."""
    get_fhir_model_class("Bundle").model_validate(json.loads(json.dumps(bundle)))
    assert bundle["type"] == "document"
    assert bundle["entry"][0]["resource"]["resourceType"] == "Composition"
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    composition = bundle["entry"][0]["resource"]
    named = [composition["subject"], *composition["author"]]
    named += [entry for section in composition["section"] for entry in section.get("entry", ())]
    assert {reference["reference"] for reference in named} <= set(urls)
    kinds: dict[str, list[dict[str, Any]]] = {}
    for entry in bundle["entry"]:
        get_fhir_model_class(entry["resource"]["resourceType"]).model_validate(entry["resource"])
        kinds.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return kinds


@each_language
@pytest.mark.parametrize("source", ["server", "note"])
def test_a_document_before_any_decision(language: Language, source: Any) -> None:
    kinds = checked(document(visit(source), None, KNOWLEDGE, language))
    assert set(kinds) == {"Composition", "Patient", "Device"}
    (composition,) = kinds["Composition"]
    assert composition["status"] == "preliminary"
    assert any("Fit syndrome 1" in section["text"]["div"] for section in composition["section"])


def test_a_document_of_an_approved_decision() -> None:
    decided = replace(agreed(), written=Written(("ClinicalImpression/1",), True))
    bundle = document(visit(), decided, KNOWLEDGE, "en")
    kinds = checked(bundle)
    (composition,), (impression,) = kinds["Composition"], kinds["ClinicalImpression"]
    assert composition["status"] == "final"
    assert composition["attester"][0]["party"]["display"] == "Dr Ada Byron"
    urls = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    assert urls[impression["subject"]["reference"]]["resourceType"] == "Patient"
    assert urls[impression["supportingInfo"][0]["reference"]]["id"] == "c"
    assert [section["title"] for section in composition["section"] if "entry" in section] == ["Decision"]


def test_the_suite_reads_its_own_document_as_one_patient_and_no_finding_of_its_own() -> None:
    bundle = document(visit(), agreed(), KNOWLEDGE, "en")
    read = parse_bundle(json.dumps(bundle), origin="export.json")
    assert read.patient["id"] == "p"
    assert [resource["resourceType"] for resource in read.resources] == ["Condition"]


def test_the_narrative_is_escaped() -> None:
    bundle = document(visit("note", case=case("<script>&")), None, KNOWLEDGE, "en")
    assert "<script>" not in json.dumps(bundle)
    checked(bundle)


def fetch(downloads: Downloads, path: str, cookies: dict[str, str] | None = None) -> Any:
    app = FastAPI()
    app.include_router(download_routes(downloads, lambda cookies: cookies.get("session", "")))
    return TestClient(app, cookies=cookies or {}).get(path)


FILE = File(b"secret", "r1-assessment.txt", "text/plain; charset=utf-8")


def test_a_file_is_given_out_once_and_its_address_tells_nothing() -> None:
    downloads = Downloads(Clock(0.0))
    path = downloads.offer(FILE)
    assert len(path.rpartition("/")[2]) >= 43  # 32 random bytes
    assert path != downloads.offer(FILE)
    answer = fetch(downloads, path)
    assert (answer.content, answer.headers["cache-control"]) == (b"secret", "no-store")
    assert "r1-assessment.txt" in answer.headers["content-disposition"]
    assert fetch(downloads, path).status_code == 404


@each_language
def test_a_browser_is_told_what_to_do_about_a_file_that_is_gone(language: Language) -> None:
    downloads = Downloads(Clock(0.0))
    app = FastAPI()
    app.include_router(download_routes(downloads, lambda cookies: ""))
    client = TestClient(app, headers={"accept": "text/html"})
    path = downloads.offer(FILE)
    assert client.get(path).content == b"secret"
    answer = client.get(f"{path}?lang={language}")
    assert answer.status_code == 404
    assert t("shared.fetched_text", language) in answer.text
    assert f'href="/diagnosis/?lang={language}"' in answer.text


def test_a_file_expires() -> None:
    clock = Clock(0.0)
    downloads = Downloads(clock)
    path = downloads.offer(FILE)
    clock.now += SECONDS
    assert fetch(downloads, path).status_code == 404


def test_only_who_asked_gets_the_file() -> None:
    downloads = Downloads(Clock(0.0))
    path = downloads.offer(replace(FILE, owner="Ada Byron"))
    assert fetch(downloads, path).status_code == 404
    assert fetch(downloads, path, {"session": "Eve"}).status_code == 404
    assert fetch(downloads, path, {"session": "Ada Byron"}).content == b"secret"


def test_a_file_is_behind_the_sign_in_of_the_screen() -> None:
    assert Screen("/diagnosis", (Role.CLINICIAN,)).covers(Downloads().offer(FILE))


def test_memory_is_bounded() -> None:
    downloads = Downloads(Clock(0.0))
    paths = [downloads.offer(FILE) for _ in range(250)]
    assert fetch(downloads, paths[0]).status_code == 404
    assert fetch(downloads, paths[-1]).status_code == 200


EVERY = ", ".join(CATEGORIES["Observation"])


@pytest.mark.parametrize(
    ("unread", "is_told"),
    [
        (Unread("Observation", Reason.REFUSED_BY_SERVER, "403"), True),
        (Unread("Observation", Reason.BY_CATEGORY, EVERY), False),
        (Unread("Observation", Reason.BY_CATEGORY, "laboratory"), True),
        (Unread("Medication", Reason.REFUSED_BY_SERVER, "403"), False),
        (Unread("Immunization/i", Reason.NOT_VALID_R4, "Immunization"), False),
    ],
)
def test_only_what_a_rule_might_have_seen_stands_above_the_red_flags(unread: Unread, is_told: bool) -> None:
    told = lost_words(replace(visit().case, unread=(unread,)), "en")
    named = kind_words(unread.source.partition("/")[0], "en")
    assert (named in told, bool(told)) == (is_told, is_told)


@each_language
def test_page_and_text_say_beside_the_name_that_a_note_in_another_language_was_not_read(language: Language) -> None:
    seen = visit("note", case=replace(case(), unread=(Unread("text", Reason.LANGUAGE_NOT_SUPPORTED),)))
    told = t("unread.language_not_supported", language)
    assert told in patient_html(seen, language).split('id="dx-flags"')[0]
    assert told in text_of(language, seen)
