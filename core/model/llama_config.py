"""The config of a llama, without the heavy imports of transformers' own."""

from huggingface_hub.dataclasses import strict
from transformers.configuration_utils import PreTrainedConfig


@strict
class LlamaConfig(PreTrainedConfig):  # type: ignore[no-untyped-call]
    """The fields of transformers' ``LlamaConfig`` that :class:`~core.model.decoder.Decoder` needs, with its defaults.

    Importing the original loads torch's distributed tensors, sympy and accelerate: 50 MB that an engine never uses.
    """

    model_type = "llama"

    vocab_size: int = 32_000
    hidden_size: int = 4_096
    intermediate_size: int = 11_008
    num_hidden_layers: int = 32
    num_attention_heads: int = 32
    num_key_value_heads: int | None = None
    head_dim: int | None = None
    hidden_act: str = "silu"
    max_position_embeddings: int = 2_048
    rms_norm_eps: float = 1e-6
    rope_parameters: dict | None = None  # type: ignore[type-arg]  # strict does not check keys and values
    tie_word_embeddings: bool = False
    bos_token_id: int | None = 1
    eos_token_id: int | list[int] | None = 2

    def __post_init__(self, **kwargs: object) -> None:
        """Fills in defaults that follow from other fields."""
        if self.head_dim is None:
            self.head_dim = self.hidden_size // self.num_attention_heads
        if self.num_key_value_heads is None:
            self.num_key_value_heads = self.num_attention_heads
        super().__post_init__(**kwargs)  # type: ignore[no-untyped-call]
