"""The public API of the suite; its name comes from the article that the project began with, without affiliation.

Names are imported lazily, so that using one loads only what it needs.
"""

import importlib
import importlib.metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apps.support.bot import CustomerServiceBot
    from core.chat import ConversationModel, TextGenerator
    from core.engine.open import open_engine
    from core.engine.request import PRESETS, Chunk, Message, SamplingParams
    from core.errors import R1Error
    from core.lora.config import LoraConfig, Recipe
    from core.lora.trainer import Trainer
    from core.model.attention import register

__all__ = [
    "PRESETS",
    "Chunk",
    "ConversationModel",
    "CustomerServiceBot",
    "LoraConfig",
    "Message",
    "Model",
    "R1Error",
    "Recipe",
    "SamplingParams",
    "TextGenerator",
    "Trainer",
    "open_engine",
    "register",
]

_MODULES = {
    "PRESETS": "core.engine.request",
    "Chunk": "core.engine.request",
    "ConversationModel": "core.chat",
    "CustomerServiceBot": "apps.support.bot",
    "LoraConfig": "core.lora.config",
    "Message": "core.engine.request",
    "R1Error": "core.errors",
    "Recipe": "core.lora.config",
    "SamplingParams": "core.engine.request",
    "TextGenerator": "core.chat",
    "Trainer": "core.lora.trainer",
    "open_engine": "core.engine.open",
    "register": "core.model.attention",
}


def __getattr__(name: str) -> Any:
    """Lazy import (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})


__version__ = importlib.metadata.version("r1-suite")


class Model:
    """The installed suite, under the name that the article gives it; not a language model."""

    @staticmethod
    def get_version() -> str:
        """Its version, such as ``0.1.0``."""
        return __version__
