"""Members confirming broadcasts: the quota decides recipient by recipient."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from scrm.wecom.sandbox.entities import Broadcast, Customer, Message, Task

if TYPE_CHECKING:
    from scrm.wecom.sandbox.world import CorpState, World

# WeCom counts days, weeks and months in China, which has one zone and no summer time.
CHINA = timezone(timedelta(hours=8))
SENT, NOT_FRIEND, OVER_QUOTA = 1, 2, 3
TASK_DONE = 2
WEEKLY = 7


def _month(now: datetime) -> tuple[datetime, int]:
    days = calendar.monthrange(now.year, now.month)[1]
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0), days


def _week(now: datetime) -> tuple[datetime, int]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=now.weekday()), WEEKLY


def _day(now: datetime) -> tuple[datetime, int]:
    return now.replace(hour=0, minute=0, second=0, microsecond=0), 1


PERIODS: dict[str, Callable[[datetime], tuple[datetime, int]]] = {
    "monthly": _month,
    "weekly": _week,
    "daily": _day,
}


def quota_left(corp: CorpState, customer: Customer, now: int) -> int:
    """How many broadcasts the customer can still receive in the running period."""
    moment = datetime.fromtimestamp(now, UTC).astimezone(CHINA)
    start, most = PERIODS[corp.corp.quota_rule](moment)
    begun = start.timestamp()
    return most - sum(1 for at in customer.broadcast_times if at >= begun)


def open_tasks(corp: CorpState, *, msgid: str = "", userid: str = "") -> list[Task]:
    broadcasts = corp.all(Broadcast)
    return [
        task
        for task in corp.all(Task).values()
        if not task.status
        and not broadcasts[task.msgid].cancelled
        and msgid in ("", task.msgid)
        and userid in ("", task.userid)
    ]


def confirm(world: World, corp: CorpState, *, msgid: str, userid: str) -> dict[str, object]:
    """Send every open task that fits, and count recipients by outcome."""
    tasks = open_tasks(corp, msgid=msgid, userid=userid)
    for task in tasks:
        _send(world, corp, task)
    return {
        "tasks": len(tasks),
        "sent": sum(task.count(SENT) for task in tasks),
        "not_friend": sum(task.count(NOT_FRIEND) for task in tasks),
        "over_quota": sum(task.count(OVER_QUOTA) for task in tasks),
    }


def _send(world: World, corp: CorpState, task: Task) -> None:
    now = world.now()
    broadcast = corp.all(Broadcast)[task.msgid]
    for external_userid in task.recipients:
        status = _outcome(corp, task, external_userid, now)
        task.results[external_userid] = [status, now if status == SENT else 0]
        if status == SENT:
            customer = corp.all(Customer)[external_userid]
            customer.broadcast_times.append(now)
            world.put(corp.corp_id, customer)
            message = Message(
                id=world.number(),
                external_userid=external_userid,
                userid=task.userid,
                message_kind="broadcast",
                at=now,
                text=broadcast.text,
                msgid=task.msgid,
                attachments=broadcast.attachments,
            )
            world.put(corp.corp_id, message)
    task.status, task.send_time = TASK_DONE, now
    world.put(corp.corp_id, task)


def _outcome(corp: CorpState, task: Task, external_userid: str, now: int) -> int:
    relation = corp.relation(task.userid, external_userid)
    customer = corp.get(Customer, external_userid)
    if relation is None or customer is None or relation.deleted_by_customer:
        return NOT_FRIEND
    return SENT if quota_left(corp, customer, now) > 0 else OVER_QUOTA
