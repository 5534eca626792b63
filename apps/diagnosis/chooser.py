"""The part of the page where a patient is chosen: the FHIR server, samples, a file, or a note."""

from collections.abc import Callable, Sequence
from html import escape

import gradio as gr

from adapters.fhir.limits import MAX_BYTES
from adapters.fhir.patients import FoundPatient
from apps.smart import LAUNCH
from apps.ui.labels import Labels
from apps.ui.parts import script
from apps.ui.texts import t
from core.settings import Settings
from knowledge.retrieval.language import Language

from .html.parts import button, line
from .panels import panel_html
from .service import SamplePatient


class Chooser:
    """The components, laid out where it is constructed.

    Attributes:
        samples: one button each.
        server: None if there is no FHIR server.
    """

    def __init__(self, labels: Labels, samples: Sequence[SamplePatient], settings: Settings) -> None:
        self._labels = labels
        self.server: ServerChooser | None = None
        self.box = labels.add(gr.Accordion(elem_id="choose"), label="diagnosis.choose")
        with self.box, gr.Row(elem_classes="dx-choose"):
            with gr.Column(min_width=280):
                if settings.fhir_url:  # first, since there a clinician's patients are
                    self.server = ServerChooser(labels, settings)
                self._lay_out_samples(samples)
                self._lay_out_file()
            with gr.Column(min_width=280):
                self._lay_out_note()

    def _lay_out_samples(self, samples: Sequence[SamplePatient]) -> None:
        self._labels.add(gr.HTML(), value=_heading("diagnosis.samples"))
        with gr.Row(elem_classes="r1-chips"):
            self.samples = [gr.Button(patient.name, size="sm", min_width=0) for patient in samples]

    def _lay_out_file(self) -> None:
        self._labels.add(gr.HTML(), value=_heading("diagnosis.file", "diagnosis.file_hint"))
        upload = gr.HTML(elem_id="upload", js_on_load=script("apps.diagnosis", "upload.js"))
        self.upload = self._labels.add(upload, value=_upload)

    def _lay_out_note(self) -> None:
        self._labels.add(gr.HTML(), value=_heading("diagnosis.note", "diagnosis.note_hint"))
        note = gr.Textbox(lines=6, max_lines=12, elem_id="note")
        self.note = self._labels.add(note, label="diagnosis.note_label", placeholder="diagnosis.note_example")
        read_note = gr.Button(variant="primary", elem_id="read")
        self.read_note = self._labels.add(read_note, value="diagnosis.read_note")


class ServerChooser:
    """The components for choosing a patient of the FHIR server, laid out where it is constructed.

    Attributes:
        fields: name, birth date and record number, by which a patient is searched for.
        search: the button that starts the search.
        hits: the patients found.
        patient_id, fetch: a patient's id, and the button that reads this patient.
    """

    def __init__(self, labels: Labels, settings: Settings) -> None:
        labels.add(gr.HTML(), value=_heading("diagnosis.server", "visit.find_hint"))
        if settings.smart_client_id:
            labels.add(gr.HTML(), value=_sign_in)
        with gr.Row(elem_classes="dx-find"):
            self.fields = [
                labels.add(
                    gr.Textbox(elem_id=f"find-{name}", min_width=120, max_length=200), label=f"visit.find_{name}"
                )
                for name in ("name", "birth", "number")
            ]
        self.search = labels.add(gr.Button(size="sm", elem_id="find"), value="visit.find_start")
        self.hits = panel_html(elem_id="found")
        self.patient_id = labels.add(gr.Textbox(elem_id="patient", max_length=200), label="diagnosis.patient_id")
        self.fetch = labels.add(gr.Button(size="sm", elem_id="fetch"), value="diagnosis.fetch")


def found_html(patients: Sequence[FoundPatient], further: bool, language: Language) -> str:
    """The hits of a patient search, each with a button that opens it, and whether there are ``further`` ones."""
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
