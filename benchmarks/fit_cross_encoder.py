"""Trains ``knowledge/retrieval/cross_encoder_LANGUAGE.safetensors``: whether a text answers a question, read together.

The English questions are those to invented companies (``data/companies.jsonl``, ``data/invented_faqs.jsonl``) and
wordings of CLINC150's training part, without its domains banking and credit cards and other intents shared with
Banking77; a fifth of the companies and four domains are held out for the calibrator. The Chinese questions are those to
the companies of ``data/chinese_faqs.jsonl``, and Chinese questions to eight of the English ones; training starts with
English questions. Each question comes with four texts, mostly of the entries with the nearest vectors: the right one
and three others, or four others for a near miss.

Takes about forty minutes on two cores in English, twice that in Chinese, and resumes where it was interrupted.
"""

import copy
import math
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import track
from safetensors.torch import save_file
from torch.nn import functional
from transformers import AutoTokenizer, BertModel

from benchmarks.common import data_folder
from benchmarks.faq_companies import Row, apart_from_judge, for_chinese_judge, in_english, invented, learnt_across
from benchmarks.faq_data import CACHE, SHARED_WITH_BANKING77, Remembered, clinc150, clinc_domains, embedders
from core.files import replacing
from core.hub import ModelHub
from core.settings import load_settings
from knowledge import retrieval
from knowledge.faq.groundedness import sentences
from knowledge.retrieval.cross_encoder import BASES
from knowledge.retrieval.embed import Vectors
from knowledge.retrieval.language import Language, simplified

_FOLDER = Path(retrieval.__file__).parent
_STEPS: dict[Language, int] = {"en": 1_100, "zh": 1_200}
_RANKS: dict[Language, int] = {"en": 48, "zh": 24}
_IN_ENGLISH_FIRST = 400  # steps in English before the Chinese model's own
_WARM_UP, _QUESTIONS, _OTHERS, _NEAREST = 60, 16, 3, 8
_RATE, _DECAY, _RIGHT, _RANKING = 1e-4, 0.01, 4.0, 0.3
_MAX_TOKENS, _SAVED_EVERY = 80, 100
_WORDINGS = "wordings"


class _Library:
    """The texts of a company, or the wordings of a domain's intents.

    Args:
        wordings: titles and questions of each entry.
        titles: how many of these are titles; 0 in a domain.
        told: sentences of each entry's answer; the name of an intent.
        near: questions that no entry answers.
        model: encodes all of them.
    """

    def __init__(
        self, wordings: list[list[str]], titles: int, told: list[list[str]], near: list[str], model: Remembered
    ) -> None:
        self.texts = [text for own in wordings for text in own]
        self.titles, self.told, self.near = titles, told, near
        counts = np.asarray([len(own) for own in wordings], np.int64)
        self.owners = np.repeat(np.arange(len(wordings)), counts)
        self.starts = np.cumsum(counts) - counts
        self.vectors, self.near_vectors = model.encode(self.texts), model.encode(near)
        parts = model.encode([part for own in told for part in own])
        self.parts = np.split(parts, np.cumsum([len(own) for own in told])[:-1])


Example = tuple[_Library, int, str]
"""A library, the row of a question in it (-1 - row for one without an answer), and how entries are presented: ``title``
and answer, any wording and ``answer``, or only ``wordings``."""


def main() -> None:
    """Trains the named languages, or both, resuming if interrupted, and writes their files."""
    languages: list[Language] = [language for language in _STEPS if language in (sys.argv[1:] or _STEPS)]
    for language in languages:
        batches = _in_english if language == "en" else _in_chinese
        net = _Net(ModelHub(load_settings().home).folder(BASES[language]))
        before = copy.deepcopy(net.bert.state_dict())
        _train(net, batches()[: _STEPS[language]], CACHE / f"cross-encoder-{language}.pt")
        with replacing(_FOLDER / f"cross_encoder_{language}.safetensors") as partial:
            save_file(_low_rank(before, net, _RANKS[language]), str(partial))


def _in_english() -> list[list[Example]]:
    """Batches from English companies and CLINC150's domains."""
    model = embedders()[0]
    libraries = list(_companies(apart_from_judge()[0], model))
    folder = data_folder() / "faq" / "clinc150"
    by_intent = defaultdict(list)
    for text, intent in clinc150(folder)["train"]:
        by_intent[intent].append(text)
    for intents in track(clinc_domains(folder)[0].values(), "Reading CLINC150"):
        known = [intent for intent in intents if intent not in SHARED_WITH_BANKING77]
        told = [[intent.replace("_", " ")] for intent in known]
        libraries.append(_Library([by_intent[intent] for intent in known], 0, told, [], model))
    return _batches(libraries)


