import torch

from benchmarks.adapter_mean import mean
from core.lora.adapter import Adapter


def drawn(scaling: float, rank: int, seed: int) -> Adapter:
    numbers = torch.Generator().manual_seed(seed)
    a, b = torch.randn(rank, 8, generator=numbers), torch.randn(6, rank, generator=numbers)
    return Adapter("a", scaling, {"layers.0.mlp.up_proj": (a, b)})


def change(adapter: Adapter) -> torch.Tensor:
    ((a, b),) = adapter.scaled().values()
    return b @ a


def test_the_change_to_the_weights_is_the_mean_whatever_ranks_and_scalings() -> None:
    one, other = drawn(2.0, 2, seed=0), drawn(0.5, 3, seed=1)
    found = mean([one, other])
    assert found.rank == 5
    assert torch.allclose(change(found), (change(one) + change(other)) / 2, atol=0.05)  # bfloat16


def test_a_mean_of_fewer_ranks_is_the_nearest() -> None:
    one, other = drawn(2.0, 2, seed=0), drawn(0.5, 3, seed=1)
    found = mean([one, other], rank=3)
    assert found.rank == 3
    left, values, right = torch.linalg.svd((change(one) + change(other)) / 2, full_matrices=False)
    assert torch.allclose(change(found), left[:, :3] * values[:3] @ right[:3], atol=0.05)
