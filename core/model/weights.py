"""What scores make of keys: the softmax of attention, where tokens do not look at later ones."""

import torch


def causal_weights(scores: torch.Tensor, own: int) -> torch.Tensor:
    """Weights of scores, ``[rows, keys]``; the scores may be written over.

    Args:
        scores: ``[rows, keys]``. The last ``own`` keys are those of the tokens that ask: row ``r`` is asked by number
            ``r % own`` of them.
    """
    if scores.dtype is not torch.bfloat16 or scores.device.type != "cpu":
        future = torch.full((own, own), float("-inf"), dtype=scores.dtype, device=scores.device).triu_(1)
        scores.view(-1, own, scores.shape[-1])[..., -own:] += future
        return scores.softmax(-1)
    from .kernels import soften

    soften(scores.view(torch.int16).numpy(), own)
    return scores
