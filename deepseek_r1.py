"""The public API of the suite; its name comes from the article that docs/python.md explains, without affiliation.

Names are imported lazily, so that using one loads only what it needs.
"""

import importlib
import importlib.metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same for type checkers; a test compares the two
    from apps.support.bot import CustomerServiceBot as CustomerServiceBot
    from core.chat import ConversationModel as ConversationModel
    from core.chat import TextGenerator as TextGenerator
    from core.engine.open import open_engine as open_engine
    from core.engine.request import PRESETS as PRESETS
    from core.engine.request import Chunk as Chunk
    from core.engine.request import Message as Message
    from core.engine.request import SamplingParams as SamplingParams
    from core.errors import R1Error as R1Error
    from core.langchain import R1ChatModel as R1ChatModel
    from core.langchain import R1Embeddings as R1Embeddings
    from core.lora.config import LoraConfig as LoraConfig
    from core.lora.config import Recipe as Recipe
    from core.lora.trainer import Trainer as Trainer
    from core.model.attention import register as register
    from knowledge.retrieval.embed import open_embeddings as open_embeddings

_NAMES = {
    "apps.support.bot": ("CustomerServiceBot",),
    "core.chat": ("ConversationModel", "TextGenerator"),
    "core.engine.open": ("open_engine",),
    "core.engine.request": ("PRESETS", "Chunk", "Message", "SamplingParams"),
    "core.errors": ("R1Error",),
    "core.langchain": ("R1ChatModel", "R1Embeddings"),
    "core.lora.config": ("LoraConfig", "Recipe"),
    "core.lora.trainer": ("Trainer",),
    "core.model.attention": ("register",),
    "knowledge.retrieval.embed": ("open_embeddings",),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted([*_MODULES, "Model"])


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
