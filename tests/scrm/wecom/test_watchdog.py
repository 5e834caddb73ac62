"""A database that says nothing at all ends in an error in time, not in silence."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest
from django.db import connection

from scrm.wecom.callbacks.watchdog import Watchdog


@contextmanager
def freezable(host: str, port: int) -> Iterator[tuple[int, threading.Event]]:
    """A proxy in front of the server that stops passing bytes on when told."""
    frozen = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if frozen.is_set():
                    continue
                sink.sendall(data)
        except OSError:
            pass
        if not frozen.is_set():
            sink.close()

    def accept() -> None:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        server = socket.create_connection((host, port))
        for pair in ((client, server), (server, client)):
            threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1], frozen
    finally:
        listener.close()


@pytest.mark.django_db
def test_a_frozen_server_is_hung_up_on_and_a_living_one_is_not() -> None:
    found = connection.settings_dict
    dog = Watchdog(patience=0.5)
    with freezable(str(found["HOST"]), int(found["PORT"])) as (port, frozen):
        client = psycopg2.connect(
            dbname="postgres", user=found["USER"], host="127.0.0.1", port=port, sslmode="disable"
        )
        with client.cursor() as cursor:
            with dog.watching(client.fileno()):
                cursor.execute("SELECT 1")
            time.sleep(0.8)
            with dog.watching(client.fileno()):
                cursor.execute("SELECT 2")
            frozen.set()
            start = time.monotonic()
            with dog.watching(client.fileno()), pytest.raises(psycopg2.OperationalError):
                cursor.execute("SELECT 3")
            assert time.monotonic() - start < 1.2
        client.close()
