"""The engines that R1 is compared with, each in its own virtual environment and process.

For fairness, all use the same weights, token ids and number of threads, greedy decoding, no prefix cache, one
unmeasured run followed by medians, and the settings of each engine that were fastest for one long prompt.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .venvs import PeerError, python_of, reason
from .weights import q4_1, q8_0

__all__ = ["PeerError", "PeerRun", "llama_cpp", "llama_cpp_batch", "openvino", "q4_1", "q8_0"]

_TIME_LIMIT_S = 1800
_REPEATS = 3


@dataclass(frozen=True, slots=True)
class PeerRun:
    """A peer's timings on one prompt, medians of the repeats.

    ``ttft_s`` is the time to the first token, ``decode_tokens_per_s`` the speed of the tokens after it.
    """

    prompt_tokens: int
    ttft_s: float
    decode_tokens_per_s: float
    precision: str


def openvino(
    gguf: Path, *, sparse: bool, prompts: Sequence[Sequence[int]], new_tokens: int, threads: int
) -> list[PeerRun]:
    """OpenVINO GenAI's ``LLMPipeline``; ``sparse`` prefills with XAttention at its default threshold of 0.8.

    Args:
        prompts: token ids; how much attention XAttention keeps, and so the time, depends on the content.
        new_tokens: how many to generate, at least 2.

    Raises:
        PeerError: it could not be installed or did not run.
    """
    request = {"gguf": str(gguf), "sparse": sparse, "new_tokens": new_tokens, "threads": threads}
    return [_measure("openvino", {**request, "prompt": list(prompt)}) for prompt in prompts]


def llama_cpp(gguf: Path, *, prompts: Sequence[Sequence[int]], new_tokens: int, threads: int) -> list[PeerRun]:
    """llama.cpp as shipped in ``xllamacpp``; otherwise as :func:`openvino`."""
    request = {"gguf": str(gguf), "new_tokens": new_tokens, "threads": threads}
    return [_measure("llama_cpp", {**request, "prompt": list(prompt)}) for prompt in prompts]


def llama_cpp_batch(gguf: Path, *, prompts: Sequence[Sequence[int]], new_tokens: int, threads: int) -> float:
    """llama.cpp's server answering all prompts at once: median of the total tokens per second."""
    request = {"gguf": str(gguf), "new_tokens": new_tokens, "threads": threads}
    return float(_work("llama_cpp", "run_llama_cpp_batch.py", {**request, "prompts": [list(ids) for ids in prompts]}))


def _measure(peer: str, request: dict[str, Any]) -> PeerRun:
    """Measures one prompt in a worker process."""
    try:
        return PeerRun(**_work(peer, f"run_{peer}.py", request))
    except TypeError as error:
        raise PeerError(f"{peer} did not run ({reason(error)})") from error


def _work(peer: str, script: str, request: dict[str, Any]) -> Any:
    """The JSON value that a worker process prints as its last line."""
    command = [str(python_of(peer)), str(Path(__file__).with_name(script))]
    # R1's setting for its own threads, see core/__init__.py, must not affect peers
    env = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    options: dict[str, Any] = {"capture_output": True, "text": True, "timeout": _TIME_LIMIT_S, "check": True}
    try:
        done = subprocess.run(command, input=json.dumps({**request, "repeats": _REPEATS}), env=env, **options)
        return json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise PeerError(f"{peer} did not run ({reason(error)})") from error
