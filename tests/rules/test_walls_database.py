"""Every tenant table of the catalogue, tried with raw SQL as the app role."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models, transaction

from scrm.tenants.context import NoTenant, tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.walls import walls_missing
from tests.rules.walls.attempts import wall_faults
from tests.rules.walls.rows import row_make, tenant_models
from tests.support.api import tenant as new_tenant

pytestmark = [pytest.mark.db, pytest.mark.django_db]

_TENANT_TABLES = """
    SELECT c.relname FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname NOT IN ('access_membership', 'access_platformentry')
"""
_INDEXES = """
    SELECT t.relname, i.relname, x.indisprimary,
           (SELECT attname FROM pg_attribute WHERE attrelid = t.oid AND attnum = x.indkey[0]),
           x.indisunique, m.amname
      FROM pg_index x
      JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_am m ON m.oid = i.relam
      JOIN pg_class t ON t.oid = x.indrelid
      JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema()
"""
_FOREIGN_KEYS = """
    SELECT t.relname, k.conname, r.relname,
           (SELECT array_agg(a.attname::text ORDER BY p.place)
              FROM unnest(k.conkey) WITH ORDINALITY AS p(num, place)
              JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = p.num),
           (SELECT array_agg(a.attname::text ORDER BY p.place)
              FROM unnest(k.confkey) WITH ORDINALITY AS p(num, place)
              JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = p.num)
      FROM pg_constraint k
      JOIN pg_class t ON t.oid = k.conrelid
      JOIN pg_class r ON r.oid = k.confrelid
      JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema()
     WHERE k.contype = 'f'
"""


def rows_of(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def tenant_tables() -> set[str]:
    return {row[0] for row in rows_of(_TENANT_TABLES)}


def test_the_suite_runs_as_a_role_that_sees_no_walls_down() -> None:
    assert walls_missing() == []


def test_every_tenant_table_has_a_model_and_so_a_sample_row() -> None:
    """A table made by hand would escape the walk below."""
    assert tenant_tables() == {model._meta.db_table for model in tenant_models()}


def samples(a: Tenant, b: Tenant, wanted: list[type[models.Model]]) -> dict[str, dict[str, Any]]:
    """A row of A and one of B for each model; fails naming a table without a recipe."""
    rows: dict[str, dict[str, Any]] = {model._meta.label_lower: {} for model in wanted}
    for name, brand in (("a", a), ("b", b)):
        kept: dict[str, models.Model] = {}
        with tenant_scope(brand), transaction.atomic():
            for model in wanted:
                rows[model._meta.label_lower][name] = row_make(model, kept)
    return rows


def test_no_table_can_be_read_written_moved_or_pointed_across_brands() -> None:
    a, b = new_tenant(), new_tenant()
    rows = samples(a, b, tenant_models())
    faults = [
        f"{model._meta.label_lower}: {fault}"
        for model in tenant_models()
        for fault in wall_faults(model, a, b, rows[model._meta.label_lower])
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("breach", "repair"),
    [
        ("DISABLE ROW LEVEL SECURITY", "ENABLE ROW LEVEL SECURITY"),
        ("POLICY", ""),
    ],
)
def test_a_wall_taken_down_turns_the_walk_red(
    breach: str, repair: str, owner_connection: Any
) -> None:
    """The control, on a real table: without its policy the very same walk finds the leaks."""
    from scrm.tenants.backend.schema import TENANT_EXPRESSION

    table = "events_job"
    down, up = f"ALTER TABLE {table} {breach}", f"ALTER TABLE {table} {repair}"
    if breach == "POLICY":
        down = f"ALTER POLICY tenant_isolation ON {table} USING (true) WITH CHECK (true)"
        up = (
            f"ALTER POLICY tenant_isolation ON {table} "
            f"USING ({TENANT_EXPRESSION}) WITH CHECK ({TENANT_EXPRESSION})"
        )
    model = next(model for model in tenant_models() if model._meta.db_table == table)
    owner = owner_connection.cursor()
    owner.execute(down)
    try:
        with transaction.atomic():
            a, b = new_tenant(), new_tenant()
            faults = list(wall_faults(model, a, b, samples(a, b, [model])[model._meta.label_lower]))
            transaction.set_rollback(True)  # lets go of the table, so that it can be repaired
    finally:
        owner.execute(up)
    assert {"rows are seen without a tenant", "a brand reads another's rows"} <= set(faults)
    assert "a brand moves its row to another" in faults
    assert "_base_manager reads another brand's rows" in faults


def test_a_dropped_policy_keeps_the_platform_from_starting(owner_connection: Any) -> None:
    owner = owner_connection.cursor()
    owner.execute("ALTER TABLE events_job DISABLE ROW LEVEL SECURITY")
    try:
        assert walls_missing() == ["tenant table events_job has no row-level security policy"]
    finally:
        owner.execute("ALTER TABLE events_job ENABLE ROW LEVEL SECURITY")


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label_lower)
def test_the_manager_fails_closed_without_a_scope(model: Any) -> None:
    """Every entry point of the manager, not only the plain ones."""
    for touch in (
        model.objects.all,
        model.objects.count,
        model.objects.exists,
        model.objects.first,
        lambda: model.objects.filter(pk=None),
        lambda: model.objects.values_list("pk"),
        lambda: model.objects.bulk_create([model()]),
        lambda: model.objects.update(created_at=None),
        lambda: model().save(),
    ):
        with pytest.raises(NoTenant):
            touch()


def test_every_unique_index_starts_with_the_tenant() -> None:
    tables = tenant_tables()
    assert [
        f"{table}.{index}"
        for table, index, _primary, first, unique, _kind in rows_of(_INDEXES)
        if table in tables and unique and first != "tenant_id"
    ] == []


def test_every_ordered_index_of_a_tenant_table_starts_with_the_tenant() -> None:
    """Trigram indexes (GIN) cannot hold a bigint without an extension; the query's filter does it."""
    tables = tenant_tables()
    assert [
        f"{table}.{index}"
        for table, index, _primary, first, _unique, kind in rows_of(_INDEXES)
        if table in tables and kind == "btree" and first != "tenant_id"
    ] == []


def test_the_key_of_every_tenant_table_is_tenant_and_id() -> None:
    tables = tenant_tables()
    primary = {row[0] for row in rows_of(_INDEXES) if row[2] and row[3] == "tenant_id"}
    assert tables - primary == set()


def test_every_foreign_key_between_tenant_tables_carries_the_tenant() -> None:
    tables = tenant_tables()
    faults = []
    for table, name, target, columns, targets in rows_of(_FOREIGN_KEYS):
        if table not in tables:
            assert target not in tables, f"{table}.{name} points from outside at a tenant table"
            continue
        composite = columns[0] == "tenant_id" and targets[0] == "tenant_id" and len(columns) == 2
        if not composite and not (target == "tenants_tenant" and columns == ["tenant_id"]):
            faults.append(f"{table}.{name}: {columns} -> {target} {targets}")
    assert faults == []
