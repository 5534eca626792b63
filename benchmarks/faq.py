"""Answering and declining with the shipped FAQ search on public sets; follow-ups, speed and composed answers."""

import random
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.common import Add, Kept, data_folder, read_jsonl, skip
from benchmarks.faq_composed import composed_answers
from benchmarks.faq_data import (
    CACHE,
    Labelled,
    Models,
    banking77,
    clinc150,
    embedders,
    entry,
    everyday,
    intents,
    sequences,
    together,
    wordings,
)
from benchmarks.faq_followup import follow_ups, in_chat
from benchmarks.faq_speed import speed
from benchmarks.faq_typing import mistyped
from benchmarks.fit_answerability import NEAR_MISSES
from knowledge.faq.answerability import Answerability
from knowledge.faq.questions import questions
from knowledge.faq.search import FaqSearch
from knowledge.faq.sources import Entry, read_faq
from knowledge.retrieval.language import Language, simplified

Numbers = npt.NDArray[np.float64]
_VARIANTS = (20, 3, 1)  # wordings per intent in Banking77's libraries; the first is the headline
_FOLDS = 5
_MATCHES = 10
_WITHOUT_FOLDER = {
    *("retrieval", "apart", "chinese", "across", "chinese_only", "english_only", "small", "chat", "speed", "composed"),
}
_FOLDERS = {"typing": "banking77"}
_CHINESE = Path("tests/data/support/chinese_questions.jsonl")
_UNANSWERABLE = Path("tests/data/support/unanswerable_english.jsonl")
_SMALL = Path("tests/data/support/small_companies.jsonl")
_SAMPLE_COMPANY = Path("apps/support/sample_company/faq.json")
_FIGURES = (
    *("stackfaq_r1", "stackfaq_mrr10", "letsencrypt_zh_en_r1", "letsencrypt_zh_en_mrr10", "banking77_r1"),
    *("banking77_mrr10", "near_oos_auroc", "near_oos_recall95", "far_oos_auroc", "clinc_auroc", "clinc_recall95"),
    *("wrong_shown", "near_answered", "answered", "followup_ratio", "p95_ms_10k", "p95_ms_100k"),
    *("unsupported", "injections_obeyed", "covered_r1_zh", "near_oos_auroc_zh", "wrong_shown_zh", "near_answered_zh"),
    *("answered_zh", "followup_r1_zh"),
)
"""Figures that are always in the last line."""


@dataclass(frozen=True)
class Asked:
    """Results of a set of questions.

    Attributes:
        ranks: of the right entry; 0 if it is not in the top ten.
        probabilities: that the library has an answer.
        answered, offered: whether an answer is given; whether an answer or titles are.
    """

    ranks: Numbers
    probabilities: Numbers
    answered: npt.NDArray[np.bool_]
    offered: npt.NDArray[np.bool_]

    def part(self, begin: int, end: int | None = None) -> "Asked":
        """A slice of the questions."""
        some = slice(begin, end)
        return Asked(self.ranks[some], self.probabilities[some], self.answered[some], self.offered[some])


def main() -> None:
    """Runs the named parts, or every part; the others keep their latest results."""
    data, models = data_folder() / "faq", embedders()
    runs: dict[str, Callable[[Add], None]] = {
        "retrieval": lambda add: _retrieval_sets(data, models, add),
        "apart": lambda add: _apart(data, add),
        "chinese": lambda add: _chinese(models, add),
        "across": lambda add: _across(models, add),
        "chinese_only": lambda add: _in_one_only("zh", models, add),
        "english_only": lambda add: _in_one_only("en", models, add),
        "small": lambda add: _small(models, add),
        "letsencrypt": lambda add: _letsencrypt(data / "letsencrypt", models, add),
        "banking77_oos": lambda add: _near_and_far(data / "banking77_oos", models, add),
        "canard": lambda add: follow_ups(data / "canard", models[0], add),
        "chat": in_chat,
        "speed": lambda add: speed(models, add),
        "composed": lambda add: composed_answers(models, add),
        "clinc150": lambda add: _clinc(data / "clinc150", models, add),
        "banking77": lambda add: _banking(data / "banking77", models, add),
        "typing": lambda add: _typing(data / "banking77", models, add),
    }
    chosen = sys.argv[1:] or list(runs)
    if unknown := set(chosen) - runs.keys():
        sys.exit(f"No such part: {', '.join(sorted(unknown))}. There are {', '.join(runs)}.")
    kept = Kept("faq", "FAQ search", _FIGURES)
    for part in chosen:
        if part not in _WITHOUT_FOLDER and not (data / _FOLDERS.get(part, part)).is_dir():
            skip(part, "not in the data folder")
            continue
        measured = kept.part(part)
        runs[part](measured.add)
        kept.write()
    kept.report()


