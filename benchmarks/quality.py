"""The quality loss from sparse attention and INT8: R1 as shipped, compared with the same checkpoint with dense
attention in bf16, or in fp32 if the processor would emulate bf16.

Both sides extend the context in the same way for texts longer than the model's trained length. Answers are cached in
``build/quality`` as they arrive, so that an interrupted run resumes; a change to the code of a side or of the tasks
restarts that side. ``python -m benchmarks.quality recall 2048 4096`` measures only this part and these lengths; other
lengths and the other part, ``perplexity``, keep their latest results.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from rich.progress import track

from benchmarks import tasks
from benchmarks.common import Kept, Part, data_path, read_jsonl, skip
from core.engine.sequence import bulk
from core.files import replacing
from core.hub import ModelHub
from core.model.decoder import Decoder
from core.model.layer import Step
from core.model.load import LoadedModel, load_model
from core.model.precision import native_format
from core.model.sparse import TRAINING_FREE
from core.settings import load_settings

_PARTS = ("recall", "perplexity")
_LENGTHS = (2_048, 4_096, 8_192, 16_384)
_CONTEXTS = 10  # of ten questions each
_FIRST, _HOPELESS = 3, 0.25  # contexts after which a cell ends if dense is right less often: it would never count
_REPLY = 10  # tokens
_SEGMENT = 1_024
_CONTEXT = 16_384
_KEPT = Path(__file__).parents[1] / "build" / "quality"
_CORE = Path(__file__).parents[1] / "core"
_TEXTS = {8_192: 4, 16_384: 1}  # number of natural texts by length


def main() -> None:
    """Answers all cases with both sides, then measures natural texts with dense, sparse and INT8."""
    asked = set(sys.argv[1:])
    lengths = [length for length in _LENGTHS if str(length) in asked] or list(_LENGTHS)
    chosen = [part for part in _PARTS if part in asked] or list(_PARTS)
    if unknown := asked - {*_PARTS, *map(str, _LENGTHS)}:
        sys.exit(f"Not known: {', '.join(sorted(unknown))}. The parts are {', '.join(_PARTS)}, the lengths {_LENGTHS}.")
    settings = load_settings()
    folder = ModelHub(settings.home).folder(settings.model)

    def load(precision: str, policy: Any) -> LoadedModel:
        return load_model(folder, precision=precision, policy=policy, context=_CONTEXT, threads=settings.threads)

    full = native_format(torch.device("cpu"))
    dense = load(full, None)
    title = f"{settings.model}; dense: {dense.decoder.precision}"
    kept = Kept("quality", title, ("retained", "worst_cell", "ppl_ratio_sparse", "ppl_ratio_int8"))
    if "recall" in chosen:
        _recall(kept, lengths, dense, load(settings.precision, TRAINING_FREE))
    if "perplexity" in chosen:
        _perplexity(kept.part("perplexity"), lengths, dense, load(full, TRAINING_FREE), load("int8", None))
        kept.write()
    kept.report()


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _recall(kept: Kept, lengths: Sequence[int], dense: LoadedModel, ours: LoadedModel) -> None:
    """Every task at every length; only cells in which dense is right at least half the time count."""
    for length in lengths:
        part = kept.part(f"recall {length}")
        for task in tasks.TASKS:
            theirs, mine = _cell(task, length, dense, ours)
            measure = f"of {len(theirs)} cases dense {_mean(theirs):.2f}, R1 {_mean(mine):.2f}"
            if sum(theirs) >= len(theirs) / 2:
                part.add(f"{task}_{length}", measure, sum(mine) / sum(theirs))
            else:
                part.rows.append([f"{task}_{length}", measure, "dense below half"])
        kept.write()
    cells = [f"{task}_{length}" for length in _LENGTHS for task in tasks.TASKS]
    shares = [share for cell in cells if (share := kept.figures.get(cell)) is not None]
    if shares:
        whole = kept.part("recall")
        whole.add("retained", f"of what dense answers rightly, on the mean of {len(shares)} cells", _mean(shares))
        whole.add("worst_cell", "the least of them", min(shares))
        kept.write()


def _cell(task: str, length: int, dense: LoadedModel, ours: LoadedModel) -> tuple[list[bool], list[bool]]:
    """Which cases each side answers rightly."""
    results: list[list[bool]] = [[], []]
    for seed in track(range(_CONTEXTS), f"{task}, {length:,} tokens"):
        if seed == _FIRST and _mean(results[0]) < _HOPELESS:
            break
        for side, loaded, result in zip(("dense", "r1"), (dense, ours), results, strict=True):
            kept = _KEPT / f"{_fingerprint(side, loaded)}-{task}-{length}-{seed}.json"
            if not kept.is_file():
                context = tasks.make_context(task, length - _REPLY, seed, loaded.tokenizer)
                with replacing(kept) as partial:
                    partial.write_text(json.dumps(list(_answers(loaded, context))), "utf-8")
            result += json.loads(kept.read_text("utf-8"))
    return results[0], results[1]


def _fingerprint(side: str, loaded: LoadedModel) -> str:
    """Hash of everything that an answer depends on; the code of sparse attention does not affect the dense side."""
    sparse = ("sparse.py", "pages.py", "flex.py", "memory.py")
    files = [path for path in sorted((_CORE / "model").rglob("*.py")) if side == "r1" or path.name not in sparse]
    digest = hashlib.sha256(f"{loaded.name} {loaded.decoder.precision} {_CONTEXTS} {_REPLY}".encode())
    for path in [*files, Path(tasks.__file__)]:
        digest.update(path.read_bytes())
    return f"{side}-{digest.hexdigest()[:12]}"


def _answers(loaded: LoadedModel, context: tasks.Context) -> Iterator[bool]:
    """Whether each question of a context is answered correctly. The prompts' common prefix is read once."""
    decoder = loaded.decoder
    prompts = [tasks.prompt_ids(loaded.tokenizer, context, question) for question in context.questions]
    shared = min(bulk(len(common) + len(own)) for common, own in prompts)
    memory = decoder.new_memory(context.length + _REPLY)
    ids = torch.tensor(prompts[0][0])
    for start in range(0, shared, _SEGMENT):
        decoder.forward([Step(ids[start : min(shared, start + _SEGMENT)], memory)])
    for question, (common, own) in zip(context.questions, prompts, strict=True):
        rest, more = torch.tensor((common + own)[shared:]), bulk(len(common) + len(own)) - shared
        if more:
            decoder.forward([Step(rest[:more], memory)])
        states = decoder.forward([Step(rest[more:], memory, "everything")])
        reply = [decoder.logits(states[-1:]).argmax(-1)]
        while len(reply) < _REPLY:
            reply.append(decoder.logits(decoder.forward([Step(reply[-1], memory, "pages")])).argmax(-1))
        memory.forget(memory.length - shared)
        yield tasks.right(loaded.tokenizer.decode(torch.cat(reply), skip_special_tokens=True), question)


