"""A hand-written ontology and annotation file, small enough to reason about."""

from pathlib import Path

import pytest

from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.knowledge import MedicalKnowledge, load_knowledge

TERMS = """
0000118 Phenotypic abnormality < 0000001
0000707 Abnormality of the nervous system < 0000118
0012638 Abnormal nervous system physiology < 0000707
0001250 Seizure < 0012638 | Seizures/Epilepsy
0002373 Febrile seizure (within the age range of 3 months to 6 years) < 0001250 | Febrile seizures
0001251 Ataxia < 0012638
0001252 Hypotonia < 0012638 | Muscular hypotonia/Low muscle tone
0001249 Intellectual disability < 0012638
0001256 Intellectual disability, mild < 0001249
0001337 Tremor < 0012638
0002315 Headache < 0012638 | Headaches
0000252 Microcephaly < 0000707 | Small head
0001626 Abnormality of the cardiovascular system < 0000118
0000822 Hypertension < 0001626 | High blood pressure
0001631 Atrial septal defect < 0001626 | ASD
0000077 Abnormality of the kidney < 0000118 | Renal anomaly
0000107 Renal cyst < 0000077 | Kidney cyst
0001945 Fever < 0000118 | Pyrexia
0012735 Cough < 0000118
0000988 Skin rash < 0000118 | Rash
0002240 Hepatomegaly < 0000118 | Enlarged liver
0012531 Pain < 0000118
0031179 Nuchal rigidity < 0000118
0000819 Diabetes mellitus < 0000118
0100651 Type I diabetes mellitus < 0000819
"""

HPOA = """\
#description: "HPO annotations for tests"
#version: 2024-02-03
database_id\tdisease_name\tqualifier\thpo_id\treference\tevidence\tonset\tfrequency\tsex\tmodifier\taspect\tbiocuration
OMIM:1\tFit syndrome\t\tHP:0001250\tPMID:11\tPCS\t\t3/4\t\t\tP\tx
OMIM:1\tFit syndrome\t\tHP:0001250\tPMID:12\tPCS\t\t5/6\t\t\tP\tx
OMIM:1\tFit syndrome\t\tHP:0000252\tOMIM:1\tTAS\tHP:0003577\t\tMALE\t\tP\tx
OMIM:1\tFit syndrome\t\tHP:0000006\tOMIM:1\tTAS\t\t\t\t\tI\tx
OMIM:2\tFever fits\t\tHP:0002373\tPMID:21\tPCS\t\t90%\t\t\tP\tx
OMIM:2\tFever fits\t\tHP:0001945\tPMID:21\tPCS\t\t8/8\t\t\tP\tx
OMIM:2\tFever fits\tNOT\tHP:0001251\tPMID:21\tPCS\t\t\t\t\tP\tx
OMIM:3\tKidney-heart syndrome\t\tHP:0000107\tPMID:31\tPCS\t\t2/2\t\t\tP\tx
OMIM:3\tKidney-heart syndrome\t\tHP:0000822\tPMID:31\tPCS\t\t1/2\t\t\tP\tx
OMIM:3\tKidney-heart syndrome\t\tHP:0009999\tPMID:31\tPCS\t\t0/2\t\t\tP\tx
ORPHA:3\tKidney - Heart Syndrome\t\tHP:0001631\tORPHA:3\tTAS\t\tHP:0040282\t\t\tP\tx
ORPHA:4\tWobble disease\t\tHP:0001251\tORPHA:4\tTAS\t\tHP:0040281\t\t\tP\tx
ORPHA:4\tWobble disease\t\tHP:0001337\tORPHA:4\tTAS\t\tHP:0040283\t\t\tP\tx
DECIPHER:5\t5p deletion\t\tHP:0001249\tDECIPHER:5\tTAS\t\t\t\t\tP\tx
"""


def obo() -> str:
    """The terms above in OBO, with an alternative id, obsolete terms and a broad synonym."""
    stanzas = ["format-version: 1.2\ndata-version: hp/releases/2024-01-02\n", "[Term]\nid: HP:0000001\nname: All\n"]
    for line in TERMS.strip().splitlines():
        head, _, rest = line.partition(" < ")
        code, name = head[:7], head[8:]
        parent, _, synonyms = rest.partition(" | ")
        rows = [f"[Term]\nid: HP:{code}\nname: {name}"]
        if code == "0001250":
            rows += [
                "alt_id: HP:0002479",
                'synonym: "Fit" BROAD layperson []',
                'synonym: "Spells" EXACT obsolete_synonym []',
            ]
        for text in filter(None, synonyms.split("/")):
            kind = "abbreviation " if text.isupper() else ""
            rows.append(f'synonym: "{text}" EXACT {kind}[]')
        rows.append(f"is_a: HP:{parent} ! parent\n")
        stanzas.append("\n".join(rows))
    stanzas.append("[Term]\nid: HP:0009999\nname: obsolete Fast pulse\nis_obsolete: true\nreplaced_by: HP:0001337\n")
    stanzas.append("[Term]\nid: HP:0009998\nname: obsolete Gone\nis_obsolete: true\n")
    stanzas.append("[Term]\nid: HP:0000006\nname: Autosomal dominant inheritance\nis_a: HP:0000001 ! All\n")
    stanzas.append("[Typedef]\nid: part_of\nname: part of\n")
    return "\n".join(stanzas)


def write_hpo(folder: Path, hpoa: str = HPOA) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "hp.obo").write_text(obo(), encoding="utf-8")
    (folder / "phenotype.hpoa").write_text(hpoa, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def hpo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hpo(tmp_path_factory.mktemp("hpo"))


@pytest.fixture(scope="session")
def medical(hpo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> MedicalKnowledge:
    return load_knowledge(hpo_folder, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def recognizer(medical: MedicalKnowledge) -> FindingRecognizer:
    return FindingRecognizer(medical.ontology)
