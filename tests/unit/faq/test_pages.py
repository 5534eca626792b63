"""FAQ entries from Markdown and HTML."""

import json
from datetime import date
from pathlib import Path
from typing import Any

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


HTML = """<!doctype html>
<html lang="en-GB"><head><title>FAQ</title><link rel="canonical" href="https://example.com/faq">
<style>p { color: red }</style><script>document.write("<h2>evil?</h2>evil")</script></head>
<body><nav><h2>Menu</h2>Home</nav><h1>Questions</h1><p>Welcome.</p>
<h2>Cards</h2>
<h3 data-faq-id="card-lost"><button>I lost <b>my</b> card</button></h3>
<div hidden><p>Call us.<br>At once: <a href="https://example.com/lost">here</a></p>
<ol><li>One<li><p>Two</p><ul><li>in it</ul></ol><!-- note --> tail <iframe src="https://evil.example"></iframe></div>
<details><summary>What does it cost?</summary>5<table><tr><th>a<th>b<tr><td>1<td>2</table></details>
<dl><dt>May I?<dt>Can I?<dd>Yes.<dd>Always.<dt>Why?</dt><dd>Because.</dd></dl>
<div lang="zh-Hans"><h3>怎么办？</h3>请致电。</div>
<footer><h2>Contact</h2>Us</footer></body></html>
"""


def test_html(tmp_path: Path) -> None:
    entries = read(tmp_path / "faq.html", HTML)
    assert pairs(entries) == [
        ("I lost my card", "Call us.\nAt once: here (https://example.com/lost)\n1. One\n2. Two\n- in it\ntail"),
        ("What does it cost?", "5\na | b\n1 | 2"),
        ("May I?", "Yes.\nAlways."),
        ("Why?", "Because."),
        ("怎么办？", "请致电。"),
    ]
    assert entries[0].id == "card-lost"
    assert entries[2].questions == ("May I?", "Can I?")
    assert [entry.language for entry in entries] == ["en", "en", "en", "en", "zh"]
    assert {str(entry.link) for entry in entries} == {"https://example.com/faq"}


