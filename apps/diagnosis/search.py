"""Search for findings by what a clinician types: English or Chinese words, or a code."""

from collections.abc import Iterator

from knowledge.medical.common import CommonKnowledge
from knowledge.medical.ontology import Match, Ontology
from knowledge.retrieval.language import HAN

_GAP = "…"  # marks a pattern such as 胸…痛, which is not a name
_DEGREE = "~"  # marks one such as 甲状腺~肿大, which is a name without it


class FindingSearch:
    """Searches the findings of HPO and our own. Safe to share between threads."""

    def __init__(self, ontology: Ontology, common: CommonKnowledge) -> None:
        self._ontology, self._common = ontology, common
        known = [words for words in common.words if common.lineage(words.finding.code, ontology)]
        self._chinese = [
            (w.finding.code, w.finding.label, zh.replace(_DEGREE, "")) for w in known for zh in w.zh if _GAP not in zh
        ]
        self._english = [(w.finding.code, w.finding.label, en) for w in known for en in (w.finding.label, *w.en)]

    def find(self, text: str, limit: int = 8) -> tuple[Match, ...]:
        """The best hits first; none for fewer than two letters or one Chinese character."""
        typed = " ".join(text.split())
        if label := self.label(typed.upper()):
            return (Match(typed.upper(), label, label),)
        if HAN.search(typed):
            return _best(self._chinese, typed, limit)
        if len(typed) < 2:
            return ()
        ours = _best(self._english, typed, limit)
        return tuple(_once([*self._ontology.search(typed, limit), *ours]))[:limit]

    def label(self, code: str) -> str:
        """Name of a finding; empty if the code is neither in HPO nor ours."""
        if local := self._common.findings.get(code):
            return local.name
        current = self._ontology.resolve(code)
        return self._ontology.name(current) if current else ""


def _best(rows: list[tuple[str, str, str]], typed: str, limit: int) -> tuple[Match, ...]:
    folded = typed.casefold()
    hits = [(text.casefold() != folded, len(text), code, label, text) for code, label, text in rows]
    hits = [hit for hit in sorted(hits) if folded in hit[-1].casefold()]
    return tuple(_once([Match(code, label, text) for *_, code, label, text in hits]))[:limit]


def _once(matches: list[Match]) -> Iterator[Match]:
    seen: set[str] = set()
    for match in matches:
        if match.code not in seen:
            seen.add(match.code)
            yield match
