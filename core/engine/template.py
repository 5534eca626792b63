"""A conversation as the text and the tokens that a model reads, the same in serving and in training."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ..errors import InvalidRequestError
from .request import Message

_CUT = "\ufdd0"  # a Unicode noncharacter: for internal use by programs, never part of a text


def render(tokenizer: Any, messages: Sequence[Message], *, answered: bool = False) -> str:
    """The text of a conversation by the model's chat template; plain lines for a base model, which has none.

    Meant for :func:`tokenize`: message contents are escaped by :func:`as_text`.

    Args:
        answered: the last message is the answer; otherwise the text ends where the answer begins.

    Raises:
        InvalidRequestError: the template rejects these roles or their order, or is broken.
    """
    from jinja2 import TemplateError

    turns = [{"role": message.role, "content": as_text(tokenizer, message.content)} for message in messages]
    if tokenizer.chat_template is None:
        lines = "\n".join(f"{turn['role']}: {turn['content']}" for turn in turns)
        return lines if answered else f"{lines}\nassistant:"
    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=not answered))
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        if type(error) is TemplateError:  # from the template's own raise_exception
            raise InvalidRequestError(
                "The model's chat template does not take these roles",
                hint="Let user and assistant take turns, beginning and ending with the user",
            ) from None
        raise InvalidRequestError(
            f"The model's chat template has a mistake ({type(error).__name__})",
            hint="Fix chat_template.jinja in the model's folder",
        ) from None


def tokenize(tokenizer: Any, rendered: str) -> list[int]:
    """Tokens of a rendered conversation. Only the template's own special tokens count as such."""
    pieces = rendered.split(_CUT)
    return [token for piece in pieces for token in tokenizer(piece, add_special_tokens=False)["input_ids"]]


def as_text(tokenizer: Any, content: str) -> str:
    """Message content with every special token in it cut in two, so that no text can begin or end a turn."""
    return _special_tokens(tokenizer).sub(rf"\g<0>{_CUT}", content)


@lru_cache(maxsize=4)
def _special_tokens(tokenizer: Any) -> re.Pattern[str]:
    """A pattern for the first character of each special token."""
    added = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
    names = "|".join(re.escape(name) for name in added if len(name) > 1)  # a single character cannot be cut
    return re.compile(f"(?={names}).", re.DOTALL) if names else re.compile("(?!)")
