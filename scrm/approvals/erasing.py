"""A person leaves what was asked of a second pair of eyes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.approvals.models import Approval
from scrm.core.persons import eraser_register
from scrm.tenants.wording import label_of, texts_out

eraser_register(
    "approvals",
    order=920,
    label=_("审批记录"),
    erase=texts_out(Approval, "params", "change", "reason", "note"),
    tables=[label_of(Approval)],
)
