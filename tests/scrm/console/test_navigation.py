from __future__ import annotations

import pytest

from scrm.console import navigation
from scrm.console.navigation import SECTIONS, Item, badges_for, item_register, navigation_for


@pytest.fixture(autouse=True)
def _empty_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", {})


def _shown(permissions: set[str], active: str = "") -> dict[str, list[str]]:
    sections = navigation_for(
        may=permissions.__contains__, url=lambda name: f"/{name}/", active=active
    )
    return {section.key: [item.key for item in section.items] for section in sections}


def test_the_nine_headings_stand_in_the_order_of_daily_use_with_two_at_the_foot() -> None:
    labels = [str(section.label) for section in SECTIONS]
    assert labels == [
        "数据分析",
        "会员体系",
        "用户标签",
        "营销变现",
        "社群定位",
        "内容运营",
        "用户裂变",
        "IP打造",
        "精准引流",
        "品牌设置",
        "审计日志",
    ]
    assert [section.is_foot for section in SECTIONS] == [False] * 9 + [True] * 2


def test_an_item_without_its_permission_is_hidden_and_so_is_an_empty_heading() -> None:
    item_register(Item(key="a", section="members", label="甲", permission="members.view", order=2))
    item_register(Item(key="b", section="members", label="乙", permission="members.edit", order=1))
    item_register(Item(key="c", section="audit", label="丙", permission="audit.view"))
    assert _shown({"members.view", "members.edit"}) == {"members": ["b", "a"]}
    assert _shown({"members.view"}) == {"members": ["a"]}
    assert _shown(set()) == {}


def test_the_open_heading_holds_the_active_page_and_sums_its_badges() -> None:
    item_register(Item(key="a", section="content", label="甲", permission="", badge=lambda _: 20))
    item_register(Item(key="b", section="content", label="乙", permission="", badge=lambda _: 3))
    (section,) = navigation_for(may=lambda _name: True, url=lambda name: f"/{name}/", active="b")
    assert section.is_open
    assert badges_for(lambda _name: True) == {"a": 20, "b": 3, "section-content": 23}
    assert [item.is_active for item in section.items] == [False, True]


def test_badges_of_hidden_items_are_not_counted() -> None:
    def never(_may: object) -> int:
        raise AssertionError

    item_register(Item(key="a", section="content", label="甲", permission="x.y", badge=never))
    assert _shown(set()) == {}
    assert badges_for(lambda _name: False) == {}


def test_unknown_headings_and_double_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        item_register(Item(key="a", section="nowhere", label="甲", permission=""))
    item_register(Item(key="a", section="members", label="甲", permission=""))
    with pytest.raises(ValueError, match="twice"):
        item_register(Item(key="a", section="members", label="另一个", permission=""))
