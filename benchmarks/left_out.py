"""Patients from the knowledge base's own sources, as if their publication had not been annotated.

The annotations cite the publications that most patients come from, so such patients are recognised too easily. Here the
annotations that rest only on the patient's publication are removed first. A disease that keeps most of them is like
that of a new patient; one that keeps none is not in the base. This gives many more training patients than publications
that nobody has annotated.
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

SOURCES = "phenopackets_leaky"
"""Patients whose publications are sources of the knowledge base."""

_PUBLICATIONS = 8  # most per disease
_PATIENTS = 5  # most per publication
_KEPT = 0.5  # with a smaller share of its annotations, but some, a disease is neither known nor unknown


def leave_out(
    name: str,
    cases: Sequence[Adjudicated],
    folder: Path,
    knowledge: MedicalKnowledge,
    same: dict[str, frozenset[str]],
    groups: Mapping[str, str],
) -> list[Sample]:
    """Samples of patients with a single publication, compared with a base that lacks it.

    Args:
        name: their file.
        folder: with HPO's files.
        groups: group of each disease or publication of the other patients. A disease whose patients are linked to one
            of these groups joins it, one linked to several is skipped, and any other forms its own group.
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
    """The groups of equivalent ids, merged with the base's twins, as one of two twins may lose all its annotations."""
    joined = [frozenset({disease.id, *disease.aliases}) for disease in knowledge.diseases.diseases]
    known = {id_: twins.union(*(same.get(twin, ()) for twin in twins)) for twins in joined for id_ in twins}
    return {**same, **known}


def without(folder: Path, knowledge: MedicalKnowledge, publications: Collection[str]) -> MedicalKnowledge:
    """The knowledge without annotations that rest only on some publications."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "phenotype.hpoa"
        with (folder / path.name).open(encoding="utf-8") as lines, path.open("w", encoding="utf-8") as kept:
            kept.writelines(line for line in lines if not _rests_on(line, publications))
        base = read_hpoa(path, knowledge.ontology, read_genes(folder / "genes_to_phenotype.txt"))
    return MedicalKnowledge(knowledge.ontology, base, f"{knowledge.fingerprint} reduced")


def _rests_on(line: str, publications: Collection[str]) -> bool:
    """Whether a line is a phenotype annotation that rests only on these publications."""
    fields = line.split("\t")
    return len(fields) > 10 and fields[10] == "P" and all(r in publications for r in fields[4].split(";"))


def kept_share(
    case: Adjudicated, full: MedicalKnowledge, reduced: MedicalKnowledge, same: dict[str, frozenset[str]]
) -> float:
    """Remaining share of the annotations of a patient's disease, 0 to 1; for several, by the one with the most."""
    number: Counter[str] = Counter()
    for name, knowledge in (("full", full), ("reduced", reduced)):
        base = knowledge.diseases
        places = [base.index[id_] for id_ in right_ids(case, knowledge, same)]
        number[name] = max((int(base.start[place + 1] - base.start[place]) for place in places), default=0)
    return number["reduced"] / max(number["full"], 1)
