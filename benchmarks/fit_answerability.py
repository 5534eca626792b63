"""Fits ``knowledge/faq/answerability.json``: the calibrators that libraries start with, and their thresholds.

What they are fitted on: libraries put together from CLINC150's training part (8 of its 10 domains, without banking and
credit cards, nor any intent of Banking77's); for few wordings an entry also StackFAQ and, with the sentences of
answers, sixteen invented companies (``data/companies.jsonl``); where entries are judged, eleven that the judge has not
learnt from (of these and of ``data/invented_faqs.jsonl``) and the domains for the thresholds; for many wordings those
of the eleven that have enough. In Chinese, four libraries of invented companies (``data/chinese_libraries.jsonl``) and,
where sentences count, sixteen of ``data/invented_faqs.jsonl``; for Chinese questions to English entries the first
sixteen (``data/companies_in_chinese.jsonl``). Language models wrote the companies; none is a bank. From each library
(but for one of each company's three) a third of the intents is left out, and their questions are the near misses.
CLINC150's out-of-scope questions are not used; nor is anything of Banking77. Four of the domains are for the
thresholds; those of few wordings were set by hand, see ``knowledge/faq/answerability.md``.
"""

import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.common import data_folder, read_jsonl
from benchmarks.faq_companies import Row, apart_from_judge, in_chinese, in_english, invented
from benchmarks.faq_data import (
    CACHE,
    SHARED_WITH_BANKING77,
    Models,
    clinc150,
    clinc_domains,
    embedders,
    entry,
    together,
    wordings,
)
from knowledge.faq import answerability
from knowledge.faq.answerability import (
    FEATURES,
    Examples,
    Fit,
    Kind,
    Numbers,
    Thresholds,
    chances,
    shipped,
    standardised,
)
from knowledge.faq.features import View, readers
from knowledge.faq.in_context import rank_in_context
from knowledge.faq.sources import Entry
from knowledge.faq.texts import Texts
from knowledge.retrieval.language import Language, simplified
from knowledge.retrieval.lexical import LexicalIndex

_TARGET = Path(answerability.__file__).parent / "answerability.json"
_DATA = Path(__file__).parent / "data"
_CHINESE, _FOLLOW_UPS = _DATA / "chinese_libraries.jsonl", _DATA / "follow_ups.jsonl"
_EPISODES, _ASKED, _LEFT_OUT = 10, 8, 1 / 3
_BESIDE_COMPANIES, _OF_OTHERS = 4, 5
_FOR_THRESHOLDS_EPISODES, _CHINESE_EPISODES = 5, 3
_VARIANTS: dict[str, tuple[int, ...]] = {"few": (1, 2, 3), "many": (8, 8, 10, 20, 60)}
_CHINESE_VARIANTS: dict[str, tuple[int, ...]] = {"few": (1, 2, 3), "many": (5, 6, 8, 10)}
_THRESHOLDS: dict[Kind, Thresholds] = {
    "few": Thresholds(0.7, 0.35),
    "across": Thresholds(0.8, 0.45),
    "sentences": Thresholds(0.7, 0.45),
    "judged": Thresholds(0.75, 0.5),
    "many": Thresholds(0.8, 0.2),  # until they are chosen
    "context": Thresholds(0.8, 0.55),
}
_OF_COMPANIES = (5, 5, 6)  # wordings an entry, of their eight
_IN_CONTEXT = (1, 2, 6)  # likewise, where a question comes before
_RIDGE = 40.0
NEAR_MISSES, MOST_WRONG, MOST_NEAR = 0.3, 0.03, 0.10
"""Near misses among the questions; the most of what is shown that may be wrong; the most near misses answered."""
_KEPT = 0.98  # of answerable questions, at least titles are offered for these


class Question(NamedTuple):
    """What is asked, the id of the entry that answers it, or none, and the question before it, if there is one."""

    text: str
    id: str
    before: str = ""


@dataclass(frozen=True)
class Episode:
    """A library and questions.

    Attributes:
        judged: a judge of the language reads the best entries; not where it has learnt from them.
    """

    entries: list[Entry]
    questions: list[Question]
    judged: bool = True


