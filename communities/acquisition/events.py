"""Audited acts of contact codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register

audit_register("contact_code.created", _("新建渠道活码"))
audit_register("contact_code.updated", _("修改渠道活码"))
audit_register("contact_code.retried", _("重新生成渠道活码"))
audit_register("contact_code.archived", _("停用渠道活码"))
audit_object_register("contact_code", _("渠道活码"), page="contact-code", argument="code_id")
