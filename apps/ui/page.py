"""The frame of the pages that are plain HTML: the start page and those that only show something."""

from html import escape
from string import Template

from knowledge.retrieval.language import Language

from .labels import other
from .texts import t
from .theme import css

_PAGE = Template("""<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>$css</style>
</head>
<body class="r1-start">
<main>
<header><h1>$title</h1><a class="r1-button" href="?lang=$other" lang="$other">$switch</a></header>
<p class="r1-lead">$lead</p>
$body
</main>
</body>
</html>
""")


def plain_page(title: str, lead: str, body: str, language: Language) -> str:
    """A whole page with a link to itself in the other language.

    Args:
        title, lead: text.
        body: HTML.
    """
    return _PAGE.substitute(
        language=language,
        other=other(language),
        title=escape(title),
        css=css(),
        switch=t("shared.language", language),
        lead=escape(lead),
        body=body,
    )
