"""What of a page in Markdown or HTML is an FAQ entry."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputFormatError
from knowledge.faq.sources import LeftOut, read_faq, read_sources
from tests.unit.faq.refusals import is_read_or_refused
from tests.unit.faq.written_pages import pairs, read

MARKDOWN = """\
---
audience: internal
tags: [cards, staff]
updated: 2026-01-02
link: https://example.com/cards
---
# Cards

What customers ask about cards.

## How do I *report* a lost card? {#card-lost}

Call **us** or use [the app](https://example.com/app).

1. Choose *Cards*.
2. Tap `Lost`.

- Day
- Night

| Where | How long |
|---|---|
| UK | 3 days |

## More

### 卡丢了怎么办？

请立即
挂失。

<details><summary>Is it free?</summary>

Yes. <script>alert(1)</script>

</details>
"""


def test_markdown(tmp_path: Path) -> None:
    lost, chinese, free = read(tmp_path / "cards.md", MARKDOWN)
    assert (lost.id, lost.title) == ("card-lost", "How do I report a lost card?")
    assert lost.answer == (
        "Call us or use the app (https://example.com/app).\n1. Choose Cards.\n2. Tap Lost.\n- Day\n- Night\n"
        "Where | How long\nUK | 3 days"
    )
    assert (lost.audience, lost.tags, lost.updated) == ("internal", ("cards", "staff"), date(2026, 1, 2))
    assert str(lost.link) == "https://example.com/cards"
    assert (chinese.language, chinese.title, chinese.answer) == ("zh", "卡丢了怎么办？", "请立即 挂失。")
    assert (free.id, free.title, free.answer) == ("is-it-free", "Is it free?", "Yes.")
    assert {entry.audience for entry in (lost, chinese, free)} == {"internal"}


def test_several_first_headings_are_questions(tmp_path: Path) -> None:
    assert pairs(read(tmp_path / "faq.md", "# One?\na\n# Two?\nb\n")) == [("One?", "a"), ("Two?", "b")]
    assert pairs(read(tmp_path / "faq.md", "# Alone?\na\n")) == [("Alone?", "a")]


def test_a_heading_without_text_is_a_section_if_others_follow_below_it_or_it_does_not_ask(tmp_path: Path) -> None:
    text = "# What is new?\n\n## Lost your card?\n\n### In Britain\na\n\n## How do I pay?\n\nCash\n: b\n\n## Links\n"
    assert pairs(read(tmp_path / "faq.md", text)) == [("In Britain", "a"), ("How do I pay?", "Cash : b")]
    text = "<h2>Cards?</h2><details><summary>Q</summary>a</details><h2>Fees?</h2><dl><dt>R<dd>b</dl><h2>Follow us</h2>"
    assert pairs(read(tmp_path / "faq.html", text)) == [("Q", "a"), ("R", "b")]


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("# I can smell gas\n\nCall.\n\n## Good to know\n\na\n", [("I can smell gas", "Call."), ("Good to know", "a")]),
        ("# How do I pay?\n\nBy card.\n\n## Why so?\n\na\n", [("How do I pay?", "By card."), ("Why so?", "a")]),
        ("# Smell of gas {#gas}\n\nCall.\n\n## Why?\n\na\n", [("Smell of gas", "Call."), ("Why?", "a")]),
        ("# Cards\n\nOn cards.\n\n## Lost it?\n\na\n", [("Lost it?", "a")]),
        ("# Cards\n\nOn cards.\n\n## What is a fee\n\na\n\n## Links\n\nb\n", [("What is a fee", "a"), ("Links", "b")]),
        ("# Cards\n\nOn cards.\n\n<details><summary>Fees</summary>a</details>\n", [("Fees", "a")]),
    ],
)
def test_the_text_below_a_title_is_an_answer_unless_the_page_asks_below_it(
    tmp_path: Path, text: str, entries: list[tuple[str, str]]
) -> None:
    (tmp_path / "page.md").write_text(text)
    reading = read_sources([tmp_path / "page.md"])
    assert pairs(reading.entries) == entries
    told = (
        [LeftOut("page.md, line 1", "Cards", 9, "the title of other questions")] if text.startswith("# Cards") else []
    )
    assert list(reading.left_out) == told


ARTICLE = """<html lang="en"><div class="cookies"><h2>We value your privacy</h2>Accept all.</div>
<main>{}</main><footer><h4>Company</h4>Ltd</footer></html>"""
AROUND = "<section><h4>Was this helpful?</h4>3 of 4</section>"


@pytest.mark.parametrize(
    ("main", "entries", "left_out"),
    [
        ("<article><h1>Gas</h1>Call.</article>" + AROUND, [("Gas", "Call.")], ["We value", "Was this"]),
        ("<h1>Gas</h1>Call.<h2>Then</h2>Go.", [("Gas", "Call."), ("Then", "Go.")], ["We value"]),
        ("<article><h2>Q</h2>a</article><article><h2>R</h2>b</article>", [("Q", "a"), ("R", "b")], ["We value"]),
        ("<article><h1>FAQ</h1></article><h2>Q</h2>a", [("Q", "a")], ["We value"]),
        ("", [("We value your privacy", "Accept all.")], []),
        ("<article><h1>Gas</h1>a</article><h2>Is it on?</h2>b", [("Is it on?", "b")], ["Gas", "We value"]),
        (
            "<h2>Search</h2>Type.</main><section><h2>Is it on?</h2>b<h2>Why?</h2>c</section>",
            [("We value your privacy", "Accept all."), ("Search", "Type."), ("Is it on?", "b"), ("Why?", "c")],
            [],
        ),
        (
            "<h2>Search</h2>Type.</main><details><summary>Fees</summary>b</details>",
            [("We value your privacy", "Accept all."), ("Search", "Type."), ("Fees", "b")],
            [],
        ),
    ],
)
def test_the_main_part_of_a_page_is_read(
    tmp_path: Path, main: str, entries: list[tuple[str, str]], left_out: list[str]
) -> None:
    (tmp_path / "page.html").write_text(ARTICLE.format(main))
    reading = read_sources([tmp_path / "page.html"])
    assert pairs(reading.entries) == entries
    assert [" ".join(each.title.split()[:2]) for each in reading.left_out] == left_out
    assert {each.why for each in reading.left_out if each.title != "Gas"} <= {"outside the main part of the page"}


def test_what_most_pages_have_alike_is_told_and_no_entry(tmp_path: Path) -> None:
    page = "<h1>Gas {0}</h1>Call {0}.<h4>We use cookies</h4>On 4 pages.<h4>{1}</h4>a"
    for number in (1, 2):
        (tmp_path / f"{number}.html").write_text(page.format(number, "Prices"))
    with pytest.raises(InputFormatError, match=r"'we-use-cookies' stands already in 1\.html") as caught:
        read_faq(tmp_path)
    assert "If 'We use cookies' is no question but a part of every page" in caught.value.hint
    (tmp_path / "2.html").write_text(page.format(2, "Fees"))
    (tmp_path / "3.html").write_text("<h2>Gas</h2>a<h4>We use cookies</h4>On 4 pages.")
    (tmp_path / "4.csv").write_text("question,answer\nWe use cookies,On 4 pages.\n")
    reading = read_sources([tmp_path])
    assert [entry.title for entry in reading.entries] == ["Gas 1", "Prices", "Gas 2", "Fees", "Gas", "We use cookies"]
    assert [(each.title, each.why) for each in reading.left_out] == [("We use cookies", "the same in most pages")] * 3


def test_answers_that_differ_in_digits_or_have_an_id_are_not_what_most_pages_have_alike(tmp_path: Path) -> None:
    page = "<h2>Branch {0}</h2>a<h2{1}>When is it open?</h2>From {2}:00."
    for number in range(4):
        (tmp_path / f"{number}.html").write_text(page.format(number, f' data-faq-id="open-{number}"', number % 2))
    assert len(read_faq(tmp_path)) == 8
    for number in range(4):
        (tmp_path / f"{number}.html").write_text(page.format(number, "", number))
    with pytest.raises(InputFormatError, match="'when-is-it-open' stands already"):
        read_faq(tmp_path)


@pytest.mark.parametrize(
    "asked",
    [
        "Was this article helpful?",
        "Did this answer your question?",
        "Still need help?",
        "本文对您有帮助吗？",
        "这篇文章对您有帮助吗",
        "还有疑问？",
    ],
)
def test_what_a_page_asks_about_itself_is_no_entry(tmp_path: Path, asked: str) -> None:
    (tmp_path / "page.html").write_text(f"<h1>Gas</h1>Call.<h4>{asked}</h4>3 of 4.<h4>Is this tariff fixed?</h4>a")
    assert pairs(read_faq(tmp_path / "page.html")) == [("Is this tariff fixed?", "a")]
    (tmp_path / "page.html").write_text(f"<h1>Gas</h1>Call.<h4>{asked}</h4>3 of 4.")
    reading = read_sources([tmp_path / "page.html"])
    assert pairs(reading.entries) == [("Gas", "Call.")]
    assert [(each.title, each.why) for each in reading.left_out] == [(asked, "a question of the page about itself")]
    assert pairs(read(tmp_path / "page.md", f"## {asked}\n\nCall.\n")) == [(asked, "Call.")]


@pytest.mark.parametrize(
    "asked",
    [
        "结业证书有用吗，国家承认吗？",
        "学分对落户有帮助吗？",
        "证书对找工作有用吗？",
        "还有问题怎么办",
        "Is this helpful for deaf people?",
        "Still need a paper bill?",
        "Still have my old meter, what now?",
    ],
)
@pytest.mark.parametrize("name", ["page.html", "page.md"])
def test_what_only_begins_as_a_page_asks_about_itself_is_an_entry(tmp_path: Path, name: str, asked: str) -> None:
    assert pairs(read(tmp_path / name, f"<h2>{asked}</h2>\n\na\n\n<h2>Prices</h2>\n\nb\n")) == [
        (asked, "a"),
        ("Prices", "b"),
    ]


@pytest.mark.parametrize("answer", ["a", "Note: closed on Sundays."])
def test_a_line_across_the_top_is_no_front_matter(tmp_path: Path, answer: str) -> None:
    assert pairs(read(tmp_path / "faq.md", f"---\n\n## Q?\n\n{answer}\n")) == [("Q?", answer)]


@pytest.mark.parametrize(
    "top",
    [
        "---\n# of the desk\naudience: internal",
        "---\n\n  audience: internal",
        '---\n"audience": internal',
        "---\n{audience: internal}",
        "---\ntitle: Cards\naudience: internal",
        "---\nsidebar-label: Cards\n# of the desk\naudience: internal",
        "---\n" + "a: b\n" * 20_000 + "audience: internal",
        " ---\naudience: internal\n---",
        "\n---\naudience: internal\n---",
        "----\naudience: internal\n---",
        "--- # fields\naudience: internal\n---",
        "+++\naudience = 'internal'\n+++",
        "---\n" + "\n" * 50_000 + "audience: internal",
    ],
)
def test_an_audience_that_front_matter_loses_is_not_published(tmp_path: Path, top: str) -> None:
    with pytest.raises(InputFormatError, match="does not stand between"):
        read(tmp_path / "faq.md", f"{top}\n\n## Q?\n\na\n")


def test_what_generators_of_sites_keep_in_front_matter_is_ignored(tmp_path: Path) -> None:
    front = "---\ntitle: Orders\nlayout: page\ndate: 2026-10-01\naudience: internal\n---\n"
    (entry,) = read(tmp_path / "faq.md", front + "## Can I return it?\n\nYes.\n")
    assert (entry.title, entry.audience) == ("Can I return it?", "internal")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\naudiance: internal\n---\n# Q\na\n", r"faq\.md, front matter: audiance"),
        ("---\nupdated: [\n---\n# Q\na\n", r"faq\.md, front matter: not YAML"),
        ("---\n- a\n---\n# Q\na\n", r"faq\.md, front matter: named fields are expected"),
        ("---\ntags: cards, fees\n---\n# Q\na\n", r'faq\.md, front matter: tags: a list is written like \["cards"'),
        ("---\naudience: internal\n# Q\na\n", r"faq\.md, front matter: it does not stand between"),
        ("---\nlanguage: fr\n---\n# Q\na\n", r"faq\.md, front matter: language"),
        ("# Title\n\n## Q {#Not an id}\na\n## R {#NOT}\nb\n", r"faq\.md, line 5: id"),
        ("# Title\n\n## Q\na\n## Q\nb\n", r"faq\.md, line 5: id 'q' stands already in faq\.md, line 3 for en"),
        ("<details><summary>Q</summary></details>", r"faq\.md, line 1: the question has no answer"),
        ("# Title\n\n## Is it free?\n\n## R\na\n", r"faq\.md, line 3: the question has no answer"),
        ("# Title\n\n## R\na\n\n## 怎么退货\n", r"faq\.md, line 6: the question has no answer"),
        ("# Title\n\n### How do I pay\n\n## R\na\n", r"faq\.md, line 3: the question has no answer"),
        ("just text", r"faq\.md has no entries"),
        ("", r"faq\.md has no entries"),
        (">" * 5_000 + " x", r"faq\.md"),
    ],
    ids=range(15),
)
def test_malformed_markdown_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputFormatError, match=problem):
        read(tmp_path / "faq.md", text)


TAGS = st.sampled_from(
    [
        "h1",
        "h2",
        "h3",
        "dl",
        "dt",
        "dd",
        "details",
        "summary",
        "ul",
        "ol",
        "li",
        "p",
        "table",
        "td",
        "script",
        "nav",
        "a",
    ]
)
PIECES = st.one_of(
    TAGS.map(lambda tag: f"<{tag}>"),
    TAGS.map(lambda tag: f"</{tag}>"),
    st.sampled_from(
        ["text?", "# ", "\n\n", "- ", "{#id}", "<!--", "-->", "<![CDATA[", "&amp;", "---\n", "data-r1-line='9'"]
    ),
    st.text(max_size=5),
)


@given(pieces=st.lists(PIECES, max_size=25), ending=st.sampled_from([".html", ".md"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_markup_is_read_or_refused(tmp_path: Path, pieces: list[str], ending: str) -> None:
    path = tmp_path / f"faq{ending}"
    path.write_bytes("".join(pieces).encode("utf-8", "surrogatepass"))
    assert is_read_or_refused(path)


@given(content=st.binary(max_size=300), ending=st.sampled_from([".html", ".md"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, ending: str) -> None:
    path = tmp_path / f"faq{ending}"
    path.write_bytes(content)
    assert is_read_or_refused(path)


@given(front=st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_front_matter_is_read_or_refused(tmp_path: Path, front: str) -> None:
    path = tmp_path / "faq.md"
    path.write_bytes(f"---\n{front}\n---\n# Q\na".encode("utf-8", "surrogatepass"))
    assert is_read_or_refused(path)
