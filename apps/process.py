"""What a process of the suite sets up once, whatever it does: quiet libraries, and no pauses for what stays."""

import gc
import logging
import os


def quiet_libraries() -> None:
    """Keeps libraries from reporting home and from chatting. They read the variables when they are first imported."""
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1", TQDM_DISABLE="1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for name in ("httpx", "httpcore", "openai", "transformers", "huggingface_hub", "alembic", "filelock", "faiss"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("bm25s").disabled = True  # it sets its own level, to DEBUG, when it is imported


def loaded() -> None:
    """Ends the loading: the garbage collector, which stops everything else meanwhile, no longer walks what stays."""
    gc.collect()
    gc.freeze()
