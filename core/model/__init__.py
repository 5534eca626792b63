"""The model as the engine runs it: a transformers checkpoint in the suite's own decoder, with its KV cache.

From a checkpoint to a decoder:

    load          loads a checkpoint's folder unchanged
    convert       GGUF weights to safetensors, once
    convert_e5    the embedding model multilingual-e5-small to a transformers folder, once
    convert_onnx  the embedding model bge-small-en to a transformers folder, once
    llama_config  a llama's config, without the heavy imports of transformers' own
    precision     the device and the number formats
    heap          memory from the system, and returning it

The decoder:

    decoder       llama, qwen2, qwen3 and gemma3 in one forward pass over the steps of many requests
    layer         one layer, and how its weights are taken from a checkpoint
    int8          runs the layers in INT8, on a CPU
    float_layers  runs the layers in a floating-point format, on any device
    quantize      linear maps in INT8 or in a floating-point format
    int8_matmul   INT8 matrix products by the fastest method on this CPU
    kernels       the numba kernels of int8; each file describes its own
    rope          positions
    self_extend   positions beyond the trained length
    memory        the KV cache: blocks of a shared pool, or a bounded memory of one sequence

Attention:

    dense         for short prompts, the end of long ones, sliding windows
    sparse        block-sparse, for longer prompts; the policies
    flex          the same on a GPU
    pages         for tokens of an answer, except in the INT8 kernels
    attention     for models of transformers: ``register()``
"""
