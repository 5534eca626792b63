"""What every embedder must do."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import UnknownModelError
from knowledge.retrieval.embed import Embedder, open_embeddings

TEXTS = [
    "How do I open an account?",
    "My card was stolen.",
    "",
    "  \n ",
    "怎么开户？",
    "🙂",
    "a much longer sentence that shares a batch with short ones and so makes them be padded",
]


class EmbedderContract:
    """Inherit it, and provide the fixture ``embedder``."""

    margin = 0.2

    @pytest.fixture
    def embedder(self) -> Embedder:
        raise NotImplementedError

    def test_vectors_are_float32_of_length_one(self, embedder: Embedder) -> None:
        vectors = embedder.encode(TEXTS)
        assert vectors.dtype == np.float32
        assert vectors.shape[0] == len(TEXTS)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)

    def test_text_has_one_vector_whatever_its_batch(self, embedder: Embedder) -> None:
        together = embedder.encode(TEXTS)
        np.testing.assert_allclose(embedder.encode(TEXTS[::-1])[::-1], together, atol=1e-5)
        np.testing.assert_allclose(np.concatenate([embedder.encode([text]) for text in TEXTS]), together, atol=1e-5)

    def test_no_texts_no_vectors(self, embedder: Embedder) -> None:
        empty = embedder.encode([])
        assert empty.shape == (0, embedder.encode(["x"]).shape[1])
        assert empty.dtype == np.float32

    def test_very_long_text_is_taken(self, embedder: Embedder) -> None:
        assert np.isfinite(embedder.encode(["account " * 20_000, "账户" * 20_000])).all()

    def test_paraphrase_is_nearer_than_another_topic(self, embedder: Embedder) -> None:
        lost, stolen, savings = embedder.encode(
            ["I lost my bank card", "My debit card has gone missing", "What interest does the savings account pay?"]
        )
        assert lost @ stolen > lost @ savings + self.margin


class TestBgeSmall(EmbedderContract):
    @pytest.fixture(scope="class")
    def embedder(self, home: Path) -> Embedder:
        return open_embeddings(home=home)


class TestMultilingualE5(EmbedderContract):
    margin = 0.04  # its cosines lie close together

    @pytest.fixture(scope="class")
    def embedder(self, home: Path) -> Embedder:
        return open_embeddings("multilingual-e5-small", home=home)


class TestMultilingualUSE(EmbedderContract):
    @pytest.fixture(scope="class")
    def embedder(self, home: Path) -> Embedder:
        return open_embeddings("use-multilingual-v3", home=home)

    def test_translation_is_nearer_than_another_topic(self, embedder: Embedder) -> None:
        english, chinese, other = embedder.encode(["I lost my bank card", "我的银行卡丢了", "储蓄账户的利率是多少？"])
        assert english @ chinese > english @ other + 0.2


def test_the_name_of_another_model_is_refused(home: Path) -> None:
    with pytest.raises(UnknownModelError, match="no embedding model 'smollm2-135m-instruct'") as refused:
        open_embeddings("smollm2-135m-instruct", home=home)
    assert "bge-small-en, multilingual-e5-small, use-multilingual-v3" in (refused.value.hint or "")


@pytest.mark.parametrize("name", ["bge-small-en", "multilingual-e5-small"])
def test_a_model_that_was_not_pulled_is_told_how(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match="not on this machine"):
        open_embeddings(name, home=tmp_path)
