"""Who is really calling: the address behind the proxies that we run ourselves.

Each proxy appends the address it saw to `X-Forwarded-For`, so only the right end of the list is ours; what
stands left of the first foreign address was written by the caller and may be anything. Without proxies of
ours (`TRUSTED_PROXIES`) nothing of what they say is believed, `X-Forwarded-Proto` neither.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Address

    from django.http import HttpRequest

Network = IPv4Network | IPv6Network
PEER = "scrm.peer"
_FORWARDED = "HTTP_X_FORWARDED_FOR"
# What a proxy says; from anybody else it is a claim.
_CLAIMS = (
    _FORWARDED,
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)
_MOST_HOPS = 20


@lru_cache(maxsize=8)
def networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """The networks of our proxies; ValueError for what is none."""
    return tuple(ip_network(text.strip()) for text in texts)


def address_read(text: str) -> IPv4Address | IPv6Address | None:
    """One address as proxies write it, perhaps with a port; IPv4 inside IPv6 counts as IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def client_address(*, peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The rightmost address that is not one of our proxies; an unreadable one ends the search."""
    nearest = address_read(peer)
    if nearest is None or not _is_ours(nearest, trusted):
        return peer
    for text in reversed(forwarded.split(",")[-_MOST_HOPS:]):
        address = address_read(text)
        if address is None:
            break
        nearest = address
        if not _is_ours(address, trusted):
            break
    return str(nearest)


def client_find(request: HttpRequest) -> None:
    """Put the caller's address where Django and its applications look for it."""
    meta = request.META
    peer = str(meta.get("REMOTE_ADDR", ""))
    meta[PEER] = "" if any(name in meta for name in _CLAIMS) else peer
    trusted = networks(tuple(settings.TRUSTED_PROXIES))
    address = address_read(peer)
    if address is None or not _is_ours(address, trusted):
        for name in _CLAIMS:
            meta.pop(name, None)
        return
    meta["REMOTE_ADDR"] = client_address(
        peer=peer, forwarded=str(meta.get(_FORWARDED, "")), trusted=trusted
    )


def is_local(request: HttpRequest) -> bool:
    """Whether a program on this machine asks, and not through a proxy."""
    address = address_read(str(request.META.get(PEER, "")))
    return address is not None and address.is_loopback


def _is_ours(address: IPv4Address | IPv6Address, trusted: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in trusted)
