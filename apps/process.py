"""Set-up of every process: its log, quiet libraries, and a garbage collector that skips permanent objects."""

import gc
import logging
import os
import re
import traceback

_TALKATIVE = "httpx", "httpx2", "httpcore", "openai", "transformers", "huggingface_hub", "alembic", "filelock", "faiss"


def log_to_stderr(level: str) -> None:
    """Logs messages from ``level`` up, with time and logger name.

    Args:
        level: R1_LOG_LEVEL.
    """
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
