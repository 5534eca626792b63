"""What the files of common conditions name."""

from collections.abc import Iterator

from knowledge.medical.common import CommonKnowledge
from knowledge.medical.common.schema import FindingRef


def named_findings(common: CommonKnowledge) -> Iterator[FindingRef]:
    """Every finding that is named anywhere."""
    for condition in common.conditions:
        for group in (condition.supporting, condition.opposing):
            yield from (*group.strong, *group.moderate, *group.weak)
        yield from condition.red_flags
    yield from (words.finding for words in common.words)
    for row in common.alike:
        yield from (row.finding, row.counts_as)
    yield from (finding.is_a for finding in common.findings.values() if finding.is_a is not None)
