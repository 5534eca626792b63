"""Libraries with answerable and unanswerable questions, on which the calibrators of the FAQ search are fitted."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.common import read_jsonl
from benchmarks.faq_companies import Row, apart_from_judge, asked_much, invented
from benchmarks.faq_data import SHARED_WITH_BANKING77, entry
from knowledge.faq.answerability import Kind
from knowledge.faq.sources import Entry
from knowledge.retrieval.language import Language

_DATA = Path(__file__).parent / "data"
_CHINESE, _FOLLOW_UPS = _DATA / "chinese_libraries.jsonl", _DATA / "follow_ups.jsonl"
_ASKED, _NEAR, _LEFT_OUT, _OF_OTHERS, _CHINESE_EPISODES = 8, 2, 1 / 3, 5, 3
_VARIANTS: dict[str, tuple[int, ...]] = {"few": (1, 2, 3), "many": (8, 8, 10, 20, 60)}
_CHINESE_VARIANTS: dict[str, tuple[int, ...]] = {"few": (1, 2, 3), "many": (5, 6, 8, 10)}
OFTEN, MUCH = (5, 5, 6), (12, 13, 14)
"""Wordings per entry that a company may have, out of eight or eighteen."""
MOST_WORDINGS = max(_VARIANTS["many"]) + _ASKED
"""Most texts needed per intent of CLINC150."""
_IN_CONTEXT = (1, 2, 6, 13)  # wordings per entry, for questions with a previous question


class Question(NamedTuple):
    """A question, the id of the entry that answers it (empty if none does), and the previous question, if any."""

    text: str
    id: str
    before: str = ""


@dataclass(frozen=True)
class Episode:
    """A library and questions.

    Attributes:
        company: its company, if it has one.
        judged: whether the language's cross-encoder reads the best entries; not if it was trained on them.
    """

    entries: list[Entry]
    questions: list[Question]
    company: str = ""
    judged: bool = True


def of_clinc(
    domains: dict[str, list[str]], texts: dict[str, list[str]], episodes: int, kind: Kind
) -> Iterator[Episode]:
    """Libraries of one to three domains; of at least two for ``many``, where they learn from their own wordings."""
    chance = random.Random(0)
    for _ in range(episodes):
        chosen = chance.sample(sorted(domains), chance.randint(1 if kind == "few" else 2, 3))
        variants = chance.choice(_VARIANTS[kind])
        names = [name for domain in chosen for name in domains[domain] if name not in SHARED_WITH_BANKING77]
        yield _episode({name: texts[name] for name in names}, variants, chance, "en")


def of_companies(rows: Sequence[Row], language: Language) -> Iterator[Episode]:
    """Each company three times: once complete with similar-sounding questions as near misses, twice with a third of the
    entries left out, whose questions are the near misses.

    Each includes a few questions to other companies. The language is that of the entries.
    """
    chance = random.Random(3)
    companies: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        companies[row.company].append(row)
    for company, own_rows in companies.items():
        others = [text for row in rows if row.company != company for text in row.asked if text not in row.titles[:1]]
        for wordings_of, has_all in (((0,), True), ((1,), False), ((0, 1), False)):
            ids = [row.id for row in own_rows]
            left_out = set() if has_all else set(chance.sample(ids, int(len(ids) * _LEFT_OUT)))
            entries, questions = [], [Question(text, "") for text in chance.sample(others, _OF_OTHERS)]
            for row in own_rows:
                own = [row.titles[number] for number in wordings_of]
                if row.id not in left_out:
                    entries.append(entry(row.id, language, own, row.answer))
                id = "" if row.id in left_out else row.id
                questions += [Question(text, id) for text in row.asked if text not in own]
                questions += [Question(text, "") for text in row.near if has_all]
            yield Episode(entries, questions, company)


def asked_often(
    rows: Sequence[Row], language: Language, several: Sequence[int] = OFTEN, *, of_others: int = 0
) -> Iterator[Episode]:
    """Companies with several wordings per entry, taken from its titles and questions, and a third of entries left out.

    Args:
        of_others: number of questions to other companies in each.
    """
    chance = random.Random(5)
    companies: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if len(row.asked) > max(several) + 1:
            companies[row.company].append(row)
    for company, own in companies.items():
        variants = chance.choice(several)
        left_out = set(chance.sample([row.id for row in own], int(len(own) * _LEFT_OUT)))
        others = [text for row in rows if row.company != company for text in row.asked]
        entries, questions = [], [Question(text, "") for text in chance.sample(others, of_others)]
        for row in own:
            texts = chance.sample(row.asked, len(row.asked))
            id = "" if row.id in left_out else row.id
            if id:
                entries.append(entry(id, language, texts[:variants], row.answer))
            questions += [Question(text, id) for text in texts[variants:]]
            questions += [Question(text, "") for text in row.near[:_NEAR]]
        yield Episode(entries, questions, company)


def after_another(language: Language, *, judged: bool) -> Iterator[Episode]:
    """Companies with 1, 2, 6 or 13 wordings per entry, as far as they have them, and messages that follow a question.

    Judged companies are ones that the cross-encoder was not trained on; in Chinese they have at most two wordings, too
    few to learn from.
    """
    more = {row.id: row for row in asked_much()}
    companies: dict[str, list[Row]] = defaultdict(list)
    for row in invented(language):
        companies[row.company].append(more.get(row.id, row))
    known_to_judge = {row.company for row in apart_from_judge()[0]}  # the Chinese one knows none of these
    counts = _IN_CONTEXT[:2] if judged and language == "zh" else _IN_CONTEXT
    asked: dict[str, list[Question]] = defaultdict(list)
    for message in read_jsonl(_FOLLOW_UPS):
        asked[message["company"]].append(Question(message["question"], message["id"], message["first"]))
    for company, own in companies.items():
        if company not in asked or (judged and company in known_to_judge):
            continue
        for count in (count for count in counts if count < len(own[0].asked)):
            entries = [entry(row.id, language, row.asked[:count], row.answer) for row in own]
            yield Episode(entries, asked[company], company, judged)


def of_stackfaq(folder: Path, episodes: int) -> Iterator[Episode]:
    chance = random.Random(1)
    asked = defaultdict(list)
    for query in read_jsonl(folder / "queries.jsonl"):
        asked[query["gold"]].append(query["query"])
    documents = read_jsonl(folder / "docs.jsonl")
    for _ in range(episodes):
        left_out = set(chance.sample([doc["id"] for doc in documents], len(documents) // 3))
        entries = [
            entry(doc["id"], "en", [doc["question"]], doc["answers"][0][:20_000])
            for doc in documents
            if doc["id"] not in left_out
        ]
        yield Episode(
            entries,
            [
                Question(text, "" if id in left_out else id)
                for id, texts in asked.items()
                for text in chance.sample(texts, min(2, len(texts)))
            ],
        )


def of_chinese_libraries(kind: Kind) -> Iterator[Episode]:
    """Each library several times, with different intents left out and random wordings of each entry."""
    chance = random.Random(2)
    libraries: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for row in read_jsonl(_CHINESE):
        libraries[row["library"]][row["id"]] = row["wordings"]
    for _ in range(_CHINESE_EPISODES):
        for texts in libraries.values():
            shuffled = {name: chance.sample(list_, len(list_)) for name, list_ in texts.items()}
            yield _episode(shuffled, chance.choice(_CHINESE_VARIANTS[kind]), chance, "zh")


def _episode(texts: dict[str, list[str]], variants: int, chance: random.Random, language: str) -> Episode:
    left_out = set(chance.sample(sorted(texts), int(len(texts) * _LEFT_OUT)))
    entries, questions = [], []
    for number, (name, all_) in enumerate(sorted(texts.items())):
        id = f"intent-{number}"
        if name not in left_out:
            entries.append(entry(id, language, all_[:variants], name.replace("_", " ")))
        asked = all_[variants : variants + _ASKED]
        questions += [Question(text, "" if name in left_out else id) for text in asked]
    return Episode(entries, questions)
