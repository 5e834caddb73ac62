"""Contact codes by REST."""

from __future__ import annotations

from django.db.models import QuerySet

from communities.acquisition import serializers as shapes
from communities.acquisition.models import ContactCode
from communities.acquisition.selectors import contact_code_get, contact_codes_list
from communities.acquisition.services import (
    contact_code_archive,
    contact_code_create,
    contact_code_update,
)
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView


class ContactCodeList(ApiView):
    """Channel codes of the brand."""

    scope_read = "contact_codes.view"
    scope_write = "contact_codes.edit"
    tag = "contact-codes"
    is_atomic = False  # the code is made at WeCom, outside any transaction

    @operation(
        "contact_codes_list", "List channel codes, newest first.",
        query=shapes.ContactCodeQuery, answer=shapes.ContactCodeOut, is_list=True,
        order=("-created_at", "-id"),
    )  # fmt: skip
    def get(self) -> QuerySet[ContactCode]:
        status = self.query.get("status", "")
        return contact_codes_list(states=[status] if status else [])

    @operation(
        "contact_code_create",
        "Make a channel code at WeCom.",
        description="`status` is `waiting` when WeCom did not answer; it is found out later.",
        body=shapes.ContactCodeIn,
        answer=shapes.ContactCodeOut,
        status=201,
        errors=("invalid_value", "contact_code_name_taken"),
        examples={
            "parcel card": {
                "name": "包裹卡",
                "staff": ["li.na"],
                "tags": ["包裹卡"],
                "welcome_text": "{昵称}，欢迎来到茶屿",
            }
        },
    )
    def post(self) -> ContactCode:
        return contact_code_create(**self.body)


class ContactCodeDetail(ApiView):
    """One channel code."""

    scope_read = "contact_codes.view"
    scope_write = "contact_codes.edit"
    tag = "contact-codes"
    is_atomic = False

    @operation("contact_code_get", "A channel code.", answer=shapes.ContactCodeOut)
    def get(self, public_id: str) -> ContactCode:
        return contact_code_get(public_id)

    @operation(
        "contact_code_update", "Change welcome text or tags.",
        body=shapes.ContactCodePatch, answer=shapes.ContactCodeOut, errors=("invalid_value",),
    )  # fmt: skip
    def patch(self, public_id: str) -> ContactCode:
        return contact_code_update(public_id=public_id, changes=self.body)

    @operation("contact_code_archive", "Take a code out of use, at WeCom too.")
    def delete(self, public_id: str) -> None:
        contact_code_archive(public_id=public_id)


route_register("contact-codes", ContactCodeList, "contact-codes")
route_register("contact-codes/<str:public_id>", ContactCodeDetail, "contact-code")
