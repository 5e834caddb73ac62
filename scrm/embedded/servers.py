"""Both servers together, or the ones the environment already names."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from scrm.embedded.errors import EmbeddedError
from scrm.embedded.postgres import PostgresServer
from scrm.embedded.valkey import ValkeyServer


@dataclass(kw_only=True)
class Servers:
    """PostgreSQL and Valkey for one data folder; a URL in the environment means that server is not ours."""

    folder: Path
    throw_away: bool = False
    postgres: PostgresServer | None = field(default=None, init=False)
    valkey: ValkeyServer | None = field(default=None, init=False)
    database_url: str = field(default="", init=False)
    database_owner_url: str = field(default="", init=False)
    redis_url: str = field(default="", init=False)

    def start(self) -> None:
        """Start what the environment does not provide; on failure nothing stays up."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            # Root's PostgreSQL runs as another user, who must be able to pass through our own folder.
            self.folder.chmod(self.folder.stat().st_mode | 0o011)
        try:
            self._start_postgres()
            self._start_valkey()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what was started here, and only that."""
        if self.valkey is not None:
            self.valkey.stop()
        if self.postgres is not None:
            self.postgres.stop()

    def dead(self) -> str | None:
        """The name of a server that has stopped by itself, if any."""
        if self.postgres is not None and not self.postgres.is_running():
            return "PostgreSQL"
        if self.valkey is not None and not self.valkey.is_running():
            return "Valkey"
        return None

    def _start_postgres(self) -> None:
        given = os.environ.get("DATABASE_URL", "")
        if given:
            self.database_url = given
            self.database_owner_url = os.environ.get("DATABASE_OWNER_URL", "")
            if not self.database_owner_url:
                raise EmbeddedError(
                    "DATABASE_URL is set, so DATABASE_OWNER_URL must name the role that migrates"
                )
            return
        self.postgres = PostgresServer(folder=self.folder / "postgres", throw_away=self.throw_away)
        self.postgres.start()
        self.database_url = self.postgres.url(role="scrm_app")
        self.database_owner_url = self.postgres.url(role="scrm_owner")

    def _start_valkey(self) -> None:
        self.redis_url = os.environ.get("REDIS_URL", "")
        if not self.redis_url:
            self.valkey = ValkeyServer(folder=self.folder / "valkey", throw_away=self.throw_away)
            self.valkey.start()
            self.redis_url = self.valkey.url()
