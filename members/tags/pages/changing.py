"""Forms of tags and groups: new, other words, no rule any more, gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.tags.keeping import (
    tag_create,
    tag_delete,
    tag_group_create,
    tag_group_delete,
    tag_group_rename,
    tag_rule_remove,
    tag_update,
)
from members.tags.merging import tag_merge, tag_merge_undo
from members.tags.selectors import (
    group_choices,
    tag_count,
    tag_get,
    tag_group_get,
    tag_id_of,
    tags_by_hand,
)
from scrm.console.elements import Action
from scrm.console.pages import ActPage, FormPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.console.undo import UndoKind, undo_offer, undo_register
from scrm.console.writing import thousands


class TagForm(forms.Form):
    """Name, heading, words."""

    name = forms.CharField(label=gettext_lazy("标签名称"), max_length=40)
    group = forms.ChoiceField(label=gettext_lazy("标签组"), required=False)
    description = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        group: Any = self.fields["group"]
        group.choices = [("", _("未分组")), *group_choices()]


class _TagFormPage(FormPage):
    permission = "tags.edit"
    nav_key = "tags-list"
    form_class: ClassVar[type[forms.BaseForm]] = TagForm

    @override
    def cancel_url(self) -> str:
        return self.url("tags-list")


@page("tags/new/", name="tags-new")
class NewTagPage(_TagFormPage):
    """A tag to put on by hand."""

    title = gettext_lazy("新建标签")

    @override
    def save(self, form: forms.BaseForm) -> str:
        tag = tag_create(**form.cleaned_data)
        toast(self.request, "success", _("已新建标签 %(name)s") % {"name": tag.name})
        return self.url("tags-detail", tag_id=tag.public_id)


class _OneTagPage(_TagFormPage):
    @override
    def cancel_url(self) -> str:
        return self.url("tags-detail", tag_id=self.kwargs["tag_id"])


@page("tags/<str:tag_id>/edit/", name="tags-edit")
class EditTagPage(_OneTagPage):
    """Other words for a tag."""

    title = gettext_lazy("编辑标签")

    @override
    def initial(self) -> Mapping[str, Any]:
        tag = tag_get(self.kwargs["tag_id"])
        return {"name": tag.name, "group": tag.group.public_id, "description": tag.description}

    @override
    def save(self, form: forms.BaseForm) -> str:
        tag = tag_update(public_id=self.kwargs["tag_id"], **form.cleaned_data)
        toast(self.request, "success", _("已保存标签 %(name)s") % {"name": tag.name})
        return self.cancel_url()


class RemoveForm(forms.Form):
    """What becomes of those whom the definition had tagged."""

    keep = forms.ChoiceField(
        label=gettext_lazy("由它打上的标签"),
        choices=(
            ("undo", gettext_lazy("从这些会员身上去除，手工和企微打的保留")),
            ("keep", gettext_lazy("保留在会员身上")),
        ),
        widget=forms.RadioSelect,
    )


@page("tags/<str:tag_id>/remove-rule/", name="tags-rule-remove")
class RemoveRulePage(_OneTagPage):
    """A computed tag becomes one to put on by hand."""

    title = gettext_lazy("移除规则")
    form_class = RemoveForm
    form_intro = "members/tags/_remove_intro.html"
    submit_label = gettext_lazy("移除规则")
    is_danger = True

    @override
    def context(self) -> dict[str, object]:
        tag = tag_get(self.kwargs["tag_id"])
        return {"count": tag_count(tag.pk, source=tag.kind)}

    @override
    def save(self, form: forms.BaseForm) -> str:
        is_undone = form.cleaned_data["keep"] == "undo"
        count = tag_rule_remove(public_id=self.kwargs["tag_id"], is_undone=is_undone)
        words = _("已从 %(count)s 位会员身上去除") if is_undone else _("%(count)s 位会员保留标签")
        toast(self.request, "success", words % {"count": thousands(count)})
        return self.cancel_url()


class DeleteForm(forms.Form):
    """The name typed again."""

    name = forms.CharField(label=gettext_lazy("输入标签名称以确认"), max_length=40)

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def clean_name(self) -> str:
        typed = str(self.cleaned_data["name"]).strip()
        if typed != self.expected:
            raise forms.ValidationError(_("名称不一致"))
        return typed


@page("tags/<str:tag_id>/delete/", name="tags-delete")
class DeleteTagPage(_OneTagPage):
    """Take a tag off everybody and put it away."""

    title = gettext_lazy("删除标签")
    form_class = DeleteForm
    form_intro = "members/tags/_delete_intro.html"
    submit_label = gettext_lazy("删除标签")
    is_danger = True

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"expected": tag_get(self.kwargs["tag_id"]).name}

    @override
    def context(self) -> dict[str, object]:
        return {"count": tag_count(tag_get(self.kwargs["tag_id"]).pk)}

    @override
    def save(self, form: forms.BaseForm) -> str:
        count = tag_delete(public_id=self.kwargs["tag_id"], is_sure=True)
        words = _("已删除标签，%(count)s 位会员的记录保留在历史中") % {"count": thousands(count)}
        toast(self.request, "success", words)
        return self.url("tags-list")


class MergeForm(forms.Form):
    """Which tag stays."""

    name = forms.CharField(
        label=gettext_lazy("并入哪个标签"),
        max_length=40,
        widget=forms.TextInput(attrs={"list": "tag-merge-names", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own

    def clean_name(self) -> str:
        found = tag_id_of(str(self.cleaned_data["name"]))
        if not found or found == self.own:
            raise forms.ValidationError(_("请输入另一个在用标签的名称"))
        return found


@page("tags/<str:tag_id>/merge/", name="tags-merge")
class MergeTagPage(_OneTagPage):
    """A tag becomes another; one may take it back."""

    title = gettext_lazy("并入另一个标签")
    form_class = MergeForm
    form_intro = "members/tags/_merge_intro.html"
    submit_label = gettext_lazy("并入")

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"own": self.kwargs["tag_id"]}

    @override
    def context(self) -> dict[str, object]:
        tag = tag_get(self.kwargs["tag_id"])
        names = [name for name in tags_by_hand() if name != tag.name]
        return {"tag": tag, "count": tag_count(tag.pk), "names": names}

    @override
    def save(self, form: forms.BaseForm) -> str:
        into = form.cleaned_data["name"]
        done = tag_merge(public_id=self.kwargs["tag_id"], into=into)
        undo = undo_offer(self.request, "tags.merged", {"merge": done.merge.public_id})
        words = _("已并入，%(count)s 位会员改带新标签，%(both)s 位原本两个都有") % {
            "count": thousands(done.members),
            "both": thousands(done.both),
        }
        toast(self.request, "success", words, undo_url=undo)
        return self.url("tags-detail", tag_id=into)


def _apart(payload: Mapping[str, Any]) -> None:
    tag_merge_undo(public_id=payload["merge"])


undo_register(UndoKind(key="tags.merged", permission="tags.edit", apply=_apart))


class GroupForm(forms.Form):
    """The name of a heading."""

    name = forms.CharField(label=gettext_lazy("标签组名称"), max_length=40)


@page("tags/groups/new/", name="tags-group-new")
class NewGroupPage(_TagFormPage):
    """A new heading."""

    title = gettext_lazy("新建标签组")
    form_class = GroupForm

    @override
    def save(self, form: forms.BaseForm) -> str:
        group = tag_group_create(name=form.cleaned_data["name"])
        toast(self.request, "success", _("已新建标签组 %(name)s") % {"name": group.name})
        return f"{self.url('tags-list')}?group={group.public_id}"


@page("tags/groups/<str:group_id>/", name="tags-group-edit")
class EditGroupPage(_TagFormPage):
    """Another name for a heading."""

    title = gettext_lazy("编辑标签组")
    form_class = GroupForm

    @override
    def initial(self) -> Mapping[str, Any]:
        return {"name": tag_group_get(self.kwargs["group_id"]).name}

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(
                label=_("删除标签组"),
                href=self.url("tags-group-delete", group_id=self.kwargs["group_id"]),
                method="post",
                is_danger=True,
            ),
        )

    @override
    def save(self, form: forms.BaseForm) -> str:
        group = tag_group_rename(public_id=self.kwargs["group_id"], name=form.cleaned_data["name"])
        toast(self.request, "success", _("已保存标签组 %(name)s") % {"name": group.name})
        return f"{self.url('tags-list')}?group={group.public_id}"


@page("tags/groups/<str:group_id>/delete/", name="tags-group-delete")
class DeleteGroupPage(ActPage):
    """Put an empty heading away."""

    permission = "tags.edit"
    nav_key = "tags-list"
    title = gettext_lazy("删除标签组")

    @override
    def act(self) -> str:
        tag_group_delete(public_id=self.kwargs["group_id"])
        toast(self.request, "success", _("已删除标签组"))
        return self.url("tags-list")
