"""What platform staff see at their desk, and the one thing they do: suspend a brand, or enter it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.access.models import Membership, Operator, PlatformEntry
from scrm.access.platform.entries import (
    ENTRY_ROLES,
    LONGEST_REASON,
    SHORTEST_REASON,
    platform_enter,
    platform_leave,
)
from scrm.access.platform.site import site
from scrm.access.signin.sessions import ip_of
from scrm.access.signin.trail import trail_write
from scrm.core.errors import DomainError
from scrm.events.actor import acting_as
from scrm.events.audit import record
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant

if TYPE_CHECKING:
    from django.contrib.admin.sites import AdminSite
    from django.db.models import Model, QuerySet
    from django.urls import URLPattern


class _Desk(ModelAdmin):  # type: ignore[type-arg]
    """Everybody let in by the site may look; nothing is added or deleted by hand."""

    list_per_page = 50
    actions: Any = None

    @override
    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    @override
    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class EntryForm(forms.Form):
    """As what, and why."""

    role = forms.ChoiceField(
        label=_("以什么角色进入"), choices=list(ENTRY_ROLES.items()), widget=forms.RadioSelect,
        initial="read_only",
    )  # fmt: skip
    reason = forms.CharField(
        label=_("原因"),
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写入该品牌的审计日志，品牌管理员可以看到。"),
    )


class TenantDesk(_Desk):
    """Brands: suspended and opened here, entered with a reason."""

    list_display = ("name", "slug", "status", "timezone", "created_at", "enter")
    list_filter = ("status",)
    search_fields = ("name", "slug")
    fields = ("name", "slug", "status", "timezone", "currency", "industry", "created_at")
    readonly_fields = ("name", "slug", "timezone", "currency", "industry", "created_at")

    @override
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def enter(self, tenant: Tenant) -> SafeString:
        url = reverse("admin:tenant-enter", args=[tenant.pk], current_app=self.admin_site.name)
        return format_html('<a href="{}">{}</a>', url, _now("进入"))

    enter.short_description = _("进入")  # type: ignore[attr-defined]

    @override
    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:tenant_id>/enter/",
                self.admin_site.admin_view(self.enter_view),
                name="tenant-enter",
            )
        ]
        return [*own, *super().get_urls()]

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = Tenant.objects.get(pk=obj.pk).status
        operator = cast("Operator", request.user)
        with transaction.atomic():
            Tenant.objects.filter(pk=obj.pk).update(status=obj.status)
            if before == obj.status:
                return
            with (
                tenant_scope(obj.pk),
                acting_as(
                    "operator",
                    id=str(operator.pk),
                    label=f"{operator.name} (platform)",
                    ip=ip_of(request),
                ),
            ):
                record(
                    "platform.tenant_status",
                    object_type="tenant",
                    object_id=obj.public_id,
                    before={"status": str(before)},
                    after={"status": str(obj.status)},
                )

    def enter_view(self, request: HttpRequest, tenant_id: int) -> HttpResponse:
        tenant = Tenant.objects.filter(pk=tenant_id).first()
        if tenant is None:
            raise Http404
        form = EntryForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                platform_enter(
                    operator=cast("Operator", request.user),
                    tenant=tenant,
                    role=form.cleaned_data["role"],
                    reason=form.cleaned_data["reason"],
                    ip=ip_of(request),
                    request_id=getattr(request, "request_id", ""),
                )
            except DomainError as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("console:home", tenant_slug=tenant.slug)
        context = {
            **self.admin_site.each_context(request),
            "title": _now("进入 %(brand)s") % {"brand": tenant.name},
            "form": form,
            "tenant": tenant,
        }
        return TemplateResponse(request, "platform/enter.html", context)


class OperatorDesk(_Desk):
    """People of all brands: found by mail, shut out everywhere. Who serves the platform is set by command."""

    list_display = ("email", "name", "is_active", "is_platform_staff", "last_login", "created_at")
    list_filter = ("is_active", "is_platform_staff")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_platform_staff", "last_login", "created_at")
    readonly_fields = ("email", "name", "is_platform_staff", "last_login", "created_at")

    @override
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        with transaction.atomic():
            before = Operator.objects.select_for_update().get(pk=obj.pk).is_active
            Operator.objects.filter(pk=obj.pk).update(is_active=obj.is_active)
            if before == obj.is_active:
                return
            trail_write(
                "platform.operator_status",
                operator=obj,
                by=cast("Operator", request.user),
                ip=ip_of(request),
                before={"is_active": before},
                after={"is_active": obj.is_active},
            )


class MembershipDesk(_Desk):
    """Who serves which brand; changed by the brand's own administrators only."""

    list_display = ("operator", "tenant", "roles", "deactivated_at", "created_at")
    list_select_related = ("operator", "tenant")
    search_fields = ("operator__email", "tenant__slug", "tenant__name")


class EntryDesk(_Desk):
    """Who of the platform was in which brand, and why. One's own open entries can be ended."""

    list_display = ("operator", "tenant", "role", "reason", "entered_at", "expires_at", "left_at")
    list_select_related = ("operator", "tenant")
    list_filter = ("role",)
    search_fields = ("operator__email", "tenant__slug")
    ordering = ("-entered_at",)
    actions = ("leave",)

    def leave(self, request: HttpRequest, chosen: QuerySet[PlatformEntry]) -> None:
        operator = cast("Operator", request.user)
        for entry in chosen.filter(operator=operator).select_related("tenant"):
            platform_leave(
                operator=operator,
                tenant=entry.tenant,
                ip=ip_of(request),
                request_id=getattr(request, "request_id", ""),
            )
        messages.success(request, _now("已离开所选品牌"))

    leave.short_description = _("离开所选品牌（只对自己的进入有效）")  # type: ignore[attr-defined]


def desk_register(here: AdminSite) -> None:
    """Put the tables on the desk."""
    here.register(Tenant, TenantDesk)
    here.register(Operator, OperatorDesk)
    here.register(Membership, MembershipDesk)
    here.register(PlatformEntry, EntryDesk)


desk_register(site)


__all__ = ["site"]
