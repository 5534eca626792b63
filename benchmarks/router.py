"""The domain router, measured on texts that it was not fitted on; ``fit_router`` fits it.

Prompts are stripped of their instructions, which would give the task away. Each task is also measured with a router
that never saw that task, since users' messages belong to no task that anybody trained on.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.common import data_folder, read_jsonl, report
from knowledge.domains import router
from knowledge.domains.router import DOMAINS, probabilities
from knowledge.retrieval.embed import MultilingualUSE, Vectors, encode_once
from knowledge.terms.glossary import shipped_glossary

_CACHE = Path(__file__).parent.parent / "build/router"
_MOST = 250  # texts per task
_BANKING = {"banking", "credit_cards"}  # domains of CLINC150 that count as finance
_LAST_LINE = re.compile(r"\n[A-Z][\w ,']{2,60}:\s*$|\n?(Answer|Does the clause)[^\n]*$")
_LABEL = re.compile(r"^(Post|Message|Clause|Sentence|Patient|Abstract|Policy clause|Text|Question):\s*", re.MULTILINE)
_INSTRUCTED = {"fin_tweet", "banking77", "clause_type", "tos", "overruling", "abstract_topic"}
_PENALTY = 1e-4  # on the squared weights; chosen by leaving out tasks


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of one task."""

    task: str
    domain: str
    texts: list[str]
    vectors: Vectors


def main() -> None:
    """Measures."""
    embedder = MultilingualUSE()
    data = data_folder()
    train = embedded(embedder, training_texts(data))
    shipped = router.Router(embedder)
    held = embedded(embedder, _held_texts(data))
    rows, correct = [], dict[str, list[bool]]()
    for part in held:
        right = _right(part, shipped.weights, shipped.bias)
        correct.setdefault(part.domain, []).extend(right)
        rows.append([part.domain, part.task, str(len(right)), f"{np.mean(right):.3f}", ""])
    unseen = dict[str, list[bool]]()
    for left in train:
        right = _right(left, *fitted([part for part in train if part is not left]))
        unseen.setdefault(left.domain, []).extend(right)
        rows.append([left.domain, left.task, str(len(right)), "", f"{np.mean(right):.3f}"])
    figures = {
        "held_out": {domain: round(float(np.mean(values)), 4) for domain, values in correct.items()},
        "unseen_task": {domain: round(float(np.mean(values)), 4) for domain, values in unseen.items()},
    }
    columns = ["Domain", "Task", "Texts", "Held out", "Task unseen"]
    report("router", "Domain router: share that is right", columns, rows, figures)


def fitted(parts: Sequence[Texts]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Multinomial logistic regression; domains have equal weight, and so have the tasks within a domain."""
    vectors = torch.tensor(np.concatenate([part.vectors for part in parts]))
    targets = torch.tensor([DOMAINS.index(part.domain) for part in parts for _ in part.texts])
    tasks = {domain: sum(part.domain == domain for part in parts) for domain in DOMAINS}
    weight = torch.tensor([1 / (len(part.texts) * tasks[part.domain]) for part in parts for _ in part.texts])  # type: ignore[index]
    weights = torch.zeros(vectors.shape[1], len(DOMAINS), requires_grad=True)
    bias = torch.zeros(len(DOMAINS), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        each = torch.nn.functional.cross_entropy(vectors @ weights + bias, targets, reduction="none")
        total = (each * weight).sum() / weight.sum() + _PENALTY * weights.square().sum()
        total.backward()
        return total

    optimizer.step(loss)
    return weights.detach().numpy(), bias.detach().numpy()


def _right(part: Texts, weights: Any, bias: Any) -> list[bool]:
    chosen = probabilities(part.vectors, weights, bias).argmax(axis=1)
    return [DOMAINS[place] == part.domain for place in chosen]


def embedded(embedder: MultilingualUSE, texts: dict[tuple[str, str], list[str]]) -> list[Texts]:
    """Some texts of each domain and task, with their vectors."""
    parts = []
    for (domain, task), every in texts.items():
        some = every[:: max(1, len(every) // _MOST)][:_MOST]
        parts.append(Texts(task, domain, some, encode_once(embedder, [text[:1_000] for text in some], _CACHE)))
    return parts


def training_texts(data: Path) -> dict[tuple[str, str], list[str]]:
    """What the router is fitted on, by domain and task."""
    texts: dict[tuple[str, str], list[str]] = {}
    for domain in DOMAINS[:-1]:
        for row in read_jsonl(data / "domains" / domain / "mix.train.jsonl"):
            texts.setdefault((domain, row["task"]), []).append(content(row["task"], row["prompt"]))
    texts["finance", "fibo"] = [
        row["definition"] for row in read_jsonl(data / "domains/finance/fibo_terms.train.jsonl")
    ]
    for domain in ("finance", "legal"):
        texts[domain, "glossary"] = [f"{term.name}: {term.definition}" for term in shipped_glossary(domain)]
    return texts | _everyday(data, "train")


def _held_texts(data: Path) -> dict[tuple[str, str], list[str]]:
    texts: dict[tuple[str, str], list[str]] = {}
    for domain in DOMAINS[:-1]:
        for path in sorted((data / "domains" / domain / "eval").glob("*.jsonl")):
            for row in read_jsonl(path):
                texts.setdefault((domain, row["task"]), []).append(content(row["task"], row["prompt"]))
    return texts | _everyday(data, "val")


def _everyday(data: Path, part: str) -> dict[tuple[str, str], list[str]]:
    """Everyday and banking questions: the part ``train``, or ``val``, which is held out."""
    held = part == "val"
    clinc, domains = (
        json.loads((data / f"faq/clinc150/{name}.json").read_text("utf-8")) for name in ("data", "domains")
    )
    money = {intent for domain in _BANKING for intent in domains[domain]}
    canard = json.loads((data / "faq/canard/dev.json").read_text("utf-8"))
    pages = [row for path in sorted((data / "faq/letsencrypt").glob("*.jsonl")) for row in read_jsonl(path)]
    help_texts = [" ".join(value for value in row.values() if isinstance(value, str)) for row in pages]
    return {
        ("none", "clinc150"): [text for text, intent in clinc[part] if intent not in money],
        ("none", "clinc150 other"): [text for text, _ in clinc[f"oos_{part}"]],
        ("finance", "clinc150"): [text for text, intent in clinc[part] if intent in money],
        ("none", "canard"): [row["Rewrite"] for row in canard if (row["QuAC_dialog_id"] >= "C_8") is held],
        ("none", "letsencrypt"): help_texts[held::2],
    }


def content(task: str, prompt: str) -> str:
    """A prompt without its instructions and labels."""
    text = _LAST_LINE.sub("", prompt)
    if task in _INSTRUCTED:
        text = text.partition("\n")[2]
    return _LABEL.sub("", text).strip() or prompt


if __name__ == "__main__":
    main()
