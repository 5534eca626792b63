"""Sending a written draft to another system: the message before it is sent, and the outcome."""

from html import escape

from apps.ui.language import english
from apps.ui.parts import done_html, notice
from apps.ui.texts import t
from knowledge.retrieval.language import Language

from ..decision import Decided, Sending
from .parts import button, line


def sending_html(visit: str, decided: Decided, language: Language) -> str:
    """The message with a button to send it, or why there is none; empty once sent."""
    sending = decided.sending
    if sending is None or sending.done:
        return ""
    if sending.result is None:
        words = escape(t("decision.cannot_send", language, receiver=sending.to))
        return f'<p class="r1-meta">{words} {english(f"{sending.why_not}.")}</p>'
    name = decided.clinician.name if decided.clinician else ""
    digest = decided.draft.digest if decided.draft else ""
    send = button(t("decision.send", language, name=name), visit=visit, do="send", code=digest, kind="dx-primary")
    return f'{_preview(sending, language)}<div class="dx-buttons">{send}</div>'


def sent_html(decided: Decided, language: Language) -> str:
    """Confirms the sending, or warns if it was withdrawn since that the other system still has it; empty before."""
    if decided.sending is None or not decided.sending.done:
        return ""
    if decided.withdrawn:
        return notice(escape(t("decision.sent_withdrawn", language, receiver=decided.sending.to)))
    return done_html(escape(t("decision.sent", language, receiver=decided.sending.to)))


def _preview(sending: Sending, language: Language) -> str:
    """Exactly what will be sent: a readable list, and the message itself."""
    result = sending.result
    assert result is not None
    authority = next(filter(None, result.authority), "")
    rows = {
        "patient": f"<bdi>{escape(result.patient)}</bdi> "
        f"<code>{escape(' · '.join(filter(None, (result.number, authority))))}</code>",
        "summary": "".join(f"<p>{escape(text)}</p>" for text in result.lines),
        "clinician": f"<bdi>{escape(result.interpreter[1])}</bdi> <code>{escape(result.interpreter[0])}</code>",
    }
    cells = "".join(
        f"<div><dt>{escape(t(f'decision.{name}', language))}</dt><dd>{value}</dd></div>" for name, value in rows.items()
    )
    raw = sending.message.decode().replace("\r", "\n")
    return (
        f'<div class="dx-preview"><h3>{escape(t("decision.send_heading", language, receiver=sending.to))}</h3>'
        f"<dl>{cells}</dl>"
        f'<details data-key="message"><summary>{escape(t("decision.send_raw", language))}</summary>'
        f'<pre tabindex="0">{escape(raw)}</pre></details>{line("decision.send_hint", language)}</div>'
    )
