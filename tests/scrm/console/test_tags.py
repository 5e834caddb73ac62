from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import timezone

from scrm.console.charts import AxisChart, Series, chart_data, chart_table
from scrm.console.columns import Column, count_text, table_make
from scrm.console.components.basic import heat_level, spark_points
from scrm.console.elements import (
    Action,
    Badge,
    Delta,
    HeatCell,
    HeatRow,
    JobProgress,
    Kpi,
    Person,
    Step,
    TimelineEntry,
    TreeNode,
)
from scrm.console.shell import kit_samples

BAD = '<script>alert("x")</script>'


def _draw(text: str, **values: Any) -> str:
    return Template("{% load console %}" + text).render(Context(values))


def test_a_button_with_an_address_is_a_link_and_without_one_a_button() -> None:
    assert _draw('{% button "导出" href="/x" %}').startswith(
        '<a class="button button-default" href="/x">'
    )
    made = _draw('{% button "保存" type="submit" kind="primary" disabled=True %}')
    assert 'type="submit"' in made
    assert " disabled" in made
    assert "onclick" not in made


def test_a_drawer_button_fetches_into_the_drawer() -> None:
    made = _draw('{% button "看" href="/x" opens="drawer" %}')
    assert 'hx-get="/x" hx-target="#drawer-body"' in made


def test_an_act_that_changes_something_posts_with_the_token() -> None:
    act = Action(label="停止", href="/stop", method="post", is_danger=True)
    made = _draw("{% action act %}", act=act, csrf_token="tok")
    assert 'type="submit" form="acts" formaction="/stop"' in made
    assert "button-danger" in made


@pytest.mark.parametrize(
    "text",
    [
        "{% button bad %}",
        "{% tag bad %}",
        "{% status bad %}",
        "{% person bad bad %}",
        "{% chip bad bad '/x' %}",
        "{% card title=bad %}{{ bad }}{% endcard %}",
        "{% alert title=bad %}{{ bad }}{% endalert %}",
        "{% empty bad bad %}",
        "{% meter 5 bad %}",
        "{% icon bad %}",
    ],
)
def test_text_from_people_is_never_markup(text: str) -> None:
    assert "<script" not in _draw(text, bad=BAD)


def test_cells_rows_and_charts_escape_text_from_people() -> None:
    table = table_make(
        caption=BAD,
        columns=[
            Column(key="name", label="名", kind="person", is_primary=True),
            Column(key="tag", label="签", kind="tag"),
            Column(key="note", label="记"),
        ],
        rows=[{"name": Person(name=BAD, note=BAD), "tag": [Badge(BAD), BAD], "note": BAD}],
        row_url=lambda _row: f"/{BAD}",
    )
    assert "<script" not in _draw("{% data_table table %}", table=table)
    chart = AxisChart(categories=[BAD], series=[Series(name=BAD, values=[1])])
    made = _draw('{% chart c id="x" label=bad %}', c=chart, bad=BAD)
    assert made.count("<script") == 1
    assert '<script id="x-data" type="application/json">' in made


def test_what_all_rows_open_is_said_once_at_their_table() -> None:
    def drawn(*glances: str) -> str:
        table = table_make(
            caption="表",
            columns=[Column(key="name", label="名", is_primary=True)],
            rows=[{"name": f"{n}", "glance": glance} for n, glance in enumerate(glances)],
            row_url=lambda row: f"/{row['name']}/",
            row_glance=lambda row: row["glance"],
        )
        return _draw("{% data_table table %}", table=table)

    alike = drawn("/0/glance/", "/1/glance/")
    assert '<table class="data-table" data-glance="glance/">' in alike
    assert alike.count("data-glance") == 1
    apart = drawn("/0/glance/", "")
    assert '<table class="data-table">' in apart
    assert apart.count('<tr data-glance="glance/">') == apart.count("data-glance") == 1
    # The row's own page may be the glance.
    assert '<table class="data-table" data-glance="">' in drawn("/0/", "/1/")
    assert "data-glance" not in drawn("", "")


def test_cells_are_written_by_kind_and_nothing_is_a_dash() -> None:
    kinds = {
        "text": ("abc", "abc"),
        "number": (12345, "12,345"),
        "yuan": (123450, "¥1,234.50"),
        "bp": (870, "8.70%"),
        "date": (datetime(2026, 11, 22, 17, tzinfo=UTC), "2026-11-23"),
        "datetime": (datetime(2026, 11, 22, 17, tzinfo=UTC), "2026-11-23 01:00"),
        "tag": ("金卡", '<span class="tag tag-neutral">金卡</span>'),
        "status": (Badge("好", "good"), '<span class="status status-good">好</span>'),
    }
    with timezone.override("Asia/Shanghai"):
        for kind, (value, text) in kinds.items():
            column = Column(key="v", label="v", kind=kind)  # type: ignore[arg-type]
            assert column.cell({"v": value}) == text
            assert "—" in column.cell({"v": None})
    assert Column(key="v", label="v", kind="number").cell({"v": 0}) == "0"


