"""Averages adapters of one base; the mean is often better on new texts than any of them
(https://arxiv.org/abs/2203.05482).

``python -m benchmarks.adapter_mean OUT ONE OTHER`` writes an adapter whose change to the weights is the mean of theirs;
its rank is the sum of their ranks. With ``--rank N`` it is the nearest adapter of that rank.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from core.lora.adapter import CONFIG, Adapter, read_adapter, write_adapter
from core.lora.low_rank import truncated


def main() -> None:
    """Writes the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--rank", type=int)
    given = parser.parse_args()
    base = json.loads((given.folders[0] / CONFIG).read_text("utf-8"))["base_model_name_or_path"]
    write_adapter(mean([read_adapter(folder) for folder in given.folders], given.rank), given.out, base)


def mean(adapters: Sequence[Adapter], rank: int | None = None) -> Adapter:
    """The mean adapter: concatenated, ``b a`` is a sum; each adapter's factor is split evenly between ``a`` and ``b``.

    Args:
        adapters: with the same maps.
        rank: of the mean; None for the sum of their ranks.
    """
    shares = [(adapter.scaling / len(adapters)) ** 0.5 for adapter in adapters]
    weights = {}
    for name in adapters[0].weights:
        pairs = [adapter.weights[name] for adapter in adapters]
        a = torch.cat([a.float() * share for (a, _), share in zip(pairs, shares, strict=True)])
        b = torch.cat([b.float() * share for (_, b), share in zip(pairs, shares, strict=True)], 1)
        weights[name] = a, b
    whole = Adapter("mean", 1.0, weights)
    shorter = whole if rank is None else truncated(whole, rank)
    return replace(shorter, weights={name: (a.bfloat16(), b.bfloat16()) for name, (a, b) in shorter.weights.items()})


if __name__ == "__main__":
    main()
