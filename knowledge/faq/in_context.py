"""Ranking for a message that may depend on the question before it.

``without my passport?`` asks about something named before, ``how do I close my account?`` about something else. The
search results show which: an entry's score is the mean of its scores for the message alone and for the message after
that question.
"""

import numpy as np

from ..retrieval.dense import Rows
from ..retrieval.fuse import Matrix
from ..retrieval.lexical import content_words
from .answerability import Answerability, decide, log_odds
from .features import Ranking, View
from .learnt import lead


def rank_in_context(view: View, message: str, before: str) -> tuple[Ranking, bool]:
    """Ranks the entries for a message; also returns whether it depends on the question before it.

    It does if alone it finds another entry, or if both find the same one but alone it is not sure enough.
    The features are those of ``context`` in :data:`knowledge.faq.answerability.FEATURES`.
    """
    alone, together = view.rank(message), view.rank(f"{before} {message}")
    entries = np.union1d(alone.entries, together.entries)
    by_itself, behind = (_over(entries, ranking.entries, ranking.fused) for ranking in (alone, together))
    fused = (by_itself + behind) * np.float32(0.5)
    order = np.argsort(-fused, kind="stable")
    place = int(order[0])
    likely, brevity = view.chances(alone), 1 / (1 + len(content_words(message)))
    is_sure = decide(view.thresholds, likely) is Answerability.ANSWERABLE
    alone_first, together_first = (bool(entries[place] == one.entries[one.order[0]]) for one in (alone, together))
    rows = np.empty(len(entries), np.int64)
    for ranking in (together, alone):  # the text nearest to the message itself, if compared
        rows[np.searchsorted(entries, ranking.entries)] = ranking.best_rows
    ranking = Ranking(
        entries,
        scores=fused[None],
        fused=fused,
        order=order,
        best_rows=rows,
        features={
            "mean": float(fused[place]),
            "mean_lead": lead(fused, place),
            "alone_lead": lead(by_itself, place),
            "alone_covered": log_odds(likely.covered),
            "alone_right": log_odds(likely.right) if alone_first else 0.0,
            "together_lead": lead(behind, place),
            "together_covered": log_odds(view.chances(together).covered),
            "brevity": brevity,
            "brief_lead": brevity * lead(behind, place),
        },
        is_tie=alone.is_tie or together.is_tie,
    )
    return ranking, not alone_first or (together_first and not is_sure)


def _over(entries: Rows, compared: Rows, fused: Matrix) -> Matrix:
    """Scores extended to more entries; the others get the lowest of these scores."""
    found = np.full(len(entries), fused.min(), np.float32)
    found[np.searchsorted(entries, compared)] = fused
    return found
