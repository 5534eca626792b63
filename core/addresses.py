"""Network addresses: whether they are local, and whether traffic to them could be read on the way."""

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
    """Whether the host of an HTTP URL is this machine."""
    return is_loopback(HttpUrl(url).host or "")


def is_private(url: str) -> bool:
    """Whether traffic to an HTTP URL is encrypted or stays on this machine, so that nobody can read it on the way."""
    return HttpUrl(url).scheme == "https" or url_is_loopback(url)


def network(host: str) -> str:
    """The network that counts as one client: an IPv4 address, or the /64 of an IPv6 address; other text unchanged."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or ipaddress.IPv6Network((int(address), 64), strict=False))
