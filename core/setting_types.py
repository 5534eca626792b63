"""Types of settings and of other configuration: texts and paths that are validated when read."""

import codecs
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, HttpUrl


def _expanded(path: Path) -> Path:
    """Expands ``~`` like a shell, which leaves it alone in quotes; a folder named ``~`` would be created otherwise."""
    try:
        return path.expanduser() if path.parts[:1] == ("~",) else path
    except RuntimeError:
        raise ValueError("there is no home folder for ~") from None


def _checked_host(name: str) -> str:
    try:
        name.encode("idna")  # sockets do this too, but raise no OSError for it
    except UnicodeError:
        raise ValueError("a part of the host's name is empty, or has more than 63 characters") from None
    return name


def _checked_url(url: str) -> str:
    _checked_host(HttpUrl(url).host or "")  # raises where it is neither http nor https, or has no host
    return url


def _checked_mllp(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("mllp", "mllps") or not parts.hostname or not parts.port or parts.path.strip("/"):
        raise ValueError("it is not like mllps://host:port")
    _checked_host(parts.hostname)
    return url


def _checked_charset(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError("no such character set") from None
    return name


def _checked_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: a folder of zones
        raise ValueError("unknown time zone, use a name like Europe/London") from None
    return name


LocalPath = Annotated[Path, AfterValidator(_expanded)]
ModelName = Annotated[str, AfterValidator(lambda name: str(_expanded(Path(name))) if name.startswith("~") else name)]
HostName = Annotated[str, AfterValidator(_checked_host)]
WebUrl = Annotated[str, AfterValidator(_checked_url)]
MllpUrl = Annotated[str, AfterValidator(_checked_mllp)]
Charset = Annotated[str, AfterValidator(_checked_charset)]
TimeZone = Annotated[str, AfterValidator(_checked_zone)]
