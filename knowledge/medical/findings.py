"""Findings in running English or Chinese text: a spaCy pipeline of tokenizer, phrase finder and context."""

import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.errors import InputTooLargeError

from .case import Evidence, Finding, Sex, Status, Unread, merge_findings
from .chinese_names import names_to_read
from .common import load_common
from .measurements import Measurement
from .notes.characters import plain
from .notes.context.assertion import sentence_around
from .notes.context.children import CHILD_OF_UNKNOWN_AGE, child_of_unknown_age
from .notes.context.cue_rules import Assertion
from .notes.context.past import is_long_ago
from .notes.context.site import site_of
from .notes.language import OTHER_LANGUAGE, can_be_read
from .notes.values.dipsticks import read_dipsticks
from .notes.values.measurements import read_measurements
from .notes.values.normal import read_normal
from .notes.values.ranges import findings_of
from .notes.values.results import read_results
from .notes.values.spinal_fluid import read_spinal_fluid
from .notes.words.chinese import ChineseBook
from .notes.words.phrases import PhraseBook
from .notes.words.sites import SiteFinder
from .ontology import Ontology

MAX_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a text that names a finding, whatever its context says.

    Attributes:
        code: HPO id, or ``R1:...`` for a finding of :mod:`knowledge.medical.common` that HPO lacks.
        start, end: character offsets.
        assertion, cue, is_past: as its context decides; see :class:`~.notes.context.assertion.Context`.
    """

    code: str
    start: int
    end: int
    assertion: Assertion
    cue: str
    is_past: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Result of reading a text.

    Attributes:
        findings: the patient's, one per code, with every place as evidence.
        measurements: vital signs and laboratory values, in the order of the text.
        unread: findings and values of another person (reason ``another_person``), past findings (``resolved``) and
            values (``EARLIER``), target values (``NOT_MEASURED``, both of :mod:`.notes.values.stated`), a child whose
            age is not stated (:data:`~.notes.context.children.CHILD_OF_UNKNOWN_AGE`), or the whole text if it is in
            neither English nor Chinese (:data:`~.notes.language.OTHER_LANGUAGE`).
    """

    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]
    measurements: tuple[Measurement, ...] = ()


