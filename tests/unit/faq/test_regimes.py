"""Each row of the table in :mod:`knowledge.faq.regime`."""

import pytest

from knowledge.faq.regime import Answers, Regime, Wordings, regime
from knowledge.retrieval.language import Language


@pytest.mark.parametrize(
    ("language", "wordings", "answers", "has_judge", "expected"),
    [
        ("en", "none", "none", True, Regime("across")),
        ("zh", "none", "none", True, Regime("across")),
        ("en", "few", "none", True, Regime("few")),
        ("zh", "few", "none", False, Regime("few")),
        ("en", "few", "sentences", False, Regime("sentences", sentences=True)),
        ("zh", "few", "names", False, Regime("sentences", sentences=True)),
        ("en", "few", "sentences", True, Regime("judged", sentences=True, judge=True)),
        ("zh", "few", "names", True, Regime("judged", sentences=True, judge=True)),
        ("en", "many", "sentences", True, Regime("many", sentences=True, judge=True)),
        ("en", "many", "none", True, Regime("many")),
        ("zh", "many", "sentences", True, Regime("many", sentences=True)),
        ("en", "plenty", "sentences", True, Regime("many", judge=True, after="read")),
        ("en", "plenty", "names", True, Regime("many")),
        ("en", "plenty", "sentences", False, Regime("many")),
        ("zh", "plenty", "sentences", True, Regime("many")),
    ],
)
def test_how_a_library_is_searched(
    language: Language, wordings: Wordings, answers: Answers, has_judge: bool, expected: Regime
) -> None:
    found = regime(language, wordings, answers, has_judge=has_judge)
    assert found == expected
    assert found.in_context == ("context_judged" if expected.judge else "context")
