"""The engine behind a URL, against a server that says what it is told to."""

from typing import Any

import pytest
from asked_server import CHAT, KEY, SECRET, ask, fake, settings
from fake_openai_server import HANG_UP, Answer, FakeServer, delta, model, text, usage

from apps.process import quiet_libraries
from core.engine.remote import connect
from core.engine.request import Chunk, Message, Request, SamplingParams, TokenLogprob, complete
from core.errors import (
    BusyError,
    ContextLengthError,
    DeadlineError,
    EngineError,
    InvalidRequestError,
    R1Error,
    SettingsError,
    UnknownModelError,
)

__all__ = ["fake"]  # a fixture


def test_requests_are_not_logged(fake: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    quiet_libraries()
    with caplog.at_level("INFO"):
        ask(fake)
    assert fake.url not in caplog.text


# Which model


def test_named_model_is_taken_or_the_only_one(fake: FakeServer) -> None:
    fake.models = [model("big"), model("small"), model("law", base="big"), model("tax", base="small")]
    engine = connect(settings(fake, model="big"))
    assert (engine.model_name, engine.adapters) == ("big", ("law",))
    fake.models = [model("big"), model("law", base="big")]
    engine = connect(settings(fake, model="smollm2-135m-instruct"))
    assert (engine.model_name, engine.adapters) == ("big", ("law",))


@pytest.mark.parametrize(("models", "named"), [(["big", "small"], "big, small"), ([], "none")])
def test_several_models_want_one_named(fake: FakeServer, models: list[str], named: str) -> None:
    fake.models = [model(name) for name in models]
    with pytest.raises(SettingsError, match=f"'other'.*R1_MODEL to one that it has: {named}"):
        connect(settings(fake, model="other"))


def test_adapter_is_a_model_of_the_server(fake: FakeServer) -> None:
    engine = connect(settings(fake))
    fake.models.append(model("law", base="big"))  # loaded while the server runs
    complete(engine, Request(CHAT.messages, adapter="law"))
    assert fake.asked[-1].body["model"] == "law"
    assert engine.adapters == ("law",)
    with pytest.raises(UnknownModelError, match=r"no adapter 'tax'\. It has: law"):
        engine.stream(Request(prompt="x", adapter="tax"))


# What is sent


def test_chat_is_sent_whole(fake: FakeServer) -> None:
    params = SamplingParams(
        temperature=0.5,
        top_p=0.9,
        top_k=30,
        repetition_penalty=1.2,
        presence_penalty=0.1,
        frequency_penalty=0.2,
        max_tokens=9,
        stop=("\n", "END"),
        seed=3,
        logprobs=4,
    )
    messages = (
        Message("system", "Be brief."),
        Message("user", "Hi"),
        Message("assistant", "Hi!"),
        Message("user", "?"),
    )
    schema = {"type": "object"}
    ask(fake, Request(messages, params=params, json_schema=schema, tenant="ward 3"))
    asked = fake.asked[-1]
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert len(asked.body.pop("cache_salt")) == 64  # vLLM's
    assert asked.body == {
        "model": "big",
        "messages": [{"role": message.role, "content": message.content} for message in messages],
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 30,
        "repetition_penalty": 1.2,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "max_tokens": 9,
        "stop": ["\n", "END"],
        "seed": 3,
        "logprobs": True,
        "top_logprobs": 4,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": schema, "strict": True},
        },
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_prompt_is_sent_to_be_continued(fake: FakeServer) -> None:
    fake.models = [model("big", program="llamacpp")]
    fake.answers = [Answer([text("4, "), text("5", "stop")])]
    request = Request(prompt="1, 2, 3,", params=SamplingParams(logprobs=0), json_schema={"type": "array"}, tenant="t")
    answer = complete(connect(settings(fake)), request)
    assert answer.text == "4, 5"
    asked = fake.asked[-1]
    assert asked.path == "/v1/completions"
    assert (asked.body["prompt"], asked.body["logprobs"]) == ("1, 2, 3,", 1)
    assert "messages" not in asked.body
    assert "cache_salt" not in asked.body
    assert asked.body["repeat_penalty"] == 1.1  # llama.cpp's names
    assert asked.body["json_schema"] == {"type": "array"}


def test_nothing_of_an_account_at_openai_is_sent(fake: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "secret-of-another-service")
    list(connect(settings(fake, engine_key=None)).stream(CHAT))
    assert len(fake.asked) == 2
    for asked in fake.asked:
        assert asked.headers["authorization"] == "Bearer none"
        assert "secret-of-another-service" not in asked.headers.values()


def test_half_a_character_is_refused(fake: FakeServer) -> None:
    with pytest.raises(InvalidRequestError):
        ask(fake, Request(prompt="half \ud800"))


# What comes back


def test_pieces_and_counts(fake: FakeServer) -> None:
    fake.answers = [Answer([delta(""), delta("Hel"), delta("lo"), delta(finish="length"), usage(7, 2, cached=5)])]
    assert ask(fake) == [Chunk("Hel"), Chunk("lo"), Chunk("", "", "length", 7, 2, 5)]


def test_counts_of_each_piece_are_taken(fake: FakeServer) -> None:
    pieces = [
        usage(7, 1) | {"choices": delta("Hel")["choices"]},
        usage(7, 2) | {"choices": delta("lo", "stop")["choices"]},
    ]
    fake.answers = [Answer(pieces)]
    assert ask(fake) == [Chunk("Hel", "", None, 7, 1), Chunk("lo", "", None, 7, 2), Chunk("", "", "stop", 7, 2)]


@pytest.mark.parametrize(
    "events",
    [
        [delta(reasoning_content="Let me "), delta(reasoning_content="see."), delta("Yes."), delta(finish="stop")],
        [delta(reasoning="Let me "), delta(reasoning="see."), delta("Yes.", "stop")],
        [delta("<thi"), delta("nk>Let me see.</th"), delta("ink>\n\nYes."), delta(finish="stop")],
    ],
    ids=["reasoning_content", "reasoning", "think"],
)
def test_thoughts_are_kept_apart(fake: FakeServer, events: list[Any]) -> None:
    fake.answers = [Answer(events)]
    answer = complete(connect(settings(fake)), CHAT)
    assert (answer.text, answer.reasoning) == ("Yes.", "Let me see.")


def test_thought_that_the_prompt_opens(fake: FakeServer) -> None:
    fake.answers = [Answer([text("So."), text("</think>Yes.", "stop")]), Answer([text('"Yes."', "stop")])]
    engine, prompt = connect(settings(fake)), "Is it? <think>\n"
    asked = Request(prompt=prompt), Request(prompt=prompt, json_schema={"type": "string"})
    answers = [complete(engine, request) for request in asked]
    assert [(answer.text, answer.reasoning) for answer in answers] == [("Yes.", "So."), ('"Yes."', "")]


LOGPROBS = (
    TokenLogprob(b"Hi", -0.5, (TokenLogprob(b"Hi", -0.5), TokenLogprob(b"Ho", -1.5))),
    TokenLogprob(b"!", -0.25, (TokenLogprob(b"!", -0.25), TokenLogprob(b".", -2.0))),
)


@pytest.mark.parametrize("with_bytes", [True, False])
def test_logprobs_of_a_chat(fake: FakeServer, with_bytes: bool) -> None:
    def one(token: TokenLogprob) -> dict[str, Any]:
        return {
            "token": "?" if with_bytes else token.text,
            "logprob": token.logprob,
            "bytes": [*token.utf8] if with_bytes else None,
        }

    def told(token: TokenLogprob) -> dict[str, Any]:
        return {"content": [one(token) | {"top_logprobs": list(map(one, (*token.top, TokenLogprob(b"?", -9.0))))}]}

    fake.answers = [Answer([*(delta(token.text, logprobs=told(token)) for token in LOGPROBS), delta(finish="stop")])]
    answer = complete(connect(settings(fake)), Request(CHAT.messages, params=SamplingParams(logprobs=2)))
    assert answer.logprobs == LOGPROBS
    assert complete(connect(settings(fake)), CHAT).logprobs == ()


def test_logprobs_of_a_continuation(fake: FakeServer) -> None:
    told = {
        "text_offset": [0, 2],
        "tokens": [token.text for token in LOGPROBS],
        "token_logprobs": [token.logprob for token in LOGPROBS],
        "top_logprobs": [
            {"?": -9.0, **{other.text: other.logprob for other in reversed(token.top)}} for token in LOGPROBS
        ],
    }
    fake.answers = [Answer([text("Hi!", "stop", logprobs=told)])]
    answer = complete(connect(settings(fake)), Request(prompt="Say hi.", params=SamplingParams(logprobs=2)))
    assert answer.logprobs == LOGPROBS


# Errors


def problem(status: int, **fields: Any) -> Answer:
    return Answer(status=status, body={"error": {"message": SECRET, "type": "x", **fields}})


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (problem(400), InvalidRequestError, "refused the request"),
        (problem(400, param="temperature"), InvalidRequestError, "temperature"),
        (problem(400, param=SECRET), InvalidRequestError, "refused the request"),
        (problem(422), InvalidRequestError, "refused the request"),
        (problem(400, code="context_length_exceeded"), ContextLengthError, "max_tokens"),
        (problem(400, type="exceed_context_size_error"), ContextLengthError, "max_tokens"),  # llama.cpp
        (problem(400, message="This model's maximum context length is 4096 tokens."), ContextLengthError, "max_tokens"),
        (problem(401), SettingsError, "R1_ENGINE_KEY"),
        (problem(403), SettingsError, "R1_ENGINE_KEY"),
        (problem(404), UnknownModelError, "R1_ENGINE_URL"),
        (problem(408), DeadlineError, "did not finish"),
        (problem(429), BusyError, "too many requests"),
        (problem(500), EngineError, "failed"),
        (problem(503), EngineError, "failed"),
        (problem(504), DeadlineError, "did not finish"),
        (Answer(status=502, body="<html>no JSON</html>"), EngineError, "failed"),
        (Answer(status=307, body={}, location="/v1/elsewhere"), EngineError, r"redirects \(307\)"),
        (Answer(body="<html>a page to sign in</html>"), EngineError, "without a single event.*R1_ENGINE_URL"),
        (Answer(["data: no JSON\n\n"]), EngineError, "not of OpenAI's API"),
        (Answer(['data: {"choices": 3}\n\n']), EngineError, "not of OpenAI's API"),
        (Answer([{"error": {"message": SECRET, "code": 429}}]), BusyError, "too many requests"),
    ],
)
def test_error_before_the_first_piece_is_raised_at_once(
    fake: FakeServer, answer: Answer, error: type[R1Error], told: str
) -> None:
    fake.answers = [answer]
    engine = connect(settings(fake))
    with pytest.raises(error, match=told) as caught:
        list(engine.stream(CHAT)) if "choices" in str(answer.events) else engine.stream(CHAT)
    assert type(caught.value) is error
    assert fake.url.split("/")[2] in caught.value.message
    assert SECRET not in str(caught.value)
    assert KEY not in str(caught.value)
    # A log would print the server's text with it.
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert len(fake.asked) == 2  # the models, and the request once


