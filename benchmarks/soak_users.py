"""Concurrent users of the OpenAI API, in locust: most ask, some leave early, some send invalid requests.

An invalid request counts as an error unless it is rejected with the right status; any other unless it is answered.
"""

import json
from typing import Any, ClassVar

from locust import HttpUser, between, task

_TOPICS = ("bread", "rivers", "stars", "chess", "bridges", "tea", "ships", "clocks")
_LONG = "The library opens at nine and closes at five, and on Sundays it stays closed. " * 40
_SCHEMA = {
    "type": "object",
    "properties": {"kind": {"enum": ["animal", "plant"]}},
    "required": ["kind"],
    "additionalProperties": False,
}
_NONSENSE: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("unknown model", {"model": "no-such-model"}, 404),
    ("no messages", {"messages": []}, 400),
    ("temperature", {"temperature": 9}, 400),
    ("unknown field", {"nonsense": 1}, 400),
    ("too long", {"messages": [{"role": "user", "content": "word " * 20_000}]}, 400),
)


class Customer(HttpUser):
    """A user with many questions."""

    wait_time = between(0.2, 1.5)
    _count: ClassVar[int] = 0

    def on_start(self) -> None:
        """Lists the model, its adapters and the embedding model."""
        *self.models, self.embedder = (model["id"] for model in self.client.get("/v1/models").json()["data"])

    def _body(self, text: str, **more: Any) -> dict[str, Any]:
        message = [{"role": "user", "content": text}]
        return {"model": self.models[0], "messages": message, "max_tokens": 24, "temperature": 0.7, **more}

    def _topic(self) -> str:
        Customer._count += 1
        return f"{_TOPICS[Customer._count % len(_TOPICS)]} ({Customer._count})"

    @task(6)
    def ask(self) -> None:
        """A question with or without an adapter."""
        text = f"Tell me about {self._topic()}."
        self._post("chat", self._body(text, model=self.models[Customer._count % len(self.models)]))

    @task(3)
    def listen(self) -> None:
        """A streamed answer, read to its end."""
        self._stream("stream", self._topic(), None)

    @task(3)
    def leave(self) -> None:
        """A streamed answer, abandoned early."""
        self._stream("left early", self._topic(), 3)

    @task(2)
    def ask_about_a_document(self) -> None:
        """A question with a long prefix shared by all users."""
        self._post("shared beginning", self._body(f"{_LONG}\n\nWhat about {self._topic()}?", max_tokens=8))

    @task(1)
    def fill_in(self) -> None:
        """An answer that follows a schema."""
        form = {"type": "json_schema", "json_schema": {"name": "kind", "schema": _SCHEMA}}
        self._post("schema", self._body(f"What are {self._topic()}?", response_format=form))

    @task(1)
    def embed(self) -> None:
        """Embeddings."""
        self._post("embeddings", {"model": self.embedder, "input": [self._topic(), "hello"]}, path="/v1/embeddings")

    @task(2)
    def ask_nonsense(self) -> None:
        """An invalid request, which must be rejected with a message."""
        Customer._count += 1
        name, wrong, status = _NONSENSE[Customer._count % len(_NONSENSE)]
        body = {**self._body("Hi"), **wrong}
        with self.client.post("/v1/chat/completions", json=body, name=f"nonsense: {name}", catch_response=True) as got:
            if got.status_code == status and got.json()["error"]["message"]:
                got.success()
            else:
                got.failure(f"{got.status_code} instead of {status}")

    def _post(self, name: str, body: dict[str, Any], path: str = "/v1/chat/completions") -> None:
        with self.client.post(path, json=body, name=name, catch_response=True) as got:
            if got.status_code != 200:
                got.failure(f"{got.status_code}: {got.text[:200]}")

    def _stream(self, name: str, topic: str, pieces: int | None) -> None:
        body = self._body(f"Tell me about {topic}.", stream=True)
        with self.client.post("/v1/chat/completions", json=body, name=name, stream=True, catch_response=True) as got:
            if got.status_code != 200:
                got.failure(f"{got.status_code}: {got.text[:200]}")
                return
            last = ""
            for number, line in enumerate(line for line in got.iter_lines() if line):
                last = line.decode()
                if number == pieces:
                    return
                if last != "data: [DONE]" and "error" in json.loads(last.removeprefix("data: ")):
                    got.failure(f"an error in the stream: {last[:200]}")
                    return
            if last != "data: [DONE]":
                got.failure("the stream broke off")
