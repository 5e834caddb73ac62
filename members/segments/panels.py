"""What the palette finds of audiences."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy

from members.segments.selectors import segments_named
from scrm.console.search import Command, Hit, SearchSource, command_register, search_register
from scrm.console.writing import thousands


def _hits(text: str) -> Sequence[Hit]:
    return [
        Hit(
            title=segment.name,
            note=thousands(segment.size) if segment.size is not None else "",
            page="segments-edit",
            arguments=(("segment_id", segment.public_id),),
            icon="users-group",
        )
        for segment in segments_named(text)
    ]


search_register(
    SearchSource(
        key="segments",
        label=gettext_lazy("人群"),
        find=_hits,
        permission="segments.edit",  # what it leads to is the editor
        order=30,
    )
)
command_register(
    Command(
        label=gettext_lazy("新建人群"), page="segments-new", permission="segments.edit", order=20
    )
)
