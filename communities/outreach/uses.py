"""Where segments are used: the pushes that go, or went, to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from communities.outreach.models import Push
from communities.outreach.rules import FINAL_STATES
from members.segments.uses import Use

_EACH = 20


def segment_pushes(segment_ids: Collection[int]) -> Mapping[int, Sequence[Use]]:
    """Pushes of these segments, the newest first; running until every message is decided."""
    found: dict[int, list[Use]] = {}
    rows = Push.objects.filter(segment_id__in=list(segment_ids)).order_by("-id")
    told = rows.values_list("segment_id", "public_id", "name", "state")
    for segment_id, public_id, name, state in told:
        uses = found.setdefault(segment_id, [])
        is_running = state not in FINAL_STATES
        if len(uses) < _EACH or is_running:
            uses.append(
                Use(
                    kind=_("推送"),
                    title=name,
                    page="push-detail",
                    arguments=(("push_id", public_id),),
                    is_running=is_running,
                )
            )
    return found
