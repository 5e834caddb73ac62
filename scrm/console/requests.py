"""The request as console pages see it, and how htmx asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

if TYPE_CHECKING:
    from scrm.access.models import Membership, Operator
    from scrm.tenants.models import Tenant

# htmx stops polling when it gets this status.
STOP_POLLING = 286
_LONGEST_ADDRESS = 2000

ToastLevel = Literal["info", "success", "warning", "error"]
_LEVELS: dict[ToastLevel, int] = {
    "info": messages.INFO,
    "success": messages.SUCCESS,
    "warning": messages.WARNING,
    "error": messages.ERROR,
}


class ConsoleRequest(HttpRequest):
    """A request that passed the door: who, for which brand, with which rights."""

    operator: Operator
    tenant: Tenant
    membership: Membership
    memberships: list[Membership]


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def wants_fragment(request: HttpRequest) -> bool:
    """Only a real partial update gets a fragment; boosted links and the back button get the page."""
    return (
        is_htmx(request)
        and request.headers.get("HX-Boosted") != "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
    )


def htmx_target(request: HttpRequest) -> str:
    """The id of the element the answer will be put into."""
    return request.headers.get("HX-Target", "")


def came_from(request: HttpRequest) -> str:
    """The page of ours this was asked from (below the drawer), or an empty string."""
    asked = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    is_ours = len(asked) <= _LONGEST_ADDRESS and url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if is_ours else ""


def toast(request: HttpRequest, level: ToastLevel, text: str, *, undo_url: str = "") -> None:
    """Say something at the lower edge, on this answer or the next page; `undo_url` adds 撤销 for 10 s."""
    messages.add_message(request, _LEVELS[level], text, extra_tags=undo_url)


def toasts_take(request: HttpRequest) -> list[dict[str, str]]:
    """The waiting toasts, each once."""
    return [
        {
            "level": message.level_tag or "info",
            "text": str(message.message),
            "undo": message.extra_tags or "",
        }
        for message in messages.get_messages(request)
    ]


def trigger(response: HttpResponse, **events: object) -> HttpResponse:
    """Tell the browser to fire these events after the swap."""
    known = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**known, **events})
    return response
