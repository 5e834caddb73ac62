from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_register
from scrm.events.bus import event_register

event_register("member.frozen", "Members may not redeem any longer: {member_ids: [key]}.")
event_register("member.thawed", "Members may redeem again: {member_ids: [key]}.")

audit_register("members.frozen", _("冻结会员"))
audit_register("members.thawed", _("解除冻结"))
