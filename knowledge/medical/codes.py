"""Findings stand in the source with their names, ``HP:0001250 Seizure``, as in the files of :mod:`.common`.

A test compares each name with the ontology or ours, so that a wrong digit does not go unseen.
"""


def code_of(finding: str) -> str:
    """``HP:0001250`` of ``HP:0001250 Seizure``; empty of nothing."""
    return finding.partition(" ")[0]


def codes_of(*findings: str) -> frozenset[str]:
    """The codes of several."""
    return frozenset(map(code_of, findings))
