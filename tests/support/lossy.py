"""A proxy that loses answers: the call happened, the caller never learns."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Lossy:
    """Where it listens, and what it did: each third POST to a batch is answered to nobody."""

    url: str = ""
    lost: int = 0
    posts: int = 0
    replayed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def loses(self, path: str) -> bool:
        with self.lock:
            if not path.endswith("/batch"):
                return False
            self.posts += 1
            is_lost = self.posts % 3 == 0
            self.lost += is_lost
            return is_lost


@contextmanager
def lossy_proxy(target: str) -> Iterator[Lossy]:
    """Stand before ``target`` for the block."""
    state, there = Lossy(), urlsplit(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            upstream = http.client.HTTPConnection(there.hostname or "", there.port, timeout=120)
            upstream.request(self.command, self.path, body, dict(self.headers.items()))
            answer = upstream.getresponse()
            data = answer.read()
            upstream.close()
            self.close_connection = True
            state.replayed += answer.headers.get("Idempotent-Replayed") == "true"
            if self.command == "POST" and state.loses(self.path):
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in {"transfer-encoding", "connection", "content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _pass  # noqa: N815 - the base class calls them so

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, name="lossy")
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
