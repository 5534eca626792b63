"""The footer's buttons: decide, approve, send, withdraw, export, report. Each returns the visit and a message."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from typing import Any

import gradio as gr

from adapters.fhir.audit import Access, Action
from adapters.fhir.chart import Chart, chart_of
from adapters.fhir.client import FhirClient
from adapters.hl7v2.outgoing import ResultReceiver
from apps.fhir_access import FhirAccess
from apps.ui.parts import PRIVATE, done_html, focus, log_failure, notice
from apps.ui.texts import t
from core.errors import ApprovalError, FhirServerError, Hl7Error, InputFormatError, R1Error, RecordChangedError
from knowledge.retrieval.language import Language

from .decision import Decision, decide, offer, send, take_back, write
from .document import document
from .downloads import Downloads, File
from .html.decision import (
    changed_html,
    copy_html,
    decision_html,
    link_html,
    outcome_html,
    whose_html,
    written_words,
)
from .html.errors import error_html
from .html.page import above_html, footer_html
from .open_patients import OpenPatients
from .oversight import Oversight
from .panels import Panels, sent
from .pdf import pdf
from .service import DiagnosisService
from .summary import plain_text, sections, whose
from .view import CHANGED_ELSEWHERE, OpenPage
from .visit import Visit

_log = logging.getLogger(__name__)
_FILES = {"pdf": ("r1-assessment.pdf", "application/pdf"), "document": ("r1-assessment.json", "application/fhir+json")}


@dataclass(frozen=True, slots=True)
class Footer:
    """Carries out the footer's buttons."""

    service: DiagnosisService
    oversight: Oversight
    access: FhirAccess
    downloads: Downloads
    patients: OpenPatients
    receiver: ResultReceiver | None = None  # another system that accepts approved drafts

    async def press(
        self, visit: Visit, asked: Mapping[str, object], cookies: dict[str, str], language: Language
    ) -> tuple[Visit, str]:
        """Carries out a button for a visit; returns the visit afterwards and a message as HTML.

        Args:
            asked: the button's ``do`` and ``code``, and the fields of its form. It comes from a browser.

        Raises:
            InputFormatError: there is no such button.
            R1Error: it was refused or failed; the visit is unchanged.
        """
        match asked.get("do"):
            case "agree":
                chosen = Decision(str(asked.get("chosen")), in_problem_list=asked.get("problem_list") == "on")
                return await asyncio.to_thread(self._decide, visit, chosen, cookies, language), ""
            case "disagree":
                reason = Decision(reason=str(asked.get("reason")))
                return await asyncio.to_thread(self._decide, visit, reason, cookies, language), ""
            case "approve" | "send" as do:
                return await self._approve(visit, do, str(asked.get("code")), cookies, language)
            case "withdraw":
                return await self._take_back(visit, str(asked.get("code")), cookies), ""
            case "copy" | "pdf" | "document" as what:
                return visit, await asyncio.to_thread(self._export, visit, what, cookies, language)
            case "report":
                return visit, await asyncio.to_thread(
                    self._report, visit, str(asked.get("words", "")), cookies, language
                )
        raise InputFormatError("There is no such button", hint="Load the page again")

    def current(self, visit: Visit) -> Visit:
        """The visit as it may be shown now, reassessed if suggestions are off or its certificate was withdrawn."""
        if visit.assessment is None or self.service.may_show(visit.assessment):
            return visit
        return self.service.review(visit, visit.review)

    def _decide(self, visit: Visit, decision: Decision, cookies: dict[str, str], language: Language) -> Visit:
        visit = self.current(visit)
        decided = decide(
            visit,
            decision,
            self.access.clinician(cookies),
            store=self.oversight.store,
            trail=self.oversight.trail,
            knowledge=self.service.knowledge,
            language=language,
        )
        return replace(visit, decided=decided)

    async def _approve(
        self, visit: Visit, do: str, digest: str, cookies: dict[str, str], language: Language
    ) -> tuple[Visit, str]:
        """Writes the draft that was shown into the record, or sends a written one to another system."""
        clinician = self.access.clinician(cookies)
        async with self._connected(cookies) as client:
            try:
                if do == "send":
                    done = await send(client, visit.of_draft(digest), clinician, self.receiver, digest=digest)
                else:
                    written = await write(client, visit.decided, clinician, self.oversight.store, digest=digest)
                    done = await asyncio.to_thread(offer, written, visit.record, self.receiver)
            except RecordChangedError as error:
                charts = [*await _newest(client, visit), visit.chart]
                return visit, changed_html(visit, error, charts, language)
        return visit.with_decision(done), ""

    async def _take_back(self, visit: Visit, digest: str, cookies: dict[str, str]) -> Visit:
        clinician = self.access.clinician(cookies)
        async with self._connected(cookies) as client:
            done = await take_back(client, visit.of_draft(digest), clinician, self.oversight.store)
        return visit.with_decision(done)

    @asynccontextmanager
    async def _connected(self, cookies: dict[str, str]) -> AsyncIterator[FhirClient]:
        """The FHIR server with the clinician's token; logs why it, or a receiver of results, did not do its part."""
        try:
            async with self.access.connect(cookies) as client:
                yield client
        except (FhirServerError, Hl7Error) as error:
            _log.warning("A decision was not carried out: %s", error)
            raise

    def _export(self, visit: Visit, what: str, cookies: dict[str, str], language: Language) -> str:
        """Audited first, since the data leaves the suite."""
        knowledge = self.service.knowledge
        visit = self.current(visit)
        if visit.case.patient:
            exported = Access(Action.EXPORT, visit.case.patient, stage=f"export {what}")
            self.oversight.trail.append(exported, user=self.access.user(cookies))
        parts = sections(visit, visit.decided, knowledge, language)
        if what == "copy":
            return copy_html(plain_text(parts, language), language)
        name, media_type = _FILES[what]
        if what == "pdf":
            data = pdf(parts, language, patient=whose(visit, language))
        else:
            bundle = document(visit, visit.decided, knowledge, language)
            data = json.dumps(bundle, ensure_ascii=False, indent=1).encode()
        owner = self.access.user(cookies)
        return link_html(self.downloads.offer(File(data, name, media_type, owner)), name, language)

    def _report(self, visit: Visit, words: str, cookies: dict[str, str], language: Language) -> str:
        clinician = self.access.clinician(cookies)
        reporter = clinician.reference if clinician else ""
        number = self.oversight.problems.add(visit, words, reporter=reporter, knowledge=self.service.knowledge)
        return done_html(t("decision.problem_sent", language, number=number))