def _in_chinese() -> list[list[Example]]:
    """Batches in English and across languages first, to learn the task; then in Chinese."""
    model = embedders()[1]
    english, across, chinese = (
        [batch for batch in _batches(list(_companies(rows, model))) if batch[0][2] != _WORDINGS]
        for rows in ([*in_english(), *invented("en")], learnt_across(), for_chinese_judge())
    )
    first = [*english[:_IN_ENGLISH_FIRST], *across]
    random.Random(1).shuffle(first)
    return [*first, *chinese]


def _companies(rows: Sequence[Row], model: Remembered) -> Iterator[_Library]:
    by_company = defaultdict(list)
    for row in rows:
        by_company[row.company].append(row)
    for own in track(by_company.values(), "Reading companies"):
        titles = 2 if len(own[0].titles) == 2 else 1  # for some companies, any question may be the title
        wordings = [
            [*row.titles[:titles], *(text for text in row.asked if text not in row.titles[:titles])] for row in own
        ]
        yield _Library(
            [list(map(simplified, texts)) for texts in wordings],
            titles,
            [list(map(simplified, sentences(row.answer))) for row in own],
            [simplified(text) for row in own for text in row.near],
            model,
        )


def _batches(libraries: Sequence[_Library]) -> list[list[Example]]:
    """Batches with answers and without are separate, since their lengths differ."""
    chance = random.Random(0)
    with_answers: list[Example] = []
    without: list[Example] = []
    for library in libraries:
        asked = range(len(library.texts))
        if library.titles:
            rows = [*asked, *(-1 - number for number in range(len(library.near)))]
            with_answers += [(library, row, how) for row in rows for how in ("title", "answer")]
            without += [(library, row, _WORDINGS) for row in asked]
        else:
            without += [(library, row, _WORDINGS) for row in asked[::2]]
    found = []
    for some, size in ((with_answers, _QUESTIONS), (without, 2 * _QUESTIONS)):
        chance.shuffle(some)
        found += [some[start : start + size] for start in range(0, len(some) - size + 1, size)]
    chance.shuffle(found)
    return found


def _pairs(example: Example, chance: random.Random) -> tuple[list[tuple[str, str]], bool]:
    """The question paired with each text, the right one first if there is one, and whether there is."""
    library, row, how = example
    question, query = (
        (library.texts[row], library.vectors[row])
        if row >= 0
        else (library.near[-1 - row], library.near_vectors[-1 - row])
    )
    likeness = library.vectors @ query
    if row >= 0:
        likeness[row] = -1
    best = np.maximum.reduceat(likeness, library.starts)
    best = np.maximum(best, [float((parts @ query).max(initial=-1)) for parts in library.parts])
    right = [int(library.owners[row])] if row >= 0 else []
    others = [entry for entry in np.argsort(-best, kind="stable").tolist() if entry not in right]
    wrong = [*chance.sample(others[:_NEAREST], _OTHERS - len(right)), chance.choice(others)]
    told = [_told(library, entry, likeness, query, how, chance) for entry in [*right, *wrong]]
    return [(question, text) for text in told], bool(right)


def _told(library: _Library, entry: int, likeness: Vectors, query: Vectors, how: str, chance: random.Random) -> str:
    """An entry as a search presents it: a wording, and the parts of its answer nearest to the question."""
    own = np.flatnonzero((library.owners == entry) & (likeness > -1))
    if how == "title":
        titles = own[own < library.starts[entry] + library.titles]
        text = library.texts[chance.choice((titles if titles.size else own).tolist())]
    else:
        text = library.texts[chance.choice(own[np.argsort(-likeness[own], kind="stable")][:3].tolist())]
    if how == _WORDINGS and (library.titles or chance.random() < 0.5):
        return text
    nearest = np.sort(np.argsort(-(library.parts[entry] @ query), kind="stable")[:2])
    return " ".join([text, *(library.told[entry][place] for place in nearest)])


