"""Definitions: a rule in the editor of audiences, or bands of a figure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.segments.editor import EVERYBODY, editor_script
from members.segments.rules import InvalidRule
from members.tags.keeping import tag_create, tag_define
from members.tags.measures import MEASURES, TagMeasure, measures_listed
from members.tags.models import Tag, TagKind
from members.tags.pages.changing import TagForm
from members.tags.selectors import tag_get, tag_versions
from scrm.console.components.forms import WHEN
from scrm.console.pages import FormPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.core.errors import DomainError
from scrm.core.money import fen_from_yuan, yuan_text

_LOW, _HIGH, _WORDS = "low", "high", "words"


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
        return {"editor": editor_script(), "count_url": self.url("segments-count")}


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
    """A measure, and the band or the words that this measure asks for."""

    measure = forms.ChoiceField(label=gettext_lazy("统计项"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        measures = measures_listed()
        measure: Any = self.fields["measure"]
        measure.choices = [(each.key, each.label) for each in measures]
        bands: dict[str, list[str]] = {}
        for each in measures:
            if each.has_number:
                bands.setdefault(_unit(each), []).append(each.key)
        for place, (unit, keys) in enumerate(bands.items()):
            for name, label in ((_LOW, _("不小于")), (_HIGH, _("不大于"))):
                self.fields[f"{name}_{place}"] = _bound(label, unit, keys)
        for each in measures:
            if each.kind == "choice":
                self.fields[f"{_WORDS}_{each.key}"] = forms.MultipleChoiceField(
                    label=str(each.label),
                    required=False,
                    choices=list(each.choices),
                    widget=forms.CheckboxSelectMultiple(attrs={WHEN: f"measure {each.key}"}),
                )
        self.places = {key: place for place, keys in enumerate(bands.values()) for key in keys}

    @override
    def clean(self) -> dict[str, Any]:
        """The definition, of what its measure asks for; a number that is none stands at its field."""
        measure = MEASURES.get(self.cleaned_data.get("measure", ""))
        if measure is None:
            return self.cleaned_data
        definition: dict[str, Any] = {"measure": measure.key}
        if measure.has_number:
            for name, key in ((_LOW, "from"), (_HIGH, "to")):
                field = f"{name}_{self.places[measure.key]}"
                text = str(self.cleaned_data.get(field, "")).strip()
                try:
                    definition |= (
                        {key: _number(text, is_yuan=measure.kind == "yuan")} if text else {}
                    )
                except (DomainError, ValueError):
                    self.add_error(field, _("请填写数字"))
        elif measure.kind == "choice":
            definition["in"] = self.cleaned_data.get(f"{_WORDS}_{measure.key}", [])
        self.cleaned_data["definition"] = definition
        return self.cleaned_data

    def shown(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """A definition as the fields show it."""
        measure = MEASURES.get(definition.get("measure", ""))
        if measure is None:
            return {}
        found: dict[str, Any] = {"measure": measure.key}
        if measure.has_number:
            for name, key in ((_LOW, "from"), (_HIGH, "to")):
                value = definition.get(key)
                if value is not None:
                    text = yuan_text(value) if measure.kind == "yuan" else str(value)
                    found[f"{name}_{self.places[measure.key]}"] = text
        return found | {f"{_WORDS}_{measure.key}": definition.get("in", [])}


class FiguresForm(FiguresOnlyForm, TagForm):
    """A tag and its figure."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["name", *(key for key in self.fields if key not in TagForm.base_fields)])


def _unit(measure: TagMeasure) -> str:
    return _("元") if measure.kind == "yuan" else str(measure.unit)


def _bound(label: str, unit: str, keys: Sequence[str]) -> forms.Field:
    if unit:
        label = _("%(label)s（%(unit)s）") % {"label": label, "unit": unit}
    shown = {WHEN: " ".join(("measure", *keys)), "inputmode": "decimal"}
    return forms.CharField(
        label=label, required=False, max_length=20, widget=forms.TextInput(attrs=shown)
    )


def _number(text: str, *, is_yuan: bool) -> int:
    return fen_from_yuan(text) if is_yuan else int(text)


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
            definition=told["definition"],
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
        return FiguresOnlyForm().shown(_newest(self.tag))

    @override
    def save(self, form: forms.BaseForm) -> str:
        tag_define(public_id=self.kwargs["tag_id"], definition=form.cleaned_data["definition"])
        toast(self.request, "success", _("新版本已生效，正在重新计算"))
        return self.cancel_url()