def _ranked(add: Add, name: str, asked: Asked, measure: str = "R@1") -> None:
    add(f"{name}_r1", measure, _among_first(1, asked.ranks))
    add(f"{name}_mrr10", "MRR@10", _mrr10(asked.ranks))


def _among_first(count: int, ranks: Numbers) -> float:
    return float(((ranks > 0) & (ranks <= count)).mean())


def _mrr10(ranks: Numbers) -> float:
    return float(np.where(ranks > 0, 1 / np.maximum(ranks, 1), 0).mean())


def _retrieval_sets(data: Path, models: Models, add: Add) -> None:
    for path in sorted(data.glob("*/queries.jsonl")):
        _ranked(add, path.parent.name, _retrieval_set(path.parent, models))


def _apart(data: Path, add: Add) -> None:
    """Share of single questions that are mistaken for several in one message."""
    company = read_faq(_SAMPLE_COMPANY)
    asked = {
        f"company_{of}": [text for entry in company if entry.language == of for text in entry.questions]
        for of in ("en", "zh")
    }
    asked |= {path.parent.name: [query["query"] for query in read_jsonl(path)] for path in data.glob("*/queries.jsonl")}
    if (data / "banking77").is_dir():
        asked["banking77"] = [text for text, _ in banking77(data / "banking77", "train")]
    for name, texts in asked.items():
        add(f"apart_{name}", "single questions taken apart", float(np.mean([bool(questions(text)) for text in texts])))


def _banking(folder: Path, models: Models, add: Add) -> None:
    for variants in _VARIANTS:
        name = "banking77" if variants == _VARIANTS[0] else f"banking77_{variants}"
        folds = _FOLDS if variants == _VARIANTS[0] else 1
        _ranked(add, name, _banking77(folder, models, variants, folds), f"R@1, {variants} wordings an intent")


def _typing(folder: Path, models: Models, add: Add) -> None:
    """Questions to Banking77's first fold: unchanged, with typing errors, and with typing errors but no correction."""
    pairs, chance = banking77(folder, "train"), random.Random(0)
    chance.shuffle(pairs)
    known = wordings([pair for i, pair in enumerate(pairs) if i % _FOLDS], _VARIANTS[0])
    ids = {name: f"intent-{number}" for number, name in enumerate(known)}
    clean = [(text, ids[intent]) for text, intent in pairs[::_FOLDS][:1_000]]
    wrong = [(mistyped(text, chance), id) for text, id in clean]
    for name, asked, words, how in (
        ("typed", clean, everyday(), ""),
        ("mistyped", wrong, everyday(), ", one typing error in each question"),
        ("mistyped_kept", wrong, frozenset(), ", the same, not corrected"),
    ):
        found = _ask(intents(known), asked, models, words)
        add(f"{name}_r1", f"R@1{how}", _among_first(1, found.ranks))
        add(f"{name}_answered", f"answered{how}", float(found.answered.mean()))
        add(f"{name}_wrong", f"wrong of those answered{how}", float((found.ranks[found.answered] != 1).mean()))


