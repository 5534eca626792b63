"""Small random models of every architecture that the decoder runs."""

from typing import Any

import torch
from transformers import AutoModelForCausalLM, Gemma3TextConfig, LlamaConfig, Qwen2Config, Qwen3Config

from core.model.decoder import Decoder
from core.model.layer import Step
from core.model.memory import Memory
from core.model.precision import Precision
from core.model.sparse import SparsePolicy

CPU = torch.device("cpu")
EXACT = Precision("fp32", "fp32", torch.float32)
WHOLE = Precision("int8", "int8", torch.bfloat16)
SMALL = SparsePolicy(block=8, dense_until=128, first=1, local=1, budget=2, stride=4, page=4)
SIZES = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "vocab_size": 99}
HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 512}
GEMMA = Gemma3TextConfig(**SIZES, **HEADS, sliding_window=40, layer_types=["sliding_attention", "full_attention"])
CONFIGS = {
    "llama": LlamaConfig(**SIZES, **HEADS, attention_bias=True, mlp_bias=True),
    "llama tied": LlamaConfig(**SIZES, **HEADS, tie_word_embeddings=True),
    "qwen2": Qwen2Config(**SIZES, **HEADS),
    "qwen3": Qwen3Config(**SIZES, **HEADS),
    "gemma3": GEMMA,
    "llama3 positions": LlamaConfig(
        **SIZES,
        **HEADS,
        rope_parameters={
            "rope_type": "llama3",
            "rope_theta": 10_000.0,
            "factor": 4.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 128,
        },
    ),
}


def reference(config: Any) -> Any:
    """A random transformers model whose norms, biases and positions matter, too."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa", dtype=torch.float32).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name or "bias" in name:
                parameter += torch.randn_like(parameter) * 0.3
            if "q_proj.weight" in name:
                parameter *= 30
    return model


def decoder(config: Any, precision: Precision = EXACT, policy: SparsePolicy | None = SMALL, **more: Any) -> Decoder:
    return Decoder(config, reference(config).state_dict(), precision, policy, CPU, **more)


def tokens(count: int, seed: int = 1) -> torch.Tensor:
    return torch.randint(1, 99, (count,), generator=torch.Generator().manual_seed(seed))


def run(model: Decoder, memory: Memory, ids: torch.Tensor, *cuts: int, reading: Any = "blocks") -> torch.Tensor:
    """Scores of all tokens, run in pieces of these sizes."""
    parts = ids.split(list(cuts) or [len(ids)])
    return torch.cat([model.logits(model.forward([Step(part, memory, reading)])) for part in parts])
