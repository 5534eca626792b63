"""Fits ``knowledge/faq/dialogue_acts.npz``: the dialogue acts of messages that ask nothing.

Training data: ``data/dialogue_acts.jsonl``, written by language models, small talk from CLINC150 and, as negatives, the
questions of CLINC150 and Banking77, of the sample company and of invented ones, follow-ups, and critical messages. The
threshold is the lowest with few false positives among these, each source weighted equally, and each message scored by
networks that have not seen it.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.common import data_folder, read_jsonl
from benchmarks.faq_data import clinc150, wordings
from benchmarks.fit_critical import Message, customers_messages
from benchmarks.fit_network import Size, centred, fitted, left_out, lowest, save
from knowledge.faq import dialogue_acts
from knowledge.faq.dialogue_acts import ACTS
from knowledge.retrieval.embed import Vectors
from knowledge.retrieval.language import language_of

_TARGET = Path(dialogue_acts.__file__).parent / "dialogue_acts.npz"
_WRITTEN = Path(__file__).parent / "data/dialogue_acts.jsonl"
_CLINC: dict[str, str] = {
    **dict.fromkeys(("are_you_a_bot", "who_made_you", "what_is_your_name", "tell_joke", "how_old_are_you"), "machine"),
    **dict.fromkeys(("where_are_you_from", "what_are_your_hobbies", "do_you_have_pets", "fun_fact"), "machine"),
    **dict.fromkeys(("who_do_you_work_for", "what_can_i_ask_you"), "machine"),
    **{"greeting": "greeting", "goodbye": "goodbye", "thank_you": "thanks", "yes": "yes", "no": "declined"},
    **{"repeat": "unhelpful", "change_language": "language"},
}
_CLINC_UNCLEAR = {"maybe", "cancel", "user_name", "change_user_name", "change_ai_name", "meaning_of_life"}
_NAMES = ("none", *ACTS)
_HAS_ACTS = ("own", "emergency", "companies", "hard", "shops")
"""Sources whose messages without a critical topic include thanks and jokes."""
_WORDINGS, _MOST_OF_A_SOURCE = 20, 1_200
_COUNTS_AS = 4.0  # weight of messages written for this purpose
_SIZE = Size(units=256, networks=2, epochs=20)
_MOST_FALSE, _THRESHOLDS = 0.01, [round(0.5 + 0.01 * step, 2) for step in range(50)]


def main() -> None:
    """Fits, prints the threshold, and writes the file."""
    messages = [*_written(), *_clinc(), *_some(customers_messages())]
    vectors, centre = centred([message.text for message in messages])
    possible = np.stack([[name == message.topic for name in _NAMES] for message in messages])
    weight = np.asarray([_COUNTS_AS if message.source.startswith("written") else 1.0 for message in messages], "f")
    groups = [message.group for message in messages]
    likely = left_out(groups, vectors, possible, weight, _SIZE)
    at_least = _threshold(messages, likely)
    save(_TARGET, centre, fitted(vectors, possible, weight, _SIZE), {"at_least": at_least})
    print(f"at_least {at_least:.2f}")


def _threshold(messages: Sequence[Message], likely: Vectors) -> float:
    """Threshold for the probability of any act."""
    ordinary, acts = defaultdict(list), defaultdict(list)
    for message, (none, *others) in zip(messages, likely.tolist(), strict=True):
        if message.topic == "none":
            ordinary[message.source].append(1 - none)
        else:
            is_right = ACTS[int(np.argmax(others))] == message.topic
            acts[message.source].append((1 - none) * is_right)
    at_least = lowest(_THRESHOLDS, ordinary.values(), _MOST_FALSE)
    for what, sources in (("acts recognised", acts), ("others taken for one", ordinary)):
        for source, chances in sources.items():
            print(f"{source}: {(np.asarray(chances) >= at_least).mean():.3f} of {len(chances)} {what}")
    return at_least


def _written() -> Iterator[Message]:
    for row in read_jsonl(_WRITTEN):
        kind = "none" if row["act"] == "none" else "act"
        yield Message(row["text"], row["act"], f"written {kind}, {language_of(row['text'])}", row["text"])


def _clinc() -> Iterator[Message]:
    for intent, texts in wordings(clinc150(data_folder() / "faq/clinc150")["train"], _WORDINGS).items():
        if intent not in _CLINC_UNCLEAR:
            act = _CLINC.get(intent, "none")
            yield from (Message(text, act, "public" if act == "none" else "public act", text) for text in texts)


def _some(messages: Iterable[Message]) -> Iterator[Message]:
    """A random sample of each source, at most ``_MOST_OF_A_SOURCE``, as messages without an act."""
    by_source = defaultdict(list)
    for message in messages:
        if message.topic != "none" or not message.source.startswith(_HAS_ACTS):
            by_source[message.source].append(replace(message, topic="none"))
    for some in by_source.values():
        yield from random.Random(0).sample(some, min(len(some), _MOST_OF_A_SOURCE))


if __name__ == "__main__":
    main()
