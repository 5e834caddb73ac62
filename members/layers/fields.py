"""The channel layer as a segment field."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.layers.models import ChannelLayer
from members.layers.selectors import layer_choices
from members.layers.services import DIRTY
from members.segments.fields import Rows, SegmentField, field_register

field_register(
    SegmentField(
        key="layer",
        label=_("渠道层级"),
        group=_("基本资料"),
        kind="choice",
        path="layer",
        rows=Rows(ChannelLayer.objects.all, is_single=True),
        choices=layer_choices,
        is_integer=True,
        dirty=DIRTY,
        index="channel_layer_by_layer",
        order=57,
    )
)
