"""Look-ups in a chart: sentences of notes, values by code, what was read and what was not."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator

from adapters.fhir.chart import Chart, Entry, EntryKind
from adapters.fhir.chart_notes import Note
from adapters.fhir.elements import codes, objects, string
from adapters.fhir.reasons import NOT_SEEN, Reason
from knowledge.medical.case import Unread
from knowledge.retrieval.language import HAN

from .answer import Gap, Line, Looked
from .query import INPATIENT, Topic
from .words import Subject, codes_of, known_codes, plain

_HEADING = 60  # characters of the longest heading
_QUOTED = 600  # characters of the longest sentence that is quoted whole
_NOTES = ("DocumentReference", "DiagnosticReport")
_CONCLUSION = re.compile(
    r"^\W*(?:impressions?|conclusions?|opinion|summary|interpretation|结论|印象|诊断意见|影像诊断|检查提示|提示)\b\W*",
    re.IGNORECASE,
)
_TYPES: dict[Topic, tuple[str, ...]] = {  # where a topic is looked up; topics not listed, in all of these
    Topic.RESULT: ("Observation", *_NOTES),
    Topic.MEDICATION: ("MedicationRequest", "MedicationStatement", *_NOTES, "AllergyIntolerance"),
    Topic.ALLERGY: ("AllergyIntolerance", *_NOTES),
    Topic.PROBLEM: ("Condition",),
    Topic.PROCEDURE: ("Procedure", "Condition", "Observation", *_NOTES),
    Topic.ENCOUNTER: ("Encounter",),
    Topic.REASON: ("Encounter", *_NOTES),
    Topic.FAMILY: ("FamilyMemberHistory", *_NOTES),
    Topic.IMMUNIZATION: ("Immunization", *_NOTES),
    Topic.FINDING: ("Condition", "Observation", "FamilyMemberHistory", *_NOTES),
}
# Types that are not read but could also hold the answer.
_ALSO: dict[Topic, tuple[str, ...]] = {
    Topic.MEDICATION: ("MedicationAdministration", "MedicationDispense", "Medication"),
    Topic.PROCEDURE: ("ImagingStudy",),
    Topic.IMMUNIZATION: ("ImmunizationRecommendation",),
}
_ALSO_NOTES = ("Composition", "ClinicalImpression", "QuestionnaireResponse", "Communication")
_ABBREVIATIONS = ("Dr", "Mr", "Mrs", "Ms", "Prof", "St", "vs", "approx", "Nr")
_NO_END = "".join(rf"(?<!\b{word}\.)" for word in _ABBREVIATIONS)
_END = re.compile(rf"\n+|(?<=[。！？；])|{_NO_END}(?<=[.!?;])\s+(?=[A-Z0-9\u4e00-\u9fff\"'(])")


def looked(chart: Chart, topic: Topic) -> tuple[Looked, ...]:
    """What was searched for a topic."""
    days: dict[str, list[dt.date]] = {}
    for source, day in (*((e.source, e.day) for e in chart.entries), *((n.source, n.day) for n in chart.notes)):
        if day is not None:
            days.setdefault(source.partition("/")[0], []).append(day)
    kinds = _TYPES.get(topic) or tuple(dict.fromkeys(kind for kinds in _TYPES.values() for kind in kinds))
    if any(note.source == "text" for note in chart.notes):
        kinds = ("text",)
    return tuple(
        Looked(
            kind,
            1 if kind == "text" else chart.counts.get(kind, 0),
            min(days.get(kind, []), default=None),
            max(days.get(kind, []), default=None),
        )
        for kind in kinds
    )


def not_seen(chart: Chart, topic: Topic) -> tuple[Unread, ...]:
    """What was not read and could hold something about a topic."""
    kinds = {*_TYPES.get(topic, ()), *_ALSO.get(topic, ())}
    if not kinds or kinds & set(_NOTES):
        kinds.update(_ALSO_NOTES)
    if topic not in _TYPES:
        kinds.update(*_TYPES.values())

    def concerns(item: Unread) -> bool:
        types = {part.partition("/")[0].partition(" ")[0] for part in item.source.split(", ")}
        if item.reason == Reason.NOT_USED:
            return bool(types & kinds)
        return bool(types & (kinds | {"Bundle", "entry", "text", ""}))

    return tuple(item for item in dict.fromkeys(chart.unread) if item.reason in NOT_SEEN and concerns(item))


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence of a note, without surrounding blanks. A line break ends a sentence."""
    start = 0
    for match in (*_END.finditer(text), None):
        end = match.start() if match else len(text)
        piece = text[start:end]
        if piece.strip():
            yield start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))
        start = match.end() if match else end


