from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "members.freeze",
    _("冻结与解冻会员"),
    roles=("private_domain_lead", "member_ops"),
    honours_scope=True,
)
