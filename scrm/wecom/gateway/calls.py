"""The base of all typed calls: one bound application, one way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.wecom.client import Ask, Json, Upload, call
from scrm.wecom.errors import WeComMisconfigured
from scrm.wecom.gateway.reader import Reader
from scrm.wecom.models import CorpState
from scrm.wecom.stopping import corp_stop

if TYPE_CHECKING:
    from scrm.wecom.models import WeComCorp


class Calls:
    """Calls of one application. Use inside its tenant's scope and outside any transaction."""

    def __init__(self, corp: WeComCorp) -> None:
        self.corp = corp

    def _get(self, api: str, **params: str) -> Reader:
        given = {name: value for name, value in params.items() if value}
        return self._call(Ask(api=api, params=given))

    def _post(self, api: str, body: Json) -> Reader:
        return self._call(Ask(api=api, body=body))

    def _upload(self, api: str, upload: Upload, **params: str) -> Reader:
        return self._call(Ask(api=api, params=params, upload=upload))

    def _call(self, ask: Ask) -> Reader:
        if self.corp.state != CorpState.ACTIVE:
            raise WeComMisconfigured(
                api=ask.api, errcode=self.corp.stopped_errcode or 0, reason="stopped"
            )
        stopped: WeComMisconfigured
        try:
            return Reader(ask.api, call(corp=self.corp, ask=ask))
        except WeComMisconfigured as error:
            stopped = error
        if stopped.errcode:
            corp_stop(corp=self.corp, api=stopped.api, errcode=stopped.errcode)
        raise stopped
