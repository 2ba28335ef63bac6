"""What staff do to deposits that wait. Each calls its verb; money for somebody takes two people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.columns import amount_text
from wallets.deposits import review
from wallets.deposits.models import Deposit

State = Deposit.State


def what(row: Deposit) -> str:
    """0.5 BTC of customer 7."""
    amount = f"{amount_text(row.amount)} {row.asset_code}" if row.asset_code else _("unknown coin")
    if row.customer_id is None:
        return _("%(amount)s, whose owner is not known") % {"amount": amount}
    return _("%(amount)s of customer %(id)s") % {"amount": amount, "id": row.customer_id}


class Decide(StaffAction):
    """One decision about deposits in certain states."""

    permission = review.REVIEW
    from_states: ClassVar[set[str]] = set()
    verb: ClassVar[Callable[..., Deposit]]
    will: ClassVar[Any] = ""
    done: ClassVar[Any] = ""

    def preview(self, row: Deposit) -> str:
        return f"{what(row)}: {self.will}"

    def skips(self, row: Deposit) -> str:
        if row.state in self.from_states:
            return ""
        return _("it is %(state)s") % {"state": row.get_state_display()}

    def run(self, *, row: Deposit, actor: Actor, values: dict[str, Any]) -> str:
        type(self).verb(deposit_id=row.pk, actor=actor, reason=values["reason"])
        return str(self.done)


class CheckAgain(Decide):
    name = "check-again"
    label = gettext_lazy("Check again")
    icon = "play"
    from_states: ClassVar[set[str]] = {State.HELD}
    verb = review.check_again
    intro = gettext_lazy("Every gate judges it anew. Use it after what held it was put right.")
    will = gettext_lazy("is judged anew")
    done = gettext_lazy("is being judged anew")


class WaiveMinimum(Decide):
    name = "waive-minimum"
    label = gettext_lazy("Credit although small")
    icon = "check"
    from_states: ClassVar[set[str]] = {State.BELOW_MINIMUM}
    verb = review.waive_minimum
    intro = gettext_lazy("It goes through the gates and is credited like any other.")
    will = gettext_lazy("goes on, although it is below the minimum")
    done = gettext_lazy("goes on")


class ListAsset(Decide):
    name = "list-asset"
    label = gettext_lazy("Now listed: go on")
    icon = "play"
    from_states: ClassVar[set[str]] = {State.UNKNOWN_ASSET}
    verb = review.list_asset_found
    intro = gettext_lazy("For coins whose contract was listed after they had arrived.")
    will = gettext_lazy("goes on as the asset that is listed now")
    done = gettext_lazy("goes on")


class Refuse(Decide):
    name = "refuse"
    label = gettext_lazy("Refuse: to be returned")
    icon = "close"
    danger = True
    from_states: ClassVar[set[str]] = {State.HELD, State.UNKNOWN_ASSET, State.NO_OWNER}
    verb = review.refuse
    intro = gettext_lazy(
        "Nobody is credited. The coins stay in our wallet until treasury returns them; the "
        "customer sees that it was not accepted."
    )
    will = gettext_lazy("is not credited and waits to be returned")
    done = gettext_lazy("is to be returned")


class Reconsider(Decide):
    name = "reconsider"
    label = gettext_lazy("Take back the refusal")
    icon = "play"
    from_states: ClassVar[set[str]] = {State.REFUSED}
    verb = review.reconsider
    intro = gettext_lazy("Puts it back among the held ones.")
    will = gettext_lazy("is held again")
    done = gettext_lazy("is held again")


class Ignore(Decide):
    name = "ignore"
    label = gettext_lazy("Put aside")
    icon = "close"
    from_states: ClassVar[set[str]] = {State.BELOW_MINIMUM, State.UNKNOWN_ASSET, State.NO_OWNER}
    verb = review.ignore
    intro = gettext_lazy("For dust and spam: out of the queue, the row and the coins stay.")
    will = gettext_lazy("is put aside")
    done = gettext_lazy("is put aside")


class ReturnForm(ReasonForm):
    txid = forms.CharField(label=gettext_lazy("Transaction that returned it"), max_length=66)


class NoteReturn(Decide):
    name = "note-return"
    label = gettext_lazy("Note its return")
    icon = "check"
    from_states: ClassVar[set[str]] = {State.REFUSED}
    form_class = ReturnForm
    intro = gettext_lazy("Write down by which transaction treasury sent it back.")
    will = gettext_lazy("counts as returned")

    def run(self, *, row: Deposit, actor: Actor, values: dict[str, Any]) -> str:
        review.note_return(
            deposit_id=row.pk, txid=values["txid"], actor=actor, reason=values["reason"]
        )
        return _("is returned")


class ProposeRelease(Decide):
    name = "propose-release"
    label = gettext_lazy("Propose to credit")
    permission = review.GRANT
    icon = "check"
    from_states: ClassVar[set[str]] = {State.HELD}
    intro = gettext_lazy(
        "Crediting what a gate held takes two people: this asks for the second one."
    )
    will = gettext_lazy("is credited once a colleague agrees")

    def run(self, *, row: Deposit, actor: Actor, values: dict[str, Any]) -> str:
        asked = review.propose_release(deposit_id=row.pk, actor=actor, reason=values["reason"])
        return _("proposal %(id)s waits for a colleague") % {"id": asked.pk}


class OwnerForm(ReasonForm):
    customer_id = forms.IntegerField(label=gettext_lazy("Customer's number"), min_value=1)


class ProposeOwner(Decide):
    name = "propose-owner"
    label = gettext_lazy("Propose its owner")
    permission = review.GRANT
    icon = "check"
    from_states: ClassVar[set[str]] = {State.NO_OWNER}
    form_class = OwnerForm
    intro = gettext_lazy(
        "For deposits whose memo was missing or wrong, once it is proved whose they are. A second "
        "person decides; then it is judged and credited like any other."
    )
    will = gettext_lazy("gets the owner that you name, once a colleague agrees")

    def run(self, *, row: Deposit, actor: Actor, values: dict[str, Any]) -> str:
        asked = review.propose_assignment(
            deposit_id=row.pk,
            customer_id=values["customer_id"],
            actor=actor,
            reason=values["reason"],
        )
        return _("proposal %(id)s waits for a colleague") % {"id": asked.pk}


ALL = (
    ProposeRelease, CheckAgain, ProposeOwner, WaiveMinimum, ListAsset, Refuse, NoteReturn,
    Reconsider, Ignore,
)  # fmt: skip
