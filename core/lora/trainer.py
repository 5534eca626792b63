"""Trains a low-rank adapter: one visible loop that can be stopped at any time and goes on exactly where it was."""

import json
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import torch

from ..engine.named import real_name
from ..errors import InputError, SettingsError
from ..files import flush, storage_errors
from ..hub import ModelHub
from ..model.load import NO_TOKENIZER, load_errors, read_tokenizer
from ..model.precision import choose_device
from ..settings import load_settings
from . import checkpoint
from .adapter import read_adapter
from .batches import by_length, collate, parts, plan_epoch
from .card import TrainingRecord, write_results
from .checkpoint import Progress
from .checks import DataReport, encode_all, inspect, inspect_terms
from .config import LoraConfig, Recipe, RecipeFields, check_shape, learning_rate
from .encode import Encoder
from .history import HISTORY, Report, note, read_history, remember
from .interrupt import Stopped, stop_signal
from .merge import check_trained_on
from .network import AdaptedModel, training_precision
from .regularisation import PIECE, WEIGHT, KeptTexts
from .rows import RowFile, read_plain, read_rows
from .schedule import Schedule
from .vocabulary import read_terms

_log = logging.getLogger(__name__)
_REACH = 20  # steps that the throughput shown is a mean of
_SAVED_EVERY = 600  # seconds at most between two checkpoints, and a step

Files = str | Path | Sequence[str | Path]