class FindingRecognizer:
    """Reads findings from notes. Built once (about a second), then safe to share between threads."""

    def __init__(self, ontology: Ontology) -> None:
        from .notes.pipeline import Finders, build  # spaCy is slow to import

        common = load_common()
        self._ontology, self._common = ontology, common
        self._lock = threading.Lock()
        known = [words for words in common.words if common.lineage(words.finding.code, ontology)]
        phrases = PhraseBook(ontology, [(words.finding.code, text) for words in known for text in words.en])
        chinese = self._chinese([(words.finding.code, text) for words in known for text in words.zh])
        codes = dict(zip(ontology.names, ontology.codes, strict=True))
        codes |= {f.name: f.id for f in common.findings.values() if common.lineage(f.id, ontology)}
        self._recent = {finding.id for finding in common.findings.values() if finding.recent}
        self._pipeline = build(
            Finders(phrases, SiteFinder(codes), chinese, ontology, frozenset(codes.values())), MAX_CHARACTERS
        )

    def _chinese(self, words: list[tuple[str, str]]) -> ChineseBook:
        """Our words, and the names in which these words find nothing that the name does not imply."""
        book = ChineseBook(words)
        names = (
            (code, name)
            for code, name in names_to_read()
            if (implied := self._common.lineage(code, self._ontology))
            and all(found in implied for _, _, found in book.find(name))
        )
        return ChineseBook((*words, *names))

    def read(
        self,
        text: str,
        *,
        source: str,
        date: dt.date | None = None,
        age_years: float | None = None,
        sex: Sex = Sex.UNKNOWN,
    ) -> Reading:
        """Findings of the patient and what was left out, with offsets into ``text``.

        A vital sign or laboratory value counts as the finding it stands for at this age and sex.

        Raises:
            InputTooLargeError: more than 1,000,000 characters.
        """
        check_length(text)
        if not can_be_read(text):
            return Reading((), (Unread(source, OTHER_LANGUAGE),))
        findings, unread = list[Finding](), list[Unread]()

        def evidence(start: int, end: int) -> Evidence:
            before, after = sentence_around(text, start, end)
            return Evidence(source, text[start:end], date, start, end, before=before, after=after)

        for mention in self.mentions(text):
            span = mention.start, mention.end
            left_out = mention.assertion.left_out or self._over(text, mention)
            if left_out:
                unread.append(Unread(source, left_out, text[slice(*span)]))
            else:
                site, side = site_of(text, *span)
                said = replace(evidence(*span), cue=mention.cue, is_past=mention.is_past, side=side, site=site)
                findings.extend(self._findings(mention.code, mention.assertion.status, said))
        measurements, not_now = read_measurements(text, source)
        unread.extend(not_now)
        child = child_of_unknown_age(text) if age_years is None else ""
        if child:
            unread.append(Unread(source, CHILD_OF_UNKNOWN_AGE, child))
        shown = [(*value.span, findings_of(value, age_years, sex, is_child=bool(child))) for value in measurements]
        results = [*read_results(text, age_years), *read_spinal_fluid(text), *read_dipsticks(text), *read_normal(text)]
        shown += [(result.start, result.end, dict(result.findings)) for result in results]
        wider = self._wider(findings)
        for start, end, statuses in shown:
            for code, status in statuses.items():
                denies_narrower = status is Status.ABSENT and code in wider
                if self._common.lineage(code, self._ontology) and not denies_narrower:
                    findings.extend(self._findings(code, status, evidence(start, end)))
        return Reading(merge_findings(findings), tuple(unread), tuple(measurements))

    def _wider(self, findings: list[Finding]) -> set[str]:
        """What present findings imply but nothing states; a normal value does not deny it.

        In orthostatic hypotension, the pressure at rest is normal.
        """
        present = {finding.code for finding in findings if finding.status is Status.PRESENT}
        return {wide for code in present for wide in self._common.lineage(code, self._ontology)} - present

    def _over(self, text: str, mention: Mention) -> str:
        """Why a finding that counts only if recent is left out: it was years ago ("hip replacement 2019"); or empty."""
        is_over = mention.code in self._recent and is_long_ago(plain(text), mention.start, mention.end)
        return Assertion.RESOLVED.left_out if is_over else ""

    def _findings(self, code: str, status: Status, evidence: Evidence) -> Iterator[Finding]:
        """The finding and, for one of ours that is not absent, what it implies, up to the HPO term that ranks rare
        diseases."""
        local = self._common.findings.get(code)
        yield Finding(code, local.name if local else self._ontology.name(code), status, (evidence,))
        while local and local.is_a and status is not Status.ABSENT:
            yield Finding(local.is_a.code, local.is_a.label, status, (evidence,))
            local = self._common.findings.get(local.is_a.code)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Every place that names a finding, in order, including those left out of :meth:`read`.

        Raises:
            InputTooLargeError: more than 1,000,000 characters.
        """
        from .notes.pipeline import SPANS  # spaCy is slow to import

        check_length(text)
        # The memory zone frees the note's words afterwards; spaCy keeps one zone at a time, hence the lock.
        with self._lock, self._pipeline.memory_zone():
            doc = self._pipeline(text)
            return tuple(
                Mention(span.label_, span.start_char, span.end_char, span._.assertion, span._.cue, span._.is_past)
                for span in doc.spans[SPANS]
            )


def check_length(text: str) -> None:
    """Refuses a text that is too long to be read.

    Raises:
        InputTooLargeError: more than 1,000,000 characters.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputTooLargeError(
            f"The text has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}", hint="Split it into documents"
        )
