from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "members.consent",
    _("记录会员的同意"),
    roles=("private_domain_lead", "member_ops", "service_agent"),
    honours_scope=True,
)
# Everything that is kept of a person, in one file.
permission_register(
    "members.export_person", _("导出会员的个人信息"), roles=("private_domain_lead",)
)
# Cannot be taken back and reaches everybody merged into the person.
permission_register("members.erase", _("清除会员的个人信息"), roles=("private_domain_lead",))
