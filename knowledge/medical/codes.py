"""Codes of findings that the source writes with their names, ``HP:0001250 Seizure``, as :mod:`.common` does.

A test checks each name against HPO or our own findings, so that a wrong digit is caught.
"""


def code_of(finding: str) -> str:
    """``HP:0001250`` from ``HP:0001250 Seizure``; empty for an empty string."""
    return finding.partition(" ")[0]


def codes_of(*findings: str) -> frozenset[str]:
    """The codes of several findings."""
    return frozenset(map(code_of, findings))
