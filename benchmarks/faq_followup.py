"""Follow-up questions on CANARD: as asked, as the suite makes them standalone, and as people did."""

import itertools
import json
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.faq_data import Remembered
from knowledge.faq.followup import standalone

_NO_ANSWER = {"CANNOTANSWER", "I don't know."}
_MEASURED = 0.5  # of the dialogues; the others are for building


def follow_ups(folder: Path, model: Remembered, add: Callable[[str, str, float], None]) -> None:
    """The corpus are the answers that later histories quote. Each question looks for its own among all dialogues'."""
    part = "test" if (folder / "test.json").is_file() else "dev"
    turns = answered_turns(json.loads((folder / f"{part}.json").read_text("utf-8")), measured=True)
    corpus = list(dict.fromkeys(answer for _, answer in turns))
    right = [corpus.index(answer) for _, answer in turns]

    def found(questions: Sequence[str]) -> float:
        model.prepare([*questions, *corpus])
        return float(((model.encode(questions) @ model.encode(corpus).T).argmax(1) == right).mean())

    raw = found([turn["Question"] for turn, _ in turns])
    gold = found([turn["Rewrite"] for turn, _ in turns])
    ours = found([standalone(turn["Question"], earlier_messages(turn)) for turn, _ in turns])
    add("followup_raw_r1", "R@1, follow-up as asked", raw)
    add("followup_r1", "R@1, follow-up made standalone", ours)
    add("followup_gold_r1", "R@1, rewritten by people", gold)
    add("followup_ratio", "share of that with people's rewriting", ours / max(gold, 1e-9))


def answered_turns(rows: Sequence[dict[str, Any]], *, measured: bool) -> list[tuple[dict[str, Any], str]]:
    """Turns with their answers, of the dialogues that are measured or of the others."""
    dialogues: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        dialogues[row["QuAC_dialog_id"]].append(row)
    names = sorted(dialogues)
    random.Random(0).shuffle(names)
    half = int(len(names) * _MEASURED)
    turns = []
    for name in names[half:] if measured else names[:half]:
        ordered = sorted(dialogues[name], key=lambda row: row["Question_no"])
        for turn, after in itertools.pairwise(ordered):
            place = 2 * turn["Question_no"] + 1  # the history is title, section, question, answer, question, ...
            if after["Question_no"] == turn["Question_no"] + 1 and len(after["History"]) > place:
                answer = after["History"][place]
                if answer not in _NO_ANSWER:
                    turns.append((turn, answer))
    return turns


def earlier_messages(turn: dict[str, Any]) -> list[str]:
    """What was asked before. The article's title, which the asker sees, stands for the message that began it."""
    history = turn["History"]
    return [history[0], *history[2::2]]
