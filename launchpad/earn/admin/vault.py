"""What staff do with a vault: register it, lend to it, fetch back, book what it gained."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.errors import Conflict, NotFound
from exchange.core.money import from_units, plain
from exchange.portal.actions import ReasonForm, StaffAction
from launchpad.earn import lent, vaults
from launchpad.earn.models import Product
from wallets.chains.interface import ChainUnavailable
from wallets.custody.models import VaultMove
from wallets.custody.vaults import move, register
from wallets.sending.errors import SignerUnavailable


class AmountForm(ReasonForm):
    """How much."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), min_value=0, max_digits=38, decimal_places=18
    )
    field_order = ("amount", "reason")


class AloneForm(AmountForm):
    """How much one person may move."""

    amount = forms.DecimalField(
        label=gettext_lazy("What one person may move in 24 hours"),
        min_value=0,
        max_digits=38,
        decimal_places=18,
    )


class ProposeVault(StaffAction):
    name = "vault-register"
    label = gettext_lazy("Propose its vault")
    permission = register.PERMISSION
    icon = "vault"
    form_class: ClassVar[type[forms.Form]] = AloneForm
    intro = gettext_lazy(
        "Lets the network's hot wallet lend to this contract. The signer's policy has to name it "
        "already, and somebody else has to approve."
    )

    def preview(self, row: Product) -> str:
        return f"{row.network} {row.vault}"

    def skips(self, row: Product) -> str:
        return "" if row.kind == Product.Kind.VAULT else _("it has no vault")

    def run(self, *, row: Product, actor: Actor, values: dict[str, Any]) -> str:
        amount = Decimal(values.get("amount") or 0)
        try:
            return self.act(row, actor, amount, values["reason"])
        except ChainUnavailable as error:
            raise Conflict(_("The chain does not answer: %(why)s") % {"why": error}) from error
        except SignerUnavailable as error:
            raise Conflict(_("The signer does not answer: %(why)s") % {"why": error}) from error

    def act(self, row: Product, actor: Actor, amount: Decimal, reason: str) -> str:
        made = vaults.propose_vault(product_id=row.pk, alone=amount, actor=actor, reason=reason)
        return _("is proposed (proposal %(id)s)") % {"id": made.pk}


class PutIn(ProposeVault):
    name = "vault-in"
    label = gettext_lazy("Lend to the vault")
    permission = move.ASK
    form_class: ClassVar[type[forms.Form]] = AmountForm
    intro = gettext_lazy(
        "The hot wallet approves exactly this amount and deposits it, for shares of its own. Above "
        "what one person may move in a day somebody else has to agree."
    )

    def preview(self, row: Product) -> str:
        try:
            vault = lent.vault_of(row)
        except NotFound as missing:
            return str(missing)
        decimals = vault.asset_network.decimals
        return _("%(worth)s %(asset)s are in it; positions hold %(taken)s") % {
            "worth": plain(from_units(vault.worth, decimals)),
            "asset": row.asset.code,
            "taken": plain(row.taken),
        }

    def act(self, row: Product, actor: Actor, amount: Decimal, reason: str) -> str:
        made = vaults.put_in(product_id=row.pk, amount=amount, actor=actor, reason=reason)
        return self.asked(made)

    def asked(self, made: VaultMove) -> str:
        if made.state == VaultMove.State.ASKED:
            return _("waits for somebody else to agree (move %(id)s)") % {"id": made.pk}
        return _("is on its way (move %(id)s)") % {"id": made.pk}


class TakeOut(PutIn):
    name = "vault-out"
    label = gettext_lazy("Fetch back from the vault")
    intro = gettext_lazy(
        "The vault pays the hot wallet back. Above what one person may move in a day somebody else "
        "has to agree."
    )

    def act(self, row: Product, actor: Actor, amount: Decimal, reason: str) -> str:
        made = vaults.take_out(product_id=row.pk, amount=amount, actor=actor, reason=reason)
        return self.asked(made)


class Harvest(PutIn):
    name = "vault-harvest"
    label = gettext_lazy("Book what the vault gained")
    permission = "launchpad.book_arrival"
    icon = "coins"
    form_class = ReasonForm
    intro = gettext_lazy("Asks the chain, and shares a gain out like a validator's reward.")

    def act(self, row: Product, actor: Actor, amount: Decimal, reason: str) -> str:
        arrival = vaults.harvest(product_id=row.pk, actor=actor)
        if arrival is None:
            return _("gained nothing since")
        return _("%(amount)s are shared out") % {"amount": plain(arrival.amount)}
