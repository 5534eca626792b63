"""The trained recogniser of diseases and chemicals: spaCy's, with the names of :mod:`...lexicon` as a feature.

Imports spaCy, so it is itself imported only when a text is read.
"""

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc, Span
from thinc.api import NumpyOps

from ...lexicon import FOLDER, Lexicon, shipped_lexicon
from .abbreviations import abbreviations

DISEASE, CHEMICAL = "Disease", "Chemical"
"""Labels of ``doc.ents``."""

_WIDTH = 96
_EMBED = {"NORM": 8000, "PREFIX": 2000, "SUFFIX": 4000, "SHAPE": 3000, "TAG": 200}  # token attribute: rows of its table
_MODEL = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "tok2vec": {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": _WIDTH,
            "attrs": list(_EMBED),
            "rows": list(_EMBED.values()),
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": _WIDTH,
            "depth": 4,
            "window_size": 1,
            "maxout_pieces": 3,
        },
    },
}


class _BlasOps(NumpyOps):  # type: ignore[misc]  # thinc's has no types
    """Multiplies with numpy's own BLAS, three times as fast as thinc's on the sizes of this network."""

    def gemm(
        self,
        x: NDArray[np.float32],
        y: NDArray[np.float32],
        out: NDArray[np.float32] | None = None,
        trans1: bool = False,
        trans2: bool = False,
    ) -> NDArray[np.float32]:
        return np.matmul(x.T if trans1 else x, y.T if trans2 else y, out=out)


class NameTagger:
    """Component that writes the lexicon's tags into ``token.tag_``, where the recogniser looks for them."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def __call__(self, doc: Doc) -> Doc:
        for token, tag in zip(doc, self.lexicon.tags([token.text for token in doc]), strict=True):
            token.tag_ = tag
        return doc


@Language.factory("lexicon_tags")
def _lexicon_tags(nlp: Language, name: str) -> NameTagger:
    return NameTagger(shipped_lexicon())


@Language.component("abbreviations")
def _abbreviations(doc: Doc) -> Doc:
    """Gives an abbreviation that the text defines the label of what it stands for, or none if that has none."""
    words = [token.text for token in doc]
    ending = {ent.end: ent.label_ for ent in doc.ents}
    labelled = {token for ent in doc.ents for token in range(ent.start, ent.end)}
    labels: dict[str, str] = {}
    for found in abbreviations(words):
        if found.end in ending or labelled.isdisjoint(range(found.start, found.end)):
            labels.setdefault(words[found.short], ending.get(found.end, ""))
    if labels:
        kept = [ent for ent in doc.ents if len(ent) > 1 or ent.text not in labels]
        taken = {token for ent in kept for token in range(ent.start, ent.end)}
        new = [(at, label) for at, word in enumerate(words) if at not in taken and (label := labels.get(word))]
        doc.set_ents([*kept, *(Span(doc, at, at + 1, label) for at, label in new)])
    return doc


def add_untrained(nlp: Language) -> None:
    """Adds the names and a recogniser to be trained."""
    nlp.add_pipe("lexicon_tags")
    recogniser = cast(Any, nlp.add_pipe("ner", config={"model": _MODEL}))
    ops = _BlasOps()
    for node in recogniser.model.walk():
        node.ops = ops


def add_trained(nlp: Language) -> None:
    """Adds the names, the committed recogniser and the labels of abbreviations.

    Raises:
        OSError: the model folder is missing or corrupt.
    """
    add_untrained(nlp)
    cast(Any, nlp.get_pipe("ner")).from_disk(FOLDER / "ner", exclude=["vocab"])
    nlp.add_pipe("abbreviations")
