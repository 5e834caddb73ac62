"""Where a webhook may not go: by form, by address after resolution, and by a name that changes its mind."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from scrm.webhooks import guard
from scrm.webhooks.guard import WebhookUrlRefused, address_pick, target_of, url_check
from scrm.webhooks.models import Outcome
from scrm.webhooks.sender import Outgoing, send
from tests.scrm.webhooks.conftest import Receiver, closed_door

# What a name of the attacker's may resolve to.
HIDDEN = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.0.0.5",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.1",
    "169.254.169.254",  # metadata of most clouds
    "169.254.0.23",  # metadata of Tencent Cloud
    "100.64.0.1",  # CGNAT
    "100.100.100.200",  # metadata of Aliyun
    "192.0.0.192",  # metadata of Oracle
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.5",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::1",  # 6to4 of 127.0.0.1
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
    "2001:db8::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "not an address",
]
# The same in the URL itself, in forms that a resolver would understand.
FORMS = [
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.1/",
    "https://127.0.0.1/",
    "https://127.0.0.1./",
    "https://[::1]/",
    "https://[::ffff:7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://localhost/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://user@example.com/",
    "https://user:pass@example.com/",
    "https://example.com:22/",
    "https://example.com:99999/",
    "https://example.com/#x",
    "https://example.com\\@127.0.0.1/",
    "https://exa mple.com/",
    "https://example.com/\r\nX-Injected: 1",
    "https:///path",
    "https://-/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_",
    "//example.com/",
    "https://example.com/" + "a" * 500,
]


@pytest.mark.parametrize("address", HIDDEN)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    for answers in ([address], ["93.184.216.34", address], [address, "93.184.216.34"]):
        with pytest.raises(WebhookUrlRefused):
            url_check("https://hooks.example.com/", lambda _host, _port, found=answers: found)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "8.8.8.8"]
)
def test_a_public_address_is_called(address: str) -> None:
    """The control: the table above refuses hidden addresses, not all."""
    target = target_of("https://hooks.example.com/x?y=1")
    assert address_pick(target, lambda _host, _port: [address]) == address


@pytest.mark.parametrize("url", FORMS)
def test_a_url_in_disguise_is_refused(url: str) -> None:
    with pytest.raises(WebhookUrlRefused):
        url_check(url)


def test_plain_http_is_for_the_neighbour_only(settings: Any) -> None:
    with pytest.raises(WebhookUrlRefused):
        url_check("http://hooks.example.com/", lambda _host, _port: ["93.184.216.34"])
    settings.WEBHOOK_ALLOWED_NETWORKS = ("10.1.0.0/16",)
    url_check("http://crm.internal/", lambda _host, _port: ["10.1.2.3"])
    with pytest.raises(WebhookUrlRefused):
        url_check("http://crm.internal/", lambda _host, _port: ["10.2.2.3"])


def sent(url: str, resolver: guard.Resolver | None = None) -> Any:
    return send(Outgoing(url=url, headers={"webhook-id": "msg_1"}, body=b"{}"), resolver=resolver)


class Flipping:
    """A name server that says one thing first and another later (DNS rebinding)."""

    def __init__(self, *answers: str) -> None:
        self.answers: Iterator[str] = iter(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return [next(self.answers)]


def test_a_name_that_changed_its_mind_is_not_followed(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = receiver.url.split(":")[2].split("/")[0]
    url = f"https://rebinding.example.com:{port}/"
    resolver = Flipping("93.184.216.34", "127.0.0.1")
    url_check(url, resolver)  # entered while it looked public
    reply = sent(url, resolver)  # called when it leads inside
    assert (reply.outcome, reply.status, receiver.heard) == (Outcome.BLOCKED, None, [])


def test_the_checked_address_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is asked once a call; the connection goes to its answer and never asks again."""
    connected: list[Any] = []

    def connect(address: Any, timeout: float) -> Any:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    resolver = Flipping("93.184.216.34", "127.0.0.1")
    assert sent("https://rebinding.example.com/", resolver).outcome is Outcome.UNREACHABLE
    assert connected == [("93.184.216.34", 443)]
    assert resolver.asked == 1


def test_a_name_server_that_does_not_answer_holds_nobody(
    receiver: Receiver, next_door: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = threading.Event()
    real = socket.getaddrinfo
    monkeypatch.setattr(guard, "RESOLVE_SECONDS", 0.05)
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *asked, **how: answer.wait(30) and real(*asked, **how)
    )
    try:
        reply = sent(receiver.url)
        assert (reply.outcome, reply.error) == (Outcome.UNREACHABLE, "name not resolved")
        url_check("https://slow.example.com/")  # entered like a name that does not resolve yet
    finally:
        answer.set()
    assert receiver.heard == []


def test_a_proxy_of_the_environment_is_not_used(
    receiver: Receiver, next_door: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert sent(receiver.url).status == 204


def test_without_the_allow_list_the_neighbour_is_not_called(receiver: Receiver) -> None:
    assert sent(receiver.url).outcome is Outcome.BLOCKED
    assert receiver.heard == []


def test_a_redirect_is_not_followed(receiver: Receiver, next_door: None) -> None:
    receiver.answer = lambda _heard: 302
    receiver.headers = {"Location": receiver.url}
    reply = sent(receiver.url)
    assert (reply.outcome, reply.status, len(receiver.heard)) == (Outcome.REDIRECT, 302, 1)


def test_a_long_answer_is_cut(receiver: Receiver, next_door: None) -> None:
    written: list[int] = []

    def pour(door: Any) -> None:
        door.send_response(200)
        door.end_headers()
        try:
            for _ in range(64):
                written.append(door.wfile.write(b"x" * 1_000_000))
        except OSError:
            pass

    receiver.reply = pour
    reply = sent(receiver.url)
    assert (reply.outcome, reply.status) == (Outcome.TAKEN, 200)
    assert sum(written) < 64_000_000
    assert "x" not in reply.error


def test_an_answer_that_trickles_ends_at_the_deadline(
    receiver: Receiver, next_door: None, settings: Any
) -> None:
    settings.WEBHOOK_TIMEOUT_SECONDS = 0.3

    def trickle(door: Any) -> None:
        try:
            for _ in range(40):
                door.wfile.write(b"H")
                threading.Event().wait(0.05)
        except OSError:
            pass

    receiver.reply = trickle
    reply = sent(receiver.url)
    assert reply.outcome is Outcome.TIMEOUT
    assert reply.duration_ms < 1_500


def test_nonsense_is_an_outcome_too(receiver: Receiver, next_door: None) -> None:
    receiver.reply = lambda door: door.wfile.write(b"SSH-2.0-OpenSSH\r\n")
    assert sent(receiver.url).outcome is Outcome.UNREACHABLE
    assert sent(closed_door()).outcome is Outcome.UNREACHABLE
    no_tls = receiver.url.replace("http:", "https:")
    assert sent(no_tls).outcome is Outcome.TLS