class Trainer:
    """Trains an adapter of a model on files of rows, see :func:`core.lora.rows.read_rows`.

    The folder of the result is one of peft's, with the recipe in ``training.json``, a model card, the history and its
    curves. While it trains, ``history.jsonl`` grows there and the newest checkpoint lies beside it.

    Args:
        model_name: a name from ``r1 models list``, a local folder or a hub id that has been pulled; ``R1_MODEL`` if
            empty.
        train_dataset: files to train with.
        lora_config: the adapter's shape; if None the usual one, with the rank of ``start_from``.
        validation_dataset: files that tell when to stop: the adapter with the lowest loss on them is kept.
        test_dataset: files that it will be tested with; they are only searched for rows to train with.
        output_dir: folder of the result.
        licence: of the adapter, for the card.
        resume: goes on from the checkpoint in ``output_dir``, or begins where there is none.
        continue_pretraining: the files are plain texts, and all their tokens are learnt.
        add_terms: a file with a term a line; each that has several tokens in a sentence gets one of its own.
        start_from: folder of an adapter of the same base and maps, to go on from with other rows; a new one if empty.
            Of a higher rank than wanted, its largest directions are taken.
        keep_dataset: plain texts on which the adapter is held to what the base predicts: each step reads some of them
            and adds the divergence from the base to its loss, so that the base's other skills stay.
        recipe: fields of :class:`core.lora.config.Recipe`.

    Raises:
        InputError: files cannot be used, ``output_dir`` is in use, or its checkpoint belongs to another training.
        StorageError: ``output_dir`` cannot be written.
        TypeError, InvalidRequestError: ``lora_config`` is of another kind; a value is out of its range.
        SettingsError: a setting or the adapter's shape does not fit the model, the device or ``start_from``.
        ModelError: the model is not here, or it cannot be trained.
    """

    data: DataReport
    """What the checks of the rows saw."""

    def __init__(
        self,
        model_name: str = "",
        train_dataset: Files = (),
        lora_config: LoraConfig | None = None,
        *,
        validation_dataset: Files = (),
        test_dataset: Files = (),
        output_dir: str | Path = "adapter",
        licence: str = "",
        resume: bool = False,
        continue_pretraining: bool = False,
        add_terms: str | Path = "",
        start_from: str | Path = "",
        keep_dataset: Files = (),
        **recipe: Unpack[RecipeFields],
    ) -> None:
        check_shape(lora_config)
        settings = load_settings()
        self._recipe = Recipe(**recipe)
        self._start = Path(start_from) if start_from else None
        start = read_adapter(self._start) if self._start else None
        rank = start.rank if start else LoraConfig().r
        self._config = lora_config or LoraConfig(r=rank, lora_alpha=2 * rank)
        self._name = real_name(model_name, stacklevel=3) if model_name else settings.model
        self._licence, self._folder, self._resume = licence, Path(output_dir), resume
        checkpoint.check_free(self._folder, resume=resume)
        read = read_plain if continue_pretraining else read_rows
        self._train_files, self._validation_files = _read_all(train_dataset, read), _read_all(validation_dataset, read)
        tests, self._keep_files = _read_all(test_dataset, read), _read_all(keep_dataset, read_plain)
        self._terms = read_terms(Path(add_terms)) if add_terms else None
        if not self._train_files:
            raise InputError("There is no file to train with", hint="Choose one with rows of prompt and completion")
        if settings.threads:
            torch.set_num_threads(settings.threads)
        self._device = choose_device(settings.device)
        hub = ModelHub(settings.home)
        self._name = hub.name_of(self._name)  # a path means nothing on another machine
        self._base_folder = hub.folder(self._name)
        if self._start:
            check_trained_on(self._start, self._base_folder)
        self._dtype = training_precision(self._recipe.precision, self._device)
        with load_errors(self._base_folder, NO_TOKENIZER):
            self._tokenizer = read_tokenizer(self._base_folder)
        with checkpoint.alone(self._folder):
            pass  # told before the model is loaded: the folder cannot be written, or another training runs there
        self._model = AdaptedModel(
            self._base_folder,
            self._config,
            self._device,
            self._dtype,
            seed=self._recipe.seed,
            checkpointing=self._recipe.gradient_checkpointing,
            tokenizer=self._tokenizer,
            terms=[row.completion for row in self._terms.rows] if self._terms else (),
        )
        if start:
            self._model.start_from(start)
        self._encode(tests)
        self._optimizer = torch.optim.AdamW(
            list(self._model.parameters.values()),
            lr=self._recipe.learning_rate,
            weight_decay=self._recipe.weight_decay,
            fused=self._device.type in ("cpu", "cuda"),
        )

    def _encode(self, tests: Sequence[RowFile]) -> None:
        stop_ids = self._model.stop_ids | {self._tokenizer.eos_token_id}
        longest = min(self._recipe.max_length, self._model.context)
        hint = "Shorten it" + (" or raise max_length" if longest < self._model.context else ": the model reads no more")
        encoder = Encoder(self._tokenizer, stop_ids, longest, self._model.vocab_size, hint=hint)
        short = Encoder(self._tokenizer, stop_ids, min(PIECE, longest), self._model.vocab_size)
        pieces = encode_all([row for file in self._keep_files for row in file.rows], short)
        if self._keep_files and not pieces:
            raise InputError("The texts to keep are too short: nothing follows their first token")
        self._kept = KeptTexts(pieces, self._recipe.seed) if pieces else None
        rows, validation, kept_apart = (
            [row for file in files for row in file.rows] for files in (self._train_files, self._validation_files, tests)
        )
        self._examples, self._validation = encode_all(rows, encoder), encode_all(validation, encoder)
        if not self._examples:
            raise InputError("The texts are too short: nothing follows their first token")
        if validation and not self._validation:
            raise InputError("The texts to validate with are too short: nothing follows their first token")
        self._schedule = Schedule(self._recipe, len(self._examples))
        self.data = inspect(rows, self._examples, [*validation, *kept_apart])
        if self._terms:
            report = inspect_terms(len(self._terms.rows), self._model.new_ids, self._examples, self._tokenizer)
            self.data = replace(self.data, warnings=(*report, *self.data.warnings))

    @property
    def steps(self) -> int:
        """Steps of the whole training, if nothing ends it early."""
        return self._schedule.steps

    def train(self, report: Callable[[Report], None] | None = None) -> Path:
        """Runs the training and returns the folder of the adapter.

        Ctrl-C, SIGTERM or SIGHUP ends it after the step that runs, with a checkpoint to go on from; while the results
        are written it waits for them. A second one ends it at once; the last checkpoint stays whole.

        Args:
            report: called after each step until it raises an OSError; None for a bar, or lines where it goes to a file.

        Raises:
            KeyboardInterrupt: it was stopped (:class:`core.lora.interrupt.Stopped`); its text says how to go on.
            InputError: another training runs in the same folder.
            SettingsError: a loss or a gradient is not a finite number.
            StorageError: the disk is full or the folder cannot be written.
        """
        from .progress_bar import bar, nobody

        record = TrainingRecord(
            base=self._name,
            base_folder=self._base_folder,
            config=self._config,
            recipe=self._recipe,
            train=self._train_files,
            validation=self._validation_files,
            dtype=str(self._dtype).removeprefix("torch."),
            device=self._device.type,
            licence=self._licence,
            terms=self._terms,
            start=self._start,
            kept=self._keep_files,
        )
        with checkpoint.alone(self._folder):
            # Another may have ended there while this one loaded.
            checkpoint.check_free(self._folder, resume=self._resume)
            progress = self._begin(record.fingerprint())
            remember(load_settings().home, self._folder)
            with stop_signal() as stopped:
                with bar() if report is None else nullcontext(report) as tell:
                    for done in self._run(progress):
                        try:
                            tell(done)
                        except OSError as error:  # the terminal or pipe that is told may be gone
                            _log.warning("Steps are told no more (%s)", type(error).__name__)
                            tell = nobody
                        finally:
                            if stopped:
                                self._save(progress)
                        if stopped:
                            raise Stopped(
                                f"The training is saved at step {progress.step} of {self.steps} in {self._folder}; "
                                "--resume (resume=True) goes on from there",
                                stopped[0],
                            )
                self._save(progress)  # until the results are whole
                self._write(record, progress)
            checkpoint.remove(self._folder)
        return self._folder

    def _write(self, record: TrainingRecord, progress: Progress) -> None:
        if self._best:
            self._put(self._best)
        adapter = self._model.adapter(self._folder.name)
        if adapter.tokens is not None:
            with storage_errors(self._folder):
                self._tokenizer.save_pretrained(str(self._folder))
        early = progress.ended_early(self.steps)
        write_results(self._folder, adapter, record, progress, self.history(), early)
        for file in self._folder.iterdir():
            if file.is_file():
                flush(file)
        if early:
            _log.warning("%s", early)

    def history(self) -> list[dict[str, Any]]:
        """The lines of ``history.jsonl`` so far; see :class:`Report`."""
        return read_history(self._folder)

    def _begin(self, fingerprint: str) -> Progress:
        """Takes up a checkpoint, or starts."""
        self._best: dict[str, torch.Tensor] = {}
        path = checkpoint.latest(self._folder) if self._resume else None
        if path is None:
            with storage_errors(self._folder):
                (self._folder / HISTORY).write_text("", "utf-8")
            torch.manual_seed(self._recipe.seed)
            return Progress(fingerprint)
        progress, tensors = checkpoint.load(path)
        if progress.fingerprint != fingerprint:
            raise InputError(
                f"The checkpoint {path} was made with other rows, another model or another recipe",
                hint="Use the same ones to continue, or another folder to start over",
            )
        self._restore(tensors, progress)
        with storage_errors(self._folder):
            lines = [line for line in self.history() if line["step"] <= progress.step]
            (self._folder / HISTORY).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        return progress

    def _run(self, progress: Progress) -> Iterator[Report]:
        """The loop. ``progress`` is up to date whenever it yields."""
        recipe, schedule, speeds = self._recipe, self._schedule, deque[tuple[int, float]](maxlen=_REACH)
        together, saved = recipe.gradient_accumulation_steps, time.monotonic()
        while progress.epoch < recipe.num_train_epochs and progress.worse < recipe.patience:
            plan = plan_epoch(self._examples, recipe.per_device_train_batch_size, recipe.seed, progress.epoch)
            while progress.batch < len(plan) and progress.worse < recipe.patience:
                started = time.perf_counter()
                rate = learning_rate(recipe, progress.step, schedule.steps)
                loss, drift, tokens = self._step(plan[progress.batch : progress.batch + together], progress.step, rate)
                speeds.append((tokens, time.perf_counter() - started))
                progress.tokens, progress.seconds = progress.tokens + tokens, progress.seconds + speeds[-1][1]
                progress.step, progress.batch = progress.step + 1, progress.batch + together
                in_epoch = schedule.in_epoch(progress)
                is_due = self._validation and schedule.reads_validation(in_epoch)
                validation_loss = self._evaluate(progress) if is_due else None
                done = Report(
                    step=progress.step,
                    steps=schedule.steps,
                    epoch=progress.epoch + in_epoch / schedule.steps_of_epoch,
                    loss=loss,
                    drift=drift,
                    validation_loss=validation_loss,
                    learning_rate=rate,
                    tokens_per_s=sum(count for count, _ in speeds) / sum(seconds for _, seconds in speeds),
                    seconds_left=schedule.seconds_left(progress),
                )
                if progress.batch >= len(plan):
                    progress.epoch, progress.batch = progress.epoch + 1, 0
                note(self._folder, done)
                if progress.step % recipe.save_steps == 0 or time.monotonic() - saved >= _SAVED_EVERY:
                    self._save(progress)
                    saved = time.monotonic()
                yield done
                if progress.batch == 0:
                    break

    def _step(self, batches: list[list[int]], step: int, rate: float) -> tuple[float, float | None, int]:
        """One step over some batches; returns the mean loss of a learnt token, the drift and the tokens read."""
        examples = [part for batch in batches for part in parts([self._examples[place] for place in batch])]
        learnt = sum(example.learnt for part in examples for example in part)
        self._model.train(True)
        total, drift, tokens = 0.0, None, 0
        for part in examples:
            rows = collate(part, share=self._model.shares_prefix)
            loss = self._model.loss(rows) / learnt
            loss.backward()  # type: ignore[no-untyped-call]
            total, tokens = total + loss.item(), tokens + rows.tokens
        if self._kept is not None:
            rows = self._kept.batch(step)
            mean = self._model.drift(rows) / len(rows.targets)
            (WEIGHT * mean).backward()  # type: ignore[no-untyped-call]
            drift, tokens = mean.item(), tokens + rows.tokens
        parameters = list(self._model.parameters.values())
        norm = float(torch.nn.utils.clip_grad_norm_(parameters, self._recipe.max_grad_norm))
        if not math.isfinite(total + norm):
            raise SettingsError(
                f"The loss is {total} and its gradient {norm}: nothing can be learnt from these",
                hint="Lower the learning rate, or set precision to fp32",
            )
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        self._optimizer.zero_grad()
        return total, drift, tokens

    @torch.no_grad()
    def _evaluate(self, progress: Progress) -> float:
        """Loss of the validation rows; keeps the adapter if it is the best so far."""
        self._model.train(False)
        total, started = 0.0, time.perf_counter()
        for batch in by_length(self._validation, 2 * self._recipe.per_device_train_batch_size):
            for part in parts([self._validation[place] for place in batch]):
                total += float(self._model.loss(collate(part, share=self._model.shares_prefix)))
        loss = total / sum(example.learnt for example in self._validation)
        progress.reading = time.perf_counter() - started
        if math.isfinite(loss) and (progress.best is None or loss < progress.best):
            progress.best, progress.best_step, progress.worse = loss, progress.step, 0
            self._best = {name: value.detach().clone() for name, value in self._model.parameters.items()}
        else:
            progress.worse += 1
        return loss

    def _save(self, progress: Progress) -> None:
        tensors = checkpoint.random_state(self._device)
        for name, parameter in self._model.parameters.items():
            tensors[f"weight.{name}"] = parameter.detach()
            for key, value in self._optimizer.state.get(parameter, {}).items():
                tensors[f"optimizer.{key}.{name}"] = value
        tensors |= {f"best.{name}": value for name, value in self._best.items()}
        checkpoint.save(self._folder, progress, tensors)

    def _restore(self, tensors: dict[str, torch.Tensor], progress: Progress) -> None:
        moments = ("step", "exp_avg", "exp_avg_sq")
        parts: dict[str, dict[str, torch.Tensor]] = {"weight": {}, "best": {}}
        for key, value in tensors.items():
            part, _, name = key.partition(".")
            parts.setdefault(part, {})[name] = value
        self._put(parts["weight"])
        self._best = {name: value.to(self._device) for name, value in parts["best"].items()}
        for name, parameter in self._model.parameters.items():
            state = {key: parts["optimizer"][f"{key}.{name}"] for key in moments} if progress.step else {}
            self._optimizer.state[parameter] = {key: value.to(self._device) for key, value in state.items()}
        checkpoint.set_random_state(tensors, self._device)

    @torch.no_grad()
    def _put(self, weights: dict[str, torch.Tensor]) -> None:
        for name, parameter in self._model.parameters.items():
            parameter.copy_(weights[name])


def _read_all(files: Files, read: Callable[[Path], RowFile]) -> tuple[RowFile, ...]:
    paths = [files] if isinstance(files, str | Path) else files
    return tuple(read(Path(path)) for path in paths)
