"""Judges whether a text answers a question by reading both together.

Vectors computed separately capture what two texts are about. Whether one answers the other may depend on a word that
only matters when both are read together: before or after, at home or abroad, how much or how long.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from core.files import packaged
from core.threads import one_thread

from .language import Language

LogOdds = npt.NDArray[np.float32]

BASES: dict[Language, str] = {"en": "bge-small-en", "zh": "multilingual-e5-small"}
"""The models that the shipped weights change, in the model hub."""


class Reranker(Protocol):
    """Reads a question and a text together."""

    def log_odds(self, question: str, texts: Sequence[str]) -> LogOdds:
        """Log-odds that each of one or more texts answers the question, ``[texts]``."""


class CrossEncoder:
    """A BERT fine-tuned to read a question and a text as one input (Nogueira and Cho 2019, arXiv:1901.04085).

    The fine-tuned weights are in ``cross_encoder_LANGUAGE.safetensors``, see ``cross_encoder.md``: a low-rank update of
    each weight matrix (``up @ down``); the other weights in full; and ``head``, ``[1 + 2 x hidden]``: the bias, then
    the weights for the first token's state and for the mean of all states.

    Args:
        folder: of the language's model in :data:`BASES`, in the model hub.
        language: of the questions.
    """

    _MAX_TOKENS = 80

    def __init__(self, folder: Path, language: Language) -> None:
        import torch
        from safetensors.torch import load_file
        from transformers import AutoTokenizer, BertModel
        from transformers.utils import logging

        from core.model.precision import FLOATS, native_format

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self._tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        model: Any = BertModel.from_pretrained(
            str(folder),
            local_files_only=True,
            use_safetensors=True,
            dtype="auto",
            add_pooling_layer=False,
        )
        learnt = load_file(packaged("knowledge.retrieval", f"cross_encoder_{language}.safetensors"))
        size = model.config.hidden_size
        self._constant, self._first, self._mean = torch.split(learnt.pop("head"), [1, size, size])
        words = model.embeddings.word_embeddings.weight  # not fine-tuned; stays memory-mapped in the file
        self._words, words.data = words.data, torch.empty(0)
        self._format = FLOATS[native_format(torch.device("cpu"))]
        model.float()
        for name, weight in model.named_parameters():
            if name in learnt:
                weight.data = learnt[name]
            elif f"{name}.up" in learnt:
                weight.data += learnt[f"{name}.up"].float() @ learnt[f"{name}.down"].float()
        self._model = model.to(self._format).eval()

    def log_odds(self, question: str, texts: Sequence[str]) -> LogOdds:
        """See :class:`Reranker`."""
        import torch

        tokens = self._tokenizer(
            [question] * len(texts),
            list(texts),
            padding=True,
            truncation="longest_first",
            max_length=self._MAX_TOKENS,
            return_tensors="pt",
        )
        with torch.inference_mode(), one_thread():
            words = self._words[tokens.pop("input_ids")].to(self._format)
            hidden = self._model(inputs_embeds=words, **tokens).last_hidden_state.float()
            mask = tokens["attention_mask"].unsqueeze(-1)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            found: LogOdds = (self._constant + hidden[:, 0] @ self._first + mean @ self._mean).numpy()
        return found
