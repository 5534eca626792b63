"""Network addresses: whose they are, and where what travels could be read on the way."""

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


def network(host: str) -> str:
    """What one client can come from: an IPv4 address, or the /64 that an IPv6 address is one of; else the same text."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or ipaddress.IPv6Network((int(address), 64), strict=False))
