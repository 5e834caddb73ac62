"""Switches and planted faults, and the gate every API call passes."""

from __future__ import annotations

import dataclasses
import itertools
import random
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from scrm.wecom.sandbox.control_types import CallbackFaults, FaultRule, Switches

if TYPE_CHECKING:
    from scrm.wecom.sandbox.clock import SandboxClock

V = TypeVar("V")
LIMITED = 45009
CROWDED = 45033


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` per `seconds`; then refused for the rest of the window."""

    calls: int
    seconds: float


@dataclass(slots=True)
class Verdict:
    """What shall happen to one call, decided before it is handled."""

    errcode: int = 0
    http: int = 0
    latency: float = 0.0
    drop_before: bool = False
    drop_after: bool = False
    hold: float = 0.0
    names: str = ""


class Options:
    """Everything a tester may turn, with its own lock."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Back to a healthy world."""
        with self._lock:
            self.switches = Switches()
            self._random = random.Random(0)  # noqa: S311  repeatable faults, no secret
        self.clear_faults()

    def clear_faults(self) -> None:
        with self._lock:
            self.callback = CallbackFaults()
            self._rules: dict[int, FaultRule] = {}
            self._rule_ids = itertools.count(1)
            self._limits: dict[tuple[str, str], Limit] = {}
            self._caps: dict[tuple[str, str], int] = {}
            self._calls: dict[tuple[str, str], deque[float]] = defaultdict(deque)
            self._blocked: dict[tuple[str, str], float] = {}
            self._running: dict[tuple[str, str], int] = defaultdict(int)

    def set_switches(self, changes: dict[str, object]) -> Switches:
        with self._lock:
            self.switches = dataclasses.replace(self.switches, **changes)  # type: ignore[arg-type]
            if "random_seed" in changes:
                self._random = random.Random(self.switches.random_seed)  # noqa: S311
            return self.switches

    # -- fault rules -------------------------------------------------------------------------

    def add_rule(self, rule: FaultRule) -> FaultRule:
        with self._lock:
            rule = dataclasses.replace(rule, id=next(self._rule_ids))
            self._rules[rule.id] = rule
            return rule

    def remove_rule(self, rule_id: int) -> None:
        with self._lock:
            self._rules.pop(rule_id, None)

    def rules(self) -> list[FaultRule]:
        with self._lock:
            return list(self._rules.values())

    def set_limit(self, corp_id: str, api: str, limit: Limit) -> None:
        with self._lock:
            self._set(self._limits, (corp_id, api), limit if limit.calls else None)
            self._blocked.clear()
            self._calls.clear()

    def set_cap(self, corp_id: str, api: str, cap: int) -> None:
        with self._lock:
            self._set(self._caps, (corp_id, api), cap or None)

    @staticmethod
    def _set(table: dict[tuple[str, str], V], key: tuple[str, str], value: V | None) -> None:
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value

    # -- the gate ----------------------------------------------------------------------------

    def enter(self, corp_id: str, api: str) -> Verdict:
        """Decide a call's fate and count it as running; every enter needs its leave."""
        with self._lock:
            self._running[corp_id, api] += 1
            verdict = Verdict()
            cap = self._caps.get((corp_id, api), self._caps.get((corp_id, "*"), 0))
            if cap and self._running[corp_id, api] > cap:
                verdict.errcode, verdict.names = CROWDED, "concurrency"
            elif self._over_limit(corp_id, api):
                verdict.errcode, verdict.names = LIMITED, "rate"
            else:
                self._apply_rules(verdict, corp_id, api)
            return verdict

    def leave(self, corp_id: str, api: str) -> None:
        with self._lock:
            self._running[corp_id, api] = max(0, self._running[corp_id, api] - 1)

    def _over_limit(self, corp_id: str, api: str) -> bool:
        limit = self._limits.get((corp_id, api)) or self._limits.get((corp_id, "*"))
        if limit is None:
            return False
        now = self._clock.now()
        key = (corp_id, api)
        if now < self._blocked.get(key, 0.0):
            return True
        calls = self._calls[key]
        while calls and calls[0] <= now - limit.seconds:
            calls.popleft()
        if len(calls) >= limit.calls:
            self._blocked[key] = now + limit.seconds
            return True
        calls.append(now)
        return False

    def _apply_rules(self, verdict: Verdict, corp_id: str, api: str) -> None:
        for rule in list(self._rules.values()):
            if rule.api not in ("*", api) or rule.corp_id not in ("", corp_id):
                continue
            if rule.probability < 1 and self._random.random() >= rule.probability:
                continue
            self._apply(verdict, rule)
            if rule.times == 1:
                del self._rules[rule.id]
            elif rule.times:
                self._rules[rule.id] = dataclasses.replace(rule, times=rule.times - 1)

    @staticmethod
    def _apply(verdict: Verdict, rule: FaultRule) -> None:
        seconds = rule.milliseconds / 1000
        match rule.kind:
            case "errcode":
                verdict.errcode = rule.code
            case "http":
                verdict.http = rule.code or 502
            case "latency":
                verdict.latency += seconds
            case "drop_before":
                verdict.drop_before, verdict.hold = True, seconds
            case "drop_after":
                verdict.drop_after, verdict.hold = True, seconds
        verdict.names = f"{verdict.names} {rule.kind}".strip()

    # -- callbacks ---------------------------------------------------------------------------

    def next_callback(self) -> tuple[bool, int, float]:
        """For one new event: is it dropped, how many extra copies, and how long it waits."""
        with self._lock:
            faults = self.callback
            dropped = faults.drop_next > 0 or self._random.random() < faults.drop_probability
            if faults.drop_next > 0:
                self.callback = dataclasses.replace(faults, drop_next=faults.drop_next - 1)
            wait = faults.delay_seconds + self._random.random() * faults.reorder_seconds
            return dropped, faults.copies, wait

    def take_welcome_busy(self) -> bool:
        with self._lock:
            left = self.switches.welcome_busy_next
            if left > 0:
                self.switches = dataclasses.replace(self.switches, welcome_busy_next=left - 1)
            return left > 0
