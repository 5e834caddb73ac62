"""How a person proves who they are, where they are signed in, and the mail that goes to them.

Platform tables: they are read before any brand is known, and hold nothing of a brand.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from scrm.core.secrets import SecretField
from scrm.tenants.fields import PublicIdField


class SecondFactor(models.Model):
    """A person's authenticator. ``last_step``: the newest time step spent, so that no code serves twice.

    ``pending_secret`` waits for its first right code; until then the old one keeps working.
    """

    operator = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor"
    )
    secret = SecretField(default="", blank=True)
    pending_secret = SecretField(default="", blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[SecondFactor]] = models.Manager()


class RecoveryCode(models.Model):
    """A way in without the authenticator, once. Only a keyed hash is stored."""

    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[RecoveryCode]] = models.Manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["operator", "code_hash"], name="recovery_code_once"),
        ]


class SignInBy(models.TextChoices):
    """What the person showed first."""

    PASSWORD = "password", "password"
    WECOM = "wecom", "wecom"


class OperatorSession(models.Model):
    """One browser that is signed in; gone when it signs out or is signed out from elsewhere."""

    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins"
    )
    public_id = PublicIdField(prefix="ses", unique=True)
    session_key = models.CharField(max_length=40, unique=True)
    by = models.CharField(max_length=8, choices=SignInBy.choices, default=SignInBy.PASSWORD)
    ip = models.CharField(max_length=45, default="", blank=True)
    user_agent = models.CharField(max_length=300, default="", blank=True)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    objects: ClassVar[models.Manager[OperatorSession]] = models.Manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["operator", "-last_seen_at"], name="operator_session_seen"),
        ]


class ResetLink(models.Model):
    """A link by which a person sets a new password: one use, one hour, only its hash is stored."""

    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reset_links"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    ip = models.CharField(max_length=45, default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[ResetLink]] = models.Manager()


class MailState(models.TextChoices):
    """What became of a letter."""

    WAITING = "waiting", "waiting"
    SENT = "sent", "sent"
    FAILED = "failed", "failed"
    DROPPED = "dropped", "dropped"


class Mail(models.Model):
    """A letter to a person, written in the transaction of its reason and sent by a worker.

    Address and text are sealed, and emptied once the letter has gone or was given up.
    """

    kind = models.CharField(max_length=40)
    to = SecretField(default="", blank=True)
    subject = models.CharField(max_length=200)
    body = SecretField(default="", blank=True)
    state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Mail]] = models.Manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="mail_waiting", condition=models.Q(state="waiting")),
        ]
