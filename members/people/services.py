"""Make and change members. Who a person is, is decided in `members.identity`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from members.orders.models import MemberRollup
from members.people.models import Member, MemberStatus, SourceTouch
from members.people.rules import Profile, member_no_new, name_grams
from members.people.selectors import living_ids, member_get
from members.privacy.consents import consent_set
from members.privacy.rules import MARKETING
from members.rows import Col, rows_insert
from members.segments.dirty import PERSON, mark_dirty
from scrm.core import clock
from scrm.core.ids import public_id
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.events.bus import publish
from scrm.tenants.context import require_tenant_id


@dataclass(frozen=True, kw_only=True)
class NewMember:
    """A member about to be made."""

    status: str
    source: str
    registered_at: datetime
    profile: Profile = field(default_factory=Profile)
    phone_tail: str = ""
    phone_masked: str = ""
    phone_enc: str = ""


_MEMBER_COLUMNS = (
    Col("public_id", "text"),
    Col("member_no", "text"),
    Col("kind", "text"),
    Col("status", "text"),
    Col("display_name", "text"),
    # One array inside an array would be flattened: the grams travel as one text.
    Col("name_grams", "text", via=r"coalesce(string_to_array({}, E'\x1f'), '{{}}')"),
    Col("gender", "text"),
    Col("birthday", "date"),
    Col("city", "text"),
    Col("occupation", "text"),
    Col("registered_at", "timestamptz"),
    Col("first_source", "text"),
    Col("latest_source", "text"),
    Col("phone_tail", "text"),
    Col("phone_masked", "text"),
    Col("phone_enc", "text"),
    Col("is_wecom_friend", "boolean"),
    Col("is_opted_out", "boolean"),
)
_ROLLUP_COLUMNS = (
    Col("member_id", "bigint"),
    *(
        Col(name, "bigint")
        for name in (
            "orders_count",
            "net_fen",
            "paid_fen",
            "refunded_fen",
            "window_orders",
            "window_net_fen",
        )
    ),
)


def member_insert_many(people: Sequence[NewMember]) -> list[int]:
    """Make members with their (empty) rollups, in the caller's transaction; keys in the order given."""
    if not people:
        return []
    public_ids = [public_id("mem") for _person in people]
    made = rows_insert(
        Member,
        _MEMBER_COLUMNS,
        [_member_row(person, key) for person, key in zip(people, public_ids, strict=True)],
        returning="public_id, id",
    )
    keys = dict(made)
    member_ids = [keys[key] for key in public_ids]
    rows_insert(
        MemberRollup,
        _ROLLUP_COLUMNS,
        [(key, 0, 0, 0, 0, 0, 0) for key in member_ids],
    )
    mark_dirty(member_ids, PERSON)
    publish("member.created", payload={"member_ids": member_ids})
    return member_ids


def _member_row(person: NewMember, key: str) -> tuple[object, ...]:
    profile = person.profile
    return (
        key,
        member_no_new(),
        profile.kind,
        person.status,
        profile.display_name[:80],
        "\x1f".join(name_grams(profile.display_name[:80])),
        profile.gender,
        profile.birthday,
        profile.city[:40],
        profile.occupation[:40],
        person.registered_at,
        person.source[:40],
        person.source[:40],
        person.phone_tail,
        person.phone_masked,
        person.phone_enc,
        False,
        False,
    )


@transaction.atomic
def member_profile_fill(*, member_id: int, profile: Profile) -> None:
    """Take what a channel says about a person where nothing is known yet."""
    member = _locked(member_id)
    known = _profile_of(member)
    filled = _filled(known, profile)
    if filled != known:
        _profile_write(member, filled)


@transaction.atomic
def members_profile_fill(told: Sequence[tuple[int, Profile]]) -> None:
    """The same for many, each person's in the order given; only who gains something is locked and written."""
    if not told:
        return
    rows = Member.objects.filter(pk__in={member_id for member_id, _profile in told})
    known = {member.pk: _profile_of(member) for member in rows}
    for member_id, profile in sorted(told, key=lambda pair: pair[0]):
        filled = _filled(known[member_id], profile)
        if filled != known[member_id]:
            member_profile_fill(member_id=member_id, profile=profile)
            known[member_id] = filled


def _locked(member_id: int) -> Member:
    """The member the key stands for, to be written; who only points to them is not kept waiting."""
    living = living_ids([member_id], lock=True)[member_id]
    return Member.objects.select_for_update(of=("self",), no_key=True).get(pk=living)


def _profile_of(member: Member) -> Profile:
    return Profile(
        display_name=member.display_name,
        gender=member.gender,
        birthday=member.birthday,
        city=member.city,
        occupation=member.occupation,
        kind=member.kind,
    )


def _filled(known: Profile, told: Profile) -> Profile:
    return replace(
        known,
        display_name=known.display_name or told.display_name[:80],
        gender=known.gender or told.gender,
        birthday=known.birthday or told.birthday,
        city=known.city or told.city[:40],
        occupation=known.occupation or told.occupation[:40],
    )


