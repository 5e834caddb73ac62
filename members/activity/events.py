from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register
from scrm.events.bus import event_register
from scrm.files.connectors import run_kind_register

event_register(
    "activity.taken",
    "Members did something, once per batch: {member_ids: [key], names: [name of the activity]}.",
)
audit_register("members.activity_taken", _("写入行为事件"))
audit_object_register("activity", _("行为事件"))
run_kind_register("events", _("行为事件"))
