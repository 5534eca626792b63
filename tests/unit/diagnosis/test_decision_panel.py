"""The footer: the preview is what is written, and nothing foreign is obeyed or shown raw."""

import ast
import asyncio
import io
import itertools
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine

from adapters.fhir.audit import AuditTrail
from adapters.fhir.chart import chart_of
from adapters.fhir.failures import failure
from adapters.fhir.writeback import Written
from apps.diagnosis.decision import Decided, Decision, entries
from apps.diagnosis.decision_panel import Footer
from apps.diagnosis.downloads import Downloads
from apps.diagnosis.html.decision import changed_html, decision_html, link_html
from apps.diagnosis.html.errors import error_html
from apps.diagnosis.open_patients import OpenPatients
from apps.diagnosis.oversight import Oversight
from apps.diagnosis.problems import ProblemReports
from apps.diagnosis.safety import Safety
from apps.diagnosis.store import DiagnosisStore
from apps.diagnosis.visit import Source, Visit
from apps.ui.texts import t
from core import errors
from core.errors import (
    ApprovalError,
    AuditError,
    FhirServerError,
    InputFormatError,
    R1Error,
    RecordChangedError,
    SettingsError,
    StorageError,
)
from core.vault import PlainVault
from knowledge.retrieval.language import Language
from tests.diagnosis_visits import DR, KNOWLEDGE, NAME, NUMBER, case, disease, visit

LANGUAGES = get_args(Language)
NEVER_SHOWN = {"'This is not the id of a draft'", "'This draft was written for another patient'"}  # of a faulty server
each_language = pytest.mark.parametrize("language", LANGUAGES)
HOSTILE = "<img src=x onerror=alert(1)>\"'&"


class Access:
    """Who has signed in; the FHIR server is never reached here."""

    def __init__(self, clinician: Any = DR) -> None:
        self._clinician = clinician

    def clinician(self, cookies: dict[str, str]) -> Any:
        return self._clinician

    def user(self, cookies: dict[str, str]) -> str:
        return self._clinician.reference if self._clinician else "Dr Ada"


@pytest.fixture
def site(database: Engine) -> Any:
    store, trail = DiagnosisStore(database), AuditTrail(database, b"k" * 32)
    oversight = Oversight(store, Safety(store, trail), ProblemReports(store, trail, PlainVault()), trail)
    service: Any = SimpleNamespace(
        knowledge=KNOWLEDGE,
        may_show=lambda assessment: True,
        review=lambda seen, review: replace(seen, assessment=replace(seen.assessment, switched_off=True)),
    )
    downloads = Downloads()

    def footer(clinician: Any = DR) -> Footer:
        access: Any = Access(clinician)
        return Footer(service, oversight, access, downloads, OpenPatients())

    return SimpleNamespace(footer=footer, store=store, trail=trail, downloads=downloads, service=service)


def press(
    footer: Footer, do: str, seen: Visit | None = None, lang: Language = "en", **fields: str
) -> tuple[Visit, str]:
    seen = seen or visit()
    return asyncio.run(footer.press(seen, {"visit": seen.id, "do": do, **fields}, {"session": "s"}, lang))


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_agreeing_shows_the_preview_with_its_approval(site: Any) -> None:
    seen, said = press(site.footer(), "agree", chosen="OMIM:2", problem_list="on")
    assert said == ""
    assert seen.decided is not None
    draft = seen.decided.draft
    assert draft is not None
    html = decision_html(seen, "en")
    assert f'data-do="approve" data-code="{draft.digest}"' in html
    for words in (*draft.summary.splitlines(), "Fit syndrome 2", "Dr Ada Byron", "Practitioner/dr", "Condition/c"):
        assert words in text_of(html)


@each_language
def test_whoever_decides_and_approves_sees_for_whom(site: Any, language: Language) -> None:
    seen = visit()
    assert NAME in text_of(decision_html(seen, language))
    asked, _ = press(site.footer(), "agree", seen, language, chosen="OMIM:1")
    preview = text_of(decision_html(asked, language).split('class="dx-preview"')[1])
    for words in (NAME, "1990-01-02", NUMBER, "Patient/p"):
        assert words in preview.split(t("decision.resource", language))[0]