@transaction.atomic
def member_edit(*, member_public_id: str, profile: Profile, is_opted_out: bool) -> Member:
    """Replace what is known about a person by what an operator or the brand's own system says."""
    member = _locked(member_get(member_public_id).pk)
    before = _audited(member)
    if is_opted_out != member.is_opted_out:
        source = "api" if current_actor().kind == "api_key" else "operator"
        consent_set(
            member_ids=[member.pk], purpose=MARKETING, given=not is_opted_out, source=source
        )
    member.is_opted_out = is_opted_out
    _profile_write(member, profile)
    after = _audited(member)
    if before != after:
        record(
            "members.member_edited",
            object_type="member",
            object_id=member.public_id,
            before={key: value for key, value in before.items() if after[key] != value},
            after={key: value for key, value in after.items() if before[key] != value},
        )
    return member


def _audited(member: Member) -> dict[str, str]:
    # A name or a birthday is personal: the log says that it changed, not what it was.
    return {
        "display_name": f"{len(member.display_name)} characters",
        "gender": member.gender,
        "birthday": "known" if member.birthday else "",
        "city": member.city,
        "occupation": member.occupation,
        "kind": member.kind,
        "is_opted_out": str(member.is_opted_out),
    }


def _profile_write(member: Member, profile: Profile) -> None:
    member.display_name = profile.display_name[:80]
    member.name_grams = name_grams(member.display_name)
    member.gender = profile.gender
    member.birthday = profile.birthday
    member.city = profile.city[:40]
    member.occupation = profile.occupation[:40]
    member.kind = profile.kind
    member.save(
        update_fields=[
            "display_name", "name_grams", "gender", "birthday", "city", "occupation", "kind",
            "is_opted_out", "updated_at",
        ]
    )  # fmt: skip
    mark_dirty([member.pk], PERSON)


@transaction.atomic
def member_touch(
    *, member_id: int, source: str, state: str = "", campaign: str = "", at: datetime
) -> None:
    """A member arrived by a channel: kept once, and the latest arrival names the latest source."""
    member_id = living_ids([member_id], lock=True)[member_id]
    _touch, is_new = SourceTouch.objects.get_or_create(
        member_id=member_id,
        source=source[:40],
        state=state[:64],
        at=at,
        defaults={"campaign": campaign[:60]},
    )
    if not is_new:
        return
    newest = SourceTouch.objects.filter(member_id=member_id).order_by("-at", "-id").first()
    if newest is not None:
        Member.objects.filter(pk=member_id).exclude(latest_source=newest.source).update(
            latest_source=newest.source
        )
        mark_dirty([member_id], PERSON)


# The latest arrival names the latest source.
_LATEST = """
    UPDATE members_member m SET latest_source = t.source, updated_at = %(now)s
      FROM (SELECT DISTINCT ON (member_id) member_id, source FROM members_sourcetouch
             WHERE tenant_id = %(tenant)s AND member_id = ANY(%(members)s)
             ORDER BY member_id, at DESC, id DESC) t
     WHERE m.tenant_id = %(tenant)s AND m.id = t.member_id AND m.latest_source <> t.source
"""


@transaction.atomic
def members_touch(arrivals: Sequence[tuple[int, str, datetime]]) -> None:
    """As ``member_touch`` for many: (key, source, at)."""
    living = living_ids({member_id for member_id, _source, _at in arrivals}, lock=True)
    made = rows_insert(
        SourceTouch,
        (
            Col("member_id", "bigint"),
            Col("source", "text"),
            Col("state", "text"),
            Col("at", "timestamptz"),
        ),
        # One order for everybody: two batches that share people cannot block each other in a ring.
        sorted((living[member_id], source[:40], "", at) for member_id, source, at in arrivals),
        conflict="ON CONFLICT (tenant_id, member_id, source, state, at) DO NOTHING",
        returning="member_id",
    )
    if made:
        latest_sources_refresh(sorted({row[0] for row in made}))


def latest_sources_refresh(member_ids: Sequence[int]) -> None:
    """Bring the latest source of these members to their newest arrival; without any it stays."""
    values: dict[str, Any] = {
        "tenant": require_tenant_id(),
        "members": list(member_ids),
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, values)
    mark_dirty(member_ids, PERSON)


@transaction.atomic
def member_friendship_set(*, member_id: int, is_friend: bool, at: datetime) -> None:
    """Whether any member of staff has this person as a WeCom contact."""
    member = _locked(member_id)
    if member.is_wecom_friend == is_friend:
        return
    member.is_wecom_friend = is_friend
    member.wecom_added_at = at if is_friend else member.wecom_added_at
    member.save(update_fields=["is_wecom_friend", "wecom_added_at", "updated_at"])
    mark_dirty([member.pk], PERSON)


def is_known(status: str) -> bool:
    """Whether the account stands for a person somebody can name."""
    return status in {MemberStatus.REGISTERED, MemberStatus.ACTIVE, MemberStatus.FROZEN}
