"""Trouble with WeCom on the workbench."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from scrm.console.pages.base import ConsolePage
from scrm.console.workbench import Todo, todo_register
from scrm.wecom.binding.selectors import callbacks_failed, corps_stopped
from scrm.wecom.models import CallbackEvent, WeComCorp


def _stopped(_page: ConsolePage) -> QuerySet[WeComCorp]:
    return corps_stopped()


def _failed(_page: ConsolePage) -> QuerySet[CallbackEvent]:
    return callbacks_failed()


todo_register(
    Todo(
        key="wecom-stopped",
        label=_("企微接入已停用"),
        icon="plug",
        permission="wecom.view",
        page="wecom-connection",
        rows=_stopped,
        since="stopped_at",
        order=5,
    )
)
todo_register(
    Todo(
        key="wecom-callbacks",
        label=_("近 7 天处理失败的企微回调"),
        icon="brand-wechat",
        permission="wecom.view",
        page="wecom-callbacks",
        query="state=failed",
        rows=_failed,
        since="received_at",
        order=60,
    )
)
