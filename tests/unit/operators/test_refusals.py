"""What the FAQ refuses is said in the words of the page."""

import inspect
import re
from typing import get_args

import pytest

from apps.operators import drafts
from apps.operators.office import refusal_html
from core.errors import KnowledgeError, StorageError
from knowledge.faq import library, trial
from knowledge.retrieval.language import Language

KINDS = sorted(
    {kind for each in (library, trial, drafts) for kind in re.findall(r'kind="(\w+)"', inspect.getsource(each))}
)


def test_there_are_kinds() -> None:
    assert {"own_version", "own_draft", "outdated", "tests_failed", "not_searched"} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_has_words_in_each_language(kind: str) -> None:
    told = {lang: refusal_html(KnowledgeError("Version 7 <b>", kind=kind), lang) for lang in get_args(Language)}
    assert "Version 7" not in "".join(told.values())
    assert not re.search(r"[A-Za-z]", told["zh"])
    assert told["en"] != told["zh"]


def test_another_error_is_marked_as_english() -> None:
    html = refusal_html(StorageError("It <failed>"), "zh")
    assert '<span lang="en">It &lt;failed&gt;</span>' in html