def _perplexity(part: Part, lengths: Sequence[int], dense: LoadedModel, sparse: LoadedModel, int8: LoadedModel) -> None:
    """Perplexity on natural text of sparse attention and of dense INT8, relative to dense.

    Only tokens affected by sparse attention count: those after the beginning, which is always read densely.
    """
    texts = [text for text in natural_texts(dense.tokenizer) if len(text) in lengths]
    if not texts:
        skip("perplexity", "no natural text of these lengths is in R1_DATA")
        return
    losses: dict[str, list[torch.Tensor]] = {"dense": [], "sparse": [], "int8": []}
    for ids in track(texts, "natural text"):
        for name, loaded in (("dense", dense), ("sparse", sparse), ("int8", int8)):
            losses[name].append(_losses(loaded.decoder, ids)[TRAINING_FREE.dense_until :])
    means = {name: float(torch.cat(parts).mean().exp()) for name, parts in losses.items()}
    read = " and ".join(f"{length:,}" for length in _TEXTS if length in lengths)
    for name in ("sparse", "int8"):
        counted = sum(map(len, losses[name]))
        measure = f"{counted:,} tokens of texts of {read}: dense {means['dense']:.3f}, {name} {means[name]:.3f}"
        part.add(f"ppl_ratio_{name}", measure, means[name] / means["dense"])


def natural_texts(tokenizer: Any) -> list[list[int]]:
    """Concatenated abstracts, cut to the lengths; empty if there are no abstracts."""
    path = data_path("diagnosis", "text", "abstracts_gsc.jsonl")
    if not path.is_file():
        return []
    ids = tokenizer("\n\n".join(row["text"] for row in read_jsonl(path)))["input_ids"]
    texts, start = [], 0
    for length, count in _TEXTS.items():
        for _ in range(count):
            texts.append(ids[start : start + length])
            start = (start + length) % max(1, len(ids) - max(_TEXTS))
    return [text for text in texts if len(text) in _TEXTS]


def _losses(decoder: Decoder, ids: list[int]) -> torch.Tensor:
    """Negative log-probability of each token after the first."""
    memory, text, losses = decoder.new_memory(len(ids)), torch.tensor(ids), []
    for start in range(0, len(ids) - 1, _SEGMENT):
        part, following = text[start : start + _SEGMENT], text[start + 1 : start + 1 + _SEGMENT]
        states = decoder.forward([Step(part, memory)])[: len(following)]
        logprobs = decoder.logits(states).float().log_softmax(-1)
        losses.append(-logprobs.gather(1, following.unsqueeze(1))[:, 0])
    return torch.cat(losses)


if __name__ == "__main__":
    main()
