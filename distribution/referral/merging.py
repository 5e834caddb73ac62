"""Two members become one: their edges too, and none of them may close a ring (N-40, EC-46, EC-47)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from distribution.referral.models import Binding, BindingEnd
from distribution.referral.selectors import above
from distribution.referral.services import edges_lock
from members.identity.participants import Effect, MergePair, Moved


def edges_switch(pair: MergePair, _limit: int) -> Moved | None:
    """In the moment of the merge: end what cannot go on, and give the source's inviter to a target without one.

    The target's inviter stays; else the source's does, unless that closes a ring.
    """
    ours = Q(member_id=pair.source_id) | Q(inviter_id=pair.source_id)
    if not Binding.objects.filter(ours, ended_at=None).exists():
        return None
    edges_lock()
    between = Binding.objects.filter(ended_at=None).filter(
        Q(member_id=pair.source_id, inviter_id=pair.target_id)
        | Q(member_id=pair.target_id, inviter_id=pair.source_id)
    )
    for edge in between:
        _end(edge, BindingEnd.MERGE_SELFLOOP, pair)
    # Whoever the source brought and who stands above the target would stand above themselves.
    looping = Binding.objects.filter(
        inviter_id=pair.source_id, member_id__in=above(pair.target_id), ended_at=None
    )
    for edge in looping:
        _end(edge, BindingEnd.MERGE_CYCLE, pair)
    own = Binding.objects.filter(member_id=pair.source_id, ended_at=None).first()
    if own is None:
        return None
    if Binding.objects.filter(member_id=pair.target_id, ended_at=None).exists():
        _end(own, BindingEnd.MERGE_KEPT, pair)
        return None
    if pair.target_id in above(own.inviter_id):
        _end(own, BindingEnd.MERGE_CYCLE, pair)
        return None
    Binding.objects.filter(pk=own.pk).update(member_id=pair.target_id)
    return Moved(ids=(own.pk,))


def edges_switch_back(pair: MergePair, parts: Sequence[Moved]) -> None:
    """The source's inviter is the source's again."""
    ids = [key for part in parts for key in part.ids]
    Binding.objects.filter(pk__in=ids, member_id=pair.target_id).update(member_id=pair.source_id)


def fans_move(pair: MergePair, limit: int) -> Moved | None:
    """Whom the source brought, the target brought."""
    rows = Binding.objects.filter(inviter_id=pair.source_id, ended_at=None).order_by("pk")
    ids = tuple(rows.values_list("pk", flat=True)[:limit])
    if not ids:
        return None
    Binding.objects.filter(pk__in=ids).update(inviter_id=pair.target_id)
    return Moved(ids=ids)


def fans_restore(pair: MergePair, parts: Sequence[Moved]) -> None:
    """They go back, also those who have somebody else by now: it is the source's history."""
    ids = [key for part in parts for key in part.ids]
    Binding.objects.filter(pk__in=ids, inviter_id=pair.target_id).update(inviter_id=pair.source_id)


def edges_reopen(pair: MergePair) -> None:
    """What the merge had ended goes on, unless the member has an inviter by now or it would close a ring."""
    ended = Binding.objects.filter(merge_id=pair.merge_id).order_by("pk")
    if not ended.exists():
        return
    edges_lock()
    for edge in ended:
        edge.merge_id = None
        has_one = Binding.objects.filter(member_id=edge.member_id, ended_at=None).exists()
        if not has_one and edge.member_id not in above(edge.inviter_id):
            edge.ended_at, edge.reason = None, BindingEnd.OPEN
        edge.save(update_fields=["ended_at", "reason", "merge_id", "updated_at"])


def edges_effects(source_id: int, target_id: int) -> list[Effect]:
    """How many each has brought."""
    rows = Binding.objects.filter(inviter_id__in=(source_id, target_id), ended_at=None)
    found = dict(rows.values_list("inviter_id").annotate(Count("pk")).order_by())
    if not found:
        return []
    counts = [found.get(key, 0) for key in (source_id, target_id)]
    between = Binding.objects.filter(
        member_id__in=above(target_id), inviter_id=source_id, ended_at=None
    ) | Binding.objects.filter(member_id=source_id, inviter_id=target_id, ended_at=None)
    after = sum(counts) - between.count()
    return [
        Effect(
            label=_("邀请的会员"), source=str(counts[0]), target=str(counts[1]), after=str(after)
        )
    ]


def _end(edge: Binding, reason: BindingEnd, pair: MergePair) -> None:
    edge.ended_at, edge.reason, edge.merge_id = pair.at, reason, pair.merge_id
    edge.save(update_fields=["ended_at", "reason", "merge_id", "updated_at"])
