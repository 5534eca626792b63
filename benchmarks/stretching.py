"""How to read further than a model was trained for: not at all, by YaRN or by SelfExtend, with dense attention.

The same checkpoint in bf16 with transformers' layers for each side. Measured are needles in 16,384 tokens, and the
perplexity of natural text behind the last trained position. A side takes about half an hour of one core:
``python -m benchmarks.stretching yarn`` measures this one only.
"""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.progress import track
from transformers import AttentionInterface, AttentionMaskInterface, AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.cache_utils import DynamicCache

from benchmarks import tasks
from benchmarks.common import Kept, skip
from benchmarks.quality import natural_texts
from core.hub import ModelHub
from core.model.rope import Rope, stretched
from core.settings import load_settings

_LENGTH, _CONTEXTS, _REPLY = 16_384, 3, 10
_WINDOW, _GROUP = 1_024, 4
_SEGMENT, _BLOCK = 1_024, 256  # tokens of a pass, and those whose scores are in memory at a time


@dataclass(frozen=True)
class SelfExtend:
    """Attention to far keys by coarse positions (Jin et al. 2024, https://arxiv.org/abs/2401.01325).

    Keys that are at least ``window`` tokens away are read as if positions were counted in groups.

    Attributes:
        rope: what turned queries and keys.
        window: tokens whose positions are kept.
        group: as many tokens further away share a position; with 1 all positions are kept.
    """

    rope: Rope
    window: int
    group: int

    def attend(
        self,
        module: torch.nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attention_mask: None,
        *,
        scaling: float,
        **_: Any,
    ) -> tuple[torch.Tensor, None]:
        """As transformers calls it, causal, for one sequence: ``[1, heads, n, d]`` and ``[1, kv_heads, m, d]``."""
        (queries,), (keys,), (values,) = query * scaling, key, value
        n, m = queries.shape[1], keys.shape[1]
        places = torch.arange(m)
        coarse = places // self.group
        far_keys = self.rope.move(keys, coarse - places)
        offset = self.window - self.window // self.group
        far_queries = self.rope.move(queries, (coarse + offset - places)[m - n :])
        parts = []
        for rows in torch.arange(n).split(_BLOCK):
            start = m - n + int(rows[0])
            parts.append(self._block(queries[:, rows], far_queries[:, rows], keys, far_keys, values, start))
        return torch.cat(parts, 1).transpose(0, 1).unsqueeze(0), None

    def _block(
        self,
        queries: torch.Tensor,
        far_queries: torch.Tensor,
        keys: torch.Tensor,
        far_keys: torch.Tensor,
        values: torch.Tensor,
        start: int,
    ) -> torch.Tensor:
        """What the queries from position ``start`` on read, ``[heads, n, d]``."""
        (heads, n, _), groups, stop = queries.shape, len(keys), start + queries.shape[1]
        far, near = (0, 0) if self.group == 1 else (max(0, stop - self.window), max(0, start - self.window + 1))
        scores = torch.empty(groups, heads // groups, n, stop, dtype=queries.dtype)
        scores[..., near:] = _products(queries, keys[:, near:stop])
        distance = torch.arange(start, stop).unsqueeze(1) - torch.arange(stop)
        if far:
            coarse = _products(far_queries, far_keys[:, :far])
            scores[..., :near] = coarse[..., :near]
            is_far = distance[:, near:far] >= self.window
            scores[..., near:far] = torch.where(is_far, coarse[..., near:], scores[..., near:far])
        scores[..., start:].masked_fill_(distance[:, start:] < 0, -math.inf)
        weights = scores.softmax(-1, torch.float32).to(values.dtype)
        return torch.einsum("grnm,gmd->grnd", weights, values[:, :stop]).reshape(heads, n, -1)


def _products(queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """``[kv_heads, repeat, n, m]``."""
    split = queries.reshape(len(keys), -1, *queries.shape[1:])
    return (split.flatten(1, 2) @ keys.transpose(1, 2)).unflatten(1, split.shape[1:3])


class Side:
    """The checkpoint with one way of stretching.

    Args:
        folder: of the model.
        config: its config, stretched or not.
        group: see :class:`SelfExtend`.
    """

    def __init__(self, folder: Path, config: Any, group: int) -> None:
        attention = SelfExtend(Rope(config, "full_attention", torch.device("cpu")), _WINDOW, group)
        name = f"grouped-{group}"
        AttentionInterface.register(name, attention.attend)
        AttentionMaskInterface.register(name, lambda *args, **kwargs: None)  # it is causal by itself
        self._model = AutoModelForCausalLM.from_pretrained(
            folder, config=config, dtype=torch.bfloat16, attn_implementation=name
        ).eval()

    @torch.inference_mode()
    def states(self, ids: list[int], cache: DynamicCache) -> Iterator[torch.Tensor]:
        """The last layer's states of the next tokens, segment by segment."""
        for start in range(0, len(ids), _SEGMENT):
            yield self._model.model(torch.tensor([ids[start : start + _SEGMENT]]), cache=cache)[0][0]

    @torch.inference_mode()
    def loss(self, ids: list[int], first: int) -> float:
        """Mean negative log-probability of the tokens behind ``first``."""
        losses, at = [], 0
        for states in self.states(ids, DynamicCache()):
            following = torch.tensor(ids[at + 1 : at + 1 + len(states)])
            kept = slice(max(0, first - at), len(following))
            if kept.start < kept.stop:
                chances = self._model.lm_head(states[kept]).float().log_softmax(-1)
                losses.append(-chances.gather(1, following[kept].unsqueeze(1))[:, 0])
            at += len(states)
        return float(torch.cat(losses).mean())

    @torch.inference_mode()
    def answers(self, tokenizer: Any, context: tasks.Context) -> Iterator[bool]:
        """Whether each question is answered rightly; what their prompts share is read once."""
        cache = DynamicCache()
        shared = tasks.prompt_ids(tokenizer, context, context.questions[0])[0]
        for _ in self.states(shared, cache):
            pass
        for question in context.questions:
            ids, reply = tasks.prompt_ids(tokenizer, context, question)[1], []
            for _ in range(_REPLY):
                *_, states = self.states(ids, cache)
                ids = [int(self._model.lm_head(states[-1:]).argmax())]
                reply += ids
            cache.crop(len(shared) - cache.get_seq_length())
            yield tasks.right(tokenizer.decode(reply, skip_special_tokens=True), question)


def main() -> None:
    """Answers and reads with each side that is named, or with all; the others keep what was measured last."""
    settings = load_settings()
    folder = ModelHub(settings.home).folder(settings.model)
    config, tokenizer = AutoConfig.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    sides = {"nothing": (config, 1), "yarn": (stretched(config, _LENGTH), 1), "selfextend": (config, _GROUP)}
    chosen = sys.argv[1:] or list(sides)
    if unknown := set(chosen) - sides.keys():
        sys.exit(f"Not known: {', '.join(sorted(unknown))}. There are {', '.join(sides)}.")
    trained = config.max_position_embeddings
    contexts = [tasks.make_context("needle", _LENGTH - _REPLY, seed, tokenizer) for seed in range(_CONTEXTS)]
    texts = [text for text in natural_texts(tokenizer) if len(text) == _LENGTH]
    if not texts:
        skip("perplexity", "no natural text is in R1_DATA")
    kept = Kept("stretching", [f"{name}_{figure}" for name in sides for figure in ("needle", "ppl")])
    for name in chosen:
        side, part = Side(folder, *sides[name]), kept.part(name)
        found = [right for context in track(contexts, name) for right in side.answers(tokenizer, context)]
        part.add(f"{name}_needle", f"of {len(found)} needles in {_LENGTH:,} tokens", sum(found) / len(found))
        if texts:
            losses = [side.loss(text, trained) for text in texts]
            perplexity = math.exp(sum(losses) / len(losses))
            part.add(f"{name}_ppl", f"perplexity of natural text behind token {trained:,}", perplexity)
        kept.write()
    kept.report(f"{settings.model}, {_LENGTH:,} tokens, dense in bf16")


if __name__ == "__main__":
    main()
