"""What the binding page and the API show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, Max, Q

from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.events.models import Job
from scrm.tenants.context import current_tenant
from scrm.wecom.binding.checks import Check, check_read
from scrm.wecom.models import (
    CallbackEvent,
    CorpState,
    InboxState,
    SyncState,
    WeComCorp,
    WelcomeState,
    WelcomeTask,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

_RECENT = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class InboxFigures:
    """Callbacks of the last seven days and what became of them."""

    total: int
    waiting: int
    failed: int
    last_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class WelcomeFigures:
    """Welcome codes of the last seven days and what became of them."""

    total: int
    sent: int
    missed: int


@dataclass(frozen=True, kw_only=True)
class CorpOverview:
    """One bound application and how it is doing."""

    corp: WeComCorp
    checks: Sequence[Check]
    callback_url: str
    sync: SyncState | None
    job: Job | None
    inbox: InboxFigures
    welcomes: WelcomeFigures


def corp_list() -> QuerySet[WeComCorp]:
    """The brand's bound applications."""
    return WeComCorp.objects.exclude(state=CorpState.UNBOUND)


def corp_overview(*, corp: WeComCorp, base_url: str) -> CorpOverview:
    """Everything about one application; ``base_url`` is used where PUBLIC_BASE_URL is not set."""
    sync = SyncState.objects.filter(corp=corp).first()
    job = Job.objects.filter(public_id=sync.job_id).first() if sync and sync.job_id else None
    return CorpOverview(
        corp=corp,
        checks=[check_read(stored) for stored in corp.checks],
        callback_url=callback_url(corp=corp, base_url=base_url),
        sync=sync,
        job=job,
        inbox=_inbox(corp),
        welcomes=_welcomes(corp),
    )


def callback_url(*, corp: WeComCorp, base_url: str = "") -> str:
    """The address to enter at WeCom."""
    base: str = settings.PUBLIC_BASE_URL or base_url
    return f"{base.rstrip('/')}/wecom/{current_tenant().slug}/{corp.public_id}/callback"


@dataclass(frozen=True, kw_only=True)
class CorpView:
    """A bound application as the API shows it."""

    public_id: str
    name: str
    corp_id: str
    agent_id: int
    state: str
    stopped_errcode: int | None
    callback_url: str
    callback_verified_at: datetime | None
    checks: Sequence[Check]
    checked_at: datetime | None
    token: str
    aes_key: str


def corp_view(*, corp: WeComCorp, base_url: str = "") -> CorpView:
    """The application with its callback address; never its secret."""
    return CorpView(
        public_id=corp.public_id,
        name=corp.name,
        corp_id=corp.corp_id,
        agent_id=corp.agent_id,
        state=corp.state,
        stopped_errcode=corp.stopped_errcode,
        callback_url=callback_url(corp=corp, base_url=base_url),
        callback_verified_at=corp.callback_verified_at,
        checks=[check_read(stored) for stored in corp.checks],
        checked_at=corp.checked_at,
        token=corp.token,
        aes_key=corp.aes_key,
    )


def _inbox(corp: WeComCorp) -> InboxFigures:
    recent = CallbackEvent.objects.filter(corp=corp, received_at__gte=clock.now() - _RECENT)
    found = recent.aggregate(
        total=Count("id"),
        waiting=Count("id", filter=Q(state__in=[InboxState.WAITING, InboxState.WORKING])),
        failed=Count("id", filter=Q(state=InboxState.FAILED)),
        last_at=Max("received_at"),
    )
    return InboxFigures(**found)


def _welcomes(corp: WeComCorp) -> WelcomeFigures:
    recent = WelcomeTask.objects.filter(corp=corp, received_at__gte=clock.now() - _RECENT)
    found = recent.aggregate(
        total=Count("id"),
        sent=Count("id", filter=Q(state=WelcomeState.SENT)),
        missed=Count("id", filter=Q(state__in=[WelcomeState.MISSED, WelcomeState.FAILED])),
    )
    return WelcomeFigures(**found)


def callback_list(
    *, states: Sequence[str] = (), types: Sequence[str] = (), search: str = ""
) -> QuerySet[CallbackEvent]:
    """Callbacks, in no order. ``search`` is an exact id that stands in the XML."""
    rows = CallbackEvent.objects.defer("raw") if not search else CallbackEvent.objects.all()
    if states:
        rows = rows.filter(state__in=states)
    if types:
        rows = rows.filter(type__in=types)
    if search:
        rows = rows.filter(Q(public_id=search) | Q(raw__contains=search))
    return rows


def callback_get(*, public_id: str) -> CallbackEvent:
    """One callback; NotFound otherwise."""
    row = CallbackEvent.objects.filter(public_id=public_id).first()
    if row is None:
        raise NotFound
    return row


def corps_stopped() -> QuerySet[WeComCorp]:
    """Applications that WeCom refused for good, so that nothing is called any more."""
    return WeComCorp.objects.filter(state=CorpState.STOPPED)


def callbacks_failed() -> QuerySet[CallbackEvent]:
    """Callbacks of the past seven days that could not be worked on."""
    return CallbackEvent.objects.filter(
        state=InboxState.FAILED, received_at__gte=clock.now() - _RECENT
    )
