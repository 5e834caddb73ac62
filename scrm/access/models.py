"""People who log in, where they may go, and the keys of brands' engineers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from typing_extensions import override

from scrm.access.people.models import Invitation, PlatformEntry
from scrm.access.phones import phone_hash, phone_normal
from scrm.access.signin.models import Mail, OperatorSession, RecoveryCode, ResetLink, SecondFactor
from scrm.core.secrets import SecretField
from scrm.tenants.fields import PublicIdField
from scrm.tenants.models import Tenant, TenantManager, TenantModel


class OperatorManager(BaseUserManager["Operator"]):
    """Makes operators with a normalised, lower-case e-mail."""

    def create_user(self, *, email: str, password: str | None = None, name: str = "") -> Operator:
        operator = Operator(
            email=email.strip().lower(), name=name or email.split("@", maxsplit=1)[0]
        )
        operator.set_password(password)
        operator.save(using=self._db)
        return operator

    @override
    def get_by_natural_key(self, username: str | None) -> Operator:
        """By what people type at the door: an e-mail, or a phone number in any spelling."""
        typed = (username or "").strip().lower()
        if "@" in typed:
            return self.get(email=typed)
        phone = phone_normal(typed)
        if not phone:
            raise self.model.DoesNotExist
        return self.get(phone_hash=phone_hash(phone))


class Language(models.TextChoices):
    """Languages of the console."""

    CHINESE = "zh-hans", "简体中文"
    ENGLISH = "en", "English"


class Operator(AbstractBaseUser):
    """A person who signs in; serves one or several brands through memberships. Global, not a tenant's."""

    public_id = PublicIdField(prefix="opr", unique=True)
    email = models.EmailField(unique=True)
    # Either may be typed at the door. The number is sealed; its keyed hash finds the person.
    phone = SecretField(default="", blank=True)
    phone_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)
    name = models.CharField(max_length=60)
    language = models.CharField(max_length=8, choices=Language.choices, default=Language.CHINESE)
    # How the person likes the console: density, rise, columns and default views of lists.
    preferences = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)
    is_platform_staff = models.BooleanField(default=False)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    # When the person was last told that somebody is guessing.
    warned_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[OperatorManager] = OperatorManager()

    @override
    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """An operator's place in one brand. A platform table: read before the tenant is known."""

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    roles = models.JSONField(default=list)
    # Who this person is in the brand's WeCom: lets them sign in by scanning.
    wecom_userid = models.CharField(max_length=64, default="", blank=True)
    # None: the whole brand. Else {"departments": [...], "staff": [...]}, see scrm/access/scope.py.
    data_scope = models.JSONField(null=True, blank=True, default=None)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    # True for platform staff who entered the brand with a reason; such a place is never saved.
    is_platform_entry = False

    objects: ClassVar[models.Manager[Membership]] = models.Manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "operator"], name="membership_once"),
            models.UniqueConstraint(
                fields=["tenant", "wecom_userid"],
                name="membership_wecom_once",
                condition=~models.Q(wecom_userid=""),
            ),
        ]

    @property
    def acting_label(self) -> str:
        """The name that audit rows show."""
        name = self.operator.name or self.operator.email
        return f"{name} (platform)" if self.is_platform_entry else name


class KeyMode(models.TextChoices):
    """Live keys touch customers; test keys are refused by anything that leaves the house."""

    LIVE = "live", "live"
    TEST = "test", "test"


class ApiKey(TenantModel):
    """A brand's key: only the id and a hash of the secret are stored; scopes are permission names."""

    public_id = PublicIdField(prefix="key")
    key_id = models.CharField(max_length=12)
    secret_hash = models.CharField(max_length=64)
    name = models.CharField(max_length=80)
    mode = models.CharField(max_length=4, choices=KeyMode.choices, default=KeyMode.LIVE)
    scopes = models.JSONField(default=list)
    # As Membership.data_scope: customers this key sees; None for all.
    data_scope = models.JSONField(null=True, blank=True, default=None)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # None: API_CALLS_PER_MINUTE of the settings.
    calls_per_minute = models.PositiveIntegerField(null=True, blank=True, default=None)
    # The secret before the last rotation opens the same key until then.
    previous_key_id = models.CharField(max_length=12, default="", blank=True)
    previous_secret_hash = models.CharField(max_length=64, default="", blank=True)
    previous_ends_at = models.DateTimeField(null=True, blank=True)
    previous_used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[ApiKey]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "key_id"], name="api_key_id_once"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="api_key_public_id"),
        ]


__all__ = [
    "ApiKey",
    "Invitation",
    "KeyMode",
    "Language",
    "Mail",
    "Membership",
    "Operator",
    "OperatorManager",
    "OperatorSession",
    "PlatformEntry",
    "RecoveryCode",
    "ResetLink",
    "SecondFactor",
]
