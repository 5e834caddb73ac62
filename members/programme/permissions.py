from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register("programme.approve", _("审批会员方案"), roles=("private_domain_lead",))
