"""The generated long-context tasks: lengths, answers, and what counts as right."""

import re
from typing import Any

import pytest

from benchmarks.tasks import TASKS, Context, Question, make_context, prompt_ids, right


class Words:
    """A tokenizer whose tokens are words and marks; with a chat template unless told otherwise."""

    bos_token = None

    def __init__(self, chat_template: str | None = "yes") -> None:
        self.chat_template = chat_template

    def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[str]]:
        return {"input_ids": re.findall(r"\w+|[^\w ]", text)}

    def apply_chat_template(self, messages: list[dict[str, str]], **_: Any) -> str:
        return "".join(f"[{message['role']}]{message['content']}" for message in messages) + "[assistant]"


def _lengths(context: Context) -> list[int]:
    return [sum(map(len, prompt_ids(Words(), context, question))) for question in context.questions]


def _times(needle: str, text: str) -> int:
    return len(re.findall(rf"\b{re.escape(needle)}\b", text))


@pytest.mark.parametrize("length", [1_200, 2_048, 5_000])
@pytest.mark.parametrize("task", TASKS)
def test_the_longest_prompt_has_the_length(task: str, length: int) -> None:
    for seed in range(5):
        context = make_context(task, length, seed, Words())
        assert 0.99 * length <= max(_lengths(context)) <= length
        assert len(context.questions) == 10


@pytest.mark.parametrize("task", TASKS)
def test_the_seed_decides_everything(task: str) -> None:
    first, again, other = (make_context(task, 2_048, seed, Words()) for seed in (1, 1, 2))
    assert first == again
    assert first.text != other.text
    assert first.questions != other.questions


def test_a_length_that_the_facts_exceed_is_refused() -> None:
    with pytest.raises(ValueError, match="common_words"):
        make_context("common_words", 300, 1, Words())


@pytest.mark.parametrize("task", TASKS)
def test_the_text_goes_on_from_each_beginning_with_the_answer(task: str) -> None:
    """The last sentence of a beginning stands in the text, and an answer follows it there."""
    for seed in range(5):
        context = make_context(task, 2_048, seed, Words())
        for question in context.questions:
            begun = re.split(r"\. |\"", question.beginning)[-1]
            assert any(f"{begun} {answer}." in context.text for answer in question.answers)


@pytest.mark.parametrize("task", ["needle", "multi_key"])
def test_an_answer_stands_in_its_text_once(task: str) -> None:
    for seed in range(5):
        context = make_context(task, 4_096, seed, Words())
        for question in context.questions:
            assert [_times(answer, context.text) for answer in question.answers] == [1]


def test_keys_of_many_are_told_apart_by_one_word() -> None:
    lines = re.findall(
        r"The register of numbers says: (\w+) \d{5}\.", make_context("multi_key", 2_048, 1, Words()).text
    )
    assert len(lines) == len(set(lines)) == 24


def test_a_chain_leads_from_its_city_to_its_number() -> None:
    context = make_context("variable_tracking", 2_048, 1, Words())
    for first, second in zip(context.questions[::2], context.questions[1::2], strict=True):
        (room,), (number,) = first.answers, second.answers
        assert _times(room, context.text) == 2  # where it is assigned, and where it is looked up
        assert _times(number, context.text) == 1
        assert second.beginning.endswith(f" {room}. The register says: {room}")


def test_the_answer_of_a_list_is_its_most_frequent_word_by_far() -> None:
    context = make_context("common_words", 2_048, 1, Words())
    for question in context.questions:
        begun = question.beginning.removeprefix('The text says: "')
        words = re.findall(rf"{begun} (\w+)\.", context.text)
        counts = sorted((words.count(word), word) for word in set(words))
        assert counts[-1][1] == question.answers[0]
        assert counts[-1][0] >= 3 * counts[-2][0]


def test_no_sentence_of_the_haystack_comes_twice() -> None:
    sentences = re.findall(r"[^.\n]+\.", make_context("needle", 5_000, 1, Words()).text)
    assert len(sentences) > 300
    assert len(set(sentences)) == len(sentences)


def test_questions_share_the_text_and_end_the_prompt() -> None:
    for tokenizer in (Words(), Words(chat_template=None)):
        context = make_context("needle", 2_048, 1, tokenizer)
        parts = [prompt_ids(tokenizer, context, question) for question in context.questions]
        assert all(shared == parts[0][0] for shared, _ in parts)
        assert [str(token) for token in parts[3][1][-2:]] == context.questions[3].beginning.split()[-2:]


@pytest.mark.parametrize(
    "reply", [" 48213.", "48213", " **48213**", " 48213. The register of numbers says: Oslo 12345."]
)
def test_right_numbers(reply: str) -> None:
    assert right(reply, Question("", "", ("48213",)))


@pytest.mark.parametrize(
    "reply", ["", " ", "4821", "482130", "12345 or 48213", " the text does not say 48213", "48 213"]
)
def test_wrong_numbers(reply: str) -> None:
    assert not right(reply, Question("", "", ("48213",)))


def test_words_are_compared_without_case_marks_and_articles() -> None:
    question = Question("", "", ("penguin", "sea lion"))
    assert right(' the "Penguin".', question)
    assert right(" a Sea-Lion", question)
    assert not right(" penguins", question)
    assert not right(" tiger, penguin", question)
    assert not right(" sea", question)
