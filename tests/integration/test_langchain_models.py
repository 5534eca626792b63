"""R1 for LangChain with the default models: langchain-tests' own integration tests."""

from collections.abc import Iterator
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, ClassVar

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests, EmbeddingsIntegrationTests

from core.engine.request import Engine, SamplingParams
from core.engine.runner import local_engine
from core.langchain import R1ChatModel, R1Embeddings
from core.settings import Settings
from knowledge.retrieval.embed import BgeSmall, Embedder

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """The suite's coroutines run on asyncio."""
    return "asyncio"


class TestChatModel(ChatModelIntegrationTests):
    """Tools, images, sound and files are not supported, which is what the suite takes for granted."""

    engine: ClassVar[Engine]

    @property
    def has_tool_calling(self) -> bool:
        return False

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _loaded(cls, home: Path) -> Iterator[None]:
        engine = cls.engine = local_engine(Settings(home=home, model="smollm2-135m-instruct"))
        yield
        engine.close()

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return R1ChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"engine": self.engine, "params": SamplingParams(temperature=0, repetition_penalty=1.1, max_tokens=100)}

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        """Without the retries of a service: unknown parameters are refused."""
        return {"temperature": 0, "max_tokens": 100, "timeout": 60, "stop": []}

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        """Adapters are models that a call may name; the default model has none, so this is its own name."""
        return self.engine.model_name

    @property
    def supported_usage_metadata_details(self) -> dict[Any, list[Any]]:
        return {"invoke": ["cache_read_input"], "stream": ["cache_read_input"]}

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        model = R1ChatModel(engine=self.engine, max_tokens=2)
        question = "Please tell me more about fruits. " * 10
        model.invoke(question)
        message = reduce(add, model.stream(question)) if stream else model.invoke(question)
        assert message.usage_metadata
        assert message.usage_metadata["input_token_details"]["cache_read"] > 16
        return message


class TestEmbeddings(EmbeddingsIntegrationTests):
    embedder: ClassVar[Embedder]

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _loaded(cls, home: Path) -> None:
        cls.embedder = BgeSmall(home / "models" / BgeSmall.name)

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return R1Embeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"encoder": self.embedder}
