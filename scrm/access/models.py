"""People who log in, where they may go, and the keys of brands' engineers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from typing_extensions import override

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
        return self.get(email=(username or "").strip().lower())


class Language(models.TextChoices):
    """Languages of the console."""

    CHINESE = "zh-hans", "简体中文"
    ENGLISH = "en", "English"


class Operator(AbstractBaseUser):
    """A person who signs in; serves one or several brands through memberships. Global, not a tenant's."""

    public_id = PublicIdField(prefix="opr", unique=True)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=60)
    language = models.CharField(max_length=8, choices=Language.choices, default=Language.CHINESE)
    is_active = models.BooleanField(default=True)
    is_platform_staff = models.BooleanField(default=False)
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
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Membership]] = models.Manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "operator"], name="membership_once"),
        ]


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
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[ApiKey]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "key_id"], name="api_key_id_once"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="api_key_public_id"),
        ]
