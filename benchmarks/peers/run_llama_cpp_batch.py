"""Worker: llama.cpp's server with a slot for each prompt, all asked concurrently."""

import json
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import xllamacpp


def main() -> None:
    """Prints the median of total tokens per second."""
    request = json.load(sys.stdin)
    prompts, new_tokens = request["prompts"], request["new_tokens"]
    params = xllamacpp.CommonParams()
    params.model.path = request["gguf"]
    params.n_parallel = len(prompts)
    params.n_ctx = len(prompts) * 512
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = request["threads"]
    server = xllamacpp.Server(params)

    def ask(prompt: list[int]) -> int:
        wanted = {"prompt": prompt, "n_predict": new_tokens, "ignore_eos": True, "temperature": 0}
        answer: dict[str, Any] = server.handle_completions({**wanted, "cache_prompt": False})
        return int(answer["timings"]["predicted_n"])

    speeds = []
    for _ in range(1 + request["repeats"]):
        begin = time.perf_counter()
        with ThreadPoolExecutor(len(prompts)) as pool:
            tokens = sum(pool.map(ask, prompts))
        speeds.append(tokens / (time.perf_counter() - begin))
    print(json.dumps(statistics.median(speeds[1:])))


if __name__ == "__main__":
    main()