@pytest.mark.parametrize(("source", "offered"), [("server", True), ("sample", False), ("note", False)])
def test_the_problem_list_is_offered_only_where_there_is_one(source: Source, offered: bool) -> None:
    assert ("problem_list" in decision_html(visit(source), "en")) is offered


@each_language
def test_no_disease_and_no_reason_is_chosen_beforehand(site: Any, language: Language) -> None:
    html = decision_html(visit(), language)
    for name in ("chosen", "reason"):
        assert f'name="{name}"><option value="" selected>' in html
    with pytest.raises(ApprovalError, match="No listed disease"):
        press(site.footer(), "agree", chosen="", lang=language)


@each_language
def test_the_preview_holds_every_word_of_the_resources(site: Any, language: Language) -> None:
    seen, _ = press(site.footer(), "agree", chosen="OMIM:1", lang=language)
    assert seen.decided is not None
    assert seen.decided.draft is not None
    shown = re.search(r"<pre[^>]*>(.*?)</pre>", decision_html(seen, language), re.DOTALL)
    assert shown
    resources = json.loads(unescape(shown[1]))
    written = [entry["resource"] for entry in entries(seen.decided.draft, DR)]
    for shown_one, written_one in zip(resources, written, strict=True):
        for moment in ("date", "recorded", "recordedDate"):
            shown_one.pop(moment, None)
            written_one.pop(moment, None)
        assert shown_one == written_one


@each_language
@pytest.mark.parametrize(
    ("decided", "key", "button"),
    [
        (Decided("v1", Decision(reason="known"), None, DR, "decision.kept_disagreement"), "kept_disagreement", "agree"),
        (Decided("v1", Decision("OMIM:1"), None, None, "decision.kept_not_signed_in"), "kept_not_signed_in", "agree"),
        (Decided("v1", Decision("OMIM:1"), None, DR, "", Written((), True), True), "withdrawn", "agree"),
    ],
)
def test_each_state_says_what_became_of_it(language: Language, decided: Decided, key: str, button: str) -> None:
    html = decision_html(visit(decided=decided), language)
    assert t(f"decision.{key}", language) in html
    assert f'data-do="{button}"' in html
    assert 'data-do="approve"' not in html


@each_language
@pytest.mark.parametrize("new", [True, False])
def test_what_is_written_can_only_be_withdrawn(site: Any, language: Language, new: bool) -> None:
    html = in_record(site, language, Written(("ClinicalImpression/7",), new))
    assert "ClinicalImpression/7" in html
    assert re.findall(r'data-do="(\w+)"', html)[0] == "withdraw"
    assert 'data-do="agree"' not in html
    assert t("decision.hint", language) not in html  # which asks to choose


def in_record(site: Any, language: Language, written: Written, **asked: str) -> str:
    """The footer once a draft was written."""
    seen, _ = press(site.footer(), "agree", chosen="OMIM:2", lang=language, **asked)
    assert seen.decided is not None
    return decision_html(seen.with_decision(replace(seen.decided, written=written)), language)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "Written into the record: Fit syndrome 2 (clinical impression), 2026-12-01 09:39 UTC, Dr Ada Byron"),
        (
            {"problem_list": "on"},
            "Written into the record: Fit syndrome 2 (clinical impression and provisional problem), "
            "2026-12-01 09:39 UTC, Dr Ada Byron",
        ),
    ],
)
def test_after_the_approval_the_page_says_what_stands_in_the_record(
    site: Any, asked: dict[str, str], told: str
) -> None:
    at = datetime(2026, 12, 1, 10, 39, tzinfo=timezone(timedelta(hours=1)))
    html = in_record(site, "en", Written(("ClinicalImpression/7",), True, at=at), **asked)
    assert f"{told}<details" in html  # the ids are folded
    assert "ClinicalImpression/7" not in html.partition("<details")[0]


@pytest.mark.parametrize(("at", "told"), [(date(2026, 12, 1), "2026-12-01, "), (None, "")])
def test_no_time_is_told_that_the_server_does_not_give(site: Any, at: date | None, told: str) -> None:
    html = in_record(site, "en", Written(("ClinicalImpression/7",), False, at=at))
    assert f"already: Fit syndrome 2 (clinical impression), {told}Dr Ada Byron. Nothing was written twice." in html


