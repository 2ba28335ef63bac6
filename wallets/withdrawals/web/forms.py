"""What the withdrawal pages ask for. Rules live in the verbs; a form reads and explains."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.portal.forms import Form, app_code
from wallets.addresses.models import BookEntry


def _amount() -> forms.CharField:
    return forms.CharField(
        label=_("Amount that arrives"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "autocomplete": "off", "spellcheck": "false"}
        ),
    )


class ToAddress(Form):
    """An address from the book, or a new one."""

    entry = forms.ChoiceField(label=_("Send to"), required=False)
    address = forms.CharField(
        label=_("New address"),
        required=False,
        max_length=128,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
        help_text=_("Paste it from the wallet that is to receive the coins; do not type it."),
    )
    memo = forms.CharField(label=_("Memo"), required=False, max_length=64)
    amount = _amount()

    def __init__(
        self, *args: Any, entries: list[BookEntry], memo_name: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {str(entry.pk): entry for entry in entries}
        new = ("", _("A new address"))
        self.fields["entry"].choices = [  # type: ignore[attr-defined]
            *((key, _described(entry)) for key, entry in self.by_id.items()),
            new,
        ]
        self.fields["entry"].initial = next(iter(self.by_id), "")
        if not entries:
            del self.fields["entry"]
        if memo_name:
            self.fields["memo"].label = memo_name
            self.fields["memo"].help_text = _("Without it the coins can't be found. Copy it too.")
        else:
            del self.fields["memo"]

    def where(self) -> tuple[str, str]:
        """(address, memo) of the entry that was chosen, or what was written."""
        entry = self.by_id.get(self.cleaned_data.get("entry", ""))
        if entry is not None:
            return entry.address, entry.memo
        return self.cleaned_data["address"], self.cleaned_data.get("memo", "")


class ToCustomer(Form):
    """Somebody else who has an account here."""

    recipient = forms.CharField(
        label=_("E-mail address or customer number"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Of the account that receives. Ask the person; a transfer is final at once."),
    )
    amount = _amount()


class Confirm(Form):
    """The code, for exactly what is shown above it."""

    code = app_code(help_text=_("The code confirms exactly what stands above, and nothing else."))


def _described(entry: BookEntry) -> str:
    return f"{entry.label} · {entry.address[:10]}…{entry.address[-6:]}"
