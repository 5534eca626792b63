"""The start page: what runs here and where it is."""

from html import escape
from string import Template

from apps.bootstrap import Suite
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
<div class="r1-cards">$cards</div>
<h2>$running</h2>
<dl>$facts</dl>
<p><a href="/train?lang=$language">$trainings</a></p>
<p class="r1-meta">$acknowledgement</p>
<p class="r1-notice">$notice</p>
</main>
</body>
</html>
""")


def start_page(suite: Suite, language: Language) -> str:
    """The page as HTML."""
    company = suite.support.company.name[language]
    about = suite.support.company.description[language]
    library, knowledge = suite.support.library, suite.diagnosis.knowledge
    facts = {
        t("start.model", language): suite.engine.model_name,
        t("start.faq", language): t(
            "start.faq_value", language, company=company, entries=len(library.entries), version=library.version
        ),
        t("start.knowledge", language): f"{knowledge.source} {knowledge.version}",
    }
    cards = _card("support", language, company=company, about=about) + _card("diagnosis", language)
    return _PAGE.substitute(
        language=language,
        other=other(language),
        title=t("start.title", language),
        css=css(),
        switch=t("shared.language", language),
        lead=t("start.lead", language),
        cards=cards,
        running=t("start.running", language),
        facts="".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items()),
        acknowledgement=escape(knowledge.acknowledgement),
        trainings=t("trainings.title", language),
        notice=t("start.notice", language),
    )


def _card(name: str, language: Language, **values: str) -> str:
    text = escape(t(f"start.{name}_text", language, **values))
    heading, button = t(f"start.{name}", language), t("start.open", language)
    return (
        f'<section><h2>{heading}</h2><p>{text}</p><a class="r1-button r1-primary" href="/{name}/">{button}'
        f"<span class='r1-hidden'> {heading}</span></a></section>"
    )
