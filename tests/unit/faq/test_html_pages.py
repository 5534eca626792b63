"""FAQ entries from HTML: links, FAQPage data and encodings."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.errors import InputFormatError
from knowledge.faq.sources import read_faq
from tests.unit.faq.written_pages import pairs, read

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
