"""Every write by a person or a key leaves a line in the audit log: the table of addresses is walked."""

from __future__ import annotations

from typing import Any

import pytest

from scrm.events import audit
from scrm.events.models import AuditLog
from scrm.tenants.context import tenant_scope
from tests.rules.test_walls_urls import World, call, open_page, report, rows_of, undone, world
from tests.rules.urls.rows import Api, Page

__all__ = ["world"]

# Addresses that take a write and rightly leave no line, each with its reason.
EXEMPT: dict[str, str] = {
    "api:segments-count POST": "counts; it posts because a rule is too long for an address",
    "console:segments-count POST": "counts; it posts because a rule is too long for an address",
    "api:tags-try POST": "counts; it posts because a definition is too long for an address",
    "api:tiers-preview POST": "counts who would move; nothing is written",
    "console:tiers-edit POST": "the first post shows who moves; the second is the service of PUT tiers",
    "api:programmes POST": "the draft in the table stands already: nothing changes",
    "console:programme-start POST": "the draft in the table stands already: nothing changes",
    "console:push-phone POST": "draws a preview of what was typed",
    "console:push-refresh POST": "asks WeCom for results now; what they say is no person's doing",
    "console:notices-read POST": "a person's own reading marks",
    "console:list-columns POST": "a person's own choice of columns",
    "console:views-default POST": "a person's own first view",
    "console:settings-restore POST": "the version in the table stands already: nothing changes",
    "console:brand-profile POST": "shows the difference; the post that confirms it writes the line",
    "console:import POST": "tries the file without writing; the post that starts it writes the line",
    "api:setting-version-restore POST": "the version in the table stands already: nothing changes",
    "console:members-edit POST": "the table sends what stands already: nothing changes",
    "console:person-activate POST": "the person in the table is active already: nothing changes",
    "console:webhook-resume POST": "the endpoint in the table is on already: nothing changes",
    "console:persona-groups POST": "the table places no group: nothing changes",
    "console:contact-code-retry POST": "the code in the table was not refused: nothing to ask again",
}
_READS = {"GET", "HEAD"}


def lines(brand: Any) -> int:
    with tenant_scope(brand):
        return AuditLog.objects.exclude(actor_kind="system").count()


def is_done(status: int) -> bool:
    return 200 <= status < 400


def silent(world: World, rows: list[Any]) -> list[str]:
    """Writes of the owner's that succeeded without a line by a person or a key."""
    found = []
    for row in rows:
        if row.method in _READS:
            continue
        key, browser = world.key_of(world.a, ("*",)), world.browser_of(world.owner)
        with undone():
            before = lines(world.a)
            is_api = isinstance(row, Api)
            ask = call if is_api else open_page
            who = (key,) if is_api else (browser, world.a)
            got = ask(*who, row, world.names)
            if is_done(got.status_code) and lines(world.a) == before:
                found.append(row.key if isinstance(row, Api) else f"{row.key} {row.method}")
    return sorted(set(found))


@pytest.mark.db
def test_every_write_leaves_a_line(world: World) -> None:
    rows = [*rows_of(Api), *rows_of(Page)]
    quiet = silent(world, rows)
    report(f"{key} writes without a line in the audit log" for key in quiet if key not in EXEMPT)


@pytest.mark.db
def test_no_exemption_outlives_its_reason(world: World) -> None:
    known = {
        row.key if isinstance(row, Api) else f"{row.key} {row.method}"
        for row in [*rows_of(Api), *rows_of(Page)]
    }
    assert sorted(EXEMPT.keys() - known) == []
    assert all(reason.strip() for reason in EXEMPT.values())


@pytest.mark.db
def test_a_service_that_forgets_its_line_turns_the_walk_red(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: webhooks whose services no longer record."""
    monkeypatch.setattr("scrm.webhooks.services.record", lambda *_given, **_more: None)
    rows = [row for row in rows_of(Api) if row.key == "api:webhooks POST"]
    assert silent(world, rows) == ["api:webhooks POST"]
    monkeypatch.setattr("scrm.webhooks.services.record", audit.record)
    assert silent(world, rows) == []
