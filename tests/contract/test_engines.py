"""What every engine must do, whether it runs the model itself or asks a server."""

import contextlib
import inspect
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
import pytest
import yaml
from pydantic import SecretStr

from core.engine import runner
from core.engine.remote import connect
from core.engine.request import Engine, Message, Request, SamplingParams, complete
from core.errors import ContextLengthError, DeadlineError, DownloadError, InvalidRequestError, UnknownModelError
from core.hub import ModelHub, read_manifest
from core.settings import Settings
from tests.conftest import require_module, unavailable
from tests.servers import free_port, serve

MODEL = "smollm2-135m-instruct"
KEY = "a-key-of-more-than-twenty-characters"
ROOT = Path(__file__).parents[2]
PEERS = ROOT / "build" / "peers"  # where the benchmarks keep the same file
CAPITAL = "Name the capital of France."
STORY = "Tell me a long story."
SCHEMA = {
    "type": "object",
    "properties": {
        "colour": {"enum": ["red", "green"]},
        "ripe": {"type": "boolean"},
        "sizes": {"type": "array", "items": {"enum": [1, 2]}, "minItems": 1, "maxItems": 2},
    },
    "required": ["colour", "ripe", "sizes"],
    "additionalProperties": False,
}


def ask(question: str, **params: Any) -> Request:
    """A chat of one question; greedy."""
    given = {"temperature": 0, "repetition_penalty": 1, "max_tokens": 24, **params}
    return Request((Message("user", question),), params=SamplingParams(**given))


