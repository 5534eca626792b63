"""Which domain a text belongs to, and the prompts of each."""

import json
from collections import Counter

import numpy as np
import pytest

from core.errors import SettingsError
from knowledge.domains.prompts import prompt_templates
from knowledge.domains.router import DOMAINS, Router, probabilities
from knowledge.retrieval.embed import BgeSmall, MultilingualUSE
from tests.conftest import public_data

TEMPLATES = prompt_templates()
TASKS = {  # of the training mixes
    "finance.sentiment": "fin_tweet",
    "finance.intent": "banking77",
    "finance.define": "define_term",
    "finance.table": "tatqa_span",
    "medical.topic": "abstract_topic",
    "medical.symptoms": "symptom_dx",
    "medical.define": "define_term",
    "legal.clause": "clause_type",
    "legal.overruling": "overruling",
    "legal.terms_of_service": "tos",
    "legal.define": "define_term",
}


@pytest.fixture(scope="module")
def router() -> Router:
    return Router(MultilingualUSE())


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Shares of the bank fell after it cut its dividend.", "finance"),
        ("My card payment was declined, what can I do?", "finance"),
        ("The patient has had a fever and a rash for three days.", "medical"),
        ("This agreement shall be governed by the laws of Delaware.", "legal"),
        ("The court of appeals reversed the judgment of the trial court.", "legal"),
        ("What is the weather like in Rome?", "none"),
        ("Play some jazz in the kitchen.", "none"),
        ("病人发热三天，伴有咳嗽和胸痛。", "medical"),
        ("", "none"),
    ],
)
def test_plain_texts_are_routed(router: Router, text: str, domain: str) -> None:
    assert router.domain_of(text) == domain


def test_only_the_embedding_that_it_was_fitted_on_is_taken(router: Router) -> None:
    class Other:
        name = BgeSmall.name

    with pytest.raises(SettingsError, match="needs use-multilingual-v3"):
        Router(Other())  # type: ignore[arg-type]
    assert router.card["texts"]


def test_probabilities_add_up_even_for_huge_scores() -> None:
    chances = probabilities(np.full((2, 3), 1e4, np.float32), np.eye(3, 4, dtype=np.float32), np.zeros(4, np.float32))
    assert chances.sum(axis=1) == pytest.approx([1, 1])


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_template_is_filled_and_refuses_gaps(name: str) -> None:
    template = TEMPLATES[name]
    assert name.split(".")[0] in {*DOMAINS, "support"}
    filled = template.fill(**dict.fromkeys(template.gaps, "{x}"))
    assert filled.count("{x}") == len(template.gaps)
    with pytest.raises(SettingsError, match=name):
        template.fill()


@pytest.mark.parametrize(("name", "task"), TASKS.items())
def test_templates_are_those_of_the_training(name: str, task: str) -> None:
    start, _, rest = TEMPLATES[name].template.partition("{")
    end = rest.rpartition("}")[2]
    prompts = [row["prompt"] for row in _rows(name.split(".")[0], task)]
    assert all(prompt.startswith(start) and prompt.endswith(end) for prompt in prompts)


def test_a_kind_of_terms_is_shown_by_what_it_means() -> None:
    terms = TEMPLATES["legal.terms_of_service"]
    assert sorted(terms.meanings.get(answer, answer) for answer in terms.answers) == sorted(terms.answers)
    assert "Other" not in terms.meanings
    assert not TEMPLATES["medical.topic"].meanings


@pytest.mark.parametrize(
    ("words", "meant"),
    [("arbitrat", "Arbitration"), ("not liable", "Limitation of liability"), ("laws of", "Choice of law")],
)
def test_meanings_are_those_of_the_rows_that_were_learnt(words: str, meant: str) -> None:
    template = TEMPLATES["legal.terms_of_service"]
    rows = [row for row in _rows("legal", "tos") if words in row["prompt"].partition("\n")[2]]
    meanings = Counter(template.meanings.get(row["completion"], row["completion"]) for row in rows)
    del meanings["Other"]
    assert meanings.most_common(1)[0][0] == meant


def _rows(domain: str, task: str) -> list[dict[str, str]]:
    data = public_data("domains", domain, "mix.train.jsonl")
    return [row for row in map(json.loads, data.open(encoding="utf-8")) if row["task"] == task]
