"""Pushes by REST."""

from __future__ import annotations

from django.db.models import QuerySet

from communities.outreach import serializers as shapes
from communities.outreach.models import Push, PushRecipient
from communities.outreach.selectors.audience import Preview
from communities.outreach.selectors.lists import (
    PushCard,
    push_card,
    push_preview,
    push_recipients,
    pushes_list,
)
from communities.outreach.services.control import push_remind, push_stop
from communities.outreach.services.drafts import (
    push_cancel,
    push_create,
    push_delete,
    push_schedule,
    push_update,
)
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView

_MOVED = ("invalid_transition",)


class PushList(ApiView):
    """The brand's pushes."""

    scope_read = "pushes.view"
    scope_write = "pushes.edit"
    tag = "pushes"

    @operation(
        "pushes_list", "List pushes, newest first.",
        query=shapes.PushQuery, answer=shapes.PushOut, is_list=True, order=("-created_at", "-id"),
    )  # fmt: skip
    def get(self) -> QuerySet[Push]:
        state = self.query.get("state", "")
        return pushes_list(states=[state] if state else [], search=self.query.get("search", ""))

    @operation(
        "push_create",
        "Write a push down as a draft.",
        description="Nothing leaves before it is scheduled.",
        body=shapes.PushIn,
        answer=shapes.PushOut,
        status=201,
        errors=("invalid_value",),
        examples={
            "text and link": {
                "name": "春茶上架",
                "segment": "seg_00000000000000000000000000",
                "text": "亲爱的{昵称}，春茶到了",
                "attachments": [
                    {"msgtype": "link", "link": {"title": "春茶", "url": "https://example.com/tea"}}
                ],
            }
        },
    )
    def post(self) -> Push:
        return push_create(**self.body)


class PushDetail(ApiView):
    """One push."""

    scope_read = "pushes.view"
    scope_write = "pushes.edit"
    tag = "pushes"

    @operation("push_get", "A push with its live figures.", answer=shapes.PushCardOut)
    def get(self, public_id: str) -> PushCard:
        return push_card(public_id)

    @operation(
        "push_update", "Change a draft.",
        body=shapes.PushPatch, answer=shapes.PushOut, errors=("invalid_value", *_MOVED),
    )  # fmt: skip
    def patch(self, public_id: str) -> Push:
        return push_update(public_id=public_id, changes=self.body)

    @operation("push_delete", "Throw a draft away.", errors=_MOVED)
    def delete(self, public_id: str) -> None:
        push_delete(public_id=public_id)


class PushPreview(ApiView):
    """Before sending."""

    scope_read = "pushes.view"
    tag = "pushes"

    @operation(
        "push_preview",
        "Whom a push would reach now, and who is left out and why.",
        answer=shapes.PreviewOut,
        errors=("invalid_value",),
    )
    def get(self, public_id: str) -> Preview:
        return push_preview(public_id)


class PushSchedule(ApiView):
    """Let it go."""

    scope_write = "pushes.send"
    tag = "pushes"

    @operation(
        "push_schedule",
        "Send a draft now or at a time.",
        description="Caps and quiet hours are applied when it is sent; members of staff confirm in WeCom. "
        "An audience above the setting `push.approval_above` is let go by a second person in the console.",
        body=shapes.ScheduleIn,
        answer=shapes.PushOut,
        errors=("invalid_value", "approval_required", *_MOVED),
        examples={"later": {"scheduled_at": "2026-12-01T10:00:00+08:00"}},
    )
    def post(self, public_id: str) -> Push:
        return push_schedule(public_id=public_id, scheduled_at=self.body.get("scheduled_at"))


class PushCancel(ApiView):
    """Call it off."""

    scope_write = "pushes.send"
    tag = "pushes"

    @operation("push_cancel", "Call off a scheduled push.", answer=shapes.PushOut, errors=_MOVED)
    def post(self, public_id: str) -> Push:
        return push_cancel(public_id=public_id)


class PushStop(ApiView):
    """Stop what has not been sent."""

    scope_write = "pushes.send"
    tag = "pushes"

    @operation(
        "push_stop",
        "Stop a running push.",
        description="What staff have not sent is taken back at WeCom; what was sent stays sent.",
        answer=shapes.PushOut,
        errors=_MOVED,
    )
    def post(self, public_id: str) -> Push:
        return push_stop(public_id=public_id)


class PushRemind(ApiView):
    """Remind staff."""

    scope_write = "pushes.send"
    tag = "pushes"

    @operation(
        "push_remind",
        "Remind staff who have not confirmed; three times in 24 hours.",
        body=shapes.RemindIn,
        answer=shapes.RemindedOut,
        errors=("remind_limit", *_MOVED),
    )
    def post(self, public_id: str) -> dict[str, int]:
        return {"tasks": push_remind(public_id=public_id, sender=self.body.get("sender", ""))}


class PushRecipients(ApiView):
    """Who got it."""

    scope_read = "pushes.view"
    tag = "pushes"

    @operation(
        "push_recipients_list", "Recipients and what became of each.",
        query=shapes.RecipientQuery, answer=shapes.RecipientOut, is_list=True, order=("id",),
    )  # fmt: skip
    def get(self, public_id: str) -> QuerySet[PushRecipient]:
        state, reason = self.query.get("state", ""), self.query.get("reason", "")
        return push_recipients(
            public_id,
            states=[state] if state else [],
            reasons=[reason] if reason else [],
            sender=self.query.get("sender", ""),
        )


route_register("pushes", PushList, "pushes")
route_register("pushes/<str:public_id>", PushDetail, "push")
route_register("pushes/<str:public_id>/preview", PushPreview, "push-preview")
route_register("pushes/<str:public_id>/schedule", PushSchedule, "push-schedule")
route_register("pushes/<str:public_id>/cancel", PushCancel, "push-cancel")
route_register("pushes/<str:public_id>/stop", PushStop, "push-stop")
route_register("pushes/<str:public_id>/remind", PushRemind, "push-remind")
route_register("pushes/<str:public_id>/recipients", PushRecipients, "push-recipients")
