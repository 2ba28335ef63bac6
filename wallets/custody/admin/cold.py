"""Staff screens: payments out of cold storage, who has signed, and what they signed."""

from __future__ import annotations

import base64
import json
from typing import Any, ClassVar

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.errors import Refused
from exchange.core.money import from_units
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import TREASURY, page
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from wallets.addresses import queries
from wallets.addresses.chain_names import chain_of
from wallets.addresses.models import KeySet
from wallets.chains import parameters
from wallets.chains.interface import ChainUnavailable
from wallets.chains.scripts import address_of
from wallets.custody import psbt, safe
from wallets.custody.cold import cancel, hand_in, send
from wallets.custody.models import ColdPayment

State = ColdPayment.State
TONES = {
    State.DRAFTED: columns.INFO,
    State.SIGNING: columns.WATCH,
    State.READY: columns.INFO,
    State.SENT: columns.INFO,
    State.DONE: columns.OK,
    State.CANCELLED: columns.QUIET,
    State.FAILED: columns.BAD,
}
VIEW = "wallets.view_coldpayment"


def state_badge(row: ColdPayment) -> Any:
    return columns.badge(TONES[State(row.state)], row.get_state_display())


def amount_of(row: ColdPayment) -> Any:
    what = row.asset_network
    return columns.money(from_units(row.units, what.decimals), what.asset.code)


def recipient_of(row: ColdPayment) -> Any:
    if row.whose:
        return columns.together([columns.badge(columns.OK, row.whose), columns.mono(row.address)])
    return columns.together(
        [columns.badge(columns.WATCH, _("not ours")), columns.mono(row.address)]
    )


def signed_of(row: ColdPayment) -> str:
    return _("%(n)s of %(needed)s") % {"n": row.signatures.count(), "needed": row.threshold}


class Send(StaffAction):
    name = "send"
    label = gettext_lazy("Send")
    permission = send.PERMISSION
    icon = "play"
    danger = True
    intro = gettext_lazy(
        "Puts the cosigners' signatures together and gives the transaction to the network. From "
        "then on only the chain decides."
    )

    def preview(self, row: ColdPayment) -> str:
        return _("%(amount)s to %(address)s, signed by %(who)s") % {
            "amount": amount_of(row),
            "address": row.whose or row.address,
            "who": ", ".join(row.signatures.values_list("cosigner", flat=True)),
        }

    def skips(self, row: ColdPayment) -> str:
        if row.state != State.READY:
            return _("%(signed)s cosigners have signed; it is %(state)s") % {
                "signed": signed_of(row),
                "state": row.get_state_display(),
            }
        return ""

    def run(self, *, row: ColdPayment, actor: Actor, values: dict[str, Any]) -> str:
        try:
            send.send(payment_id=row.pk, actor=actor)
        except ChainUnavailable as error:
            raise Refused(_("The network's node does not answer. Nothing was sent.")) from error
        return _("is on its way")


class Cancel(StaffAction):
    name = "cancel"
    label = gettext_lazy("Cancel")
    permission = cancel.PERMISSION
    icon = "close"
    intro = gettext_lazy(
        "Lets go of what it set aside. Signatures that exist stay with whoever has them: draft "
        "the next payment soon, which makes them worthless."
    )

    def preview(self, row: ColdPayment) -> str:
        return _("Will not be paid: %(amount)s") % {"amount": amount_of(row)}

    def skips(self, row: ColdPayment) -> str:
        if row.state not in cancel.BEFORE_SENDING:
            return _("it is %(state)s") % {"state": row.get_state_display()}
        return ""

    def run(self, *, row: ColdPayment, actor: Actor, values: dict[str, Any]) -> str:
        cancel.cancel(payment_id=row.pk, actor=actor, reason=values["reason"])
        return _("is cancelled")


