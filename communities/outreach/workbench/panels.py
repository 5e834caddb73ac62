"""Pushes on the workbench."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from communities.outreach.models import Push
from communities.outreach.rules import PushState
from communities.outreach.workbench.selectors import (
    pushes_awaiting,
    pushes_failed,
    pushes_latest,
)
from scrm.console.pages.base import ConsolePage
from scrm.console.workbench import (
    Recent,
    RecentSource,
    Todo,
    recent_register,
    todo_register,
)


def _awaiting(_page: ConsolePage) -> QuerySet[Push]:
    return pushes_awaiting()


def _failed(_page: ConsolePage) -> QuerySet[Push]:
    return pushes_failed()


def _recent(limit: int) -> Sequence[Recent]:
    return [
        Recent(
            title=row.name,
            kind=_("推送"),
            at=row.updated_at,
            page="push-edit" if row.state == PushState.DRAFT else "push-detail",
            arguments=(("push_id", row.public_id),),
        )
        for row in pushes_latest(limit)
    ]


todo_register(
    Todo(
        key="pushes",
        label=_("待员工确认的推送"),
        icon="send",
        permission="pushes.view",
        page="push-list",
        query="state=awaiting_staff",
        rows=_awaiting,
        since="scheduled_at",
        order=20,
    )
)
todo_register(
    Todo(
        key="pushes-failed",
        label=_("近 7 天失败的推送"),
        icon="send",
        permission="pushes.view",
        page="push-list",
        query="state=failed",
        rows=_failed,
        since="updated_at",
        order=25,
    )
)
recent_register(RecentSource(key="pushes", permission="pushes.view", load=_recent, order=10))
