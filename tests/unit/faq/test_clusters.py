"""Questions that ask for the same, together."""

from collections.abc import Sequence

import numpy as np

from knowledge.faq.clusters import clusters
from knowledge.retrieval.embed import Vectors

_TOPICS = ("dog", "gold", "rain")


class ByTopic:
    """Texts that name the same topic point the same way, but for a little that is their own."""

    name = "by-topic"

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), 40), np.float32)
        for row, text in enumerate(texts):
            for column, topic in enumerate(_TOPICS):
                vectors[row, column] = topic in text
            vectors[row, 3 + len(text) % 37] += 0.3
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_those_asked_most_come_first_and_count_every_time() -> None:
    found = clusters(["my dog", "gold?", "your dog too", "my  dog", "a dog's long life", "any gold"], ByTopic())
    assert [group.count for group in found] == [4, 2]
    assert set(found[0].texts) == {"my dog", "your dog too", "a dog's long life"}
    assert found[0].texts[0] == "my dog"  # asked twice, so the most typical
    assert set(found[1].texts) == {"gold?", "any gold"}


def test_one_and_none() -> None:
    assert clusters([], ByTopic()) == []
    (only,) = clusters(["rain", "rain"], ByTopic())
    assert (only.texts, only.count) == (("rain",), 2)


def test_the_real_model_tells_topics_apart(support_service) -> None:  # type: ignore[no-untyped-def]
    asked = [
        "Do you insure pets?",
        "Can I get insurance for my dog?",
        "Do you sell gold bars?",
        "Can I buy gold from you?",
    ]
    groups = [set(group.texts) for group in clusters(asked, support_service.embedder)]
    assert sorted(map(sorted, groups)) == sorted([sorted(asked[:2]), sorted(asked[2:])])
