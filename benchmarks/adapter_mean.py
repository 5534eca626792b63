"""The mean of two adapters of one base, which is often better on new texts than either (https://arxiv.org/abs/2203.05482).

``python -m benchmarks.adapter_mean OUT ONE OTHER`` writes what the means of the changes to the weights come to, in as
many ranks as ONE has.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

_CONFIG, _WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def main() -> None:
    """Writes the folder that the command line names."""
    out, *folders = map(Path, sys.argv[1:])
    configs = [json.loads((folder / _CONFIG).read_text("utf-8")) for folder in folders]
    adapters = [load_file(folder / _WEIGHTS) for folder in folders]
    scales = [config["lora_alpha"] / config["r"] / len(folders) for config in configs]
    rank = configs[0]["r"]
    found: dict[str, torch.Tensor] = {}
    for name in adapters[0]:
        if "lora_A" in name:
            b_name = name.replace("lora_A", "lora_B")
            up = torch.cat([scale * each[b_name].float() for scale, each in zip(scales, adapters, strict=True)], 1)
            down = torch.cat([each[name].float() for each in adapters])
            found[b_name], found[name] = _of_rank(rank, up, down)
    out.mkdir(parents=True, exist_ok=True)
    (out / _CONFIG).write_text(json.dumps({**configs[0], "lora_alpha": float(rank)}, indent=1) + "\n", "utf-8")
    save_file(found, out / _WEIGHTS, metadata={"format": "pt"})


def _of_rank(rank: int, up: torch.Tensor, down: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The nearest product of ``rank`` to ``up @ down``, with its weight shared evenly, in bfloat16."""
    q_up, r_up = torch.linalg.qr(up)
    q_down, r_down = torch.linalg.qr(down.T)
    left, values, right = torch.linalg.svd(r_up @ r_down.T)
    roots = values[:rank].sqrt()
    factors = (q_up @ left[:, :rank] * roots, roots[:, None] * (right[:rank] @ q_down.T))
    return factors[0].bfloat16().contiguous(), factors[1].bfloat16().contiguous()


if __name__ == "__main__":
    main()
