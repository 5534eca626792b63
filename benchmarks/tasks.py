"""Generated long-context tasks in the spirit of RULER (Hsieh et al. 2024, arXiv:2404.06654).

A context is a long text with facts scattered in it, and ten questions about it, asked one at a time: the text comes
first and the question last, so that the text is read once for all of them. Everything is determined by the seed. The
wording is such that a 135M-parameter model with dense attention can answer at 2K to 4K tokens: a key comes right before
its value, and the reply is started with the words of the text.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_DRAWS = 50  # attempts at filler to get close enough to the length
_KEYS = 24
_CHAINS = 5
_OFTEN, _ONCE = 6, 2  # per list: lines with its most frequent word, and lines with other words

_OPENING = (
    "Some special facts are hidden within the following text. Make sure to memorize them. "
    "I will quiz you about them afterwards.\n\n"
)
_QUOTE = 'The text says: "'
_HOW = " Answer with the words of the text."


@dataclass(frozen=True, slots=True)
class Question:
    """A question ``text``, the given ``beginning`` of the reply, and the right ``answers``, any of which will do."""

    text: str
    beginning: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """A text with questions; ``length`` is the most tokens of a whole prompt: text, longest question, chat template."""

    task: str
    length: int
    text: str
    questions: tuple[Question, ...]


_Facts = tuple[list[str], list[Question]]


def make_context(task: str, length: int, seed: int, tokenizer: Any) -> Context:
    """A context of one of ``TASKS`` whose longest prompt has 99% to 100% of ``length`` tokens.

    Raises:
        ValueError: the facts alone are longer, or no filler comes that close to the length.
    """
    rng = random.Random(f"{task} {length} {seed}")
    facts, questions = TASKS[task](rng)
    places = [rng.random() for _ in facts]

    def context(filler: list[str]) -> Context:
        return Context(task, length, _OPENING + _strewn(facts, places, filler), tuple(questions))

    def tokens(filler: list[str]) -> int:
        return len(prompt_ids(tokenizer, context(filler), questions[0])[0]) + longest_question

    longest_question = max(len(prompt_ids(tokenizer, context([]), question)[1]) for question in questions)
    for _ in range(_DRAWS):
        filler = [_sentence(rng) for _ in range(length // 8)]  # more than fits: a sentence has over eight tokens
        fits, too_many = 0, len(filler)
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            fits, too_many = (middle, too_many) if tokens(filler[:middle]) <= length else (fits, middle)
        if 0.99 * length <= tokens(filler[:fits]) <= length:
            return context(filler[:fits])
    raise ValueError(f"no text with the facts of {task} comes within 1% of {length} tokens")


def plain_text(tokenizer: Any, count: int) -> list[int]:
    """The first ``count`` tokens of a deterministic haystack without facts."""
    rng = random.Random(0)
    text = " ".join(_sentence(rng) for _ in range(count // 8))
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids[:count]


def prompt_ids(tokenizer: Any, context: Context, question: Question) -> tuple[list[int], list[int]]:
    """A prompt's tokens in two parts: the prefix shared by the context's questions, and this question's own part."""
    asked = f"{context.text}\n\n{question.text}"
    if tokenizer.chat_template is None:  # a base model: lines that it can continue
        prompt = f"{tokenizer.bos_token or ''}{asked}\n"
    else:
        messages = [{"role": "user", "content": asked}]
        prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    end = prompt.index(context.text) + len(context.text)
    parts = (prompt[:end], prompt[end:] + question.beginning)
    shared, own = (tokenizer(part, add_special_tokens=False)["input_ids"] for part in parts)
    return shared, own


def right(reply: str, question: Question) -> bool:
    """Whether a reply, continuing the question's beginning, starts with a right answer.

    Case, punctuation and articles are ignored. Only the start counts: a reply that lists several candidates is judged
    by its first.
    """
    words = _words(reply)
    return any(words[: len(answer)] == answer for answer in map(_words, question.answers))


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.casefold()) if word not in ("a", "an", "the")]


def _strewn(facts: list[str], places: list[float], filler: list[str]) -> str:
    """The facts in order, each as a paragraph at a random place within its own equal share of the filler."""
    paragraphs, begin = [], 0
    for number, (fact, place) in enumerate(zip(facts, places, strict=True)):
        end = int((number + place) / len(facts) * len(filler))
        paragraphs += [" ".join(filler[begin:end]), fact]
        begin = end
    paragraphs.append(" ".join(filler[begin:]))
    return "\n\n".join(filter(None, paragraphs))


