"""What the support chat shows as HTML."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from apps.support.company import Company, read_company
from apps.support.conversation import Citation, Reply, each_answered
from apps.support.html import log_html, reply_html
from apps.support.policy import Action
from apps.support.service import SupportService
from apps.support.ui import ChatPage
from apps.support.widget import widget_script
from core.server.metrics import Metrics
from knowledge.retrieval.language import Language

SAMPLE = Path(__file__).parents[3] / "apps/support/sample_company/company.toml"


@dataclass
class _Service:
    company: Company


SERVICE = cast(SupportService, _Service(read_company(SAMPLE)))
DAY = date(2026, 1, 2)


def shown(text: str, action: Action = Action.ANSWER) -> str:
    return reply_html(SERVICE, Reply(action, "en", text))


@pytest.mark.parametrize(
    ("text", "address", "words"),
    [
        ("Book at https://a.example/b?c=1&d=2.", "https://a.example/b?c=1&amp;d=2", "https://a.example/b?c=1&amp;d=2"),
        ("Our page (https://a.example/b) says how.", "https://a.example/b", "https://a.example/b"),
        ("请访问https://a.example/b。", "https://a.example/b", "https://a.example/b"),
        ("Write to ann.lee@a.example.", "mailto:ann.lee@a.example", "ann.lee@a.example"),
        ("可写信至ann@a.example。", "mailto:ann@a.example", "ann@a.example"),
        ("See https://a.example/A_(b)", "https://a.example/A_(b)", "https://a.example/A_(b)"),
        ("(https://a.example/A_(b))", "https://a.example/A_(b)", "https://a.example/A_(b)"),
        ("https://münchen.example/é, please", "https://münchen.example/é", "https://münchen.example/é"),
        ('<a href="https://a.example/b">here</a>', "https://a.example/b", "https://a.example/b"),
    ],
)
def test_an_address_in_an_answer_is_a_link(text: str, address: str, words: str) -> None:
    html = shown(text)
    assert f'<a href="{address}"' in html
    assert f">{words}</a>" in html


def test_each_of_several_answers_has_a_heading_and_a_mark() -> None:
    first, second = (Citation(id, f"{id} <b>?", f"Go to https://{id}.example/.", "", DAY) for id in ("one", "two"))
    both = Reply(Action.ANSWER, "en", each_answered((first, second)), citations=(first, second))
    html = reply_html(SERVICE, both)
    for number, id in enumerate(("one", "two"), start=1):
        assert f'<h2 lang="en">{id} &lt;b&gt;?</h2><p lang="en">Go to <a href="https://{id}.example/"' in html
        assert html.count(f'<span class="r1-cite">[{number}]</span>') == 1


def test_a_single_answer_has_a_mark_and_no_heading() -> None:
    html = shown("Press [1] on the keypad.")
    assert "<h2" not in html
    assert '<p lang="en">Press [1] on the keypad. <span class="r1-cite">[1]</span></p>' in html


def test_the_marks_in_composed_words_are_those_of_their_sources() -> None:
    sources = tuple(Citation(id, id, "…", "", DAY) for id in ("one", "two"))
    composed = Reply(Action.ANSWER, "en", "Close it [1]. Press [7] [2].", citations=sources, is_composed=True)
    html = reply_html(SERVICE, composed)
    assert 'Close it <span class="r1-cite">[1]</span>. Press [7] <span class="r1-cite">[2]</span>.</p>' in html
    assert "<h2" not in html


@pytest.mark.parametrize(
    "text",
    [
        "Mails come from @a.example.",
        "javascript:alert(1)",
        "https://",
        "http://.",
        "Reference 2026 0001 17",
        "a@b",
        "10@2.50",
        "kit@1.2",
    ],
)
def test_nothing_else_is(text: str) -> None:
    assert "<a" not in shown(text)


def test_a_link_cannot_be_left() -> None:
    html = shown('https://a.example/"onmouseover="alert(1)<b>')
    assert '"onmouseover' not in html
    assert "<b>" not in html


def test_a_number_to_call_is_a_link_where_it_must_be_called() -> None:
    assert '<a href="tel:+442079460100">+44 20 7946 0100</a>' in shown("Call +44 20 7946 0100.", Action.CRITICAL)


@pytest.mark.parametrize(("language", "own", "ours"), [("en", "You:", "AI assistant:"), ("zh", "您：", "智能助手：")])
def test_a_bubble_says_whose_it_is(language: Language, own: str, ours: str) -> None:
    service = cast(SupportService, _Service(read_company(SAMPLE)))
    html = log_html(service, language, [("user", "<p>1</p>"), ("answer", "<p>2</p>"), ("desk", "<p>3</p>")])
    said = re.findall(r">([^<>]*?) ?(?:</span>)?<p>(\d)</p>", html)
    assert said == [(own, "1"), (ours, "2"), ("", "3")]


@pytest.mark.parametrize(
    ("language", "shown"), [("en", [("a", True), ("b", True)]), ("zh", [("c", True), ("", False)])]
)
def test_each_language_shows_all_its_examples(language: Language, shown: list[tuple[str, bool]]) -> None:
    company = read_company(SAMPLE).model_copy(update={"examples": {"en": ("a", "b"), "zh": ("c",)}})
    chat: Any = SimpleNamespace(service=_Service(company), store=None)
    (start,) = (event.fn for event in ChatPage(chat, Metrics()).blocks.fns.values() if event.name == "start")
    changes = start("", SimpleNamespace(query_params={"lang": language}, headers={}))
    buttons = [change for part, change in changes.items() if part.parent and part.parent.elem_id == "examples"]
    assert [(button["value"], button["visible"]) for button in buttons] == shown


def test_the_widget_brings_its_style_and_its_words() -> None:
    script = widget_script(read_company(SAMPLE))
    assert "*/ null" not in script
    assert ":host { all: initial !important; }" in script
    assert "Harbour Bank" in script
