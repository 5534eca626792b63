"""What the workers share. They run where R1 is not installed: a request comes on stdin, a result leaves on stdout."""

import json
import resource
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Generate = Callable[[], tuple[float, float]]
"""One greedy generation: seconds to the first token, and tokens per second after it."""


def serve(load: Callable[[dict[str, Any]], tuple[Generate, str, str]]) -> None:
    """Measures what ``load`` makes of the request: how to generate, the precision in words, the version."""
    request = json.load(sys.stdin)
    generate, precision, version = load(request)
    generate()  # the first run allocates and compiles
    ttft, rate = zip(*(generate() for _ in range(request["repeats"])), strict=True)
    result = {
        "prompt_tokens": len(request["prompt"]),
        "ttft_s": statistics.median(ttft),
        "decode_tokens_per_s": statistics.median(rate),
        "peak_rss_mb": _peak_rss_mb(),
        "precision": precision,
        "version": version,
    }
    print(json.dumps(result))


def _peak_rss_mb() -> float:
    status = Path("/proc/self/status")
    if status.is_file():  # ru_maxrss of Linux starts with the memory of the process that started this one
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS
