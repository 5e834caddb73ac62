"""Tables in: upload, mapping with a look at the first rows, dry check, start; refused rows to download."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.columns import Column, Table, table_make
from scrm.console.elements import Crumb
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.forms import FormPage, form_refuse
from scrm.console.requests import toast
from scrm.console.shell.exports import attachment
from scrm.console.writing import thousands
from scrm.core.errors import DomainError, Forbidden, NotFound
from scrm.events.jobs.services import job_get
from scrm.files.importing import faults_csv
from scrm.files.imports import (
    TRIED,
    Import,
    TriedRow,
    import_get,
    import_kind,
    import_start,
    import_try,
    import_upload,
    rows_first,
)
from scrm.files.models import ImportFile, ImportState
from scrm.files.sheets import CSV, rows_of_upload
from scrm.files.store import read_later

_MOST_BYTES = 200 * 1024 * 1024
_SAMPLES = 3
_CHECK, _DRY = "check", "dry"


# The upload pages of the rooms, by kind of import.
UPLOADS: dict[str, type[UploadPage]] = {}


class UploadForm(forms.Form):
    """A file, and what holds for all of its rows."""

    file = forms.FileField(
        label=_("文件"),
        help_text=_("CSV（UTF-8 或 GBK）或 XLSX，第一行为列名；下一步可以核对每一列的含义。"),
    )

    def __init__(self, *args: Any, spec: Import, **more: Any) -> None:
        super().__init__(*args, **more)
        for option in spec.options:
            self.fields[f"options_{option.key}"] = forms.ChoiceField(
                label=option.label, choices=option.choices, initial=option.default
            )

    def clean_file(self) -> object:
        found = self.cleaned_data["file"]
        if found.size > _MOST_BYTES:
            raise forms.ValidationError(_("文件不能超过 200 MB"))
        return found


class UploadPage(FormPage):
    """Hand over a file. A room subclasses it with the kind, the permission and an address."""

    import_kind: ClassVar[str]
    form_class = UploadForm
    submit_label = _("上传并核对")

    @override
    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        UPLOADS[cls.import_kind] = cls

    @override
    def form_arguments(self) -> dict[str, Any]:
        return {"spec": import_kind(self.import_kind)}

    @override
    def save(self, form: forms.BaseForm) -> str:
        told = dict(form.cleaned_data)
        found = told.pop("file")
        file = import_upload(
            self.import_kind,
            rows=rows_of_upload(found, name=found.name),
            name=found.name,
            may=self.may,
            options={key.removeprefix("options_"): value for key, value in told.items()},
        )
        return self.url("import", import_id=file.public_id)


class MappingForm(forms.Form):
    """For each heading of the file, the column of ours it means."""

    def __init__(self, *args: Any, file: ImportFile, spec: Import, **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [("", _("（忽略）")), *((column.key, column.label) for column in spec.columns)]
        self.names = [f"column_{place}" for place in range(len(file.header))]
        for name, heading, guess in zip(self.names, file.header, file.mapping, strict=True):
            self.fields[name] = forms.ChoiceField(
                label=heading or "—",
                choices=choices,
                initial=guess,
                required=False,
                widget=forms.Select(attrs={"class": "form-select", "aria-label": heading or "—"}),
            )

    def mapping(self) -> list[str]:
        return [self.cleaned_data[name] for name in self.names]


class ImportPage(FormPage):
    """Say what the columns mean, look at what would happen, start."""

    permission = "imports.create"
    title = _("核对导入内容")
    nav_key = "imports"
    url_name = "import"
    template_name = "console/import.html"
    fragment_name = ""
    form_class = MappingForm
    submit_label = _("开始导入")
    tried: Sequence[TriedRow] | None = None

    @cached_property
    def file(self) -> ImportFile:
        found = import_get(self.kwargs["import_id"])
        if not self.may(self.spec_of(found).permission):
            raise Forbidden
        return found

    @staticmethod
    def spec_of(file: ImportFile) -> Import:
        return import_kind(file.kind)

    @override
    def heading(self) -> str:
        return str(self.spec_of(self.file).label)

    @override
    def subtitle(self) -> str:
        told = {"name": self.file.name, "rows": thousands(self.file.rows)}
        return _plain("%(name)s · %(rows)s 行") % told

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("数据接入"), self.url("imports"))]

    @override
    def form_arguments(self) -> dict[str, Any]:
        return {"file": self.file, "spec": self.spec_of(self.file)}

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.file.state != ImportState.DRAFT and self.file.job is not None:
            return self.go(self.url("job", job_id=self.file.job.public_id))
        return super().get(request, *args, **kwargs)

    @override
    def save(self, form: forms.BaseForm) -> str:
        assert isinstance(form, MappingForm)  # noqa: S101 - form_class says so
        is_dry = self.request.POST.get("do") == _DRY
        job = import_start(self.file, may=self.may, mapping=form.mapping(), is_dry=is_dry)
        told = (
            _plain("开始检查，不会写入任何数据")
            if is_dry
            else _plain("已开始导入，离开页面也会继续")
        )
        toast(self.request, "success", told)
        return self.url("job", job_id=job.public_id)

    @override
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.request.POST.get("do") != _CHECK:
            return super().post(request, *args, **kwargs)
        form = self.form_make(bound=True)
        if form.is_valid() and isinstance(form, MappingForm):
            return self._checked(form)
        return self.answer({**self.context(), "form": form}, status=422)

    def _checked(self, form: MappingForm) -> HttpResponse:
        try:
            self.tried = import_try(self.file, form.mapping())
        except DomainError as refusal:
            form_refuse(form, refusal)
            return self.answer({**self.context(), "form": form}, status=422)
        return self.answer({**self.context(), "form": form})

    @override
    def answer(self, context: dict[str, object], *, status: int = 200) -> HttpResponse:
        return super().answer({**context, **self.drawn(context.get("form"))}, status=status)

    def drawn(self, form: object) -> dict[str, object]:
        """The mapping and the dry check as tables of the kit."""
        if not isinstance(form, MappingForm):
            return {}
        found: dict[str, object] = {"mapping_table": self._mapping_table(form)}
        if self.tried is not None:
            refused = [row for row in self.tried if row.code]
            found |= {
                "tried": len(self.tried),
                "refused": len(refused),
                "tried_table": table_make(
                    caption=_plain("检查结果"), columns=_TRIED_COLUMNS, rows=refused[:50]
                ),
            }
        return found

    def _mapping_table(self, form: MappingForm) -> Table:
        samples = [cells for _number, cells in rows_first(self.file, _SAMPLES)]
        rows = [
            {
                "heading": heading or "—",
                "sample": " / ".join(cells[place] for cells in samples if place < len(cells)),
                "control": SafeString(form[name]),
            }
            for place, (name, heading) in enumerate(zip(form.names, self.file.header, strict=True))
        ]
        return table_make(caption=_plain("列的含义"), columns=_MAPPING_COLUMNS, rows=rows)

    @override
    def context(self) -> dict[str, object]:
        spec, options = self.spec_of(self.file), self.file.options
        chosen = [
            (option.label, dict(option.choices()).get(options.get(option.key, ""), ""))
            for option in spec.options
        ]
        needed = [column.label for column in spec.columns if column.is_required]
        one_of = [column.label for column in spec.columns if column.key in spec.one_of]
        return {
            "facts": [
                (_("文件"), self.file.name),
                (_("行数"), thousands(self.file.rows)),
                *chosen,
                (_("必须有的列"), _plain("、").join(str(label) for label in needed)),
                (_("至少有一列"), _plain("、").join(str(label) for label in one_of)),
            ],
            "tried_most": min(TRIED, self.file.rows),
        }


_MAPPING_COLUMNS = (
    Column(key="heading", label=_("文件中的列"), is_primary=True),
    Column(key="sample", label=_("前几行")),
    Column(key="control", label=_("对应的字段"), kind="html"),
)
_TRIED_COLUMNS = (
    Column(key="row_no", label=_("行号"), kind="number", is_primary=True),
    Column(key="code", label=_("错误代码")),
    Column(key="detail", label=_("原因")),
    Column(key="cells", label=_("原始内容"), value=lambda row: " | ".join(row.cells)),
)


class FaultsPage(ConsolePage):
    """The refused rows of an import as a file: number, code and reason in front of the row itself."""

    permission = "imports.create"
    title = _("下载被拒绝的行")
    nav_key = "jobs"
    url_name = "import-faults"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        job = job_get(str(kwargs["job_id"]))
        if "import" not in job.params:
            raise NotFound
        file = import_get(job.params["import"])
        if not self.may(import_kind(file.kind).permission):
            raise Forbidden
        name = f"{file.name.rsplit('.', 1)[0]}-errors.csv"
        return attachment(read_later(faults_csv(job, file)), name=name, content_type=CSV)
