"""Page 23: the editor. Whom, what, when, and a last look; beside it what the customer will see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from communities.outreach.forms import (
    LATER,
    NOW,
    AudienceForm,
    ConfirmForm,
    ContentForm,
    TimeForm,
)
from communities.outreach.models import Push
from communities.outreach.pages.words import bubbles_of, reason_words
from communities.outreach.rules import NICKNAME, PushState
from communities.outreach.selectors.audience import Address, Preview
from communities.outreach.selectors.editor import (
    payload_seen,
    preview_samples,
    push_checks,
    push_reach,
    segment_choices,
)
from communities.outreach.selectors.lists import push_get
from communities.outreach.services.asking import push_submit
from communities.outreach.services.drafts import (
    push_create,
    push_update,
    push_wants_approval,
)
from communities.outreach.services.writing import (
    attachments_of,
    form_values,
    push_content_save,
)
from scrm.console.elements import Action, Crumb
from scrm.console.pages import ConsolePage, WizardPage, WizardStep
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.console.writing import datetime_text
from scrm.core import clock
from scrm.core.errors import DomainError, InvalidValue

STEPS = (
    WizardStep(key="audience", label=gettext_lazy("人群"), form_class=AudienceForm),
    WizardStep(key="content", label=gettext_lazy("内容"), form_class=ContentForm),
    WizardStep(key="time", label=gettext_lazy("时间"), form_class=TimeForm),
    WizardStep(key="confirm", label=gettext_lazy("确认"), form_class=ConfirmForm),
)
_PICTURES = ("image", "mini_cover")


def reach_context(reach: Preview | None) -> dict[str, object]:
    """What the reach card shows."""
    if reach is None:
        return {"reach": None}
    reasons = [(reason_words(reason), count) for reason, count in reach.reasons.items()]
    return {"reach": reach, "reasons": reasons}


class _Editor(WizardPage):
    """What the steps of a new and of a known draft share."""

    permission = "pushes.edit"
    nav_key = "push-list"
    template_name = "communities/outreach/editor.html"
    steps = STEPS

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("群发与推送"), self.url("push-list"))]

    @override
    def cancel_url(self) -> str:
        return self.url("push-list")


@page("communities/pushes/new/", name="push-new")
class PushNewPage(_Editor):
    """The first step of a draft that is not written down yet; `?segment=` chooses the audience."""

    title = gettext_lazy("新建推送")

    @override
    def initial(self) -> Mapping[str, Any]:
        return {"segment": self.request.GET.get("segment", "")}

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"segments": segment_choices()}

    @override
    def context(self) -> dict[str, object]:
        # An audience that came by a link is counted once the page stands.
        return {"aside": "reach", "reach": None, "is_later": "segment" in self.request.GET}

    @override
    def save(self, form: forms.BaseForm) -> str:
        push = push_create(
            name=form.cleaned_data["name"],
            segment=form.cleaned_data["segment"],
            purpose=form.cleaned_data["purpose"],
        )
        return f"{self.url('push-edit', push_id=push.public_id)}?step=content"


@page("communities/pushes/<str:push_id>/edit/", name="push-edit")
class PushEditPage(_Editor):
    """One draft. What has left the draft state is shown, not edited."""

    submit_label = gettext_lazy("确认发送")

    @cached_property
    def push(self) -> Push:
        return push_get(str(self.kwargs["push_id"]))

    @override
    def heading(self) -> str:
        return self.push.name

    @override
    def subtitle(self) -> str:
        return _("草稿 · %(at)s 保存") % {"at": datetime_text(self.push.updated_at)}

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(
                label=_("删除草稿"),
                href=self.url("push-delete", push_id=self.push.public_id),
                icon="trash",
                method="post",
                permission="pushes.edit",
            ),
        )

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.push.state != PushState.DRAFT:
            return self.go(self.url("push-detail", push_id=self.push.public_id))
        return super().get(request)

    @cached_property
    def reach(self) -> Preview | None:
        return push_reach(self.push)

    @override
    def step_initial(self, step: WizardStep) -> Mapping[str, Any]:
        push = self.push
        if step.key == "audience":
            segment = push.segment.public_id if push.segment else ""
            return {"name": push.name, "segment": segment, "purpose": push.purpose}
        if step.key == "content":
            return form_values(push)
        if step.key == "time":
            return {"when": LATER if push.scheduled_at else NOW, "at": push.scheduled_at}
        return {}

    @property
    def kept(self) -> dict[str, str]:
        """Pictures the draft has already, by the field they came from."""
        values = form_values(self.push)
        return {name: str(values.get(name, "")) for name in _PICTURES}

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        if self.step.key == "audience":
            return {"segments": segment_choices()}
        if self.step.key == "content":
            return {"kept": self.kept}
        if self.step.key == "confirm":
            return {"addressed": self.reach.addressed if self.reach else 0}
        return {}

    @override
    def step_save(self, step: WizardStep, form: forms.BaseForm) -> None:
        data, key = form.cleaned_data, self.push.public_id
        if step.key == "content":
            push_content_save(public_id=key, content=data, kept=self.kept)
        elif step.key == "audience":
            push_update(public_id=key, changes=data)
        elif step.key == "time":
            at = data["at"] if data["when"] == LATER else None
            if at is not None and at <= clock.now():
                raise InvalidValue(_("这个时间已经过去"), pointer="/at")
            push_update(public_id=key, changes={"scheduled_at": at})

    @override
    def finish(self) -> str:
        if not self.may("pushes.send"):
            raise InvalidValue(_("您没有发送推送的权限"))
        asked = push_submit(public_id=self.push.public_id)
        if asked is not None:
            toast(self.request, "info", _("人数较多，已提交审批，由另一位同事通过后发送"))
            return self.url("approval", approval_id=asked.public_id)
        toast(self.request, "success", _("已提交，进度会自动更新"))
        return self.url("push-detail", push_id=self.push.public_id)

    @override
    def context(self) -> dict[str, object]:
        if self.step.key == "audience":
            is_later = self.push.segment is not None
            return {"aside": "reach", "push": self.push, "reach": None, "is_later": is_later}
        is_last = self.step.key == "confirm"
        samples = self.reach.samples if is_last and self.reach else preview_samples(self.push)
        phone = phone_context(self, samples, text=self.push.text, attachments=self.push.attachments)
        if not is_last:
            return {"aside": "phone", "push": self.push, **phone}
        checks = push_checks(self.push, self.reach)
        return {
            "aside": "phone",
            "push": self.push,
            "checks": checks,
            "is_ready": all(check.tone != "bad" for check in checks),
            "wants_approval": push_wants_approval(self.push),
            **phone,
            **reach_context(self.reach),
        }


def phone_context(
    shown: ConsolePage,
    samples: Sequence[Address],
    *,
    text: str,
    attachments: Sequence[Mapping[str, Any]],
) -> dict[str, object]:
    """The phone for the chosen member: their name in the words, their staff above them."""
    asked = shown.request.POST.get("as") or shown.request.GET.get("as", "")
    chosen = next(
        (one for one in samples if one.external_userid == asked), samples[0] if samples else None
    )
    seen = payload_seen(
        text=text, attachments=attachments, nickname=chosen.nickname if chosen else NICKNAME
    )
    brand = shown.request.tenant.name
    return {
        "samples": samples,
        "chosen": chosen,
        "phone_title": f"{brand} · {chosen.sender_name}" if chosen else brand,
        "bubbles": bubbles_of(seen, media_url=lambda key: shown.url("push-media", media_id=key)),
        "bytes": len(text.encode()),
    }


@page("communities/pushes/reach/", name="push-reach")
class PushReachPage(ConsolePage):
    """The reach card for another choice of audience."""

    permission = "pushes.edit"
    nav_key = "push-list"
    template_name = "communities/outreach/_reach.html"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.GET
        reach = push_reach(
            Push(), segment=asked.get("segment", ""), purpose=asked.get("purpose", "")
        )
        return self.fragment(self.template_name, reach_context(reach))


@page("communities/pushes/<str:push_id>/phone/", name="push-phone")
class PushPhonePage(ConsolePage):
    """The phone while somebody writes; what is sound is kept in the draft."""

    permission = "pushes.edit"
    nav_key = "push-list"
    template_name = "communities/outreach/_phone.html"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        push = push_get(str(kwargs["push_id"]))
        context = phone_context(
            self, preview_samples(push), text=push.text, attachments=push.attachments
        )
        return self.fragment(self.template_name, {**context, "push": push})

    def post(self, request: HttpRequest, push_id: str) -> HttpResponse:
        push = push_get(push_id)
        values = form_values(push)
        kept = {name: str(values.get(name, "")) for name in _PICTURES}
        written = {**request.POST.dict(), "image": None, "mini_cover": None}
        text = str(written.get("text", "")).replace("\r\n", "\n")
        attachments = attachments_of(written, kept=kept)
        problem, saved = "", False
        if push.state == PushState.DRAFT and (text, attachments) != (push.text, push.attachments):
            try:
                push = push_content_save(public_id=push_id, content=written, kept=kept)
                saved = True
            except DomainError as refusal:
                problem = str(refusal)
        context = phone_context(self, preview_samples(push), text=text, attachments=attachments)
        return self.fragment(
            self.template_name,
            {
                **context,
                "push": push,
                "saved_at": clock.now() if saved else None,
                "problem": problem,
            },
        )
