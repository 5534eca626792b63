"""The part of the page where a patient is chosen: samples, a file, the FHIR server, or a note."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from adapters.fhir.limits import MAX_BYTES
from adapters.fhir.patients import FoundPatient
from apps.smart import LAUNCH
from apps.ui.labels import Labels
from apps.ui.texts import t
from core.settings import Settings
from knowledge.retrieval.language import Language

from .html.parts import button, line
from .panels import script
from .service import SamplePatient


@dataclass(frozen=True, slots=True)
class Chooser:
    """Its components; those of the server are None where there is none.

    Attributes:
        find: name, birth date and record number, what starts the search, and what shows its hits.
    """

    box: Any
    samples: Sequence[Any]
    upload: Any
    note: Any
    read_note: Any
    patient_id: Any
    fetch: Any
    find: tuple[Any, Any, Any, Any, Any] | None


def build_chooser(labels: Labels, samples: Sequence[SamplePatient], settings: Settings) -> Chooser:
    """The components, at this place of the page."""
    box = labels.add(gr.Accordion(elem_id="choose"), label="diagnosis.choose")
    patient_id = fetch = find = None
    with box, gr.Row(elem_classes="dx-choose"):
        with gr.Column(min_width=280):
            labels.add(gr.HTML(padding=False), value=_heading("diagnosis.samples"))
            with gr.Row(elem_classes="r1-chips"):
                buttons = [gr.Button(patient.name, size="sm", min_width=0) for patient in samples]
            labels.add(gr.HTML(padding=False), value=_heading("diagnosis.file", "diagnosis.file_hint"))
            upload = labels.add(gr.HTML(padding=False, elem_id="upload", js_on_load=script("upload.js")), value=_upload)
            if settings.fhir_url:
                labels.add(gr.HTML(padding=False), value=_heading("diagnosis.server", "visit.find_hint"))
                if settings.smart_client_id:
                    labels.add(gr.HTML(padding=False), value=_sign_in)
                find = _finder(labels)
                patient_id = labels.add(gr.Textbox(elem_id="patient", max_length=200), label="diagnosis.patient_id")
                fetch = labels.add(gr.Button(size="sm", elem_id="fetch"), value="diagnosis.fetch")
        with gr.Column(min_width=280):
            labels.add(gr.HTML(padding=False), value=_heading("diagnosis.note", "diagnosis.note_hint"))
            note = labels.add(
                gr.Textbox(lines=6, max_lines=12, elem_id="note"),
                label="diagnosis.note_label",
                placeholder="diagnosis.note_example",
            )
            read_note = labels.add(gr.Button(variant="primary", elem_id="read"), value="diagnosis.read_note")
    return Chooser(box, buttons, upload, note, read_note, patient_id, fetch, find)


def _finder(labels: Labels) -> tuple[Any, Any, Any, Any, Any]:
    with gr.Row(elem_classes="dx-find"):
        fields = [
            labels.add(gr.Textbox(elem_id=f"find-{name}", min_width=120, max_length=200), label=f"visit.find_{name}")
            for name in ("name", "birth", "number")
        ]
    start = labels.add(gr.Button(size="sm", elem_id="find"), value="visit.find_start")
    hits = gr.HTML(padding=False, elem_id="found", js_on_load=script("panel.js"))
    return (*fields, start, hits)


def found_html(patients: Sequence[FoundPatient], further: bool, language: Language) -> str:
    """The hits of a search for patients, each with the button that opens it, and whether there are ``further`` ones."""
    if not patients:
        return f'<div class="dx" role="status">{line("visit.found_none", language)}</div>'
    rows = "".join(_found(patient, language) for patient in patients)
    if further:
        rows += f"<li>{line('visit.found_further', language)}</li>"
    return f'<ul class="dx dx-hits" role="status">{rows}</ul>'


def _found(patient: FoundPatient, language: Language) -> str:
    missing = t("diagnosis.not_given", language)
    labelled = (("diagnosis.birth_date", patient.birth_date), ("visit.find_number", patient.record_number))
    facts = " · ".join(escape(f"{t(label, language)} {fact or missing}") for label, fact in labelled)
    opens = button(t("visit.open", language), visit="", do="open", code=patient.id, about=patient.name)
    name = escape(patient.name or t("diagnosis.no_name", language))
    if patient.out_of_use:
        facts += f" · <strong>{escape(t('visit.out_of_use', language))}</strong>"
    return f'<li><p class="dx-label"><bdi>{name}</bdi> <span class="dx-source">{facts}</span></p>{opens}</li>'


def _upload(language: Language) -> str:
    words = escape(t("diagnosis.upload", language))
    return (
        f'<label class="dx dx-button dx-file">{words}<input type="file" class="r1-hidden" accept=".json,.txt" '
        f'data-most="{MAX_BYTES}"></label>'
    )


def _sign_in(language: Language) -> str:
    link = f'<a href="{LAUNCH}">{escape(t("diagnosis.sign_in", language))}</a>'
    return f'<div class="dx-option"><p class="r1-meta">{link}</p></div>'


def _heading(key: str, hint: str = "") -> Callable[[Language], str]:
    def html(language: Language) -> str:
        text = f'<p class="r1-meta">{escape(t(hint, language))}</p>' if hint else ""
        return f'<div class="dx-option"><h2>{escape(t(key, language))}</h2>{text}</div>'

    return html
