"""The public face of the suite; its name comes from the article that the project began with, without affiliation."""

from core.chat import ConversationModel, TextGenerator
from core.engine.request import Chunk, Message, SamplingParams
from core.engine.runner import open_engine

__all__ = ["Chunk", "ConversationModel", "Message", "SamplingParams", "TextGenerator", "open_engine"]
