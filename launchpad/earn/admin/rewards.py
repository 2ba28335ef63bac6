"""What staff do with rewards: prove one, watch an address, have a statement approved."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict
from exchange.core.money import plain
from exchange.portal import columns
from exchange.portal.actions import ReasonForm, StaffAction
from launchpad.earn import arrivals, evidence, reward_files, watching
from launchpad.earn.models import Product
from wallets.chains.interface import ChainUnavailable


class ListForm(ReasonForm):
    """The lines of a file."""

    lines = forms.CharField(
        label=gettext_lazy("Lines: day, amount, validator, transaction"),
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )
    field_order = ("lines", "reason")


class PaymentForm(ReasonForm):
    """Where the chain has a reward."""

    network = forms.CharField(label=gettext_lazy("Network"), max_length=20)
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), min_value=0, max_digits=38, decimal_places=18
    )
    txid = forms.CharField(label=gettext_lazy("Transaction"), max_length=66)
    number = forms.IntegerField(
        label=gettext_lazy("Output or log, if it pays us several times"), required=False
    )
    day = forms.DateField(
        label=gettext_lazy("Earned on the day"),
        initial=lambda: clock.now().date() - timedelta(days=1),
    )
    field_order = ("network", "txid", "number", "amount", "day", "reason")


class WithdrawalForm(PaymentForm):
    """Where the chain has what the beacon chain paid out."""

    txid = None  # type: ignore[assignment]
    height = forms.IntegerField(label=gettext_lazy("Block"), min_value=0)
    number = forms.IntegerField(label=gettext_lazy("Index of the withdrawal"), min_value=0)
    field_order = ("network", "height", "number", "amount", "day", "reason")


class BookReward(StaffAction):
    name = "reward"
    label = gettext_lazy("Book a reward from the chain")
    permission = "launchpad.book_arrival"
    icon = "coins"
    form_class: ClassVar[type[forms.Form]] = PaymentForm
    intro = gettext_lazy(
        "The chain is asked: the payment must be ours, of exactly this amount, deep enough and "
        "booked nowhere else. It is shared out to whoever had a stake in it all that day."
    )

    def preview(self, row: Product) -> str:
        return _("%(amount)s are staked") % {"amount": columns.amount_text(row.taken)}

    def skips(self, row: Product) -> str:
        if row.earns != Product.Earns.ARRIVALS or row.state == Product.State.DRAFT:
            return _("nothing arrives for it")
        return ""

    def run(self, *, row: Product, actor: Actor, values: dict[str, Any]) -> str:
        try:
            proof = self.prove(row, values)
        except ChainUnavailable as error:
            raise Conflict(_("The chain does not answer: %(why)s") % {"why": error}) from error
        made = arrivals.book_proven(
            product_id=row.pk,
            proof=proof,
            amount=Decimal(values["amount"]),
            day=values["day"],
            actor=actor,
        )
        return _("%(n)s positions share %(amount)s") % {
            "n": made.positions,
            "amount": plain(made.amount),
        }

    def prove(self, row: Product, values: dict[str, Any]) -> evidence.Proof:
        return evidence.of_payment(
            product=row,
            network=values["network"],
            txid=values["txid"],
            number=values.get("number"),
        )


class BookWithdrawal(BookReward):
    name = "beacon"
    label = gettext_lazy("Book a beacon withdrawal")
    form_class = WithdrawalForm

    def prove(self, row: Product, values: dict[str, Any]) -> evidence.Proof:
        return evidence.of_withdrawal(
            product=row,
            network=values["network"],
            height=values["height"],
            index=values["number"],
        )


class AddressForm(ReasonForm):
    """Which address is watched."""

    network = forms.CharField(label=gettext_lazy("Network"), max_length=20)
    address = forms.CharField(label=gettext_lazy("Address of ours"), max_length=128)
    by_itself = forms.BooleanField(
        label=gettext_lazy("Book by itself what it is paid (nobody else may pay it)"),
        required=False,
    )
    field_order = ("network", "address", "by_itself", "reason")


class WatchAddress(BookReward):
    name = "watch"
    label = gettext_lazy("Watch a reward address")
    permission = "launchpad.watch_rewards"
    icon = "search"
    form_class = AddressForm
    intro = gettext_lazy(
        "What it is paid from outside is suggested to be booked, under “Rewards seen”."
    )

    def run(self, *, row: Product, actor: Actor, values: dict[str, Any]) -> str:
        watching.register(
            product_id=row.pk,
            network=values["network"],
            address=values["address"],
            by_itself=bool(values.get("by_itself")),
            actor=actor,
            reason=values["reason"],
        )
        return _("is watched")


class ProposeList(BookReward):
    name = "reward-list"
    label = gettext_lazy("Propose a statement")
    form_class = ListForm
    intro = gettext_lazy(
        "As validators' operators export them, for chains without a node here. Nobody proves it: "
        "somebody else has to approve, and it stays marked as unproven."
    )

    def preview(self, row: Product) -> str:
        return _("each line is shared out by its own day")

    def run(self, *, row: Product, actor: Actor, values: dict[str, Any]) -> str:
        made = reward_files.propose_list(
            product_id=row.pk, text=values["lines"], actor=actor, reason=values["reason"]
        )
        return _("is proposed (proposal %(id)s)") % {"id": made.pk}
