"""The inbox page's own HTML. Everything that comes from a message or a server is escaped here."""

from collections.abc import Iterable
from html import escape

from adapters.hl7v2.inbox import Listed
from adapters.hl7v2.to_fhir import Conversion
from apps.ui.parts import notice
from apps.ui.reasons import reason_html
from apps.ui.texts import t
from core.errors import R1Error
from knowledge.retrieval.language import Language

from .service import FhirServer, Overview

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def overview_html(seen: Overview, language: Language) -> str:
    """A tile for each state, how long the oldest message has been waiting, and the zone in which times are read."""
    tiles = [(t(f"inbox.{state.value}", language), f"{count:,}", state.value) for state, count in seen.counts.items()]
    tiles.append((t("inbox.lag", language), _duration(seen.lag, language), "lag"))
    zone = escape(t("inbox.zone", language, zone=seen.zone))
    return '<dl class="ib-tiles">{}</dl><p class="r1-meta">{}</p>'.format(
        "".join(
            f'<div class="ib-{kind}"><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>'
            for name, value, kind in tiles
        ),
        zone,
    )


def messages_html(messages: Iterable[Listed], language: Language) -> str:
    """The messages as a table, on a narrow screen as a list."""
    names = [t(f"inbox.{name}", language) for name in ("number", "received", "kind", "sender", "control_id", "tries")]
    names.append(t("inbox.why", language))
    rows = "".join(_row(item, names, language) for item in messages)
    if not rows:
        return f'<p class="ib-none">{escape(t("inbox.none", language))}</p>'
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    return f'<div class="ib-table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(item: Listed, names: list[str], language: Language) -> str:
    received = f'<time datetime="{item.received_at.isoformat()}">{item.received_at:%Y-%m-%d %H:%M:%S}</time>'
    told = (item.kind, item.sender, item.control_id, str(item.attempts))
    reason = reason_html(item.reason, language) if item.reason else ""
    if item.next_try:
        reason += f" {escape(t('inbox.next_try', language, time=f'{item.next_try:%H:%M:%S}'))}"
    label = escape(t("inbox.choose", language, number=item.id))
    number = f'<button type="button" class="ib-choose" aria-label="{label}">{item.id}</button>'
    cells = [number, received, *map(escape, told), reason]
    return "<tr>{}</tr>".format(
        "".join(f'<td data-name="{escape(name)}">{cell}</td>' for name, cell in zip(names, cells, strict=True))
    )


def server_html(server: FhirServer | R1Error | None, language: Language) -> str:
    """Whether the FHIR server answers, and what it lacks."""
    if server is None:
        return _state("off", t("inbox.server_unset", language))
    if isinstance(server, R1Error):
        return _state("down", t("inbox.server_down", language)) + reason_html(f"{server}.", language)
    named = f"{escape(server.url)}{f' · {escape(server.software)}' if server.software else ''}"
    said = _state("up", t("inbox.server_up", language)) + f'<p class="r1-meta ib-url">{named}</p>'
    if not server.missing:
        return said + f"<p>{escape(t('inbox.nothing_missing', language))}</p>"
    items = "".join(f"<li>{reason_html(sentence, language)}</li>" for sentence in server.missing)
    heading = escape(t("inbox.missing", language, count=len(server.missing)))
    return f"{said}<details><summary>{heading}</summary><ul>{items}</ul></details>"


def conversion_html(number: int, found: Conversion, language: Language) -> str:
    """What a message becomes: types of resources, and fields without a place, but none of its content."""
    full = t("inbox.in_full" if found.known else "inbox.in_part", language)
    resources = ", ".join(f"{count} {kind}" for kind, count in found.counts.items())
    unmapped = ", ".join(found.unmapped) or t("inbox.no_field", language)
    parts = {t("inbox.resources", language): resources, t("inbox.unmapped", language): unmapped}
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in parts.items())
    title = escape(t("inbox.message", language, number=number))
    return f'<div class="ib-shown"><h2>{title}</h2><p>{escape(found.kind)} · {escape(full)}</p><dl>{items}</dl></div>'


def raw_html(number: int, text: str, language: Language) -> str:
    """A message as received, one segment per line."""
    title = escape(t("inbox.message", language, number=number))
    lines = escape(text.replace("\r\n", "\n").replace("\r", "\n"))
    audited = escape(t("inbox.audited", language))
    return (
        f'<div class="ib-shown"><h2>{title}</h2><p class="r1-meta">{audited}</p>'
        f'<pre tabindex="0" aria-label="{title}">{lines}</pre></div>'
    )


def error_html(error: R1Error, language: Language) -> str:
    """What was refused and what to do."""
    label = "" if language == "en" else f"{escape(t('inbox.refused', language))}<br>"
    return notice(f"{label}{reason_html(f'{error}.', language)}")


def _state(kind: str, text: str) -> str:
    return f'<p class="ib-state ib-{kind}">{escape(text)}</p>'


def _duration(seconds: float, language: Language) -> str:
    """A duration in the largest unit that fits."""
    for unit, size in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE)):
        if seconds >= size:
            return t(f"inbox.{unit}", language, count=int(seconds // size))
    return t("inbox.seconds", language, count=int(seconds))
