"""Nobody is reached who has gone."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.layers.models import ChannelLayer
from scrm.core.persons import eraser_register
from scrm.tenants.wording import label_of, members_rows_out

eraser_register(
    "layers",
    order=82,
    label=_("渠道层级"),
    erase=members_rows_out(ChannelLayer),
    tables=[label_of(ChannelLayer)],
)
