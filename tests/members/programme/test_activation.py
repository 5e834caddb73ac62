"""M-08: four parts, none may be missing, a second person agrees, and the preview is what happens."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.benefits.models import BenefitOffer, Place
from members.benefits.selectors import offers_at
from members.benefits.services import benefit_archive, benefit_create
from members.programme.errors import ProgrammeIncomplete
from members.programme.models import Programme
from members.programme.rules import LIFE_CYCLE, PARTS, digest, rungs_of
from members.programme.selectors import (
    missing_parts,
    programme_active,
    programme_get,
    programme_preview,
)
from members.programme.services import (
    programme_approved,
    programme_save,
    programme_start,
    programme_submit,
)
from members.tiers.jobs import ladder_apply
from members.tiers.models import LadderVersion, MemberTier
from members.tiers.selectors import version_now
from members.tiers.services import metrics_age
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.approvals.services import ApprovalOutdated, FourEyes, approval_decide
from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue
from scrm.events.actor import acting_as
from scrm.events.jobs.runner import job_claim
from scrm.tenants.models import Tenant
from scrm.tenants.settings import SETTINGS, setting
from tests.members.tiers.shop import bought, ladder_make
from tests.members.tiers.story import day

RUNGS: list[dict[str, Any]] = [
    {"code": "base", "name": "普通", "threshold": 0},
    {"code": "silver", "name": "银卡", "threshold": 100, "multiplier_bp": 11_000},
    {"code": "gold", "name": "金卡", "threshold": 500, "multiplier_bp": 12_000},
]
WHOLE: dict[str, Any] = {
    "goal": {"text": "一年内让老客占到一半", "measure": "repurchase", "figure": 50},
    "ladder": {"tiers": RUNGS},
    "benefits": {
        "tiers": {"silver": {"returns": 7}, "gold": {"returns": 30}},
        "gifts": {"gold": {"pack": 9900}},
        "layers": {"4": {"line": 0}},
    },
    "life_cycle": {key: SETTINGS[key].default for key in LIFE_CYCLE},
}


def _catalogue() -> None:
    benefit_create(code="returns", name="无理由退货", kind="no_reason_return", value=7)
    benefit_create(code="pack", name="礼包", kind="gift_pack", value=9900)
    benefit_create(code="line", name="专属客服", kind="service_line")


def _draft(**changes: Any) -> Programme:
    draft, _new = programme_start()
    return programme_save(public_id=draft.public_id, **{**WHOLE, **changes})


@pytest.fixture
def people(brand: Tenant) -> tuple[Operator, Operator]:
    made = []
    for email in ("ask@example.com", "agree@example.com"):
        operator = Operator.objects.create_user(email=email, password=None, name=email[:3])
        membership_grant(operator=operator, tenant=brand, roles=("private_domain_lead",))
        made.append(operator)
    return made[0], made[1]


def _as(operator: Operator) -> Any:
    return acting_as("operator", id=str(operator.pk), label=operator.name)


def _run_jobs() -> None:
    while claimed := job_claim():
        ladder_apply(claimed)


@pytest.mark.parametrize("part", PARTS)
def test_a_programme_with_a_part_missing_is_not_brought_into_force(
    brand: Tenant, part: str
) -> None:
    _catalogue()
    draft = _draft(**{part: {}})
    with pytest.raises(ProgrammeIncomplete) as refused:
        programme_submit(public_id=draft.public_id)
    # Benefits are of tiers: without the second part the third cannot be whole.
    wanted = ["ladder", "benefits"] if part == "ladder" else [part]
    assert refused.value.details["parts"] == wanted
    assert missing_parts(programme_save(public_id=draft.public_id, **{part: WHOLE[part]})) == []


def test_every_tier_above_the_base_brings_something(brand: Tenant) -> None:
    _catalogue()
    draft = _draft(benefits={"tiers": {"silver": {"returns": 7}}})
    (lack,) = missing_parts(draft)
    assert (lack.part, "金卡" in lack.why) == ("benefits", True)
    benefit_archive(public_id=benefit_create(code="old", name="旧", kind="service_line").public_id)
    with pytest.raises(InvalidValue):
        programme_save(public_id=draft.public_id, benefits={"tiers": {"gold": {"old": 0}}})


def test_a_second_person_brings_it_into_force_as_it_was_asked(
    brand: Tenant, people: tuple[Operator, Operator]
) -> None:
    asker, other = people
    _catalogue()
    life = {**WHOLE["life_cycle"], "tier.grace_days": 10}
    with _as(asker):
        draft = _draft(life_cycle=life)
        approval = programme_submit(public_id=draft.public_id, reason="开业")
        with pytest.raises(InvalidTransition):
            programme_save(public_id=draft.public_id, goal={"text": "x"})
        with pytest.raises(FourEyes):
            approval_decide(approval.public_id, approve=True)
    assert not LadderVersion.objects.exists()
    with _as(other):
        approval_decide(approval.public_id, approve=True)
    assert setting("tier.grace_days") == 10
    version = LadderVersion.objects.get()
    assert (version.rules["grace_days"], len(version.rungs)) == (10, 3)
    assert offers_at(Place.TIER, "gold") == {"returns": 30}
    assert offers_at(Place.LAYER, "4") == {"line": 0}
    active = programme_active()
    assert active is not None
    assert (active.number, active.author, active.approver) == (1, "ask", "agr")
    # The next draft begins with what holds; only what it changes changes.
    following, is_new = programme_start()
    assert (following.number, is_new, missing_parts(following)) == (2, True, [])
    assert programme_preview(following).offers == []
    assert rungs_of(following.ladder) == rungs_of(active.ladder)


def test_a_draft_that_changed_since_it_was_asked_for_is_outdated(brand: Tenant) -> None:
    _catalogue()
    draft = _draft()
    with pytest.raises(ApprovalOutdated):
        programme_approved({"programme": draft.public_id, "digest": "of something else"})
    assert programme_get(draft.public_id).state == "draft"


@given(
    thresholds=st.lists(st.integers(1, 900), min_size=1, max_size=3, unique=True),
    keeps=st.booleans(),
    metric=st.sampled_from(["rolling_days", "calendar_year", "lifetime"]),
    days=st.sampled_from([30, 365]),
    offered=st.dictionaries(st.sampled_from(["returns", "line"]), st.just(0), max_size=2),
)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_preview_is_what_activation_does(
    brand: Tenant,
    thresholds: list[int],
    keeps: bool,
    metric: str,
    days: int,
    offered: dict[str, int],
) -> None:
    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        stack.callback(transaction.set_rollback, True)
        _catalogue()
        ladder_make()
        for number, (at, yuan) in enumerate([(0, 90), (100, 150), (1, 600), (120, 480)]):
            with clock.frozen(day(at)):
                bought(number, at, yuan, buyer=f"B{number}")
        stack.enter_context(clock.frozen(day(150)))
        _run_jobs()
        metrics_age(version_now())  # type: ignore[arg-type]  # there is a ladder
        codes = ["silver", "gold", "black"] if keeps else ["x1", "x2", "x3"]
        rungs = [RUNGS[0]] + [
            {"code": code, "name": code, "threshold": threshold}
            for code, threshold in zip(codes, sorted(thresholds), strict=False)
        ]
        values = {code: 3 if code == "returns" else 0 for code in offered} or {"returns": 5}
        draft = _draft(
            ladder={"tiers": rungs},
            benefits={"tiers": {rung["code"]: values for rung in rungs[1:]}},
            life_cycle={
                **WHOLE["life_cycle"], "tier.metric": metric, "tier.window_days": days,
            },
        )  # fmt: skip
        found = programme_preview(draft)
        before, offers = _tiers(), _offers()
        parts = {part: getattr(draft, part) for part in PARTS}
        programme_approved({"programme": draft.public_id, "digest": digest(parts)})
        _run_jobs()
        after = _tiers()
        moved = Counter((before[key], after[key]) for key in before if before[key] != after[key])
        assert {(move.before, move.after): move.members for move in found.members.moves} == moved
        changed = {
            (place, key, code)
            for place, key, code in {*offers, *_offers()}
            if offers.get((place, key, code)) != _offers().get((place, key, code))
        }
        assert {(each.place, each.key, each.code) for each in found.offers} == changed


def _tiers() -> dict[int, str]:
    return dict(MemberTier.objects.values_list("member_id", "tier__code"))


def _offers() -> dict[tuple[str, str, str], int]:
    rows = BenefitOffer.objects.values_list("place", "key", "benefit__code", "value")
    return {(place, key, code): value for place, key, code, value in rows}
