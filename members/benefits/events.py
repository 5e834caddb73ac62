from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register
from scrm.events.bus import event_register

event_register(
    "benefit.changed", "Grants of members were made, used or voided: {member_ids: [key]}."
)
audit_register("benefits.created", _("新建权益"))
audit_register("benefits.updated", _("修改权益"))
audit_register("benefits.archived", _("归档权益"))
audit_register("benefits.granted", _("发放权益"))
audit_register("benefits.used", _("核销权益"))
audit_register("benefits.voided", _("作废权益"))
audit_object_register("benefit", _("权益"))