@admin.register(ColdPayment)
class ColdPaymentAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 8),)
    menu_label = gettext_lazy("Cold payments")
    opens_with: ClassVar = {"state": filters.WAITING}
    says = gettext_lazy("Payments out of cold storage: who has signed, and what is still missing.")
    empty_says = gettext_lazy("Drafted on the treasury board, or by itself when hot runs low.")
    big = False
    ordering = ("-pk",)
    list_select_related = ("key_set", "asset_network__asset")
    lookups = (lookups.by_id(ColdPayment),)
    list_filter = (
        filters.choice(
            field="state",
            title=gettext_lazy("state"),
            options=State.choices,
            indexed=False,
            waiting=(State.DRAFTED, State.SIGNING, State.READY, State.SENT),
        ),
    )
    row_actions = (Send, Cancel)
    numeric = ("amount",)
    change_form_template = "wallets/custody/cold_payment.html"
    list_display = (
        columns.identifier("pk", gettext_lazy("payment")),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.computed("wallet", gettext_lazy("wallet"), lambda row: row.key_set.name),
        columns.computed("amount", gettext_lazy("amount"), amount_of),
        columns.computed("recipient", gettext_lazy("to"), recipient_of),
        columns.computed("signed", gettext_lazy("signed"), signed_of),
        columns.identifier("drafted_by", gettext_lazy("drafted by")),
        columns.when("drafted_at", gettext_lazy("drafted")),
    )
    sections = (
        (
            gettext_lazy("Payment"),
            (
                *list_display[2:6],
                columns.computed("fee", gettext_lazy("network fee"), lambda row: fee_of(row)),
                "reason",
            ),
        ),
        (
            gettext_lazy("Life"),
            (
                columns.identifier("drafted_by", gettext_lazy("drafted by")),
                columns.computed(
                    "approved_by",
                    gettext_lazy("approved by"),
                    lambda row: columns.mono(row.approved_by),
                ),
                columns.when("drafted_at", gettext_lazy("drafted")),
                columns.when("ready_at", gettext_lazy("ready")),
                columns.when("sent_at", gettext_lazy("sent")),
                columns.when("ended_at", gettext_lazy("ended")),
                columns.identifier("txid", gettext_lazy("transaction")),
                columns.computed(
                    "last_error",
                    gettext_lazy("what stands in the way"),
                    lambda row: row.last_error or columns.NOTHING,
                ),
            ),
        ),
    )

    def headline(self, row: ColdPayment) -> Any:
        return state_badge(row)

    def notice(self, request: HttpRequest, row: ColdPayment) -> Any:
        if not row.whose:
            return _("This pays an address that is none of our wallets'.")
        return ""

    def tables(self, request: HttpRequest, row: ColdPayment) -> list[Table]:
        return [_cosigners(row), contents(row)]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        more = dict(extra_context or {})
        if row is not None:
            more |= _doors(request, row)
        return super().change_view(request, object_id, form_url, more)


def fee_of(row: ColdPayment) -> Any:
    if row.key_set.scheme == KeySet.Scheme.SAFE:
        return _("paid by whoever executes it")
    return columns.money(from_units(row.fee_units, row.asset_network.decimals), "BTC")


def _doors(request: HttpRequest, row: ColdPayment) -> dict[str, Any]:
    """What the page offers besides the actions."""
    is_safe = row.key_set.scheme == KeySet.Scheme.SAFE
    open_to_sign = row.state in (State.SIGNING, State.READY)
    doors: dict[str, Any] = {"is_safe": is_safe}
    if open_to_sign:
        doors["file_url"] = reverse("admin:cold_file", args=[row.pk])
        if request.user.has_perm(hand_in.PERMISSION):  # type: ignore[union-attr]
            doors["hand_in_url"] = reverse("admin:cold_hand_in", args=[row.pk])
    if is_safe and row.state == State.READY:
        doors["call"] = {"to": row.key_set.public, "data": send.call_data(row)}
    return doors