def main() -> None:
    """Fits, prints how it does on what was kept out, and writes the file; one kind, or two, where named."""
    data, models = data_folder() / "faq", embedders()
    fitting, kept_out = clinc_domains(data / "clinc150")
    texts = wordings(clinc150(data / "clinc150")["train"], max(_VARIANTS["many"]) + _ASKED)
    chosen = sys.argv[1:] or list(FEATURES)
    if "few" in chosen:
        english = [*_clinc(fitting, texts, _EPISODES, "few"), *_stackfaq(data / "stackfaq", 2)]
        _fit("few", {"en": english, "zh": list(_chinese("few"))}, models)
    if "across" in chosen:  # of Chinese questions to English entries; English ones to Chinese entries go by it, too
        fits = _fit("across", {"zh": list(_companies(in_chinese(), "en"))}, models)
        _write("across", {"en": fits["zh"], "zh": fits["zh"]})
    stackfaq = list(_stackfaq(data / "stackfaq", _BESIDE_COMPANIES))
    if "sentences" in chosen:
        clinc = _clinc(fitting, texts, _BESIDE_COMPANIES, "few")
        english = [*_companies(in_english(), "en"), *clinc, *stackfaq]
        _fit("sentences", {"en": english, "zh": list(_companies(invented("zh"), "zh"))}, models)
    if "judged" in chosen:  # what the judge has learnt from, it knows too well
        clinc = _clinc(kept_out, texts, _BESIDE_COMPANIES, "few")
        _fit("judged", {"en": [*_companies(apart_from_judge()[1], "en"), *clinc, *stackfaq]}, models)
    if "many" in chosen:
        unfitted = _unfitted("many")
        _write("many", {"en": unfitted, "zh": unfitted})
        asked_often = [*_clinc(fitting, texts, _EPISODES, "many"), *_asked_often(apart_from_judge()[1], "en")]
        fits = {"en": _many(asked_often, "en", unfitted, models)}
        asked_often = [*_chinese("many"), *_asked_often(invented("zh"), "zh")]
        fits["zh"] = _many(asked_often, "zh", fits["en"], models)
        _write("many", fits)
        _write("many", fits, _thresholds(_clinc(kept_out, texts, _FOR_THRESHOLDS_EPISODES, "many"), models))
    if "context" in chosen:  # by the chances that the others give
        _fit("context", {language: list(_after_another(language)) for language in ("en", "zh")}, models)


def _fit(kind: Kind, episodes: Mapping[Language, Sequence[Episode]], models: Models) -> dict[Language, Fit]:
    """Writes each language's calibrator, which starts from the one before."""
    fit, fits = _unfitted(kind), {}
    # Features of the last fit may have had other names.
    _write(kind, dict.fromkeys(episodes, fit))
    for language, own in episodes.items():
        parts = [_asked(episode, language, kind, models)[1] for episode in own]
        if kind == "context":
            _kept_out(fit, parts, language)
        found = _pooled(parts)
        fits[language] = fit = fit.rescaled(found).adjusted(found, _RIDGE)
    _write(kind, fits)
    return fits


def _kept_out(start: Fit, parts: Sequence[Examples], language: Language) -> None:
    """Prints how a fit does on messages after a question to each company, without that company."""
    answered, right, near = [], [], []
    companies = [_pooled(parts[at : at + len(_IN_CONTEXT)]) for at in range(0, len(parts), len(_IN_CONTEXT))]
    for number, own in enumerate(companies):
        others = _pooled([other for at, other in enumerate(companies) if at != number])
        fit = start.rescaled(others).adjusted(others, _RIDGE)
        rows = [dict(zip(fit.names, row, strict=True)) for row in own.features]
        shown = np.asarray([chances(fit, row).right >= fit.thresholds.answer_at for row in rows])
        answered.append(shown)
        right.append(own.right[shown])
        near.append(shown[~own.covered])
    print(
        f"context, {language}: answered {np.concatenate(answered).mean():.3f}, wrong of these "
        f"{1 - np.concatenate(right).mean():.3f}, of those that nothing answers {np.concatenate(near).mean():.3f}"
    )