def test_a_delta_says_its_direction_without_colour() -> None:
    made = _draw("{% delta d %}", d=Delta(text="2.3%", direction="down"))
    assert "▼" in made
    assert "下降" in made
    assert "-2.3" not in made


def test_a_kpi_is_a_door_with_its_definition() -> None:
    item = Kpi(label="GMV", value="¥1", href="/orders", explain="已付减退款", spark=(1, 2, 3))
    made = _draw("{% kpi item %}", item=item)
    assert 'href="/orders"' in made
    assert 'data-hint="已付减退款"' in made
    assert "<polyline" in made


def test_heat_cells_are_links_and_zero_is_pale() -> None:
    rows = [HeatRow(label="R5", cells=[HeatCell(value=0), HeatCell(value=9_000, href="/m?c=5-2")])]
    made = _draw('{% heat_table rows columns=cols caption="RFM" %}', rows=rows, cols=["F1", "F2"])
    assert 'class="heat heat-0"' in made
    assert 'class="heat heat-9"><a href="/m?c=5-2">9,000</a>' in made


def test_heat_levels_grow_with_the_share_and_end_at_nine() -> None:
    levels = [heat_level(value, 100) for value in (0, 1, 5, 25, 50, 80, 100)]
    assert levels == sorted(levels)
    assert (levels[0], levels[1], levels[-1]) == (0, 1, 9)


def test_a_spark_needs_two_points_and_stays_in_its_box() -> None:
    assert spark_points([5]) == ""
    points = [tuple(map(int, pair.split(","))) for pair in spark_points([1, 9, 5]).split()]
    assert [x for x, _y in points] == [0, 60, 120]
    assert all(0 <= y <= 24 for _x, y in points)


def test_the_timeline_groups_by_the_brands_day() -> None:
    entries = [
        TimelineEntry(at=datetime(2026, 11, 22, 17, tzinfo=UTC), title="晚"),
        TimelineEntry(at=datetime(2026, 11, 22, 3, tzinfo=UTC), title="早"),
    ]
    with timezone.override("Asia/Shanghai"):
        made = _draw("{% timeline entries '/more' %}", entries=entries)
    assert (
        made.index("2026-11-23") < made.index("晚") < made.index("2026-11-22<") < made.index("早")
    )
    assert "01:00" in made
    assert 'hx-get="/more"' in made


def test_steps_name_the_present_one() -> None:
    made = _draw("{% steps items 'b' %}", items=[Step("a", "甲"), Step("b", "乙"), Step("c", "丙")])
    assert made.count('aria-current="step"') == 1
    assert "step-done" in made
    assert "step-later" in made


def test_a_running_job_polls_and_a_finished_one_does_not() -> None:
    running = JobProgress(
        label="导入", done=40, total=200, failed=10, poll_url="/p", seconds_left=90
    )
    made = _draw("{% job_progress job %}", job=running)
    assert 'hx-get="/p" hx-trigger="every 2s"' in made
    assert 'value="2500"' in made
    assert "约 2 分钟" in made
    done = JobProgress(label="导入", done=200, total=200, state="done", poll_url="/p")
    assert "hx-get" not in _draw("{% job_progress job %}", job=done)
    unknown = JobProgress(label="导入", done=3, total=None)
    assert "<progress" in _draw("{% job_progress job %}", job=unknown)


def test_a_lazy_branch_is_fetched_once_when_opened() -> None:
    made = _draw("{% tree nodes '树' %}", nodes=[TreeNode(label="林", lazy_url="/kids")])
    assert 'hx-get="/kids" hx-trigger="toggle from:closest details once"' in made


def test_a_chart_carries_the_same_figures_as_a_table() -> None:
    for name in ("line", "bar", "stacked", "pie", "funnel", "sankey", "tree", "heat"):
        chart = getattr(kit_samples, f"chart_{name}")
        headings, rows = chart_table(chart)
        assert rows
        assert all(len(row) == len(headings) for row in rows)
        assert chart_data(chart)["kind"]


def test_form_fields_tie_label_help_and_error_together() -> None:
    made = _draw("{% form_fields form %}", form=kit_samples.form_bad())
    assert 'aria-describedby="id_name_helptext id_name_error"' in made
    assert 'id="id_name_error"' in made
    assert 'aria-invalid="true"' in made
    assert 'role="alert"' in made
    assert "选填" in made


def test_counts_past_the_cap_say_so() -> None:
    assert count_text(10_000, is_capped=True) == "10,000+"
    assert count_text(9_178, is_capped=False) == "9,178"


def test_filters_for_templates_exist() -> None:
    made = _draw(
        "{{ f|yuan }} {{ f|yuan_whole }} {{ n|compact }} {{ b|bp }} {{ n|thousands }} {{ p|masked_phone }}",
        f=123450,
        n=12345,
        b=870,
        p="13800008000",
    )
    assert made == "¥1,234.50 ¥1,235 1.2万 8.70% 12,345 138****8000"
