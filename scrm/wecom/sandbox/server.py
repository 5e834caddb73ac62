"""The HTTP server: threads, keep-alive, loopback only."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from typing_extensions import override

from scrm.wecom.sandbox.app import Sandbox
from scrm.wecom.sandbox.wire import Request, Response

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

BODY_LIMIT = 64 * 1024 * 1024
IDLE_SECONDS = 60


class NotLoopbackError(Exception):
    """The sandbox has no passwords, so it listens to this machine only."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1
    server: SandboxServer

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > BODY_LIMIT:
            self.close_connection = True
            self._send(Response(413, b"413 Request Entity Too Large", "text/plain"))
            return
        host = self.headers.get("Host", "")
        request = Request(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
            remote=self.client_address[0],
            base_url=f"http://{host}" if host else self.server.base_url,
        )
        try:
            response = self.server.sandbox.handle(request)
        except Exception:  # noqa: BLE001  a bug here must not look like a planted fault
            traceback.print_exc()
            response = Response(500, b"500 Internal Server Error", "text/plain")
        if response.delay:
            time.sleep(response.delay)
        if response.hang_up:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._send(response)

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)
        self.wfile.flush()

    @override
    def log_message(self, format: str, *args: object) -> None:
        """The request log is under /_sandbox/requests."""


class SandboxServer(ThreadingHTTPServer):
    """Listens at once; call start() for a thread, or serve_forever() to stay.

    Example: `with SandboxServer(folder) as server: SandboxControl(server.base_url)`.
    """

    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, folder: Path, *, port: int = 0, host: str = "127.0.0.1") -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise NotLoopbackError(f"{host} is not a loopback address")
        super().__init__((host, port), Handler)
        self.sandbox = Sandbox(folder)
        self.base_url = f"http://{host}:{self.server_address[1]}"
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port and the journal; what is in the data folder can be started again."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
            self._thread = None
        self.server_close()
        self.sandbox.close()

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is part of the game."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            traceback.print_exc()

    @override
    def __enter__(self) -> Self:
        self.start()
        return self

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
