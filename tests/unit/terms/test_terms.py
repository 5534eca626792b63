"""Glossaries, and the terms of a text."""

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.terms import read_sentences
from core.errors import InputError, InputTooLargeError, KnowledgeError
from knowledge.terms.glossary import Term, read_glossary, shipped_glossary
from knowledge.terms.recognizer import TermRecognizer

SENTENCES = Path(__file__).parents[2] / "data/terms"
FINANCE = TermRecognizer(shipped_glossary("finance"))
NAMES = [
    "401(k)",
    "U.S. Treasury",
    "i.v. line",
    "St. John's wort",
    "1,25-dihydroxyvitamin D",
    "research & development",
    "C++",
    "Type 1.5 diabetes",
    "Johnson, Inc.",
    "§ 8a",
    "AT&T",
    "D+/R-",
    "bid - ask spread",
    "保密协议",
    "สัญญาเช่า",
]
PLURALS = """
    virus/viruses bonus/bonuses lens/lenses gas/gases prosthesis/prostheses crisis/crises axis/axes veto/vetoes
    leaf/leaves policy/policies memorandum/memoranda addendum/addenda appendix/appendices thrombus/thrombi
    nucleus/nuclei ganglion/ganglia overdose/overdoses purpose/purposes phosphatase/phosphatases phenomenon/phenomena
    pneumothorax/pneumothoraces metastasis/metastases vertebra/vertebrae carcinoma/carcinomata foetus/foetuses
    salesman/salesmen child/children headache/headaches
"""
SPELLINGS = """
    judgement/judgment licence/license centre/center fibre/fiber litre/liter cheque/check labelling/labeling
    paralyse/paralyze programme/program organising/organizing tumour/tumor oedema/edema offence/offense
    enrolment/enrollment counsellor/counselor organisation/organization
"""


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
    first, second = Term("lease", source="first"), Term("Lease", source="second")
    match = TermRecognizer([first, second, Term("lease agreement")]).find("leases and lease agreements")
    assert [m.term.source or m.term.name for m in match] == ["first", "lease agreement"]


@pytest.mark.parametrize(
    "name",
    NAMES,
)
def test_a_name_is_found_whole_with_its_signs(name: str) -> None:
    assert found(f"It says {name} here.", Term(name)) == [name]


@pytest.mark.parametrize("domain", ["finance", "legal"])
def test_every_name_of_a_shipped_glossary_is_found_in_itself(domain: str) -> None:
    terms = shipped_glossary(domain)
    recognizer = TermRecognizer(terms)
    names = [name for term in terms for name in (term.name, *term.synonyms) if name not in term.ambiguous]
    texts = {name: f"It says {name} here." for name in names}
    assert all(name in {t[m.start : m.end] for m in recognizer.find(t)} for name, t in texts.items())


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("保密协议", ["双方签署了保密协议。"]),
        ("St. John's wort", ["St John\u2019s wort"]),
        ("balance sheet", ["balance-sheet", "balance\r\nsheets", "balance-\nsheet"]),
        ("noncompete agreement", ["non-compete agreement", "non\u2212compete agreement", "non\u00adcompete agreement"]),
        ("follow-up", ["followup", "follow\u2011ups", "follow up"]),
        ("naïve", ["nai\u0308ve", "naive"]),
        ("nai\u0308ve", ["naïve"]),
        ("Ménière's disease", ["Meniere\u2019s disease", "Ménière disease"]),
        ("McNaughton rule", ["mcnaughton rule"]),
        ("COVID-19", ["Covid-19", "covid-19"]),
        ("goods", ["sold goods"]),
    ],
)
def test_other_ways_to_write_a_name(name: str, texts: list[str]) -> None:
    assert [text for text in texts if not found(text, Term(name))] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("put option", "- put\n- options expire"),
        ("put option", "1. put\n2. options expire"),
        ("put option", "put\n\noptions expire"),
        ("stock option", "he sold stock - options remained"),
        ("stock option", "he sold stock \u2013 options remained"),
        ("four", "for two"),
        ("C++", "vitamin C"),
        ("§ 8a", "number 8a"),
        ("goods", "a good day"),
        ("news", "a new day"),
        ("filling", "a filing"),
        ("ETF", "an etf"),
        ("HEART", "the heart"),
        ("ammonium", "ammonia"),
    ],
)
def test_other_words_are_no_term(name: str, text: str) -> None:
    assert found(text, Term(name)) == []


@pytest.mark.parametrize(
    "pair",
    PLURALS.split(),
)
def test_plurals(pair: str) -> None:
    name, plural = pair.split("/")
    assert found(f"two {plural}, {plural.upper()}", Term(name)) == [plural, plural.upper()]


@pytest.mark.parametrize(
    "pair",
    SPELLINGS.split(),
)
def test_british_and_american_spelling(pair: str) -> None:
    british, american = pair.split("/")
    assert found(f"the {british} and {british}s", Term(american)) == [british, f"{british}s"]
    assert found(f"the {american} and {american}s", Term(british)) == [american, f"{american}s"]


def test_a_list_item_and_a_dash_end_a_sentence() -> None:
    for text in ("- He signed a bond.\n- a coupon rate", "a coupon rate - he signed a bond"):
        assert found(text) == ["coupon rate"]


_LETTERS = st.text("abeilrstuyäöABCDES 's-.,()&+/\u00ad\u0308协议", min_size=1, max_size=20)


@given(_LETTERS, _LETTERS)
def test_a_name_is_found_in_itself_where_it_stands(name: str, before: str) -> None:
    """But for a possessive at its end."""
    letter = re.compile(r"[^\W_]")
    assume(letter.match(name) and letter.match(name[-1]))
    text = f"{before}; {name}; b"
    match = next(m for m in TermRecognizer([Term(name)]).find(text) if m.start >= len(before))
    assert match.start == len(before) + 2
    assert re.fullmatch("('\u00ad*s)?", text[match.end : -3])


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