@each_language
def test_what_is_in_the_record_can_be_withdrawn_whatever_is_listed_now(site: Any, language: Language) -> None:
    seen, _ = press(site.footer(), "agree", chosen="OMIM:1", lang=language)
    assert seen.decided is not None
    assert seen.decided.draft is not None
    assert seen.written == ()
    seen = seen.with_decision(replace(seen.decided, written=Written(("ClinicalImpression/1",), True)))
    later = replace(seen, decided=None, in_record=seen.written, assessment=None)
    digest = seen.decided.draft.digest
    html = decision_html(later, language)
    assert f'data-do="withdraw" data-code="{digest}"' in html
    assert "ClinicalImpression/1" in html
    stood = later.of_draft(digest)
    assert stood is not None
    withdrawn = later.with_decision(replace(stood, withdrawn=True))
    assert t("decision.withdrawn", language) in decision_html(withdrawn, language)
    assert 'data-do="withdraw"' not in decision_html(withdrawn, language)
    assert withdrawn.written == ()


@pytest.mark.parametrize(("assessment", "shown"), [(None, False), ("off", False), ("on", True)])
def test_before_the_stop_and_switched_off_there_is_nothing_to_decide(assessment: Any, shown: bool) -> None:
    seen = visit()
    if assessment is None:
        seen = replace(seen, assessment=None)
    elif assessment == "off":
        seen = replace(seen, assessment=replace(seen.assessment, switched_off=True))  # type: ignore[type-var]
    html = decision_html(seen, "en")
    assert ('data-do="agree"' in html) is shown
    assert 'data-do="report"' in html


@pytest.mark.parametrize("do", ["", "nonsense", "accept"])
def test_what_no_button_of_the_page_sends_is_refused(site: Any, do: str) -> None:
    with pytest.raises(InputFormatError):
        press(site.footer(), do)


def test_a_decision_is_refused_once_suggestions_are_off(site: Any) -> None:
    site.service.may_show = lambda assessment: assessment.switched_off
    with pytest.raises(ApprovalError):
        press(site.footer(), "agree", chosen="OMIM:1")


def test_an_open_page_loses_its_list_when_suggestions_go_off(site: Any) -> None:
    seen = visit()
    assert site.footer().current(seen) is seen
    site.service.may_show = lambda assessment: False
    hidden = site.footer().current(seen)
    assert hidden.assessment.switched_off


@each_language
def test_files_are_made_and_audited_and_named_without_the_patient(site: Any, language: Language) -> None:
    for do, name in (("pdf", "r1-assessment.pdf"), ("document", "r1-assessment.json")):
        _, html = press(site.footer(), do, lang=language)
        path = re.search(r'href="([^"]+)"', html)
        assert path
        assert site.downloads.take(path[1].rpartition("/")[2], "other") is None
        file = site.downloads.take(path[1].rpartition("/")[2], DR.reference)
        assert file is not None
        assert file.name == name
        if do == "pdf":
            assert PdfReader(io.BytesIO(file.data)).pages
        else:
            assert json.loads(file.data)["type"] == "document"
    assert [event["outcomeDesc"] for event in site.trail.events("Patient/p")] == ["export document", "export pdf"]


@pytest.mark.parametrize("do", ["approve", "withdraw"])
def test_a_decision_that_the_server_does_not_take_is_in_the_log(
    site: Any, caplog: pytest.LogCaptureFixture, do: str
) -> None:
    @asynccontextmanager
    async def connect(cookies: dict[str, str]) -> AsyncIterator[None]:
        raise FhirServerError("The FHIR server answered with HTTP 500", status=500)
        yield

    footer = site.footer()
    footer.access.connect = connect
    with pytest.raises(FhirServerError):
        press(footer, do)
    assert "A decision was not carried out: The FHIR server answered with HTTP 500" in caplog.text


def test_an_export_has_the_name_of_the_account(site: Any) -> None:
    press(site.footer(None), "copy")
    (event,) = site.trail.events("Patient/p")
    assert event["agent"][1]["who"]["identifier"]["value"] == "Dr Ada"


def test_without_a_trail_nothing_is_exported(site: Any) -> None:
    class Broken:
        def append(self, access: Any, *, user: str) -> int:
            raise AuditError("The audit trail is full")

    footer = site.footer()
    footer = replace(footer, oversight=replace(footer.oversight, trail=Broken()))
    with pytest.raises(AuditError):
        press(footer, "copy")


