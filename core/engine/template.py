"""A conversation as the text that a model reads: the same when it serves and when it is trained."""

from collections.abc import Sequence
from typing import Any

from ..errors import InvalidRequestError
from .request import Message


def render(tokenizer: Any, messages: Sequence[Message], *, answered: bool = False) -> str:
    """The text of a conversation by the model's chat template; plain lines for a base model, which has none.

    Args:
        answered: the last message is the answer; otherwise the text ends where the answer begins.

    Raises:
        InvalidRequestError: the template refuses these roles or their order.
    """
    from jinja2 import TemplateError

    turns = [{"role": message.role, "content": message.content} for message in messages]
    if tokenizer.chat_template is None:
        lines = "\n".join(f"{turn['role']}: {turn['content']}" for turn in turns)
        return lines if answered else f"{lines}\nassistant:"
    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=not answered))
    except TemplateError:
        raise InvalidRequestError(
            "The model's chat template does not take these roles",
            hint="Let user and assistant take turns, beginning and ending with the user",
        ) from None
