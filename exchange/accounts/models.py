"""People and machines that use the exchange: users, customers, devices, keys, restrictions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=normal_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=normal_email(username or ""))


def normal_email(email: str) -> str:
    """One spelling an address: trimmed and lower case, so that one person is one login."""
    return email.strip().lower()


class User(AbstractBaseUser, PermissionsMixin):
    """Whoever logs in, staff and customers alike. What staff may do comes from their groups."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_staff = models.BooleanField(default=False, db_index=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, default="en")
    date_joined = models.DateTimeField(default=timezone.now)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    second_factor_changed_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    def __str__(self) -> str:
        return self.email

    def get_short_name(self) -> str:
        return self.name or self.email.partition("@")[0]


class Customer(models.Model):
    """A holder of balances: a person's own account, or one of their sub-accounts."""

    user = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="customer"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="sub_accounts"
    )
    name = models.CharField(max_length=150, blank=True)
    country = models.CharField(max_length=2, blank=True)
    anti_phishing_code = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False) | Q(parent__isnull=False),
                name="customer_has_user_or_parent",
            ),
        ]
        permissions = [
            ("freeze_customer", "Can restrict what a customer may do"),
            ("unfreeze_customer", "Can propose and decide the lifting of restrictions"),
        ]

    def __str__(self) -> str:
        return self.name or (self.user.email if self.user else f"customer {self.pk}")

    @property
    def self_trade_id(self) -> int:
        """Accounts of one person share it: trades between them are self-trades."""
        return self.parent_id or self.pk


class LoginDevice(models.Model):
    """A browser that logged in. Revoking it ends its session."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_devices")
    session_key = models.CharField(max_length=40, blank=True, db_index=True)
    fingerprint = models.CharField(max_length=64)
    user_agent = models.CharField(max_length=300)
    ip = models.GenericIPAddressField()
    first_seen = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "fingerprint"], name="one_row_a_device")
        ]

    def __str__(self) -> str:
        return f"{self.user_agent[:40]} from {self.ip}"


class ApiKey(models.Model):
    """An integrator's key. The secret and the memo are sealed; the secret is shown once."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="api_keys")
    key = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=60)
    sealed_secret = models.BinaryField()
    sealed_memo = models.BinaryField()
    can_trade = models.BooleanField(default=False)
    can_withdraw = models.BooleanField(default=False)
    allowed_ips = models.JSONField(default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    frozen = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.label} ({self.key[:8]}…)"


class Restriction(models.Model):
    """What a customer may not do, why, and until when. Read by every verb that it governs."""

    class Kind(models.TextChoices):
        LOGIN = "login", "log in"
        TRADING = "trading", "trade"
        DEPOSIT = "deposit", "deposit"
        WITHDRAWAL = "withdrawal", "withdraw"
        API = "api", "use the API"

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="restrictions")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    reason = models.CharField(max_length=500)
    # What the customer is told; the reason is for staff (and must not tip anybody off).
    customer_message = models.CharField(max_length=300, blank=True)
    imposed_by = models.CharField(max_length=200)
    imposed_at = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["customer", "kind"],
                name="standing_restrictions",
                condition=Q(lifted_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer} may not {self.get_kind_display()}"
