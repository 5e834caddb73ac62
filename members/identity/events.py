from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_register
from scrm.events.bus import event_register

event_register(
    "identity.conflict_found",
    "One message claimed identifiers of two known members; nobody was merged: {kept_id, other_id, types}.",
)
event_register("identity.moved", "An identifier has a new holder: {from_id, to_id, type}.")

audit_register("members.identity_added", _("添加身份标识"))
audit_register("members.identity_moved", _("转移身份标识"))
