"""What the audit log and the bell call the acts of signing in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.signin import lockout, sessions  # noqa: F401 - they listen to signals
from scrm.events.audit import audit_register
from scrm.events.notices import notice_kind_register

audit_register("access.signed_in", _("登录"))
audit_register("access.password_changed", _("修改密码"))
audit_register("access.password_reset", _("通过链接重设密码"))
audit_register("access.second_factor_on", _("开启两步验证"))
audit_register("access.second_factor_off", _("关闭两步验证"))
audit_register("access.recovery_codes_made", _("重新生成恢复码"))
audit_register("access.sessions_ended", _("让其他设备退出登录"))
audit_register("access.profile_changed", _("修改个人资料"))
audit_register("access.locked", _("账号因多次输错被暂时锁定"))
audit_register("access.wecom_bound", _("绑定企业微信身份"))
audit_register("access.wecom_unbound", _("解绑企业微信身份"))

notice_kind_register("access.security", _("账号安全"), icon="lock", tone="warn")
