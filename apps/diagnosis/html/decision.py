"""The footer of the page: agree or disagree, preview of what will be written, exports, and problem reports."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from adapters.fhir.chart import Chart
from adapters.fhir.drafts import Clinician, Draft
from adapters.fhir.writeback import Written
from apps.ui.parts import done_html
from apps.ui.texts import enumerated, t
from apps.ui.times import to_the_minute
from core.errors import RecordChangedError
from knowledge.retrieval.language import Language

from ..decision import REASONS, Candidate, Decided, candidates, entries
from ..problems import MAX_WORDS
from ..record.words import entry_html, time_html
from ..summary import whose
from ..visit import Visit
from ..words import shortened
from .parts import button, line
from .sending import sending_html, sent_html

_NAMED = 8  # changes of a record that are listed individually
_EXPORTS = ("copy", "pdf", "document")


def decision_html(visit: Visit, language: Language) -> str:
    """The whole footer; only the problem report before there is a list."""
    parts = [_report(visit, language)]
    if visit.assessment is not None:
        parts.insert(0, _exports(visit, language))
        if visit.assessment.ranking.diseases and not visit.assessment.switched_off:
            parts.insert(0, _decision(visit, language))
    if visit.in_record:
        parts.insert(0, _in_record(visit, language))
    return f'<div class="dx dx-decision">{"".join(parts)}</div>'


def changed_html(visit: Visit, error: RecordChangedError, charts: Sequence[Chart], language: Language) -> str:
    """What was added, changed or removed since the record was read, with a button to read it again.

    Args:
        charts: of the record, newest first; resources in none of them are named by id.
    """
    described: dict[str, str] = {}
    for entry, of in ((entry, chart.resources.get(entry.source)) for chart in charts for entry in chart.entries):
        when = time_html(entry.time, language, of)
        described.setdefault(entry.source, f"{entry_html(entry, language)} · {when}")
    rows = [
        t(f"decision.changed_{how}", language, what=described.get(name) or f"<code>{escape(name)}</code>")
        for how, names in (("new", error.new), ("changed", error.changed), ("gone", error.gone))
        for name in names
    ]
    items = "".join(f"<li>{row}</li>" for row in shortened(rows, _NAMED, language))
    again = button(t("visit.rerun", language), visit=visit.id, do="reopen", kind="dx-primary")
    return (
        f'<div class="dx r1-notice" role="alert" tabindex="-1"><p>{escape(t("decision.changed", language))}</p>'
        f"<ul>{items}</ul>{line('decision.changed_next', language)}"
        f'<div class="dx-buttons">{again}</div></div>'
    )


def copy_html(text: str, language: Language) -> str:
    """The text, selectable for copying by any means the browser has."""
    label = escape(t("decision.text_label", language))
    return (
        f'<div class="dx dx-card"><label for="dx-copy">{label}</label>'
        f'<textarea id="dx-copy" class="dx-copy" readonly rows="12">{escape(text)}</textarea></div>'
    )


def link_html(path: str, name: str, language: Language) -> str:
    """A link to a file that can be fetched once; a second time it opens a page that says so, beside this one."""
    words = escape(t("decision.ready", language, name=name))
    return done_html(f'<a href="{escape(path)}" target="_blank">{words}</a>')


def _decision(visit: Visit, language: Language) -> str:
    assert visit.assessment is not None
    heading = f'<h2 id="dx-decision" tabindex="-1">{escape(t("decision.heading", language))}</h2>'
    outcome = outcome_html(visit.decided, language) if visit.decided is not None else ""
    body = f'{outcome}<p class="dx-whose">{whose_html(visit, language)}</p>'
    if visit.decided is None or not visit.decided.stands:
        body += line("decision.hint", language) + _choice(visit, candidates(visit.assessment, language), language)
    if visit.decided is not None:
        body += _next(visit, visit.decided, language)
    return f'<section class="dx-card" aria-labelledby="dx-decision">{heading}{body}</section>'


def _in_record(visit: Visit, language: Language) -> str:
    """Drafts written before the list changed, which can still be withdrawn or sent."""
    heading = f'<h2 id="dx-written" tabindex="-1">{escape(t("decision.in_record", language))}</h2>'
    body = "".join(outcome_html(each, language) + _next(visit, each, language) for each in visit.in_record)
    return f'<section class="dx-card" aria-labelledby="dx-written">{heading}{body}</section>'


def whose_html(visit: Visit, language: Language) -> str:
    """The patient the decision is for, since the banner may be far above."""
    return " · ".join(f"<bdi>{escape(words)}</bdi>" for words in whose(visit, language))


def _choice(visit: Visit, offered: tuple[Candidate, ...], language: Language) -> str:
    def options(values: list[tuple[str, str]], chosen: str) -> str:
        return "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(name)}</option>'
            for value, name in values
        )

    decision = visit.decided.decision if visit.decided else None
    nothing = ("", t("decision.choose", language))  # nothing is preselected in the clinician's name
    listed_ones = [nothing, *((c.id, f"{c.place}. {c.name}") for c in offered)]
    diseases = options(listed_ones, decision.chosen if decision else "")
    why = [("", t("decision.choose_reason", language)), *((each, t(f"reason.{each}", language)) for each in REASONS)]
    reasons = options(why, decision.reason if decision else "")
    listed = decision is not None and decision.in_problem_list
    also = (
        f'<label class="dx-check"><input type="checkbox" name="problem_list"{" checked" if listed else ""}>'
        f" {escape(t('decision.problem_list', language))}</label>"
    )
    agree = (
        f'<form class="dx-form"><label for="dx-chosen">{escape(t("decision.agree_with", language))}</label>'
        f'<select id="dx-chosen" name="chosen">{diseases}</select>{also if visit.is_of_server else ""}'
        f"{button(t('decision.agree', language), visit=visit.id, do='agree', kind='dx-primary')}</form>"
    )
    disagree = (
        f'<form class="dx-form"><label for="dx-reason">{escape(t("decision.reason", language))}</label>'
        f'<select id="dx-reason" name="reason">{reasons}</select>'
        f"{button(t('decision.disagree', language), visit=visit.id, do='disagree')}</form>"
    )
    return f'<div class="dx-choices">{agree}{disagree}</div>'


def outcome_html(decided: Decided, language: Language) -> str:
    """The outcome of a decision, which gets the focus; empty while a draft awaits approval."""
    outcome = ""
    if decided.withdrawn:
        outcome = escape(t("decision.withdrawn", language))
    elif decided.written is not None:
        outcome = _written_html(decided, decided.written, language)
    elif decided.why_not:
        outcome = escape(t(decided.why_not, language))
    parts = (done_html(outcome) if outcome else "") + sent_html(decided, language)
    return f'<div class="dx-outcome" tabindex="-1" data-of="{_digest(decided)}">{parts}</div>' if parts else ""


def written_words(decided: Decided, language: Language) -> str:
    """What a decision wrote into the record, when and by whom; empty if it wrote nothing."""
    if decided.written is None:
        return ""
    at = decided.written.at
    disease = decided.draft.considered[0].label if decided.draft else ""
    added = decided.draft is not None and decided.draft.condition is not None
    facts = [
        t("decision.as_problem" if added else "decision.as_impression", language, disease=disease),
        to_the_minute(at.astimezone(UTC)) if isinstance(at, datetime) else at.isoformat() if at else "",
        decided.clinician.name if decided.clinician else "",
    ]
    return enumerated(filter(None, facts), language)


def _written_html(decided: Decided, written: Written, language: Language) -> str:
    """What is in the record now; resource ids are collapsed."""
    key = "decision.written" if written.new else "decision.written_before"
    words = escape(t(key, language, what=written_words(decided, language)))
    ids = ", ".join(f"<code>{escape(name)}</code>" for name in written.resources)
    summary = escape(t("decision.resources", language))
    return f'{words}<details data-key="ids"><summary>{summary}</summary>{ids}</details>'


def _digest(decided: Decided) -> str:
    return decided.draft.digest if decided.draft else ""


def _next(visit: Visit, decided: Decided, language: Language) -> str:
    """Actions on a decision: approve the draft, or withdraw or send what was written."""
    digest = _digest(decided)
    if decided.stands:
        back = button(t("decision.withdraw", language), visit=visit.id, do="withdraw", code=digest)
        sending = sending_html(visit.id, decided, language)
        return f'{sending}<div class="dx-buttons">{back}</div>'
    if decided.withdrawn or decided.draft is None or decided.clinician is None:
        return ""
    approve = button(t("decision.approve", language), visit=visit.id, do="approve", code=digest, kind="dx-primary")
    preview = preview_html(decided.draft, decided.clinician, whose_html(visit, language), language)
    return f'{preview}<div class="dx-buttons">{approve}</div>'


def preview_html(draft: Draft, clinician: Clinician, who: str, language: Language) -> str:
    """Exactly what will be written: a readable list, and the resources; ``who`` is HTML and names the patient."""
    written = entries(draft, clinician)
    kinds = [t(f"decision.{entry['resource']['resourceType'].lower()}", language) for entry in written]
    diseases = "".join(
        f"<li>{escape(disease.label)} {f'<code>{escape(disease.code)}</code>' if disease.code else ''}"
        f'<p class="dx-source">{escape(disease.basis)}</p></li>'
        for disease in draft.considered
    )
    summary = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in draft.summary.splitlines())
    count = escape(t("decision.rests_on_count", language, count=len(draft.basis)))
    sources = ", ".join(escape(basis.reference) for basis in draft.basis)
    rows = {
        "patient": f"{who} <code>{escape(draft.patient)}</code>",
        "resource": escape(enumerated(kinds, language)),
        "summary": summary,
        "diseases": f"<ol>{diseases}</ol>",
        "clinician": f"<bdi>{escape(clinician.name)}</bdi> <code>{escape(clinician.reference)}</code>",
        "encounter": escape(draft.encounter),
        "rests_on": f'{count}<p class="dx-source">{sources}</p>',
        "knowledge": escape(draft.knowledge),
    }
    cells = "".join(
        f"<div><dt>{escape(t(f'decision.{name}', language))}</dt><dd>{value}</dd></div>"
        for name, value in rows.items()
        if value
    )
    resources = json.dumps([entry["resource"] for entry in written], ensure_ascii=False, indent=1)
    return (
        f'<div class="dx-preview"><h3 tabindex="-1" data-of="{draft.digest}">{escape(t("decision.preview", language))}'
        f"</h3><dl>{cells}</dl>"
        f'<details data-key="preview"><summary>{escape(t("decision.preview_json", language))}</summary>'
        f'<pre tabindex="0">{escape(resources)}</pre></details>{line("decision.times", language)}</div>'
    )


def _exports(visit: Visit, language: Language) -> str:
    buttons = "".join(button(t(f"decision.{what}", language), visit=visit.id, do=what) for what in _EXPORTS)
    heading = escape(t("decision.exports", language))
    return (
        f'<section class="dx-card" aria-labelledby="dx-exports"><h2 id="dx-exports">{heading}</h2>'
        f'<div class="dx-buttons">{buttons}</div></section>'
    )


def _report(visit: Visit, language: Language) -> str:
    send = button(t("decision.problem_send", language), visit=visit.id, do="report")
    label = escape(t("decision.problem_words", language))
    return (
        f'<details class="dx-card" data-key="problem"><summary><h2>{escape(t("decision.problem", language))}</h2>'
        f'</summary>{line("decision.problem_hint", language)}<form class="dx-form">'
        f'<label for="dx-words">{label}</label><textarea id="dx-words" name="words" rows="3" '
        f'maxlength="{MAX_WORDS}"></textarea>{send}</form></details>'
    )
