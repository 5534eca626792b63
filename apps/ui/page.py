"""The frame of the pages that are plain HTML: the start page, the sign-in and those that only show something."""

from collections.abc import Mapping
from html import escape
from string import Template
from urllib.parse import parse_qs, quote

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from knowledge.retrieval.language import Language

from .language import language_tag, other, page_language
from .texts import t
from .theme import css

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
<header><h1>$title</h1><a class="r1-button" href="?lang=$other$query" lang="$other">$switch</a></header>
$lead
$body
</main>
</body>
</html>
""")


def plain_page(
    title: str, body: str, language: Language, *, lead: str = "", kind: str = "", query: Mapping[str, str] | None = None
) -> str:
    """A whole page with a link to itself in the other language.

    Args:
        title, lead: text; the lead stands below the title.
        body: HTML.
        kind: class of the style sheet, beside that of every such page.
        query: what the address keeps when the language changes.
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
    )


def back_to_start(language: Language) -> str:
    """A link to the start page."""
    return f'<p><a href="/?lang={language}">{t("shared.start_page", language)}</a></p>'


def missing(request: Request) -> Response:
    """The answer where there is nothing: a page for a browser, JSON for a program."""
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"detail": "Not Found"}, 404)
    language = page_language(request)
    body = f"<p>{t('shared.nothing_here_text', language)}</p>{back_to_start(language)}"
    return HTMLResponse(plain_page(t("shared.nothing_here", language), body, language), 404)


async def form_fields(request: Request) -> dict[str, str]:
    """The fields of a small form, without those left empty; none of a form that is broken or over 4 KiB."""
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