def _cosigners(row: ColdPayment) -> Table:
    signed = {each.cosigner: each for each in row.signatures.all()}
    return Table(
        title=_("Cosigners"),
        heads=[Head(_("Cosigner")), Head(_("Signed")), Head(_("Handed in")), Head(_("By"))],
        rows=[
            (
                columns.mono(cosigner),
                columns.badge(columns.OK, _("signed"))
                if cosigner in signed
                else columns.badge(columns.QUIET, _("not yet")),
                columns.moment(signed[cosigner].handed_in_at) if cosigner in signed else "—",
                signed[cosigner].handed_in_by if cosigner in signed else "—",
            )
            for cosigner in row.cosigners
        ],
        empty=_("Known as soon as what they need to check it is gathered."),
        note=_("%(needed)s of %(all)s have to sign.")
        % {"needed": row.threshold, "all": row.key_set.signers},
    )


def contents(row: ColdPayment) -> Table:
    """What is signed, decoded from the very bytes that cosigners get."""
    heads = [Head(_("What")), Head(_("Where")), Head(_("Amount"), numeric=True)]
    if not row.unsigned:
        return Table(title=_("Contents"), heads=heads, rows=[], empty=_("Not gathered yet."))
    decode = _safe_rows if row.key_set.scheme == KeySet.Scheme.SAFE else _bitcoin_rows
    return Table(
        title=_("Contents"),
        heads=heads,
        rows=decode(row),
        empty="",
        note=_("Decoded from what cosigners sign: %(digest)s") % {"digest": row.digest},
    )


def _bitcoin_rows(row: ColdPayment) -> list[tuple[Any, Any, Any]]:
    found = psbt.contents(row.unsigned)
    native = row.asset_network

    def coins(units: int) -> Any:
        return columns.money(from_units(units, native.decimals), native.asset.code)

    rows = [(_("spends"), columns.mono(f"{t}:{n}"), coins(u)) for t, n, u in found.inputs]
    network = row.key_set.network
    chain = parameters.COINS[network.code, chain_of(network.code)]
    paid = [(address_of(output.script, chain), output.units) for output in found.outputs]
    ours = queries.ours(network.pk, [address for address, _units in paid])
    for address, units in paid:
        back = address in ours and ours[address].key_set_id == row.key_set_id
        if address == row.address:
            words: Any = _("pays %(whose)s") % {"whose": row.whose or _("somebody else")}
        elif back:
            words = _("comes back to the wallet")
        else:
            words = columns.badge(columns.BAD, _("leaves the wallet"))
        rows.append((words, columns.mono(address or columns.NOTHING), coins(units)))
    return [*rows, (_("fee"), columns.NOTHING, coins(found.fee))]


def _safe_rows(row: ColdPayment) -> list[tuple[Any, Any, Any]]:
    chain_id, address, tx = safe.read_typed_data(json.loads(row.unsigned))
    paid = safe.decoded(tx)
    what = row.asset_network
    return [
        (_("chain"), columns.NOTHING, str(chain_id)),
        (_("the Safe"), columns.mono(address), _("number %(n)s") % {"n": tx.nonce}),
        (
            _("pays"),
            columns.mono(paid.recipient),
            columns.money(from_units(paid.units, what.decimals), what.asset.code),
        ),
    ]


@page(
    desk=TREASURY,
    path="treasury/cold/<int:payment_id>/file/",
    name="cold_file",
    label=gettext_lazy("File to sign"),
    permission=VIEW,
    in_menu=False,
)
def file(request: HttpRequest, payment_id: int) -> HttpResponse:
    """What cosigners take to their machines: a PSBT, or the JSON of a Safe transaction."""
    row = ColdPayment.objects.select_related("key_set").filter(pk=payment_id).first()
    if row is None or not row.unsigned or row.state == State.DRAFTED:
        raise Http404(str(payment_id))
    if row.key_set.scheme == KeySet.Scheme.SAFE:
        response = HttpResponse(row.unsigned, content_type="application/json")
        name = f"cold-{row.pk}.json"
    else:
        raw = base64.b64decode(row.unsigned)
        response = HttpResponse(raw, content_type="application/octet-stream")
        name = f"cold-{row.pk}.psbt"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
