"""The spaCy pipeline behind :mod:`.entities`: tokenizer, phrase finder, clinical context.

Imports spaCy, so it is itself imported only when a text is read.
"""

import re
from typing import cast

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from .context import contexts
from .phrases import PhraseBook
from .rules import Assertion

SPANS = "findings"
"""Key of ``doc.spans`` under which the mentions are found; the label of a span is its HPO id."""

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")

Span.set_extension("assertion", default=Assertion.PRESENT, force=True)
Span.set_extension("cue", default="", force=True)


class WordTokenizer:
    """Splits into words, single marks and white space.

    spaCy's own tokenizer takes minutes for a page of brackets; this one is linear in the length of the text.
    """

    def __init__(self, vocab: Vocab) -> None:
        self._vocab = vocab

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        for token in _TOKEN.findall(text):
            if token[0] == " " and words and not spaces[-1]:  # spaCy keeps the first blank after a word apart
                spaces[-1] = True
                token = token[1:]
            if token:
                words.append(token)
                spaces.append(False)
        return Doc(self._vocab, words=words, spaces=spaces)


class PhraseFinder:
    """Component that marks every wording of ``book``; without a book it marks nothing."""

    def __init__(self) -> None:
        self.book: PhraseBook | None = None

    def __call__(self, doc: Doc) -> Doc:
        hits = self.book.find([token.text for token in doc]) if self.book else []
        doc.spans[SPANS] = [Span(doc, hit.start, hit.end, label=hit.code) for hit in hits]
        return doc


@Language.factory("phenotype_phrases")
def _phenotype_phrases(nlp: Language, name: str) -> PhraseFinder:
    return PhraseFinder()


@Language.component("clinical_context")
def _clinical_context(doc: Doc) -> Doc:
    spans = list(doc.spans[SPANS])
    for span, context in zip(spans, contexts(doc.text, [(s.start_char, s.end_char) for s in spans]), strict=True):
        span._.assertion, span._.cue = context.assertion, context.cue
    return doc


def build(book: PhraseBook, max_characters: int) -> Language:
    """A pipeline that marks and judges the wordings of ``book`` in texts of up to ``max_characters``."""
    nlp = spacy.blank("en")
    nlp.max_length = max_characters
    nlp.tokenizer = WordTokenizer(nlp.vocab)
    cast(PhraseFinder, nlp.add_pipe("phenotype_phrases")).book = book
    nlp.add_pipe("clinical_context")
    return nlp
