"""Baselines that an adapter has to beat: answers without a language model."""

import re
from collections import Counter
from collections.abc import Sequence

from .metrics import Metric, score
from .questions import Question
from .rows import Row

_WORD = re.compile(r"\w\w")  # as scikit-learn defines a word


def rows_for(questions: Sequence[Question], rows: Sequence[Row]) -> tuple[Row, ...]:
    """Training rows for some questions: of the same task or, if there are none, those whose answer is a choice.

    Args:
        questions: of one task, at least one.
    """
    own = tuple(row for row in rows if row.task == questions[0].task)
    choices = {choice for question in questions for choice in question.choices}
    return own or tuple(row for row in rows if row.completion in choices)


def majority(labels: Sequence[str]) -> str:
    """The commonest of one or more labels; the first of equally common ones."""
    return Counter(labels).most_common(1)[0][0]


def best_constant(questions: Sequence[Question], metric: Metric) -> str:
    """The single answer (or letter of a choice) that scores best when given to all questions."""
    truth = [question.completion for question in questions]
    return max(sorted(set(truth)), key=lambda label: score(metric, truth, [label] * len(truth)))


def svm(rows: Sequence[Row], questions: Sequence[Question]) -> list[str] | None:
    """Answers of a linear support vector machine on word unigrams and bigrams, weighted by TF-IDF.

    It is trained on ``rows``. None if these have only one answer, or no words.
    """
    if len({row.completion for row in rows}) < 2 or not any(_WORD.search(row.messages[-1].content) for row in rows):
        return None
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LinearSVC(random_state=0))
    model.fit([row.messages[-1].content for row in rows], [row.completion for row in rows])
    return [str(label) for label in model.predict([question.prompt for question in questions])]
