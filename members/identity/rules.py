"""Pure rules about identifiers: their strength, their normal form, and whose they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from members.people.rules import phone_normal
from scrm.core.errors import InvalidValue

# Strongest first. A brand's own account says most, a cookie least.
STRENGTH: tuple[str, ...] = (
    "business_account",
    "unionid",
    "external_userid",
    "openid",
    "registration",
    "phone",
    "email",
    "platform_user",
    "anonymous",
    "cookie",
)
# A device, not a person: it may not disagree with anybody (EC-44).
WEAK = frozenset({"anonymous", "cookie"})
# Personal data: stored only hashed and encrypted.
PERSONAL = frozenset({"phone", "email"})
# An identifier of these kinds means nothing without the appid, corp or platform it came from.
SCOPED = frozenset({"openid", "platform_user", "external_userid"})
# What stands for a scope that was left out, e.g. the brand's only corp; rooms that know it say so at start.
SCOPE_DEFAULTS: dict[str, Callable[[], str]] = {}
_RANK = {name: rank for rank, name in enumerate(STRENGTH)}
_LONGEST = 128


@dataclass(frozen=True)
class Claim:
    """Somebody says: this identifier belongs to the person in question."""

    type: str
    value: str
    scope: str = ""
    # Somebody proved it, e.g. by a code sent to the phone: enough to join two members by rule.
    verified: bool = field(default=False, compare=False)


def claim_normal(claim: Claim) -> Claim:
    """The claim in the one form that is compared; InvalidValue if it cannot be one."""
    if claim.type not in _RANK:
        raise InvalidValue("unknown identifier type", pointer="/type", type=claim.type)
    value = claim.value.strip()
    if claim.type == "phone":
        value = phone_normal(value)
    if claim.type == "email":
        value = value.lower()
        if value.count("@") != 1 or value.startswith("@") or value.endswith("@"):
            raise InvalidValue("not a mail address", pointer="/value")
    scope = claim.scope.strip()
    if not scope and claim.type in SCOPE_DEFAULTS:
        scope = SCOPE_DEFAULTS[claim.type]()
    if not value or len(value) > _LONGEST or len(scope) > 64 or "\x00" in value + scope:  # noqa: PLR2004
        raise InvalidValue("an identifier has 1 to 128 characters", pointer="/value")
    if claim.type in SCOPED and not scope:
        raise InvalidValue(
            "this identifier needs its appid, corp or platform as scope", pointer="/scope"
        )
    return replace(claim, value=value, scope=scope)


def claim_rank(claim_type: str) -> int:
    """0 for the strongest kind."""
    return _RANK[claim_type]


@dataclass(frozen=True)
class Key:
    """An identifier as the table knows it."""

    type: str
    scope: str
    value_hash: str


@dataclass(frozen=True)
class Existing:
    """A member that is there already."""

    member_id: int
    is_anonymous: bool


@dataclass(frozen=True)
class Fresh:
    """A member to be made; ``number`` counts them within one batch."""

    number: int


Ref = Existing | Fresh


@dataclass
class Plan:
    """What a batch of arrivals comes to, before anything is written."""

    refs: list[Ref] = field(default_factory=list)
    fresh: list[int] = field(default_factory=list)  # arrival that first needed each new member
    attach: dict[Key, tuple[Ref, int]] = field(default_factory=dict)  # key → owner, arrival
    absorb: dict[int, Existing] = field(default_factory=dict)  # anonymous member → known one
    promote: dict[int, int] = field(default_factory=dict)  # anonymous member → arrival
    conflicts: dict[tuple[int, int], tuple[set[str], int]] = field(default_factory=dict)


def plan_make(
    arrivals: Sequence[tuple[Sequence[Key], Existing | None]], owners: Mapping[Key, Existing]
) -> Plan:
    """Decide, arrival by arrival, whose identifiers these are.

    The strongest known identifier decides; an anchor (second of each pair) decides before all. Two
    known members are never joined; an anonymous one goes into the known one.
    """
    plan, owner = Plan(), dict[Key, Ref](owners)
    for place, (keys, anchor) in enumerate(arrivals):
        ranked = sorted(keys, key=lambda key: claim_rank(key.type))
        found = [(key, _standing(owner[key], plan)) for key in ranked if key in owner]
        chosen = anchor or _choose(found)
        if chosen is None:
            chosen = Fresh(len(plan.fresh))
            plan.fresh.append(place)
        for key, ref in found:
            _disagree(plan, place, chosen, key, ref)
        for key in ranked:
            if key not in owner:
                owner[key] = chosen
                plan.attach[key] = (chosen, place)
        if (
            isinstance(chosen, Existing)
            and chosen.is_anonymous
            and any(k.type not in WEAK for k in keys)
        ):
            plan.promote.setdefault(chosen.member_id, place)
        plan.refs.append(chosen)
    return plan


def _standing(ref: Ref, plan: Plan) -> Ref:
    """Who the reference stands for after what the batch decided so far."""
    if isinstance(ref, Existing):
        return plan.absorb.get(ref.member_id, ref)
    return ref


def _choose(found: Sequence[tuple[Key, Ref]]) -> Ref | None:
    known = [ref for _key, ref in found if isinstance(ref, Fresh) or not ref.is_anonymous]
    return known[0] if known else (found[0][1] if found else None)


def _disagree(plan: Plan, place: int, chosen: Ref, key: Key, ref: Ref) -> None:
    if not isinstance(ref, Existing) or not isinstance(chosen, Existing):
        return
    if ref.member_id == chosen.member_id:
        return
    if ref.is_anonymous and not chosen.is_anonymous:
        plan.absorb[ref.member_id] = chosen
    elif key.type not in WEAK and not ref.is_anonymous:
        pair = (chosen.member_id, ref.member_id)
        plan.conflicts.setdefault(pair, (set(), place))[0].add(key.type)
