"""Tenant, keys, jobs, audit: the platform driven from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.access.keys import (
    MadeKey,
    api_key_change,
    api_key_create,
    api_key_get,
    api_key_revoke,
    api_key_rotate,
)
from scrm.api.operations import operation
from scrm.api.platform import selectors, serializers, services
from scrm.api.routes import route_register
from scrm.api.views import ApiView
from scrm.events.jobs.services import job_get

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from scrm.access.models import ApiKey
    from scrm.events.jobs.nightly import NightlyJob
    from scrm.events.models import AuditLog, Job, JobRun


class TenantView(ApiView):
    """The brand behind the key."""

    scope_read = "tenant.view"
    scope_write = "tenant.edit"

    @operation(
        "tenant_get", "The brand behind the key, with its settings.", answer=serializers.TenantOut
    )
    def get(self) -> selectors.TenantView:
        return selectors.tenant_view()

    @operation(
        "tenant_change",
        "Change the brand or its settings.",
        body=serializers.TenantIn,
        answer=serializers.TenantOut,
        errors=(
            "invalid_value",
            "currency_in_use",
            "acknowledgement_required",
            "level_cap_exceeded",
        ),
    )
    def patch(self) -> selectors.TenantView:
        return services.tenant_patch(changes=self.body)


class KeyList(ApiView):
    """The brand's API keys."""

    scope_read = "keys.view"
    scope_write = "keys.edit"

    @operation("keys_list", "List keys, newest first.", answer=serializers.KeyOut, is_list=True)
    def get(self) -> QuerySet[ApiKey]:
        return selectors.keys_list()

    @operation(
        "key_create",
        "Make a key; its secret is shown this once.",
        body=serializers.KeyIn,
        answer=serializers.KeyMadeOut,
        status=201,
        errors=("invalid_value", "scope_not_held"),
        examples={"reader": {"name": "reporting", "scopes": ["jobs.view"]}},
    )
    def post(self) -> MadeKey:
        return api_key_create(**self.body, granted_by=self.caller.key.scopes)


class KeyDetail(ApiView):
    """One key."""

    scope_read = "keys.view"
    scope_write = "keys.edit"

    @operation("key_get", "A key: what it may do and when it was used.", answer=serializers.KeyOut)
    def get(self, public_id: str) -> ApiKey:
        return api_key_get(public_id)

    @operation(
        "key_change",
        "Change a key's name, scopes, expiry or limit.",
        body=serializers.KeyPatch,
        answer=serializers.KeyOut,
        errors=("invalid_value", "invalid_transition", "scope_not_held"),
        examples={"more calls": {"calls_per_minute": 3000}},
    )
    def patch(self, public_id: str) -> ApiKey:
        return api_key_change(
            public_id=public_id, changes=self.body, granted_by=self.caller.key.scopes
        )

    @operation("key_revoke", "Close a key for good.")
    def delete(self, public_id: str) -> None:
        api_key_revoke(public_id=public_id)


class KeyRotation(ApiView):
    """A new secret for a key."""

    scope_write = "keys.edit"

    @operation(
        "key_rotate",
        "Give a key a new secret; it is shown this once.",
        description="The secret until now opens the key for `overlap_hours` more. Id, scopes, limit and "
        "remembered Idempotency-Keys stay with the key.",
        body=serializers.KeyRotationIn,
        answer=serializers.KeyMadeOut,
        errors=("invalid_value", "invalid_transition", "scope_not_held"),
        examples={"a working day": {"overlap_hours": 24}},
    )
    def post(self, public_id: str) -> MadeKey:
        return api_key_rotate(public_id=public_id, **self.body, granted_by=self.caller.key.scopes)


class JobList(ApiView):
    """Long work."""

    scope_read = "jobs.view"

    @operation(
        "jobs_list", "List jobs, newest first.",
        query=serializers.JobQuery, answer=serializers.JobOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[Job]:
        return selectors.jobs_list(
            kind=self.query.get("kind", ""), state=self.query.get("state", "")
        )


class JobDetail(ApiView):
    """One job."""

    scope_read = "jobs.view"

    @operation("job_get", "A job and how far it is.", answer=serializers.JobOut)
    def get(self, public_id: str) -> Job:
        return job_get(public_id)


class StepList(ApiView):
    """The night's steps."""

    scope_read = "jobs.view"

    @operation(
        "job_steps_list", "Nightly steps in their order.", answer=serializers.StepOut, is_list=True
    )
    def get(self) -> list[NightlyJob]:
        return selectors.steps_list()


class RunList(ApiView):
    """Past runs of steps."""

    scope_read = "jobs.view"

    @operation(
        "job_runs_list", "Runs of nightly steps, newest first.",
        query=serializers.RunQuery, answer=serializers.RunOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[JobRun]:
        return selectors.runs_list(name=self.query.get("name", ""))


class StepRun(ApiView):
    """Run a step by hand."""

    scope_write = "jobs.run"
    is_atomic = False  # a step makes its own transactions, and its row must outlive a failure

    @operation(
        "job_run",
        "Run a nightly step for a local day, or all of them as `nightly`.",
        description="Steps may run again for the same day. A step that fails answers with state `failed`. "
        "A day to come is taken only where the test clock is on.",
        body=serializers.RunIn,
        answer=serializers.RunsOut,
        errors=("job_running", "invalid_value"),
        examples={"for one day": {"as_of": "2026-11-21"}},
    )
    def post(self, name: str) -> services.Runs:
        return services.step_run(name=name, as_of=self.body.get("as_of"))


class AuditList(ApiView):
    """The audit log."""

    scope_read = "audit.view"

    @operation(
        "audit_list", "Who did what, newest first.",
        query=serializers.AuditQuery, answer=serializers.AuditOut, is_list=True, order=("-at", "-id"),
    )  # fmt: skip
    def get(self) -> QuerySet[AuditLog]:
        return selectors.audit_list(
            action=self.query.get("action", ""),
            object_type=self.query.get("object_type", ""),
            object_id=self.query.get("object_id", ""),
            actor=self.query.get("actor", ""),
            since=self.query.get("since"),
            until=self.query.get("until"),
        )


class EventTypeList(ApiView):
    """Facts the platform publishes."""

    scope_read = "events.view"

    @operation(
        "event_types_list",
        "Types of published facts.",
        answer=serializers.EventTypeOut,
        is_list=True,
    )
    def get(self) -> list[selectors.EventType]:
        return selectors.event_types_list()


route_register("tenant", TenantView, "tenant")
route_register("keys", KeyList, "keys")
route_register("keys/<str:public_id>", KeyDetail, "key")
route_register("keys/<str:public_id>/rotate", KeyRotation, "key-rotate")
route_register("jobs", JobList, "jobs")
route_register("jobs/steps", StepList, "job-steps")
route_register("jobs/runs", RunList, "job-runs")
route_register("jobs/<str:public_id>", JobDetail, "job")
route_register("jobs/<str:name>/run", StepRun, "job-run")
route_register("audit", AuditList, "audit")
route_register("events/types", EventTypeList, "event-types")
