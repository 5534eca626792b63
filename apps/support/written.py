"""Text written by the model for the support chat, which also works without it."""

from core.engine.request import Engine, Message, Request, SamplingParams, complete
from core.errors import R1Error


def written(engine: Engine, prompt: str, *, adapter: str, tokens: int, seconds: float) -> str:
    """The model's text; empty if it fails or does not finish.

    Args:
        adapter: empty for the model alone.
        tokens: maximum length.
        seconds: time limit.
    """
    request = Request(
        messages=(Message("user", prompt),),
        params=SamplingParams(temperature=0, repetition_penalty=1, max_tokens=tokens),
        adapter=adapter,
        timeout_s=seconds,
    )
    try:
        answer = complete(engine, request)
    except R1Error:  # a remote server may also reject the key or lack the model
        return ""
    return answer.text.strip() if answer.finish_reason == "stop" else ""
