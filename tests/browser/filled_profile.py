"""What a filled brand asks about people and writes about them; the first member has all of it."""

from __future__ import annotations

from members.people.models import Member
from members.profile.models import Direction, TagGroupDirection
from members.profile.notes import note_add
from members.profile.services import custom_field_create, custom_values_change
from members.tags.models import TagGroup

_MOST = 50
_KINDS = {"text": "清香型", "number": 12, "date": "2020-05-31", "bool": True, "choice": "干性"}


def profile_fill(size: int) -> dict[str, str]:
    """`size` notes and as many fields as there may be, with values in each."""
    member = Member.objects.order_by("id")[0]
    kinds = list(_KINDS)
    made = [
        custom_field_create(
            label=f"自定义字段{n}",
            kind=kinds[n % len(kinds)],
            choices=("干性", "油性"),
            direction=Direction.values[n % 4],
        )
        for n in range(min(size, _MOST))
    ]
    custom_values_change(
        member_public_id=member.public_id,
        custom={field.key: _KINDS[field.kind] for field in made},
    )
    notes = [
        note_add(member_public_id=member.public_id, text=f"第 {n} 次电话回访，约周五再联系")
        for n in range(size)
    ]
    note_add(member_public_id=member.public_id, text="只在下午打电话", is_pinned=True)
    for group in TagGroup.objects.order_by("id")[:size]:
        TagGroupDirection.objects.create(group=group, direction=Direction.CONTENT)
    return {"field_id": made[0].public_id, "note_id": notes[0].public_id}
