"""What a message finds that may lean on the question before it.

``without my passport?`` asks about something that was named before, ``how do I close my account?`` about something
else. Which of them a message is shows in what it finds: an entry counts by the mean of what the message says by itself
and what it says behind the question before it.
"""

import numpy as np

from ..retrieval.dense import Rows
from ..retrieval.fuse import Matrix
from ..retrieval.lexical import content_words
from .answerability import Answerability, judge, log_odds
from .features import Ranking, View
from .learnt import lead


def rank_in_context(view: View, message: str, before: str) -> tuple[Ranking, bool]:
    """Compares a message with the entries, and whether it leans on the question before it.

    It leans where by itself it finds another entry; also where both find this one, by itself not surely enough.
    The features are those of ``context`` in :data:`knowledge.faq.answerability.FEATURES`.
    """
    alone, together = view.rank(message), view.rank(f"{before} {message}")
    entries = np.union1d(alone.entries, together.entries)
    by_itself, behind = (_over(entries, ranking.entries, ranking.fused) for ranking in (alone, together))
    fused = (by_itself + behind) * np.float32(0.5)
    order = np.argsort(-fused, kind="stable")
    place = int(order[0])
    likely, brevity = view.chances(alone), 1 / (1 + len(content_words(message)))
    is_sure = judge(view.thresholds, likely) is Answerability.ANSWERABLE
    alone_first, together_first = (bool(entries[place] == one.entries[one.order[0]]) for one in (alone, together))
    rows = np.empty(len(entries), np.int64)
    for ranking in (together, alone):  # the text that is nearest to the message itself, where it was compared
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
    """What was found for some entries, over more: the others count as the least of these."""
    found = np.full(len(entries), fused.min(), np.float32)
    found[np.searchsorted(entries, compared)] = fused
    return found