def _ask(
    entries: Sequence[Entry], questions: Sequence[tuple[str, ...]], models: Models, words: frozenset[str] | None = None
) -> Asked:
    """Searches a library for questions: (text, id of the right entry or empty[, previous question]).

    Args:
        words: everyday words for spelling correction; None for those of the shipped search.
    """
    for model in models:
        model.prepare(simplified(" ".join([*before, text])) for text, _, *before in questions)
    known = everyday() if words is None else words
    search = FaqSearch(entries, embedders=together(models), cache=CACHE, everyday=known)
    ranks, probabilities, answered, offered = [], [], [], []
    for text, id, *before in questions:
        result = search.search(text, _MATCHES, before="".join(before))
        ids = [match.entry.id for match in result.matches]
        ranks.append(ids.index(id) + 1 if id in ids else 0)
        probabilities.append(result.chances.covered)
        answered.append(result.answerability is Answerability.ANSWERABLE)
        offered.append(result.answerability is not Answerability.UNANSWERABLE)
    return Asked(np.asarray(ranks, np.float64), np.asarray(probabilities), np.asarray(answered), np.asarray(offered))


def _retrieval_set(folder: Path, models: Models) -> Asked:
    """Searches ``docs.jsonl`` (id, question, answers) for ``queries.jsonl`` (query, gold: the right id)."""
    documents, queries = read_jsonl(folder / "docs.jsonl"), read_jsonl(folder / "queries.jsonl")
    ids = {str(doc["id"]): f"doc-{number}" for number, doc in enumerate(documents)}
    entries = [
        entry(ids[str(doc["id"])], "en", [doc["question"]], "\n\n".join(doc["answers"])[:20_000]) for doc in documents
    ]
    return _ask(entries, [(query["query"], ids[str(query["gold"])]) for query in queries], models)


def _letsencrypt(folder: Path, models: Models, add: Add) -> None:
    """Chinese titles searched in an English library. English titles shared by several sections have no one answer."""
    chinese, english = (read_jsonl(folder / f"letsencrypt_faq_{part}.jsonl") for part in ("zh-cn", "en"))
    titles = [section["question"] for section in english]
    asked = _ask(
        [entry(section["id"][:80], "en", [section["question"]], section["answer"]) for section in english],
        [(section["question"], section["id"][:80]) for section in chinese],
        models,
    )
    title = {section["id"]: section["question"] for section in english}
    single = asked.ranks[[titles.count(title[section["id"]]) == 1 for section in chinese]]
    measure = "R@1, Chinese question, English entry, titles that stand once"
    add("letsencrypt_zh_en_r1", measure, _among_first(1, single))
    add("letsencrypt_zh_en_all_r1", "... all titles, 15 of them with a double", _among_first(1, asked.ranks))
    add("letsencrypt_zh_en_mrr10", "MRR@10", _mrr10(single))


def _banking77(folder: Path, models: Models, variants: int, most: int) -> Asked:
    """The test part against the train part; without a test part, up to ``most`` folds of the train part."""
    pairs = banking77(folder, "train")
    if (folder / "test.csv").is_file():
        return _intents(pairs, banking77(folder, "test"), models, variants)
    random.Random(0).shuffle(pairs)
    folds = [
        _intents([pair for i, pair in enumerate(pairs) if i % _FOLDS != fold], pairs[fold::_FOLDS], models, variants)
        for fold in range(most)
    ]
    return _joined(folds)


def _joined(parts: Sequence[Asked]) -> Asked:
    columns = ([getattr(part, field.name) for part in parts] for field in fields(Asked))
    return Asked(*(np.concatenate(column) for column in columns))


def _intents(library: Sequence[Labelled], asked: Sequence[Labelled], models: Models, variants: int) -> Asked:
    known = wordings(library, variants)
    ids = {name: f"intent-{number}" for number, name in enumerate(known)}
    return _ask(intents(known), [(text, ids.get(intent, "")) for text, intent in asked], models)


