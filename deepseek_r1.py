"""The public face of the suite; its name comes from the article that the project began with, without affiliation."""

import importlib.metadata

from apps.engine import open_engine
from apps.support.bot import CustomerServiceBot
from core.chat import ConversationModel, TextGenerator
from core.engine.request import PRESETS, Chunk, Message, SamplingParams
from core.lora.config import LoraConfig
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
    "SamplingParams",
    "TextGenerator",
    "Trainer",
    "open_engine",
    "register",
]


class Model:
    """The installed suite."""

    @staticmethod
    def get_version() -> str:
        """Its version, such as ``0.1.0``."""
        return importlib.metadata.version("r1-suite")
