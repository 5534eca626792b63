"""Loads a model for a script that names one instead of passing an engine."""

import os
import warnings

from .request import Engine

_ARTICLE_NAMES = ("deepseek-r1-base", "deepseek-r1-chat")  # which article: docs/python.md


def chosen_engine(engine: Engine | None, model_path: str | os.PathLike[str], device: str) -> Engine:
    """The engine passed to a constructor, or one opened by :func:`core.engine.open.open_engine` for ``model_path``.

    Args:
        engine: the engine to use; excludes the other arguments.
        model_path: a name from ``r1 models list``, a local folder, or a Hugging Face id that has been pulled. The names
            of the article (see docs/python.md), ``deepseek-r1-base`` and ``deepseek-r1-chat``, mean ``R1_MODEL``.
        device: as ``R1_DEVICE``, which it overrides unless empty. If this machine lacks the device, the model runs on
            the processor, and the log says so.

    Raises:
        TypeError: not exactly one of engine and model_path, a device for an existing engine, or a name in place of the
            engine.
        R1Error: as :func:`core.engine.open.open_engine`.
    """
    if engine is not None:
        if not hasattr(engine, "stream"):
            raise TypeError("An engine is what open_engine returns; the name of a model is given as model_path")
        if model_path or device:
            raise TypeError("Give either an engine, or model_path and perhaps device")
        return engine
    if not model_path:
        raise TypeError("Give an engine or model_path")
    from .open import open_engine

    return open_engine(real_name(model_path, stacklevel=5), device=device)


def real_name(name: str | os.PathLike[str], *, stacklevel: int) -> str:
    """The model that a name stands for; the article's names mean ``R1_MODEL``, with a warning.

    Args:
        stacklevel: of the warning, as in :func:`warnings.warn`; it should point at the user's script.
    """
    if (name := os.fspath(name)) not in _ARTICLE_NAMES:
        return name
    from ..settings import load_settings

    model = load_settings().model
    warnings.warn(
        f"{name} is a name from an article, not a model: {model} is loaded, as R1_MODEL says", stacklevel=stacklevel
    )
    return model
