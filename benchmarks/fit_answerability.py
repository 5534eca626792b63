"""Fits ``knowledge/faq/answerability.json``: the calibrator that every library starts with, and its thresholds.

What it is fitted on: libraries put together from CLINC150's training part (8 of its 10 domains, without banking and
credit cards, nor any intent of Banking77's), from StackFAQ, and from the Chinese wordings of the sample company. From
each library a third of the intents is left out, and their questions are the near misses. CLINC150's out-of-scope
questions are not used; nor is anything of Banking77. The thresholds come from two domains that were kept out.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.common import data_folder
from benchmarks.faq_data import CACHE, Remembered, clinc150, embedders, entry, jsonl, wordings
from knowledge.faq import answerability
from knowledge.faq.answerability import FEATURES, Fit, Own, chances, choose_thresholds
from knowledge.faq.evidence import Texts, View, retrievers
from knowledge.faq.sources import Entry, read_faq
from knowledge.retrieval.language import Language, simplified
from knowledge.retrieval.lexical import LexicalIndex

_TARGET = Path(answerability.__file__).parent / "answerability.json"
_SAMPLE_COMPANY = Path("apps/support/sample_company/faq.json")
_OUT_OF_THE_FIT = {"banking", "credit_cards"}
_FOR_THRESHOLDS = {"travel", "work"}
_SHARED_WITH_BANKING77 = {"exchange_rate"}
_EPISODES, _ASKED, _LEFT_OUT = 10, 4, 1 / 3
_FOR_THRESHOLDS_EPISODES = 6
_VARIANTS = (1, 2, 3, 5, 10, 20)
_RIDGE = 40.0


@dataclass(frozen=True)
class Episode:
    """A library and questions, each with the id of the entry that answers it, or none."""

    entries: list[Entry]
    questions: list[tuple[str, str]]


def main() -> None:
    """Fits, prints how it does on what was kept out, and writes the file."""
    data, models = data_folder() / "faq", embedders()
    domains = json.loads((data / "clinc150" / "domains.json").read_text("utf-8"))
    texts = wordings(clinc150(data / "clinc150")["train"], max(_VARIANTS) + _ASKED)
    fitting = {name: intents for name, intents in domains.items() if name not in _OUT_OF_THE_FIT | _FOR_THRESHOLDS}
    kept_out = {name: domains[name] for name in sorted(_FOR_THRESHOLDS)}
    nothing = np.zeros(len(FEATURES) + 1)
    unfitted = Fit(nothing[1:], nothing[1:] + 1, nothing, nothing, 0.8, 0.2)
    _write({"en": unfitted, "zh": unfitted}, 0.8, 0.2)  # features of the last fit may have had other names
    english = [*_clinc(fitting, texts, _EPISODES), *_stackfaq(data / "stackfaq", 2)]
    chinese = list(_sample_company(3))
    found = _evidence(english, "en", models)
    start = replace(unfitted, mean=found.features.mean(0), spread=found.features.std(0) + 1e-3)
    fits: dict[Language, Fit] = {"en": start.adjusted(found, _RIDGE)}
    found = _evidence(chinese, "zh", models)
    start = replace(fits["en"], mean=found.features.mean(0), spread=found.features.std(0) + 1e-3)
    fits["zh"] = start.adjusted(found, _RIDGE * 4)
    _write(fits, 0.8, 0.2)
    _write(fits, *_thresholds(_clinc(kept_out, texts, _FOR_THRESHOLDS_EPISODES, few=3), models))


def _write(fits: Mapping[Language, Fit], answer_at: float, suggest_at: float) -> None:
    languages = {language: _named(fit) for language, fit in fits.items()}
    kept = {"answer_at": answer_at, "suggest_at": suggest_at, "languages": languages}
    _TARGET.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    answerability.forget_shipped()


def _named(fit: Fit) -> dict[str, dict[str, float]]:
    parts = {"mean": fit.mean, "spread": fit.spread, "covered": fit.covered, "right": fit.right}
    names = (*FEATURES, "constant")
    return {part: dict(zip(names, values.round(4).tolist(), strict=False)) for part, values in parts.items()}


def _clinc(
    domains: dict[str, list[str]], texts: dict[str, list[str]], episodes: int, *, few: int = 1
) -> Iterator[Episode]:
    """Libraries of one to three domains; ``few`` is the fewest wordings an entry."""
    chance = random.Random(0)
    for _ in range(episodes):
        chosen = chance.sample(sorted(domains), chance.randint(1, min(3, len(domains))))
        variants = chance.choice([variants for variants in _VARIANTS if variants >= few])
        names = [name for domain in chosen for name in domains[domain] if name not in _SHARED_WITH_BANKING77]
        yield _episode({name: texts[name] for name in names}, variants, chance, "en")


def _stackfaq(folder: Path, episodes: int) -> Iterator[Episode]:
    chance = random.Random(1)
    asked = defaultdict(list)
    for query in jsonl(folder / "queries.jsonl"):
        asked[query["gold"]].append(query["query"])
    documents = jsonl(folder / "docs.jsonl")
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
                (text, "" if id in left_out else id)
                for id, texts in asked.items()
                for text in chance.sample(texts, min(2, len(texts)))
            ],
        )


def _sample_company(episodes: int) -> Iterator[Episode]:
    chance = random.Random(2)
    texts = {entry.id: list(entry.questions) for entry in read_faq(_SAMPLE_COMPANY) if entry.language == "zh"}
    for _ in range(episodes):
        shuffled = {name: chance.sample(list_, len(list_)) for name, list_ in texts.items()}
        yield _episode(shuffled, chance.choice((1, 2, 3)), chance, "zh")


def _episode(texts: dict[str, list[str]], variants: int, chance: random.Random, language: str) -> Episode:
    left_out = set(chance.sample(sorted(texts), int(len(texts) * _LEFT_OUT)))
    entries, questions = [], []
    for number, (name, all_) in enumerate(sorted(texts.items())):
        id = f"intent-{number}"
        if name not in left_out:
            entries.append(entry(id, language, all_[:variants], name.replace("_", " ")))
        asked = all_[variants : variants + _ASKED]
        questions += [(text, "" if name in left_out else id) for text in asked]
    return Episode(entries, questions)


def _view(entries: Sequence[Entry], language: Language, models: Sequence[Remembered]) -> tuple[Texts, View]:
    texts = Texts(entries)
    dense = retrievers(texts, models[0], models[1], CACHE)
    return texts, View(texts, language, dense[language], LexicalIndex(texts.texts), CACHE)


def _evidence(episodes: Sequence[Episode], language: Language, models: Sequence[Remembered]) -> Own:
    features, covered, right = [], [], []
    for number, episode in enumerate(episodes, start=1):
        texts, view = _view(episode.entries, language, models)
        for model in models if language == "en" else models[1:]:
            model.prepare(simplified(question) for question, _ in episode.questions)
        for question, id in episode.questions:
            look = view.look(question)
            features.append([look.features[name] for name in FEATURES])
            covered.append(bool(id))
            right.append(texts.ids[look.entries[look.order[0]]] == id)
        print(f"{language}: library {number} of {len(episodes)}", flush=True)
    return Own(np.asarray(features), np.asarray(covered), np.asarray(right))


def _thresholds(episodes: Iterator[Episode], models: Sequence[Remembered]) -> tuple[float, float]:
    """The lowest probability at which no more than a few answers are wrong and few near misses answered."""
    first, covers, right, near = [], [], [], []
    for number, episode in enumerate(episodes):
        texts, view = _view(episode.entries, "en", models)
        for model in models:
            model.prepare(question for question, _ in episode.questions)
        learnt = CACHE / f"thresholds-{number}.npz"
        learnt.unlink(missing_ok=True)
        view.learn(learnt)
        for question, name in episode.questions:
            look = view.look(question)
            likely = chances(view.fit, look.features)
            first.append(likely.right)
            covers.append(likely.covered)
            right.append(texts.ids[look.entries[look.order[0]]] == name)
            near.append(not name)
    rights, is_near = np.asarray(first), np.asarray(near)
    true = Own(np.empty((len(near), 0)), ~is_near, np.asarray(right))
    answer_at, suggest_at = choose_thresholds(np.asarray(covers), rights, true)
    shown = rights >= answer_at
    print(
        f"two domains kept out: answer at {answer_at:.2f}, titles at {suggest_at:.3f}; answered "
        f"{shown[~is_near].mean():.3f}, near misses answered {shown[is_near].mean():.3f}"
    )
    return round(answer_at, 2), round(suggest_at, 3)


if __name__ == "__main__":
    main()
