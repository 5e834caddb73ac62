"""Connect the tenants' layer, which stands below, to the actor and the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.core.sealed import sealed_register
from scrm.events.actor import current_actor
from scrm.events.audit import audit_register, record
from scrm.tenants.deeds import Author, deeds_connect


def _author() -> Author:
    actor = current_actor()
    return Author(kind=actor.kind, id=actor.id, label=actor.label)


deeds_connect(author=_author, record=record)

audit_register("tenant.changed", _("修改品牌资料"))
audit_register("settings.changed", _("修改设置"))
audit_register("settings.restored", _("设置回到旧版本"))
audit_register("acknowledgement.given", _("确认风险提示"))
audit_register("channel.created", _("新建渠道"))
audit_register("channel.changed", _("修改渠道"))
audit_register("channel.archived", _("归档渠道"))
audit_register("channel.restored", _("恢复渠道"))

# Facts carry phones sealed, for a month.
sealed_register("events.OutboxEvent", "payload", form="json")
