"""The frame of the plain HTML pages: the start page, the sign-in and those that only show something."""

import logging
from collections.abc import Callable, Mapping
from html import escape
from string import Template
from urllib.parse import parse_qs, quote

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from core.errors import StorageError
from core.files import packaged
from core.log_throttle import ThrottledLog
from knowledge.retrieval.language import Language

from .language import language_tag, other, page_language
from .texts import t
from .theme import css

SIGN_OUT, SESSION = "/sign-out", "/session"
"""Paths for signing out, and for checking whether a page is still signed in."""

IDLE = "x-idle-seconds"
"""Header with the time without use after which a page is signed out."""

_log = logging.getLogger(__name__)
_MAX_FORM = 4096  # bytes

_PAGE = Template("""<!doctype html>
<html lang="$code">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>$css</style>
</head>
<body class="r1-start $kind">
<main>
<header><h1>$title</h1>$who<a class="r1-button" href="?lang=$other$query" lang="$other">$switch</a></header>
$lead
$body
</main>
</body>
</html>
""")


_WHO = Template("""<div id="who" data-idle="$idle" data-stay="$stay">$button</div>
<script>{ const element = document.getElementById("who");
$script
}</script>
""")


def plain_page(
    title: str,
    body: str,
    language: Language,
    *,
    lead: str = "",
    kind: str = "",
    query: Mapping[str, str] | None = None,
    who: str = "",
) -> str:
    """A whole page with a link to itself in the other language.

    Args:
        title, lead: plain text; the lead is shown below the title.
        body: HTML.
        kind: a CSS class, besides that of every such page.
        query: parameters that the address keeps when the language changes.
        who: the name of who is signed in, on a page that only they may see; it disappears when the session ends.
    """
    return _PAGE.substitute(
        code=language_tag(language),
        other=other(language),
        title=escape(title),
        css=css(),
        switch=t("shared.language", language),
        lead=f'<p class="r1-lead">{escape(lead)}</p>' if lead else "",
        kind=kind,
        query="".join(f"&amp;{name}={quote(value)}" for name, value in (query or {}).items()),
        body=body,
        who=_signed_in(language, who) if who else "",
    )


def _signed_in(language: Language, name: str) -> str:
    """Who is signed in, the button to sign out, and the script that watches the session."""
    return _WHO.substitute(
        idle=escape(t("shared.idle", language)),
        stay=escape(t("shared.stay", language)),
        button=sign_out_button(language, name),
        script=packaged("apps.ui", "session.js").read_text("utf-8"),
    )


def back_to_start(language: Language) -> str:
    """A link to the start page."""
    return f'<p><a href="/?lang={language}">{t("shared.start_page", language)}</a></p>'


def sign_out_button(language: Language, name: str) -> str:
    """Who is signed in, and a button to sign out, for a page's header; with the data for its ``session.js``."""
    return (
        f'<form class="r1-account" method="post" action="{SIGN_OUT}" data-session="{SESSION}" '
        f'data-idle-header="{IDLE}"><span>{escape(name)}</span>'
        f'<button class="r1-button">{t("sign_in.out", language)}</button></form>'
    )


def missing(request: Request) -> Response:
    """The 404 answer."""
    return apology(request, 404, "Not Found", "nothing_here", back_to_start)


class Unavailable:
    """The answer while the database cannot be reached; logs the error."""

    def __init__(self) -> None:
        self._failures = ThrottledLog(_log, "Pages cannot be shown: %s")

    async def __call__(self, request: Request, error: Exception) -> Response:
        """Answers 503; usable as an exception handler."""
        if isinstance(error, StorageError):
            self._failures.error(error)
        return apology(request, 503, "Service Unavailable", "unavailable", back_to_start)


def apology(request: Request, status: int, detail: str, text: str, back: Callable[[Language], str]) -> Response:
    """A page for a browser, JSON for a program.

    Args:
        detail: for the program.
        text: key of the page's title among the shared texts; with ``_text`` at its end, of its text.
        back: the link to go on by.
    """
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"detail": detail}, status)
    language = page_language(request)
    body = f"<p>{t(f'shared.{text}_text', language)}</p>{back(language)}"
    return HTMLResponse(plain_page(t(f"shared.{text}", language), body, language), status)


async def form_fields(request: Request) -> dict[str, str]:
    """The non-empty fields of a small form; none if it is malformed or over 4 KiB."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM:
            return {}
    try:
        fields = parse_qs(body.decode(), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}
