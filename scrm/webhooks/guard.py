"""Where a webhook may go: public addresses only, judged after the name has been resolved.

A brand chooses the URL, so the URL may try to reach what only our servers can: loopback, the private
network, a cloud's metadata address. Every address the name resolves to is checked, and the sender
connects to exactly the checked one, so that a name that resolves differently a moment later (DNS
rebinding) gains nothing.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from scrm.core.errors import DomainError, ErrorKind

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str, int], list[str]]

LONGEST_URL = 500
RESOLVE_SECONDS = 5.0
_PORTS = {"https": 443, "http": 80}
_LOWEST_FREE_PORT = 1024
# What inet_aton would take for an address in clothes: 2130706433, 0x7f.1, 0177.0.0.1.
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*\.?", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?\.?", re.IGNORECASE)
# Beyond what `is_global` and `is_multicast` know, or know only in newer Pythons.
_CLOSED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # CGNAT; also the metadata address of Aliyun
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",  # unspecified, loopback, IPv4-compatible
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64, local
        "100::/64",
        "2001::/23",  # Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)


class WebhookUrlRefused(DomainError):
    """The webhook's URL has a form or an address that may not be called."""

    code: ClassVar[str] = "webhook_url_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.REJECTED


@dataclass(frozen=True, kw_only=True)
class Target:
    """A URL taken apart; `host` is what TLS and the Host header name."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Take the URL apart; refuses every form that is not a plain http(s) address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refusal(_("网址格式不正确")) from None
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url or "\\" in url:
        raise _refusal(_("网址格式不正确"))
    if parts.scheme not in _PORTS:
        raise _refusal(_("网址必须以 https:// 开头"))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _refusal(_("网址不能带用户名、密码或 # 片段"))
    port = port if port is not None else _PORTS[parts.scheme]
    if port not in _PORTS.values() and port < _LOWEST_FREE_PORT:
        raise _refusal(_("端口只能是 80、443 或 1024 以上"))
    path = parts.path or "/"
    if not path.isascii() or not parts.query.isascii():
        raise _refusal(_("网址中的非英文字符要先编码"))
    query = f"?{parts.query}" if parts.query else ""
    return Target(scheme=parts.scheme, host=_host_of(host), port=port, path=path + query)


def _host_of(host: str) -> str:
    if ":" in host:
        try:
            return str(IPv6Address(host if "%" not in host else ""))
        except ValueError:
            raise _refusal(_("网址格式不正确")) from None
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        raise _refusal(_("网址格式不正确")) from None
    if not _HOST.fullmatch(name):
        raise _refusal(_("网址格式不正确"))
    if _NUMERIC.fullmatch(name):
        try:
            return str(IPv4Address(name))
        except ValueError:
            raise _refusal(_("IP 地址要写成四段十进制")) from None
    return name


def _refusal(message: str) -> WebhookUrlRefused:
    return WebhookUrlRefused(message, pointer="/url")


@lru_cache(maxsize=8)
def networks_read(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """The networks of the allow-list; ValueError for one that is none."""
    return tuple(ip_network(text) for text in texts)


def is_allowed(address: Address) -> bool:
    """Whether the allow-list of this installation holds the address."""
    return any(
        address.version == network.version and address in network
        for network in networks_read(tuple(settings.WEBHOOK_ALLOWED_NETWORKS))
    )


def is_public(address: Address) -> bool:
    """Whether anybody on the internet could reach the address; what hides in IPv6 counts as hidden."""
    if isinstance(address, IPv6Address) and (address.ipv4_mapped or address.scope_id):
        return False
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address.version == network.version and address in network for network in _CLOSED)


def resolve(host: str, port: int) -> list[str]:
    """Every address of the name, as the system resolves it; TimeoutError (an OSError) if that takes too long."""
    # The system's resolver has no deadline that a caller could set, and the name server is the brand's.
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="resolve")
    try:
        asked = pool.submit(
            socket.getaddrinfo, host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )
        found = asked.result(RESOLVE_SECONDS)
    finally:
        pool.shutdown(wait=False)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def address_pick(target: Target, resolver: Resolver = resolve) -> str:
    """The address to connect to. One address that is not public refuses the whole name."""
    texts = resolver(target.host, target.port)
    if not texts:
        raise OSError("the name has no address")
    addresses = [_address(text) for text in texts]
    if not all(address is not None and _may_call(address, target) for address in addresses):
        raise _refusal(_("网址指向内网或保留地址，不能使用"))
    return texts[0]


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _may_call(address: Address, target: Target) -> bool:
    # Plain http is for the receiver next door only: what leaves over the internet is encrypted.
    return is_allowed(address) or (target.scheme == "https" and is_public(address))


def url_check(url: str, resolver: Resolver = resolve) -> None:
    """Refuse a URL when it is entered. Its address is checked again at every call.

    Needs the resolver, so it runs outside any transaction. A name that does not resolve yet is taken.
    """
    target = target_of(url)
    try:
        address_pick(target, resolver)
    except OSError:
        if target.scheme != "https":
            raise _refusal(_("网址必须以 https:// 开头")) from None


def addresses_public(texts: Iterable[str]) -> list[bool]:
    """For each address whether it is public; what is no address is not."""
    found = [_address(text) for text in texts]
    return [address is not None and is_public(address) for address in found]
