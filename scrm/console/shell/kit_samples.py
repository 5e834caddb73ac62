"""Made-up values for the kit page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from django import forms

from scrm.console.charts import (
    AxisChart,
    Branch,
    FlowChart,
    FlowLink,
    HeatChart,
    Part,
    PartChart,
    Series,
    TreeChart,
)
from scrm.console.columns import Column, Table, table_make
from scrm.console.elements import (
    Action,
    Badge,
    Bubble,
    Delta,
    HeatCell,
    HeatRow,
    JobProgress,
    Kpi,
    Step,
    Tab,
    TimelineEntry,
    TreeNode,
)
from scrm.console.navigation import SECTIONS, VisibleItem, VisibleSection
from scrm.console.pages.detail import VisibleTab
from scrm.console.shell.frame import BrandLink, Frame, Preferences

_ITEMS = {
    "analytics": ("经营总览", "RFM 与 LTV", "漏斗与留存", "数据质量"),
    "members": ("会员列表", "等级与权益", "积分与商城", "优惠券"),
    "content": ("审核台", "内容列表"),
}


def frame(preferences: Preferences) -> Frame:
    return Frame(
        brand_name="木棉家纺",
        brand_color="#0f8a7e",
        tenant_slug="kit",
        operator_name="林晓",
        operator_email="lin@example.com",
        brands=(
            BrandLink(name="木棉家纺", color="#0f8a7e", url="#", is_current=True),
            BrandLink(name="茶屿", color="#1668dc", url="#", is_current=False),
        ),
        sections=tuple(
            VisibleSection(
                key=section.key,
                label=str(section.label),
                icon=section.icon,
                is_foot=section.is_foot,
                is_open=section.key == "members",
                badge=23 if section.key == "content" else None,
                items=tuple(
                    VisibleItem(
                        key=name,
                        label=name,
                        url="#",
                        is_active=name == "会员列表",
                        badge=23 if name == "审核台" else None,
                    )
                    for name in _ITEMS.get(section.key, ("示例页面",))
                ),
            )
            for section in SECTIONS
        ),
        preferences=preferences,
        home_url="/console/",
        jobs_url="#jobs",
        search_url="/console/kit/part/branch/",
    )


formula = [
    Kpi(
        label="GMV（近 30 天）",
        value="¥3,284,560",
        delta=Delta(text="12.4%", direction="up"),
        note="目标完成 82%",
        meter_bp=8200,
        href="#gmv",
        explain="近 30 天已付款订单金额减去退款，单位元。",
    ),
    Kpi(
        label="流量（访客）",
        value="28,120",
        delta=Delta(text="6.1%", direction="up"),
        note="占会员 28.1%",
        spark=(30, 28, 18, 14, 15, 12, 11, 12, 16, 19, 18, 20, 24, 22, 19),
        operator="=",
        href="#traffic",
    ),
    Kpi(
        label="转化率",
        value="8.70%",
        delta=Delta(text="0.4pt", direction="up"),
        note="上期 8.30%",
        spark=(12, 11, 9, 10, 9, 12, 16, 17, 15, 18, 16, 13, 14, 11, 8),
        operator="×",
    ),
    Kpi(
        label="客单价",
        value="¥783.00",
        delta=Delta(text="2.3%", direction="down"),
        note="上期 ¥801.43",
        spark=(10, 9, 10, 8, 9, 13, 17, 18, 20, 18, 17, 14, 15, 10, 8),
        operator="×",
    ),
    Kpi(
        label="裂变率",
        value="1.18",
        delta=Delta(text="0.05", direction="up"),
        note="K 因子 0.18",
        spark=(14, 17, 18, 17, 18, 16, 12, 11, 8, 11, 12, 11, 14, 15, 19),
        operator="×",
    ),
    Kpi(
        label="终身订单数",
        value="1.45",
        delta=Delta(text="0.00", direction="flat"),
        note="LTV ¥1,135",
        spark=(17, 18, 16, 17, 14, 11, 10, 8, 10, 12, 16, 18, 17, 16, 16),
        operator="×",
    ),
]

_DAYS = [f"11-{day:02d}" for day in range(1, 23)]
_NOW = [1_050, 1_130, 1_490, 1_270, 920, 840, 850, 830, 710, 770, 790, 960]
_NOW += [980, 900, 1_080, 1_000, 1_520, 1_080, 1_060, 1_250, 1_100, 1_070]
_THEN = [value * (82 + place * 7 % 13) // 100 for place, value in enumerate(_NOW)]

chart_line = AxisChart(
    categories=_DAYS,
    series=[
        Series(name="本期", values=[value * 10_000 for value in _NOW], is_area=True),
        Series(name="上期", values=[value * 10_000 for value in _THEN], is_reference=True),
    ],
    unit="yuan",
)
chart_bar = AxisChart(
    kind="bar",
    categories=["天猫", "小程序", "抖音", "门店"],
    series=[Series(name="新会员", values=[1_204, 980, 640, 210])],
)
chart_stacked = AxisChart(
    kind="stacked",
    categories=["第 1 周", "第 2 周", "第 3 周", "第 4 周"],
    series=[
        Series(name="首购", values=[320, 300, 410, 380]),
        Series(name="复购", values=[520, 610, 580, 700]),
        Series(name="唤回", values=[80, 96, 120, 88]),
    ],
)
funnel_parts = [
    Part(name="触达", value=86_400, href="#1"),
    Part(name="打开", value=51_200, href="#2"),
    Part(name="点击", value=18_900, href="#3"),
    Part(name="加购", value=7_240, href="#4"),
    Part(name="支付", value=4_185, href="#5"),
]
chart_funnel = PartChart(parts=funnel_parts)
chart_pie = PartChart(kind="pie", parts=[*funnel_parts[2:]])
chart_sankey = FlowChart(
    nodes=["重要价值", "重要挽留", "现·重要价值", "现·流失"],
    links=[
        FlowLink(source="重要价值", target="现·重要价值", value=70),
        FlowLink(source="重要价值", target="现·流失", value=12),
        FlowLink(source="重要挽留", target="现·重要价值", value=20),
        FlowLink(source="重要挽留", target="现·流失", value=44),
    ],
)
chart_tree = TreeChart(
    root=Branch(
        name="GMV",
        value=3_284,
        children=(
            Branch(name="老客", value=2_100, children=(Branch(name="社群", value=1_400),)),
            Branch(name="新客", value=1_184),
        ),
    )
)
chart_heat = HeatChart(
    columns=[f"{hour}时" for hour in range(8, 20)],
    rows=["周一", "周二", "周三"],
    values=[[(hour * 7 + day * 11) % 40 for hour in range(12)] for day in range(3)],
)

_CELLS = (
    (11_381, 4_908, 2_149, 970, 499),
    (11_356, 4_926, 2_234, 980, 475),
    (11_243, 4_953, 0, 985, 545),
)
heat_rows = [
    HeatRow(label=f"R{5 - place}", cells=[HeatCell(value=value, href="#cell") for value in values])
    for place, values in enumerate(_CELLS)
]
heat_columns = ["F1", "F2", "F3", "F4", "F5"]

timeline = [
    TimelineEntry(
        at=datetime(2026, 11, 22, 1, 30, tzinfo=UTC),
        title="支付订单 ¥328.00",
        body="春茶礼盒 × 2 · 获得 328 积分（待生效）",
        icon="shopping-cart",
        tone="good",
        channel="小程序",
        href="#order",
    ),
    TimelineEntry(
        at=datetime(2026, 11, 22, 1, 2, tzinfo=UTC),
        title="打开了推送“春茶上新”",
        icon="send",
        tone="info",
        channel="企业微信",
    ),
    TimelineEntry(
        at=datetime(2026, 11, 20, 12, 11, tzinfo=UTC),
        title="退款 ¥58.00",
        body="原因：口味不合",
        icon="rotate",
        tone="bad",
    ),
]

nodes = [
    TreeNode(
        label="林晓",
        note="粉丝 1,204 人",
        href="#lin",
        is_open=True,
        children=(
            TreeNode(label="陈一诺", note="粉丝 32 人", href="#chen"),
            TreeNode(label="王宇轩", note="粉丝 18 人", lazy_url="/console/kit/part/branch/"),
        ),
    ),
    TreeNode(label="李静", note="暂无下级"),
]


def branch() -> list[TreeNode]:
    return [TreeNode(label="许娜", note="粉丝 3 人"), TreeNode(label="曾静", note="暂无粉丝")]


steps = [
    Step("audience", "人群"),
    Step("content", "内容"),
    Step("time", "时间"),
    Step("check", "确认"),
]
bubbles = [
    Bubble(
        kind="text",
        text="亲爱的 陈雨桐，2026 春茶已上架 🍃\n您的金卡专属 9 折券已到账，本周日前可用。",
    ),
    Bubble(kind="miniprogram", note="茶屿会员中心", title="春茶礼盒 · 会员专享"),
    Bubble(kind="link", title="春茶怎么泡", text="三分钟看懂水温与时间"),
]
descriptions = [
    ("会员号", "M2026112200031"),
    ("手机", "138****8000"),
    ("生日", ""),
    ("专属顾问", "林晓"),
]
tabs = [
    VisibleTab(tab=Tab("timeline", "动态"), url="?tab=timeline", is_active=True),
    VisibleTab(tab=Tab("orders", "订单", 12), url="?tab=orders", is_active=False),
    VisibleTab(tab=Tab("points", "积分", 0), url="?tab=points", is_active=False),
]
action_empty = Action(label="新建人群", href="#new", icon="plus", is_primary=True)
badge_good = Badge("已添加", "good")
deltas = [
    Delta(text="12.4%", direction="up"),
    Delta(text="2.3%", direction="down"),
    Delta(text="0.0%", direction="flat"),
]
tones = ["neutral", "info", "good", "warn", "bad", "gold", "muted"]


def job_running(quarter: int = 1) -> JobProgress:
    done = 9_000 * quarter
    state: Literal["done", "running"] = "done" if quarter >= 4 else "running"  # noqa: PLR2004
    return JobProgress(
        label="群发 · 春茶上新",
        done=done - 120,
        failed=120,
        total=36_000,
        seconds_left=(4 - quarter) * 65,
        state=state,
        note="批次 37 / 45",
        poll_url="/console/kit/part/job/",
    )


jobs = [
    JobProgress(label="导入订单", done=0, total=None, state="waiting"),
    JobProgress(label="计算 RFM", done=23_570, total=23_570, state="done", result_url="#file"),
    JobProgress(label="导出会员", done=400, failed=2, total=9_000, state="failed", note="磁盘已满"),
]


def small_table() -> Table:
    return table_make(
        caption="重要挽留 · 消费最高",
        columns=[
            Column(key="name", label="会员", kind="person", is_primary=True),
            Column(key="tier", label="等级", kind="tag"),
            Column(key="spent", label="累计消费", kind="yuan"),
        ],
        rows=[
            {"name": "谢思远", "tier": "银卡", "spent": 1_174_858},
            {"name": "陈静", "tier": "银卡", "spent": 1_174_699},
            {"name": "许宇轩", "tier": "", "spent": 1_173_259},
        ],
        row_url=lambda _row: "#member",
        row_actions=lambda _row: [Action(label="发消息", href="#message")],
    )


class SampleForm(forms.Form):
    name = forms.CharField(label="名称", max_length=30, help_text="最多 30 个字，客户看不到。")
    amount = forms.DecimalField(label="金额（元）", required=False, localize=False)
    kind = forms.ChoiceField(label="类型", choices=[("a", "满减券"), ("b", "折扣券")])
    channels = forms.MultipleChoiceField(
        label="渠道",
        choices=[("wecom", "企业微信"), ("mini", "小程序"), ("sms", "短信")],
        widget=forms.CheckboxSelectMultiple,
    )
    when = forms.ChoiceField(
        label="时间", choices=[("now", "立即"), ("later", "定时")], widget=forms.RadioSelect
    )
    day = forms.DateField(
        label="日期", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    body = forms.CharField(label="正文", widget=forms.Textarea(attrs={"rows": 4}))
    card = forms.BooleanField(label="附小程序卡片", required=False)


def form_empty() -> SampleForm:
    return SampleForm(initial={"when": "now", "card": True}, auto_id="drawer_%s")


def form_bad() -> SampleForm:
    form = SampleForm(
        {"name": "", "kind": "a", "when": "now", "body": "亲爱的 {昵称}", "card": "on"}
    )
    form.full_clean()
    form.add_error(None, "频次上限：其中 128 人本周已收到 2 次推送。")
    return form


ranges = [("7 天", "?range=7", False), ("30 天", "?range=30", True), ("90 天", "?range=90", False)]
