"""Draws the next token."""

from collections import Counter

import torch

from ..errors import EngineError
from .request import SamplingParams

_GREEDY_BELOW = 1e-5  # dividing the logits by less would overflow
_LIKELY = 512  # top tokens that nearly always contain the nucleus: sorting a whole vocabulary takes milliseconds


class Sampler:
    """Draws tokens for one request: the same seed and logits give the same tokens.

    Args:
        params: sampling parameters.
        prompt_ids: tokens of the prompt; the repetition penalty counts them too.
    """

    def __init__(self, params: SamplingParams, prompt_ids: list[int]) -> None:
        self._params = params
        self._prompt = torch.tensor(sorted(set(prompt_ids)), dtype=torch.long)
        self._counts = Counter[int]()  # how often each token occurs in the answer
        self._random = torch.Generator()
        if params.seed is None:
            self._random.seed()
        else:
            self._random.manual_seed(params.seed)

    def next(self, logits: torch.Tensor, allowed: torch.Tensor | None = None) -> int:
        """Takes the logits of the next position, ``[vocab_size]``, and returns a token id.

        Args:
            allowed: ``[vocab_size]``, the tokens allowed next; None for all.

        Raises:
            EngineError: the logits are no finite numbers; without this, temperature 0 would silently take the first.
        """
        logits = logits.detach().to("cpu", torch.float32, copy=True)
        if not logits.amax().isfinite():
            raise EngineError(
                "The model's scores are not finite numbers",
                hint="Its weights are damaged, or need another R1_PRECISION",
            )
        self._penalise(logits)
        if allowed is not None:
            logits.masked_fill_(~allowed, float("-inf"))
        token = self._draw(logits)
        self._counts[token] += 1
        return token

    def _draw(self, logits: torch.Tensor) -> int:
        params = self._params
        if params.temperature < _GREEDY_BELOW:
            return int(logits.numpy().argmax())  # torch's argmax takes ten times as long
        probabilities = (logits / params.temperature).softmax(-1)
        if params.top_p == 1 and params.top_k == 0:
            return int(torch.multinomial(probabilities, 1, generator=self._random))
        for size in (min(_LIKELY, len(logits)), len(logits)):
            likely, tokens = probabilities.topk(min(size, params.top_k or size))
            before = likely.cumsum(-1) - likely  # total probability of all likelier tokens
            before[0] = -1  # the likeliest always stays, even if top_p rounds to 0 here
            if before[-1] >= params.top_p or len(likely) in (params.top_k, len(logits)):
                break
        drawn = torch.multinomial(likely.where(before < params.top_p, 0), 1, generator=self._random)
        return int(tokens[drawn])

    def _penalise(self, logits: torch.Tensor) -> None:
        """Applies the penalties in place to the logits of tokens in the prompt or the answer."""
        params = self._params
        written = torch.tensor(list(self._counts), dtype=torch.long)
        if params.repetition_penalty != 1:
            seen, penalty = torch.cat([self._prompt, written]), params.repetition_penalty
            some = logits[seen]  # a token in both is written twice, with the same value
            logits[seen] = torch.where(some > 0, some / penalty, some * penalty)
        if params.presence_penalty or params.frequency_penalty:
            counts = torch.tensor(list(self._counts.values()), dtype=logits.dtype)
            logits[written] -= params.frequency_penalty * counts + params.presence_penalty
