"""The model as the engine runs it: a checkpoint of transformers in a decoder of our own, with its memory.

A checkpoint becomes a decoder:

    load          what a folder holds, unchanged, to run as R1
    convert       GGUF weights to safetensors, once
    convert_e5    the embedding multilingual-e5-small to a folder that transformers loads, once
    llama_config  the config of a llama, without what transformers' own brings along
    precision     the device, and the number formats that it computes in
    heap          the process's memory: large room, and what is given back

The decoder:

    decoder       llama, qwen2, qwen3 and gemma3 in one forward pass over the steps of many requests
    layer         one layer, and how its weights are taken out of a checkpoint
    int8          runs the layers in INT8, on a processor
    float_layers  runs the layers in a floating format, on any device
    quantize      linear maps in INT8 or in a floating format
    int8_matmul   products of INT8 rows, whichever way is the fastest on this processor
    kernels       what int8 calls, compiled by numba; its files say what each has
    rope          positions
    self_extend   positions beyond the trained length
    memory        keys and values in the blocks of a pool, or of one sequence within a limit

Attention:

    dense         short prompts, the end of long ones, sliding windows
    sparse        prompts beyond that, by blocks; and the policies
    flex          the same on a GPU
    pages         tokens of an answer, outside of the kernels
    attention     for models of transformers: ``register()``
"""
