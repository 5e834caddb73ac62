from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register("events.write", _("写入行为事件"), roles=("private_domain_lead", "member_ops"))
