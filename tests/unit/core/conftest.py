from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from core.model.decoder import Decoder
from core.model.precision import Precision
from core.model.sparse import TRAINING_FREE
from tests.unit.core import training_fakes
from tests.unit.core.small_training import weather


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model to train."""
    return training_fakes.checkpoint(tmp_path_factory.mktemp("base"), sure=20)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to train it with."""
    return weather(tmp_path_factory.mktemp("rows") / "rows.jsonl")


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    """Random weights; reads sparsely from 2,048 tokens on."""
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        vocab_size=128,
        max_position_embeddings=8192,
    )
    weights = AutoModelForCausalLM.from_config(config).state_dict()
    return Decoder(config, weights, Precision("fp32", "fp32", torch.float32), TRAINING_FREE, torch.device("cpu"))
