"""Contact codes (联系我): the doors through which customers come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.wecom.gateway.calls import Calls
from scrm.wecom.gateway.types import ContactWay, ContactWayFound, ContactWayMade, Page

if TYPE_CHECKING:
    from scrm.wecom.client import Json

_SINGLE, _MULTIPLE = 1, 2
_QR_CODE = 2
_LIST_LIMIT = 1000


class WayCalls(Calls):
    """Codes made by this application; others cannot be changed here."""

    def contact_way_create(self, way: ContactWay) -> ContactWayMade:
        single = len(way.users) == 1 and not way.parties
        body = {"type": _SINGLE if single else _MULTIPLE, "scene": _QR_CODE, **_body(way)}
        answer = self._post("externalcontact/add_contact_way", body)
        return ContactWayMade(config_id=answer.need("config_id"), qr_code=answer.text("qr_code"))

    def contact_way_get(self, config_id: str) -> ContactWayFound:
        answer = self._post("externalcontact/get_contact_way", {"config_id": config_id})
        row = answer.object("contact_way")
        return ContactWayFound(
            config_id=row.need("config_id"),
            qr_code=row.text("qr_code"),
            state=row.text("state"),
            remark=row.text("remark"),
            skip_verify=row.flag("skip_verify", default=True),
            users=row.texts("user"),
        )

    def contact_way_list(self, *, start: int, end: int, cursor: str = "") -> Page[str]:
        """Config ids of lasting codes made between two unix times."""
        body: Json = {"start_time": start, "end_time": end, "limit": _LIST_LIMIT}
        if cursor:
            body["cursor"] = cursor
        answer = self._post("externalcontact/list_contact_way", body)
        rows = tuple(row.need("config_id") for row in answer.objects("contact_way"))
        return Page(rows=rows, cursor=answer.text("next_cursor"))

    def contact_way_update(self, *, config_id: str, way: ContactWay) -> None:
        """Replace members, state, remark and whether confirmation is skipped."""
        self._post("externalcontact/update_contact_way", {"config_id": config_id, **_body(way)})

    def contact_way_delete(self, config_id: str) -> None:
        self._post("externalcontact/del_contact_way", {"config_id": config_id})


def _body(way: ContactWay) -> Json:
    body: Json = {
        "remark": way.remark,
        "skip_verify": way.skip_verify,
        "state": way.state,
        "user": list(way.users),
    }
    if way.parties:
        body["party"] = list(way.parties)
    return body
