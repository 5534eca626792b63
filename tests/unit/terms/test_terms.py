"""Glossaries, and the terms of a text."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.terms import read_sentences
from core.errors import InputError, InputTooLargeError, KnowledgeError
from knowledge.terms.glossary import Term, read_glossary, shipped_glossary
from knowledge.terms.recognizer import TermRecognizer

SENTENCES = Path(__file__).parents[2] / "data/terms"
FINANCE = TermRecognizer(shipped_glossary("finance"))


def found(text: str, *terms: Term) -> list[str]:
    recognizer = TermRecognizer(terms) if terms else FINANCE
    return [text[match.start : match.end] for match in recognizer.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two margin calls came.", ["margin calls"]),
        ("The bank's balance-sheet total", ["balance-sheet"]),
        ("SECURITISATION and Securitization", ["SECURITISATION", "Securitization"]),
        ("He holds ETFs, not an etf.", ["ETFs"]),
        ("The P/E ratio fell.", ["P/E ratio"]),
        ("Internal rates\nof return", ["Internal rates\nof return"]),
        ("A credit, default, swap", []),
        ("The interest rate swap is an interest rate product.", ["interest rate swap", "interest rate"]),
    ],
)
def test_inflection_case_and_hyphens_do_not_matter(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_an_ambiguous_term_counts_only_beside_another() -> None:
    assert found("He signed a bond.") == []
    assert found("The bond has a coupon rate. He signed a bond.") == ["bond", "coupon rate"]
    assert found("It answers over CDS Hooks.") == []
    assert found("CDS widened by 20 basis points. A credit default swap.") == [
        "CDS",
        "basis points",
        "credit default swap",
    ]


def test_possessives_and_latin_plurals() -> None:
    terms = (Term("Crohn's disease"), Term("metastasis"), Term("pre-eclampsia"), Term("haematuria"))
    text = "Crohn\u2019s disease, metastases, preeclampsia and hematuria"
    assert found(text, *terms) == ["Crohn\u2019s disease", "metastases", "preeclampsia", "hematuria"]


def test_the_longest_term_counts_then_the_first_glossary() -> None:
    first, second = Term("lease", source="first"), Term("leases", source="second")
    match = TermRecognizer([first, second, Term("lease agreement")]).find("leases and lease agreements")
    assert [m.term.source or m.term.name for m in match] == ["first", "lease agreement"]


def test_capitals_take_no_longer_than_other_letters() -> None:
    """A word in capitals may be an abbreviation or its word: 24 of them are more than a hundred million phrases."""
    name = " ".join(f"{letter}rea" for letter in "abcdefghijklmnopqrstuvwx")
    assert found(f"An {name.upper()}S.", Term(name), Term("AREA brea")) == [f"{name.upper()}S"]


@given(st.text(max_size=200))
@settings(max_examples=300)
def test_any_text_gives_ordered_spans(text: str) -> None:
    places = [(match.start, match.end) for match in FINANCE.find(text)]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(places))


@pytest.mark.parametrize("domain", ["finance", "legal"])
def test_annotated_sentences(domain: str) -> None:
    recognizer = TermRecognizer(shipped_glossary(domain))
    sentences = read_sentences(SENTENCES / f"{domain}.txt")
    assert len(sentences) >= 200
    gold = [(place, *span) for place, sentence in enumerate(sentences) for span in sentence.terms]
    ours = [(place, m.start, m.end) for place, s in enumerate(sentences) for m in recognizer.find(s.text)]
    right = len(set(gold) & set(ours))
    assert 2 * right / (len(gold) + len(ours)) >= 0.98


@pytest.mark.parametrize("domain", ["finance", "legal"])
def test_shipped_glossaries_name_each_term_once_with_its_meaning(domain: str) -> None:
    terms = shipped_glossary(domain)
    names = [name.casefold() for term in terms for name in (term.name, *term.synonyms)]
    assert len(names) == len(set(names))
    assert all(term.definition for term in terms)


def test_an_unknown_domain_is_refused() -> None:
    with pytest.raises(InputError, match="no glossary of sports"):
        shipped_glossary("sports")


def test_all_formats_give_the_same_terms(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('\ufeffterm,synonyms\nswap,"IRS; rate swap"\n', "utf-8")
    (tmp_path / "a.jsonl").write_text('{"term": "swap", "synonyms": ["IRS", "rate swap"]}\n\n', "utf-8")
    (tmp_path / "a.txt").write_text("swap\n\n", "utf-8")
    table, lines, plain = (read_glossary(tmp_path / f"a.{ending}") for ending in ("csv", "jsonl", "txt"))
    assert [term.synonyms for term in (*table, *lines)] == [("IRS", "rate swap")] * 2
    assert [term.name for term in (*table, *lines, *plain)] == ["swap"] * 3


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"name\nswap\n", "no column 'term'"),
        ("a.csv", b'term\nswap\n""\n', "row 2: the term is empty"),
        ("a.csv", b"term\na,b\n", "row 1 has too many columns"),
        ("a.csv", b'term\n"a\n', "not CSV"),
        ("a.csv", b"term,colour\na,b\n", "row 1: unknown 'colour'"),
        ("a.csv", b"term,ambiguous\na,perhaps\n", "row 1: ambiguous"),
        ("a.jsonl", b"{}\n", "row 1: term is not text"),
        ("a.jsonl", b'{"term": "a"}\n[1]\n', "row 2 is not an object"),
        ("a.jsonl", b"{\n", "row 1 is not JSON"),
        ("a.jsonl", b'{"term": "a", "synonyms": "b"}', "synonyms is not a list"),
        ("a.txt", b"\xff\xfe", "not UTF-8"),
        ("a.txt", b"\n", "holds no terms"),
        ("a.xlsx", b"a", "none of .csv, .jsonl, .txt"),
    ],
)
def test_broken_files_are_refused_by_name_and_row(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(KnowledgeError, match=message):
        read_glossary(tmp_path / name)


def test_an_absent_file_and_an_endless_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="cannot be read"):
        read_glossary(tmp_path / "absent.csv")
    (tmp_path / "long.txt").write_text("a" * 3_000)
    with pytest.raises(InputTooLargeError, match="row 1"):
        read_glossary(tmp_path / "long.txt")
