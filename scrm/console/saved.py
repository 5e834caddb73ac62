"""Views of lists under a name: one's own, and those that colleagues share with the brand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from scrm.console.models import SavedView
from scrm.core.errors import DomainError, ErrorKind, InvalidValue, NotFound
from scrm.events.audit import record

NAME_LENGTH = 30
QUERY_LENGTH = 2000
MOST = 20
# Where in the list one stands, and how it is drawn, is no part of a view.
_NOT_KEPT = frozenset({"after", "before", "col", "view"})


class SavedViewNameTaken(DomainError):
    """The person has a view of this name on this list."""

    code = "saved_view_name_taken"
    kind = ErrorKind.CONFLICT


def query_kept(query: str) -> str:
    """The part of a query string that a view keeps, in one order, so that two can be compared."""
    pairs = parse_qsl(query, keep_blank_values=False)
    return urlencode(sorted(pair for pair in pairs if pair[0] not in _NOT_KEPT))


def views_of(*, page: str, operator_id: int) -> list[SavedView]:
    """One's own views of a list, then those that others share, by name."""
    found = SavedView.objects.filter(Q(operator_id=operator_id) | Q(is_shared=True), page=page)
    return sorted(found, key=lambda view: (view.operator_id != operator_id, view.name, view.pk))


def view_save(
    *, page: str, name: str, query: str, operator_id: int, is_shared: bool = False
) -> SavedView:
    """Keep what the list shows now under a name."""
    name, query = name.strip(), query_kept(query)
    if not 0 < len(name) <= NAME_LENGTH:
        raise InvalidValue(_("名称为 1 到 30 个字"), pointer="/name")
    if len(query) > QUERY_LENGTH:
        raise InvalidValue(_("条件太多，请先减少几个"), pointer="/name")
    if SavedView.objects.filter(page=page, operator_id=operator_id).count() >= MOST:
        raise InvalidValue(_("一个列表最多保存 20 个视图，请先删除不用的"), pointer="/name")
    view = SavedView(
        page=page, name=name, query=query, operator_id=operator_id, is_shared=is_shared
    )
    _kept(view)
    record("views.saved", object_type="view", object_id=view.public_id, after=_shown(view))
    return view


def _kept(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save(force_insert=True)
    except IntegrityError as error:
        if "saved_view_name" not in str(error):
            raise
        raise SavedViewNameTaken(_("已经有同名的视图"), pointer="/name") from error


def _shown(view: SavedView) -> dict[str, Any]:
    return {
        "page": view.page,
        "name": view.name,
        "query": view.query,
        "is_shared": view.is_shared,
    }


@transaction.atomic
def view_delete(public_id: str, *, operator_id: int) -> dict[str, Any]:
    """Drop one's own view; what `view_restore` needs. NotFound for anybody else's."""
    view = SavedView.objects.filter(public_id=public_id, operator_id=operator_id).first()
    if view is None:
        raise NotFound
    shown = _shown(view)
    record("views.deleted", object_type="view", object_id=public_id, before=shown)
    view.delete()
    return {**shown, "public_id": public_id, "operator_id": operator_id}


def view_restore(kept: Mapping[str, Any]) -> None:
    """Bring a dropped view back under its old id; SavedViewNameTaken if its name has a new bearer."""
    view = SavedView(**kept)
    _kept(view)
    record("views.saved", object_type="view", object_id=view.public_id, after=_shown(view))
