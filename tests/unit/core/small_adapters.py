"""Small random adapters, one's own and as peft saves them."""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model

from core.lora.adapter import Adapter
from tests.unit.core.small_models import CONFIGS, reference

EVERYTHING = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def made_by_peft(folder: Path, kind: str = "llama", seed: int = 0, **changes: Any) -> tuple[Path, Any]:
    """A random adapter, saved, and the model of peft that has it."""
    torch.manual_seed(seed)
    config = LoraConfig(**{"r": 4, "lora_alpha": 8, "target_modules": EVERYTHING, "task_type": "CAUSAL_LM", **changes})
    base = reference(CONFIGS[kind])
    torch.manual_seed(seed)
    model = get_peft_model(base, config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.copy_(torch.randn_like(parameter) * 0.3)
    model.save_pretrained(str(folder))
    return folder, model.eval()


def adapter(name: str, rank: int = 2) -> Adapter:
    return Adapter(name, 1.0, {"layers.0.self_attn.q_proj": (torch.ones(rank, 32), torch.ones(32, rank))})
