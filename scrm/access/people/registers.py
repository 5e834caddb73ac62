from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_register

audit_register("people.invited", _("邀请成员"))
audit_register("people.invitation_sent_again", _("重发邀请"))
audit_register("people.invitation_revoked", _("撤销邀请"))
audit_register("people.joined", _("接受邀请"))
audit_register("people.changed", _("修改成员角色或数据范围"))
audit_register("people.deactivated", _("停用成员"))
audit_register("people.activated", _("恢复成员"))
audit_register("people.second_factor_removed", _("移除成员的两步验证"))
