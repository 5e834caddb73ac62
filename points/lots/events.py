"""Facts that points publish, and the acts they audit."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_register
from scrm.events.bus import event_register

event_register(
    "points.changed",
    "Balances or lots of members moved: {member_ids: [key], moves: {flow: [[key, points]]}}.",
)
event_register(
    "points.expiring_soon",
    "Points that lapse within thirty days became more: {members: [[key, points]]}.",
)
audit_register("points.adjust", _("调整积分"))
