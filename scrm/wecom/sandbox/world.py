"""The state of all corps in memory, under one lock, with every change in the journal."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from scrm.wecom.sandbox import entities as e
from scrm.wecom.sandbox.clock import SandboxClock

if TYPE_CHECKING:
    from scrm.wecom.sandbox.journal import Journal

EntityT = TypeVar("EntityT", bound=e.Entity)


class CorpState:
    """One corp with its indexes. Change it only through World.put and World.drop."""

    def __init__(self, corp: e.Corp) -> None:
        self.corp = corp
        self.tables: dict[str, dict[str, e.Entity]] = defaultdict(dict)
        self.by_user: dict[str, dict[str, e.Relation]] = defaultdict(dict)
        self.by_customer: dict[str, dict[str, e.Relation]] = defaultdict(dict)
        self.tasks_of: dict[str, dict[str, e.Task]] = defaultdict(dict)
        self.messages_of: dict[str, list[e.Message]] = defaultdict(list)

    @property
    def corp_id(self) -> str:
        return self.corp.corp_id

    def all(self, cls: type[EntityT]) -> dict[str, EntityT]:
        """Every record of a kind by key, oldest first."""
        return self.tables[cls.kind]  # type: ignore[return-value]

    def get(self, cls: type[EntityT], key: str) -> EntityT | None:
        return self.all(cls).get(key)

    def relation(self, userid: str, external_userid: str) -> e.Relation | None:
        return self.by_user[userid].get(external_userid)

    def put(self, entity: e.Entity) -> None:
        self.tables[entity.kind][entity.key] = entity
        if isinstance(entity, e.Corp):
            self.corp = entity
        elif isinstance(entity, e.Relation):
            self.by_user[entity.userid][entity.external_userid] = entity
            self.by_customer[entity.external_userid][entity.userid] = entity
        elif isinstance(entity, e.Task):
            self.tasks_of[entity.msgid][entity.userid] = entity
        elif isinstance(entity, e.Message):
            self.messages_of[entity.external_userid].append(entity)

    def drop(self, entity: e.Entity) -> None:
        self.tables[entity.kind].pop(entity.key, None)
        if isinstance(entity, e.Relation):
            self.by_user[entity.userid].pop(entity.external_userid, None)
            self.by_customer[entity.external_userid].pop(entity.userid, None)


class World:
    """Every corp. Hold `lock` while reading or writing; `commit` ends a change."""

    def __init__(self, journal: Journal) -> None:
        self.lock = threading.RLock()
        self.clock = SandboxClock()
        self.corps: dict[str, CorpState] = {}
        self.token_corp: dict[str, str] = {}
        self.sends: list[tuple[str, e.SendRecord]] = []
        self._journal = journal
        self._dirty: dict[tuple[str, str, str], e.Entity | None] = {}
        self._last_number = 0
        for corp_id, entity in journal.read():
            self._install(corp_id, entity)

    def number(self) -> int:
        """A number never given before, also across restarts: ids and orders are made of it."""
        self._last_number += 1
        return self._last_number

    def now(self) -> int:
        return int(self.clock.now())

    def put(self, corp_id: str, entity: e.Entity) -> None:
        """Add or mark as changed; the journal gets it on commit."""
        if not self._known(corp_id, entity):
            self._install(corp_id, entity)
        self._dirty[corp_id, entity.kind, entity.key] = entity

    def drop(self, corp_id: str, entity: e.Entity) -> None:
        self.corps[corp_id].drop(entity)
        self._dirty[corp_id, entity.kind, entity.key] = None

    def commit(self) -> None:
        """Write what changed as one journal line."""
        if self._dirty:
            dirty, self._dirty = self._dirty, {}
            self._journal.append(dirty)

    def reset(self) -> None:
        self.corps.clear()
        self.token_corp.clear()
        self.sends.clear()
        self._dirty.clear()
        self._journal.clear()

    def close(self) -> None:
        self.commit()
        self._journal.close()

    def _known(self, corp_id: str, entity: e.Entity) -> bool:
        state = self.corps.get(corp_id)
        return state is not None and state.tables[entity.kind].get(entity.key) is entity

    def _install(self, corp_id: str, entity: e.Entity) -> None:
        if isinstance(entity, e.Corp) and corp_id not in self.corps:
            self.corps[corp_id] = CorpState(entity)
        self.corps[corp_id].put(entity)
        if isinstance(entity, e.Token):
            self.token_corp[entity.value] = corp_id
        elif isinstance(entity, e.SendRecord):
            self.sends.append((corp_id, entity))
        if isinstance(entity, e.SendRecord | e.Message):
            self._last_number = max(self._last_number, entity.id)
