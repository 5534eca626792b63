"""Set-up of every process: its log, quiet libraries, a garbage collector that skips permanent objects; a second one."""

import contextlib
import gc
import logging
import logging.handlers
import multiprocessing
import os
import re
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

_TALKATIVE = "httpx", "httpx2", "httpcore", "openai", "transformers", "huggingface_hub", "alembic", "filelock", "faiss"


def log_to_stderr(level: str) -> None:
    """Logs messages from ``level`` (R1_LOG_LEVEL) up, with time and logger name."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def quiet_libraries() -> None:
    """Turns off telemetry, progress output, and the texts of errors in the server's log.

    Libraries read these variables when they are first imported.
    """
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1", TQDM_DISABLE="1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn.error", "asyncio"):
        logging.getLogger(name).addFilter(_by_kind)
    # Its import sets its own level to DEBUG, and uvicorn's log set-up would enable a disabled logger again.
    logging.getLogger("bm25s").addFilter(_is_warning)


def freeze_loaded_objects() -> None:
    """Permanently exempts all existing objects from garbage collection, which pauses every thread.

    Call it once everything is loaded.
    """
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def beside(work: Callable[..., object], *arguments: Any) -> Iterator[None]:
    """Does work in a second process, with the same log, while the body runs; returns when both are done.

    It is for what the work leaves on disk: its result and its errors are dropped. An error in the body ends it.

    Args:
        work: a function of a module, since the process imports it.
        arguments: its arguments, which are pickled.
    """
    new = multiprocessing.get_context("spawn")
    records = new.Queue()
    log = logging.handlers.QueueListener(records, *logging.getLogger().handlers)
    process = new.Process(target=_work, args=(records, logging.getLogger().level, work, arguments), daemon=True)
    process.start()
    log.start()
    try:
        yield
        process.join()
    finally:
        process.terminate()
        process.join()
        log.stop()


def _work(records: Any, level: int, work: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the first process, which ends this one
    threading.Thread(target=_end_with_parent, daemon=True).start()
    logging.basicConfig(level=level, format="%(message)s", handlers=[logging.handlers.QueueHandler(records)])
    with contextlib.suppress(Exception):
        work(*arguments)


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
    os._exit(1)


def _is_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def _by_kind(record: logging.LogRecord) -> bool:
    """Reduces an error to its kind and place, since its text may hold what a user sent."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, Exception):
        place = "".join(traceback.format_tb(error.__traceback__))
        said = record.getMessage()
        if record.name == "asyncio":  # its message continues with a call's arguments and the error again
            said = re.split(r"[(<\n]", said, maxsplit=1)[0]
        record.msg, record.args = f"{said.rstrip()}: {type(error).__name__}\n{place}", None
        record.exc_info = None
    return True
