"""Rights over webhooks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register("webhooks.view", _("查看 Webhook"), roles=["private_domain_lead"])
permission_register("webhooks.edit", _("管理 Webhook"), roles=[])
