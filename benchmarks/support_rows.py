"""The files that the support adapter learns from: ``python -m benchmarks.support_rows FOLDER`` writes them.

They are made of CANARD (CC BY-SA 4.0): conversations about a text, whose answers quote it, with each question as people
made it standalone. The half of its dialogues that ``make bench-faq`` measures with is only in ``support.eval.jsonl``.

``support_answer``: passages are answers of a conversation, some with those beside them, under its title. Other passages
of the same conversation and of others stand beside the one that answers. None answers a question that the text did not
answer, or whose passage was exchanged for another.

``support_standalone``: the conversation so far and a question, as people rewrote it. Questions for anything else of
interest, which no customer asks, are left out.
"""

import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import data_folder
from benchmarks.faq_followup import NO_ANSWER, dialogues, earlier_turns
from knowledge.domains.support import REFUSAL, answer_prompt, marked, standalone_prompt

_VALIDATION = 8  # dialogues of those to build with
_ROUNDS = 2  # a question is asked with other passages each time
_EXCHANGED = 1 / 6  # of the passages that answer
_PASSAGES = (1, 4)
_SAME_DIALOGUE = 0.6  # of the passages that do not answer
_SHORTEST, _LONGEST = 4, 45  # words of an answer
_ALIKE = 0.5  # share of the answer's words from which a passage may answer, too
_VAGUE = re.compile(r"\b(article|interesting|else|aside|besides|other than|anything|in addition)\b", re.IGNORECASE)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a conversation.

    Attributes:
        question: as people made it standalone.
        title: of the text.
        answer: the text's words, or empty where it does not answer.
        around: that answer among those beside it.
    """

    question: str
    title: str
    answer: str
    around: str

    @property
    def passage(self) -> str:
        """What a library would hold."""
        return f"{self.title}: {self.around}"


def main() -> None:
    """Writes the files into the folder that the command line names."""
    out, chance = Path(sys.argv[1]), random.Random(0)
    rows = json.loads((data_folder() / "faq" / "canard" / "dev.json").read_text("utf-8"))
    build = dialogues(rows, measured=False)
    for name, part in (
        ("train", build[_VALIDATION:]),
        ("valid", build[:_VALIDATION]),
        ("eval", dialogues(rows, measured=True)),
    ):
        turns = [turn for dialogue in part for turn, _ in dialogue]
        rounds = _ROUNDS if name == "train" else 1
        made = list(answer_rows([_asked(dialogue, chance) for dialogue in part], rounds, chance))
        if name != "eval":
            made += [standalone_row(turn) for turn in turns if not _VAGUE.search(turn["Rewrite"])]
        file = out / f"support.{name}.jsonl"
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made), "utf-8")
        print(f"{len(made)} rows are in {file}.")


def standalone_row(turn: Row) -> Row:
    """A turn's question in the conversation so far."""
    prompt = standalone_prompt(turn["Question"], earlier_turns(turn))
    return {"task": "support_standalone", "prompt": prompt, "completion": _sentence(turn["Rewrite"])}


def answer_rows(conversations: Sequence[Sequence[Asked]], rounds: int, chance: random.Random) -> Iterator[Row]:
    """Questions with passages. ``choices`` are the refusal and what would quote each passage."""
    everything = [asked for conversation in conversations for asked in conversation if asked.answer]
    for _ in range(rounds):
        for conversation in conversations:
            own = [asked for asked in conversation if asked.answer]
            for asked in conversation:
                if _VAGUE.search(asked.question):
                    continue
                count = chance.randint(*_PASSAGES)
                given = [asked] if asked.answer and chance.random() >= _EXCHANGED else []
                passages = given + _others(asked, own, everything, count - len(given), chance)
                chance.shuffle(passages)
                choices = [marked(each.answer, number) for number, each in enumerate(passages, start=1)]
                yield {
                    "task": "support_answer",
                    "prompt": answer_prompt(asked.question, [each.passage for each in passages]),
                    "completion": choices[passages.index(asked)] if given else REFUSAL,
                    "choices": [*choices, REFUSAL],
                }


def _others(
    asked: Asked, own: Sequence[Asked], everything: Sequence[Asked], count: int, chance: random.Random
) -> list[Asked]:
    """Passages that do not answer, from the same conversation and from others."""
    found: list[Asked] = []
    near, far = chance.sample(own, len(own)), chance.sample(everything, min(20, len(everything)))
    while len(found) < count and (near or far):
        pool = near if near and (not far or chance.random() < _SAME_DIALOGUE) else far
        other = pool.pop()
        known = [asked, *found]
        if all(not _answers(other, each) and not _answers(each, other) for each in known):
            found.append(other)
    return found


def _answers(one: Asked, other: Asked) -> bool:
    """Whether a passage holds much of the other's answer."""
    words = _words(other.answer)
    return len(words & _words(one.around)) >= _ALIKE * max(1, len(words))


def _asked(dialogue: Sequence[tuple[Row, str]], chance: random.Random) -> list[Asked]:
    """A conversation's questions whose answer is a sentence's worth of words, and those without an answer."""
    answers = [_sentence(answer) if answer not in NO_ANSWER else "" for _, answer in dialogue]
    found = []
    for place, (turn, answer) in enumerate(dialogue):
        if answer in NO_ANSWER:
            found.append(Asked(_sentence(turn["Rewrite"]), turn["History"][0], "", ""))
        elif _SHORTEST <= len(answer.split()) <= _LONGEST:
            first, last = place - chance.randint(0, 1), place + chance.randint(0, 1)
            around = " ".join(filter(None, answers[max(0, first) : last + 1]))
            found.append(Asked(_sentence(turn["Rewrite"]), turn["History"][0], answers[place], around))
    return found


def _sentence(text: str) -> str:
    """Spaces put right; an answer that was cut out of a sentence begins and ends as one."""
    text = re.sub(r"\s+([,.?!;:])", r"\1", " ".join(text.split())).lstrip(" ,.;:)").rstrip(" ,;:")
    text = text[:1].upper() + text[1:]
    return text if not text or text[-1] in ".?!\"')" else f"{text}."


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 3}


if __name__ == "__main__":
    main()
