"""The calls that the founding article shows, with the default model and the sample company."""

import importlib.metadata
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import deepseek_r1
from apps.support.bot import CustomerServiceBot
from apps.support.service import SupportService
from core.engine.request import Engine
from core.errors import (
    EngineError,
    InputFormatError,
    InvalidRequestError,
    KnowledgeError,
    SettingsError,
    UnknownModelError,
)
from deepseek_r1 import PRESETS, ConversationModel, Model, SamplingParams, TextGenerator, open_engine
from tests.unit.core.fake_openai_server import FakeServer, model, serving

SAMPLE = Path(__file__).parents[2] / "apps/support/sample_company"


@pytest.fixture(autouse=True)
def environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R1_HOME", str(home))


@pytest.fixture(scope="module")
def engine(home: Path) -> Iterator[Engine]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("R1_HOME", str(home))
        engine = open_engine("smollm2-135m-instruct")
    yield engine
    engine.close()


def test_version_is_that_of_the_package() -> None:
    assert Model.get_version() == importlib.metadata.version("r1-suite")


def test_text_is_generated(caplog: pytest.LogCaptureFixture) -> None:
    """The article's device is not here: the processor stands in, and the log says so."""
    with pytest.warns(UserWarning, match=r"deepseek-r1-base is a name .* smollm2-135m-instruct is loaded") as warned:
        generator = TextGenerator(
            model_path="deepseek-r1-base",
            device="cuda:9",
            temperature=0.0,
            max_length=8,
            top_p=0.95,
            repetition_penalty=1.0,
        )
    assert [each.filename for each in warned if each.category is UserWarning] == [__file__]
    assert generator.generate("1, 2, 3, 4,").startswith(" 5, 6")
    told = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    told = [message for message in told if "kernels" not in message]  # which are compiled once on a machine
    assert told == ["Device 'cuda:9' is not available on this machine: the model runs on the processor"]


def test_engine_has_the_adapters_that_come_with_the_suite(engine: Engine) -> None:
    assert engine.adapters == ("finance", "legal", "medical", "support")
    conversation = ConversationModel(engine, params=SamplingParams(max_tokens=4))
    assert conversation.generate("What is a fever?", adapter="medical")


def test_engine_is_the_server_where_the_settings_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(FakeServer(models=[model("big"), model("small")])) as fake:
        monkeypatch.setenv("R1_ENGINE", "openai")
        monkeypatch.setenv("R1_ENGINE_URL", fake.url)
        engine = open_engine("small")
        assert (engine.model_name, ConversationModel(engine).generate("Hello")) == ("small", "Hi.")
        with pytest.raises(SettingsError, match="no model 'other'"):
            open_engine("other")
        with pytest.raises(SettingsError, match="decides about device and precision"):
            open_engine("small", device="cpu")


def test_conversation_remembers_its_window() -> None:
    with pytest.warns(UserWarning, match="deepseek-r1-chat"):
        conversation = ConversationModel(
            model_path="deepseek-r1-chat", history_window=5, params=PRESETS["professional"]
        )
    with conversation:
        answer = conversation.generate("Name the capital of France.", adapter="medical")
    assert isinstance(answer, str)
    assert [message.content for message in conversation.history] == ["Name the capital of France.", answer]
    with pytest.raises(EngineError, match="shutting down"):
        conversation.generate("And of Italy?")


def test_model_has_any_name_that_the_suite_knows(home: Path, engine: Engine, recwarn: pytest.WarningsRecorder) -> None:
    folder = home / "models" / "smollm2-135m-instruct"
    generator = TextGenerator(model_path=str(folder), temperature=0, max_length=4, repetition_penalty=1)
    assert generator.generate("1, 2, 3, 4,") == TextGenerator(
        engine, temperature=0, max_length=4, repetition_penalty=1
    ).generate("1, 2, 3, 4,")
    assert not [each for each in recwarn if "article" in str(each.message)]
    with pytest.raises(UnknownModelError, match="r1 models list"):
        ConversationModel(model_path="no-such-model")


def test_parameters_are_checked_before_a_model_is_loaded() -> None:
    with pytest.raises(InvalidRequestError, match="temperature"):
        TextGenerator(model_path="no-such-model", temperature=3)


@pytest.fixture(scope="module")
def bot(home: Path, tmp_path_factory: pytest.TempPathFactory) -> CustomerServiceBot:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("R1_HOME", str(home))
        patched.setenv("R1_DATABASE_URL", f"sqlite:///{tmp_path_factory.mktemp('bot') / 'r1.db'}")
        return CustomerServiceBot()


def vetted(bot: CustomerServiceBot) -> list[str]:
    service: SupportService = bot._service
    return [entry.answer for entry in service.library.entries]


def test_bot_answers_in_the_words_of_the_faq(bot: CustomerServiceBot) -> None:
    assert bot.respond("How do I close my account?") in vetted(bot)
    assert bot.respond("怎么注销账户？") in vetted(bot)


def test_bot_says_that_it_does_not_know(bot: CustomerServiceBot) -> None:
    said = bot.respond("What is the capital of Australia?")
    assert said.startswith("I found nothing in our help pages")
    assert "\n- " not in said, "no article has a word of the question"


def test_bot_greets_and_names_the_team(bot: CustomerServiceBot) -> None:
    assert bot.respond("hello") == "How can I help you?"
    company = bot._service.company
    said = bot.respond("I want to talk to a person")
    assert company.phone in said
    assert company.email in said
    with pytest.raises(InputFormatError):
        bot.respond(" ")


def test_bot_remembers_the_conversation(bot: CustomerServiceBot) -> None:
    fresh = CustomerServiceBot(service=bot._service)
    fresh.respond("How can I send money to my brother in Brazil?")
    fresh.respond("and how much does that cost?")
    assert fresh._conversation.turns[1].standalone.startswith("How can I send money to my brother in Brazil?")
    with pytest.raises(TypeError):
        CustomerServiceBot("faq.json", service=bot._service)


def test_bot_reads_a_faq_of_ones_own(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"company\.toml"):
        CustomerServiceBot(tmp_path / "faq.json")
    shutil.copy(SAMPLE / "company.toml", tmp_path)
    faq = tmp_path / "faq.json"
    faq.write_text(
        '{"version": 1, "entries": [{"id": "tea", "language": "en", "questions": ["When is tea served?"],'
        ' "answer": "At five.", "updated": "2026-01-01"}, {"id": "arabic", "language": "en",'
        ' "questions": ["هل لديكم معلومات بالعربية؟"], "answer": "Call us.", "updated": "2026-01-01"}]}',
        "utf-8",
    )
    bot = CustomerServiceBot(faq)
    assert bot.respond("When is tea served?") == "At five."
    assert bot.respond("هل لديكم معلومات بالعربية؟") == "Call us.", "a wording, whatever was asked before"


def test_everything_that_is_exported_is_there() -> None:
    assert all(hasattr(deepseek_r1, name) for name in deepseek_r1.__all__)
