"""What staff do with a vault: put treasury's coins in, take them out, book what they gained."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.errors import Conflict
from exchange.core.money import plain
from exchange.portal.actions import ReasonForm, StaffAction
from launchpad.earn import vaults
from launchpad.earn.models import Product, VaultMove
from wallets.chains.interface import ChainUnavailable


class AmountForm(ReasonForm):
    """How much."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), min_value=0, max_digits=38, decimal_places=18
    )
    field_order = ("amount", "reason")


class PutIn(StaffAction):
    name = "vault-in"
    label = gettext_lazy("Deposit into the vault")
    permission = vaults.PERMISSION
    icon = "vault"
    form_class: ClassVar[type[forms.Form]] = AmountForm
    intro = gettext_lazy("A transaction on the chain, by the development chains' own key only.")

    def preview(self, row: Product) -> str:
        last = VaultMove.objects.filter(product=row).first()
        return _("shares worth %(worth)s units at the last look") % {
            "worth": f"{last.worth if last else 0:,}"
        }

    def skips(self, row: Product) -> str:
        return "" if row.vault else _("it has no vault")

    def run(self, *, row: Product, actor: Actor, values: dict[str, Any]) -> str:
        try:
            return self.act(row, actor, Decimal(values.get("amount", 0)))
        except ChainUnavailable as error:
            raise Conflict(_("The chain does not answer: %(why)s") % {"why": error}) from error

    def act(self, row: Product, actor: Actor, amount: Decimal) -> str:
        move = vaults.put_in(product_id=row.pk, amount=amount, actor=actor)
        return _("is deposited in %(txid)s") % {"txid": move.txid}


class TakeOut(PutIn):
    name = "vault-out"
    label = gettext_lazy("Withdraw from the vault")

    def act(self, row: Product, actor: Actor, amount: Decimal) -> str:
        move = vaults.take_out(product_id=row.pk, amount=amount, actor=actor)
        return _("is withdrawn in %(txid)s") % {"txid": move.txid}


class Harvest(PutIn):
    name = "vault-harvest"
    label = gettext_lazy("Book what the vault gained")
    permission = "launchpad.book_arrival"
    icon = "coins"
    form_class = ReasonForm
    intro = gettext_lazy("Asks the chain, and shares a gain out like a validator's reward.")

    def act(self, row: Product, actor: Actor, amount: Decimal) -> str:
        arrival = vaults.harvest(product_id=row.pk, actor=actor)
        if arrival is None:
            return _("gained nothing since")
        return _("%(amount)s are shared out") % {"amount": plain(arrival.amount)}
