"""The adapter for a message, and a server of the language model alone."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.engine.open import adapters_for, open_engine
from core.engine.request import Engine
from core.errors import SettingsError
from core.settings import Settings

from .process import quiet_libraries

if TYPE_CHECKING:
    from core.server.drain import Drain
    from core.server.health import Check
    from core.server.metrics import Metrics
    from knowledge.retrieval.embed import Embedder


def check_domain(domain: str, settings: Settings) -> None:
    """Tells a mistake before a model of this machine is loaded, which may take minutes.

    Raises:
        SettingsError: there is no adapter of this domain, or R1_ADAPTERS is wrong.
    """
    if settings.engine == "local":
        from core.engine.runner import adapter_folders

        _require_adapter(domain, [folder.name for folder in adapter_folders(adapters_for(settings))])


def _require_adapter(domain: str, adapters: Sequence[str]) -> None:
    if domain not in ("auto", "none", *adapters):
        there = ", ".join(("auto", "none", *adapters))
        raise SettingsError(f"There is no adapter of {domain}", hint=f"Choose one of {there}")


def adapter_chooser(domain: str, engine: Engine) -> Callable[[str], str]:
    """A function that names the adapter for a message; an empty name is the model alone.

    Args:
        domain: of all messages; ``none`` for no adapter, ``auto`` decides by message.

    Raises:
        SettingsError: there is no adapter of this domain.
    """
    if domain == "auto":
        from knowledge.domains.router import Router
        from knowledge.retrieval.embed import MultilingualUSE

        router = Router(MultilingualUSE())
        return lambda message: chosen if (chosen := router.route(message).domain) in engine.adapters else ""
    _require_adapter(domain, engine.adapters)
    return lambda message: "" if domain == "none" else domain


@dataclass(frozen=True, slots=True)
class ModelServer:
    """The services of a server of the language model alone."""

    settings: Settings
    engine: Engine
    embedder: "Embedder"
    metrics: "Metrics"
    drain: "Drain"
    checks: "dict[str, Check]"


def build_model(settings: Settings) -> ModelServer:
    """Builds what answers requests to the model, with everything loaded.

    Raises:
        SettingsError: there are no API keys, without which everybody could use it.
        R1Error: the model is missing or unfit; the message says what to do.
    """
    if settings.api_keys is None:
        raise SettingsError("A model without API keys would answer everybody", hint="Set R1_API_KEYS")
    quiet_libraries()
    from core.server.drain import Drain
    from core.server.health import engine_check
    from core.server.metrics import Metrics
    from knowledge.retrieval.embed import MultilingualUSE

    engine = open_engine(settings=settings)
    metrics, drain = Metrics(), Drain()
    metrics.watch(engine)
    metrics.started.set(time.time())
    return ModelServer(settings, engine, MultilingualUSE(), metrics, drain, {"engine": engine_check(engine, drain)})
