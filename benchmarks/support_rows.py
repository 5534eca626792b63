"""The training files of the support adapter: ``python -m benchmarks.support_rows FOLDER`` writes them.

They are made from ``data/companies.jsonl``, the FAQs of sixteen invented companies (none of them a bank), written by
language models for this purpose: entries with customers' questions, the reply to each, and similar-sounding questions
that no entry answers; and from CANARD (CC BY-SA 4.0): conversations about a text, whose answers quote it, with each
question rewritten by people as a standalone one. The half of its dialogues that ``make bench-faq`` measures with, and
two of the companies, are only in ``support.eval.jsonl``.

``support_answer``: a company's question with the entry that answers it, and others that share most words with it.

``support_quote``, from CANARD: passages are answers of a conversation, some with adjacent ones, under its title. The
right passage is mixed with others from the same and other conversations. No passage is right for a question that the
text did not answer, or whose passage was replaced by another.

``support_standalone``: the conversation so far and a question, with its standalone rewrite by people. Questions like
"is there anything else of interest", which no customer asks, are left out.
"""

import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import data_folder, read_jsonl, write_jsonl
from benchmarks.faq_followup import NO_ANSWER, dialogues, earlier_turns
from knowledge.domains.support_prompts import REFUSAL, answer_prompt, marked, standalone_prompt

COMPANIES = Path(__file__).parent / "data" / "companies.jsonl"
_COMPANIES_OF = {"valid": {"Torqhouse Fitness"}, "eval": {"Marlo & Finch", "Ashcombe City Council"}}
_VALIDATION = 8  # dialogues of the development half
_FIRST = 0.7  # how often the right entry is forced to be the first passage, like a best match
_EXCHANGED = 1 / 6  # share of right passages that are replaced
_PASSAGES, _ENTRIES = (1, 4), (1, 3)
_SAME_DIALOGUE = 0.6  # share of the wrong passages
_SHORTEST, _LONGEST = 4, 45  # words of an answer
_ALIKE = 0.5  # with this share of the answer's words, another passage may answer too
_VAGUE = re.compile(r"\b(article|interesting|else|aside|besides|other than|anything|in addition)\b", re.IGNORECASE)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a conversation.

    Attributes:
        question: the standalone rewrite by people.
        title: of the text.
        answer: quoted from the text; empty if it does not answer.
        around: that answer with adjacent ones.
    """

    question: str
    title: str
    answer: str
    around: str

    @property
    def passage(self) -> str:
        """The passage as a library would store it."""
        return f"{self.title}: {self.around}"


def main() -> None:
    """Writes the files to the folder named on the command line."""
    out, chance = Path(sys.argv[1]), random.Random(0)
    rows = json.loads((data_folder() / "faq" / "canard" / "dev.json").read_text("utf-8"))
    entries = read_jsonl(COMPANIES)
    build = dialogues(rows, measured=False)
    for name, part in (
        ("train", build[_VALIDATION:]),
        ("valid", build[:_VALIDATION]),
        ("eval", dialogues(rows, measured=True)),
    ):
        turns = [turn for dialogue in part for turn, _ in dialogue]
        made = list(quote_rows([_asked(dialogue, chance) for dialogue in part], chance))
        mine = [entry for entry in entries if _part_of(entry["company"]) == name]
        made += company_rows(mine, chance)
        if name != "eval":
            made += [standalone_row(turn) for turn in turns if not _VAGUE.search(turn["Rewrite"])]
        write_jsonl(out / f"support.{name}.jsonl", made)


def standalone_row(turn: Row) -> Row:
    """The row of a turn's question in the conversation so far."""
    prompt = standalone_prompt(turn["Question"], earlier_turns(turn))
    return {"task": "support_standalone", "prompt": prompt, "completion": _sentence(turn["Rewrite"])}


def company_rows(entries: Sequence[Row], chance: random.Random) -> Iterator[Row]:
    """Each question of each entry with passages of its company, the summary question twice, and one near miss.

    ``choices`` are a reply from each passage, and the refusal.
    """
    for entry in entries:
        own = [other for other in entries if other["company"] == entry["company"] and other is not entry]
        for asked in (entry["summary"], entry["summary"], *entry["asked"]):
            others = _alike(asked["question"], own, chance.randint(*_ENTRIES) - 1, chance)
            place = 0 if chance.random() < _FIRST else chance.randint(0, len(others))
            passages = [*others[:place], entry, *others[place:]]
            said = [asked if each is entry else chance.choice(each["asked"]) for each in passages]
            choices = [marked(each["composed"], number) for number, each in enumerate(said, start=1)]
            yield _row("support_answer", asked["question"], [e["answer"] for e in passages], choices, choices[place])
        near = chance.choice(entry["near"])
        passages = [entry, *_alike(near, own, chance.randint(*_ENTRIES) - 1, chance)]
        said = [chance.choice(each["asked"]) for each in passages]
        choices = [marked(each["composed"], number) for number, each in enumerate(said, start=1)]
        yield _row("support_answer", near, [each["answer"] for each in passages], choices, REFUSAL)


def quote_rows(conversations: Sequence[Sequence[Asked]], chance: random.Random) -> Iterator[Row]:
    """Questions with passages. ``choices`` are a quotation of each passage, and the refusal."""
    everything = [asked for conversation in conversations for asked in conversation if asked.answer]
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
            completion = choices[passages.index(asked)] if given else REFUSAL
            yield _row("support_quote", asked.question, [e.passage for e in passages], choices, completion)


def _row(task: str, question: str, passages: Sequence[str], choices: Sequence[str], completion: str) -> Row:
    return {
        "task": task,
        "prompt": answer_prompt(question, passages),
        "completion": completion,
        "choices": [*choices, REFUSAL],
    }


def _part_of(company: str) -> str:
    return next((part for part, names in _COMPANIES_OF.items() if company in names), "train")


def _alike(question: str, entries: Sequence[Row], count: int, chance: random.Random) -> list[Row]:
    """The ``count`` entries that share most words with a question, ties broken at random."""
    asked = _words(question)
    shared = {id(entry): len(asked & _words(entry["answer"])) + chance.random() for entry in entries}
    return sorted(entries, key=lambda entry: -shared[id(entry)])[:count]


def _others(
    asked: Asked, own: Sequence[Asked], everything: Sequence[Asked], count: int, chance: random.Random
) -> list[Asked]:
    """Passages that do not answer, from the same and other conversations."""
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
    """Whether a passage contains much of the other's answer."""
    words = _words(other.answer)
    return len(words & _words(one.around)) >= _ALIKE * max(1, len(words))


def _asked(dialogue: Sequence[tuple[Row, str]], chance: random.Random) -> list[Asked]:
    """A conversation's questions with an answer of about a sentence, and those without an answer."""
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
    """Normalises spaces; a fragment gets a capital letter and a full stop."""
    text = re.sub(r"\s+([,.?!;:])", r"\1", " ".join(text.split())).lstrip(" ,.;:)").rstrip(" ,;:")
    text = text[:1].upper() + text[1:]
    return text if not text or text[-1] in ".?!\"')" else f"{text}."


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 3}


if __name__ == "__main__":
    main()
