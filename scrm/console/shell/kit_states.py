"""Made-up values for the parts of the kit page that show states, search and notices."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

from scrm.console.pages.memory import ShownView
from scrm.console.shell.search import HitGroup, ShownHit

# Every panel in five states: name, shape of its skeleton, the permission it asks for, words when it is empty.
panels = [
    (
        "列表",
        "rows",
        "查看会员",
        "还没有会员",
        "导入订单或接入企业微信后，会员会出现在这里。",
        "users",
    ),
    ("指标", "figures", "查看分析", "还没有数据", "有第一笔订单后开始统计。", "activity"),
    ("图表", "chart", "查看分析", "还没有数据", "累计满 7 天后画出趋势。", "chart-line"),
    ("时间线", "rows", "查看会员", "还没有动态", "下单、添加企微、积分变动会记在这里。", "history"),
    ("详情卡", "people", "查看会员", "还没有资料", "补充生日和城市，推送会更准。", "user"),
    ("表单", "rows", "编辑人群", "还没有可选的人群", "先圈出第一群会员。", "filter"),
    ("关系树", "people", "查看分销", "还没有下级", "分享邀请码后出现。", "sitemap"),
    ("任务", "rows", "查看任务", "还没有任务", "导入和群发会出现在这里。", "list-check"),
]
views = SimpleNamespace(
    saved_views=[
        ShownView(name="", url="?view=all"),
        ShownView(
            name="高价值待唤回",
            url="?tier=2",
            public_id="view_1",
            is_active=True,
            is_default=True,
            default_url="#default",
            delete_url="#delete",
        ),
        ShownView(name="双十一新客", url="?tier=1", public_id="view_2", is_mine=False),
    ],
)
views.active_view = views.saved_views[1]
palette = [
    HitGroup(
        label="会员",
        hits=[
            ShownHit(title="陈一诺", icon="user", url="#chen", note="138****8000"),
            ShownHit(title="陈敏", icon="user", url="#min", note="139****0021"),
        ],
    ),
    HitGroup(
        label="订单", hits=[ShownHit(title="TB2026112200017", icon="shopping-cart", url="#o")]
    ),
    HitGroup(label="操作", hits=[ShownHit(title="键盘快捷键", icon="help-circle", note="?")]),
]
notices = [
    ("#n1", "导入订单失败：第 1,204 行金额无法识别", datetime(2026, 11, 22, 1, 30, tzinfo=UTC)),
    ("#n2", "提现申请等待你审批", datetime(2026, 11, 22, 0, 12, tzinfo=UTC)),
]
nothing: list[object] = []
levels = ["info", "success", "warning", "error"]
