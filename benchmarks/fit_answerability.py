"""Fits ``knowledge/faq/answerability.json``: the calibrator that every library starts with, and its thresholds.

What it is fitted on: libraries put together from CLINC150's training part (8 of its 10 domains, without banking and
credit cards, nor any intent of Banking77's), from StackFAQ, and from the Chinese wordings of the sample company. From
each library a third of the intents is left out, and their questions are the near misses. CLINC150's out-of-scope
questions are not used; nor is anything of Banking77. The thresholds come from two domains that were kept out.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.common import data_folder
from benchmarks.faq_data import CACHE, Remembered, clinc150, embedders, entry, jsonl, wordings
from knowledge.faq import answerability
from knowledge.faq.answerability import FEATURES, fit_logistic, standardised
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
_VARIANTS = (1, 2, 3, 5, 10, 20)
_NEAR_MISSES, _MOST_WRONG, _MOST_NEAR = 0.3, 0.05, 0.10
_KEPT = 0.98  # of answerable questions, at least titles are offered for these
_RIDGE = 40.0

Numbers = npt.NDArray[np.float64]


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
    english = [*_clinc(fitting, texts, _EPISODES), *_stackfaq(data / "stackfaq", 2)]
    chinese = list(_sample_company(3))
    fits: dict[Language, dict[str, object]] = {}
    found = _evidence(english, "en", models)
    mean, spread = found[0].mean(0), found[0].std(0) + 1e-3
    start = fit_logistic(
        standardised(found[0], mean, spread), found[1], around=np.zeros(len(FEATURES) + 1), trust=_RIDGE
    )
    fits["en"] = _named(mean, spread, start)
    found = _evidence(chinese, "zh", models)
    mean, spread = found[0].mean(0), found[0].std(0) + 1e-3
    fits["zh"] = _named(
        mean, spread, fit_logistic(standardised(found[0], mean, spread), found[1], around=start, trust=_RIDGE * 4)
    )
    _write({"answer_at": 0.8, "suggest_at": 0.3, "languages": fits})
    answer_at, suggest_at = _thresholds(_clinc(kept_out, texts, 6, few=3), models)
    _write({"answer_at": answer_at, "suggest_at": suggest_at, "languages": fits})


def _write(fit: dict[str, object]) -> None:
    _TARGET.write_text(json.dumps(fit, indent=1) + "\n", "utf-8")
    answerability.shipped.cache_clear()


def _named(mean: Numbers, spread: Numbers, coefficients: Numbers) -> dict[str, object]:
    parts = {"mean": mean, "spread": spread, "coefficients": coefficients[:-1]}
    named = {part: dict(zip(FEATURES, values.round(4).tolist(), strict=True)) for part, values in parts.items()}
    return {**named, "constant": round(float(coefficients[-1]), 4)}


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


def _evidence(
    episodes: Sequence[Episode], language: Language, models: Sequence[Remembered]
) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    features, right = [], []
    for number, episode in enumerate(episodes, start=1):
        texts, view = _view(episode.entries, language, models)
        for model in models if language == "en" else models[1:]:
            model.prepare(simplified(question) for question, _ in episode.questions)
        for question, id in episode.questions:
            look = view.look(question)
            features.append([look.features[name] for name in FEATURES])
            right.append(texts.ids[look.entries[look.order[0]]] == id)
        print(f"{language}: library {number} of {len(episodes)}", flush=True)
    return np.asarray(features), np.asarray(right)


def _thresholds(episodes: Iterator[Episode], models: Sequence[Remembered]) -> tuple[float, float]:
    """The lowest probability at which no more than a few answers are wrong and few near misses answered."""
    probabilities, right, near = [], [], []
    for number, episode in enumerate(episodes):
        texts, view = _view(episode.entries, "en", models)
        for model in models:
            model.prepare(question for question, _ in episode.questions)
        learnt = CACHE / f"thresholds-{number}.npz"
        learnt.unlink(missing_ok=True)
        view.learn(learnt)
        for question, name in episode.questions:
            look = view.look(question)
            probabilities.append(view.calibrator.probability(look.features))
            right.append(texts.ids[look.entries[look.order[0]]] == name)
            near.append(not name)
    chances, is_right, is_near = np.asarray(probabilities), np.asarray(right), np.asarray(near)
    weight = np.where(is_near, _NEAR_MISSES / is_near.mean(), (1 - _NEAR_MISSES) / (1 - is_near.mean()))
    np.savez(CACHE / "thresholds.npz", chances=chances, right=is_right, near=is_near)
    answer_at = 0.99
    for threshold in np.arange(0.5, 0.99, 0.01):
        shown = chances >= threshold
        wrong = (weight * (shown & ~is_right)).sum() / max((weight * shown).sum(), 1e-9)
        if wrong <= _MOST_WRONG and shown[is_near].mean() <= _MOST_NEAR:
            answer_at = round(float(threshold), 2)
            break
    suggest_at = round(float(np.quantile(chances[~is_near], 1 - _KEPT)), 3)
    shown = chances >= answer_at
    print(
        f"two domains kept out: answer at {answer_at}, titles at {suggest_at}; answered {shown[~is_near].mean():.3f}, "
        f"near misses answered {shown[is_near].mean():.3f}, wrong of those shown {(~is_right[shown]).mean():.3f}"
    )
    return answer_at, min(suggest_at, answer_at / 2)


if __name__ == "__main__":
    main()
