"""Ways to extend the context beyond the trained length: none, YaRN, SelfExtend as published, and SelfExtend as in R1.

All sides use the same checkpoint in bf16 with transformers' layers and dense attention. Measures needles in 16,384
tokens, and the perplexity of natural text after the last trained position. A side takes about half an hour on one core:
``python -m benchmarks.stretching yarn`` measures only this one.
"""

import copy
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
from core.model.dense import dense_attention
from core.model.rope import Rope
from core.model.self_extend import SelfExtend
from core.model.sparse import TRAINING_FREE
from core.settings import load_settings

_LENGTH, _CONTEXTS, _REPLY = 16_384, 3, 10
_WINDOW, _GROUP = 1_024, 4
_SEGMENT, _BLOCK = 1_024, 256  # tokens per pass, and queries whose scores are in memory at a time


@dataclass(frozen=True)
class Plain:
    """Attention to all keys, unchanged or moved as in R1."""

    extend: SelfExtend | None = None

    def read(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float) -> torch.Tensor:
        """Attention of a sequence's newest tokens, ``[heads, n, d]``, over keys and values ``[kv_heads, m, d]``."""
        out = torch.empty_like(query)
        past, stop = key.shape[1] - query.shape[1], key.shape[1]
        for start, end in self.extend.parts(past, stop) if self.extend else [(past, stop)]:
            rows, keys = slice(start - past, end - past), key[:, :end]
            seen = self.extend.keys(keys, start) if self.extend else keys
            dense_attention(query[:, rows], seen, value[:, :end], scale=scale, out=out[:, rows])
        return out


@dataclass(frozen=True)
class Published:
    """SelfExtend as in its paper (Jin et al. 2024, https://arxiv.org/abs/2401.01325).

    Keys that are at least ``window`` tokens away are read as if positions were counted in groups.

    Attributes:
        rope: the rotation of queries and keys.
        window: tokens whose positions are kept.
        group: number of tokens beyond it that share a position.
    """

    rope: Rope
    window: int
    group: int

    def read(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float) -> torch.Tensor:
        """As :meth:`Plain.read`."""
        queries, n, m = query * scale, query.shape[1], key.shape[1]
        places = torch.arange(m)
        coarse = places // self.group
        far_keys = self.rope.move(key, coarse - places)
        offset = self.window - self.window // self.group
        far_queries = self.rope.move(queries, (coarse + offset - places)[m - n :])
        parts = []
        for rows in torch.arange(n).split(_BLOCK):
            start = m - n + int(rows[0])
            parts.append(self._block(queries[:, rows], far_queries[:, rows], key, far_keys, value, start))
        return torch.cat(parts, 1)

    def _block(
        self,
        queries: torch.Tensor,
        far_queries: torch.Tensor,
        keys: torch.Tensor,
        far_keys: torch.Tensor,
        values: torch.Tensor,
        start: int,
    ) -> torch.Tensor:
        """Attention output of the queries from position ``start`` on, ``[heads, n, d]``."""
        (heads, n, _), groups, stop = queries.shape, len(keys), start + queries.shape[1]
        far, near = max(0, stop - self.window), max(0, start - self.window + 1)
        scores = torch.empty(groups, heads // groups, n, stop, dtype=queries.dtype)
        scores[..., near:] = _products(queries, keys[:, near:stop])
        distance = torch.arange(start, stop).unsqueeze(1) - torch.arange(stop)
        coarse = _products(far_queries, far_keys[:, :far])
        scores[..., :near] = coarse[..., :near]
        is_far = distance[:, near:far] >= self.window
        scores[..., near:far] = torch.where(is_far, coarse[..., near:], scores[..., near:far])
        scores[..., start:].masked_fill_(distance[:, start:] < 0, -math.inf)
        weights = scores.softmax(-1, torch.float32).to(values.dtype)
        return torch.einsum("grnm,gmd->grnd", weights, values[:, :stop]).reshape(heads, n, -1)


def _products(queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """Scores, ``[kv_heads, repeat, n, m]``."""
    split = queries.reshape(len(keys), -1, *queries.shape[1:])
    return torch.unflatten(split.flatten(1, 2) @ keys.transpose(1, 2), 1, split.shape[1:3])


class Side:
    """The checkpoint with one way to extend the context.

    Args:
        name: of this way.
        folder: of the model.
        config: its config, stretched or not.
        attention: the attention function.
    """

    def __init__(self, name: str, folder: Path, config: Any, attention: Plain | Published) -> None:
        def attend(module: Any, query: Any, key: Any, value: Any, mask: None, *, scaling: float, **_: Any) -> Any:
            return attention.read(query[0], key[0], value[0], scaling).transpose(0, 1).unsqueeze(0), None

        AttentionInterface.register(name, attend)
        AttentionMaskInterface.register(name, lambda *args, **kwargs: None)  # attention is causal by itself
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
        """Mean negative log-probability of the tokens after ``first``."""
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
        """Whether each question is answered correctly; the prompts' common prefix is read once."""
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


def _yarn(config: Any) -> Any:
    """A config with positions stretched by YaRN (Peng et al. 2023, https://arxiv.org/abs/2309.00071)."""
    longer, trained = copy.deepcopy(config), config.max_position_embeddings
    longer.max_position_embeddings = _LENGTH
    longer.rope_parameters = {
        "rope_type": "yarn",
        "rope_theta": config.rope_parameters["rope_theta"],
        "factor": _LENGTH / trained,
        "original_max_position_embeddings": trained,
    }
    return longer


def main() -> None:
    """Measures each named side, or all; the others keep their latest results."""
    settings = load_settings()
    folder = ModelHub(settings.home).folder(settings.model)
    config, tokenizer = AutoConfig.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    rope, trained = Rope(config, "full_attention", torch.device("cpu")), config.max_position_embeddings
    sides: dict[str, tuple[Any, Plain | Published]] = {
        "nothing": (config, Plain()),
        "yarn": (_yarn(config), Plain()),
        "selfextend": (config, Published(rope, _WINDOW, _GROUP)),
        "r1": (config, Plain(SelfExtend(rope, trained, _LENGTH, TRAINING_FREE))),
    }
    chosen = sys.argv[1:] or list(sides)
    if unknown := set(chosen) - sides.keys():
        sys.exit(f"Not known: {', '.join(sorted(unknown))}. There are {', '.join(sides)}.")
    contexts = [tasks.make_context("needle", _LENGTH - _REPLY, seed, tokenizer) for seed in range(_CONTEXTS)]
    texts = [text for text in natural_texts(tokenizer) if len(text) == _LENGTH]
    if not texts:
        skip("perplexity", "no natural text is in R1_DATA")
    title = f"{settings.model}, {_LENGTH:,} tokens, dense in bf16"
    kept = Kept("stretching", title, [f"{name}_{figure}" for name in sides for figure in ("needle", "ppl")])
    for name in chosen:
        side, part = Side(name, folder, *sides[name]), kept.part(name)
        found = [right for context in track(contexts, name) for right in side.answers(tokenizer, context)]
        part.add(f"{name}_needle", f"of {len(found)} needles in {_LENGTH:,} tokens", sum(found) / len(found))
        if texts:
            losses = [side.loss(text, trained) for text in texts]
            perplexity = math.exp(sum(losses) / len(losses))
            part.add(f"{name}_ppl", f"perplexity of natural text behind token {trained:,}", perplexity)
        kept.write()
    kept.report()


if __name__ == "__main__":
    main()
