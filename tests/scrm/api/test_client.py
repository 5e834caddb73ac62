"""Whose address counts: the rightmost one that is not a proxy of ours."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from scrm.api.client import client_address, client_find, is_local, networks

OURS = networks(("10.0.0.0/8", "127.0.0.1/32", "fd00::/8"))
TABLE = [
    # Nobody in between.
    ("203.0.113.7", "", "203.0.113.7"),
    # One proxy, then two.
    ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
    ("10.0.0.1", "203.0.113.7, 10.0.0.2", "203.0.113.7"),
    # The caller wrote the left part: it is never believed.
    ("10.0.0.1", "198.51.100.9, 203.0.113.7", "203.0.113.7"),
    ("10.0.0.1", "10.9.9.9, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
    ("10.0.0.1", "127.0.0.1, 203.0.113.7", "203.0.113.7"),
    # A foreign peer may claim what it likes.
    ("203.0.113.7", "198.51.100.9", "203.0.113.7"),
    ("203.0.113.7", "10.0.0.5", "203.0.113.7"),
    # Words instead of addresses end the search at the last address known.
    ("10.0.0.1", "unknown", "10.0.0.1"),
    ("10.0.0.1", "203.0.113.7, <script>", "10.0.0.1"),
    ("10.0.0.1", "203.0.113.7, , 10.0.0.2", "10.0.0.2"),
    # Everything is ours: a call from inside.
    ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
    ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
    # Ports, brackets, zones, IPv4 inside IPv6.
    ("10.0.0.1", "203.0.113.7:51234", "203.0.113.7"),
    ("10.0.0.1", "[2001:db8::7]:443", "2001:db8::7"),
    ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
    ("::ffff:10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
    ("fd00::1", "2001:DB8::7", "2001:db8::7"),
    # A socket has no address; nothing is believed then.
    ("", "203.0.113.7", ""),
    ("10.0.0.1", "", "10.0.0.1"),
    ("10.0.0.1", ", ".join(["203.0.113.7"] + ["10.0.0.2"] * 500), "10.0.0.2"),
]


@pytest.mark.parametrize(("peer", "forwarded", "client"), TABLE)
def test_the_rightmost_foreign_address_is_the_caller(
    peer: str, forwarded: str, client: str
) -> None:
    assert client_address(peer=peer, forwarded=forwarded, trusted=OURS) == client


@pytest.mark.parametrize(("peer", "forwarded", "client"), TABLE)
def test_without_proxies_of_ours_the_peer_is_the_caller(
    peer: str, forwarded: str, client: str
) -> None:
    """The control: nothing in the header moves an address that no network makes credible."""
    assert client_address(peer=peer, forwarded=forwarded, trusted=()) == peer


def asked(peer: str, **meta: str) -> HttpRequest:
    request = RequestFactory().get("/", **meta)
    request.META["REMOTE_ADDR"] = peer
    client_find(request)
    return request


def test_claims_of_a_foreign_peer_are_taken_away(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    told = {"HTTP_X_FORWARDED_FOR": "1.2.3.4", "HTTP_X_FORWARDED_PROTO": "https"}
    foreign, ours = asked("203.0.113.7", **told), asked("10.0.0.1", **told)
    assert "HTTP_X_FORWARDED_PROTO" not in foreign.META
    assert foreign.META["REMOTE_ADDR"] == "203.0.113.7"
    assert ours.META["HTTP_X_FORWARDED_PROTO"] == "https"
    assert ours.META["REMOTE_ADDR"] == "1.2.3.4"


def test_where_no_proxy_is_named_nobody_is_believed(settings: Any) -> None:
    """Else anybody makes plain HTTP look like TLS, to the redirect and to secure cookies."""
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    told = {"HTTP_X_FORWARDED_FOR": "1.2.3.4", "HTTP_X_FORWARDED_PROTO": "https"}
    settings.TRUSTED_PROXIES = []
    nobodys = asked("10.0.0.1", **told)
    assert not nobodys.is_secure()
    assert nobodys.META["REMOTE_ADDR"] == "10.0.0.1"
    assert not any(name.startswith("HTTP_X_FORWARDED") for name in nobodys.META)
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert asked("10.0.0.1", **told).is_secure()


@pytest.mark.parametrize(
    ("peer", "meta", "local"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("10.0.0.1", {}, False),
        ("127.0.0.1", {"HTTP_X_FORWARDED_FOR": "1.2.3.4"}, False),
        ("127.0.0.1", {"HTTP_FORWARDED": "for=127.0.0.1"}, False),
        ("", {}, False),
    ],
)
def test_a_proxy_on_this_machine_is_not_this_machine(
    settings: Any, peer: str, meta: dict[str, str], local: bool
) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1/32"]
    assert is_local(asked(peer, **meta)) is local


@pytest.mark.django_db
def test_two_people_behind_the_proxy_are_two_addresses_to_the_lock(settings: Any) -> None:
    from axes.models import AccessAttempt

    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    for caller in ("203.0.113.7", "203.0.113.8"):
        Client().post(
            "/console/sign-in/",
            {"username": "ivy@example.com", "password": "wrong-password"},
            REMOTE_ADDR="10.0.0.1",
            HTTP_X_FORWARDED_FOR=caller,
        )
    seen = set(AccessAttempt.objects.values_list("ip_address", flat=True))
    assert seen == {"203.0.113.7", "203.0.113.8"}
