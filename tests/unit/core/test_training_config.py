"""Shape and recipe of an adapter: what they may hold, and the rate of each step."""

from typing import Any, get_type_hints

import peft
import pytest
import torch
from transformers import get_cosine_schedule_with_warmup

from core.errors import InvalidRequestError
from core.lora.config import LoraConfig, Recipe, RecipeFields, learning_rate
from core.lora.trainer import Trainer


@pytest.mark.parametrize(("ratio", "steps", "rise"), [(0.05, 100, 5), (0, 40, 0), (0.1, 7, 1), (1, 10, 10)])
def test_the_rate_rises_and_falls_along_a_cosine(ratio: float, steps: int, rise: int) -> None:
    recipe = Recipe(learning_rate=0.5, warmup_ratio=ratio)
    rates = [learning_rate(recipe, step, steps) for step in range(steps)]
    assert rates[:rise] == pytest.approx([0.5 * (step + 1) / rise for step in range(rise)])
    schedule = get_cosine_schedule_with_warmup(torch.optim.SGD([torch.zeros(1)], lr=0.5), rise, steps)
    assert rates[rise:] == pytest.approx([0.5 * schedule.lr_lambdas[0](step) for step in range(rise, steps)])
    assert max(rates) == 0.5
    assert all(rate > 0 for rate in rates)


@pytest.mark.parametrize(
    "values",
    [
        {"per_device_train_batch_size": 0},
        {"gradient_accumulation_steps": 0},
        {"num_train_epochs": 0},
        {"num_train_epochs": 1.5},
        {"per_device_train_batch_size": "8"},
        {"learning_rate": 0},
        {"warmup_ratio": 1.1},
        {"weight_decay": -1},
        {"max_grad_norm": 0},
        {"max_length": 8},
        {"evaluations": 0},
        {"patience": 0},
        {"save_steps": 0},
        {"precision": "fp16"},
        {"seed": -1},
        {"learning_rate": "1e-3"},
        {"warmup_ratio": None},
        {"weight_decay": float("inf")},
        {"max_grad_norm": "1"},
        {"max_length": 64.5},
        {"max_length": "64"},
        {"seed": 1.5},
        {"seed": None},
    ],
)
def test_a_recipe_out_of_range_names_the_value(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{next(iter(values))} must be"):
        Recipe(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"r": 0},
        {"r": 8.5},
        {"r": "16"},
        {"lora_alpha": 0},
        {"lora_alpha": "32"},
        {"lora_alpha": float("inf")},
        {"lora_dropout": 1},
        {"lora_dropout": None},
        {"target_modules": []},
        {"target_modules": [""]},
        {"target_modules": [1]},
        {"target_modules": {"q_proj"}},
        {"target_modules": 5},
        {"target_modules": "("},
    ],
)
def test_a_shape_out_of_range_names_the_value(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{next(iter(values))} must be"):
        LoraConfig(**values)


@pytest.mark.parametrize("shape", [{"r": 4}, peft.LoraConfig(r=4)])
def test_a_shape_of_another_kind_is_refused_before_files_are_read(shape: Any) -> None:
    with pytest.raises(TypeError, match=r"^lora_config is a LoraConfig of deepseek_r1"):
        Trainer("no-such-model", "no-such-file.jsonl", shape)


def test_the_arguments_of_a_training_are_the_fields_of_a_recipe() -> None:
    assert get_type_hints(RecipeFields) == get_type_hints(Recipe)
