"""``r1 train`` and ``r1 merge``: train an adapter, or merge one into its base."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .terminal import command_settings, stderr, table_of

if TYPE_CHECKING:
    from core.lora.checks import DataReport


def train(
    files: Annotated[list[Path], typer.Argument(help="Rows of prompt and completion (.jsonl, .json, .csv).")],
    model: Annotated[str, typer.Option(help="Model to adapt; default R1_MODEL.")] = "",
    valid: Annotated[
        list[Path] | None, typer.Option(help="Validation rows, which decide when to stop; can be given more than once.")
    ] = None,
    test: Annotated[
        list[Path] | None, typer.Option(help="Test rows: never trained on, checked for overlap with the training rows.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the adapter.")] = Path("adapter"),
    epochs: Annotated[int, typer.Option(min=1, help="Number of passes over the rows.")] = 3,
    batch: Annotated[int, typer.Option(min=1, help="Rows per step.")] = 8,
    accumulate: Annotated[
        int, typer.Option(min=1, help="Number of parts that a step is split into, to save memory.")
    ] = 1,
    learning_rate: Annotated[float, typer.Option(help="Peak learning rate, after the warm-up.")] = 1e-3,
    rank: Annotated[
        int | None, typer.Option(help="Rank of the adapter; its alpha is twice that. Default 16, or that of --from.")
    ] = None,
    max_length: Annotated[int, typer.Option(help="Most tokens per row; longer prompts lose their middle.")] = 1024,
    licence: Annotated[str, typer.Option(help="Licence of the adapter, for its model card.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Resume the training in the folder.")] = False,
    texts: Annotated[
        bool, typer.Option("--continue", help="Continued pre-training: the files are plain texts (.txt, .md).")
    ] = False,
    add_terms: Annotated[
        Path | None,
        typer.Option(help="File with one term per line; a term gets its own token where that shortens the text."),
    ] = None,
    start_from: Annotated[Path | None, typer.Option("--from", help="Folder of an adapter to start from.")] = None,
    keep: Annotated[
        list[Path] | None,
        typer.Option(help="Plain texts (.txt, .md) on which the adapter must predict as the model does."),
    ] = None,
) -> None:
    """Trains an adapter. Ctrl-C saves it as it is, and --resume continues exactly there."""
    command_settings()
    with stderr.status("Reading rows and loading the model…"):
        from core.errors import SettingsError
        from core.lora.config import LoraConfig
        from core.lora.trainer import Trainer

        if batch % accumulate:
            raise SettingsError(f"--batch is {batch}, which --accumulate {accumulate} does not divide")
        trainer = Trainer(
            model,
            files,
            LoraConfig(r=rank, lora_alpha=2 * rank) if rank is not None else None,
            validation_dataset=valid or (),
            test_dataset=test or (),
            output_dir=out,
            licence=licence,
            resume=resume,
            continue_pretraining=texts,
            add_terms=add_terms or "",
            start_from=start_from or "",
            keep_dataset=keep or (),
            num_train_epochs=epochs,
            per_device_train_batch_size=batch // accumulate,
            gradient_accumulation_steps=accumulate,
            learning_rate=learning_rate,
            max_length=max_length,
        )
    _show(trainer.data)
    try:
        folder = trainer.train()
    except KeyboardInterrupt as stop:
        stderr.print(f"{stop or f'What was saved last is in {out}; --resume goes on from there'}.")
        raise
    stderr.print(f"The adapter is in {folder}; its README.md describes how it was made.")


def merge(
    adapter: Annotated[Path, typer.Argument(help="Folder of the adapter.")],
    out: Annotated[Path, typer.Argument(help="Folder of the result, new or empty.")],
    model: Annotated[str, typer.Option(help="Base model; default: the one that the adapter names.")] = "",
) -> None:
    """Merges an adapter into its base and writes a model that needs no adapter."""
    settings = command_settings()
    with stderr.status("Merging…"):
        from core.hub import ModelHub
        from core.lora.merge import base_name, merge

        merge(adapter, ModelHub(settings.home).folder(model or base_name(adapter)), out)
    stderr.print(f"The model is in {out}; R1_MODEL={out} runs it.")


def _show(data: "DataReport") -> None:
    table = table_of("Task", "Rows", "Labels", "Commonest", "Rarest")
    for task in data.balance:
        labels = (str(task.labels), str(task.commonest), str(task.rarest)) if task.labels else ("free text", "", "")
        table.add_row(task.task or "-", str(task.rows), *labels)
    if data.balance:
        stderr.print(table)
    for warning in data.warnings:
        stderr.print(f"Note: {warning}.", style="yellow")
