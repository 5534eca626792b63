"""The spaCy pipeline behind :mod:`..findings`: tokenizer, phrase finder, clinical context.

Imports spaCy, so it is itself imported only when a text is read.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import spacy
from spacy.attrs import IS_SPACE, NORM, PREFIX, SHAPE, SUFFIX
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from ..case import Status
from ..codes import code_of, codes_of
from ..ontology import Ontology
from .characters import plain
from .context.assertion import contexts, sentence_around
from .context.cue_rules import Assertion
from .context.person import baby_place
from .context.site import site_of
from .emergencies.aphasia import APHASIA, is_of_a_tube
from .emergencies.birth_bleeding import birth_bleedings
from .emergencies.chemotherapy import recent_chemotherapy
from .emergencies.head_injuries import head_injuries
from .emergencies.long_seizures import STATUS_EPILEPTICUS, long_seizures
from .emergencies.overdoses import overdoses
from .emergencies.peak_flows import low_peak_flows
from .emergencies.swallowed import swallowed
from .emergencies.unequal_arms import unequal_arms
from .words.abbreviations import abbreviations
from .words.amounts import amounts
from .words.capillary_refill import slow_capillary_refills
from .words.chinese import ChineseBook
from .words.contacts import ill_contacts
from .words.drug_notes import considered_only, goes_on, never_taken
from .words.known_cancers import known_cancers
from .words.lymph_nodes import lymph_nodes
from .words.misspellings import misspellings
from .words.muscle_power import WEAKNESSES, is_grade, is_mild_weakness, muscle_powers
from .words.organ_sizes import large_organs
from .words.phrases import Hit, PhraseBook
from .words.qualities import qualities
from .words.senses import meant
from .words.short_forms import short_forms
from .words.sites import SiteFinder
from .words.smoking import SMOKING, given_up
from .words.travel import tropical_travel

_WORD_ATTRIBUTES = (NORM, PREFIX, SHAPE, SUFFIX, IS_SPACE)  # used by the components
SPANS = "findings"
"""Key of ``doc.spans`` under which the mentions are found; the label of a span is its code."""

_WEAKNESS, _MUSCLE_WEAKNESS = code_of("HP:0025406 Asthenia"), code_of("HP:0001324 Muscle weakness")
"""HPO reads the bare word as Asthenia; with a part of the body it is weakness of muscles."""

_TREATMENTS = codes_of(
    *("R1:0185 Insulin or sulfonylurea use", "R1:0186 Anticoagulant use", "R1:0714 Heparin treatment"),
    *("R1:0722 Digoxin treatment", "R1:0724 Lithium treatment", "R1:0745 Oxidant drug"),
    *("R1:0769 Metformin treatment", "R1:0775 Dopamine-blocking antiemetic", "R1:0806 ACE inhibitor use"),
)
_PREGNANCY = code_of("R1:0189 Pregnancy")
_EDEMA = code_of("HP:0000969 Edema")
_NO_EDEMA = re.compile(
    r"(?:(下肢|足背|踝部|胫前)|(眼睑)|颜面部?|面部)[部均亦]?[无未](?:见|及)?(?:明显|显著)?(?:凹陷性)?$"
)
_EDEMA_OF = tuple(map(code_of, ("HP:0010741 Pedal edema", "HP:0100539 Periorbital edema", "HP:0000282 Facial edema")))
"""Where there is none, which does not say that there is none elsewhere."""
_SECTION = "剖宫产"
"""How a patient was born; if no baby is mentioned, how she gave birth."""

_FINDERS: tuple[Callable[[str], Iterable[tuple[int, int, str]]], ...] = (
    qualities,
    muscle_powers,
    short_forms,
    birth_bleedings,
    low_peak_flows,
    recent_chemotherapy,
    overdoses,
    swallowed,
    head_injuries,
    large_organs,
    tropical_travel,
    known_cancers,
    unequal_arms,
    amounts,
    lymph_nodes,
    ill_contacts,
    slow_capillary_refills,
)
"""Find what is not stated by name: offsets and codes. Long seizures are separate: they take precedence over names."""

_TITLE = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Miss|Prof) $")
"""Before a name: Mr Burns. Not with a full stop, which may end a sentence: "seen by Dr. Fever persists"."""

_JOINED = re.compile(r"(?<= )\+ [a-z]", re.IGNORECASE)
_TOKEN = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+|\s+|[^\w\s]")  # a Chinese character is a token

Span.set_extension("assertion", default=Assertion.PRESENT, force=True)
Span.set_extension("cue", default="", force=True)
Span.set_extension("is_past", default=False, force=True)


class WordTokenizer:
    """Splits into words, Chinese characters, single marks and white space.

    spaCy's own tokenizer takes minutes for a page of brackets; this one is linear in the length of the text.
    """

    def __init__(self, vocab: Vocab) -> None:
        self._vocab = vocab

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        for token in _TOKEN.findall(text):
            if token[0] == " " and words and not spaces[-1]:  # spaCy stores the first space after a word separately
                spaces[-1] = True
                token = token[1:]
            if token:
                words.append(token)
                spaces.append(False)
        return Doc(self._vocab, words=words, spaces=spaces)


@dataclass(frozen=True, slots=True)
class Finders:
    """Everything that recognises the wordings of findings."""

    phrases: PhraseBook
    sites: SiteFinder
    chinese: ChineseBook
    ontology: Ontology
    codes: frozenset[str]


class PhraseFinder:
    """Component that marks every finding that ``finders`` know; without them it marks nothing."""

    def __init__(self) -> None:
        self.finders: Finders | None = None

    def __call__(self, doc: Doc) -> Doc:
        doc.spans[SPANS] = self._spans(doc, self.finders) if self.finders else []
        return doc

    @staticmethod
    def _spans(doc: Doc, finders: Finders) -> list[Span]:
        written = doc.text  # spaCy rebuilds it on every access
        text = plain(written)
        words = misspellings().corrected([_word(text, token.idx, token.idx + len(token)) for token in doc])
        hits = _with_sites(finders.phrases.find(words), finders.sites.find(words), finders.ontology)
        hits = _with_abbreviations(hits, words)
        spans = [span for hit in hits if (span := _span(doc, written, hit)) is not None]
        spans += _char_spans(doc, _chinese(text, finders.chinese))
        found = (hit for find in _FINDERS for hit in find(text))
        spans += _char_spans(doc, (hit for hit in found if hit[2] in finders.codes))
        if STATUS_EPILEPTICUS in finders.codes:
            long = _char_spans(doc, ((*span, STATUS_EPILEPTICUS) for span in long_seizures(text)))
            spans = [span for span in spans if all(span.end <= one.start or one.end <= span.start for one in long)]
            spans += long  # how long it lasted says more than what kind of seizure it was
        return spacy.util.filter_spans(spans)


def _word(text: str, start: int, end: int) -> str:
    """The word at these offsets; a "+" between spaces means "and", not a result: "swelling of face + tongue"."""
    word = text[start:end]
    return "and" if word == "+" and _JOINED.match(text, start) and text[start - 2 : start - 1].isalpha() else word


def _chinese(text: str, book: ChineseBook) -> Iterator[tuple[int, int, str]]:
    """What the Chinese words of a text name, except for those that mean something else here."""
    baby = baby_place(text)
    for start, end, code in book.find(text):
        is_else = (
            (code == APHASIA and is_of_a_tube(text, start, end))
            or (code == _PREGNANCY and baby < start)
            or (text[start:end] == _SECTION and baby == len(text))
        )
        if is_else:
            continue
        if code == _EDEMA and (site := _NO_EDEMA.search(text, max(0, start - 14), start)):
            code = _EDEMA_OF[0 if site[1] else 1 if site[2] else 2]
        yield start, end, code


def _span(doc: Doc, text: str, hit: Hit) -> Span | None:
    """The span of a hit with the code that is meant here; None where its words mean something else."""
    span = Span(doc, hit.start, hit.end, label=hit.code)
    if text[span.start_char].isupper() and _TITLE.search(text, max(span.start_char - 8, 0), span.start_char):
        return None
    code = meant(hit.code, text, span.start_char, span.end_char)
    return Span(doc, hit.start, hit.end, label=code) if code else None


def _char_spans(doc: Doc, found: Iterable[tuple[int, int, str]]) -> list[Span]:
    """Spans by their offsets, without those that cut a word."""
    spans = (doc.char_span(start, end, label=code) for start, end, code in found)
    return [span for span in spans if span is not None]


def _with_sites(hits: list[Hit], sited: Iterable[Hit], ontology: Ontology) -> list[Hit]:
    """``hits`` and the new ones of ``sited``; where they overlap, a hit gives way to narrower ones."""
    owner = {token: hit for hit in hits for token in range(hit.start, hit.end)}
    for new in sited:
        over = {owner[token] for token in range(new.start, new.end) if token in owner}
        if any(not _is_wider(hit.code, new.code, ontology) for hit in over):
            continue
        for hit in over:
            for token in range(hit.start, hit.end):
                del owner[token]
        owner |= dict.fromkeys(range(new.start, new.end), new)
    return sorted(set(owner.values()), key=lambda hit: hit.start)


def _with_abbreviations(hits: list[Hit], words: list[str]) -> list[Hit]:
    """``hits``, in which an abbreviation defined by the text has that meaning throughout."""
    codes = {hit.end: hit.code for hit in hits}
    meant: dict[str, str | None] = {}
    for short in abbreviations(words):
        meant.setdefault(words[short.short], codes.get(short.end))
    if not meant:
        return hits
    kept = [hit for hit in hits if hit.end - hit.start > 1 or words[hit.start] not in meant]
    taken = {token for hit in kept for token in range(hit.start, hit.end)}
    new = [Hit(at, at + 1, code) for at, word in enumerate(words) if at not in taken and (code := meant.get(word))]
    return sorted([*kept, *new], key=lambda hit: hit.start)


def _is_wider(wide: str, narrow: str, ontology: Ontology) -> bool:
    if wide == _WEAKNESS:
        wide = _MUSCLE_WEAKNESS
    return wide != narrow and narrow in ontology.index and wide in ontology.ancestors(narrow)


@Language.factory("phenotype_phrases")
def _phenotype_phrases(nlp: Language, name: str) -> PhraseFinder:
    return PhraseFinder()


@Language.component("clinical_context")
def _clinical_context(doc: Doc) -> Doc:
    spans = list(doc.spans[SPANS])
    text, places = doc.text, [(span.start_char, span.end_char) for span in spans]
    for span, place, context in zip(spans, places, contexts(text, places), strict=True):
        span._.assertion, span._.cue, span._.is_past = context.assertion, context.cue, context.is_past
        if context.assertion is Assertion.NEGATED and is_grade(plain(span.text)):  # it is measured
            span._.assertion, span._.cue = Assertion.PRESENT, ""
        if span.label_ == SMOKING and context.assertion.status is Status.PRESENT and (cue := given_up(text, *place)):
            span._.assertion, span._.cue, span._.is_past = Assertion.HISTORICAL, cue, True
        if span.label_ not in _TREATMENTS:
            continue
        if never := never_taken(text, *place):
            span._.assertion, span._.cue = Assertion.NEGATED, never
        elif context.assertion is Assertion.HYPOTHETICAL and goes_on(text, *place):
            span._.assertion, span._.cue = Assertion.PRESENT, ""
        elif context.assertion is Assertion.PRESENT and (cue := considered_only(text, *place)):
            span._.assertion, span._.cue = Assertion.HYPOTHETICAL, cue
    _mark_old_weakness(text, spans)
    return doc


def _mark_old_weakness(text: str, spans: list[Span]) -> None:
    """Marks as past the weakness that is measured on the side of a deficit left by an old illness."""
    old = [span for span in spans if span._.is_past and span.label_ in WEAKNESSES]
    left = {site_of(text, span.start_char, span.end_char).side for span in old} - {None}
    for span in spans if left else ():
        place = span.start_char, span.end_char
        sentence = "".join(sentence_around(text, *place))
        if is_mild_weakness(span.label_, plain(span.text), sentence) and site_of(text, *place).side in left:
            span._.is_past = True


def blank(max_characters: int) -> Language:
    """A pipeline of nothing but our tokenizer."""
    nlp = spacy.blank("en")
    nlp.max_length = max_characters
    nlp.tokenizer = WordTokenizer(nlp.vocab)
    # For every new word spaCy would compute whether it looks like a number, an address and so on, which is unused.
    vocab = cast(Any, nlp.vocab)
    vocab.lex_attr_getters = {attribute: vocab.lex_attr_getters[attribute] for attribute in _WORD_ATTRIBUTES}
    return nlp


def build(finders: Finders, max_characters: int) -> Language:
    """A pipeline that marks and judges what ``finders`` know, in texts of up to ``max_characters``."""
    misspellings()  # read now, not with the first note
    nlp = blank(max_characters)
    cast(Any, nlp.vocab).lex_attr_getters = {}  # the components use only the characters
    cast(PhraseFinder, nlp.add_pipe("phenotype_phrases")).finders = finders
    nlp.add_pipe("clinical_context")
    return nlp
