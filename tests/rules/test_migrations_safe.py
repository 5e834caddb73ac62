"""squawk sees what would stop people at work; the controls are planted violations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from tools import migrations as tool

pytestmark = pytest.mark.django_db

PLANTED = [
    ("ALTER TABLE events_job ADD COLUMN colour text NOT NULL;", "adding-required-field"),
    ("CREATE INDEX job_kind ON events_job (kind);", "require-concurrent-index-creation"),
    ("DROP INDEX job_by_time;", "require-concurrent-index-deletion"),
    ("ALTER TABLE events_job RENAME COLUMN kind TO sort;", "renaming-column"),
    ("ALTER TABLE events_job RENAME TO work;", "renaming-table"),
    ("ALTER TABLE events_job DROP COLUMN kind;", "ban-drop-column"),
    ("DROP TABLE events_job;", "ban-drop-table"),
    ("ALTER TABLE events_job ALTER COLUMN kind TYPE integer USING 1;", "changing-column-type"),
    ("ALTER TABLE events_job ALTER COLUMN kind DROP DEFAULT;", "ban-drop-default"),
    ("ALTER TABLE events_job ADD CONSTRAINT u UNIQUE (kind);", "disallowed-unique-constraint"),
    ("ALTER TABLE events_job ADD CONSTRAINT c CHECK (total > 0);", "constraint-missing-not-valid"),
]
FINE = [
    "ALTER TABLE events_job ADD COLUMN colour text;",
    "ALTER TABLE events_job ADD COLUMN colour text DEFAULT 'red' NOT NULL;",
    "CREATE INDEX CONCURRENTLY job_kind ON events_job (kind);",
    "BEGIN; CREATE TABLE fresh (id bigint PRIMARY KEY); CREATE INDEX i ON fresh (id); COMMIT;",
    "ALTER TABLE events_job ADD CONSTRAINT c CHECK (total > 0) NOT VALID;",
]


@pytest.mark.parametrize(("sql", "rule"), PLANTED, ids=[row[1] for row in PLANTED])
def test_a_planted_violation_is_found(sql: str, rule: str) -> None:
    assert rule in {found for found, _line, _words in tool.unsafe(sql)}


@pytest.mark.parametrize("sql", FINE)
def test_the_way_around_it_is_not(sql: str) -> None:
    assert tool.unsafe(sql) == []


def sql_of_operation(operation: Any, *, atomic: bool = True) -> str:
    """What Django would run for one operation on a table of ours."""
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("kind", models.CharField(max_length=9)),
    ]
    state = ProjectState()
    migrations.CreateModel("Work", fields).state_forwards("planted", state)
    after = state.clone()
    operation.state_forwards("planted", after)
    with connection.schema_editor(collect_sql=True, atomic=atomic) as editor:
        operation.database_forwards("planted", editor, state, after)
    return "\n".join(editor.collected_sql)


def test_djangos_own_operations_are_seen_through() -> None:
    """A default in Python is dropped at once, which the old release cannot stand; one in the database stays."""
    plain = migrations.AddField("work", "n", models.BigIntegerField(default=0))
    kept = migrations.AddField("work", "n", models.BigIntegerField(db_default=0))
    index = models.Index(fields=["kind"], name="work_kind")
    assert [found[0] for found in tool.unsafe(sql_of_operation(plain))] == ["ban-drop-default"]
    assert tool.unsafe(sql_of_operation(kept)) == []
    assert tool.unsafe(sql_of_operation(migrations.AddIndex("work", index))) != []


def test_a_violation_without_an_allowance_is_named_and_an_idle_allowance_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    allowed = tmp_path / "allowed.txt"
    monkeypatch.setattr(tool, "ALLOWED", allowed)
    monkeypatch.setattr(tool, "newer", lambda: [("events", "9999_planted")])
    monkeypatch.setattr(tool, "sql_of", lambda app, name: "DROP TABLE events_job;")
    allowed.write_text("# nothing\n")
    assert [fault.split()[0] for fault in tool.faults()] == ["events.9999_planted:ban-drop-table"]
    allowed.write_text("events.9999_planted:ban-drop-table nobody uses it\n")
    assert list(tool.faults()) == []
    monkeypatch.setattr(tool, "sql_of", lambda app, name: "SELECT 1;")
    assert [fault.split()[0] for fault in tool.faults()] == ["events.9999_planted:ban-drop-table"]


def test_every_allowance_says_why() -> None:
    assert [key for key, why in tool.listed(tool.ALLOWED).items() if len(why) < 20] == []


def test_migrate_waits_for_locks_only_briefly() -> None:
    from scrm.tenants.management.commands.migrate import _be_patient

    with connection.cursor() as cursor:
        _be_patient("default")
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("5s",)
        cursor.execute("SET lock_timeout = 0")
    assert AddIndexConcurrently.atomic is False