def _pool(text: str, by: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(by))


# Filler sentences contain no values, so that an answer occurs in a context only where it was put.
_NUMBERS = range(10_000, 100_000)
_NEEDLES: dict[str, Sequence[str | int]] = {
    "passcode of the north vault": _NUMBERS,
    "telephone number of Doctor Hale": range(100_000, 1_000_000),
    "number of the night train to Marlow": range(1_000, 10_000),
    "weight of the golden statue in grams": _NUMBERS,
    "name of Captain Ruiz's ship": _pool("Aurora Falcon Neptune Valiant Odyssey Phoenix Mermaid Pegasus Orion Titan"),
    "winner of the chess tournament": _pool(
        "Beatrice Cornelius Dorothy Edmund Florence Gilbert Harriet Isabel Leopold"
    ),
    "secret spice of the festival soup": _pool("cinnamon saffron ginger paprika turmeric nutmeg cumin vanilla mustard"),
    "favourite animal of the queen": _pool("elephant penguin tiger dolphin giraffe kangaroo leopard octopus panda"),
    "capital of the island of Velmora": _pool("Lisbon Nairobi Havana Oslo Lima Cairo Athens Dublin Prague Tokyo"),
    "main crop of the southern valley": _pool("barley cotton tobacco wheat rice coffee sugar potatoes tomatoes corn"),
    "colour of the royal carriage": _pool("purple turquoise orange scarlet yellow pink green black blue white"),
    "height of Mount Tessaly in feet": _NUMBERS,
}
_CITIES = _pool(
    "Lisbon Nairobi Havana Oslo Lima Cairo Athens Dublin Prague Tokyo Vienna Warsaw Madrid Geneva Berlin Boston "
    "Chicago Denver Seattle Toronto Sydney Delhi Manila Paris London Moscow"
)
_GOODS = _pool(
    "apple dagger feather garlic honey ivory jewel lemon melon onion pepper ribbon tulip velvet walnut butter "
    "tomato sugar"
)
_LISTS = {
    "The baker sells": "What does the baker sell",
    "The farmer grows": "What does the farmer grow",
    "The museum shows": "What does the museum show",
    "The thief stole": "What did the thief steal",
    "The queen loves": "What does the queen love",
    "The ship carries": "What does the ship carry",
    "The doctor recommends": "What does the doctor recommend",
    "The merchant wants": "What does the merchant want",
    "The children draw": "What do the children draw",
    "The tailor keeps": "What does the tailor keep",
}

_ADJECTIVES = _pool(
    "ancient bright broken calm clever curious distant dusty eager faded gentle heavy humble jolly lonely misty "
    "narrow noble pale patient plain polished proud quiet rapid restless rugged rusty silent simple sleepy "
    "slender smooth solemn steady stormy sturdy tidy timid weary wild wooden young"
)
_PEOPLE = _pool(
    "actor artist barber builder carpenter clerk cook dancer dentist driver engineer fisherman gardener guard "
    "hunter judge lawyer librarian mason miller miner musician nurse painter pilot poet porter potter professor "
    "sailor scholar sculptor shepherd singer soldier student teacher tourist trader waiter weaver writer"
)
_DEEDS = _pool(
    "admired borrowed bought carried cleaned copied described drew examined found hid ignored inspected lost "
    "mended moved noticed painted photographed praised repaired returned sold sorted studied washed watched"
)
_THINGS = _pool(
    "anchor basket bell bench bicycle blanket boat book bottle bowl box broom bucket cabinet candle carpet cart "
    "chair clock coat compass cup curtain desk door drum fence flag flute gate glove hammer hat jar kettle "
    "ladder lamp letter lock mirror mug needle paddle parcel pen piano plate pot puzzle quilt rope saddle scarf "
    "shelf shovel sofa spoon stove suitcase table teapot tent towel tray umbrella vase violin wagon wheel "
    "whistle window"
)
_PLACES = _pool(
    "beside the river,near the old mill,at the market,in the garden,behind the school,outside the station,"
    "under the bridge,in the kitchen,by the harbour,on the hill,at the inn,near the church,in the workshop,"
    "across the street,beside the lake,in the courtyard,at the edge of the forest,on the ferry,in the attic",
    by=",",
)
_TIMES = _pool(
    "in the morning,late at night,before breakfast,after the storm,on a cold day,during the holidays,at noon,"
    "last summer,every other week,before the rain came,shortly after dinner,at the end of the month,one evening,"
    "long ago,early in spring,when the market closed",
    by=",",
)


