"""The start page: what runs here and where to find it."""

from html import escape
from string import Template

from apps.bootstrap import Suite
from knowledge.retrieval.language import Language

from .language import english
from .page import plain_page
from .texts import t

_BODY = Template("""<div class="r1-cards">$cards</div>
<h2>$running</h2>
<dl>$facts</dl>
<p><a href="/desk/?lang=$language">$desk</a> · <a href="/diagnosis/review?lang=$language">$review</a>
· <a href="/train?lang=$language">$trainings</a></p>
<p class="r1-meta">$acknowledgement</p>
<p class="r1-notice">$notice</p>""")


def start_page(suite: Suite, language: Language) -> str:
    """The page as HTML."""
    support, knowledge = suite.chat.service, suite.diagnosis.knowledge
    company, about = support.company.name[language], support.company.description[language]
    library = support.library
    facts = {
        t("start.model", language): suite.engine.model_name,
        t("start.faq", language): t(
            "start.faq_value", language, company=company, entries=len(library.entries), version=library.version
        ),
        t("start.knowledge", language): f"{knowledge.source} {knowledge.version}",
    }
    cards = _card("support", language, company=company, about=about) + _card("diagnosis", language)
    if suite.inbox is not None:
        cards += _card("inbox", language, path="ehr/inbox")
    body = _BODY.substitute(
        language=language,
        cards=cards,
        running=t("start.running", language),
        facts="".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items()),
        desk=t("desk.title", language),
        review=t("review.title", language),
        trainings=t("trainings.title", language),
        acknowledgement=english(knowledge.acknowledgement),
        notice=t("start.notice", language),
    )
    return plain_page(t("start.title", language), body, language, lead=t("start.lead", language))


def _card(name: str, language: Language, path: str = "", **values: str) -> str:
    text = escape(t(f"start.{name}_text", language, **values))
    heading, button = t(f"start.{name}", language), t("start.open", language)
    link = f"/{path or name}/?lang={language}"
    return (
        f'<section><h2>{heading}</h2><p>{text}</p><a class="r1-button r1-primary" href="{link}">{button}'
        f"<span class='r1-hidden'> {heading}</span></a></section>"
    )
