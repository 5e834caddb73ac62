"""自定义字段: what the brand asks about people, and where tag groups stand in the persona."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.profile.forms import FieldForm, FieldWordsForm
from members.profile.models import CustomField, Direction, FieldKind
from members.profile.selectors import (
    field_counts,
    field_get,
    fields_ever,
    persona_directions,
    persona_groups,
)
from members.profile.services import (
    custom_field_archive,
    custom_field_change,
    custom_field_create,
    persona_groups_set,
)
from members.tags.models import TagGroup
from scrm.console.columns import Column
from scrm.console.elements import Action, Badge
from scrm.console.filters import ChoiceFilter, ListQuery, Sort
from scrm.console.pages import ActPage, FormPage, ListPage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page

_GROUP = "group_"


class FieldRow:
    """A field with how many members have a value."""

    def __init__(self, field: CustomField, members: int) -> None:
        self.field = field
        self.members = members

    @override
    def __str__(self) -> str:
        return str(self.field.label)


def _choices(row: FieldRow) -> str:
    return _("、").join(row.field.choices)


def _state(row: FieldRow) -> Badge:
    return (
        Badge(_("使用中"), "good") if row.field.archived_at is None else Badge(_("已停用"), "muted")
    )


@page(
    "members/fields/",
    name="custom-fields",
    nav=Nav(section="members", label=gettext_lazy("自定义字段"), order=90),
)
class FieldListPage(ListPage):
    """The brand's own questions."""

    permission = "members.view"
    title = gettext_lazy("自定义字段")
    noun = gettext_lazy("个字段")
    columns = (
        Column(
            key="label", label=gettext_lazy("名称"), value=lambda row: row.field.label, is_primary=True
        ),
        Column(
            key="kind",
            label=gettext_lazy("类型"),
            value=lambda row: FieldKind(row.field.kind).label,
        ),
        Column(key="choices", label=gettext_lazy("选项"), value=_choices, on_phone=False),
        Column(
            key="direction",
            label=gettext_lazy("画像方向"),
            value=lambda row: Direction(row.field.direction).label,
        ),
        Column(key="key", label=gettext_lazy("键"), value=lambda row: row.field.key),
        Column(key="members", label=gettext_lazy("有值的会员"), kind="number"),
        Column(key="state", label=gettext_lazy("状态"), kind="status", value=_state),
    )  # fmt: skip
    filters = (
        ChoiceFilter(
            key="state",
            label=gettext_lazy("状态"),
            choices=[("used", gettext_lazy("使用中")), ("archived", gettext_lazy("已停用"))],
            is_single=True,
        ),
    )
    sorts = (Sort(key="old", label=gettext_lazy("最早建立"), order=("id",)),)
    empty_title = gettext_lazy("还没有自定义字段")
    empty_text = gettext_lazy(
        "肤质、偏好、家庭人数……把你们想记住的写成字段，会员页、导入、人群规则和接口都能用。"
    )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[CustomField]:
        state = query.one("state")
        found = fields_ever()
        return found.filter(archived_at__isnull=state == "used") if state else found

    @override
    def rows_make(self, rows: Sequence[CustomField]) -> Sequence[FieldRow]:
        counts = field_counts() if rows else {}
        return [FieldRow(field, counts.get(field.pk, 0)) for field in rows]

    @override
    def row_key(self, row: FieldRow) -> str:
        return str(row.field.public_id)

    @override
    def row_actions(self, row: FieldRow) -> Sequence[Action]:
        key = row.field.public_id
        is_used = row.field.archived_at is None
        return (
            Action(
                label=_("编辑"),
                href=self.url("custom-field-edit", field_id=key),
                opens="drawer",
                permission="fields.edit",
            ),
            Action(
                label=_("停用") if is_used else _("恢复"),
                href=self.url(
                    "custom-field-archive" if is_used else "custom-field-restore", field_id=key
                ),
                method="post",
                permission="fields.edit",
            ),
        )

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(
                label=_("标签组归类"),
                href=self.url("persona-groups"),
                icon="tag",
                opens="drawer",
                permission="fields.edit",
            ),
            Action(
                label=_("新建字段"),
                href=self.url("custom-field-new"),
                icon="plus",
                opens="drawer",
                is_primary=True,
                permission="fields.edit",
            ),
        )

    @override
    def empty_action(self) -> Action | None:
        return Action(
            label=_("新建字段"),
            href=self.url("custom-field-new"),
            opens="drawer",
            permission="fields.edit",
        )


