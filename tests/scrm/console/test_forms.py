from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.messages import get_messages

from scrm.console.elements import Crumb, Tab
from scrm.console.pages import ActPage, DetailPage, FormPage, WizardPage, WizardStep
from scrm.console.requests import toast
from scrm.core.errors import InvalidValue, NotFound
from tests.scrm.console.conftest import House, asked

HTMX = {"HX-Request": "true"}


class ProbeForm(forms.Form):
    points = forms.IntegerField(label="积分")


class ProbeFormPage(FormPage):
    permission = "kit.edit"
    title = "调积分"
    form_class = ProbeForm

    def save(self, form: forms.BaseForm) -> str:
        if form.cleaned_data["points"] < 0:
            raise InvalidValue("不能为负", pointer="/points")
        toast(self.request, "success", "已调整", undo_url="/undo")
        return "/done/"


def test_a_form_keeps_input_and_shows_a_refusal_at_its_field(house: House) -> None:
    response = asked(ProbeFormPage, house.lin, method="post", data={"points": "-5"})
    body = response.content.decode()
    assert response.status_code == 422
    assert "不能为负" in body
    assert 'value="-5"' in body
    assert 'id="id_points_error"' in body


def test_a_form_goes_on_after_its_service_also_from_a_drawer(house: House) -> None:
    plain = asked(ProbeFormPage, house.lin, method="post", data={"points": "5"})
    assert (plain.status_code, plain["Location"]) == (302, "/done/")
    drawer = {**HTMX, "HX-Target": "drawer-body"}
    part = asked(ProbeFormPage, house.lin, method="post", data={"points": "5"}, headers=drawer)
    assert (part.status_code, part["HX-Redirect"]) == (204, "/done/")
    opened = asked(ProbeFormPage, house.lin, headers=drawer).content.decode()
    assert 'hx-target="#drawer-body"' in opened
    assert "<html" not in opened


class FileForm(forms.Form):
    kind = forms.ChoiceField(label="类型", choices=[("csv", "表格"), ("none", "没有")])
    file = forms.FileField(label="文件", required=False, help_text="CSV")
    rows = forms.IntegerField(
        label="行数", required=False, widget=forms.NumberInput(attrs={"data-when": "kind csv"})
    )


class FilePage(FormPage):
    permission = "kit.edit"
    title = "上传"
    form_class = FileForm


def test_a_file_is_chosen_by_words_of_the_console_not_of_the_browser(house: House) -> None:
    body = asked(FilePage, house.lin).content.decode()
    control = body[body.index('type="file"') - 60 :]
    assert "选择文件" in control
    assert "未选择文件" in control
    assert 'aria-describedby="id_file_helptext"' in control
    assert body.count("visually-hidden") >= 1


def test_a_field_that_only_a_choice_needs_says_which_and_not_that_it_is_optional(
    house: House,
) -> None:
    body = asked(FilePage, house.lin).content.decode()
    assert 'data-when="kind csv"' in body
    assert body.count('class="optional"') == 1  # the file, which is; the control


class StopPage(ActPage):
    permission = "kit.edit"

    def act(self) -> str:
        toast(self.request, "success", "已暂停", undo_url="/undo/")
        return "/list/"


def test_an_act_posts_and_leaves_a_toast_with_undo(house: House) -> None:
    assert asked(StopPage, house.lin).status_code == 405
    assert asked(StopPage, house.wang, method="post").status_code == 403
    response = asked(StopPage, house.lin, method="post")
    assert response["Location"] == "/list/"
    (message,) = get_messages(response.request_seen)
    assert (str(message), message.extra_tags) == ("已暂停", "/undo/")


class ProbeWizard(WizardPage):
    permission = "kit.edit"
    title = "新建群发"
    submit_label = "提交审批"
    steps = (
        WizardStep(key="one", label="人群", form_class=ProbeForm),
        WizardStep(key="two", label="内容", form_class=ProbeForm),
    )
    draft: dict[str, int] = {}

    def step_initial(self, step: WizardStep) -> Mapping[str, Any]:
        return {"points": ProbeWizard.draft.get(step.key)}

    def step_save(self, step: WizardStep, form: forms.BaseForm) -> None:
        ProbeWizard.draft[step.key] = form.cleaned_data["points"]

    def finish(self) -> str:
        return "/sent/"


def test_a_wizard_keeps_each_step_and_ends_after_the_last(house: House) -> None:
    ProbeWizard.draft = {}
    first = asked(ProbeWizard, house.lin, method="post", data={"points": "3"})
    assert first["Location"] == "/console/mumian/x/?step=two"
    again = asked(ProbeWizard, house.lin).content.decode()
    assert 'value="3"' in again
    assert "下一步" in again
    last = asked(ProbeWizard, house.lin, query="step=two").content.decode()
    assert "提交审批" in last
    assert "上一步" in last
    done = asked(ProbeWizard, house.lin, method="post", data={"points": "4"}, query="step=two")
    assert done["Location"] == "/sent/"
    assert ProbeWizard.draft == {"one": 3, "two": 4}
    unknown = asked(ProbeWizard, house.lin, query="step=nine").content.decode()
    assert "下一步" in unknown


class ProbeDetail(DetailPage):
    permission = "kit.edit"
    opened: list[str] = []

    def subject_get(self, **_arguments: Any) -> str:
        if self.request.GET.get("gone"):
            raise NotFound
        return "陈一诺"

    def heading(self) -> str:
        return str(self.subject)

    def crumbs(self) -> list[Crumb]:
        return [Crumb("会员列表", "/list/")]

    def tabs(self) -> list[Tab]:
        return [Tab("a", "动态"), Tab("b", "订单", 12), Tab("c", "密", permission="audit.view")]

    def tab_answer(self, key: str) -> tuple[str, Mapping[str, object]]:
        ProbeDetail.opened.append(key)
        return "console/kit/empty.html", {"title": f"栏目 {key}", "icon": "inbox"}


def test_only_the_open_tab_is_computed(house: House) -> None:
    ProbeDetail.opened = []
    body = asked(ProbeDetail, house.lin).content.decode()
    assert ProbeDetail.opened == ["a"]
    assert "栏目 a" in body
    assert "<h1>陈一诺</h1>" in body
    assert 'href="/list/"' in body
    part = asked(ProbeDetail, house.lin, query="tab=b", headers={**HTMX, "HX-Target": "tab-panel"})
    assert ProbeDetail.opened == ["a", "b"]
    assert "栏目 b" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert asked(ProbeDetail, house.lin, query="tab=zzz").status_code == 200
    assert ProbeDetail.opened[-1] == "a"


def test_a_thing_that_is_not_there_is_a_404(house: House) -> None:
    assert asked(ProbeDetail, house.lin, query="gone=1").status_code == 404
