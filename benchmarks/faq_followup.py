"""Follow-up questions: on CANARD, with standalone rewrites by people, and in the sample company's chat."""

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from apps.bootstrap import build_support
from apps.support.conversation import Conversation
from apps.support.policy import Action
from apps.support.rewrite import Rewriter
from apps.support.service import SupportService
from benchmarks.common import Add, read_jsonl
from benchmarks.faq_data import Remembered
from core.engine.open import open_engine
from core.settings import Settings, load_settings
from knowledge.domains.support_prompts import Turn
from knowledge.faq.followup import standalone

NO_ANSWER = {"CANNOTANSWER", "I don't know."}
_TESTS = Path("tests/data/support")
_MEASURED = 0.5  # share of the dialogues; the others are for development


def follow_ups(folder: Path, model: Remembered, add: Add) -> None:
    """Retrieval with follow-ups as asked, as rewritten by the suite, and as rewritten by people.

    The corpus is the answers that later histories quote. Each question searches for its own among those of all
    dialogues.
    """
    part = "test" if (folder / "test.json").is_file() else "dev"
    turns = answered_turns(json.loads((folder / f"{part}.json").read_text("utf-8")))
    corpus = list(dict.fromkeys(answer for _, answer in turns))
    right = [corpus.index(answer) for _, answer in turns]

    def found(*forms: Sequence[str]) -> float:
        model.prepare(chain(corpus, *forms))
        queries = np.sum([model.encode(questions) for questions in forms], axis=0)
        return float(((queries @ model.encode(corpus).T).argmax(1) == right).mean())

    asked = [turn["Question"] for turn, _ in turns]
    joined = [standalone(turn["Question"], [one.message for one in earlier_turns(turn)]) for turn, _ in turns]
    raw, gold, rules = found(asked), found([turn["Rewrite"] for turn, _ in turns]), found(joined)
    engine = open_engine()
    rewriter = Rewriter(engine)
    rewritten = [rewriter.standalone(turn["Question"], earlier_turns(turn)) for turn, _ in track(turns, "follow-ups")]
    engine.close()
    ours = found(rewritten)
    add("followup_raw_r1", "R@1, follow-up as asked", raw)
    add("followup_rules_r1", "R@1, follow-up made standalone by rules alone", rules)
    add("followup_context_r1", "R@1, by the mean of these two", found(asked, joined))
    add("followup_r1", "R@1, follow-up made standalone", ours)
    add("followup_gold_r1", "R@1, rewritten by people", gold)
    add("followup_ratio", "share of that with people's rewriting", ours / max(gold, 1e-9))


def in_chat(add: Add) -> None:
    """The sample company's chat: replies to a second message, written after reading the answer to the first."""
    service = build_support(Settings(home=load_settings().home, company=None))
    rows = [
        *read_jsonl(_TESTS / "follow_ups.jsonl"),
        *({**row, "language": "zh"} for row in read_jsonl(_TESTS / "chinese_questions.jsonl") if "first" in row),
    ]
    for language, spoken in (("en", "English"), ("zh", "Chinese")):
        outcomes: dict[str, list[str]] = defaultdict(list)
        for row in track([row for row in rows if row["language"] == language], "in the chat"):
            outcomes[row["kind"]].append(_outcome(service, row))

        def share(kind: str, outcome: str, found: dict[str, list[str]] = outcomes) -> float:
            return found[kind].count(outcome) / len(found[kind])

        for kind, what in (("", "follow-ups"), ("_short", "follow-ups of a few words")):
            covered, near = ("short", "short_near_miss") if kind else ("follow_up", "near_miss")
            name = f"{kind}_{language}"
            add(f"followup_right{name}", f"{spoken} {what} in the chat, right answer", share(covered, "right"))
            add(f"followup_titles{name}", "... titles, the right one among them", share(covered, "titles"))
            add(f"followup_wrong{name}", "... wrong answer", share(covered, "wrong"))
            add(f"followup_near{name}", f"{spoken} ones that nothing answers, answered", share(near, "wrong"))


def _outcome(service: SupportService, row: dict[str, Any]) -> str:
    conversation = Conversation()
    service.reply(conversation, row["first"])
    reply = service.reply(conversation, row["question"])
    if reply.action is Action.ANSWER:
        return "right" if row["id"] == reply.citations[0].id else "wrong"
    right = {entry.title for entry in service.library.entries if entry.id == row["id"]}
    return "others" if right.isdisjoint(reply.suggestions) else "titles"


def answered_turns(rows: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """Turns with their answers, from the dialogues for measuring."""
    return [
        (turn, answer)
        for turns in dialogues(rows, measured=True)
        for turn, answer in turns
        if answer and answer not in NO_ANSWER
    ]


def dialogues(rows: Sequence[dict[str, Any]], *, measured: bool) -> list[list[tuple[dict[str, Any], str]]]:
    """Turns with their answers, by dialogue; an answer is empty if the next turn, which quotes it, is missing."""
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_name[row["QuAC_dialog_id"]].append(row)
    names = sorted(by_name)
    random.Random(0).shuffle(names)
    half = int(len(names) * _MEASURED)
    return [_answered(by_name[name]) for name in (names[half:] if measured else names[:half])]


def _answered(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    ordered = sorted(rows, key=lambda row: row["Question_no"])
    turns = []
    for turn, after in zip(ordered, [*ordered[1:], None], strict=True):
        place = 2 * turn["Question_no"] + 1  # the history is title, section, question, answer, question, ...
        quoted = after and after["Question_no"] == turn["Question_no"] + 1 and len(after["History"]) > place
        turns.append((turn, after["History"][place] if after and quoted else ""))
    return turns


def earlier_turns(turn: dict[str, Any]) -> list[Turn]:
    """The conversation so far. The article's title, which the asker sees, replaces the first message."""
    title, _, *said = turn["History"]
    replies = ["" if reply in NO_ANSWER else reply for reply in said[1::2]]
    return [Turn(title), *map(Turn, said[::2], replies)]
