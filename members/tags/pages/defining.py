"""Definitions: a rule in the editor of audiences, or bands of a figure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.segments.editor import EVERYBODY, editor_data
from members.segments.rules import InvalidRule
from members.tags.keeping import tag_create, tag_define
from members.tags.measures import MEASURES, measures_listed
from members.tags.models import Tag, TagKind
from members.tags.pages.changing import TagForm
from members.tags.selectors import tag_get, tag_versions
from scrm.console.pages import FormPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.core.errors import DomainError, InvalidValue
from scrm.core.money import fen_from_yuan, yuan_text


def _newest(tag: Tag) -> Mapping[str, Any]:
    newest = tag_versions(tag.pk).order_by("-number").first()
    found: Mapping[str, Any] = newest.definition if newest is not None else tag.definition
    return found


class RuleForm(TagForm):
    """A tag and the rule the editor wrote."""

    reason = forms.CharField(label=gettext_lazy("给审批人的说明"), max_length=300, required=False)
    rule = forms.CharField(widget=forms.HiddenInput(attrs={"data-rule": ""}), required=False)


class RuleOnlyForm(forms.Form):
    """A rule for the next version."""

    reason = forms.CharField(label=gettext_lazy("给审批人的说明"), max_length=300, required=False)
    rule = forms.CharField(widget=forms.HiddenInput(attrs={"data-rule": ""}), required=False)


def _rule(text: str) -> dict[str, Any]:
    try:
        return {"rule": json.loads(text or "null")}
    except ValueError as error:
        raise InvalidRule("the rule is not JSON", pointer="/rule") from error


class _DefinitionPage(FormPage):
    permission = "tags.edit"
    nav_key = "tags-list"

    @cached_property
    def tag(self) -> Tag:
        return tag_get(self.kwargs["tag_id"])

    @override
    def cancel_url(self) -> str:
        tag_id = self.kwargs.get("tag_id")
        return self.url("tags-detail", tag_id=tag_id) if tag_id else self.url("tags-list")


class _RulePage(_DefinitionPage):
    template_name = "members/tags/rule.html"
    fragment_name = ""

    @override
    def context(self) -> dict[str, object]:
        return {"editor": editor_data(), "count_url": self.url("segments-count")}


@page("tags/rule/", name="tags-rule")
class NewRulePage(_RulePage):
    """A new tag by rule; it asks for approval."""

    title = gettext_lazy("新建规则标签")
    form_class = RuleForm

    @override
    def initial(self) -> Mapping[str, Any]:
        return {"rule": json.dumps(EVERYBODY)}

    @override
    def save(self, form: forms.BaseForm) -> str:
        told = dict(form.cleaned_data)
        definition = _rule(told.pop("rule"))
        tag = tag_create(kind=TagKind.RULE, definition=definition, **told)
        toast(self.request, "success", _("已提交审批，通过后开始打标签"))
        return self.url("tags-detail", tag_id=tag.public_id)


@page("tags/<str:tag_id>/rule/", name="tags-rule-define")
class DefineRulePage(_RulePage):
    """The next version of a rule."""

    title = gettext_lazy("新版本")
    form_class = RuleOnlyForm

    @override
    def heading(self) -> str:
        return self.tag.name

    @override
    def initial(self) -> Mapping[str, Any]:
        rule = _newest(self.tag).get("rule", EVERYBODY)
        return {"rule": json.dumps(rule, ensure_ascii=False)}

    @override
    def save(self, form: forms.BaseForm) -> str:
        told = form.cleaned_data
        tag_define(
            public_id=self.kwargs["tag_id"],
            definition=_rule(told["rule"]),
            reason=told["reason"],
        )
        toast(self.request, "success", _("已提交审批，通过前沿用原来的版本"))
        return self.cancel_url()


class FiguresOnlyForm(forms.Form):
    """A measure with its band; yuan for money."""

    measure = forms.ChoiceField(label=gettext_lazy("统计项"))
    low = forms.CharField(
        label=gettext_lazy("不小于"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("金额以元为单位"),
    )
    high = forms.CharField(label=gettext_lazy("不大于"), required=False, max_length=20)
    words = forms.MultipleChoiceField(
        label=gettext_lazy("取值"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("用于性别这类统计项"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        measures = measures_listed()
        measure: Any = self.fields["measure"]
        measure.choices = [(each.key, each.label) for each in measures]
        words: Any = self.fields["words"]
        words.choices = [choice for each in measures for choice in each.choices]


class FiguresForm(TagForm, FiguresOnlyForm):
    """A tag and its figure."""

    field_order = ("name", "measure", "low", "high", "words", "group", "description")


def _definition(told: Mapping[str, Any]) -> dict[str, Any]:
    measure = MEASURES[told["measure"]]
    definition: dict[str, Any] = {"measure": measure.key}
    for name, key in (("low", "from"), ("high", "to")):
        text = str(told[name]).strip()
        if text:
            definition[key] = _number(text, is_yuan=measure.kind == "yuan", pointer=name)
    if told["words"]:
        definition["in"] = list(told["words"])
    return definition


def _number(text: str, *, is_yuan: bool, pointer: str) -> int:
    try:
        return fen_from_yuan(text) if is_yuan else int(text)
    except (DomainError, ValueError) as error:
        raise InvalidValue(_("请填写数字"), pointer=f"/{pointer}") from error


class _FiguresPage(_DefinitionPage):
    form_intro = "members/tags/_figures_intro.html"


@page("tags/figures/", name="tags-figures")
class NewFiguresPage(_FiguresPage):
    """A new statistical tag."""

    title = gettext_lazy("新建统计标签")
    form_class = FiguresForm

    @override
    def save(self, form: forms.BaseForm) -> str:
        told = form.cleaned_data
        tag = tag_create(
            name=told["name"],
            kind=TagKind.STATISTICAL,
            group=told["group"],
            description=told["description"],
            definition=_definition(told),
        )
        toast(self.request, "success", _("已新建标签 %(name)s") % {"name": tag.name})
        return self.url("tags-detail", tag_id=tag.public_id)


@page("tags/<str:tag_id>/figures/", name="tags-figures-define")
class DefineFiguresPage(_FiguresPage):
    """The next version of a statistical tag; it holds at once."""

    title = gettext_lazy("新版本")
    form_class = FiguresOnlyForm

    @override
    def heading(self) -> str:
        return self.tag.name

    @override
    def initial(self) -> Mapping[str, Any]:
        now = _newest(self.tag)
        measure = MEASURES.get(now.get("measure", ""))

        def shown(key: str) -> str:
            value = now.get(key)
            if value is None:
                return ""
            is_yuan = measure is not None and measure.kind == "yuan"
            return yuan_text(value) if is_yuan else str(value)

        return {
            "measure": now.get("measure", ""),
            "low": shown("from"),
            "high": shown("to"),
            "words": now.get("in", []),
        }

    @override
    def save(self, form: forms.BaseForm) -> str:
        tag_define(public_id=self.kwargs["tag_id"], definition=_definition(form.cleaned_data))
        toast(self.request, "success", _("新版本已生效，正在重新计算"))
        return self.cancel_url()
