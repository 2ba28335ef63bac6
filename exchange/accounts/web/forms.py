"""What the pages ask for. Rules live in the verbs; a form only reads and explains."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from exchange.portal.forms import CodeInput, Form, any_code, app_code

password_rules = lazy(password_validation.password_validators_help_text_html, str)


def _password(label: Any, *, new: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "new-password" if new else "current-password"}
        ),
        help_text=password_rules() if new else "",
    )


def _email(**attributes: Any) -> forms.EmailField:
    return forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", **attributes}),
    )


class SignUp(Form):
    email = _email(autofocus=True)


class FirstPassword(Form):
    password = _password(_("Password"), new=True)
    came_by = forms.CharField(
        label=_("A friend's code"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Only if somebody gave you one. It can be added within a week."),
    )


class Login(Form):
    # axes knows the field by this name
    username = _email(autofocus=True)
    password = _password(_("Password"))


class Code(Form):
    code = app_code(help_text=_("Open the app and type the six digits it shows for Holdfast."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["autofocus"] = True


class RecoveryCode(Form):
    code = forms.CharField(
        label=_("Recovery code"),
        max_length=20,
        widget=CodeInput(attrs={"autocomplete": "off", "spellcheck": "false", "autofocus": True}),
        help_text=_("Twelve letters and digits, as in abcd-efgh-2345. Each code works once."),
    )


class AnyCode(Form):
    code = any_code()


class Forgot(Form):
    email = _email(autofocus=True)


class NewPassword(Form):
    new = _password(_("New password"), new=True)


class ChangePassword(Form):
    current = _password(_("Current password"))
    new = _password(_("New password"), new=True)
    code = any_code()

    def __init__(self, *args: Any, second_factor: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not second_factor:
            del self.fields["code"]


class AntiPhishing(Form):
    code = forms.CharField(
        label=_("Your anti-phishing code"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "4 to 20 letters, digits, dashes or underscores. Not your password. Leave it empty to "
            "have none."
        ),
    )


class Letters(Form):
    courtesy = forms.BooleanField(
        label=_("Write to me of rewards that were paid, and of tokens that came due"),
        required=False,
    )


class NewKey(Form):
    LIFETIMES = {"30": timedelta(days=30), "90": timedelta(days=90), "365": timedelta(days=365)}

    account = forms.TypedChoiceField(label=_("Account"), coerce=int)
    label = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("So that you know later what it was for, for example “trading bot at home”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    can_trade = forms.BooleanField(
        label=_("Trade: place and cancel orders with your balance"), required=False
    )
    can_withdraw = forms.BooleanField(
        label=_("Withdraw: send your coins out of Holdfast"),
        required=False,
        help_text=_("Whoever has such a key can take everything you own here. Programs that only "
                    "trade don't need it. It must name the addresses it is used from."),
    )  # fmt: skip
    allowed_ips = forms.CharField(
        label=_("IP addresses that may use it"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "dir": "ltr"}),
        help_text=_("One a line, such as 203.0.113.7 or 203.0.113.0/24. Empty: from anywhere, and "
                    "then a stolen key works anywhere too."),
    )  # fmt: skip
    lifetime = forms.ChoiceField(
        label=_("Works until"),
        choices=[
            ("90", _("90 days from now")),
            ("30", _("30 days from now")),
            ("365", _("a year from now")),
            ("", _("you revoke it")),
        ],
        initial="90",
        required=False,
    )
    memo = forms.CharField(
        label=_("Memo"),
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Your program sends it along with every signature (ccxt calls it “uid”). "
                    "Leave it empty and we make one up."),
    )  # fmt: skip
    code = any_code()

    def __init__(self, *args: Any, accounts: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].choices = accounts  # type: ignore[attr-defined]
        if len(accounts) == 1:
            self.fields["account"].widget = forms.HiddenInput()
            self.fields["account"].initial = accounts[0][0]
