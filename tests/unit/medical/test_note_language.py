"""A note in a language that is not read is told; one in English or Chinese never is."""

import pytest

from knowledge.medical.case import Unread
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.notes.language import can_be_read

OTHERS = {
    "Greek": "Ο ασθενής έχει fever πυρετό και βήχα",
    "Russian": "У пациента лихорадка",
    "Czech": "Pacient má tři dny horečku a kašel. Bolest na hrudi nemá, ale je dušný a při chůzi se to zhoršuje.",
    "Danish": "Patienten har haft feber og hoste i tre dage. Ingen brystsmerter, men åndenød.",
    "Dutch": "Patiënt heeft sinds drie dagen koorts en hoest. Geen pijn op de borst, wel kortademig.",
    "French": "Patiente de 62 ans avec de la fièvre et une toux depuis trois jours. Pas de douleur thoracique.",
    "German": "Der Patient klagt über Fieber und Husten seit drei Tagen. Kein Brustschmerz, keine Dyspnoe.",
    "Hungarian": "A beteg három napja lázas és köhög. Mellkasi fájdalma nincs, de nehezen lélegzik, és ez már volt.",
    "Indonesian": "Pasien datang dengan demam dan batuk sejak tiga hari yang lalu. Tidak ada nyeri dada.",
    "Italian": "Il paziente presenta febbre e tosse da tre giorni. Non ha dolore toracico.",
    "Polish": "Pacjent od trzech dni ma gorączkę i kaszel. Nie zgłasza bólu w klatce piersiowej, ale jest duszność.",
    "Portuguese": "Doente com febre e tosse há três dias, sem dor torácica. Não fuma e não bebe.",
    "Romanian": "Pacientul are febră și tuse de trei zile. Nu are durere în piept, dar este dispneic.",
    "Spanish": "Paciente de 45 años con fiebre y tos desde hace tres días. No presenta dolor torácico.",
    "Swedish": "Patienten har haft feber och hosta i tre dagar. Ingen bröstsmärta men andfådd.",
    "Turkish": "Hastada üç gündür ateş ve öksürük var. Göğüs ağrısı yok ama nefes darlığı çok, daha önce de olmuş.",
}
IN_HASTE = {  # with hardly a stop word
    "French": "Homme 62 ans, douleur thoracique 2 heures, TA 90/60, FC 110. HTA, diabète.",
    "German": "Patientin 70 J., Fieber 39, Husten, Atemnot. RR 90/60. Diabetes, Hypertonie.",
    "Italian": "Uomo 70 anni, dolore toracico, dispnea. PA 90/60. Diabete.",
    "Portuguese": "Mulher 40 anos, febre 39, tosse. PA 90/60. Diabetes.",
    "Spanish": "Mujer de 72 años con dolor torácico opresivo, sudoración. TA 90/60, FC 110. Diabetes. No fiebre.",
}
READ = (
    "",
    "120/80",
    "Fever, cough, rash",
    "Pt c/o CP x3d, SOB. Denies N/V.",
    "45M hx MI, LA dilated, EF 35%. On ASA, metoprolol. No DVT.",
    "Na 140 K 4.0 Cl 100 LA 2.1 ALT 30 AST 25 INR 1.1",
    "La Crosse encephalitis; de novo mutation, Cri du chat, cafe au lait spots, Ehlers-Danlos, per os, et al",
    "cauda equina. status post. pes planus, genu valgum, tinea pedis, pityriasis versicolor, lichen planus",
    "Señora García, from Las Palmas de Gran Canaria, has had a fever and a cough since Tuesday.",
    "Dolor, rubor, calor and tumor of the left shin. Sinus dolens. Mesentery: tumor. Ms Dias, seen by Dr Frau.",
    "患者三天前开始发热、咳嗽，没有胸痛。",
    "患者发热三天，既往 systemic lupus erythematosus，无胸痛。",
)


@pytest.mark.parametrize("language", OTHERS)
def test_notes_of_other_languages_are_told_as_unread(recognizer: FindingRecognizer, language: str) -> None:
    reading = recognizer.read(OTHERS[language], source="text")
    assert reading.findings == ()
    assert reading.unread == (Unread("text", "language_not_supported"),)


@pytest.mark.parametrize("language", IN_HASTE)
def test_short_notes_of_other_languages_are_told_by_their_complaints(language: str) -> None:
    assert not can_be_read(IN_HASTE[language])


@pytest.mark.parametrize("text", READ)
def test_short_notes_names_and_abbreviations_are_read(text: str) -> None:
    assert can_be_read(text)
