"""What the member's own row, the orders and the past days say of a persona."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.lifecycle.selectors import pulse_of
from members.orders.selectors import rollup_of
from members.people.models import Member
from members.profile.models import Direction
from members.profile.persona import PersonaFact
from scrm.console.writing import yuan
from scrm.core import clock
from scrm.tenants.context import current_tenant

_MINUTE = 60


def age_on(birthday: date, day: date) -> int:
    """Full years on a day."""
    return day.year - birthday.year - ((day.month, day.day) < (birthday.month, birthday.day))


def _fact(direction: Direction, label: object, value: object) -> PersonaFact:
    return PersonaFact(direction=direction.value, label=str(label), value=str(value))


def own_facts(member: Member) -> Sequence[PersonaFact]:
    """What is known of the person as such."""
    today = clock.local_date(clock.now(), current_tenant().timezone)
    born = ""
    if member.birthday is not None:
        age = age_on(member.birthday, today)
        born = _("%(day)s（%(age)s 岁）") % {"day": member.birthday.isoformat(), "age": age}
    return [
        _fact(Direction.BASIC, _("性别"), member.get_gender_display() if member.gender else ""),
        _fact(Direction.BASIC, _("生日"), born),
        _fact(Direction.BASIC, _("城市"), member.city),
        _fact(Direction.BASIC, _("职业"), member.occupation),
        _fact(Direction.BASIC, _("用户类型"), member.get_kind_display()),
    ]


def _days(count: int) -> str:
    return ngettext("%(count)s 天", "%(count)s 天", count) % {"count": count}


def order_facts(member: Member) -> Sequence[PersonaFact]:
    """How the person buys."""
    rollup = rollup_of(member.pk)
    count = rollup.orders_count
    if not count:
        return []
    zone = current_tenant().timezone
    found = [
        _fact(Direction.SPENDING, _("平均客单价"), yuan(rollup.net_fen // count)),
    ]
    if rollup.first_paid_at is not None and rollup.last_paid_at is not None:
        first = clock.local_date(rollup.first_paid_at, zone)
        last = clock.local_date(rollup.last_paid_at, zone)
        found.append(_fact(Direction.SPENDING, _("首次购买"), first.isoformat()))
        found.append(_fact(Direction.SPENDING, _("最近购买"), last.isoformat()))
        if count > 1 and last > first:
            found.append(
                _fact(
                    Direction.SPENDING,
                    _("平均购买间隔"),
                    _days((last - first).days // (count - 1)),
                )
            )
    return found


def pulse_facts(member: Member) -> Sequence[PersonaFact]:
    """What the past days show of reading and of dealing with others."""
    pulse = pulse_of(member.pk)
    if pulse is None:
        return []
    minutes = pulse.visit_seconds_7 // _MINUTE
    read = ngettext("%(count)s 分钟", "%(count)s 分钟", minutes) % {"count": minutes}
    counted = [
        (Direction.CONTENT, gettext_lazy("近 7 天活跃"), _days, pulse.active_days_7),
        (Direction.CONTENT, gettext_lazy("近 7 天浏览"), lambda _n: read, minutes),
        (Direction.SOCIAL, gettext_lazy("近 90 天互动"), _times, pulse.interactions_90),
        (Direction.SOCIAL, gettext_lazy("近 180 天发布内容"), _times, pulse.ugc_180),
        (Direction.SOCIAL, gettext_lazy("近 180 天带来新客"), _people, pulse.referrals_180),
    ]
    return [_fact(way, label, words(count)) for way, label, words, count in counted if count]


def _times(count: int) -> str:
    return ngettext("%(count)s 次", "%(count)s 次", count) % {"count": count}


def _people(count: int) -> str:
    return ngettext("%(count)s 人", "%(count)s 人", count) % {"count": count}
