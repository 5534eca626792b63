"""How a library is searched, by its size and the language of the question, and which calibrator tells what that means.

====================================  ================  ======================================  ===========
A library whose texts are             Question          Beside its texts are compared           Calibrator
====================================  ================  ======================================  ===========
in the other language only            either            nothing; one model finds across         across
                                                        languages
few wordings, without sentences       either            nothing                                 few
few wordings                          without a judge   sentences of answers                    sentences
few wordings                          with a judge      sentences; the judge reads the best     judged
many wordings                         English           sentences, the judge, what is learnt    many
many wordings                         Chinese           sentences, what is learnt               many
plenty of wordings                    English           what is learnt; then the judge          many, read
plenty of wordings, answers are names English           what is learnt                          many
plenty of wordings                    Chinese           what is learnt                          many
====================================  ================  ======================================  ===========

*Many* are 60 wordings and 5 for each entry, in the question's language; *plenty*, 12 for each entry, tell by themselves
which entry is asked. *Without sentences* are libraries of over 5,000 entries. Answers *are names* where most do not end
a sentence, as names of intents. A *judge* is a :class:`~knowledge.retrieval.cross_encoder.Reranker`; the Chinese one is
slow, and a library that learns from its wordings would have to wait until it has read them all.

A message after a question is compared by itself and behind that question in the same way. What both say is one more
calibrator's: ``context``, or ``context_judged`` where a judge reads, since that makes leads larger.
"""

from dataclasses import dataclass
from typing import Literal

from ..retrieval.language import Language
from .answerability import Kind

Wordings = Literal["none", "few", "many", "plenty"]
"""How many a library has in the question's language; none if it has no text in it."""

Answers = Literal["none", "names", "sentences"]
"""What those of a library are, in the question's language."""


@dataclass(frozen=True, slots=True)
class Regime:
    """A row of the table.

    Attributes:
        sentences: whether sentences of answers are compared.
        judge: whether a judge reads the best entries.
        calibrator: for a question by itself.
        after: for the same with what the judge says, if it comes last.
    """

    calibrator: Kind
    sentences: bool = False
    judge: bool = False
    after: Kind | None = None

    @property
    def in_context(self) -> Kind:
        """The calibrator for a message after a question."""
        return "context_judged" if self.judge else "context"


def regime(language: Language, wordings: Wordings, answers: Answers, *, has_judge: bool) -> Regime:
    """How questions in a language are compared with a library."""
    if wordings == "none":
        return Regime("across")
    is_learnt = wordings in ("many", "plenty")
    has_sentences = answers != "none"
    judge = has_judge and has_sentences and not (is_learnt and language == "zh")
    if wordings == "plenty":
        judge = judge and answers == "sentences"
        return Regime("many", judge=judge, after="read" if judge else None)
    calibrator: Kind = "many" if is_learnt else "judged" if judge else "sentences" if has_sentences else "few"
    return Regime(calibrator, has_sentences, judge)
