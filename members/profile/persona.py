"""The persona of a member in four directions (M-12): facts of every room, the brand's own fields, tags.

    persona_register("activity", load)   # load(member) gives PersonaFact(direction, label, value) rows

A fact without a value is left out, and so is a direction that nothing is known in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise

from members.people.models import Member
from members.profile.models import Direction
from members.profile.selectors import tags_by_direction, value_words, values_listed
from scrm.tenants.flags import owner_on

Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class PersonaFact:
    """One thing that is known of somebody, in words."""

    direction: str
    label: Words
    value: Words


@dataclass(frozen=True, kw_only=True)
class PersonaSource:
    """What a room knows: everything in one question."""

    key: str
    load: Callable[[Member], Sequence[PersonaFact]]
    permission: str = ""
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class PersonaGroup:
    """One direction with facts, and tags of the groups that stand under it."""

    direction: str
    label: Words
    facts: list[tuple[Words, Words]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


_sources: dict[str, PersonaSource] = {}


def persona_register(
    key: str,
    load: Callable[[Member], Sequence[PersonaFact]],
    *,
    permission: str = "",
    order: int = 100,
) -> None:
    """Tell what a room knows of people; a key may be declared once."""
    if key in _sources:
        message = f"persona source {key} is registered twice"
        raise ValueError(message)
    _sources[key] = PersonaSource(key=key, load=load, permission=permission, order=order)


def persona_of(member: Member, *, may: Callable[[str], bool]) -> list[PersonaGroup]:
    """The four directions in their order, with what this reader may see."""
    tags = tags_by_direction(member.pk)
    groups = {
        key: PersonaGroup(direction=key, label=label, tags=tags[key])
        for key, label in Direction.choices
    }
    for source in sorted(_sources.values(), key=lambda each: (each.order, each.key)):
        if (source.permission and not may(source.permission)) or not owner_on(source.load):
            continue
        for fact in source.load(member):
            if fact.value:
                groups[fact.direction].facts.append((fact.label, fact.value))
    for own, value in values_listed(member.pk):
        if value is not None:
            groups[own.direction].facts.append((own.label, value_words(own, value)))
    return [group for group in groups.values() if group.facts or group.tags]