def _many(episodes: Sequence[Episode], language: Language, start: Fit, models: Models) -> Fit:
    """Each library's features are standardised by what its own wordings show, as they will be at the customer's."""
    parts, means, spreads = [], [], []
    for number, episode in enumerate(episodes):
        view, own = _asked(episode, language, "many", models, learnt=_fresh(f"fit-{language}-{number}"))
        parts.append(replace(own, features=standardised(own.features, view.fit.mean, view.fit.spread)[:, :-1]))
        means.append(view.fit.mean)
        spreads.append(view.fit.spread)
        print(f"many wordings, {language}: library {number + 1} of {len(episodes)}", flush=True)
    plain = _unfitted("many")  # the features are standardised already
    fit = replace(start, mean=plain.mean, spread=plain.spread).adjusted(_pooled(parts), _RIDGE)
    return replace(fit, mean=np.mean(means, axis=0), spread=np.mean(spreads, axis=0))


def _unfitted(kind: Kind) -> Fit:
    nothing = np.zeros(len(FEATURES[kind]) + 1)
    return Fit(FEATURES[kind], nothing[1:], nothing[1:] + 1, nothing, nothing, _THRESHOLDS[kind])


def _write(kind: Kind, fits: Mapping[Language, Fit], thresholds: Thresholds | None = None) -> None:
    kept = json.loads(_TARGET.read_text("utf-8"))
    kept[kind] = {
        **asdict(thresholds or _THRESHOLDS[kind]),
        "languages": {language: _named(fit) for language, fit in fits.items()},
    }
    _TARGET.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    shipped.cache_clear()


def _named(fit: Fit) -> dict[str, dict[str, float]]:
    parts = {"mean": fit.mean, "spread": fit.spread, "covered": fit.covered, "right": fit.right}
    names = (*fit.names, "constant")
    return {part: dict(zip(names, values.round(4).tolist(), strict=False)) for part, values in parts.items()}


def _clinc(domains: dict[str, list[str]], texts: dict[str, list[str]], episodes: int, kind: Kind) -> Iterator[Episode]:
    """Libraries of one to three domains; of two at least where they are to learn from their own wordings."""
    chance = random.Random(0)
    for _ in range(episodes):
        chosen = chance.sample(sorted(domains), chance.randint(1 if kind == "few" else 2, 3))
        variants = chance.choice(_VARIANTS[kind])
        names = [name for domain in chosen for name in domains[domain] if name not in SHARED_WITH_BANKING77]
        yield _episode({name: texts[name] for name in names}, variants, chance, "en")


def _companies(rows: Sequence[Row], language: Language) -> Iterator[Episode]:
    """Each company three times: with the questions that only sound alike as near misses, then with those of a third.

    A few that other companies are asked are in each. The language is that of the entries.
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
            yield Episode(entries, questions)


def _asked_often(rows: Sequence[Row], language: Language) -> Iterator[Episode]:
    """Companies with five or six wordings an entry, of its titles and questions, a third of the entries left out."""
    chance = random.Random(5)
    companies: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if len(row.asked) > max(_OF_COMPANIES) + 1:
            companies[row.company].append(row)
    for own in companies.values():
        variants = chance.choice(_OF_COMPANIES)
        left_out = set(chance.sample([row.id for row in own], int(len(own) * _LEFT_OUT)))
        entries, questions = [], []
        for row in own:
            texts = chance.sample(row.asked, len(row.asked))
            id = "" if row.id in left_out else row.id
            if id:
                entries.append(entry(id, language, texts[:variants], row.answer))
            questions += [Question(text, id) for text in texts[variants:]] + [Question(text, "") for text in row.near]
        yield Episode(entries, questions)


def _after_another(language: Language) -> Iterator[Episode]:
    """Companies with one wording an entry, two or six, and messages after a question."""
    companies: dict[str, list[Row]] = defaultdict(list)
    for row in invented(language):
        companies[row.company].append(row)
    unknown_to_judge = {row.company for row in apart_from_judge()[1]}
    asked: dict[str, list[Question]] = defaultdict(list)
    for message in read_jsonl(_FOLLOW_UPS):
        asked[message["company"]].append(Question(message["question"], message["id"], message["first"]))
    for company, own in companies.items():
        for count in _IN_CONTEXT if company in asked else ():
            entries = [entry(row.id, language, row.asked[:count], row.answer) for row in own]
            yield Episode(entries, asked[company], judged=company in unknown_to_judge)


def _stackfaq(folder: Path, episodes: int) -> Iterator[Episode]:
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


def _chinese(kind: Kind) -> Iterator[Episode]:
    """Each library several times, with other intents left out; here a wording may be any of an entry's."""
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