@pytest.mark.parametrize(
    ("counts", "taken"),
    [({}, (0, 0)), ({"prompt_tokens": 7, "completion_tokens": None}, (7, 0))],
)
def test_counts_that_are_missing_are_nought(fake: FakeServer, counts: dict[str, Any], taken: tuple[int, int]) -> None:
    fake.answers = [Answer([delta("Hi", "stop"), usage(7, 1) | {"usage": counts}])]
    last = ask(fake)[-1]
    assert (last.prompt_tokens, last.completion_tokens) == taken


def test_half_a_character_of_an_answer_is_replaced(fake: FakeServer) -> None:
    fake.answers = [Answer([delta("a\ud83d"), delta(finish="stop", reasoning_content="\ude00b")])]
    answer = complete(connect(settings(fake)), CHAT)
    assert (answer.text, answer.reasoning) == ("a?", "?b")


@pytest.mark.parametrize(
    ("end", "error"),
    [
        ([], EngineError),  # no finish_reason
        ([HANG_UP], EngineError),
        ([delta(finish="abort")], EngineError),
        ([{"error": {"message": SECRET, "code": 500}}], EngineError),
        ([{"error": {"message": SECRET, "code": None}}], EngineError),
        ([{"error": {"message": SECRET, "code": "context_length_exceeded"}}], ContextLengthError),
        ([{"error": {"message": SECRET, "code": "deadline_exceeded"}}], DeadlineError),
        ([{"error": {"message": SECRET, "code": "queue_full"}}], BusyError),
    ],
)
def test_error_in_the_middle_of_an_answer(fake: FakeServer, end: list[Any], error: type[R1Error]) -> None:
    fake.answers = [Answer([delta("Hel"), delta("lo"), *end])]
    answer = connect(settings(fake)).stream(CHAT)
    assert [next(answer).text, next(answer).text] == ["Hel", "lo"]
    with pytest.raises(error) as caught:
        next(answer)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("models", [None, "text", [{"name": "no id"}], [3]])
def test_list_of_models_that_is_none(fake: FakeServer, models: Any) -> None:
    fake.models = models
    with pytest.raises(EngineError, match="R1_ENGINE_URL"):
        connect(settings(fake))


def test_url_without_the_api(fake: FakeServer) -> None:
    fake.url = fake.url.removesuffix("/v1")
    with pytest.raises(UnknownModelError, match="usually ends in /v1"):
        connect(settings(fake))
