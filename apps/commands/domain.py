"""Chooses the adapter that answers a message of ``r1 chat``."""

from collections.abc import Callable, Sequence

from core.engine.open import adapters_for
from core.engine.request import Engine
from core.errors import SettingsError
from core.settings import Settings

from .terminal import stderr


def check_domain(domain: str, settings: Settings) -> None:
    """Checks the domain before a local model is loaded, which may take minutes.

    Raises:
        SettingsError: there is no adapter of this domain, or R1_ADAPTERS is wrong.
    """
    if settings.engine == "local":
        from core.engine.runner import adapter_folders

        _require_adapter(domain, [folder.name for folder in adapter_folders(adapters_for(settings))])


def _require_adapter(domain: str, adapters: Sequence[str]) -> None:
    if domain not in ("auto", "none", *adapters):
        names = ", ".join(("auto", "none", *adapters))
        raise SettingsError(f"There is no adapter of {domain}", hint=f"Choose one of {names}")


def adapter_chooser(domain: str, engine: Engine) -> Callable[[str], str]:
    """A function that names the adapter for a message; an empty name means the model alone.

    Prints a notice if ``auto`` has nothing to choose from, i.e. no adapter is named after a domain.

    Args:
        domain: the adapter of all messages; ``none`` for no adapter, ``auto`` decides by message.

    Raises:
        SettingsError: there is no adapter of this domain.
    """
    if domain == "auto":
        from knowledge.domains.router import DOMAINS, Router
        from knowledge.retrieval.embed import MultilingualUSE

        if not set(DOMAINS) & set(engine.adapters):
            named = ", ".join(domain for domain in DOMAINS if domain != "none")
            stderr.print(f"The model alone answers: no adapter is named {named}.", style="yellow")
        router = Router(MultilingualUSE())
        return lambda message: chosen if (chosen := router.domain_of(message)) in engine.adapters else ""
    _require_adapter(domain, engine.adapters)
    return lambda message: "" if domain == "none" else domain
