"""Tags for many: put on and taken off, with ten seconds to take it back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from django import forms
from django.utils.translation import gettext_lazy, ngettext
from typing_extensions import override

from members.people.filters import field_filters, rule_of
from members.people.finding import members_searched
from members.people.forms import TagForm, UntagForm
from members.people.pages.listing import MemberListPage
from members.people.selectors import member_ids_of
from members.tags.bulk import (
    Tagged,
    tags_put_on,
    tags_put_on_undo,
    tags_take_off,
    tags_take_off_undo,
)
from scrm.console.filters import query_read
from scrm.console.pages import FormPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.console.undo import UndoKind, undo_offer, undo_register

_FIELD_FILTERS = field_filters()


@page("members/tag/", name="members-tag")
class TagPage(FormPage):
    """Put tags on the chosen members, or on everybody the list finds."""

    permission = "members.edit"
    nav_key = "members-list"
    title = gettext_lazy("打标签")
    form_class = TagForm
    form_intro = "members/people/_tag_intro.html"
    submit_label = gettext_lazy("打上标签")
    undo_key = "members.tagged"

    @cached_property
    def chosen(self) -> list[int]:
        """Keys of the members it is about."""
        if self.request.GET.get("scope") != "all":
            return member_ids_of(self.request.GET.get("ids", "").split(","))
        query = query_read(
            self.request.GET, filters=MemberListPage.filters, sorts=MemberListPage.sorts, limit=1
        )
        rule = rule_of(query, _FIELD_FILTERS, self.request.GET)
        return list(members_searched(text=query.search, rule=rule).values_list("pk", flat=True))

    @override
    def context(self) -> dict[str, object]:
        return {"count": len(self.chosen)}

    @override
    def save(self, form: forms.BaseForm) -> str:
        assert isinstance(form, TagForm)  # noqa: S101 - form_class says so
        self.told(self.act(form.names()))
        came_from = self.request.GET.get("back", "")
        if came_from:
            return self.url("members-detail", member_id=came_from)
        back = self.request.GET.copy()
        for key in ("ids", "scope"):
            back.pop(key, None)
        query = back.urlencode()
        return f"{self.url('members-list')}?{query}" if query else self.url("members-list")

    def act(self, names: Sequence[str]) -> Tagged:
        """What happens to the tags of the chosen."""
        return tags_put_on(self.chosen, names)

    def told(self, done: Tagged) -> None:
        undo = undo_offer(self.request, self.undo_key, done.undo) if done.undo else ""
        toast(self.request, "success", self.done_words(done.count), undo_url=undo)

    def done_words(self, count: int) -> str:
        told = ngettext("已打上 %(count)s 个标签", "已打上 %(count)s 个标签", count)
        return told % {"count": count}

    @override
    def cancel_url(self) -> str:
        return self.url("members-list")


@page("members/untag/", name="members-untag")
class UntagPage(TagPage):
    """Take tags off the chosen members, or off everybody the list finds."""

    title = gettext_lazy("去标签")
    form_class = UntagForm
    form_intro = "members/people/_untag_intro.html"
    submit_label = gettext_lazy("去掉标签")
    undo_key = "members.untagged"

    @override
    def act(self, names: Sequence[str]) -> Tagged:
        return tags_take_off(self.chosen, names)

    @override
    def done_words(self, count: int) -> str:
        told = ngettext("已去掉 %(count)s 个标签", "已去掉 %(count)s 个标签", count)
        return told % {"count": count}


undo_register(UndoKind(key="members.tagged", permission="members.edit", apply=tags_put_on_undo))
undo_register(UndoKind(key="members.untagged", permission="members.edit", apply=tags_take_off_undo))
