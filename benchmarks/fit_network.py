"""Trains the small networks of :mod:`knowledge.faq.meaning`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.faq_data import embedders
from knowledge.faq.meaning import Layers, probabilities, side_by_side
from knowledge.retrieval.embed import Embedders, Vectors
from knowledge.retrieval.language import simplified

Possible = npt.NDArray[np.bool_]
"""Which kinds each message may be, ``[messages, kinds]``; several if the label does not say which."""

_FOLDS = 5
_DROPPED, _NOISE, _BATCH, _PACE, _DECAY = 0.5, 0.3, 256, 2e-3, 1e-2


@dataclass(frozen=True, slots=True)
class Size:
    """Size and training time of the networks: hidden units per network, number of networks, epochs."""

    units: int
    networks: int
    epochs: int


def centred(texts: Sequence[str]) -> tuple[Vectors, npt.NDArray[np.float16]]:
    """The vectors of messages, less their mean, and the mean."""
    texts, models = [simplified(text) for text in texts], embedders()
    for model in models[1:]:
        model.prepare(texts)
    vectors = side_by_side(Embedders(*models), texts)
    centre = vectors.mean(0).astype(np.float16)
    vectors -= centre.astype(np.float32)
    return vectors, centre


def lowest(thresholds: Sequence[float], ordinary: Iterable[Sequence[float]], most_false: float) -> float:
    """The lowest threshold that few ordinary messages reach, each source weighted equally; else the last.

    Args:
        ordinary: of each source, the probabilities of its ordinary messages.
        most_false: largest share that may reach it.
    """
    sources = [np.asarray(chances) for chances in ordinary]
    few = (at for at in thresholds if np.mean([(chances >= at).mean() for chances in sources]) <= most_false)
    return next(few, thresholds[-1])


def left_out(groups: Sequence[str], vectors: Vectors, possible: Possible, weight: Vectors, size: Size) -> Vectors:
    """Cross-validated probabilities of each kind, ``[messages, kinds]``, by a network that has not seen the message.

    Args:
        groups: of each message; a group is in one fold.
        vectors: ``[messages, dimensions]``, centred.
        weight: ``[messages]``.
    """
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    fold = np.random.default_rng(0).permutation(len(numbers))[[numbers[group] for group in groups]] % _FOLDS
    likely = np.zeros(possible.shape, np.float32)
    for number in range(_FOLDS):
        seen = fold != number
        network = fitted(vectors[seen], possible[seen], weight[seen], size)
        likely[~seen] = probabilities(network, vectors[~seen])
    return likely


def fitted(vectors: Vectors, possible: Possible, weight: Vectors, size: Size) -> Layers:
    """Several networks joined into one, whose logits are the mean of theirs, to reduce variance."""
    networks = [_trained(vectors, possible, weight, size, seed) for seed in range(size.networks)]
    hidden = np.hstack([first for first, _ in networks])
    constant = np.sum([last[-1:] for _, last in networks], axis=0)
    output = np.vstack([*(last[:-1] for _, last in networks), constant]) / size.networks
    return hidden, output.astype(np.float32)


def save(path: Path, centre: npt.NDArray[np.float16], layers: Layers, thresholds: Mapping[str, float]) -> None:
    """Writes the file of a :class:`~knowledge.faq.meaning.MeaningNetwork`, including thresholds."""
    hidden, output = layers
    step = np.abs(hidden).max(0) / 127
    whole = np.round(hidden / step).astype(np.int8)
    at_least = {name: np.float32(value) for name, value in thresholds.items()}
    np.savez_compressed(
        path, allow_pickle=False, centre=centre, hidden=whole, step=step, output=output.astype(np.float16), **at_least
    )


def _trained(vectors: Vectors, possible: Possible, weight: Vectors, size: Size, seed: int) -> Layers:
    """Trains a network to give its possible kinds a high probability, with noise added to each message."""
    import torch

    torch.manual_seed(seed)
    texts = torch.from_numpy(vectors)
    impossible, counts = torch.from_numpy(~possible), torch.from_numpy(weight)
    hidden = torch.nn.Linear(texts.shape[1], size.units)
    output = torch.nn.Linear(size.units, possible.shape[1])
    network = torch.nn.Sequential(hidden, torch.nn.ReLU(), torch.nn.Dropout(_DROPPED), output)
    optimizer = torch.optim.AdamW(network.parameters(), lr=_PACE, weight_decay=_DECAY)
    steps = size.epochs * -(-len(texts) // _BATCH)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimizer, _PACE, total_steps=steps)
    for _ in range(size.epochs):
        for rows in torch.randperm(len(texts)).split(_BATCH):
            beside = texts[rows] + _NOISE * torch.randn(len(rows), texts.shape[1])
            logs = network(beside).log_softmax(1).masked_fill(impossible[rows], -torch.inf)
            loss = -(logs.logsumexp(1) * counts[rows]).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            pace.step()
    first, last = (
        np.vstack([layer.weight.T.detach().numpy(), layer.bias.detach().numpy()]) for layer in (hidden, output)
    )
    return first, last
