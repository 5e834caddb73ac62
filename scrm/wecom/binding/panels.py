"""Trouble with WeCom on the workbench."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.console.pages.base import ConsolePage
from scrm.console.workbench import Todo, Waiting, todo_register
from scrm.wecom.binding.selectors import callbacks_failed, corps_stopped


def _stopped(_page: ConsolePage) -> Waiting:
    count, since = corps_stopped()
    return Waiting(count=count, since=since)


def _failed(_page: ConsolePage) -> Waiting:
    count, since = callbacks_failed()
    return Waiting(count=count, since=since)


todo_register(
    Todo(
        key="wecom-stopped",
        label=_("企微接入已停用"),
        icon="plug",
        permission="wecom.view",
        page="wecom-connection",
        load=_stopped,
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
        load=_failed,
        order=60,
    )
)