@each_language
def test_a_report_gives_its_number(site: Any, language: Language) -> None:
    _, html = press(site.footer(None), "report", lang=language, words="He has no seizures")
    assert t("decision.problem_sent", language, number=1) in html


def test_everything_from_outside_is_escaped(site: Any) -> None:
    clinician = replace(DR, name=HOSTILE)
    seen = visit()
    assert seen.assessment
    named = replace(disease(1), name=HOSTILE)
    seen = replace(
        seen,
        case=case(HOSTILE),
        assessment=replace(seen.assessment, ranking=replace(seen.assessment.ranking, diseases=(named,))),
    )
    decided, _ = press(site.footer(clinician), "agree", seen, chosen="OMIM:1")
    _, copied = press(site.footer(), "copy", seen)
    for language in LANGUAGES:
        for html in (decision_html(decided, language), copied, link_html("/x", HOSTILE, language)):
            assert "<img" not in html


@each_language
def test_every_error_is_told_in_the_language(language: Language) -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, R1Error)]
    for kind in kinds:
        html = error_html(kind("It failed", hint="Do that"), language)
        assert "It failed. Do that." in unescape(re.sub("<[^>]+>", "", html))
        assert 'role="alert"' in html
    for kind, key in ((ApprovalError, "not_approved"), (AuditError, "not_audited"), (StorageError, "not_stored")):
        assert t(f"decision.{key}", "zh") in error_html(kind("x"), "zh")
    assert t("decision.not_approved", "en") in error_html(ApprovalError("x"), "en")
    assert t("diagnosis.error_settings", "zh") in error_html(SettingsError("x"), "zh")
    refused = error_html(failure(422, {}), "zh")
    assert "服务器自身的规则拒绝了该资源" in refused
    assert 'lang="en"' not in refused
    late = AuditError("x", kind="outcome_not_recorded")
    assert t("refusal.outcome_not_recorded", language) in error_html(late, language)


@each_language
def test_what_is_new_in_the_record_is_named_with_the_button_that_reads_it(language: Language) -> None:
    seen = visit()
    assert seen.record is not None
    potassium = {
        "resourceType": "Observation",
        "id": "k",
        "status": "final",
        "effectiveDateTime": "2026-03-01T10:00:00Z",
        "code": {"text": f"Potassium {HOSTILE}"},
        "valueQuantity": {"value": 6.9, "unit": "mmol/L"},
    }
    newest = chart_of(replace(seen.record, resources=(*seen.record.resources, potassium)), read_at=seen.read_at)
    error = RecordChangedError("Changed", new=("Observation/k", "DocumentReference/n"), changed=("Condition/c",))
    html = changed_html(seen, error, [newest], language)
    assert HOSTILE not in html
    assert "6.9 mmol/L" in text_of(html)
    assert "2026-03-01 10:00" in text_of(html)
    assert "DocumentReference/n" in html
    assert t("decision.changed", language) in text_of(html)
    assert f'data-visit="{seen.id}"' in html
    assert 'data-do="reopen"' in html
    many = RecordChangedError("Changed", new=tuple(f"Observation/{n}" for n in range(30)))
    assert t("diagnosis.more", language, count=22) in text_of(changed_html(seen, many, [], language))


@pytest.mark.parametrize("module", ["adapters/fhir/writeback.py", "apps/diagnosis/decision.py"])
def test_what_is_refused_is_said_in_the_language_of_the_page(module: str) -> None:
    source = ast.parse((Path(__file__).parents[3] / module).read_text("utf-8"))
    calls = [node for node in ast.walk(source) if isinstance(node, ast.Call)]
    refused = [call for call in calls if ast.unparse(call.func) == "ApprovalError"]
    without = [ast.unparse(call.args[0]) for call in refused if "kind" not in {k.arg for k in call.keywords}]
    assert set(without) <= NEVER_SHOWN
    kinds = {ast.literal_eval(k.value) for call in refused for k in call.keywords if k.arg == "kind"}
    assert kinds
    for kind, language in itertools.product(kinds, ("en", "zh")):
        assert t(f"refusal.{kind}", language)
