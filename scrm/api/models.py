"""What a POST with an Idempotency-Key answered, so that its repeat can be told the same."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from scrm.tenants.models import TenantManager, TenantModel


class IdempotencyRecord(TenantModel):
    """One answered (or, outside a transaction, running) call; written with the call's own effects."""

    api_key_id = models.BigIntegerField()
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    # None while a call that runs outside one transaction has not answered.
    status = models.PositiveSmallIntegerField(null=True, default=None)
    # Sealed: an answer may hold a phone or a fresh API key.
    answer_sealed = models.BinaryField(default=b"")
    expires_at = models.DateTimeField()

    objects: ClassVar[TenantManager[IdempotencyRecord]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "api_key_id", "key"], name="idempotency_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "expires_at"], name="idempotency_expiry"),
        ]
