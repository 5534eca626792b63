"""The conversation's window, with an engine that notes what it is asked."""

from collections.abc import Generator
from typing import Any

import pytest

from core.chat import ConversationModel, TextGenerator
from core.engine.request import Chunk, Request, SamplingParams
from core.errors import ContextLengthError, EngineError, InvalidRequestError
from tests.unit.core.fake_openai_server import FakeServer, model, serving


class Notes:
    """Answers ``a1``, ``a2``, ... in two pieces; refuses requests of more than ``limit`` messages."""

    model_name = "notes"
    adapters = ()

    def __init__(self, limit: int = 100) -> None:
        self.asked: list[list[str]] = []
        self.params: SamplingParams | None = None
        self.adapter = ""
        self._limit = limit
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def stream(self, request: Request) -> Generator[Chunk]:
        if len(request.messages) > self._limit:
            raise ContextLengthError("too long")
        self.asked.append([message.content for message in request.messages])
        self.params, self.adapter = request.params, request.adapter
        return self._answer(len(self.asked))

    def _answer(self, number: int) -> Generator[Chunk]:
        yield Chunk(reasoning="hm")
        yield Chunk("a")
        yield Chunk(str(number), finish_reason="stop")


def test_remembers_five_turns_and_no_more() -> None:
    notes = Notes()
    conversation = ConversationModel(notes, system="be kind")
    answers = [conversation.generate(f"q{turn}") for turn in range(1, 8)]
    assert answers == [f"a{turn}" for turn in range(1, 8)]
    assert notes.asked[0] == ["be kind", "q1"]
    assert notes.asked[1] == ["be kind", "q1", "a1", "q2"]
    assert notes.asked[6] == ["be kind", *["q2", "a2", "q3", "a3", "q4", "a4", "q5", "a5", "q6", "a6"], "q7"]
    assert [message.role for message in conversation.history[:2]] == ["user", "assistant"]


def test_window_of_none_remembers_nothing() -> None:
    notes = Notes()
    conversation = ConversationModel(notes, history_window=0)
    conversation.generate("q1")
    conversation.generate("q2")
    assert notes.asked == [["q1"], ["q2"]]
    with pytest.raises(InvalidRequestError, match="history_window must be"):
        ConversationModel(notes, history_window=-1)


def test_oldest_turns_go_when_they_do_not_fit() -> None:
    notes = Notes(limit=4)  # the system text, one turn, the question
    conversation = ConversationModel(notes, system="be kind")
    for turn in range(1, 5):
        conversation.generate(f"q{turn}")
    assert notes.asked[-1] == ["be kind", "q3", "a3", "q4"]


def test_question_that_never_fits_is_refused_and_forgotten() -> None:
    conversation = ConversationModel(Notes(limit=0))
    with pytest.raises(ContextLengthError):
        conversation.generate("q1")
    assert conversation.history == ()


def test_answer_closed_early_is_remembered_as_far_as_read() -> None:
    notes = Notes()
    conversation = ConversationModel(notes)
    for chunk in conversation.stream("q1"):
        if chunk.text:
            break
    conversation.generate("q2")
    assert notes.asked[1] == ["q1", "a", "q2"]


def test_reset_forgets() -> None:
    conversation = ConversationModel(Notes())
    conversation.generate("q1")
    conversation.reset()
    assert conversation.history == ()


@pytest.mark.parametrize("make", [TextGenerator, ConversationModel])
def test_engine_or_name(make: type[TextGenerator | ConversationModel]) -> None:
    with pytest.raises(TypeError, match="an engine or model_path"):
        make()
    with pytest.raises(TypeError, match="either an engine, or model_path"):
        make(Notes(), model_path="x")
    with pytest.raises(TypeError, match="either an engine, or model_path"):
        make(Notes(), device="cpu")
    name: Any = "smollm2-135m-instruct"
    with pytest.raises(TypeError, match="the name of a model is given as model_path"):
        make(name)
    assert make(Notes()).generate("q") == "a1"


@pytest.mark.parametrize("make", [TextGenerator, ConversationModel])
def test_an_adapter_may_be_named(make: type[TextGenerator | ConversationModel]) -> None:
    make(notes := Notes()).generate("q", adapter="medical")
    assert notes.adapter == "medical"


def test_what_is_given_by_name_stands_before_the_parameters() -> None:
    notes = Notes()
    TextGenerator(
        notes, SamplingParams(0.1, top_p=0.2), temperature=0.3, max_length=9, repetition_penalty=1.3
    ).generate("q")
    assert notes.params == SamplingParams(0.3, top_p=0.2, max_tokens=9, repetition_penalty=1.3)


def test_a_model_that_was_opened_by_name_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(FakeServer(models=[model("big"), model("small")])) as fake:
        monkeypatch.setenv("R1_ENGINE", "openai")
        monkeypatch.setenv("R1_ENGINE_URL", fake.url)
        with ConversationModel(model_path="small") as conversation:
            assert conversation.generate("Hello") == "Hi."
        with pytest.raises(EngineError):
            conversation.generate("Hello")


@pytest.mark.parametrize("make", [TextGenerator, ConversationModel])
def test_an_engine_that_was_given_is_not_closed(make: type[TextGenerator | ConversationModel]) -> None:
    with make(notes := Notes()):
        pass
    assert not notes.closed


@pytest.mark.parametrize("params", ["professional", {"temperature": 0}])
def test_params_of_another_kind_are_refused_at_once(params: Any) -> None:
    for kind in (TextGenerator, ConversationModel):
        with pytest.raises(TypeError, match=r"^params is a SamplingParams"):
            kind(Notes(), params=params)


@pytest.mark.parametrize("window", ["3", 1.5, None])
def test_a_window_that_is_no_number_is_refused_by_name(window: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"^history_window must be a whole number"):
        ConversationModel(Notes(), history_window=window)
