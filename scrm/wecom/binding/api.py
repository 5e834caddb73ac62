"""The binding and the callback inbox, driven from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView
from scrm.wecom.binding import selectors, serializers, services
from scrm.wecom.callbacks.services import callback_replay
from scrm.wecom.gateway import corp_get

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from scrm.events.models import Job
    from scrm.wecom.binding.selectors import CorpView
    from scrm.wecom.models import CallbackEvent, WeComCorp


class CorpBase(ApiView):
    """Endpoints of bound applications. Their services ask WeCom first and open transactions after it."""

    scope_read = "wecom.view"
    scope_write = "wecom.manage"
    is_atomic = False
    tag = "wecom"

    def shown(self, corp: WeComCorp) -> CorpView:
        """The application with the address that this request was sent to."""
        return selectors.corp_view(corp=corp, base_url=self.request.build_absolute_uri("/"))


class CorpList(CorpBase):
    """The brand's bound applications."""

    @operation(
        "wecom_corps_list",
        "List the bound WeCom applications.",
        answer=serializers.CorpOut,
        is_list=True,
    )
    def get(self) -> list[CorpView]:
        return [self.shown(corp) for corp in selectors.corp_list().order_by("pk")]

    @operation(
        "wecom_corp_bind",
        "Bind a WeCom application, or correct its binding.",
        description="Calls gettoken, agent/get and get_follow_user_list first; nothing is kept if one fails. "
        "Token and EncodingAESKey are made when they are not given. The first sync starts by itself.",
        body=serializers.CorpIn,
        answer=serializers.CorpBoundOut,
        status=201,
        errors=("wecom_binding_refused", "invalid_value"),
        examples={
            "self-built": {
                "name": "SCRM",
                "corp_id": "ww1sandboxcorp",
                "agent_id": 1000002,
                "secret": "from the admin page",
            }
        },
    )
    def post(self) -> CorpView:
        return self.shown(services.corp_bind(**self.body))


class CorpDetail(CorpBase):
    """One bound application."""

    @operation("wecom_corp_get", "A bound application.", answer=serializers.CorpOut)
    def get(self, public_id: str) -> CorpView:
        return self.shown(corp_get(public_id))

    @operation("wecom_corp_unbind", "Forget the application's secrets and stop calling WeCom.")
    def delete(self, public_id: str) -> None:
        services.corp_unbind(public_id=public_id)


class CorpCheck(CorpBase):
    """Live checks of a binding."""

    @operation(
        "wecom_corp_check",
        "Run the live checks again; a stopped application that passes works again.",
        answer=serializers.CorpOut,
    )
    def post(self, public_id: str) -> CorpView:
        return self.shown(services.corp_check(public_id=public_id))


class CorpSync(ApiView):
    """Reconciliation of a binding."""

    scope_write = "wecom.manage"
    tag = "wecom"

    @operation(
        "wecom_corp_sync",
        "Start the reconciliation of contacts, members and tags now.",
        answer=serializers.SyncOut,
        status=202,
        errors=("invalid_transition",),
    )
    def post(self, public_id: str) -> Job:
        return services.corp_sync(public_id=public_id)


class CallbackList(ApiView):
    """What WeCom told us."""

    scope_read = "wecom.view"
    tag = "wecom"

    @operation(
        "wecom_callbacks_list",
        "List callbacks, newest first.",
        query=serializers.CallbackQuery,
        answer=serializers.CallbackOut,
        is_list=True,
        order=("-received_at", "-id"),
    )
    def get(self) -> QuerySet[CallbackEvent]:
        states = [self.query["state"]] if "state" in self.query else []
        types = [self.query["type"]] if "type" in self.query else []
        return selectors.callback_list(states=states, types=types)


class CallbackReplay(ApiView):
    """Process a callback again."""

    scope_write = "wecom.manage"
    tag = "wecom"

    @operation(
        "wecom_callback_replay",
        "Process a stored callback again; newer facts stay.",
        answer=serializers.CallbackOut,
        status=202,
        errors=("invalid_transition",),
    )
    def post(self, public_id: str) -> CallbackEvent:
        return callback_replay(public_id=public_id)


route_register("wecom/corp", CorpList, "wecom-corps")
route_register("wecom/corp/<str:public_id>", CorpDetail, "wecom-corp")
route_register("wecom/corp/<str:public_id>/check", CorpCheck, "wecom-corp-check")
route_register("wecom/corp/<str:public_id>/sync", CorpSync, "wecom-corp-sync")
route_register("wecom/callbacks", CallbackList, "wecom-callbacks")
route_register("wecom/callbacks/<str:public_id>/replay", CallbackReplay, "wecom-callback-replay")
