"""A server of the language model alone."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.engine.open import open_engine
from core.engine.request import Engine
from core.errors import SettingsError
from core.settings import Settings

from .process import quiet_libraries

if TYPE_CHECKING:
    from core.server.drain import Drain
    from core.server.health import Check
    from core.server.metrics import Metrics
    from knowledge.retrieval.embed import Embedder


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
    """Builds the model server, with everything loaded.

    Raises:
        SettingsError: there are no API keys; without them everybody could use it.
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
