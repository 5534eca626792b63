"""What the workers share. They run where R1 is not installed: a request comes on stdin, a result leaves on stdout."""

import json
import statistics
import sys
from collections.abc import Callable
from typing import Any

Generate = Callable[[], tuple[float, float]]
"""One greedy generation: seconds to the first token, and tokens per second after it."""


def serve(load: Callable[[dict[str, Any]], tuple[Generate, str]]) -> None:
    """Measures what ``load`` makes of the request: how to generate, and the precision in words."""
    request = json.load(sys.stdin)
    generate, precision = load(request)
    generate()  # the first run allocates and compiles
    ttft, rate = zip(*(generate() for _ in range(request["repeats"])), strict=True)
    result = {
        "prompt_tokens": len(request["prompt"]),
        "ttft_s": statistics.median(ttft),
        "decode_tokens_per_s": statistics.median(rate),
        "precision": precision,
    }
    print(json.dumps(result))
