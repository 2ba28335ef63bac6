"""What customers fill in on a sale's pages."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core import money
from exchange.core.errors import Refused
from exchange.core.money import ZERO, plain
from exchange.portal.forms import Form
from launchpad.sales.models import Sale
from launchpad.sales.states import Mode

# 1,250 is more than a thousand to some, and little more than one to others.
_THOUSANDS = re.compile(r"\d{1,3}((,\d{3})+\.\d+|(,\d{3}){2,})")


def _without_commas(text: str) -> str:
    """Thousands apart are taken out where they can't be anything else."""
    if "," in text and not _THOUSANDS.fullmatch(text):
        raise forms.ValidationError(
            _("Write it without a comma, and with a point for parts of one: 1250 or 1.25.")
        )
    return text.replace(",", "")


class CommitForm(Form):
    """How much altogether; in tickets where the sale counts in tickets."""

    amount = forms.CharField(
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, sale: Sale, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sale = sale
        field = self.fields["amount"]
        if sale.mode == Mode.TICKETS:
            field.label = gettext_lazy("Tickets altogether")
            field.help_text = _("One ticket costs %(price)s %(quote)s.") % {
                "price": shown(sale.ticket_price),
                "quote": sale.quote.code,
            }
        else:
            field.label = _("%(quote)s altogether") % {"quote": sale.quote.code}
            field.help_text = _("At least %(least)s.") % {"least": shown(sale.least)}

    def clean_amount(self) -> Decimal:
        """The total in the quote."""
        text = _without_commas(self.cleaned_data["amount"].strip())
        tickets = self.sale.mode == Mode.TICKETS
        try:
            given = money.parse(
                text, field="amount", precision=0 if tickets else self.sale.quote.precision
            )
        except Refused as refused:
            raise forms.ValidationError(str(refused)) from refused
        return given * self.sale.ticket_price if tickets else given


class StaysForm(CommitForm):
    """How much stays committed when some is taken back; nothing said is nothing."""

    def __init__(self, sale: Sale, *args: Any, **kwargs: Any) -> None:
        super().__init__(sale, *args, **kwargs)
        field = self.fields["amount"]
        field.required = False
        field.label = (
            _("Tickets that stay")
            if sale.mode == Mode.TICKETS
            else _("%(quote)s that stay") % {"quote": sale.quote.code}
        )
        field.help_text = _("Leave it empty to take everything back.")

    def clean_amount(self) -> Decimal:
        text = self.cleaned_data["amount"].strip()
        return super().clean_amount() if text.strip("0.,") else ZERO


class RisksForm(Form):
    risks = forms.BooleanField(
        label=gettext_lazy("I have read the risks: I can lose all that I pay for these tokens.")
    )


def shown(amount: Decimal | None) -> str:
    """An amount with its thousands apart: nothing is rounded for show."""
    whole, point, fraction = plain(amount or ZERO).partition(".")
    return f"{int(whole):,}{point}{fraction}"
