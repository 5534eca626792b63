"""Set-up of every process: its log, quiet libraries, and a garbage collector that skips what stays for good."""

import gc
import logging
import os
import re
import traceback

_TALKATIVE = "httpx", "httpx2", "httpcore", "openai", "transformers", "huggingface_hub", "alembic", "filelock", "faiss"


def log_to_stderr(level: str) -> None:
    """Logs from ``level`` on, with time and name.

    Args:
        level: R1_LOG_LEVEL.
    """
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def quiet_libraries() -> None:
    """Turns off telemetry, progress output, and in the server's log the texts of errors.

    Libraries read these variables when they are first imported.
    """
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1", TQDM_DISABLE="1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn.error", "asyncio"):
        logging.getLogger(name).addFilter(_by_kind)
    # It sets its own level, to DEBUG, when it is imported; and what is disabled, uvicorn's set-up of the log enables.
    logging.getLogger("bm25s").addFilter(_is_warning)


def freeze_loaded_objects() -> None:
    """Keeps the garbage collector, which pauses every thread, from looking at what exists by now, for good.

    To be called once everything is loaded.
    """
    gc.collect()
    gc.freeze()


def _is_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def _by_kind(record: logging.LogRecord) -> bool:
    """Leaves of an error its kind and place: its text may hold what a user sent."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, Exception):
        place = "".join(traceback.format_tb(error.__traceback__))
        said = record.getMessage()
        if record.name == "asyncio":  # goes on with the arguments of a call, and with the error again
            said = re.split(r"[(<\n]", said, maxsplit=1)[0]
        record.msg, record.args = f"{said.rstrip()}: {type(error).__name__}\n{place}", None
        record.exc_info = None
    return True
