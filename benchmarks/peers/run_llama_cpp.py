"""Worker: llama.cpp through llama-cpp-python."""

import re
import time
from typing import Any

import llama_cpp
from worker import Generate, serve


def load(request: dict[str, Any]) -> tuple[Generate, str, str]:
    """Flash attention stays off: on a processor it made 8K prompts slower to read and to continue."""
    prompt, new_tokens, threads = request["prompt"], request["new_tokens"], request["threads"]
    model = llama_cpp.Llama(
        request["gguf"],
        n_ctx=len(prompt) + new_tokens,
        n_batch=2048,  # llama.cpp's own default
        n_threads=threads,
        n_threads_batch=threads,
        flash_attn=False,
        verbose=False,
    )

    def generate() -> tuple[float, float]:
        model.reset()  # or the prompt would be found in the cache
        begin = time.perf_counter()
        tokens = model.generate(prompt, temp=0.0)
        next(tokens)
        first = time.perf_counter()
        for _ in range(new_tokens - 1):
            next(tokens)
        return first - begin, (new_tokens - 1) / (time.perf_counter() - first)

    vectors = " ".join(re.findall(r"(AVX\w*|NEON|SVE) = 1", llama_cpp.llama_print_system_info().decode()))
    precision = "weights as in the file, int8 activations, f16 KV cache"
    return generate, precision, f"llama-cpp-python {llama_cpp.__version__} ({vectors})"


if __name__ == "__main__":
    serve(load)
