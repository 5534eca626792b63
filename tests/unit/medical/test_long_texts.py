"""What reads long texts takes time in proportion to their length, and says what a plainer and slower way would say."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.notes.context.assertion import _WORD, _Frame, contexts
from knowledge.medical.notes.pipeline import _is_wider, _with_sites
from knowledge.medical.notes.words.chinese import ChineseBook
from knowledge.medical.notes.words.phrases import Hit

_CODES = ("HP:0000118", "HP:0001626", "HP:0000822", "HP:0002315")  # the first three, each wider than the next


def _plainly(hits: list[Hit], sited: list[Hit], medical: MedicalKnowledge) -> list[Hit]:
    for new in sited:
        over = [hit for hit in hits if hit.start < new.end and new.start < hit.end]
        if all(_is_wider(hit.code, new.code, medical.ontology) for hit in over):
            hits = [hit for hit in hits if hit not in over] + [new]
    return sorted(hits, key=lambda hit: hit.start)


_HITS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 4), st.sampled_from(_CODES)), max_size=12).map(
    lambda drawn: [Hit(start, start + length, code) for start, length, code in drawn]
)


@given(_HITS, _HITS)
def test_findings_of_a_site_take_their_place_among_the_others(
    medical: MedicalKnowledge, overlapping: list[Hit], sited: list[Hit]
) -> None:
    hits: list[Hit] = []
    for hit in sorted(overlapping, key=lambda hit: hit.start):
        if not hits or hits[-1].end <= hit.start:
            hits.append(hit)
    assert _with_sites(hits, sited, medical.ontology) == _plainly(hits, sited, medical)


def test_time_grows_with_the_number_of_findings(medical: MedicalKnowledge) -> None:
    def read(number: int) -> None:
        hits = [Hit(10 * i, 10 * i + 2, "HP:0000822") for i in range(number)]
        sited = [Hit(10 * i + 5, 10 * i + 7, "HP:0002315") for i in range(number)]
        assert len(_with_sites(hits, sited, medical.ontology)) == 2 * number

    assert _spent(lambda: read(40_000)) < 30 * _spent(lambda: read(4_000))  # 100 times, if each met all others


@given(st.text("ab 过敏，_1", max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_words_between_two_places_are_those_that_a_search_finds(text: str, start: int, end: int) -> None:
    start, end = min(start, len(text)), min(end, len(text))
    sentence = _Frame(text).sentence(0, len(text), ())
    assert sentence.words_between(start, end) == len(_WORD.findall(text[start:end]))


def test_cues_without_end_take_little_time() -> None:
    text = "过敏史：青霉素" * 1500
    begin = time.process_time()
    assert len(contexts(text, [(at + 4, at + 7) for at in range(0, len(text), 7)])) == 1500
    assert time.process_time() - begin < 4


def test_the_number_of_words_costs_no_time_where_none_of_them_begins() -> None:
    few = ChineseBook([("HP:0002315", "头痛")])
    many = ChineseBook([("HP:0002315", chr(0x4E00 + i) + "痛") for i in range(4_000)])
    text = "龙" * 20_000

    def read(book: ChineseBook) -> None:
        assert list(book.find(text)) == []

    assert _spent(lambda: read(many)) < 10 * _spent(lambda: read(few))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("头痛欲裂", ["头痛欲裂"]),
        ("头很痛，头痛", ["头很痛", "头痛"]),
        ("头，痛", []),
        ("胃痛头痛", ["胃痛", "头痛"]),
    ],
)
def test_the_longest_of_the_words_with_the_same_first_character_counts(text: str, told: list[str]) -> None:
    book = ChineseBook([("A", "头痛"), ("B", "头…痛"), ("C", "头痛欲裂"), ("D", "胃痛")])
    assert [text[start:end] for start, end, _ in book.find(text)] == told


@pytest.mark.parametrize(
    ("text", "told"),
    [("嘱多饮水，切口干燥，伤口干", []), ("口渴、多饮，口干", ["口渴", "多饮", "口干"]), ("口渴多饮水", ["口渴"])],
)
def test_words_that_hold_one_of_a_finding_name_none(text: str, told: list[str]) -> None:
    book = ChineseBook([("A", "口渴"), ("A", "多饮"), ("B", "口干")])
    assert [text[start:end] for start, end, _ in book.find(text)] == told


def _spent(read: Callable[[], None]) -> float:
    """Seconds of the processor, the least of three times."""
    times = []
    for _ in range(3):
        begin = time.process_time()
        read()
        times.append(time.process_time() - begin)
    return min(times)
