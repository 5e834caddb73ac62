"""Settings with their history, the channel registry, and what was acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrm.api.operations import operation
from scrm.api.platform.brand import serializers as shapes
from scrm.api.platform.brand.selectors import SettingsTold, settings_told
from scrm.api.routes import route_register
from scrm.api.views import ApiView
from scrm.tenants.acknowledgements import acknowledgements_list
from scrm.tenants.changing import Change, restore_change, tenant_change_apply
from scrm.tenants.channels import (
    ChannelChange,
    channel_change,
    channel_create,
    channel_get,
    channels_list,
)
from scrm.tenants.context import require_tenant_id
from scrm.tenants.versions import version_get, versions_list

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from scrm.tenants.models import Acknowledgement, Channel, SettingVersion


class Settings(ApiView):
    """What the brand has chosen."""

    scope_read = "tenant.view"
    scope_write = "tenant.edit"

    @operation(
        "settings_get",
        "Every setting with its value, default and bounds.",
        query=shapes.SettingsQuery,
        answer=shapes.SettingsOut,
    )
    def get(self) -> SettingsTold:
        return settings_told(at=self.query.get("at"))

    @operation(
        "settings_change",
        "Change settings; the whole change is one version.",
        description="Send `version` as it was read to be refused when somebody else saved in between. "
        "Values that need a warning acknowledged are refused with 409 `acknowledgement_required` until a "
        "person has done so in the console. Modules are switched by `flag.<key>`.",
        body=shapes.SettingsIn,
        answer=shapes.SettingsOut,
        errors=(
            "invalid_value",
            "settings_changed",
            "acknowledgement_required",
            "level_cap_exceeded",
        ),
        examples={
            "two values": {
                "version": 3,
                "values": {"push.per_day": 2, "push.quiet": "21:00-09:00"},
                "note": "spring campaign",
            },
            "back to the default": {"reset": ["push.per_day"]},
        },
    )
    def patch(self) -> SettingsTold:
        body: dict[str, Any] = self.body
        change = Change(
            values=body.get("values", {}),
            reset=body.get("reset", ()),
            note=body.get("note", ""),
            version=body.get("version"),
            root="/values",
        )
        tenant_change_apply(tenant_id=require_tenant_id(), change=change)
        return settings_told()


class VersionList(ApiView):
    """The history of settings."""

    scope_read = "tenant.view"
    tag = "settings"

    @operation(
        "setting_versions_list",
        "Saved changes, newest first.",
        query=shapes.VersionQuery,
        answer=shapes.VersionOut,
        is_list=True,
        order=("-number",),
    )
    def get(self) -> QuerySet[SettingVersion]:
        return versions_list(key=self.query.get("key", ""))


class VersionRestore(ApiView):
    """Go back."""

    scope_write = "tenant.edit"
    tag = "settings"

    @operation(
        "setting_version_restore",
        "Bring back what was chosen at a version, as a new version.",
        body=shapes.RestoreIn,
        answer=shapes.SettingsOut,
        errors=("settings_changed", "acknowledgement_required"),
        examples={"with a reason": {"note": "the campaign is over"}},
    )
    def post(self, number: str) -> SettingsTold:
        change = restore_change(
            number, note=self.body.get("note", ""), version=self.body.get("version")
        )
        tenant_change_apply(tenant_id=require_tenant_id(), change=change)
        return settings_told()


class VersionDetail(ApiView):
    """One saved change."""

    scope_read = "tenant.view"
    tag = "settings"

    @operation("setting_version_get", "One saved change.", answer=shapes.VersionOut)
    def get(self, number: str) -> SettingVersion:
        return version_get(number)


class ChannelList(ApiView):
    """Where members and orders come from."""

    scope_read = "channels.view"
    scope_write = "channels.edit"

    @operation(
        "channels_list",
        "The channel registry, by kind.",
        query=shapes.ChannelQuery,
        answer=shapes.ChannelOut,
        is_list=True,
    )
    def get(self) -> list[Channel]:
        kind = self.query.get("kind")
        return channels_list(kinds=[kind] if kind else ())

    @operation(
        "channel_create",
        "Add a channel of the brand's own.",
        body=shapes.ChannelIn,
        answer=shapes.ChannelOut,
        status=201,
        errors=("invalid_value", "channel_code_taken"),
        examples={"a fair": {"code": "spring_fair", "name": "春季展会", "kind": "own"}},
    )
    def post(self) -> Channel:
        return channel_create(**self.body)


class ChannelDetail(ApiView):
    """One channel."""

    scope_read = "channels.view"
    scope_write = "channels.edit"

    @operation("channel_get", "One channel.", answer=shapes.ChannelOut)
    def get(self, public_id: str) -> Channel:
        return channel_get(public_id)

    @operation(
        "channel_change",
        "Rename a channel, archive it or bring it back.",
        description="Channels are never deleted: old orders keep their channel's name.",
        body=shapes.ChannelPatch,
        answer=shapes.ChannelOut,
        errors=("invalid_value", "channel_fixed"),
        examples={"archive": {"is_archived": True}},
    )
    def patch(self, public_id: str) -> Channel:
        return channel_change(public_id=public_id, change=ChannelChange(**self.body))


class AcknowledgementList(ApiView):
    """Warnings that people of the brand took on."""

    scope_read = "tenant.view"

    @operation(
        "acknowledgements_list",
        "Who took which warning on, newest first.",
        description="Acknowledging is a person's act, done in the console.",
        query=shapes.AcknowledgementQuery,
        answer=shapes.AcknowledgementOut,
        is_list=True,
    )
    def get(self) -> QuerySet[Acknowledgement]:
        return acknowledgements_list(key=self.query.get("key", ""))


route_register("settings", Settings, "settings")
route_register("settings/versions", VersionList, "setting-versions")
route_register("settings/versions/<str:number>", VersionDetail, "setting-version")
route_register("settings/versions/<str:number>/restore", VersionRestore, "setting-version-restore")
route_register("channels", ChannelList, "channels")
route_register("channels/<str:public_id>", ChannelDetail, "channel")
route_register("acknowledgements", AcknowledgementList, "acknowledgements")
