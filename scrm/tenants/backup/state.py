"""What a database contains and how it is guarded, as far as a restored one must be the same."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from psycopg2 import extensions, sql

BOOTSTRAP = Path(__file__).resolve().parents[2] / "embedded" / "bootstrap.sql"
_LEAKPROOF = re.compile(r"^ALTER FUNCTION (pg_catalog\.\w+\([^)]*\)) LEAKPROOF;", re.MULTILINE)
_TABLES = """
    SELECT c.relname FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""
# One line per guard; two databases with the same lines are guarded alike.
_GUARDS = """
    SELECT 'policy ' || tablename || ' ' || policyname || ' ' || cmd || ' ' || coalesce(qual, '')
           || ' ' || coalesce(with_check, '')
      FROM pg_policies WHERE schemaname = current_schema()
    UNION ALL
    SELECT 'rls ' || c.relname || ' ' || c.relrowsecurity || ' ' || c.relforcerowsecurity
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
    UNION ALL
    SELECT 'owner ' || c.relname || ' ' || pg_get_userbyid(c.relowner)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'S')
    UNION ALL
    SELECT 'grant ' || c.relname || ' ' || a.privilege_type
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL aclexplode(c.relacl) a
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'S')
       AND a.grantee = %(role)s::regrole
    UNION ALL
    SELECT 'default ' || d.defaclobjtype::text || ' ' || a.privilege_type
      FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) a
     WHERE a.grantee = %(role)s::regrole
    UNION ALL
    SELECT 'constraint ' || t.relname || ' ' || k.conname || ' ' || k.convalidated
      FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
      JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE n.nspname = current_schema() AND k.contype <> 'n'
    UNION ALL
    SELECT 'index ' || i.relname || ' ' || x.indisvalid
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_namespace n ON n.oid = i.relnamespace
     WHERE n.nspname = current_schema()
    ORDER BY 1
"""


def tables(opened: extensions.connection) -> list[str]:
    """Every table of the schema."""
    return [row[0] for row in rows(opened, _TABLES)]


def row_counts(opened: extensions.connection) -> dict[str, int]:
    """Rows of every table, in the connection's snapshot."""
    counts = {}
    for table in tables(opened):
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        counts[table] = int(rows(opened, query)[0][0])
    return counts


def guards(opened: extensions.connection) -> list[str]:
    """Policies, row-level security, owners, grants, constraints and indexes."""
    return [row[0] for row in rows(opened, _GUARDS, {"role": settings.SCRM_APP_ROLE})]


def leakproof_missing(opened: extensions.connection) -> list[str]:
    """Functions that the bootstrap marks and that are unmarked here: queries would be slow, not unsafe."""
    wanted = _LEAKPROOF.findall(BOOTSTRAP.read_text(encoding="utf-8"))
    query = "SELECT f FROM unnest(%(wanted)s) f JOIN pg_proc p ON p.oid = f::regprocedure WHERE NOT p.proleakproof"
    return [row[0] for row in rows(opened, query, {"wanted": wanted})]


def migrations(opened: extensions.connection) -> list[str]:
    """What was applied."""
    return [
        row[0]
        for row in rows(opened, "SELECT app || '.' || name FROM django_migrations ORDER BY 1")
    ]


def keys_needed() -> list[str]:
    """Ids of the keys without which sealed columns stay closed; never the keys."""
    return [hashlib.sha256(key.encode()).hexdigest()[:8] for key in settings.SCRM_SECRET_KEYS]


def rows(
    opened: extensions.connection, query: Any, values: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with opened.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
