from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register
from scrm.events.bus import event_register

event_register(
    "tier.changed",
    "Members' tiers moved: {moves: [[member key, tier code before, after, kind, instant]]}; kind is one of"
    " upgraded, grace_started, renewed, downgraded, locked, unlocked.",
)
event_register("ladder.changed", "The ladder has a new version: {number}.")
audit_register("tiers.ladder_saved", _("修改等级体系"))
audit_register("tiers.locked", _("锁定会员等级"))
audit_register("tiers.unlocked", _("解除等级锁定"))
audit_object_register("tier", _("等级"))
audit_object_register("ladder", _("等级体系"))
