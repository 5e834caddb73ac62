"""The base of every endpoint: key, scope, rate, one transaction in the tenant's scope, one answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from rest_framework.exceptions import NotAuthenticated
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.utils.mediatypes import media_type_matches
from rest_framework.views import APIView
from typing_extensions import override

from scrm.access.keys import api_key_limit
from scrm.access.scope import scope_entered, scope_of_data
from scrm.api import idempotency
from scrm.api.auth import Caller
from scrm.api.errors import QueryInvalid, RateLimited, TestKeyRefused
from scrm.api.idempotency import Told
from scrm.api.limits import allowance_take
from scrm.api.operations import Answer, Operation, operation_of
from scrm.api.pagination import page_of
from scrm.api.serializers import ListQuery, QuerySerializer, StrictSerializer
from scrm.core.errors import NotFound
from scrm.events.actor import acting_as
from scrm.tenants.context import tenant_scope
from scrm.tenants.flags import owner_on

# On answers of a test key: the write was carried out and undone.
REHEARSED = "Scrm-Test-Mode"


class Nothing(StrictSerializer):
    """No fields: an empty body or an empty object."""


class JSONOnly(BaseContentNegotiation):
    """Answers are JSON whatever is asked for; bodies are JSON or refused."""

    @override
    def select_parser(self, request: Request, parsers: Any) -> Any:
        content_type = str(request.content_type or "")
        return next((p for p in parsers if media_type_matches(p.media_type, content_type)), None)

    @override
    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """An address of the API; see the guide in ``scrm/api/__init__.py``."""

    scope_read: ClassVar[str] = ""
    scope_write: ClassVar[str] = ""
    is_atomic: ClassVar[bool] = True
    tag: ClassVar[str] = ""
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    content_negotiation_class = JSONOnly

    body: dict[str, Any]
    query: dict[str, Any]

    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        language = (
            "zh-hans" if request.headers.get("Accept-Language", "").startswith("zh") else "en"
        )
        with translation.override(language):
            return self._dispatch(request, *args, **kwargs)

    def _dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.args, self.kwargs = args, kwargs
        drf_request = self.initialize_request(request, *args, **kwargs)
        self.request, self.headers = drf_request, {}
        try:
            raw = self.raw_read(request)
            self.initial(drf_request, *args, **kwargs)
            response = self._serve(drf_request, raw)
        except Exception as error:  # noqa: BLE001 - every fault becomes problem details
            response = self.handle_exception(error)
        response = self.finalize_response(drf_request, response, *args, **kwargs)
        self.response = response
        return response

    def raw_read(self, request: HttpRequest) -> bytes:
        """Read before DRF does, so that an oversize body is refused and the bytes can be compared."""
        return request.body

    @override
    def check_permissions(self, request: Request) -> None:
        if operation_of(getattr(self, str(request.method).lower(), None)) is None:
            self.http_method_not_allowed(request)  # known callers learn this before scopes
        super().check_permissions(request)

    @override
    def check_throttles(self, request: Request) -> None:
        caller = request.user
        if isinstance(caller, Caller):
            allowance = allowance_take(
                key=f"{caller.tenant.pk}:{caller.key.pk}", limit=api_key_limit(caller.key)
            )
            if allowance is not None:
                self.headers.update(allowance.headers())
                if allowance.is_spent:
                    raise RateLimited(retry_after=allowance.reset_seconds)

    @property
    def caller(self) -> Caller:
        """The key behind this call."""
        user: Any = self.request.user
        if not isinstance(user, Caller):
            raise NotAuthenticated
        return user

    @contextmanager
    def entered(self, request: Request) -> Iterator[None]:
        """Inside the brand, with the key's data scope, the key as actor; NotFound while the module is off."""
        caller = self.caller
        with (
            tenant_scope(caller.tenant),
            scope_entered(scope_of_data(caller.key.data_scope)),
            acting_as(
                "api_key",
                id=caller.key.public_id,
                label=caller.key.name,
                ip=str(request.META.get("REMOTE_ADDR", ""))[:45],
                request_id=getattr(request, "request_id", ""),  # of the Django request behind it
            ),
        ):
            if not owner_on(type(self)):
                raise NotFound
            yield

    def _serve(self, request: Request, raw: bytes) -> Response:
        handler = getattr(self, str(request.method).lower(), None)
        found = operation_of(handler)
        assert found is not None, "check_permissions lets only operations through"  # noqa: S101
        caller = self.caller
        with ExitStack() as stack:
            stack.enter_context(self.entered(request))
            is_rehearsal = caller.is_test and request.method not in SAFE_METHODS
            if self.is_atomic:
                stack.enter_context(transaction.atomic())
            elif is_rehearsal:
                raise TestKeyRefused
            told = self._told(request, raw, handler, found)
            if is_rehearsal:
                transaction.set_rollback(True)
        response = Response(told.body, status=told.status)
        if is_rehearsal:
            response[REHEARSED] = "true"
        if told.is_replay:
            response[idempotency.REPLAYED] = "true"
        return response

    def _told(self, request: Request, raw: bytes, handler: Any, found: Operation) -> Told:
        def act() -> Told:
            self.query = query_read(request, found)
            self.body = _body_read(request, found)
            return self._shown(handler(**self.kwargs), found)

        key = request.headers.get(idempotency.HEADER)
        if request.method != "POST" or key is None:
            return act()
        call = idempotency.call_of(
            api_key_id=self.caller.pk,
            key=key,
            method="POST",
            path=request.get_full_path(),
            body=raw,
        )
        return idempotency.once(call, act) if self.is_atomic else idempotency.once_apart(call, act)

    def _shown(self, value: Any, found: Operation) -> Told:
        """The result as plain JSON values, made while the tenant's scope is open."""
        status = found.status
        if isinstance(value, Answer):
            value, status = value.value, value.status
        if found.is_list:
            assert found.answer is not None, "a list shows its rows with a serializer"  # noqa: S101
            page = page_of(
                value,
                order=found.order,
                limit=self.query["limit"],
                cursor=self.query.get("cursor", ""),
                salt=found.id,
            )
            rows = found.answer(page.rows, many=True, context=self._shows()).data
            return Told(
                status=status,
                body=_plain({"data": rows, "has_more": page.next is not None, "next": page.next}),
            )
        if value is None or found.answer is None:
            return Told(status=204, body=None)
        return Told(status=status, body=_plain(found.answer(value, context=self._shows()).data))

    def _shows(self) -> dict[str, Any]:
        """What shapes may ask for: whether the caller may do something."""
        return {"may": self.caller.may}


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, cls=JSONEncoder, ensure_ascii=False))


def query_read(request: Request, found: Operation) -> dict[str, Any]:
    shape = found.query or (ListQuery if found.is_list else QuerySerializer)
    given = {name: values[-1] for name, values in request.query_params.lists() if len(values) == 1}
    repeated = [name for name, values in request.query_params.lists() if len(values) != 1]
    serializer = shape(data=given)
    if repeated:
        raise QueryInvalid({name: ["give this parameter once"] for name in repeated})
    if any("\x00" in value for value in given.values()):
        raise QueryInvalid({"non_field_errors": ["a parameter holds a character that is no text"]})
    if not serializer.is_valid():
        raise QueryInvalid(dict(serializer.errors))
    return dict(serializer.validated_data)


def _body_read(request: Request, found: Operation) -> dict[str, Any]:
    if request.method in {"GET", "HEAD"}:
        return {}
    shape = found.body or Nothing
    serializer = shape(data=request.data, partial=request.method == "PATCH")
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
