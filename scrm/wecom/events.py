"""What the gateway publishes and what it writes into the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register
from scrm.events.bus import event_register

event_register(
    "wecom.contact_changed",
    doc="A customer's friendship or card changed: corp_id, external_userid, unionid, name, gender, phones (sealed),"
    " userid, change (added, half_added, edited, deleted_by_staff, deleted_by_customer, synced), state"
    " (of the contact code), tags (corp tag ids), at.",
)
event_register(
    "wecom.tag_changed",
    doc="Corp tags changed: corp_id, change (synced, created, updated, deleted, shuffled), tag_ids, group_ids, at.",
)
event_register(
    "wecom.corp_bound", doc="An application was bound or its binding corrected: corp_id, state."
)
event_register(
    "wecom.corp_stopped",
    doc="An application was stopped for a wrong binding: corp_id, errcode, api.",
)
event_register(
    "wecom.welcome_finished",
    doc="A welcome code was spent or lost: corp_id, userid, external_userid, state (sent, elsewhere, skipped,"
    " missed, failed), errcode, seconds.",
)

audit_register("wecom.corp_bound", _("绑定企业微信应用"))
audit_register("wecom.corp_checked", _("检查企业微信接入"))
audit_register("wecom.corp_stopped", _("停用企业微信应用"))
audit_register("wecom.corp_unbound", _("解绑企业微信应用"))
audit_register("wecom.sync_started", _("发起企业微信同步"))
audit_register("wecom.callback_replayed", _("重放企业微信回调"))
audit_object_register("wecom_corp", _("企业微信应用"), page="wecom-connection")
audit_object_register(
    "wecom_callback", _("企业微信回调"), page="wecom-callback", argument="callback_id"
)
