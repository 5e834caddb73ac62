"""Customers whom nobody may write down: an app above says who was erased, and hears who comes back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

Customer = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class ContactGate:
    """``erased`` tells of (corp, external_userid) who was erased and when; ``back`` hears of returns."""

    erased: Callable[[Collection[Customer]], dict[Customer, datetime]]
    back: Callable[[Collection[Customer]], None]


class Arriving(Protocol):
    """Something told about a friendship: `begins` when it says that one began at `at`."""

    @property
    def external_userid(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def begins(self) -> bool: ...


Told = TypeVar("Told", bound=Arriving)
_gates: list[ContactGate] = []


def contact_gate_register(gate: ContactGate) -> None:
    """Ask this gate before anything of a customer is written."""
    _gates.append(gate)


def contacts_let_in(corp_id: str, told: Collection[Told]) -> list[Told]:
    """What may be written. Only a friendship that began after the erase brings a person back."""
    let_in = list(told)
    for gate in _gates:
        erased = gate.erased({(corp_id, item.external_userid) for item in let_in})
        if not erased:
            continue
        back = {
            (corp_id, item.external_userid)
            for item in let_in
            if item.begins and item.at > erased.get((corp_id, item.external_userid), item.at)
        }
        gate.back(back)
        gone = erased.keys() - back
        let_in = [item for item in let_in if (corp_id, item.external_userid) not in gone]
    return let_in
