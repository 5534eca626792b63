"""A checkpoint that is trained in a moment: a random network and a tokenizer whose tokens are characters."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer
from tokenizers.decoders import Fuse
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from transformers import PreTrainedTokenizerFast

from tests.unit.core.small_models import CONFIGS, reference

CHATML = (
    "{% for message in messages %}<s>{{ message['role'] }}\n{{ message['content'] }}<e>\n{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant\n{% endif %}"
)
BARE = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}<e>{% endfor %}"
THINKING = CHATML.replace("<s>assistant\n{% endif %}", "<s>assistant\n<think>\n{% endif %}")
CHANGING = "{{ messages | length }}{% for message in messages %}{{ message['content'] }}{% endfor %}"
# As of DeepSeek-R1: the prompt opens a thought, and the thoughts of answers are left out.
R1 = (
    "{% for message in messages %}<s>{{ message['role'] }}: {{ message['content'].split('</think>')[-1] }}"
    "{% if message['role'] == 'assistant' %}<e>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant: <think>\n{% endif %}"
)
# As of Qwen3: an answer without thoughts gets empty ones.
QWEN3 = CHATML.replace(
    "{{ message['content'] }}<e>",
    "{% if loop.last and message['role'] == 'assistant' and '</think>' not in message['content'] %}"
    "<think>\n\n</think>\n\n{% endif %}{{ message['content'] }}<e>",
)
# As of Llama 3: it refuses what it does not know, and trims.
STRICT = (
    "{% if messages[0]['role'] == 'assistant' %}{{ raise_exception('No') }}{% endif %}"
    "{% for message in messages %}<s>{{ message['role'] }}\n\n{{ message['content'] | trim }}<e>{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant\n\n{% endif %}"
)
LETTERS = "\n" + "".join(map(chr, range(32, 127)))
START, END = len(LETTERS) + 1, len(LETTERS) + 2


def letters(template: str | None = CHATML) -> Any:
    """A tokenizer with a token for each character of ``LETTERS``, and two that open and end a turn."""
    model = Tokenizer(WordLevel({letter: n for n, letter in enumerate(LETTERS)}, "?"))
    model.pre_tokenizer = Split(Regex(r"[\s\S]"), "isolated")
    model.decoder = Fuse()
    model.add_special_tokens(["<unk>", "<s>", "<e>"])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=model, eos_token="<e>", unk_token="<unk>")
    tokenizer.chat_template = template
    return tokenizer


def checkpoint(folder: Path, kind: str = "llama", *, sure: float = 1) -> Path:
    """A folder that loads.

    Args:
        sure: factor of the scores; at 1 hardly anything can be learnt by what lies below the output layer.
    """
    model = reference(CONFIGS[kind])
    model.get_output_embeddings().weight.data *= sure
    model.generation_config.eos_token_id = model.config.eos_token_id = letters().eos_token_id
    model.save_pretrained(str(folder))
    letters().save_pretrained(str(folder))
    return folder


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """JSONL."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path
