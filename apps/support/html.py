"""The support chat as HTML. Everything from customers, desk and FAQ is escaped here."""

import re
from collections.abc import Sequence
from html import escape

from apps.ui.language import language_tag, spoken
from apps.ui.texts import t
from knowledge.retrieval.language import Language, Written

from .conversation import Citation, Reply
from .policy import Action
from .service import SupportService
from .store import Message
from .words import after_titles, hours, lead, reach, rest, sentence, weekly_hours

# Patterns of links; numbers only where they can only be telephone numbers. The widget has the same.
_ADDRESS = (
    r"https?://(?:[!#-'*-;=?-_a-~À-ɏ]|\([\w-]*\))*(?:[\w/#=&%~À-ɏ-]|\([\w-]*\))"
    r"|[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[a-zA-Z]{2,63}"
)
_LINK = re.compile(f"({_ADDRESS})", re.ASCII)
_DIALABLE = re.compile(f"({_ADDRESS}|\\+?\\d[\\d ]{{5,}}\\d)", re.ASCII)


def log_html(service: SupportService, language: Language, bubbles: list[tuple[str, str]], key: str = "") -> str:
    """The conversation from its greeting, and the notice for when the server cannot be reached.

    Args:
        bubbles: side (a CSS class) and HTML of each.
        key: what the page needs to restore the conversation after a reload.
    """
    greeting = ("greeting", paragraph(service.company.greeting[language]))
    turns = "".join(
        f'<div class="r1-turn {"r1-user" if side == "user" else f"r1-bot r1-{side}"}">'
        f"{_speaker(side, language)}{html}</div>"
        for side, html in [greeting, *bubbles]
    )
    label, waiting = t("chat.log", language), t("chat.waiting", language)
    down = _dialable(t("chat.down", language, phone=service.company.phone))
    times = escape(weekly_hours(service.company, language))
    return (
        f'<div class="r1-log" role="region" aria-label="{label}" tabindex="0" data-waiting="{waiting}" '
        f'data-key="{key}">{turns}</div><div class="r1-notice r1-down" role="alert" hidden>{down}<br>{times}</div>'
    )


def _speaker(side: str, language: Language) -> str:
    """The author of a bubble, for screen readers; a colleague's bubble names its author visibly."""
    if side == "desk":
        return ""
    return f'<span class="r1-hidden">{t("chat.you" if side == "user" else "chat.bot", language)} </span>'


def bubbles_of(service: SupportService, messages: Sequence[Message], language: Language) -> list[tuple[str, str]]:
    """The bubbles of a conversation, for :func:`log_html`."""
    return [_bubble(service, message, language) for message in messages]


def _bubble(service: SupportService, message: Message, language: Language) -> tuple[str, str]:
    if message.reply:
        return message.reply.action.value, reply_html(service, message.reply)
    if message.author == "desk":
        who = f'<p class="r1-meta">{t("chat.colleague", language)}</p>'
        return "desk", f"{who}<p {spoken(message.text)}>{_linked(message.text)}</p>"
    return "user", paragraph(message.text)


def reply_html(service: SupportService, reply: Reply) -> str:
    """The bubble of a reply."""
    company, language = service.company, reply.written
    if reply.action is Action.HAND_OFF:  # its form says the rest
        besides = [t("support.besides", language)] if reply.suggestions else []
        asked = [reply.text] if reply.text else []
        said = "".join(
            map(paragraph, [*asked, t("support.hand_off_offer", language), hours(company, language), *besides])
        )
    elif reply.action is Action.ANSWER:
        said = _answer_html(reply) + "".join(map(paragraph, rest(reply)))
    else:
        said = "".join(f"<p>{_dialable(line)}</p>" for line in sentence(company, reply).splitlines())
        said += _sources_html(reply) if reply.citations else ""
    titles = "".join(f"<li {spoken(title)}>{escape(title)}</li>" for title in reply.suggestions)
    said += f"<ul>{titles}</ul>" if titles else ""  # shown once the buttons with the same texts are gone
    said += "".join(map(paragraph, after_titles(reply)))
    return f'<div lang="{language_tag(language)}">{said}</div>'  # which may differ from the page's


