"""What the model writes for the support chat, which can do without it."""

from core.engine.request import Engine, Message, Request, SamplingParams, complete
from core.errors import R1Error


def written(engine: Engine, prompt: str, *, adapter: str, tokens: int, seconds: float) -> str:
    """What the model writes; empty where it fails or does not come to an end.

    Args:
        adapter: empty for the model alone.
        tokens: the most that it may write.
        seconds: the most that it may take.
    """
    request = Request(
        messages=(Message("user", prompt),),
        params=SamplingParams(temperature=0, repetition_penalty=1, max_tokens=tokens),
        adapter=adapter,
        timeout_s=seconds,
    )
    try:
        answer = complete(engine, request)
    except R1Error:  # another server may also refuse the key, or have lost the model
        return ""
    return answer.text.strip() if answer.finish_reason == "stop" else ""