def _sentence(rng: random.Random) -> str:
    """A haystack sentence: some people, some things, a place, a time."""
    one, other = rng.sample(_PEOPLE, 2)
    thing, another = rng.sample(_THINGS, 2)
    person_is, thing_is = rng.sample(_ADJECTIVES, 2)
    did, did_too = rng.sample(_DEEDS, 2)
    place, time = rng.choice(_PLACES), rng.choice(_TIMES)
    return rng.choice(
        (
            f"The {person_is} {one} {did} the {thing_is} {thing} {place} {time}.",
            f"{time.capitalize()}, the {one} {did} a {thing_is} {thing} {place}.",
            f"{place.capitalize()}, the {one} and the {person_is} {other} {did} the {thing}.",
            f"There was a {thing_is} {thing} {place}, and the {one} {did} it {time}.",
            f"The {one} {did} the {thing} {time}, but the {other} {did_too} the {another} instead.",
        )
    )


def _needle(rng: random.Random) -> _Facts:
    """Facts of different kinds, each asked once."""
    kinds = rng.sample(list(_NEEDLES), 10)
    facts, questions = [], []
    for kind in kinds:
        value = str(rng.choice(_NEEDLES[kind]))
        facts.append(f"The {kind} is {value}.")
        questions.append(Question(f"What is the {kind}?{_HOW}", f"{_QUOTE}The {kind} is", (value,)))
    return facts, questions


def _multi_key(rng: random.Random) -> _Facts:
    """Lines that differ only in one word and its number; ten of them are asked."""
    keys = rng.sample(_CITIES, _KEYS)
    numbers = [str(number) for number in rng.sample(_NUMBERS, _KEYS)]
    facts = [f"The register of numbers says: {key} {number}." for key, number in zip(keys, numbers, strict=True)]
    asked = rng.sample(list(zip(keys, numbers, strict=True)), 10)
    return facts, [
        Question(
            f"What does the register say of {key}?{_HOW}", f"{_QUOTE}The register of numbers says: {key}", (number,)
        )
        for key, number in asked
    ]


def _variable_tracking(rng: random.Random) -> _Facts:
    """Chains city -> room -> number; both steps of each are asked, the second with the first already written.

    RULER has the model write the whole chain. A 135M-parameter model stops after the first step, whatever the wording,
    so the chain is judged step by step.
    """
    cities = rng.sample(_CITIES, _CHAINS)
    rooms = [str(number) for number in rng.sample(range(100, 1_000), _CHAINS)]
    numbers = [str(number) for number in rng.sample(_NUMBERS, _CHAINS)]
    facts, questions = [], []
    for city, room, number in zip(cities, rooms, numbers, strict=True):
        first, second = f"The map says: {city} {room}.", f"The register says: {room} {number}."
        facts += [first, second]
        asked = f"What does the map say of {city}, and the register of that?{_HOW}"
        questions.append(Question(asked, f"{_QUOTE}The map says: {city}", (room,)))
        questions.append(Question(asked, f"{_QUOTE}{first} The register says: {room}", (number,)))
    rng.shuffle(facts)
    return facts, questions


def _common_words(rng: random.Random) -> _Facts:
    """Lists of several lines, one per section of the text; each list's most frequent word is asked."""
    commonest = rng.sample(_GOODS, len(_LISTS))
    facts, questions = [], []
    for (line, question), word in zip(rng.sample(list(_LISTS.items()), len(_LISTS)), commonest, strict=True):
        others = rng.sample([other for other in _GOODS if other != word], _ONCE)
        words = [word] * _OFTEN + others
        rng.shuffle(words)
        facts += [f"{line} {word}." for word in words]
        questions.append(Question(f"{question} most often?", f"{_QUOTE}{line}", (word,)))
    return facts, questions


TASKS = {
    "needle": _needle,
    "multi_key": _multi_key,
    "variable_tracking": _variable_tracking,
    "common_words": _common_words,
}
