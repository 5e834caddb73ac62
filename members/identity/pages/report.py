"""What the last night found about identities."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.identity.histories import members_named, report_latest
from members.identity.models import ConflictState, IdentityReport, IdentityType, MergeCause
from members.identity.pages.words import name_of, tabs
from members.people.models import MemberStatus
from scrm.console.columns import Column, table_make
from scrm.console.elements import Kpi
from scrm.console.pages import ConsolePage
from scrm.console.routes import page
from scrm.console.writing import thousands

_LINES = (
    Column(key="label", label=gettext_lazy("项目"), is_primary=True, value=lambda row: row[0]),
    Column(key="count", label=gettext_lazy("数量"), kind="number", value=lambda row: row[1]),
)
_SAMPLES = (
    Column(key="name", label=gettext_lazy("会员"), is_primary=True, value=lambda row: row[1]),
    Column(key="number", label=gettext_lazy("会员号"), value=lambda row: row[2]),
    Column(key="why", label=gettext_lazy("原因"), value=lambda row: row[3]),
)


@page("identity/report/", name="identity-report")
class IdentityReportPage(ConsolePage):
    """Counts of the night, and members to look at."""

    permission = "members.merge"
    nav_key = "identity-conflicts"
    template_name = "members/identity/report.html"
    title = gettext_lazy("身份报告")

    @property
    def tabs_shown(self) -> list[tuple[str, str, bool]]:
        """The lists of this page."""
        return tabs(self, "identity-report")

    @override
    def context(self) -> dict[str, object]:
        report = report_latest()
        if report is None:
            return {"report": None}
        samples = _samples(report)
        return {
            "report": report,
            "kpis": self._kpis(report),
            "lines": table_make(caption=str(_("身份统计")), columns=_LINES, rows=_lines(report)),
            "samples": table_make(
                caption=str(_("待核对的会员")),
                columns=_SAMPLES,
                rows=samples,
                row_url=lambda row: self.url("members-detail", member_id=row[0]),
            )
            if samples
            else None,
        }

    def _kpis(self, report: IdentityReport) -> list[Kpi]:
        members, merges = report.counts.get("members", {}), report.counts.get("merges", {})
        known = sum(
            count
            for status, count in members.items()
            if status not in {MemberStatus.ANONYMOUS, MemberStatus.MERGED, MemberStatus.ERASED}
        )
        open_url = self.url("identity-conflicts") + "?state=open"
        waiting = report.counts.get("conflicts", {}).get(ConflictState.OPEN, 0)
        return [
            Kpi(label=_("已识别会员"), value=thousands(known)),
            Kpi(label=_("匿名会员"), value=thousands(members.get(MemberStatus.ANONYMOUS, 0))),
            Kpi(label=_("待处理冲突"), value=thousands(waiting), href=open_url),
            Kpi(label=_("当日合并"), value=thousands(sum(merges.values()))),
        ]


def _lines(report: IdentityReport) -> list[tuple[str, int]]:
    counts = report.counts
    kinds = counts.get("identities", {})
    lines = [(str(label), kinds[kind]) for kind, label in IdentityType.choices if kinds.get(kind)]
    causes = counts.get("merges", {})
    lines += [
        (_("当日%(cause)s") % {"cause": label}, causes[cause])
        for cause, label in MergeCause.choices
        if causes.get(cause)
    ]
    return [
        *lines,
        (_("当日拆分"), counts.get("splits", {}).get("all", 0)),
        (_("没有任何标识的会员"), counts.get("without_identity", 0)),
        (_("标识过多的会员"), counts.get("many_identities", 0)),
        (_("遗留在已合并会员上的订单"), counts.get("left_behind", 0)),
    ]


def _samples(report: IdentityReport) -> list[tuple[str, str, str, str]]:
    words = {
        "without_identity": _("没有任何标识"),
        "many_identities": _("标识过多"),
        "left_behind": _("合并后有遗留订单"),
    }
    wanted = [(key, name) for name, keys in report.samples.items() for key in keys]
    found = members_named([key for key, _name in wanted])
    return [
        (key, name_of(found[key]), found[key].member_no, words[name])
        for key, name in wanted
        if key in found and name in words
    ]
