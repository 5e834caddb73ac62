"""What the pages and the API of privacy ask, by public ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from members.people.selectors import member_get
from members.privacy.consents import consent_log, consent_set, reachable_by
from members.privacy.models import Consent, PrivacyRequest, RequestKind
from members.privacy.rules import PURPOSES, Statement, consents_of
from members.privacy.selectors import ErasePreview, erase_preview
from members.privacy.services import erase_ask, export_ask
from scrm.core import clock
from scrm.core.errors import Forbidden

_LOG = 100


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What holds for a purpose; None where nobody asked."""

    purpose: str
    is_given: bool | None


@dataclass(frozen=True, kw_only=True)
class Consents:
    """What a member agreed to, and by what they may be reached."""

    standing: Sequence[Standing]
    reachable_by: Sequence[str]
    log: Sequence[Consent]


def consents_read(public_id: str) -> Consents:
    """The member's consents; NotFound for nobody."""
    return consents_told(member_get(public_id).pk)


def consents_write(
    public_id: str,
    *,
    purpose: str,
    is_given: bool,
    source: str,
    at: datetime | None = None,
    text_version: str = "",
) -> Consents:
    """Write down what the member said."""
    member = member_get(public_id)
    consent_set(
        member_ids=[member.pk], purpose=purpose, given=is_given, source=source, at=at,
        text_version=text_version,
    )  # fmt: skip
    return consents_told(member.pk)


def consents_told(member_id: int) -> Consents:
    """What the member with this key agreed to, and said before."""
    log = list(consent_log(member_id))
    known = consents_of(Statement(row.purpose, row.is_given, row.at, row.pk) for row in log)
    return Consents(
        standing=[Standing(purpose=each, is_given=known.get(each)) for each in PURPOSES],
        reachable_by=reachable_by([member_id])[member_id],
        log=log[:_LOG],
    )


def preview_read(public_id: str) -> ErasePreview:
    """What an erase would do right now."""
    return erase_preview(public_id, at=clock.now())


def request_ask(
    *,
    member_id: str,
    kind: str,
    reason: str,
    member_no: str = "",
    may: Callable[[str], bool],
) -> PrivacyRequest:
    """A copy or an erase; each needs a right of its own."""
    if kind == RequestKind.EXPORT:
        if not may("members.export_person"):
            raise Forbidden
        return export_ask(member=member_id, reason=reason)
    if not may("members.erase"):
        raise Forbidden
    return erase_ask(member=member_id, number=member_no, reason=reason)
