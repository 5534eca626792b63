"""Whether an FAQ answers a question, judged by how near the nearest text is."""

from enum import StrEnum


class Answerability(StrEnum):
    """How sure it is that the best match answers the question."""

    ANSWERABLE = "answerable"
    UNSURE = "unsure"
    UNANSWERABLE = "unanswerable"


# Cosine of the best match above which 80% and 99% of answerable questions lie, by embedding model: measured on the
# validation part of Banking77-OOS with five variants an intent (`make bench-faq` prints them again, and what they let
# through).
_BANDS = {"all-minilm-l6-v2": (0.656, 0.432), "use-multilingual-v3": (0.628, 0.446)}


# Two entries nearer to each other than this are told apart by asking: the embeddings cannot.
_TIE = 0.05


def judge(score: float, margin: float, embedder: str) -> Answerability:
    """Judges the best match.

    Args:
        score: its cosine, -1 to 1.
        margin: how far it is ahead of the next entry, 0 to 2.
        embedder: the model that the cosines come from; each has its own scale.
    """
    sure, possible = _BANDS[embedder]
    if score < possible:
        return Answerability.UNANSWERABLE
    return Answerability.ANSWERABLE if score >= sure and margin >= _TIE else Answerability.UNSURE