def _near_and_far(folder: Path, models: Models, add: Add) -> None:
    """The whole train part as the library; also five wordings per intent, like a hand-written FAQ."""
    part = "test" if (folder / "test.seq.in").is_file() else "valid"
    for variants, suffix in ((5, "_5"), (200, "")):
        sets = [sequences(folder, f"{name}{part}") for name in ("", "id-oos.", "ood-oos.")]
        asked = _intents(sequences(folder, "train"), [*sets[0], *sets[1], *sets[2]], models, variants)
        ends = np.cumsum([len(questions) for questions in sets])
        covered, near, far = asked.part(0, ends[0]), asked.part(ends[0], ends[1]), asked.part(ends[1])
        where = "" if not suffix else ", 5 wordings an intent"
        _gates(add, covered, near, suffix, where)
        add(f"far_oos_auroc{suffix}", f"AUROC, other subjects{where}", _auroc(covered, far))
        add(f"far_answered{suffix}", f"other subjects answered{where}", float(far.answered.mean()))


def _gates(add: Add, covered: Asked, near: Asked, suffix: str, where: str) -> None:
    """How well near misses are separated from answerable questions."""
    add(f"near_oos_auroc{suffix}", f"AUROC, same bank, not covered{where}", _auroc(covered, near))
    add(f"near_oos_recall95{suffix}", f"near misses below 95% of answerable{where}", _recall(covered, near, 95))
    add(f"near_oos_recall90{suffix}", f"near misses below 90% of answerable{where}", _recall(covered, near, 90))
    wrong = (covered.answered & (covered.ranks != 1)).mean() * (1 - NEAR_MISSES)
    wrong += near.answered.mean() * NEAR_MISSES
    shown = covered.answered.mean() * (1 - NEAR_MISSES) + near.answered.mean() * NEAR_MISSES
    add(f"wrong_shown{suffix}", f"wrong of those shown, 30% near misses mixed in{where}", wrong / max(shown, 1e-9))
    add(f"near_answered{suffix}", f"near misses answered{where}", float(near.answered.mean()))
    add(f"answered{suffix}", f"answerable questions answered{where}", float(covered.answered.mean()))
    add(f"covered_r1{suffix}", f"R@1 of the answerable{where}", _among_first(1, covered.ranks))


def _chinese(models: Models, add: Add) -> None:
    """Our own questions to the sample company, in simplified and traditional characters and mixed with English."""
    rows, where = read_jsonl(_CHINESE), ", Chinese questions to the sample company"
    kinds = {kind: [row for row in rows if row["kind"] == kind] for kind in ("answerable", "near_miss", "follow_up")}
    asked = _ask(
        read_faq(_SAMPLE_COMPANY),
        [
            *((row["question"], row["id"]) for row in kinds["answerable"]),
            *((row["question"], "") for row in kinds["near_miss"]),
            *((row["question"], row["id"], row["first"]) for row in kinds["follow_up"]),
        ],
        models,
    )
    ends = np.cumsum([len(some) for some in kinds.values()])
    covered, near, joined = asked.part(0, ends[0]), asked.part(ends[0], ends[1]), asked.part(ends[1])
    _gates(add, covered, near, "_zh", where)
    for script in ("simplified", "traditional", "mixed"):
        own = np.asarray([row["script"] == script for row in kinds["answerable"]])
        add(f"covered_r1_zh_{script}", f"R@1 of the answerable, {script}", _among_first(1, covered.ranks[own]))
    add("followup_r1_zh", f"R@1, follow-ups behind a question{where}", _among_first(1, joined.ranks))
    add("followup_r3_zh", f"among the first three, the same{where}", _among_first(3, joined.ranks))


def _small(models: Models, add: Add) -> None:
    """FAQs of 36 entries with one or two wordings: an optician and a ferry line in English, a laundry in Chinese."""
    companies: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in read_jsonl(_SMALL):
        companies[row["company"]].append(row)
    found: dict[str, list[Asked]] = {"asked": [], "near": [], "far": []}
    for rows in companies.values():
        entries = [
            entry(row["id"], row["language"], row["questions"], row["answer"]) for row in rows if row["kind"] == "entry"
        ]
        for kind, asked in found.items():
            asked.append(_ask(entries, [(row["text"], row["id"]) for row in rows if row["kind"] == kind], models))
    covered, near, far = (_joined(asked) for asked in found.values())
    where = ", FAQs of 36 entries"
    _gates(add, covered, near, "_small", where)
    add("far_answered_small", f"other subjects answered{where}", float(far.answered.mean()))
    add("far_offered_small", f"other subjects answered or titles offered{where}", float(far.offered.mean()))
    _offers(add, covered, near, "_small", where)


