"""Annotated sentences: ``diagnosis/ner/CORPUS/PART.tsv``, a token and its IOB label per line, blank lines between."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from knowledge.medical.notes.words.ner_model import add_trained

Span = tuple[int, int, str]
"""First token, end (exclusive), label."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens and the IOB2 label of each (``B-Disease``, ``I-Disease``, ``O``)."""

    words: list[str]
    labels: list[str]

    def spans(self) -> set[Span]:
        """The annotated spans."""
        spans, start = set[Span](), 0
        for at, (label, after) in enumerate(zip(self.labels, [*self.labels[1:], "O"], strict=True)):
            if label.startswith("B"):
                start = at
            if label != "O" and not after.startswith("I"):
                spans.add((start, at + 1, label[2:]))
        return spans


def read_corpus(path: Path) -> list[Sentence]:
    """All sentences of a file."""
    return list(_sentences(path.read_text(encoding="utf-8").splitlines()))


def _sentences(lines: Iterable[str]) -> Iterator[Sentence]:
    words, labels = list[str](), list[str]()
    for line in [*lines, ""]:
        if line.strip():
            word, label = line.split("\t")
            words.append(word)
            labels.append(label)
        elif words:
            yield Sentence(words, labels)
            words, labels = [], []


def read_trained() -> Language:
    """A pipeline with only the committed recogniser, for pretokenised text."""
    nlp = spacy.blank("en")
    add_trained(nlp)
    return nlp


def score(nlp: Language, sentences: Sequence[Sentence]) -> dict[str, float]:
    """F1 of exact spans for each label."""
    right, found, wanted = Counter[str](), Counter[str](), Counter[str]()
    docs = nlp.pipe(Doc(nlp.vocab, words=sentence.words) for sentence in sentences)
    for sentence, doc in zip(sentences, docs, strict=True):
        gold, guess = sentence.spans(), {(ent.start, ent.end, ent.label_) for ent in doc.ents}
        for counter, spans in ((right, gold & guess), (found, guess), (wanted, gold)):
            counter.update(label for _, _, label in spans)
    return {label: round(2 * right[label] / (found[label] + wanted[label]), 4) for label in sorted(wanted)}
