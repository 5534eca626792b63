"""Trains the recogniser of diseases and chemicals on the train parts of ``diagnosis/ner``, and writes the model folder.

The number of passes is fixed, without model selection on the devel parts, which are only scored at the end.
NCBI-disease does not annotate chemicals, so drug names in it are unlabelled instead of taught as non-entities.
"""

import json
import random
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, cast

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import fix_random_seed  # type: ignore[attr-defined]

from benchmarks.common import data_folder, report
from benchmarks.corpora import Sentence, read_corpus, read_trained, score
from knowledge.medical.lexicon import FOLDER, shipped_lexicon
from knowledge.medical.notes.words.ner_model import add_untrained

_PASSES = 5
_RATE = (1e-3, 1e-4)  # learning rate of the first and the last pass
_WORDS = (200, 1500)  # words per step, rising from the first pass to the middle one
_DROPOUT = 0.25
_HIDDEN_NAMES = 0.05  # share of name tags hidden in training, so that the words around a name are learned too
_CHEMICALS_OPEN = {"NCBI-disease-IOB"}


def main() -> None:
    """Trains, saves and scores."""
    fix_random_seed(1)
    folder = data_folder() / "diagnosis" / "ner"
    parts = {
        path.name: {p.stem: read_corpus(p) for p in sorted(path.glob("*.tsv"))} for path in sorted(folder.iterdir())
    }
    nlp = spacy.blank("en")
    add_untrained(nlp)
    train = [(sentence, name in _CHEMICALS_OPEN) for name, corpus in parts.items() for sentence in corpus["train"]]
    optimizer = nlp.initialize(lambda: [_example(nlp, *pair) for pair in train])
    rows: list[list[str]] = []
    for number in range(_PASSES):
        begin, share = time.perf_counter(), number / max(_PASSES - 1, 1)
        cast(Any, optimizer).learn_rate = _RATE[0] * (_RATE[1] / _RATE[0]) ** share
        loss = _one_pass(nlp, train, optimizer, words=round(_WORDS[0] * (_WORDS[1] / _WORDS[0]) ** min(1, 2 * share)))
        with nlp.use_params(cast(Any, optimizer).averages):
            _save(nlp)
        rows.append([str(number + 1), f"{loss:.0f}", f"{time.perf_counter() - begin:.0f} s"])
        print("pass", *rows[-1], flush=True)
    nlp = read_trained()
    figures = {name: score(nlp, corpus["devel"]) for name, corpus in parts.items() if "devel" in corpus}
    report("fit_entities", "Recogniser of diseases and chemicals", ["pass", "loss", "time"], rows, figures)


def _one_pass(nlp: Language, train: list[tuple[Sentence, bool]], optimizer: Any, words: int) -> float:
    losses: dict[str, float] = {}
    batch: list[Example] = []
    for example in _texts(nlp, train):
        batch.append(example)
        if sum(len(e.reference) for e in batch) >= words:
            nlp.update(batch, sgd=optimizer, drop=_DROPOUT, losses=losses)
            batch = []
    if batch:
        nlp.update(batch, sgd=optimizer, drop=_DROPOUT, losses=losses)
    return losses["ner"]


def _texts(nlp: Language, train: list[tuple[Sentence, bool]]) -> Iterator[Example]:
    """Shuffled texts of one to three sentences, since notes have several.

    Corpora are mixed, since whatever is read last is remembered best.
    """
    texts: list[tuple[Sentence, bool]] = []
    for open_chemicals in (False, True):
        sentences = [sentence for sentence, is_open in train if is_open is open_chemicals]
        random.shuffle(sentences)
        at = 0
        while at < len(sentences):
            group = sentences[at : at + random.randint(1, 3)]
            at += len(group)
            text = Sentence([w for s in group for w in s.words], [x for s in group for x in s.labels])
            texts.append((text, open_chemicals))
    random.shuffle(texts)
    for text, open_chemicals in texts:
        yield _example(nlp, text, open_chemicals, _HIDDEN_NAMES)


def _example(nlp: Language, sentence: Sentence, open_chemicals: bool, hide: float = 0.0) -> Example:
    tags = shipped_lexicon().tags(sentence.words)
    reference = Doc(nlp.vocab, words=sentence.words)
    spans = [Span(reference, *span) for span in sorted(sentence.spans())]
    missing = []
    if open_chemicals:
        pairs = enumerate(zip(tags, sentence.labels, strict=True))
        missing = [reference[i : i + 1] for i, (tag, label) in pairs if tag.endswith("C") and label == "O"]
    reference.set_ents(spans, missing=missing, default="outside")
    seen = ["O" if random.random() < hide else tag for tag in tags] if hide else tags
    return Example(Doc(nlp.vocab, words=sentence.words, tags=seen), reference)


def _save(nlp: Language) -> None:
    target = FOLDER / "ner"
    shutil.rmtree(target, ignore_errors=True)
    cast(Any, nlp.get_pipe("ner")).to_disk(target, exclude=["vocab"])
    (FOLDER / "trained.json").write_text(
        json.dumps({"date": datetime.now(UTC).date().isoformat(), "spacy": version("spacy"), "numpy": np.__version__})
        + "\n"
    )


if __name__ == "__main__":
    main()
