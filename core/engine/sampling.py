"""Draws the next token."""

import torch

from .request import SamplingParams

_GREEDY_BELOW = 1e-5  # dividing the scores by less would overflow


class Sampler:
    """Draws tokens for one request: the same seed and logits give the same tokens."""

    def __init__(self, params: SamplingParams, prompt_ids: list[int]) -> None:
        self._params = params
        self._seen = set(prompt_ids)
        self._random = torch.Generator()
        if params.seed is None:
            self._random.seed()
        else:
            self._random.manual_seed(params.seed)

    def next(self, logits: torch.Tensor) -> int:
        """Takes the model's scores for the next position, ``[vocabulary]``, and returns a token id."""
        scores = self._penalised(logits.detach().to("cpu", torch.float32, copy=True))
        if self._params.temperature < _GREEDY_BELOW:
            token = int(scores.argmax())
        else:
            probabilities = _nucleus((scores / self._params.temperature).softmax(-1), self._params.top_p)
            token = int(torch.multinomial(probabilities, 1, generator=self._random))
        self._seen.add(token)
        return token

    def _penalised(self, scores: torch.Tensor) -> torch.Tensor:
        penalty = self._params.repetition_penalty
        if penalty != 1:
            seen = torch.tensor(sorted(self._seen), dtype=torch.long)
            chosen = scores[seen]
            scores[seen] = torch.where(chosen > 0, chosen / penalty, chosen * penalty)
        return scores


def _nucleus(probabilities: torch.Tensor, top_p: float) -> torch.Tensor:
    if top_p == 1:
        return probabilities
    ordered, order = probabilities.sort(descending=True, stable=True)
    before = ordered.cumsum(-1) - ordered  # probability of everything likelier
    return torch.zeros_like(probabilities).scatter(0, order, ordered.where(before < top_p, 0))
