"""Bind, check and unbind. The network comes first, the one transaction after it."""

from __future__ import annotations

import re
import secrets
import string
from typing import TYPE_CHECKING, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _

from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidValue
from scrm.events.audit import record
from scrm.events.bus import publish
from scrm.wecom.binding.checks import Check, checks_run
from scrm.wecom.callbacks.crypto import aes_key_check
from scrm.wecom.callbacks.doors import doors_forget
from scrm.wecom.callbacks.services import callbacks_replay_failed
from scrm.wecom.gateway import corp_get
from scrm.wecom.models import CorpState, SyncState, WeComCorp
from scrm.wecom.pacing import stop_clear
from scrm.wecom.sync.services import sync_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrm.events.models import Job

_LETTERS = string.ascii_letters + string.digits
_TOKEN = re.compile(r"[A-Za-z0-9]{1,32}")
_CORP_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
AES_KEY_LENGTH = 43
TOKEN_LENGTH = 24


class BindingRefused(DomainError):
    """A live check of the WeCom application failed; `call` and `errcode` say which and why."""

    code: ClassVar[str] = "wecom_binding_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.REJECTED


def corp_bind(
    *, corp_id: str, agent_id: int, name: str, secret: str, token: str = "", aes_key: str = ""
) -> WeComCorp:
    """Bind the application, or correct its binding, once WeCom confirms it; starts the first sync.

    Token and EncodingAESKey are made when they are not given and kept when they are already set.
    """
    _inputs_check(corp_id, token, aes_key)
    checks = checks_run(corp_id=corp_id, agent_id=agent_id, secret=secret)
    failed = next((check for check in checks if not check.is_ok), None)
    if failed is not None:
        raise _refusal(failed)
    with transaction.atomic():
        corp = (
            WeComCorp.objects.select_for_update(of=("self",))
            .filter(corp_id=corp_id, agent_id=agent_id)
            .first()
        ) or WeComCorp(corp_id=corp_id, agent_id=agent_id)
        is_new = corp.pk is None or corp.state == CorpState.UNBOUND
        corp.name, corp.secret = name, secret
        corp.token = token or corp.token or _random(TOKEN_LENGTH)
        corp.aes_key = aes_key or corp.aes_key or _random(AES_KEY_LENGTH)
        if is_new:
            corp.callback_verified_at = None
        _activate(corp, checks)
        if is_new:
            _sync_first(corp)
    _forget_process_state(corp)
    return corp


def corp_check(*, public_id: str) -> WeComCorp:
    """Run the live checks again; a stopped application that passes them works again."""
    corp = corp_get(public_id)
    checks = checks_run(corp_id=corp.corp_id, agent_id=corp.agent_id, secret=corp.secret)
    is_good = all(check.is_ok for check in checks)
    with transaction.atomic():
        corp = WeComCorp.objects.select_for_update(of=("self",)).get(pk=corp.pk)
        if is_good and corp.state == CorpState.STOPPED:
            _activate(corp, checks)
        else:
            corp.checks = [check.stored() for check in checks]
            corp.checked_at = clock.now()
            corp.save(update_fields=["checks", "checked_at", "updated_at"])
        record(
            "wecom.corp_checked",
            object_type="wecom_corp",
            object_id=corp.public_id,
            after={"ok": is_good},
        )
    if is_good:
        _forget_process_state(corp)
    return corp


def corp_unbind(*, public_id: str) -> None:
    """Forget the application's secrets; what we know of its customers stays."""
    corp = corp_get(public_id)
    with transaction.atomic():
        corp = WeComCorp.objects.select_for_update(of=("self",)).get(pk=corp.pk)
        corp.secret = corp.token = corp.aes_key = ""
        corp.state = CorpState.UNBOUND
        corp.save()
        record("wecom.corp_unbound", object_type="wecom_corp", object_id=corp.public_id)
    _forget_process_state(corp)


def corp_sync(*, public_id: str) -> Job:
    """Start the reconciliation now."""
    return sync_start(corp=corp_get(public_id))


def _inputs_check(corp_id: str, token: str, aes_key: str) -> None:
    if not _CORP_ID.fullmatch(corp_id):
        raise InvalidValue(_("企业 ID 只含字母、数字、下划线和连字符"), pointer="/corp_id")
    if token and not _TOKEN.fullmatch(token):
        raise InvalidValue(_("Token 为 1–32 位字母或数字"), pointer="/token")
    if aes_key and not aes_key_check(aes_key):
        raise InvalidValue(_("EncodingAESKey 为 43 位字母或数字"), pointer="/aes_key")


def _refusal(failed: Check) -> BindingRefused:
    message = _("调用 %(call)s 失败：%(errcode)s %(message)s") % {
        "call": failed.call,
        "errcode": failed.errcode,
        "message": failed.message,
    }
    return BindingRefused(
        message.strip(), pointer=failed.pointer, call=failed.call, errcode=failed.errcode
    )


def _activate(corp: WeComCorp, checks: Sequence[Check]) -> None:
    corp.state = CorpState.ACTIVE
    corp.stopped_errcode, corp.stopped_api, corp.stopped_at = None, "", None
    corp.checks = [check.stored() for check in checks]
    corp.checked_at = clock.now()
    corp.save()
    callbacks_replay_failed(corp_pk=corp.pk)
    record(
        "wecom.corp_bound",
        object_type="wecom_corp",
        object_id=corp.public_id,
        after={"corp_id": corp.corp_id, "agent_id": corp.agent_id, "name": corp.name},
    )
    publish(
        "wecom.corp_bound",
        subject=corp.public_id,
        payload={"corp_id": corp.corp_id, "state": CorpState.ACTIVE.value},
    )


def _sync_first(corp: WeComCorp) -> None:
    state = SyncState.objects.filter(corp=corp).first()
    if state is None or state.finished_at is not None:
        sync_start(corp=corp)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _number in range(length))


def _forget_process_state(corp: WeComCorp) -> None:
    """Tokens, stops and circuits of all processes; cached callback keys of this one."""
    stop_clear(corp=corp)
    doors_forget()
