from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.privacy.models import Purpose
from scrm.events.audit import (
    audit_fields_register,
    audit_object_register,
    audit_register,
    audit_values_register,
)
from scrm.events.bus import event_register

event_register(
    "consent.changed",
    "People said yes or no to a purpose for the first time or otherwise than before:"
    " {member_ids, purpose, given}.",
)
event_register(
    "member.erased", "A person was erased, with everybody merged into them: {member_ids}."
)

audit_register("members.consent_changed", _("记录同意"))
audit_register("members.export_requested", _("申请导出个人信息"))
audit_register("members.erase_requested", _("申请清除个人信息"))
audit_register("members.erased", _("清除个人信息"))
audit_object_register(
    "privacy_request", _("隐私请求"), page="privacy-request", argument="request_id"
)
audit_fields_register(
    purpose=_("用途"), is_given=_("是否同意"), request=_("隐私请求"), rooms=_("处理的数据类别")
)
audit_values_register("purpose", dict(Purpose.choices))
