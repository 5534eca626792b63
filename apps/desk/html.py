"""The support desk's page as HTML. Everything that customers wrote is escaped."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import Literal

from apps.support.chat import summary
from apps.support.company import Company
from apps.support.conversation import Reply, Turn
from apps.support.store import HandOff, Message
from apps.support.words import in_words
from apps.ui.language import language_tag, spoken
from apps.ui.texts import joined, t
from apps.ui.times import to_the_minute
from knowledge.faq.difference import Difference
from knowledge.faq.library import Publication, Version
from knowledge.faq.search import SearchResult
from knowledge.retrieval.language import Language

from .drafts import Draft
from .running import Running

THREAD = 200
"""Newest messages of a conversation that are shown."""


def when(at: datetime, company: Company) -> str:
    """A time to the minute in the company's time zone, with the zone."""
    return to_the_minute(company.local(at))


def shortened(text: str, length: int = 120) -> str:
    """A text for a line of a list: its first characters, with an ellipsis where some are left out."""
    return text if len(text) <= length else f"{text[:length].rstrip()}…"


def empty(key: str, language: Language) -> str:
    """A line saying that there is nothing."""
    return f'<p class="r1-meta desk-empty">{t(key, language)}</p>'


def hand_off_html(hand_off: HandOff, turns: Sequence[Turn], language: Language, *, sends_mail: bool) -> str:
    """What the desk must know before answering, in the operator's language; e-mails have it in the customer's."""
    heading = hand_off.reference
    if hand_off.topic:
        topic = t("summary.topic", language, topic=t(f"topics.{hand_off.topic}", language))
        heading += f" · {topic.rstrip('.。')}"
    version = t("desk.version_is", language, version=hand_off.library_version)
    lines = summary(turns, language, shown=hand_off.note).splitlines()
    if hand_off.to_be_called:
        lines.append(t("desk.call", language, phone=hand_off.email))
    elif not sends_mail:
        lines.append(t("desk.no_mail", language, email=hand_off.email))
    return (
        f'<div class="desk-card"><h3>{escape(heading)}</h3>'
        + (_note_html(hand_off.note, language) if hand_off.note else "")
        + "".join(f"<p>{escape(line)}</p>" for line in lines)
        + f'<p class="r1-meta">{escape(hand_off.email)} · {escape(version)}</p></div>'
    )


def _note_html(note: str, language: Language) -> str:
    whose = f"<strong>{t('desk.note', language)}</strong>"
    return f'<div class="desk-note">{whose}<span {spoken(note)}>{escape(note)}</span></div>'


def thread_html(messages: Sequence[Message], company: Company, language: Language, *, details: bool = False) -> str:
    """The newest messages of a conversation, scrolled to the end or, with details, to the beginning.

    Args:
        messages: the last ones, one more than :data:`THREAD` if there are more.
        details: adds the version that answered and the scores of the nearest entries.
    """
    turns = "".join(_message(message, company, language, details) for message in messages[-THREAD:])
    if len(messages) > THREAD:
        turns = f'<p class="r1-meta">{t("desk.left_out", language, count=THREAD)}</p>{turns}'
    label = t("chat.log", language)
    newest = "" if details else " desk-newest"
    return (
        f'<div class="desk-thread{newest}" role="log" aria-label="{label}" tabindex="0">'
        f'<div class="r1-log">{turns}</div></div>'
    )


def _message(message: Message, company: Company, language: Language, details: bool) -> str:
    side = {"customer": "r1-bot", "bot": "r1-bot", "desk": "r1-user"}[message.author]
    who = " · ".join(filter(None, (t(f"desk.{message.author}", language), message.signed)))
    text, more = message.text, ""
    if message.reply:
        side += f" r1-{message.reply.action.value}"
        text = in_words(company, message.reply)
        who += f" · {t(f'actions.{message.reply.action.value}', language)}"
        more = _basis(message.reply, language) if details else ""
    if message.thumb:
        who += f" · {t('desk.thumb_up' if message.thumb > 0 else 'desk.thumb_down', language)}"
    return (
        f'<div class="r1-turn {side}"><p class="desk-who">{escape(who)} · {when(message.created_at, company)}</p>'
        f"<p {spoken(text)}>{escape(text)}</p>{more}</div>"
    )


def _basis(reply: Reply, language: Language) -> str:
    if not reply.scores:
        return ""
    scores = ", ".join(f"{escape(id)} {score:.2f}" for id, score in reply.scores)
    version = t("desk.version_is", language, version=reply.library_version)
    return f'<p class="r1-meta">{escape(version)} · {t("desk.scores", language)}{scores}</p>'


