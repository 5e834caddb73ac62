from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register
from scrm.events.bus import event_register

event_register(
    "member.tagged", "Tags were put on members: {member_ids: [key], tags: [name], source}."
)

audit_register("members.tagged", _("批量打标签"))
audit_register("members.untagged", _("批量去标签"))
audit_object_register("tags", _("标签"))
