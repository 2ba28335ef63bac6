"""People and machines that use the exchange: users, customers, devices, keys, restrictions."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from exchange.accounts.browsers import described
from exchange.core import clock, vault


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


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]
    """Whoever logs in, staff and customers alike. What staff may do comes from their groups."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_staff = models.BooleanField(default=False, db_index=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, default="en")
    # Letters that tell nothing to be decided or lost (`mail.COURTESY`).
    courtesy_letters = models.BooleanField(default=True, db_default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    second_factor_changed_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        permissions = [("assign_role", "Can give roles to staff and take them away")]

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


class StaffInvitation(models.Model):
    """Somebody is asked to join the staff, in one role. Becomes a user, then staff, or lapses."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        ACCEPTED = "accepted", "sets up their phone"
        IN_FORCE = "in_force", "joined"
        EXPIRED = "expired", "expired"
        REVOKED = "revoked", "revoked"

    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=40)
    reason = models.CharField(max_length=500)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # The link names it: of several letters only the last one's link is good.
    serial = models.PositiveSmallIntegerField(default=1)
    # Who it made, with a password and no role yet; the role follows the second factor.
    user = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="invitation"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    in_force_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                name="one_open_invitation_an_address",
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
            )
        ]
        permissions = [("invite_staff", "Can invite people to the staff")]

    def __str__(self) -> str:
        return f"{self.email}, {self.role}"

    @property
    def state(self) -> str:
        if self.revoked_at is not None:
            return self.State.REVOKED
        if self.in_force_at is not None:
            return self.State.IN_FORCE
        if self.expires_at <= clock.now():
            return self.State.EXPIRED
        return self.State.OPEN if self.accepted_at is None else self.State.ACCEPTED


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
        indexes = [models.Index(fields=["fingerprint"], name="devices_by_fingerprint")]

    def __str__(self) -> str:
        return f"{self.browser} from {self.ip}"

    @property
    def browser(self) -> str:
        return described(self.user_agent)


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


class SecondFactor(TimestampMixin, ThrottlingMixin, Device):
    """What the two second factors share: one try at a time, and ever longer waits after misses.

    `verify_token` locks its own row, so that a code counts once and a miss is never lost, whoever
    calls it: our verbs, the staff site's login form or the OTP middleware.
    """

    # The wait doubles from one second and stops at 2^12 s (68 minutes): long enough against
    # guessing (21 codes a day out of a million), short enough for the rightful owner.
    MOST_MISSES = 13

    class Meta:
        abstract = True

    def verify_token(self, token: str) -> bool:
        with transaction.atomic():
            lock_factor(self)
            if not self.verify_is_allowed()[0]:
                return False
            if not self.accepts(str(token).strip()):
                misses: int = self.throttling_failure_count  # type: ignore[has-type]
                self.throttling_failure_count = min(misses, self.MOST_MISSES - 1)
                self.throttle_increment()
                return False
            self.throttle_reset(commit=False)
            self.set_last_used_timestamp(commit=False)
            self.save()
            return True

    def accepts(self, token: str) -> bool:
        """Is the code right and unused? Uses it up, without saving this row. Here none is."""
        return False

    def get_throttle_factor(self) -> float:
        return 1

    def waits_until(self) -> datetime | None:
        """When the next try is allowed; None when it is allowed now."""
        allowed, why = self.verify_is_allowed()
        return None if allowed else why["locked_until"]


def lock_factor(factor: SecondFactor) -> None:
    """Lock the row until the transaction ends, and read it afresh."""
    factor.refresh_from_db(from_queryset=type(factor).objects.select_for_update())


class Authenticator(SecondFactor):
    """An authenticator app (TOTP: RFC 6238, SHA-1, 6 digits, 30 s). The secret is sealed.

    A user has at most one that works and one that is being set up.
    """

    DIGITS, STEP_SECONDS, TOLERANCE = 6, 30, 1

    sealed_secret = models.BinaryField()
    # The time step of the last code that was accepted: neither it nor an earlier one counts again.
    last_t = models.BigIntegerField(default=-1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "confirmed"], name="one_authenticator_and_one_in_setup"
            )
        ]
        permissions = [("reset_second_factor", "Can propose and decide resets of second factors")]

    def accepts(self, token: str) -> bool:
        code = token.replace(" ", "")
        if len(code) != self.DIGITS or not (code.isascii() and code.isdigit()):
            return False
        totp = TOTP(self.secret(), step=self.STEP_SECONDS, digits=self.DIGITS)
        totp.time = clock.now().timestamp()
        if not totp.verify(int(code), tolerance=self.TOLERANCE, min_t=self.last_t + 1):
            return False
        self.last_t = totp.t()
        return True

    def secret(self) -> bytes:
        return vault.unseal(bytes(self.sealed_secret), context=f"authenticator:{self.user_id}")

    @staticmethod
    def sealed(secret: bytes, *, user_id: int) -> bytes:
        return vault.seal(secret, context=f"authenticator:{user_id}")


class RecoveryCodes(SecondFactor):
    """A user's ten single-use codes, for when the phone is lost."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], name="one_set_of_recovery_codes_a_user")
        ]
        verbose_name_plural = "recovery codes"

    def accepts(self, token: str) -> bool:
        code = self.codes.filter(
            digest=RecoveryCode.digest_of(token, user_id=self.user_id), used_at=None
        ).first()
        if code is None:
            return False
        code.used_at = clock.now()
        code.save(update_fields=["used_at"])
        return True


class RecoveryCode(models.Model):
    """One code, kept as a keyed hash: sixty random bits, worthless without the vault's key."""

    codes = models.ForeignKey(RecoveryCodes, on_delete=models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["codes", "digest"], name="recovery_codes_differ")
        ]

    def __str__(self) -> str:
        return f"recovery code {self.pk}, {'used' if self.used_at else 'unused'}"

    @staticmethod
    def digest_of(code: str, *, user_id: int) -> str:
        """Typed with or without dashes, in either case."""
        plain = code.replace("-", "").replace(" ", "").lower()
        message = f"recovery-code:{user_id}:{plain}".encode()
        return hmac.new(settings.VAULT_KEY.encode(), message, hashlib.sha256).hexdigest()