def linked(*questions: dict[str, Any], **page: Any) -> str:
    data = {"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, {"@type": ["FAQPage"], **page}]}
    data["@graph"][1]["mainEntity"] = list(questions)  # type: ignore[index]
    script = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    return f"<html><head>{script}</head><body><h2>Shown?</h2>And left out.</body></html>"


LINKS = """Write to <a href="mailto:help@pear.example?subject=Hi">us</a>, <a href="mailto:A@b.example">a@b.example</a>,
call <a href="tel:+442079460000">the hotline</a> or <a href="tel:+442079460001">020 7946 0001</a>.
See <a href="/fees">fees</a>, <a href="#top">above</a>, <a href="http://[">this</a>, <a href="javascript:x()">that</a>.
"""


def test_what_a_link_leads_to_stands_behind_it(tmp_path: Path) -> None:
    body = f"<h2>How do I <a href='mailto:x@y.example'>reach</a> you?</h2><p>{LINKS}</p>"
    reached = "Write to us (help@pear.example), a@b.example, call the hotline (+442079460000) or 020 7946 0001. See "
    (plain,) = read(tmp_path / "plain.html", body)
    assert (plain.title, plain.answer) == ("How do I reach you?", f"{reached}fees, above, this (http://[), that.")
    (own,) = read(tmp_path / "own.html", f'<link rel="canonical" href="https://pear.example/help/faq">{body}')
    assert own.answer == f"{reached}fees (https://pear.example/fees), above, this (http://[), that."
    front = "---\nlink: https://pear.example/help/faq\n---\n"
    (markdown,) = read(tmp_path / "own.md", front + "## How?\n\n[Fees](fees), [we](mailto:help@pear.example).")
    assert markdown.answer == "Fees (https://pear.example/help/fees), we (help@pear.example)."


NAMED = '<a name="refunds"></a><a id="x">Refunds</a> take <a href="">5 days</a>. <a class="btn">Press</a> it.'


def test_what_leads_nowhere_has_no_address_behind_it(tmp_path: Path) -> None:
    page = '<link rel="canonical" href="https://pear.example/help/faq">'
    (html,) = read(tmp_path / "own.html", f"{page}<h2>How?</h2><p>{NAMED}</p>")
    (markdown,) = read(tmp_path / "own.md", f"---\nlink: https://pear.example/faq\n---\n## How?\n\n{NAMED}")
    assert html.answer == markdown.answer == "Refunds take 5 days. Press it."


@pytest.mark.parametrize(
    ("head", "address"),
    [
        ('<link rel="canonical" href="https://pear.example/help/faq">', "https://pear.example/help/fees"),
        ('<base target="_top"><base href="https://pear.example/docs/">', "https://pear.example/docs/fees"),
        ('<link rel="canonical" href="https://a.example/b"><base href="/d/">', "https://a.example/d/fees"),
        ('<link rel="canonical" href="https://a.example/b"><base href="http://[">', "https://a.example/fees"),
    ],
)
def test_relative_links_start_from_the_page_or_its_base(tmp_path: Path, head: str, address: str) -> None:
    (seen,) = read(tmp_path / "seen.html", f"{head}<h2>How?</h2><p>See <a href='fees'>fees</a>.</p>")
    answer = {"@type": "Answer", "text": "See <a href='fees'>fees</a>."}
    data = linked({"@type": "Question", "name": "How?", "acceptedAnswer": answer})
    (told,) = read(tmp_path / "told.html", head + data)
    assert seen.answer == told.answer == f"See fees ({address})."


def test_lines_of_an_address_and_numbers_of_steps_stay(tmp_path: Path) -> None:
    text = "## Where?\n\nWrite to:\n\n```\nPear Ltd\n1  High St\n```\n\n3. Third.\n4. Fourth.\n"
    (entry,) = read(tmp_path / "faq.md", text)
    assert entry.answer == "Write to:\nPear Ltd\n1 High St\n3. Third.\n4. Fourth."


def test_an_image_is_read_by_its_description(tmp_path: Path) -> None:
    text = "## ![key](key.png) How?\n\nPress ![the gear icon](gear.png) then ![](a.png)![b.png](b.png)OK."
    (entry,) = read(tmp_path / "faq.md", text)
    assert (entry.title, entry.answer) == ("How?", "Press the gear icon then OK.")


def test_faq_page_data_is_taken_at_its_word(tmp_path: Path) -> None:
    first = {
        "@type": "Question",
        "name": "How &amp; when?",
        "url": "https://example.com/how",
        "acceptedAnswer": {"@type": "Answer", "text": "<p>So:</p><ul><li>one</li></ul><h2>no question</h2>"},
    }
    second = {
        "@type": "Question",
        "name": "退货？",
        "inLanguage": "zh-CN",
        "acceptedAnswer": [{"@type": "Answer", "text": "可以"}],
    }
    entries = read(tmp_path / "faq.htm", linked(first, second, dateModified="2026-05-06T10:00:00Z", inLanguage="en"))
    assert pairs(entries) == [("How & when?", "So:\n- one\nno question"), ("退货？", "可以")]
    assert [entry.language for entry in entries] == ["en", "zh"]
    assert entries[0].updated == date(2026, 5, 6)
    assert str(entries[0].link) == "https://example.com/how"


@pytest.mark.parametrize(
    ("language", "updated"),
    [
        ("en-", "2026-01-05T10:00:00 GMT"),
        ("EN-gb", "2026-01-05T10:00:00+00"),
        ("en_GB", "2026-01-05, 10:00"),
        ("en", " 2026-01-05"),
    ],
)
def test_faq_page_data_may_name_a_country_and_a_time_in_any_form(tmp_path: Path, language: str, updated: str) -> None:
    question = {"@type": "Question", "name": "How?", "acceptedAnswer": {"@type": "Answer", "text": "So."}}
    (entry,) = read(tmp_path / "faq.html", linked(question, inLanguage=language, dateModified=updated))
    assert (entry.language, entry.updated) == ("en", date(2026, 1, 5))
    for wrong in ({"inLanguage": "fr-FR"}, {"dateModified": "5 January 2026"}):
        with pytest.raises(InputFormatError, match="FAQPage question 1"):
            read(tmp_path / "faq.html", linked(question, **wrong))


def test_malformed_html_is_named(tmp_path: Path) -> None:
    broken = '<script type="application/ld+json">{"@type": "FAQPage",</script>'
    unanswered = linked({"@type": "Question", "name": "Why?"})
    for text, problem in (
        (broken, r"faq\.html, line 1: its FAQPage data is not JSON"),
        (unanswered, r"faq\.html, FAQPage question 1: answer"),
        ("<div>" * 3_000 + "<h2>Q</h2>deep", r"faq\.html, line 1: nested too deeply"),
        ("", r"faq\.html has no HTML"),
        ("<p>no question", r"faq\.html has no entries"),
        ('<html lang="fr"><h2>Quoi?</h2>Rien', r"faq\.html, line 1: language"),
    ):
        with pytest.raises(InputFormatError, match=problem):
            read(tmp_path / "faq.html", text)


def test_encoding_that_the_page_names(tmp_path: Path) -> None:
    page = '<html><meta charset="gb18030"><h2>怎么开户？</h2>带身份证。</html>'
    (tmp_path / "faq.html").write_bytes(page.encode("gb18030"))
    assert pairs(read_faq(tmp_path / "faq.html")) == [("怎么开户？", "带身份证。")]
    for name in ("gb18031", "hex", "utf-8"):
        (tmp_path / "faq.html").write_bytes(page.replace("gb18030", name).encode("gb18030"))
        with pytest.raises(InputFormatError, match="not text in UTF-8"):
            read_faq(tmp_path / "faq.html")


@pytest.mark.parametrize(
    ("label", "content", "question", "answer"),
    [
        ("iso-8859-1", b"<h2>Can\x92t I?</h2>It costs \x805.", "Can’t I?", "It costs €5."),
        ("iso-8859-1", b"<h2>O\xf9 ?</h2>Ici.<!-- \x81 -->", "Où ?", "Ici."),
        ("us-ascii", b"<h2>How?</h2>It \x96 it.", "How?", "It – it."),
        ("gb2312", "<h2>朱镕基路？</h2>坐地铁。".encode("gbk"), "朱镕基路？", "坐地铁。"),
        ("big5", "<h2>喺邊度？</h2>搭車。".encode("big5hkscs"), "喺邊度？", "搭車。"),
    ],
)
def test_encodings_are_read_as_browsers_do(
    tmp_path: Path, label: str, content: bytes, question: str, answer: str
) -> None:
    (tmp_path / "faq.html").write_bytes(f'<html><meta charset="{label}">'.encode() + content)
    assert pairs(read_faq(tmp_path / "faq.html")) == [(question, answer)]


def test_entities_load_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("hunter2")
    entity = f'<!DOCTYPE html [<!ENTITY x SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    (entry,) = read(tmp_path / "faq.html", f"{entity}<html><body><h2>Q &x;</h2>a &x;</body></html>")
    assert "hunter2" not in entry.title + entry.answer


def test_fields_of_a_file_stand_beside_it(tmp_path: Path) -> None:
    beside = tmp_path / "faq.html.toml"
    beside.write_text('audience = "internal"\ntags = ["staff"]\nvalid_until = 2026-12-31\n')
    (entry,) = read(tmp_path / "faq.html", "<h2>Q</h2>a")
    assert (entry.audience, entry.tags, entry.valid_until) == ("internal", ("staff",), date(2026, 12, 31))
    for content, problem in (('audiance = "x"', "audiance"), ("a = ", "not TOML"), ('updated = "soon"', "updated")):
        beside.write_text(content)
        with pytest.raises(InputFormatError, match=rf"faq\.html\.toml.*{problem}"):
            read_faq(tmp_path / "faq.html")


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
