"""How staff log in: e-mail, password and a second factor, all three or nothing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from exchange.accounts import second_factor
from exchange.accounts.actors import client_ip
from exchange.accounts.throttle import TooManyTries
from exchange.core.actors import STAFF, Actor


class StaffLoginForm(AdminAuthenticationForm):
    """Refuses staff without a second factor, and counts a wrong code as a failed login."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _("This e-mail, password and code do not open the staff site."),
        "no_second_factor": _(
            "Your account has no second factor, so the staff site stays closed to it. Set one up "
            "under Security on the customer site, then log in here."
        ),
    }

    otp_token = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text"}),
        help_text=_("Six digits from your authenticator, or a recovery code."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget = forms.EmailInput(
            attrs={"autocomplete": "username", "autofocus": True}
        )

    def clean(self) -> dict[str, Any]:
        super().clean()
        user = self.get_user()
        if user is not None:
            self._show_second_factor(user)
        return self.cleaned_data

    def _show_second_factor(self, user: Any) -> None:
        """Outside any transaction: a wrong code must be counted whatever happens next."""
        actor = Actor(
            kind=STAFF,
            label=user.email,
            user_id=user.pk,
            ip=client_ip(self.request) if self.request else None,
            request_id=getattr(self.request, "request_id", ""),
        )
        try:
            user.otp_device = second_factor.show_code(
                user_id=user.pk, code=self.cleaned_data.get("otp_token", ""), actor=actor
            )
        except second_factor.SecondFactorNeeded as refusal:
            raise ValidationError(
                self.error_messages["no_second_factor"], code="no_second_factor"
            ) from refusal
        except TooManyTries as refusal:
            raise ValidationError(str(refusal), code="too_many_tries") from refusal
        except second_factor.WrongCode as refusal:
            user_login_failed.send(
                sender=__name__,
                credentials={"username": self.cleaned_data["username"]},
                request=self.request,
            )
            raise ValidationError(str(refusal), code="wrong_code") from refusal