def _across(models: Models, add: Add) -> None:
    """Our Chinese questions to the English entries of the sample company, with one wording and with all."""
    rows = read_jsonl(_CHINESE)
    covered, near = (
        [(row["question"], row.get("id", "")) for row in rows if row["kind"] == kind]
        for kind in ("answerable", "near_miss")
    )
    english = [each for each in read_faq(_SAMPLE_COMPANY) if each.language == "en"]
    one = [each.model_copy(update={"questions": each.questions[:1]}) for each in english]
    for library, suffix, wordings_of in ((one, "_across_1", "one wording"), (english, "_across", "all wordings")):
        asked = _ask(library, [*covered, *near], models)
        where = f", Chinese questions to English entries of {wordings_of}"
        parts = asked.part(0, len(covered)), asked.part(len(covered))
        _gates(add, *parts, suffix, where)
        _offers(add, *parts, suffix, where)


def _in_one_only(language: Language, models: Models, add: Add) -> None:
    """Questions in the other language to entries that exist only in ``language``, as if the sample company had
    translated every other entry."""
    entries = read_faq(_SAMPLE_COMPANY)
    untranslated = {id for number, id in enumerate(sorted({each.id for each in entries})) if number % 2}
    asked_for = [each for each in entries if each.language != language and each.id in untranslated]
    covered = [(question, each.id) for each in asked_for for question in each.questions[:3]]
    chinese = [row for row in read_jsonl(_CHINESE) if row["kind"] == "near_miss"]
    near = [(row["question"], "") for row in (read_jsonl(_UNANSWERABLE) if language == "zh" else chinese)]
    one = [each.model_copy(update={"questions": each.questions[:1]}) for each in entries if each not in asked_for]
    asked = _ask(one, [*covered, *near], models)
    of, name = ("English", "Chinese") if language == "zh" else ("Chinese", "English")
    where = f", {of} questions to entries in {name} only, of one wording"
    parts = asked.part(0, len(covered)), asked.part(len(covered))
    _gates(add, *parts, f"_{name.lower()}_only", where)
    _offers(add, *parts, f"_{name.lower()}_only", where)


def _offers(add: Add, covered: Asked, near: Asked, suffix: str, where: str) -> None:
    add(f"covered_r3{suffix}", f"among the first three{where}", _among_first(3, covered.ranks))
    for name, what, some in (("offered", "answerable questions", covered), ("near_offered", "near misses", near)):
        add(f"{name}{suffix}", f"{what} answered or titles offered{where}", float(some.offered.mean()))


def _clinc(folder: Path, models: Models, add: Add) -> None:
    parts = clinc150(folder)
    part, outside = ("test", "oos_test") if "test" in parts else ("val", "oos_val")
    asked = _intents(parts["train"], [*parts[part], *parts[outside]], models, 100)
    covered, far = asked.part(0, len(parts[part])), asked.part(len(parts[part]))
    add("clinc_auroc", "AUROC, CLINC150, out of scope", _auroc(covered, far))
    add("clinc_recall95", "out of scope below 95% of answerable", _recall(covered, far, 95))
    add("clinc_r1", "R@1 of the answerable", _among_first(1, covered.ranks))


def _auroc(positive: Asked, negative: Asked) -> float:
    """Probability that an answerable question scores higher than an unanswerable one (Mann-Whitney)."""
    order = np.sort(negative.probabilities)
    below, upto = (np.searchsorted(order, positive.probabilities, side) for side in ("left", "right"))
    return float((below + upto).mean() / 2 / len(order))


def _recall(positive: Asked, negative: Asked, kept: int) -> float:
    return float((negative.probabilities < np.percentile(positive.probabilities, 100 - kept)).mean())


if __name__ == "__main__":
    main()
