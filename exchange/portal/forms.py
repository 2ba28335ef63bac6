"""What every form of a customer's page has: refusals shown where they belong, code fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.core.errors import Refused


class CodeInput(forms.TextInput):
    """Comes back empty: a code that was sent once is used up, wrong, or old by now."""

    def format_value(self, value: Any) -> None:
        return None


class Form(forms.Form):
    required_css_class = "required"
    use_required_attribute = True

    def take(self, refused: Refused) -> None:
        """Show a verb's refusal beside the field it names, or above the form."""
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))

    def add_error(self, field: str | None, error: Any) -> None:
        """The first field at fault is where the visitor goes on typing."""
        first = not self.errors
        super().add_error(field, error)
        if field in self.fields and first:
            for other in self.fields.values():
                other.widget.attrs.pop("autofocus", None)
            self.fields[field].widget.attrs["autofocus"] = True


def app_code(**more: Any) -> forms.CharField:
    """Digits from the app."""
    return forms.CharField(
        label=_("Code from your authenticator app"),
        max_length=20,
        widget=CodeInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        ),
        **{"help_text": _("Six digits that change every 30 seconds."), **more},
    )


def any_code(**more: Any) -> forms.CharField:
    """Digits from the app, or letters of a recovery code: no numeric keyboard."""
    return forms.CharField(
        label=_("Authenticator code"),
        max_length=20,
        widget=CodeInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
        **{
            "help_text": _("Six digits from your app, or one of your recovery codes."),
            **more,
        },
    )
