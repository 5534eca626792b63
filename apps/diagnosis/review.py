"""The reviewer's page: agreement of clinicians, calibration of probabilities, and the state of certificates.

Plain HTML; the only script watches the session. It names no patient: a case's opinions are found by the patient's id in
order to close it.
Anybody who may see the page may also enter outcomes.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from apps.auth.accounts import Account, Role
from apps.auth.guard import is_foreign
from apps.auth.sessions import Sessions
from apps.ui.language import page_language
from apps.ui.page import back_to_start, form_fields, plain_page
from apps.ui.parts import done_html
from apps.ui.texts import t
from core.errors import R1Error
from knowledge.medical.certificate import Certificate
from knowledge.medical.common import load_common
from knowledge.medical.joint import PREFIX
from knowledge.retrieval.language import Language

from .decision import REASONS
from .html.errors import error_html
from .html.parts import line
from .oversight import Oversight
from .review_charts import agreement_svg, calibration, calibration_svg, weeks
from .service import DiagnosisService
from .store import DiagnosisStore, Opinion, closed_cases
from .words import certified

PATH = "/diagnosis/review"
_NONE = "none"  # the form's value for "none of the list"
_SHOWN = 50  # opinions awaiting an outcome, and as many unseen lists


def review_routes(
    service: DiagnosisService,
    oversight: Oversight,
    who: Callable[[Mapping[str, str]], str],
    sessions: Sessions,
    *,
    public: str,
) -> APIRouter:
    """Routes of the page and of entering outcomes.

    Args:
        who: names the admitted reviewer by the browser's cookies, for the audit trail.
        sessions: say who is signed in, for the page.
        public: host and port at which others reach the suite.
    """
    router = APIRouter()

    def page(request: Request, said: str = "", patient: str = "") -> HTMLResponse:
        account = sessions.account(request.cookies, used=False)
        return _page(service, oversight, account, page_language(request), said, patient)

    @router.get(PATH, include_in_schema=False)
    async def show(request: Request) -> Response:
        return await asyncio.to_thread(page, request)

    @router.post(PATH, include_in_schema=False)
    async def close(request: Request) -> Response:
        language = page_language(request)
        if is_foreign(request.headers, public):
            return HTMLResponse(plain_page(t("review.title", language), _foreign(language), language), 403)
        fields = await form_fields(request)
        if patient := fields.get("patient", "").strip():
            return await asyncio.to_thread(page, request, patient=patient)
        try:
            visit = fields.get("visit", "")
            outcome = await asyncio.to_thread(_place, oversight.store, visit, fields.get("outcome", ""))
            reviewer = await asyncio.to_thread(who, request.cookies)
            await asyncio.to_thread(oversight.safety.close, visit, outcome, reviewer, service.certificates)
        except R1Error as error:
            refused = await asyncio.to_thread(page, request, error_html(error, language))
            refused.status_code = 400
            return refused
        return RedirectResponse(f"{PATH}?lang={language}", 303)

    return router


def _place(store: DiagnosisStore, visit: str, code: str) -> int:
    """Rank of a disease in the list stored now, which may differ from the one on the page; 0 for none, -1 if absent."""
    if code == _NONE:
        return 0
    opinion = store.find(visit)
    return opinion.codes.index(code) + 1 if opinion is not None and code in opinion.codes else -1


def _page(
    service: DiagnosisService,
    oversight: Oversight,
    account: Account | None,
    language: Language,
    said: str,
    patient: str,
) -> HTMLResponse:
    """The page; with a patient's id (never part of a URL), only that patient's opinions to close.

    It leads to the diagnostic assistant if the account may open that; without accounts everybody may.
    """
    try:
        opinions = oversight.store.opinions()
        body = _body(service, oversight, opinions, patient, language)
    except R1Error as error:
        body, said = "", error_html(error, language)
    back = back_to_start(language)
    if account is None or account.may(Role.CLINICIAN):
        back = f'<p><a class="r1-button" href="/diagnosis/">{escape(t("review.back", language))}</a></p>'
    title, lead = t("review.title", language), t("review.lead", language)
    who = account.name if account else ""
    return HTMLResponse(plain_page(title, said + body + back, language, lead=lead, kind="r1-review", who=who))


def _body(
    service: DiagnosisService, oversight: Oversight, opinions: list[Opinion], patient: str, language: Language
) -> str:
    pseudonym = oversight.trail.pseudonym(f"Patient/{patient}") if patient else ""
    decided = [opinion for opinion in opinions if not opinion.silent]
    parts = {
        "state": _state(service, oversight, language),
        "agreement": _agreement(decided, language),
        "overrides": _overrides(decided, language),
        "calibration": _calibration(opinions, language),
        "outcomes": _find(language) + _outcomes(service, opinions, pseudonym, language),
    }
    headed = {
        name: f'<h2 id="{name}">{escape(t(f"review.{name}", language))}</h2>{html}' for name, html in parts.items()
    }
    return "".join(f'<section aria-labelledby="{name}">{html}</section>' for name, html in headed.items())


def _state(service: DiagnosisService, oversight: Oversight, language: Language) -> str:
    state = oversight.safety.state()
    shown = "silent" if state.silent else "off" if state.off else "on"
    lines = [done_html(t(f"review.{shown}", language))]
    lines += [_certificate(c, oversight, c.id in state.withdrawn, language) for c in service.certificates]
    if not service.certificates:
        lines.append(line("review.no_certificate", language))
    known = {certificate.id for certificate in service.certificates}
    lines += [
        line("review.withdrawn_earlier", language, id=gone.certificate, right=gone.right, closed=gone.closed)
        for gone in oversight.store.withdrawals()
        if gone.certificate not in known
    ]
    return "".join(lines) + line("review.rule", language)


def _certificate(certificate: Certificate, oversight: Oversight, withdrawn: bool, language: Language) -> str:
    found = oversight.safety.judge(certificate)
    basis = certified(certificate, language)
    fared = t("review.none_suggested", language)
    if found.closed:
        fared = t("review.fared", language, right=found.right, closed=found.closed, chance=f"{found.chance:.3f}")
    key = "review.certificate_withdrawn" if withdrawn else "review.certificate_valid"
    heading = t(key, language, kind=t(f"review.kind_{certificate.kind.value}", language), id=certificate.id)
    return f"<h3>{escape(heading)}</h3><p>{escape(basis)}</p><p>{escape(fared)}</p>"


def _agreement(opinions: list[Opinion], language: Language) -> str:
    if not opinions:
        return line("review.none_yet", language)
    rows = weeks(opinions)
    heads = ("week", "first", "listed", "none")
    cells = [(week.monday.isoformat(), week.first, week.listed, week.none) for week in reversed(rows)]
    return agreement_svg(rows, language) + _table(heads, cells[:12], language)


def _overrides(opinions: list[Opinion], language: Language) -> str:
    if not opinions:
        return line("review.none_yet", language)
    against = Counter(opinion.reason for opinion in opinions if not opinion.chosen)
    suggested = [opinion for opinion in opinions if opinion.suggested]
    other_one = sum(opinion.place != 1 for opinion in suggested)
    some = {"count": other_one, "suggested": len(suggested)}
    counted = line("review.overridden", language, **some) if suggested else line("review.none_was_suggested", language)
    rows = [(t(f"reason.{reason}", language), against[reason]) for reason in REASONS]
    return counted + _table(("reason", "count"), rows, language)


def _calibration(opinions: list[Opinion], language: Language) -> str:
    bins = calibration(closed_cases(opinions))
    closed = closed_cases(opinions)
    if not closed:
        return line("review.none_closed", language)
    first = sum(opinion.outcome == 1 for opinion in closed)
    five = sum(opinion.outcome is not None and opinion.outcome > 0 for opinion in closed)
    totals = line("review.closed", language, closed=len(closed), first=first, five=five)
    if not bins:
        return totals + line("review.no_probabilities", language)
    rows = [(f"{b.expected:.2f}", f"{b.right:.2f}", b.cases) for b in bins]
    return totals + calibration_svg(bins, language) + _table(("said", "right", "cases"), rows, language)


def _find(language: Language) -> str:
    label = escape(t("review.find", language))
    return (
        f'<form method="post" action="?lang={language}#outcomes"><label for="patient">{label}</label>'
        f'<input id="patient" name="patient" required maxlength="64" autocomplete="off">'
        f'<button class="r1-button" type="submit">{escape(t("review.find_button", language))}</button></form>'
    )


def _outcomes(service: DiagnosisService, opinions: list[Opinion], pseudonym: str, language: Language) -> str:
    """Opinions to close: the open ones, or all of one patient."""
    if pseudonym:
        waiting = [opinion for opinion in opinions if opinion.patient == pseudonym]
    else:
        waiting = [opinion for opinion in opinions if opinion.outcome is None]
    if not waiting:
        return line("review.found_none" if pseudonym else "review.nothing_open", language)
    shares = ([opinion for opinion in waiting if opinion.silent is silent] for silent in (False, True))
    rows = "".join(_open_row(service, opinion, language) for share in shares for opinion in share[:_SHOWN])
    heads = "".join(
        f'<th scope="col">{escape(t(f"review.{name}", language))}</th>'
        for name in ("decided", "said_then", "turned_out")
    )
    hint = line("review.outcomes_hint", language)
    return f'{hint}<table class="r1-outcomes"><tr>{heads}</tr>{rows}</table>'


def _open_row(service: DiagnosisService, opinion: Opinion, language: Language) -> str:
    names = [_name(service, code, language) for code in opinion.codes]
    said = _said(service, opinion, language)
    options = f'<option value="">{escape(t("review.choose", language))}</option>'
    options += "".join(
        f'<option value="{escape(code)}">{place}. {escape(name)}</option>'
        for place, (code, name) in enumerate(zip(opinion.codes, names, strict=True), 1)
    )
    options += f'<option value="{_NONE}">{escape(t("review.none_of_them", language))}</option>'
    enter, decided = escape(t("review.enter", language)), f"{opinion.decided_at:%Y-%m-%d %H:%M}"
    whose = f"{decided}, {escape(opinion.visit)}"
    label = escape(t("review.turned_out", language))
    entered = ""
    if opinion.outcome is not None:
        right = names[opinion.outcome - 1] if opinion.outcome else t("review.none_of_them", language)
        entered = line("review.entered", language, outcome=right)
    return (
        f"<tr><td>{decided}<br><code>{escape(opinion.visit)}</code></td>"
        f'<td>{escape(said)}{entered}</td><td><form method="post" action="?lang={language}">'
        f'<input type="hidden" name="visit" value="{escape(opinion.visit)}">'
        f'<select name="outcome" required aria-label="{label}: {whose}">{options}</select>'
        f'<button class="r1-button" type="submit" aria-label="{enter}: {whose}">{enter}</button></form></td></tr>'
    )


def _said(service: DiagnosisService, opinion: Opinion, language: Language) -> str:
    if opinion.silent:
        return t("review.unseen", language)
    return t(f"reason.{opinion.reason}", language) if opinion.reason else _name(service, opinion.chosen, language)


def _foreign(language: Language) -> str:
    return f'<p class="r1-notice" role="alert">{escape(t("review.foreign", language))}</p>'


def _name(service: DiagnosisService, code: str, language: Language) -> str:
    place = service.knowledge.diseases.index.get(code)
    if place is not None:
        return f"{service.knowledge.diseases.diseases[place].name} ({code})"
    common = (c for c in load_common().conditions if PREFIX + c.id == code)
    return next((f"{getattr(c.name, language)} (ICD-10-CM {c.icd10cm})" for c in common), code)


def _table(heads: tuple[str, ...], rows: Sequence[Sequence[object]], language: Language) -> str:
    head = "".join(f'<th scope="col">{escape(t(f"review.{name}", language))}</th>' for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="r1-scroll" tabindex="0"><table><tr>{head}</tr>{body}</table></div>'
