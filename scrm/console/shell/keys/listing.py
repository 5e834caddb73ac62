"""The list of keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from scrm.access.keys import api_keys_list
from scrm.access.models import ApiKey
from scrm.console.columns import Column
from scrm.console.elements import Action
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, Sort
from scrm.console.pages import ListPage
from scrm.console.routes import Nav, page
from scrm.console.shell.keys import words
from scrm.console.shell.scoping import scopes_said

if TYPE_CHECKING:
    from django.db.models import QuerySet


@page(
    "settings/keys/",
    name="api-keys",
    nav=Nav(section="settings", label=gettext_lazy("API 密钥"), order=40),
)
class KeyListPage(ListPage):
    """Every key of the brand, closed ones too."""

    permission = "keys.view"
    title = gettext_lazy("API 密钥")
    noun = gettext_lazy("把密钥")
    search_hint = gettext_lazy("密钥名称")
    empty_title = gettext_lazy("还没有 API 密钥")
    empty_text = gettext_lazy("密钥让品牌自己的系统读写会员和订单；每个系统用自己的一把。")
    empty_icon = "key"
    columns: ClassVar[Sequence[Column]] = (
        Column(key="name", label=gettext_lazy("名称"), is_primary=True),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            kind="status",
            value=words.state_badge,
        ),
        Column(key="mode", label=gettext_lazy("类型"), kind="tag", value=words.mode_badge),
        Column(key="prefix", label=gettext_lazy("密钥"), value=words.prefix_text),
        Column(key="scopes", label=gettext_lazy("权限"), value=words.scopes_text),
        Column(key="scope_said", label=gettext_lazy("数据范围")),
        Column(key="used", label=gettext_lazy("最近使用"), kind="datetime", value=words.last_used),
        Column(key="expires_at", label=gettext_lazy("到期"), kind="datetime"),
        Column(key="created_at", label=gettext_lazy("创建时间"), kind="datetime", on_phone=False),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(
            key="state",
            label=gettext_lazy("状态"),
            choices=[(name, said[0]) for name, said in words.STATES.items()],  # type: ignore[misc]
        ),
        ChoiceFilter(key="mode", label=gettext_lazy("类型"), choices=list(words.MODES.items())),
    )
    sorts: ClassVar[Sequence[Sort]] = (
        Sort(key="-created", label=gettext_lazy("最新创建"), order=("-created_at", "-id")),
    )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[ApiKey]:
        return api_keys_list(
            search=query.search, modes=query.all("mode"), states=query.all("state")
        )

    @override
    def rows_make(self, rows: Sequence[Any]) -> Sequence[Any]:
        return scopes_said(rows)

    @override
    def row_label(self, row: ApiKey) -> str:
        return row.name

    @override
    def row_url(self, row: ApiKey) -> str:
        return self.url("api-key", key_id=row.public_id)

    @override
    def actions(self) -> Sequence[Action]:
        reference = Action(label=_("接口参考"), href="/api/docs/", icon="external-link")
        return [reference, self._new()]

    @override
    def empty_action(self) -> Action | None:
        return self._new()

    def _new(self) -> Action:
        return Action(
            label=_("新建密钥"),
            href=self.url("api-key-new"),
            icon="plus",
            is_primary=True,
            permission="keys.edit",
        )
