"""Start-up check: the process must not be able to see past the walls."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

_ROLE = """
    SELECT rolname, rolsuper, rolbypassrls,
           EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE c.relowner = r.oid AND n.nspname = current_schema() AND c.relkind IN ('r', 'p'))
    FROM pg_roles r WHERE rolname = current_user
"""
_BARE = """
    SELECT c.relname
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND NOT (c.relrowsecurity AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))
    ORDER BY 1
"""


def walls_missing() -> list[str]:
    """Every reason why this connection must not serve; empty if all walls stand."""
    from scrm.tenants.fields import PLATFORM_MODELS  # noqa: PLC0415 - keep import light for wsgi

    exempt = {label.replace(".", "_") for label in PLATFORM_MODELS}
    with connection.cursor() as cursor:
        cursor.execute(_ROLE)
        name, is_super, bypasses, owns = cursor.fetchone()
        cursor.execute(_BARE)
        bare = [row[0] for row in cursor.fetchall() if row[0] not in exempt]
    faults = [f"tenant table {table} has no row-level security policy" for table in bare]
    if is_super or bypasses or owns:
        faults.append(
            f"database role {name} is a superuser, bypasses row-level security or owns tables; "
            "point DATABASE_URL at the app role (scrm_app)"
        )
    return faults


def require_walls() -> None:
    """Refuse to start when a wall is missing."""
    faults = walls_missing()
    if faults:
        raise ImproperlyConfigured("; ".join(faults))