def _pooled(parts: Sequence[Examples]) -> Examples:
    names = ("features", "covered", "right")
    return Examples(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _asked(
    episode: Episode, language: Language, kind: Kind, models: Models, *, learnt: Path | None = None
) -> tuple[View, Examples]:
    """What a library's questions find; with a file for it, after the library has learnt from its own wordings."""
    texts = Texts(episode.entries)
    asked = readers(texts, together(models), CACHE)[language]
    if kind == "few":
        asked = tuple(replace(reader, sentences=None) for reader in asked)
    if kind == "sentences" or not episode.judged:
        asked = tuple(replace(reader, judge=None) for reader in asked)
    view = View(texts, language, asked, LexicalIndex(texts.texts), CACHE)
    if learnt or kind == "context":
        view.learn(learnt or _fresh("context"))
    for model in models[::2] if language == "en" else models[1:]:
        model.prepare(simplified(f"{before} {text}".lstrip()) for text, _, before in episode.questions)
    features, covered, right = [], [], []
    for text, id, before in episode.questions:
        ranking = rank_in_context(view, simplified(text), simplified(before))[0] if before else view.rank(text)
        features.append([ranking.features[name] for name in FEATURES[kind]])
        covered.append(bool(id))
        right.append(texts.ids[ranking.entries[ranking.order[0]]] == id)
    return view, Examples(np.asarray(features), np.asarray(covered), np.asarray(right))


def _fresh(name: str) -> Path:
    learnt = CACHE / f"{name}.npz"
    learnt.unlink(missing_ok=True)
    return learnt


def _thresholds(episodes: Iterator[Episode], models: Models) -> Thresholds:
    """The lowest probability at which no more than a few answers are wrong and few near misses answered."""
    covers, rights, found = [], [], []
    for number, episode in enumerate(episodes):
        view, own = _asked(episode, "en", "many", models, learnt=_fresh(f"thresholds-{number}"))
        for row in own.features:
            likely = chances(view.fit, dict(zip(view.fit.names, row, strict=True)))
            rights.append(likely.right)
            covers.append(likely.covered)
        found.append(own)
    asked, first = _pooled(found), np.asarray(rights)
    answer_at, suggest_at = choose_thresholds(np.asarray(covers), first, asked)
    shown = first >= answer_at
    print(
        f"domains kept out: answer at {answer_at:.2f}, titles at {suggest_at:.3f}; answered "
        f"{shown[asked.covered].mean():.3f}, near misses answered {shown[~asked.covered].mean():.3f}"
    )
    return Thresholds(round(answer_at, 2), round(suggest_at, 3))


def choose_thresholds(covered: Numbers, right: Numbers, examples: Examples) -> tuple[float, float]:
    """The lowest chances at which to answer and to offer titles.

    Answers: with :data:`NEAR_MISSES` mixed in, at most :data:`MOST_WRONG` of those shown are wrong, and at most
    :data:`MOST_NEAR` of the near misses are answered. Titles: all but a few answerable questions get some.

    Args:
        covered, right: the chances of each search, ``[searches]``.
        examples: what was true.
    """
    is_near = ~examples.covered
    weight = np.where(is_near, NEAR_MISSES / is_near.mean(), (1 - NEAR_MISSES) / (1 - is_near.mean()))
    order = np.argsort(-right, kind="stable")
    wrong = np.cumsum((weight * ~(examples.right & examples.covered))[order]) / np.cumsum(weight[order])
    near = np.cumsum(is_near[order]) / is_near.sum()
    allowed = np.flatnonzero((wrong <= MOST_WRONG) & (near <= MOST_NEAR))
    last = allowed[-1] if allowed.size else 0
    answer_at = float(np.clip(right[order[last]], 0.5, 0.99))
    return answer_at, min(float(np.quantile(covered[examples.covered], 1 - _KEPT)), answer_at)


if __name__ == "__main__":
    main()
