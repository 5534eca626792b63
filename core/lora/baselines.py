"""What an adapter has to beat: answers that need no language model."""

import importlib.util
from collections import Counter
from collections.abc import Sequence

from .metrics import Metric, score
from .questions import Question
from .rows import Row

HAS_SVM = importlib.util.find_spec("sklearn") is not None
"""Whether scikit-learn is here."""


def majority(labels: Sequence[str]) -> str:
    """The commonest of some labels, at least one; the first of equally common ones."""
    return Counter(labels).most_common(1)[0][0]


def best_constant(questions: Sequence[Question], metric: Metric) -> str:
    """The single answer or letter that scores best when it is given to all questions."""
    truth = [question.completion for question in questions]
    return max(sorted(set(truth)), key=lambda label: score(metric, truth, [label] * len(truth)))


def svm(rows: Sequence[Row], questions: Sequence[Question]) -> list[str]:
    """Answers of a linear support vector machine on words and pairs of words, weighted by TF-IDF.

    It learns from rows to train with, whose answers are at least two. Needs scikit-learn, see :data:`HAS_SVM`.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LinearSVC(random_state=0))
    model.fit([row.messages[-1].content for row in rows], [row.completion for row in rows])
    return [str(label) for label in model.predict([question.prompt for question in questions])]
