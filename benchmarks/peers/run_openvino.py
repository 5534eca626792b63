"""Worker: OpenVINO GenAI on the CPU."""

from functools import partial
from typing import Any

import numpy as np
import openvino
import openvino_genai as genai
from worker import Generate, serve


def load(request: dict[str, Any]) -> tuple[Generate, str]:
    """Sets the scheduler config, because the default caches prompts: a repeated one would cost nothing."""
    scheduler = genai.SchedulerConfig()
    scheduler.enable_prefix_caching = False
    scheduler.max_num_batched_tokens = 4096  # the fastest from 256 (the default) to 8,192, most of all if sparse
    if request["sparse"]:
        scheduler.use_sparse_attention = True
        scheduler.sparse_attention_config = genai.SparseAttentionConfig(mode=genai.SparseAttentionMode.XATTENTION)
    pipeline = genai.LLMPipeline(
        request["gguf"], "CPU", scheduler_config=scheduler, INFERENCE_NUM_THREADS=request["threads"]
    )
    ids = np.array([request["prompt"]])
    inputs = genai.TokenizedInputs(openvino.Tensor(ids), openvino.Tensor(np.ones_like(ids)))
    config = genai.GenerationConfig(max_new_tokens=request["new_tokens"], ignore_eos=True)

    def generate() -> tuple[float, float]:
        metrics = pipeline.generate(inputs, config).perf_metrics
        counted = metrics.get_num_input_tokens(), metrics.get_num_generated_tokens()
        if counted != (len(request["prompt"]), request["new_tokens"]):
            raise RuntimeError(f"counted {counted} tokens of prompt and answer")
        return metrics.get_ttft().mean / 1000, 1000 / metrics.get_tpot().mean

    chosen = partial(openvino.Core().get_property, "CPU")
    hint, cache = (chosen(name).get_type_name() for name in ("INFERENCE_PRECISION_HINT", "KV_CACHE_PRECISION"))
    activations = f"activations {hint} and int8 in groups of {chosen('DYNAMIC_QUANTIZATION_GROUP_SIZE')}"
    return generate, f"weights of the file as u4/u8 in groups of 32, {activations}, {cache} KV cache"


if __name__ == "__main__":
    serve(load)