class EngineContract:
    """Inherit it, and provide the fixture ``engine``: the default model, with a context below 20,000 tokens."""

    @pytest.fixture
    def engine(self) -> Engine:
        raise NotImplementedError

    def test_question_is_answered(self, engine: Engine) -> None:
        answer = complete(engine, ask(CAPITAL, max_tokens=64))
        assert "Paris" in answer.text
        assert (answer.reasoning, answer.logprobs) == ("", ())
        assert answer.finish_reason == "stop"
        assert engine.model_name

    def test_prompt_is_continued(self, engine: Engine) -> None:
        params = SamplingParams(temperature=0, repetition_penalty=1, max_tokens=8)
        answer = complete(engine, Request(prompt="1, 2, 3, 4,", params=params))
        assert answer.text.startswith(" 5, 6")
        assert answer.finish_reason == "length"

    def test_pieces_make_the_answer(self, engine: Engine) -> None:
        chunks = list(engine.stream(ask(STORY)))
        assert len(chunks) > 3
        assert "".join(chunk.text for chunk in chunks) == complete(engine, ask(STORY)).text
        assert [chunk.finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["length"]
        counts = [(chunk.prompt_tokens, chunk.completion_tokens) for chunk in chunks]
        assert counts == sorted(counts)

    def test_tokens_are_counted(self, engine: Engine) -> None:
        short, long = complete(engine, ask("Hi", max_tokens=5)), complete(engine, ask("Hi " * 50, max_tokens=5))
        assert (short.finish_reason, short.completion_tokens) == ("length", 5)
        assert 0 < short.prompt_tokens < long.prompt_tokens - 40
        assert 0 <= long.cached_tokens <= long.prompt_tokens

    @pytest.mark.parametrize("length", [1, 4, 12])
    def test_stop_text_ends_the_answer_and_is_not_in_it(self, engine: Engine, length: int) -> None:
        whole = complete(engine, ask(STORY)).text
        stop = whole[20 : 20 + length]  # begins and ends anywhere in a token
        answer = complete(engine, ask(STORY, stop=("never written", stop)))
        assert answer.text == whole[: whole.index(stop)]
        assert answer.finish_reason == "stop"

    def test_same_seed_same_answer(self, engine: Engine) -> None:
        first, again, other = (complete(engine, ask(STORY, temperature=1.2, seed=seed)).text for seed in (1, 1, 2))
        assert first == again
        assert first != other

    def test_greedy_answer_is_always_the_same(self, engine: Engine) -> None:
        assert complete(engine, ask(STORY)).text == complete(engine, ask(STORY, seed=7)).text

    def test_penalty_changes_the_answer(self, engine: Engine) -> None:
        """So it reached the sampler, whatever the server calls it."""
        question = "Repeat this: cat cat cat cat cat cat cat cat"
        plain = complete(engine, ask(question)).text.lower().count("cat")
        assert complete(engine, ask(question, repetition_penalty=2)).text.lower().count("cat") < plain
        assert (
            complete(engine, ask(question, frequency_penalty=2, presence_penalty=2)).text.lower().count("cat") < plain
        )

    def test_one_of_the_likeliest_is_the_likeliest(self, engine: Engine) -> None:
        drawn = complete(engine, ask(STORY, temperature=2, top_k=1, top_p=1, seed=3))
        assert drawn.text == complete(engine, ask(STORY)).text

    @pytest.mark.parametrize("count", [0, 1, 3])
    def test_each_token_has_its_logprob(self, engine: Engine, count: int) -> None:
        answer = complete(engine, ask(STORY, logprobs=count))
        assert len(answer.logprobs) == answer.completion_tokens == 24
        assert "".join(token.text for token in answer.logprobs) == answer.text
        for token in answer.logprobs:
            assert -50 < token.logprob <= 0
            assert len(token.top) == count
            values = [other.logprob for other in token.top]
            assert values == sorted(values, reverse=True)
            if count:  # greedy takes the likeliest
                assert token.top[0].text == token.text
                assert token.top[0].logprob == pytest.approx(token.logprob, abs=1e-4)

    def test_prompt_has_logprobs_of_its_continuation_too(self, engine: Engine) -> None:
        params = SamplingParams(temperature=0, repetition_penalty=1, max_tokens=4, logprobs=2)
        answer = complete(engine, Request(prompt="1, 2, 3, 4,", params=params))
        assert "".join(token.text for token in answer.logprobs) == answer.text
        assert all(len(token.top) == 2 and math.exp(token.logprob) > 0.1 for token in answer.logprobs)

    @pytest.mark.parametrize("of", ["chat", "prompt"])
    def test_answer_keeps_to_the_schema(self, engine: Engine, of: str) -> None:
        request = ask("Describe an apple as JSON.", max_tokens=64)
        if of == "prompt":
            request = Request(prompt="An apple as JSON: ", params=request.params)
        answer = complete(engine, replace(request, json_schema=SCHEMA))
        told = json.loads(answer.text)
        assert told.keys() == {"colour", "ripe", "sizes"}
        assert told["colour"] in ("red", "green")
        assert isinstance(told["ripe"], bool)
        assert set(told["sizes"]) <= {1, 2}
        assert 1 <= len(told["sizes"]) <= 2
        assert answer.finish_reason == "stop"

    def test_schema_that_is_none_is_refused(self, engine: Engine) -> None:
        with pytest.raises(InvalidRequestError):
            engine.stream(replace(ask(CAPITAL), json_schema={"type": "nonsense"}))

    def test_unknown_adapter_is_refused(self, engine: Engine) -> None:
        assert "no-such-adapter" not in engine.adapters
        with pytest.raises(UnknownModelError):
            engine.stream(replace(ask(CAPITAL), adapter="no-such-adapter"))

    def test_prompt_that_does_not_fit_is_refused(self, engine: Engine) -> None:
        with pytest.raises(ContextLengthError):
            engine.stream(ask("word " * 20_000))

    def test_answer_that_takes_too_long_is_given_up(self, engine: Engine) -> None:
        with pytest.raises(DeadlineError):
            complete(engine, replace(ask(STORY, max_tokens=1000), timeout_s=0.05))

    def test_answer_has_begun_when_it_is_returned(self, engine: Engine) -> None:
        """A generator that has not would run nothing when it is closed."""
        answer = engine.stream(ask(CAPITAL))
        assert inspect.getgeneratorstate(answer) == inspect.GEN_SUSPENDED
        answer.close()

    @pytest.mark.parametrize("read", [0, 2])
    def test_closed_answer_frees_the_engine(self, engine: Engine, read: int) -> None:
        for _ in range(8):  # more than any server answers at once
            answer = engine.stream(ask(STORY, max_tokens=1000))
            for _ in range(read):
                next(answer)
            answer.close()
        begin = time.monotonic()
        assert "Paris" in complete(engine, ask(CAPITAL)).text
        assert time.monotonic() - begin < 20  # 8,000 tokens would take longer

    def test_several_threads_get_their_own_answers(self, engine: Engine) -> None:
        questions = [f"Name {count} fruits. " + "Please. " * count for count in range(2, 8)]
        alone = [complete(engine, ask(question)) for question in questions]
        begin = threading.Barrier(len(questions))

        def at_once(question: str) -> list[int]:
            begin.wait()
            answer = complete(engine, ask(question))
            return [answer.prompt_tokens, len(answer.text) > 0]

        with ThreadPoolExecutor(len(questions)) as threads:
            together = list(threads.map(at_once, questions))
        assert together == [[answer.prompt_tokens, True] for answer in alone]


class TestLocalEngine(EngineContract):
    @pytest.fixture(scope="class")
    def engine(self, home: Path) -> Iterator[runner.LocalEngine]:
        with local_engine(home) as engine:
            yield engine


class TestOverLlamaCpp(EngineContract):
    @pytest.fixture(scope="class")
    def engine(self) -> Iterator[Engine]:
        require_module("xllamacpp")
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(gguf())
        params.n_ctx, params.n_parallel = 4096, 2
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1  # on a busy processor its threads get stuck
        server = xllamacpp.Server(params)
        yield connect(Settings(engine="openai", engine_url=f"{server.listening_address}/v1"))
        del server  # ends it


class Letters:
    """An embedder, which the server wants too."""

    name = "letters"

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.array([[len(text)] for text in texts], np.float32)


class TestOverR1(EngineContract):
    @pytest.fixture(scope="class")
    def engine(self, home: Path) -> Iterator[Engine]:
        with local_engine(home) as local, r1_server(local) as url:
            yield connect(Settings(engine="openai", engine_url=url, model=MODEL))


# Ray's command serve, whose cluster has no dashboard: that is most of what a cluster starts.
SERVE = """
import ray
from ray.serve.scripts import cli
ray.init(include_dashboard=False, namespace="serve")
cli()
"""


class TestOverRay(EngineContract):
    """As ``deploy/ray.yaml`` says; needs the extra ``ray``."""

    @pytest.fixture(scope="class")
    def engine(self, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
        require_module("ray")
        config = yaml.safe_load((ROOT / "deploy" / "ray.yaml").read_text("utf-8"))
        config["http_options"]["port"] = port = free_port()
        file = tmp_path_factory.mktemp("ray") / "ray.yaml"
        file.write_text(yaml.safe_dump(config), "utf-8")
        environment = {**os.environ, "R1_HOME": str(home), "R1_API_KEYS": KEY, "RAY_USAGE_STATS_ENABLED": "0"}
        command = [sys.executable, "-c", SERVE, "run", str(file)]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as cluster:
            try:
                wait_until_ready(f"http://127.0.0.1:{port}/readyz", cluster)
                address = f"http://127.0.0.1:{port}/v1"
                yield connect(Settings(engine="openai", engine_url=address, engine_key=SecretStr(KEY), model=MODEL))
            finally:
                cluster.send_signal(signal.SIGINT)
                cluster.wait(60)


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Returns once a server says that it is ready, which may take minutes."""
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, timeout=5).status_code == 200:
                return
        time.sleep(0.5)
    pytest.fail("the server did not become ready")


@contextmanager
def local_engine(home: Path) -> Iterator[runner.LocalEngine]:
    """The default model in this process, with default settings."""
    engine = runner.local_engine(Settings(home=home, model=MODEL))
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def r1_server(engine: Engine) -> Iterator[str]:
    """R1's own API on a free port; gives its base URL."""
    from fastapi import FastAPI

    from core.server.drain import Drain
    from core.server.metrics import Metrics
    from core.server.openai.app import openai_api

    app = FastAPI()
    app.mount("/v1", openai_api(engine, Letters(), Metrics(), Drain()))
    with serve(app, closes_within=1) as (address, _):
        yield f"{address}/v1"


def gguf() -> Path:
    """The default model's pinned weights as they come, not converted."""
    hub = ModelHub(PEERS, {MODEL: replace(read_manifest()[MODEL], convert="")})
    try:
        return hub.pull(MODEL) / "model.gguf"
    except DownloadError as error:
        unavailable(f"the weights for llama.cpp cannot be fetched: {error.message}")