def draft_html(draft: Draft, company: Company, language: Language) -> str:
    """A draft, for the second person to read."""
    entry = draft.entry
    others = "".join(f"<li {spoken(text)}>{escape(text)}</li>" for text in entry.questions[1:])
    by = t("desk.written_by", language, author=draft.author, at=when(draft.created_at, company))
    return (
        f'<div class="desk-card"><div lang="{language_tag(entry.language)}"><h3>{escape(entry.title)}</h3>'
        f'<p class="desk-text">{escape(entry.answer)}</p></div>'
        + (f"<h4>{t('desk.wordings', language)}</h4><ul>{others}</ul>" if others else "")
        + f'<p class="r1-meta">{escape(entry.id)} · {escape(by)}</p></div>'
    )


def running_html(running: Running, company: Company, language: Language) -> str:
    """Who publishes since when, and how far it is."""
    since = t("desk.running", language, approver=running.approver, at=when(running.began_at, company))
    key = "desk.running_tests" if running.done else "desk.running_begins"
    step = t(key, language, done=f"{running.done:,}", tests=f"{running.tests:,}")
    return f'<p class="r1-meta">{escape(joined((since, step), language))}</p>'


def state_of(version: int, publications: Sequence[Publication]) -> Literal["published", "earlier", "draft"]:
    """Whether customers get a version now, got it before, or never did.

    Args:
        publications: all, newest first.
    """
    numbers = [each.version for each in publications]
    return "published" if numbers[:1] == [version] else "earlier" if version in numbers else "draft"


def versions_html(
    versions: Sequence[Version],
    publications: Sequence[Publication],
    served: str,
    company: Company,
    language: Language,
) -> str:
    """All versions: state, size, author and approver."""
    decided = {each.version: each for each in reversed(publications)}
    rows = []
    for version in versions:
        last = decided.get(version.number)
        rows.append(
            [
                str(version.number),
                t(f"desk.{state_of(version.number, publications)}", language),
                f"{version.entries:,}",
                f"{version.tests:,}",
                f"{version.author}\n{when(version.created_at, company)}",
                f"{last.approver}\n{when(last.published_at, company)}" if last else "–",
            ]
        )
    now = t("desk.served", language, version=served)
    heads = [t(f"desk.{name}", language) for name in ("version", "state", "entries", "tests", "author", "approver")]
    return f"<p>{escape(now)}</p>" + (table(heads, rows) if rows else empty("desk.no_versions", language))


def difference_html(number: int, changes: Difference, language: Language) -> str:
    """What a version would change, shown before it is decided about."""
    added, removed = ([entry.title for entry in entries] for entries in (changes.added, changes.removed))
    changed = [change.after.title for change in changes.changed]
    counts = t("desk.changes", language, added=len(added), removed=len(removed), changed=len(changed))
    items = [
        f"{sign} {title}" for sign, titles in zip("+−~", (added, removed, changed), strict=True) for title in titles
    ]
    shown = "".join(f"<li {spoken(item)}>{escape(item)}</li>" for item in items[:30])
    title = t("desk.version_is", language, version=number)
    return f'<div class="desk-card"><h3>{escape(title)}</h3><p>{escape(counts)}</p><ul>{shown}</ul></div>'


def try_html(result: SearchResult, reply: Reply, text: str, language: Language) -> str:
    """What the chat does with a question, and why: probabilities and thresholds, and the nearest entries."""
    does = t("desk.does", language, action=t(f"actions.{reply.action.value}", language))
    chances = (
        t(
            "desk.chances",
            language,
            right=f"{result.chances.right:.2f}",
            answer_at=f"{result.thresholds.answer_at:.2f}",
            covered=f"{result.chances.covered:.2f}",
            suggest_at=f"{result.thresholds.suggest_at:.2f}",
        )
        if result.thresholds
        else ""
    )
    before = f"<p>{t('desk.before_search', language)}</p>" if not reply.library_version else ""
    rows = [[match.entry.id, match.entry.title, f"{match.score:.2f}"] for match in result.matches]
    heads = [t(f"desk.{name}", language) for name in ("entry", "title_of_entry", "score")]
    return (
        f'<div class="desk-card"><h3>{escape(does)}</h3>{before}<p class="desk-text" {spoken(text)}>{escape(text)}</p>'
        f'<p class="r1-meta">{escape(chances)}</p></div>{table(heads, rows)}'
    )


def table(heads: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """A table that scrolls sideways on narrow screens, also by keyboard; its columns are its accessible name."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in heads)
    body = "".join(f"<tr>{''.join(map(_cell, heads, row))}</tr>" for row in rows)
    return (
        f'<div class="desk-scroll" role="group" aria-label="{escape(", ".join(heads))}" tabindex="0">'
        f'<table class="desk-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(head: str, text: str) -> str:
    return f'<td data-name="{escape(head)}" {spoken(text)}>{escape(text)}</td>'