def quotes(
    chart: Chart,
    is_wanted: Callable[[str], bool],
    spans: Iterable[tuple[str, str]] = (),
    is_title: Callable[[str], bool] = lambda title: False,
) -> Iterator[Line]:
    """Wanted sentences of notes, newest note first.

    Args:
        spans: ``(source, words)``: sentences of a source that contain its words are wanted too.
        is_title: everything is wanted of a note with such a title, conclusion first, or a section with such a heading.
    """
    marked = set(spans)
    for note in chart.newest_notes():
        if is_title(note.title):
            yield from _whole(note, chart)
            continue
        words = [word for source, word in marked if source == note.source and word]
        is_inside = False
        for start, end in sentences(note.text):
            sentence = note.text[start:end]
            if _is_heading(sentence):
                is_inside = is_title(sentence)
            if is_inside or is_wanted(sentence) or any(word in sentence for word in words):
                yield _quote(note, sentence, words)


def _is_heading(sentence: str) -> bool:
    shouted = sentence.isupper() and sentence[-1] not in ".;" and not HAN.search(sentence)
    return len(sentence) <= _HEADING and (shouted or sentence[-1] in ":：")


def _whole(note: Note, chart: Chart) -> Iterator[Line]:
    """Every sentence of a report, conclusion first, including its resource's if the text lacks it."""
    quotable = [note.text[start:end] for start, end in sentences(note.text)]
    at = max((place for place, sentence in enumerate(quotable) if _CONCLUSION.match(sentence)), default=0)
    concluded = string(chart.resources.get(note.source, {}).get("conclusion"))
    first = [concluded] if concluded and concluded not in note.text else []
    for sentence in (*first, *quotable[at:], *quotable[:at]):
        yield _quote(note, sentence, [])


def _quote(note: Note, sentence: str, words: list[str]) -> Line:
    if len(sentence) > _QUOTED:  # a note without full stops: the text around the word
        at = max((sentence.find(word) for word in words), default=0)
        start = max(0, at - _QUOTED // 2)
        sentence = sentence[start : start + _QUOTED].strip()
    return Line(note.source, note.day, quote=sentence, title=note.title)


def words_of(subjects: tuple[Subject, ...]) -> Callable[[str], bool]:
    """A predicate: whether a sentence names one of the subjects."""
    return lambda sentence: any(subject.is_in(sentence) for subject in subjects)


def unnamed(chart: Chart, kind: EntryKind) -> list[Unread]:
    """Entries without words in the record, which questions cannot find by name."""
    return [Unread(entry.source, Gap.UNNAMED) for entry in chart.of(kind) if not entry.names]


def results_of(chart: Chart, subjects: Iterable[Subject]) -> list[Entry]:
    """Results for the given quantities, by code or by an exact name.

    If there are none, those whose name has one of the words and whose code is in no table: better one too many than
    one overlooked.
    """
    wanted = tuple(subjects)
    codes = {code for subject in wanted for code in subject.codes}
    words = {word for subject in wanted for word in subject.words}
    results = list(chart.of(EntryKind.RESULT))
    others = [entry for entry in results if not entry.codes & known_codes()]
    by_name = [e for e in others if any(bare(name) in words for name in (*e.names, e.part))]
    exact = [entry for entry in results if entry.codes & codes or entry in by_name]
    return exact or [e for e in others if any(s.is_in(name) for s in wanted for name in (*e.names, e.part))]


def all_results(chart: Chart, *, labs: bool) -> list[Entry]:
    """Every result; with ``labs``, without those that a category or code shows not to be laboratory results."""
    vital = codes_of("vital signs")

    def is_other(entry: Entry) -> bool:
        said = {
            code
            for concept in objects(chart.resources.get(entry.source, {}).get("category"))
            for code in codes(concept)
        }
        return bool(said and "laboratory" not in said) or bool(entry.codes & vital)

    return [entry for entry in chart.of(EntryKind.RESULT) if not (labs and is_other(entry))]


def bare(name: str) -> str:
    """A name without LOINC's additions, as in ``Hemoglobin [Mass/volume] in Blood``."""
    return re.split(r" ?[\[(,]| in (?:blood|serum|plasma|urine)", plain(name))[0].strip()


def newest_first(entries: Iterable[Entry]) -> list[Entry]:
    """Sorted by time; entries without one come last."""
    return sorted(entries, key=_moment, reverse=True)


def lines_of(entries: Iterable[Entry]) -> list[Line]:
    """One for each entry, newest first."""
    return [Line(entry.source, entry.day, entry) for entry in newest_first(entries)]


def _moment(entry: Entry) -> tuple[dt.datetime, str]:
    time = entry.time or dt.date.min
    moment = time if isinstance(time, dt.datetime) else dt.datetime.combine(time, dt.time.min, dt.UTC)
    return moment, entry.source


def admitted_on(chart: Chart) -> dt.date | None:
    """When the current hospital stay began, otherwise the last one; None if the record has none."""
    stays = [e for e in chart.of(EntryKind.ENCOUNTER) if e.codes & INPATIENT and e.day and e.status != "planned"]
    if not stays:
        return None
    return max(stays, key=lambda e: (e.is_current, e.day or dt.date.min)).day


def has_words(*words: str) -> Callable[[str], bool]:
    """A predicate: whether a sentence matches one of the patterns."""
    pattern = re.compile("|".join(words))
    return lambda sentence: bool(pattern.search(plain(sentence)))
