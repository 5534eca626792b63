"""The config of a llama states what transformers' own does."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaConfig as OfTransformers

from core.model.llama_config import LlamaConfig

_SIZES = st.sampled_from([None, 1, 2, 4])
_ROPES: list[dict[str, Any]] = [
    {},
    {"rope_theta": 50_000.0},  # as transformers 4 wrote it
    {"rope_theta": 50_000.0, "rope_scaling": None},
    {"rope_parameters": {"rope_type": "default", "rope_theta": 50_000.0}},
    {"rope_scaling": {"type": "linear", "factor": 2.0}},
    {"rope_theta": 50_000.0, "rope_scaling": {"rope_type": "yarn", "factor": 2.0}},
    {
        "rope_scaling": {
            "rope_type": "llama3",
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 64,
        }
    },
]


@given(
    st.fixed_dictionaries(
        {"hidden_size": st.sampled_from([8, 16]), "num_attention_heads": st.sampled_from([1, 2, 4])},
        optional={
            "vocab_size": st.integers(8, 100),
            "num_key_value_heads": _SIZES,
            "head_dim": _SIZES,
            "hidden_act": st.sampled_from(["silu", "gelu"]),
            "max_position_embeddings": st.integers(128, 256),
            "rms_norm_eps": st.sampled_from([1e-5, 1e-6]),
            "tie_word_embeddings": st.booleans(),
            "eos_token_id": st.sampled_from([None, 3, [3, 4]]),
            "quantization_config": st.just({"quant_method": "fp8"}),
        },
    ),
    st.sampled_from(_ROPES),
)
def test_it_states_what_transformers_states(fields: dict[str, Any], rope: dict[str, Any]) -> None:
    ours, theirs = LlamaConfig.from_dict(fields | rope), OfTransformers.from_dict(fields | rope)
    read = [name for name in LlamaConfig.__annotations__ if name != "model_type"] + ["quantization_config"]
    assert {name: getattr(ours, name, None) for name in read} == {name: getattr(theirs, name, None) for name in read}