async def _newest(client: FhirClient, visit: Visit) -> list[Chart]:
    """The record as it is now, to name what is new in it; empty if it cannot be read at the moment."""
    try:
        record = await client.read_patient(visit.case.patient.removeprefix("Patient/"))
    except R1Error:
        return []
    return [chart_of(record, read_at=datetime.now(UTC))]


class DecisionPanel:
    """The footer, laid out where it is constructed, then the sources of the page.

    Args:
        said_above: component above the page for the outcome of a button whose patient is no longer open.

    Attributes:
        said: the last message, which may have a button to read the record again.
    """

    def __init__(self, panels: Panels, footer: Footer, said_above: Any) -> None:
        self._panels, self._footer = panels, footer
        panel = panels.add(decision_html, elem_id="decision")
        self.said = panels.add(elem_id="said")
        panels.add(self._basis_html, elem_id="basis")
        self._changed = [said_above, *panels.components]  # the last panel was added just now
        pressed = panel.click(self.press, panels.page, self._changed, trigger_mode="multiple", **PRIVATE)
        pressed.then(None, js=focus("#said [role=alert], #said a, #said textarea"), **PRIVATE)

    def _basis_html(self, visit: Visit, language: Language) -> str:
        return footer_html(visit, self._footer.service.knowledge, language)

    async def press(self, page: OpenPage, event: gr.EventData, request: gr.Request) -> list[Any]:
        """Handles a footer button; the outcome is shown above the page if its patient was closed meanwhile."""
        asked, lang = sent(event), page.language
        seen = after = None
        page.outcome = ""
        elsewhere = False
        try:
            async with page.changing:
                seen = page.named(asked)
                await asyncio.to_thread(self._check_writes, page, asked)
                after, html = await self._footer.press(seen, asked, dict(request.cookies), lang)
                stays = page.replace(seen, after)
        except R1Error as error:
            elsewhere = error.kind == CHANGED_ELSEWHERE
            html = _elsewhere_html(page, lang) if elsewhere else error_html(error, lang)
            stays = elsewhere or (seen is not None and page.view is seen)
        except Exception as error:
            html = notice(t("shared.unexpected", lang, reference=log_failure(_log, "Decision", error)))
            stays = seen is not None and page.view is seen
        shown: list[Any] = [gr.skip()] * len(self._changed)
        if not stays:
            page.outcome = _of_another(seen, after, html, lang)
        shown[0] = above_html(page)
        if not stays:
            return shown
        if elsewhere or (after is not None and after is not seen):
            shown[1:] = self._panels.updates(page)
        shown[self._changed.index(self.said)] = html
        return shown

    def _check_writes(self, page: OpenPage, asked: Mapping[str, object]) -> None:
        """Keeps the patient under review, and refuses to write if the same patient is under another review meanwhile.

        Raises:
            ApprovalError: two reviews of one patient would each write an impression.
        """
        assert page.open is not None
        other = self._footer.patients.keep(page.holder, page.open)
        if other is not page.open and asked.get("do") == "approve":
            raise ApprovalError(
                "Another review of this patient is open in another window", hint="Go on there", kind="other_review"
            )


def _elsewhere_html(page: OpenPage, language: Language) -> str:
    """Why a button did nothing: another window has changed the review, or has already written an impression."""
    written = page.visit.written if page.visit else ()
    what = written_words(written[-1], language) if written else ""
    words = t("decision.written_before", language, what=what) if what else t("refusal.changed_elsewhere", language)
    return notice(escape(words))


def _of_another(seen: Visit | None, after: Visit | None, html: str, language: Language) -> str:
    """The outcome of a button whose patient was closed before it was done."""
    if seen is None:
        return html
    if after is not None:
        html += "".join(outcome_html(each, language) for each in (after.decided, *after.in_record) if each)
    return f'<div class="dx dx-card" role="status"><p class="dx-whose">{whose_html(seen, language)}</p>{html}</div>'