def _answer_html(reply: Reply) -> str:
    before = "".join(f'<p class="r1-meta">{line}</p>' for line in lead(reply))
    if reply.text_language != reply.language:
        key = "chat.english_only" if reply.text_language == "en" else "chat.chinese_only"
        before += f'<p class="r1-meta">{t(key, reply.written)}</p>'
    tongue = f'lang="{language_tag(reply.text_language)}"'
    if reply.is_composed:
        said = f"<p {tongue}>{_marked(reply)}</p>"
    else:
        several = len(reply.citations) > 1
        answers = [citation.passage for citation in reply.citations] if several else [reply.text]
        titles = [f"<h2 {tongue}>{escape(citation.title)}</h2>" for citation in reply.citations] if several else [""]
        said = "".join(
            f"{title}<p {tongue}>{_linked(answer)} {_mark(number)}</p>"
            for number, (title, answer) in enumerate(zip(titles, answers, strict=True), start=1)
        )
    return f"{before}{said}{_sources_html(reply)}"


def _marked(reply: Reply) -> str:
    """The model's text, which already contains the numbers of the sources."""
    places = range(1, len(reply.citations) + 1)
    return re.sub(r"\[(\d+)\]", lambda m: _mark(int(m[1])) if int(m[1]) in places else m[0], _linked(reply.text))


def _mark(number: int) -> str:
    return f'<span class="r1-cite">[{number}]</span>'


def _sources_html(reply: Reply) -> str:
    sources = "".join(
        _source_html(n, citation, reply.written, quote=reply.is_composed)
        for n, citation in enumerate(reply.citations, start=1)
    )
    summary = t("chat.sources", reply.written, count=len(reply.citations))
    return f'<details class="r1-sources"><summary>{summary}</summary>{sources}</details>'


def _source_html(number: int, citation: Citation, language: Written, *, quote: bool) -> str:
    updated = t("chat.updated", language, date=citation.updated.isoformat())
    link = ""
    if citation.link:
        words = t("support.open_article", language)
        link = f' · <a href="{escape(citation.link)}" target="_blank" rel="noopener noreferrer">{words}</a>'
    # A vetted answer is the passage itself.
    passage = f"<blockquote {spoken(citation.passage)}>{escape(citation.passage)}</blockquote>" if quote else ""
    title = f"<p {spoken(citation.title)}><strong>[{number}] {escape(citation.title)}</strong></p>"
    return f'{title}{passage}<p class="r1-meta">{updated}{link}</p>'


def form_html(service: SupportService, language: Language) -> str:
    """The text above the form for reaching a person."""
    company = service.company
    lines = f"<p>{_dialable(hours(company, language))}</p><p>{_linked(reach(company, language))}</p>"
    return f"<h2>{t('chat.person', language)}</h2>{lines}"


def _linked(text: str, pattern: re.Pattern[str] = _LINK) -> str:
    parts = pattern.split(text)
    return "".join(_anchor(part) if place % 2 else escape(part) for place, part in enumerate(parts))


def _dialable(text: str) -> str:
    """The text with links, including telephone numbers, which a phone calls on a tap."""
    return _linked(text, _DIALABLE)


def _anchor(part: str) -> str:
    shown = escape(part)
    if part.startswith("http"):
        return f'<a href="{shown}" target="_blank" rel="noopener noreferrer">{shown}</a>'
    kind, target = ("mailto", shown) if "@" in part else ("tel", part.replace(" ", ""))
    return f'<a href="{kind}:{target}">{shown}</a>'


def paragraph(text: str) -> str:
    """A bubble of plain text."""
    return f"<p {spoken(text)}>{escape(text)}</p>"
