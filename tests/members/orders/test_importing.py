"""Order files: refused rows are kept, a kill loses nothing, and nothing counts twice (EC-110)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from members.orders.importing import order_import_start
from members.orders.models import MemberRollup, Order
from members.people.models import Member
from scrm.core import clock
from scrm.events.jobs.runner import job_claim, jobs_run_waiting
from scrm.events.jobs.services import JobLost, job_cancel
from scrm.events.models import Job, JobState, OutboxEvent
from scrm.files import importing, imports
from scrm.files.errors import ImportRefused
from scrm.files.imports import import_faults, import_get
from scrm.files.models import ConnectorRun, ImportPiece
from scrm.tenants.models import Tenant
from tests.factories.members import START, phone_of

HEADER = "订单号,手机号,姓名,支付时间,商品,金额,退款金额,退款时间"


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(imports, "PIECE", 10)
    with clock.frozen(START.replace(year=2027)):
        yield


def rows(count: int, *, people: int = 7) -> list[str]:
    return [
        f"T{number},{phone_of(number % people)},会员{number % people},2026-01-15 12:{number % 60:02d},枕头,{number + 1}.50,,"
        for number in range(count)
    ]


def started(lines: list[str]) -> Job:
    return order_import_start(
        lines=[HEADER + "\n", *(f"{line}\n" for line in lines)], channel="tmall", label="a.csv"
    )


def test_a_file_comes_in_with_progress_and_refused_rows(brand: Tenant) -> None:
    bad = [
        "T1000,,谁,2026-01-15 12:00,枕头,10.00,,",
        "T1001,13800000001,谁,yesterday,枕头,10.00,,",
        "T1002,13800000001,谁,2026-01-15 12:00,枕头,ten,,",
        "T1003,13800000001,谁,2099-01-15 12:00,枕头,10.00,,",
        "T1004,13800000001,谁,2026-01-15 12:00,枕头,10.00,10.01,2026-01-16",
    ]
    job = started(
        [*rows(20), *bad, "T1005,13800000001,谁,2026-01-15 12:00,枕头,10.00,4.00,2026-01-16"]
    )
    assert job.total == 26
    assert jobs_run_waiting() == 1
    job.refresh_from_db()
    assert (job.state, job.done, job.failed) == (JobState.DONE, 21, 5)
    assert [(row.row_no, row.code) for row in import_faults(job)] == [
        (21, "member_required"),
        (22, "order_refused"),
        (23, "order_refused"),
        (24, "from_the_future"),
        (25, "refund_exceeds_paid"),
    ]
    assert Order.objects.count() == 21
    assert Order.objects.get(external_id="T1005").net_fen == 600
    assert ImportPiece.objects.count() == 0
    run = ConnectorRun.objects.get()
    assert (run.connector, run.read, run.accepted, run.rejected) == ("csv", 26, 21, 5)
    assert run.reasons == {
        "member_required": 1,
        "order_refused": 2,
        "from_the_future": 1,
        "refund_exceeds_paid": 1,
    }


@pytest.mark.parametrize("killed_after", [0, 1, 3])
@pytest.mark.parametrize("at", ["before", "inside"])
def test_a_killed_import_goes_on_where_it_stood(
    brand: Tenant, monkeypatch: pytest.MonkeyPatch, killed_after: int, at: str
) -> None:
    """The kill comes between two chunks, or after a chunk's orders but before its commit."""
    lines = rows(45)
    job = started(lines + lines[:20])
    step, advance, seen = importing.import_step, importing.job_advance, []

    def dying(*args: Any, **kwargs: Any) -> Any:
        if len(seen) == killed_after:
            raise KeyboardInterrupt
        seen.append(1)
        return (step if at == "before" else advance)(*args, **kwargs)

    monkeypatch.setattr(importing, "import_step" if at == "before" else "job_advance", dying)
    claimed = job_claim()
    assert claimed is not None
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        importing.import_run(claimed)
    monkeypatch.undo()
    monkeypatch.setattr(imports, "PIECE", 10)
    with clock.frozen(START.replace(year=2027, month=2)):
        assert jobs_run_waiting() == 1
    job.refresh_from_db()
    assert (job.state, job.done, job.failed) == (JobState.DONE, 65, 0)
    assert Order.objects.count() == 45
    assert Member.objects.count() == 7
    assert sum(MemberRollup.objects.values_list("net_fen", flat=True)) == sum(
        (number + 1) * 100 + 50 for number in range(45)
    )
    told = [
        key
        for row in OutboxEvent.objects.filter(type="order.changed")
        for key in row.payload["order_ids"]
    ]
    assert len(told) == len(set(told)) == 45, "each order was told once"


def test_the_same_file_twice_changes_nothing_more(brand: Tenant) -> None:
    for _again in range(2):
        started(rows(25))
        jobs_run_waiting()
    assert Order.objects.count() == 25
    assert OutboxEvent.objects.filter(type="order.changed").count() == 3


def test_a_cancelled_import_stops_at_its_next_chunk(brand: Tenant) -> None:
    job = started(rows(30))
    claimed = job_claim()
    assert claimed is not None
    importing.import_step(claimed, import_get(claimed.params["import"]))
    job_cancel(public_id=job.public_id)
    with pytest.raises(JobLost), transaction.atomic():
        importing.import_step(claimed, import_get(claimed.params["import"]))
    assert Order.objects.count() == 10


def test_lines_of_one_order_may_stand_in_several_rows(brand: Tenant) -> None:
    header = "external_id,business_account,paid_at,line_id,subtotal,discount\n"
    body = ["A1,u1,2026-01-15 12:00,1,10.00,1.00\n", "A1,u1,2026-01-15 12:00,2,20.00,0\n"]
    order_import_start(lines=[header, *body], channel="pos", label="pos.csv")
    jobs_run_waiting()
    found = Order.objects.get()
    assert (found.channel, found.net_fen, found.lines.count()) == ("pos", 2900, 2)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["nothing,useful\n", "1,2\n"],
        ["订单号,金额,金额\n", "1,2,3\n"],
        [HEADER + "\n"],
        [HEADER + "\n", "T1,13800000001,a\x00b,2026-01-15,x,1.00,,\n"],
    ],
)
def test_what_is_no_order_file_is_refused(brand: Tenant, lines: list[str]) -> None:
    with pytest.raises(ImportRefused), transaction.atomic():
        order_import_start(lines=lines, channel="tmall", label="x")
    assert Job.objects.count() == 0


def test_a_moment_before_all_calendars_refuses_its_row_alone(brand: Tenant) -> None:
    never = "T9,13800000009,x,2026-01-15,枕头,9.50,1.00,0001-01-01 00:00:00"
    job = order_import_start(
        lines=[HEADER + "\n", never + "\n", rows(1)[0] + "\n"], channel="tmall", label="x"
    )
    jobs_run_waiting()
    job.refresh_from_db()
    assert (job.state, job.done, job.failed) == (JobState.DONE, 1, 1)
