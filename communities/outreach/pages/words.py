"""States and reasons as badges, and the payload as bubbles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext as _

from communities.outreach.models import PUSH_STATES, REASONS, RECIPIENT_STATES, Push
from communities.outreach.rules import PushState, RecipientState
from communities.outreach.selectors.editor import Seen
from communities.outreach.services.media import OWN_PREFIX
from scrm.console.elements import Badge, Bubble, Tone

_PUSH_WORDS = dict(PUSH_STATES)
_RECIPIENT_WORDS = dict(RECIPIENT_STATES)
_REASON_WORDS = dict(REASONS)
_PUSH_TONES: Mapping[str, Tone] = {
    PushState.DRAFT: "muted",
    PushState.SCHEDULED: "info",
    PushState.SUBMITTING: "info",
    PushState.AWAITING_STAFF: "warn",
    PushState.SENDING: "info",
    PushState.DONE: "good",
    PushState.CANCELLED: "muted",
    PushState.EXPIRED: "bad",
    PushState.FAILED: "bad",
}
_RECIPIENT_TONES: Mapping[str, Tone] = {
    RecipientState.QUEUED: "neutral",
    RecipientState.SUPPRESSED: "muted",
    RecipientState.SUBMITTED: "warn",
    RecipientState.UNKNOWN: "info",
    RecipientState.SENT: "good",
    RecipientState.FAILED: "bad",
}


def push_badge(push: Push) -> Badge:
    if push.stopped_at is not None and push.state == PushState.DONE:
        return Badge(_("已停止"), "muted")
    return Badge(_PUSH_WORDS[push.state], _PUSH_TONES[push.state])


def recipient_badge(state: str) -> Badge:
    return Badge(_RECIPIENT_WORDS[state], _RECIPIENT_TONES[state])


def reason_words(reason: str) -> str:
    return str(_REASON_WORDS.get(reason, reason))


def bubbles_of(seen: Iterable[Seen], *, media_url: Callable[[str], str]) -> list[Bubble]:
    """What the phone shows; pictures of ours come from our own address."""
    return [
        Bubble(
            kind=one.kind,
            text=one.text,
            title=one.title,
            note=one.note,
            picture=media_url(one.picture) if one.picture.startswith(OWN_PREFIX) else "",
        )
        for one in seen
    ]
