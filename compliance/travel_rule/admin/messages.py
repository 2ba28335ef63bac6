"""Staff screens: every transfer under the travel rule, what waits for an officer, and the data."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.travel_rule import decide
from compliance.travel_rule.ivms101 import parts
from compliance.travel_rule.ivms101.parts import Party
from compliance.travel_rule.models import TravelMessage
from compliance.travel_rule.states import SETTLED, State
from exchange.accounts.actors import actor_of
from exchange.core.actors import Actor
from exchange.core.errors import NotFound
from exchange.core.money import plain
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import COMPLIANCE, page
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table

TONES = {
    State.CUSTOMER: columns.INFO,
    State.READY: columns.INFO,
    State.UNREACHABLE: columns.WATCH,
    State.SENT: columns.INFO,
    State.REPAIR: columns.WATCH,
    State.STAFF: columns.WATCH,
    State.RECEIVED: columns.INFO,
    State.ACCEPTED: columns.OK,
    State.KEPT: columns.OK,
    State.RELEASED: columns.OK,
    State.REFUSED: columns.BAD,
    State.CANCELLED: columns.QUIET,
}


def said(row: TravelMessage) -> str:
    """A transfer in a few words."""
    return _("%(amount)s %(asset)s, %(direction)s (%(transfer)s)") % {
        "amount": plain(row.amount),
        "asset": row.asset,
        "direction": row.get_direction_display(),
        "transfer": row.transfer or _("coins to come"),
    }


class OnOpen(StaffAction):
    """Something that is done to a transfer that is not settled."""

    states: tuple[State, ...] = ()

    def preview(self, row: TravelMessage) -> str:
        return said(row)

    def skips(self, row: TravelMessage) -> str:
        if row.state in self.states:
            return ""
        return _("it is %(state)s") % {"state": row.get_state_display()}


class SendAgain(OnOpen):
    name = "send-again"
    label = gettext_lazy("Send again")
    permission = decide.WORK
    icon = "retry"
    intro = gettext_lazy(
        "An outgoing message is built from what is known now and sent; for coins that came, the "
        "sender's provider is asked again."
    )
    states = tuple(decide.SENDABLE)

    def run(self, *, row: TravelMessage, actor: Actor, values: dict[str, Any]) -> str:
        done = decide.send_again(message_id=row.pk, actor=actor, reason=values["reason"])
        return _("is %(state)s") % {"state": done.get_state_display()}


class AskCustomer(OnOpen):
    name = "ask-customer"
    label = gettext_lazy("Ask the customer")
    permission = decide.WORK
    icon = "user"
    intro = gettext_lazy("The customer is asked on the page whose the other address is.")
    states = (State.STAFF, State.REPAIR, State.SENT, State.UNREACHABLE, State.READY)

    def run(self, *, row: TravelMessage, actor: Actor, values: dict[str, Any]) -> str:
        decide.ask_customer(message_id=row.pk, actor=actor, reason=values["reason"])
        return _("waits for the customer")


class Release(OnOpen):
    name = "release"
    label = gettext_lazy("Propose to accept it as it is")
    permission = decide.RELEASE
    icon = "check"
    intro = gettext_lazy(
        "The coins move although data are missing or do not agree. A colleague has to approve it; "
        "the other gates still have their say."
    )
    states = tuple(decide.RELEASABLE)

    def run(self, *, row: TravelMessage, actor: Actor, values: dict[str, Any]) -> str:
        asked = decide.propose_release(message_id=row.pk, actor=actor, reason=values["reason"])
        return _("is proposed (proposal %(id)s)") % {"id": asked.pk}


class Refuse(OnOpen):
    name = "refuse"
    label = gettext_lazy("Refuse")
    permission = decide.WORK
    icon = "close"
    danger = True
    intro = gettext_lazy(
        "Coins that came wait for their return; a withdrawal stays held for whoever decides "
        "withdrawals. The other provider is told."
    )
    states = tuple(s for s in State if s not in [*SETTLED, State.REFUSED, State.CANCELLED])

    def run(self, *, row: TravelMessage, actor: Actor, values: dict[str, Any]) -> str:
        decide.refuse(message_id=row.pk, actor=actor, reason=values["reason"])
        return _("is refused")


def payload_link(row: TravelMessage) -> Any:
    if row.sealed is None:
        return _("erased after its time") if row.erased_at else _("none")
    url = reverse("admin:travel-payload", args=[row.pk])
    return format_html('<a href="{}">{}</a>', url, _("Open (is written down)"))


def exchanges_table(row: TravelMessage) -> Table:
    """What went back and forth about this transfer, the newest first."""
    rows = row.exchanges.select_related("counterparty").order_by("-id")[:50]
    return Table(
        title=_("What was exchanged"),
        heads=[
            Head(_("At")),
            Head(_("With")),
            Head(_("Way")),
            Head(_("What")),
            Head(_("Status"), numeric=True),
            Head(_("Outcome")),
            Head(_("SHA-256 of the text")),
        ],
        rows=[
            (
                columns.moment(each.at),
                each.counterparty.name,
                _("to us") if each.to_us else _("from us"),
                each.what,
                each.status or columns.NOTHING,
                each.outcome or columns.NOTHING,
                columns.mono(f"{each.body_sha256[:16]}…"),
            )
            for each in rows
        ],
        empty=_("Nothing yet: messages appear here as they are sent and received."),
    )


def faults_table(row: TravelMessage) -> Table:
    return Table(
        title=_("What is at fault or missing"),
        heads=[Head(_("Field")), Head(_("Constraint")), Head(_("What is wrong"))],
        rows=[
            (
                columns.mono(each.get("field", "")),
                each.get("constraint", ""),
                each.get("message", ""),
            )
            for each in row.faults[:50]
        ],
        empty=_("Nothing."),
    )


@admin.register(TravelMessage)
class TravelMessageAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 40),)
    menu_label = gettext_lazy("Travel rule")
    opens_with: ClassVar = {"state": State.STAFF}
    says = gettext_lazy("Transfers that carry data of who pays whom: where each stands, and why.")
    empty_says = gettext_lazy(
        "Transfers from the amount of each law on appear here when customers make them."
    )
    list_select_related = ("counterparty",)
    lookups = (
        lookups.by_id(TravelMessage),
        lookups.by_text(
            TravelMessage,
            "transfer",
            gettext_lazy("“withdrawal:17”"),
            pattern=r"(withdrawal|deposit):\d+",
        ),
        lookups.by_word(
            "customer",
            gettext_lazy("“customer 42”"),
            lambda number: (
                TravelMessage.objects.filter(customer_id=number)
                .order_by("-pk")
                .values_list("pk", flat=True)[: lookups.MOST_HITS]
            ),
        ),
    )
    list_filter = (
        filters.choice(
            field="state", title=gettext_lazy("state"), options=State.choices, indexed=True
        ),
    )
    row_actions = (SendAgain, AskCustomer, Release, Refuse)
    list_display = (
        columns.computed("message", gettext_lazy("message"), lambda row: row.pk),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.computed("way", gettext_lazy("way"), lambda row: row.get_direction_display()),
        columns.computed(
            "amount", gettext_lazy("amount"), lambda row: columns.money(row.amount, row.asset)
        ),
        columns.computed(
            "with", gettext_lazy("provider"), lambda row: row.counterparty or columns.NOTHING
        ),
        columns.computed(
            "about", gettext_lazy("transfer"), lambda row: row.transfer or columns.NOTHING
        ),
        columns.computed("why", gettext_lazy("why"), lambda row: row.says or columns.NOTHING),
        columns.when("created_at", gettext_lazy("since")),
    )
    numeric = ("amount",)
    sections = (
        (
            gettext_lazy("Transfer"),
            (
                *list_display[2:6],
                columns.computed(
                    "customer",
                    gettext_lazy("our customer"),
                    lambda row: columns.link(
                        "customer", row.customer_id, f"customer {row.customer_id}"
                    ),
                ),
                columns.computed(
                    "worth", gettext_lazy("worth then"), lambda row: columns.money(row.usd, "USD")
                ),
                columns.computed(
                    "address", gettext_lazy("to the address"), lambda row: columns.mono(row.address)
                ),
                columns.computed(
                    "sender",
                    gettext_lazy("came from"),
                    lambda row: columns.mono(row.sender or columns.NOTHING),
                ),
                columns.computed(
                    "txid",
                    gettext_lazy("transaction"),
                    lambda row: columns.mono(row.txid or columns.NOTHING),
                ),
            ),
        ),
        (
            gettext_lazy("Data"),
            (
                "regime",
                "uid",
                columns.computed(
                    "whose",
                    gettext_lazy("the customer says"),
                    lambda row: row.owner.get_kind_display() if row.owner else columns.NOTHING,
                ),
                columns.computed(
                    "proof",
                    gettext_lazy("proved by"),
                    lambda row: (row.owner and row.owner.get_proof_display()) or columns.NOTHING,
                ),
                columns.computed("payload", gettext_lazy("personal data"), payload_link),
                columns.computed("why", gettext_lazy("why"), lambda row: row.says or "—"),
                "attempts",
                columns.when("next_try_at", gettext_lazy("next try")),
                columns.when("due_at", gettext_lazy("an officer's from")),
                "keep_until",
            ),
        ),
    )

    def waiting(self, request: HttpRequest) -> QuerySet[TravelMessage]:
        return TravelMessage.objects.filter(state=State.STAFF)

    def headline(self, row: TravelMessage) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def tables(self, request: HttpRequest, row: TravelMessage) -> list[Table]:
        faults = [faults_table(row)] if row.faults else []
        return [*faults, exchanges_table(row)]


@page(
    desk=COMPLIANCE,
    path="compliance/travel/<int:message_id>/data/",
    name="travel-payload",
    label=gettext_lazy("Personal data of a transfer"),
    says=gettext_lazy("Who pays whom, as the message says. Every look is in the audit log."),
    permission=decide.SEE,
    in_menu=False,
)
def travel_payload(request: HttpRequest, message_id: int) -> HttpResponse:
    """Opened on purpose, and written down."""
    try:
        payload = decide.look_at_payload(message_id=message_id, actor=actor_of(request))
    except NotFound as unknown:
        raise Http404 from unknown
    tables: list[Table] = []
    if payload is not None:
        message = parts.read(payload)
        tables = [
            party_table(_("Who pays"), message.originator),
            party_table(_("Who is paid"), message.beneficiary),
        ]
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "tables": tables,
        "back": reverse("admin:compliance_travelmessage_change", args=[message_id]),
    }
    return TemplateResponse(request, "admin/compliance/travel_payload.html", context)


def party_table(title: str, party: Party) -> Table:
    """A party's data, field by field; what a message does not say is left out."""
    lines = (
        (_("Name"), party.name),
        (_("Kind"), _("company") if party.company else _("person")),
        (_("Street"), party.street),
        (_("Town"), " ".join(filter(None, (party.postal_code, party.city, party.region)))),
        (_("Country"), party.country),
        (_("Born"), " ".join(filter(None, (party.birth_date, party.birth_place)))),
        (_("Customer number"), party.customer_number),
        (_("Accounts"), ", ".join(party.accounts)),
    )
    return Table(
        title=title,
        heads=[Head(_("Field")), Head(_("Value"))],
        rows=[(name, value) for name, value in lines if value],
        empty=_("Nothing."),
    )
