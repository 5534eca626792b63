"""The public face of the suite. The name comes from the article that the project began with; there is no affiliation."""

from core.chat import ConversationModel, TextGenerator
from core.engine.request import Chunk, Message, SamplingParams
from core.engine.runner import open_engine

__all__ = ["Chunk", "ConversationModel", "Message", "SamplingParams", "TextGenerator", "open_engine"]
