"""Patients of the knowledge base's own sources, as they would have looked had their publication not been read.

The annotations cite the publications that most patients come from, so that such a patient is recognised too easily.
Here the annotations that only the patient's publication stands behind are taken away first. A disease that keeps most
of them is met as a new patient would be; one that keeps none is not in the base. This gives many more patients to
learn from than those whose publication nobody has annotated.
"""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from apps.diagnosis.cases import Adjudicated
from benchmarks.diagnosis_samples import Sample, collect, right_ids, watched
from knowledge.medical.case_features import FeatureExtractor
from knowledge.medical.hpoa import read_genes, read_hpoa
from knowledge.medical.knowledge import MedicalKnowledge

_PUBLICATIONS = 8  # of a disease
_PATIENTS = 5  # of a publication
_KEPT = 0.5  # share of a disease's annotations below which it is neither known nor unknown


def leave_out(
    name: str,
    cases: Sequence[Adjudicated],
    folder: Path,
    knowledge: MedicalKnowledge,
    same: dict[str, frozenset[str]],
    groups: Mapping[str, str],
) -> list[Sample]:
    """Compares patients of one publication each with the diseases of a base that has not read it.

    Args:
        name: their file.
        folder: with HPO's files.
        groups: disease or publication -> group, as of other patients. A disease whose patients meet one of these groups
            joins it, one that meets several is left out, and any other is a group of its own.
    """
    publications: dict[str, dict[str, list[Adjudicated]]] = defaultdict(lambda: defaultdict(list))
    linked: dict[str, set[str]] = defaultdict(set)
    for case in cases:
        linked[case.diseases[0]] |= {groups[node] for node in (*case.diseases, *case.publications) if node in groups}
        if len(case.publications) == 1:
            publications[case.diseases[0]][case.publications[0]].append(case)
    group_of = {disease: next(iter(of), disease) for disease, of in linked.items() if len(of) < 2}
    same = with_twins(same, knowledge)
    samples: list[Sample] = []
    rounds = [
        {disease: list(own)[turn] for disease, own in publications.items() if disease in group_of and turn < len(own)}
        for turn in range(_PUBLICATIONS)
    ]
    for unread in watched(rounds, f"{name}, publications left out"):
        reduced = without(folder, knowledge, set(unread.values()))
        chosen = [case for disease, own in unread.items() for case in publications[disease][own][:_PATIENTS]]
        kept = [case for case in chosen if not 0 < kept_share(case, knowledge, reduced, same) < _KEPT]
        samples += collect({name: kept}, reduced, FeatureExtractor(reduced), same, group_of)
    return samples


def with_twins(same: Mapping[str, frozenset[str]], knowledge: MedicalKnowledge) -> dict[str, frozenset[str]]:
    """The groups of ids that mean the same, joined with those of the base: one of two twins may lose all it says."""
    joined = [frozenset({disease.id, *disease.aliases}) for disease in knowledge.diseases.diseases]
    known = {id_: twins.union(*(same.get(twin, ()) for twin in twins)) for twins in joined for id_ in twins}
    return {**same, **known}


def without(folder: Path, knowledge: MedicalKnowledge, publications: Collection[str]) -> MedicalKnowledge:
    """The knowledge as if some publications had not been read."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "phenotype.hpoa"
        with (folder / path.name).open(encoding="utf-8") as lines, path.open("w", encoding="utf-8") as kept:
            kept.writelines(line for line in lines if not _rests_on(line, publications))
        base = read_hpoa(path, knowledge.ontology, read_genes(folder / "genes_to_phenotype.txt"))
    return MedicalKnowledge(knowledge.ontology, base, f"{knowledge.fingerprint} reduced")


def _rests_on(line: str, publications: Collection[str]) -> bool:
    """Whether a line says of a finding what only these publications stand behind."""
    fields = line.split("\t")
    return len(fields) > 10 and fields[10] == "P" and all(r in publications for r in fields[4].split(";"))


def kept_share(
    case: Adjudicated, full: MedicalKnowledge, reduced: MedicalKnowledge, same: dict[str, frozenset[str]]
) -> float:
    """Share of the annotations of a patient's disease that are left, 0 to 1; of several diseases the largest."""
    number: Counter[str] = Counter()
    for name, knowledge in (("full", full), ("reduced", reduced)):
        base = knowledge.diseases
        places = [base.index[id_] for id_ in right_ids(case, knowledge, same)]
        number[name] = max((int(base.start[place + 1] - base.start[place]) for place in places), default=0)
    return number["reduced"] / max(number["full"], 1)
