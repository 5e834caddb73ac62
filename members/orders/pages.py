"""Order files in."""

from __future__ import annotations

import io

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.orders.importing import order_import_start
from members.people.sources import source_choices
from scrm.console.pages import FormPage
from scrm.console.requests import toast
from scrm.console.routes import page

_MOST_BYTES = 200 * 1024 * 1024


class ImportForm(forms.Form):
    """A CSV and the channel its order numbers belong to."""

    file = forms.FileField(
        label=gettext_lazy("CSV 文件"),
        help_text=gettext_lazy(
            "UTF-8，首行为列名：订单号、手机号或会员账号、下单时间、支付时间、商品、数量、金额、优惠、退款金额等；一行一个商品。"
        ),
    )
    channel = forms.ChoiceField(label=gettext_lazy("渠道"), choices=source_choices)

    def clean_file(self) -> object:
        found = self.cleaned_data["file"]
        if found.size > _MOST_BYTES:
            raise forms.ValidationError(_("文件不能超过 200 MB"))
        return found


@page("orders/import/", name="orders-import")
class ImportPage(FormPage):
    """Hand over a file; the work is a job with progress, and it survives a restart."""

    permission = "orders.write"
    nav_key = "members-list"
    title = gettext_lazy("导入订单")
    form_class = ImportForm
    submit_label = gettext_lazy("开始导入")

    @override
    def save(self, form: forms.BaseForm) -> str:
        found = form.cleaned_data["file"]
        lines = io.TextIOWrapper(found, encoding="utf-8-sig", newline="")
        job = order_import_start(
            lines=lines, channel=form.cleaned_data["channel"], label=found.name
        )
        toast(
            self.request,
            "success",
            _("开始导入 %(rows)s 行，可在任务中心看进度") % {"rows": job.total},
        )
        return self.url("jobs")

    @override
    def cancel_url(self) -> str:
        return self.url("members-list")
