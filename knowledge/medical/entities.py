"""Findings in running English text: a spaCy pipeline of tokenizer, phrase finder and context."""

import datetime as dt
import threading
import unicodedata
from dataclasses import dataclass

from core.errors import InputTooLargeError

from .case import Evidence, Finding, Unread, merge_findings
from .ontology import Ontology
from .phrases import PhraseBook
from .rules import Assertion

MAX_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a text that names a finding, whatever its context says.

    Attributes:
        code: HPO id.
        start, end: character offsets.
        assertion, cue: as its context decides; see :class:`~knowledge.medical.context.Context`.
    """

    code: str
    start: int
    end: int
    assertion: Assertion
    cue: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text gave.

    Attributes:
        findings: the patient's, one a code, with every place as evidence.
        unread: findings of another person (reason ``another_person``) and past ones (``resolved``), or the whole text
            when its script is not Latin (``script_not_supported``).
    """

    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]


class FindingRecognizer:
    """Reads findings from notes. Built once (about a second), then safe to share between threads."""

    def __init__(self, ontology: Ontology) -> None:
        from .pipeline import build  # spaCy is slow to import

        self._ontology = ontology
        self._lock = threading.Lock()
        self._pipeline = build(PhraseBook(ontology), MAX_CHARACTERS)

    def read(self, text: str, *, source: str, date: dt.date | None = None) -> Reading:
        """Findings of the patient and what was left out, with offsets into ``text``.

        Raises:
            InputTooLargeError: more than 1,000,000 characters.
        """
        _check_length(text)
        if not _is_latin(text):
            return Reading((), (Unread(source, "script_not_supported"),))
        findings, unread = [], []
        for mention in self.mentions(text):
            phrase = text[mention.start : mention.end]
            if mention.assertion.left_out:
                unread.append(Unread(source, mention.assertion.left_out, phrase))
                continue
            evidence = Evidence(source, phrase, date, mention.start, mention.end, mention.cue)
            label = self._ontology.name(mention.code)
            findings.append(Finding(mention.code, label, mention.assertion.status, (evidence,)))
        return Reading(merge_findings(findings), tuple(unread))

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Every place that names a finding, in order, those left out included.

        Raises:
            InputTooLargeError: more than 1,000,000 characters.
        """
        _check_length(text)
        # The memory zone frees the note's words afterwards; spaCy keeps one zone at a time, hence the lock.
        with self._lock, self._pipeline.memory_zone():
            doc = self._pipeline(text)
            return tuple(
                Mention(span.label_, span.start_char, span.end_char, span._.assertion, span._.cue)
                for span in doc.spans["findings"]
            )


def _check_length(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise InputTooLargeError(
            f"The text has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}", hint="Split it into documents"
        )


def _is_latin(text: str) -> bool:
    """Whether most letters are Latin; a text without letters is."""
    letters = [c for c in text if c.isalpha()]
    latin = sum(c.isascii() or unicodedata.name(c, "").startswith("LATIN") for c in letters)
    return 2 * latin >= len(letters)
