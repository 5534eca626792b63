"""Network addresses: which of them are this machine, and where what travels could be read on the way."""

import ipaddress

from pydantic import HttpUrl


def is_loopback(host: str) -> bool:
    """Whether a name or an IP address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def url_is_loopback(url: str) -> bool:
    """The same of the host of an HTTP URL."""
    return is_loopback(HttpUrl(url).host or "")


def is_private(url: str) -> bool:
    """Whether nobody can read on the way what is sent to an HTTP URL: it is encrypted, or stays on this machine."""
    return HttpUrl(url).scheme == "https" or url_is_loopback(url)