class _FieldForm(FormPage):
    permission = "fields.edit"
    nav_key = "custom-fields"

    @override
    def cancel_url(self) -> str:
        return self.url("custom-fields")


@page("members/fields/new/", name="custom-field-new")
class NewFieldPage(_FieldForm):
    """A new question."""

    title = gettext_lazy("新建字段")
    form_class = FieldForm

    @override
    def save(self, form: forms.BaseForm) -> str:
        field = custom_field_create(**form.cleaned_data)
        toast(self.request, "success", _("已新建字段 %(name)s") % {"name": field.label})
        return self.cancel_url()


@page("members/fields/<str:field_id>/edit/", name="custom-field-edit")
class EditFieldPage(_FieldForm):
    """Other words for a question."""

    title = gettext_lazy("编辑字段")
    form_class = FieldWordsForm

    @cached_property
    def field(self) -> CustomField:
        return field_get(self.kwargs["field_id"])

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"is_choice": self.field.kind == FieldKind.CHOICE}

    @override
    def initial(self) -> Mapping[str, Any]:
        return {
            "label": self.field.label,
            "choices": "\n".join(self.field.choices),
            "direction": self.field.direction,
        }

    @override
    def save(self, form: forms.BaseForm) -> str:
        field = custom_field_change(public_id=self.kwargs["field_id"], **form.cleaned_data)
        toast(self.request, "success", _("已保存字段 %(name)s") % {"name": field.label})
        return self.cancel_url()


class _FieldAct(ActPage):
    permission = "fields.edit"
    nav_key = "custom-fields"
    is_archived = True

    @override
    def act(self) -> str:
        field = custom_field_archive(
            public_id=self.kwargs["field_id"], is_archived=self.is_archived
        )
        told = _("已停用 %(name)s，会员身上的值保留") if self.is_archived else _("已恢复 %(name)s")
        toast(self.request, "success", told % {"name": field.label})
        return self.url("custom-fields")


@page("members/fields/<str:field_id>/archive/", name="custom-field-archive")
class ArchiveFieldPage(_FieldAct):
    """Ask no longer."""

    title = gettext_lazy("停用字段")


@page("members/fields/<str:field_id>/restore/", name="custom-field-restore")
class RestoreFieldPage(_FieldAct):
    """Ask again."""

    title = gettext_lazy("恢复字段")
    is_archived = False


class PersonaForm(forms.Form):
    """A direction for every tag group."""

    def __init__(self, *args: Any, groups: Sequence[TagGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group in groups:
            self.fields[f"{_GROUP}{group.pk}"] = forms.ChoiceField(
                label=group.label,
                required=False,
                choices=[("", _("不进入画像")), *Direction.choices],
            )

    def directions(self) -> dict[int, str]:
        """What was chosen, by the group's key."""
        return {
            int(name.removeprefix(_GROUP)): value
            for name, value in self.cleaned_data.items()
            if name.startswith(_GROUP)
        }


@page("members/fields/groups/", name="persona-groups")
class PersonaGroupsPage(_FieldForm):
    """Where the tags of each group stand in the persona."""

    title = gettext_lazy("标签组归类")
    form_class = PersonaForm
    form_intro = "members/profile/_groups_intro.html"

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"groups": persona_groups()}

    @override
    def initial(self) -> Mapping[str, Any]:
        return {f"{_GROUP}{key}": direction for key, direction in persona_directions().items()}

    @override
    def save(self, form: forms.BaseForm) -> str:
        assert isinstance(form, PersonaForm)  # noqa: S101 - form_class says so
        persona_groups_set(form.directions())
        toast(self.request, "success", _("已保存"))
        return self.cancel_url()
