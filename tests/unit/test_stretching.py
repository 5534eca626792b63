"""SelfExtend as its paper has it, which the benchmark of longer contexts measures beside R1's own."""

import math

import pytest
import torch
from transformers import LlamaConfig

from benchmarks.quality import natural_texts
from benchmarks.stretching import Published
from core.model.rope import Rope, rotate

_GROUPS, _REPEAT, _WIDTH = 2, 3, 16


@pytest.mark.parametrize(
    ("group", "window", "length", "asked"), [(2, 40, 300, 300), (4, 40, 600, 600), (4, 40, 600, 7), (4, 40, 30, 30)]
)
def test_far_keys_are_read_by_coarse_positions(group: int, window: int, length: int, asked: int) -> None:
    torch.manual_seed(0)
    heads = _GROUPS * _REPEAT
    config = LlamaConfig(hidden_size=heads * _WIDTH, num_attention_heads=heads, num_key_value_heads=_GROUPS)
    rope = Rope(config, "full_attention", torch.device("cpu"))
    query, key, value = (torch.randn(count, length, _WIDTH) for count in (heads, _GROUPS, _GROUPS))

    def at(vectors: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        return rotate(vectors.transpose(0, 1), rope.turn(places.unsqueeze(1))).transpose(0, 1)

    def scores(asking: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        return asking.unflatten(0, (_GROUPS, _REPEAT)) @ keys.transpose(1, 2).unsqueeze(1) / 4

    places = torch.arange(length)
    coarse, distance = places // group, places.unsqueeze(1) - places
    offset = window - window // group
    far, near = scores(at(query, coarse + offset), at(key, coarse)), scores(at(query, places), at(key, places))
    mixed = torch.where(distance >= window, far, near).masked_fill(distance < 0, -math.inf).softmax(-1)
    wanted = (mixed @ value.unsqueeze(1)).flatten(0, 1)[:, -asked:]
    turned = at(query, places)[:, -asked:], at(key, places), value
    assert torch.allclose(Published(rope, window, group).read(*turned, 0.25), wanted, atol=1e-5)


def test_without_the_public_data_there_are_no_natural_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """They come last: a benchmark that ended there would lose what it had measured for hours."""
    monkeypatch.setenv("R1_DATA", "nowhere")
    assert natural_texts(None) == []