class _Net(torch.nn.Module):
    """A BERT in bfloat16, with a head over its first state and the mean of all."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        # Eager attention is several times as fast in the backward pass on a CPU.
        bert: Any = BertModel.from_pretrained(
            str(folder),
            local_files_only=True,
            add_pooling_layer=False,
            attn_implementation="eager",
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        self.bert = bert.to(torch.bfloat16)
        self.bert.embeddings.word_embeddings.weight.requires_grad_(False)
        self.head = torch.nn.Linear(2 * self.bert.config.hidden_size, 1)

    def forward(self, pairs: Sequence[tuple[str, str]]) -> torch.Tensor:
        """Log-odds, ``[pairs]``."""
        tokens = self._tokenizer(
            *map(list, zip(*pairs, strict=True)),
            padding=True,
            truncation="longest_first",
            max_length=_MAX_TOKENS,
            return_tensors="pt",
        )
        hidden = self.bert(**tokens).last_hidden_state.float()
        mask = tokens["attention_mask"].unsqueeze(-1)
        found: torch.Tensor = self.head(torch.cat([hidden[:, 0], (hidden * mask).sum(1) / mask.sum(1)], -1)).squeeze(-1)
        return found


def _train(net: _Net, batches: Sequence[Sequence[Example]], kept_in: Path) -> None:
    torch.manual_seed(0)
    torch.nn.init.normal_(net.head.weight, std=0.02)
    ours = [weight for weight in net.parameters() if weight.requires_grad]
    exact = [weight.detach().float().clone() for weight in ours]  # updates are too small for bfloat16
    optimizer = torch.optim.AdamW(exact, _RATE, weight_decay=_DECAY)
    first = 0
    if kept_in.is_file():
        kept = torch.load(kept_in)
        first = kept["step"]
        optimizer.load_state_dict(kept["optimizer"])
        for weight, value in zip(exact, kept["exact"], strict=True):
            weight.copy_(value)
    losses = []
    for step in track(range(first, len(batches)), "Training"):
        with torch.no_grad():
            for weight, value in zip(ours, exact, strict=True):
                weight.copy_(value)
        optimizer.param_groups[0]["lr"] = (
            _RATE * min(1, step / _WARM_UP) * (1 + math.cos(math.pi * step / len(batches))) / 2
        )
        loss = _loss(net, batches[step], random.Random(step))
        net.zero_grad()
        loss.backward()
        for weight, value in zip(ours, exact, strict=True):
            value.grad = weight.grad.float() if weight.grad is not None else None
        torch.nn.utils.clip_grad_norm_(exact, 1.0)
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % _SAVED_EVERY == 0:
            print(f"step {step + 1}: loss {np.mean(losses[-_SAVED_EVERY:]):.4f}", flush=True)
            with replacing(kept_in) as partial:
                torch.save({"step": step + 1, "exact": exact, "optimizer": optimizer.state_dict()}, partial)
    with torch.no_grad():
        for weight, value in zip(ours, exact, strict=True):
            weight.copy_(value)


def _loss(net: _Net, batch: Sequence[Example], chance: random.Random) -> torch.Tensor:
    """Binary cross-entropy of each pair, plus the ranking loss over the texts of each answered question."""
    pairs: list[tuple[str, str]] = []
    right: list[float] = []
    spans = []
    for example in batch:
        some, is_answered = _pairs(example, chance)
        if is_answered:
            spans.append(slice(len(pairs), len(pairs) + len(some)))
        pairs += some
        right += [float(is_answered), *[0.0] * (len(some) - 1)]
    odds, wanted = net(pairs), torch.tensor(right)
    weights = 1 + (_RIGHT - 1) * wanted
    each = functional.binary_cross_entropy_with_logits(odds, wanted, weights, reduction="sum") / weights.sum()
    first = torch.zeros(1, dtype=torch.long)
    ranking = [functional.cross_entropy(odds[span][None], first) for span in spans]
    return each + _RANKING * torch.stack(ranking).mean() if ranking else each


def _low_rank(before: dict[str, torch.Tensor], net: _Net, rank: int) -> dict[str, torch.Tensor]:
    """The trained weights: a low-rank product for the change of each matrix, the other weights in full."""
    found = {"head": torch.cat([net.head.bias, net.head.weight[0]]).detach()}
    for name, weight in net.bert.named_parameters():
        if not weight.requires_grad:
            continue
        if weight.dim() == 1:
            found[name] = weight.detach().clone()
            continue
        change = weight.detach().float() - before[name].float()
        left, sizes, right = torch.linalg.svd(change, full_matrices=False)
        found[f"{name}.up"] = (left[:, :rank] * sizes[:rank]).bfloat16().contiguous()
        found[f"{name}.down"] = right[:rank].bfloat16().contiguous()
    return found


if __name__ == "__main__":
    main()
