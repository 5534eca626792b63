"""Averages adapters of one base; the mean is often better on new texts than any of them
(https://arxiv.org/abs/2203.05482).

``python -m benchmarks.adapter_mean OUT ONE OTHER`` writes an adapter whose change to the weights is the mean of theirs;
its rank is the sum of their ranks.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from core.lora.adapter import CONFIG, Adapter, read_adapter, write_adapter


def main() -> None:
    """Writes the folder named on the command line."""
    out, *folders = map(Path, sys.argv[1:])
    base = json.loads((folders[0] / CONFIG).read_text("utf-8"))["base_model_name_or_path"]
    write_adapter(mean([read_adapter(folder) for folder in folders]), out, base)


def mean(adapters: Sequence[Adapter]) -> Adapter:
    """The mean adapter: concatenated, ``b a`` is a sum; each adapter's factor is split evenly between ``a`` and ``b``.

    Args:
        adapters: with the same maps.
    """
    shares = [(adapter.scaling / len(adapters)) ** 0.5 for adapter in adapters]
    weights = {}
    for name in adapters[0].weights:
        pairs = [adapter.weights[name] for adapter in adapters]
        a = torch.cat([a.float() * share for (a, _), share in zip(pairs, shares, strict=True)])
        b = torch.cat([b.float() * share for (_, b), share in zip(pairs, shares, strict=True)], 1)
        weights[name] = a.bfloat16(), b.bfloat16()
    return Adapter("mean", 1.0, weights)


if __name__ == "__main__":
    main()
