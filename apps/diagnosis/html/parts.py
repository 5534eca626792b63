"""Small pieces of the page's HTML. Everything that comes from outside is escaped here."""

from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from adapters.fhir.elements import Json
from apps.diagnosis.record.words import time_html
from apps.ui.language import english
from apps.ui.texts import t
from knowledge.medical.case import Evidence, Finding, Status
from knowledge.medical.chinese_names import chinese_names
from knowledge.medical.differential import Contribution
from knowledge.retrieval.language import Language

from ..words import english_name, source_words

_MOST_AROUND = 160  # characters of a sentence to each side of the phrase


def line(key: str, language: Language, **values: object) -> str:
    """A paragraph with one of the page's texts."""
    return f'<p class="r1-meta">{escape(t(key, language, **values))}</p>'


def finding_name(label: str, language: Language) -> str:
    """A finding's English source name, on a Chinese page preceded by our Chinese name if there is one."""
    chinese = chinese_names().get(label) if language == "zh" else None
    name = english(english_name(label))
    return f"{escape(chinese)} {name}" if chinese else name


def coded_name(label: str, code: str, language: Language) -> str:
    """A finding's name with its code."""
    return f"{finding_name(label, language)} <code>{escape(code)}</code>"


def contribution_name(item: Contribution, language: Language) -> str:
    """The name of a finding that speaks for or against a disease, marked if it is absent."""
    absent = f'<span class="dx-tag">{escape(t("diagnosis.tag_absent", language))}</span> '
    return (absent if item.status is Status.ABSENT else "") + finding_name(item.label, language)


def button(text: str, *, visit: str, do: str, code: str = "", to: str = "", about: str = "", kind: str = "") -> str:
    """A button that :mod:`..actions` understands.

    Args:
        about: what it acts on, for screen readers.
        kind: a CSS class.
    """
    data = "".join(
        f' data-{name}="{escape(value)}"' for name, value in (("do", do), ("code", code), ("to", to)) if value
    )
    hidden = f'<span class="r1-hidden"> {english(about)}</span>' if about else ""
    return (
        f'<button type="button" class="dx-button {kind}" data-visit="{escape(visit)}"{data}>'
        f"{escape(text)}{hidden}</button>"
    )


def confirmed(words: str, hint: str, *, visit: str, do: str, code: str = "", about: str = "") -> str:
    """A button that first says what its press cannot undo."""
    press = button(words, visit=visit, do=do, code=code, about=about)
    return (
        f'<details class="dx-confirmed" data-key="{escape(do + code)}"><summary>{escape(words)} …</summary>'
        f'<p class="r1-meta">{escape(hint)}</p><div class="dx-buttons">{press}</div></details>'
    )


def finding_button(visit: str, finding: Finding, language: Language, text: str, do: str, to: str = "") -> str:
    """A button for a finding; ``text`` is the key of its label."""
    return button(t(text, language), visit=visit, do=do, code=finding.code, to=to, about=finding.label)


def sentence(evidence: Evidence) -> str:
    """The phrase, highlighted in its sentence if it was read from one."""
    phrase = escape(evidence.phrase)
    if not evidence.is_from_text:
        return f"<q>{phrase}</q>"
    before, after = evidence.before, evidence.after
    if len(before) > _MOST_AROUND:
        before = "… " + before[-_MOST_AROUND:].partition(" ")[2]
    if len(after) > _MOST_AROUND:
        after = after[:_MOST_AROUND].rpartition(" ")[0] + " …"
    return f"<q>{escape(before)}<mark>{phrase}</mark>{escape(after)}</q>"


def latest(finding: Finding) -> Evidence:
    """The evidence of a finding with the newest date; the first one if none is dated."""
    return max(finding.evidence, key=lambda e: (e.date is not None, e.date))


def place(evidence: Evidence, language: Language, resources: Mapping[str, Json] = MappingProxyType({})) -> str:
    """Where something was read: the words, the cue that decided their status, date and source.

    Args:
        resources: by ``ResourceType/id``, to say whether a problem's date is its onset or its recording.
    """
    words = sentence(evidence)
    if evidence.cue:
        words += f' <span class="dx-cue">{escape(t("diagnosis.cue", language, cue=evidence.cue))}</span>'
    source = escape(source_words(evidence.source, language))
    when = f"{time_html(evidence.date, language, resources.get(evidence.source))} · " if evidence.date else ""
    return f'<p class="dx-phrase">{words} <span class="dx-source">{when}{source}</span></p>'
