"""Worker: llama.cpp's server through xllamacpp, without HTTP."""

from typing import Any

import xllamacpp
from worker import Generate, serve


def load(request: dict[str, Any]) -> tuple[Generate, str]:
    """Flash attention stays off: on a processor it made 8K prompts slower to read and to continue."""
    prompt, new_tokens = request["prompt"], request["new_tokens"]
    params = xllamacpp.CommonParams()
    params.model.path = request["gguf"]
    params.n_ctx, params.n_parallel = len(prompt) + new_tokens, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = request["threads"]
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    server = xllamacpp.Server(params)
    wanted = {"prompt": prompt, "n_predict": new_tokens, "ignore_eos": True, "temperature": 0, "cache_prompt": False}

    def generate() -> tuple[float, float]:
        timings = server.handle_completions(wanted)["timings"]
        counted = timings["prompt_n"], timings["predicted_n"]
        if counted != (len(prompt), new_tokens):
            raise RuntimeError(f"counted {counted} tokens of prompt and answer")
        return timings["prompt_ms"] / 1000, timings["predicted_per_second"]

    return generate, "weights as in the file, int8 activations, f16 KV cache"


if __name__ == "__main__":
    serve(load)
