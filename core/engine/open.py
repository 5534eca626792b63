"""Opens the language model that the settings name: in this process, or on a server."""

import os
from pathlib import Path

from ..errors import SettingsError
from ..files import packaged
from ..settings import Settings, load_settings
from .request import Engine

SHIPPED_ADAPTERS = packaged("adapters", "domains")
"""Folder of the domain adapters that ship with the suite, for the default model."""


def open_engine(
    name: str | os.PathLike[str] = "",
    *,
    device: str | None = None,
    precision: str | None = None,
    settings: Settings | None = None,
) -> Engine:
    """The model in this process, with its adapters, or the server at ``R1_ENGINE_URL``.

    Args:
        name: of the model, a folder or a hub id, or the server's name for it; ``R1_MODEL`` if empty.
        device, precision: for a model in this process, see :mod:`core.model.precision`; None means ``R1_DEVICE`` and
            ``R1_PRECISION``.
        settings: None reads them from the environment.

    Raises:
        SettingsError: a setting is malformed, or does not fit the model, the device or the server.
        ModelError: the model is not on this machine, or cannot be loaded.
        DeadlineError, EngineError: the server does not answer in time, is absent, or does not speak OpenAI's API.
    """
    given = {"model": os.fspath(name), "device": device, "precision": precision}
    settings = (settings or load_settings()).model_copy(update={key: value for key, value in given.items() if value})
    if settings.engine == "openai":
        if device or precision:
            raise SettingsError("The server decides about device and precision", hint="Leave them out, or R1_ENGINE")
        from .remote import connect

        return connect(settings)
    from .runner import local_engine

    return local_engine(settings.model_copy(update={"adapters": adapters_for(settings)}))


def compile_kernels(settings: Settings) -> None:
    """Compiles the model's kernels, unless that is done or they are not needed here; takes a minute or two.

    Raises:
        R1Error: see :func:`open_engine`.
    """
    from ..model.kernels import compiled
    from ..model.precision import choose_device, choose_precision

    precision = choose_precision(settings.precision, choose_device(settings.device))
    if settings.engine == "local" and precision.linear == "int8" and not compiled():
        open_engine(settings=settings)


def adapters_for(settings: Settings) -> Path | None:
    """The folder of adapters; unset, the shipped ones for the default model, none for others."""
    is_default = settings.model == Settings.model_fields["model"].default
    return SHIPPED_ADAPTERS if settings.adapters is None and is_default else settings.adapters
