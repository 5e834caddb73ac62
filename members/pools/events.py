from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register
from scrm.events.bus import event_register

event_register(
    "member.pool_changed",
    "Members came to another pool: {moves: [[member key, pool before, pool after]], cause, at: instant}; cause is one"
    " of action, value, true_fan, no_longer, hand, undone.",
)
audit_register("pools.moved", _("移动粉丝池"))
audit_register("pools.screened", _("初筛"))
audit_object_register("pool", _("粉丝池"))
audit_object_register("screening", _("初筛"))
