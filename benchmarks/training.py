"""Training speed of adapters: R1's trainer compared with a plain loop of peft and transformers.

Both use the same rows, tokens, rank, precision and batch size, and alternate epochs, so that other load on the machine
affects both. The plain loop pads the rows of a batch and computes logits for every token, like transformers'
``Trainer``.
"""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from core.lora.config import LoraConfig
from core.lora.encode import Encoder, Example
from core.lora.network import training_precision
from core.lora.rows import read_rows
from core.lora.trainer import Trainer
from core.model.precision import choose_device
from core.settings import load_settings

_ROWS = 160  # in batches of 8: 20 steps per round
_BATCH = 8
_LENGTH = 1_024
_SHAPE = LoraConfig()


def train_speedup(name: str, folder: Path, mix: Path, rounds: int) -> tuple[float, list[list[str]]]:
    """How many times faster R1 trains an epoch, and a table row for each side.

    Args:
        name, folder: the model, and its folder.
        mix: a file of training rows; an evenly spread sample is used.
        rounds: epochs per side; the median counts.
    """
    lines = [line for line in mix.read_text("utf-8").split("\n") if line.strip()]
    some = lines[:: max(1, len(lines) // _ROWS)][:_ROWS]
    ours, plain = [], []
    with tempfile.TemporaryDirectory() as scratch:
        rows = Path(scratch) / "rows.jsonl"
        rows.write_text("\n".join(some) + "\n", "utf-8")
        loop = PlainLoop(folder, rows, Path(scratch) / "plain")
        for turn in range(rounds):
            ours.append(_seconds_of_ours(name, rows, Path(scratch) / f"ours-{turn}"))
            plain.append(loop.epoch())
    seconds = {"R1": statistics.median(ours), "peft and transformers": statistics.median(plain)}
    table = [[side, f"{loop.tokens / value:.0f} tokens/s", f"{loop.tokens:,}"] for side, value in seconds.items()]
    return seconds["peft and transformers"] / seconds["R1"], table


def _seconds_of_ours(name: str, rows: Path, folder: Path) -> float:
    """Seconds of an epoch with R1, from the start of training to the end of the last step."""
    trainer = Trainer(
        name,
        rows,
        _SHAPE,
        output_dir=folder,
        per_device_train_batch_size=_BATCH,
        num_train_epochs=1,
        max_length=_LENGTH,
    )
    ends: list[float] = []
    begin = time.perf_counter()
    trainer.train(lambda _: ends.append(time.perf_counter()))
    return ends[-1] - begin


class PlainLoop:
    """A peft model in transformers' ``Trainer``; each epoch continues from the previous one."""

    def __init__(self, folder: Path, rows: Path, output: Path) -> None:
        from peft import get_peft_model
        from transformers import AutoModelForCausalLM, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token  # some have none; padding is masked
        self._on_cpu = (device := choose_device(load_settings().device)).type == "cpu"
        self._bf16 = training_precision("auto", device) == torch.bfloat16
        dtype = torch.bfloat16 if self._bf16 else torch.float32
        base = AutoModelForCausalLM.from_pretrained(str(folder), local_files_only=True, dtype=dtype)
        encoder = Encoder(tokenizer, frozenset({tokenizer.eos_token_id}), _LENGTH, base.config.vocab_size)
        examples = [encoder.encode(row) for row in read_rows(rows).rows]
        self.tokens = sum(len(example.ids) for example in examples)
        self._features, self._pad, self._output = [_feature(example) for example in examples], tokenizer, output
        self._model = get_peft_model(base, _SHAPE.to_peft())

    def epoch(self) -> float:
        """Runs an epoch and returns its seconds, from the start of the first step to the end of the last one."""
        from transformers import DataCollatorForSeq2Seq, Trainer, TrainingArguments

        arguments = TrainingArguments(
            output_dir=str(self._output),
            per_device_train_batch_size=_BATCH,
            num_train_epochs=1,
            learning_rate=1e-3,
            bf16=self._bf16,
            use_cpu=self._on_cpu,
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
        )
        clock = _clock()
        Trainer(
            model=self._model,
            args=arguments,
            train_dataset=self._features,
            data_collator=DataCollatorForSeq2Seq(self._pad),
            callbacks=[clock],
        ).train()
        return float(clock.end - clock.begin)


def _feature(example: Example) -> dict[str, Any]:
    ids = list(example.ids)
    return {
        "input_ids": ids,
        "attention_mask": [1] * len(ids),
        "labels": [-100] * example.prompt + ids[example.prompt :],
    }


def _clock() -> Any:
    from transformers import TrainerCallback

    class Clock(TrainerCallback):
        """Start of the first step and end of the last one."""

        begin = end = 0.0

        def on_step_begin(self, *_: Any, **__: Any) -> None:
            self.begin = self.begin or time.perf_counter()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            self.end = time.perf_counter()

    return Clock()
