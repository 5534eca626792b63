"""Shared by the workers, which run without R1 installed: they read a request from stdin and print the result."""

import json
import statistics
import sys
from collections.abc import Callable
from typing import Any

Generate = Callable[[], tuple[float, float]]
"""One greedy generation: seconds to the first token, and tokens per second after it."""


def serve(load: Callable[[dict[str, Any]], tuple[Generate, str]]) -> None:
    """Measures a request; ``load`` turns it into a function that generates, and a description of the precision."""
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
