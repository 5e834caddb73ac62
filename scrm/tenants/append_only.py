"""History that nobody may rewrite: enforced by grants, since triggers would shut the door to Citus."""

from __future__ import annotations

from django.conf import settings
from django.db.migrations import RunSQL


def append_only(table: str) -> RunSQL:
    """A migration operation that leaves the app role only INSERT and SELECT on ``table``."""
    role = settings.SCRM_APP_ROLE
    return RunSQL(
        f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM "{role}"',
        f'GRANT UPDATE, DELETE ON "{table}" TO "{role}"',
    )
