"""The layer members stand on, in words and as a place of benefits."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.benefits.sources import Standing
from members.layers.models import ChannelLayer

LAYER_WORDS: dict[int, str | Promise] = {
    1: _("公众号"),
    2: _("普通群"),
    3: _("VIP 群"),
    4: _("一对一"),
}


def layer_choices() -> list[tuple[str, str | Promise]]:
    """The four, for menus."""
    return [(str(layer), label) for layer, label in LAYER_WORDS.items()]


def layers_of(member_ids: Collection[int]) -> dict[int, int]:
    """The layer of each of these members who stands on one."""
    rows = ChannelLayer.objects.filter(member_id__in=list(member_ids))
    return dict(rows.values_list("member_id", "layer"))


def layer_standings(member_ids: Collection[int]) -> dict[int, list[Standing]]:
    """Layers as a place of offers; they have no end that is known."""
    return {member_id: [Standing(str(layer))] for member_id, layer in layers_of(member_ids).items()}


def layer_words_of(member_ids: Sequence[int]) -> dict[int, str]:
    """For lists."""
    return {key: str(LAYER_WORDS[layer]) for key, layer in layers_of(member_ids).items()}


def members_by_layer() -> dict[int, int]:
    """How many stand on each layer."""
    return dict(ChannelLayer.objects.values_list("layer").annotate(members=Count("pk")))
