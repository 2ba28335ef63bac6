"""Staff screens: the directory of other providers, their addresses, and our own key."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.travel_rule import directory
from compliance.travel_rule.models import Counterparty, CounterpartyAddress
from exchange.accounts.actors import actor_of
from exchange.core.actors import Actor
from exchange.core.errors import Refused
from exchange.portal import columns, lookups
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import COMPLIANCE, page
from exchange.portal.forms import Form
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table

Status = Counterparty.Status
TONES = {Status.CHECKED: columns.WATCH, Status.ACTIVE: columns.OK, Status.SUSPENDED: columns.BAD}
MOST_SHOWN = 50


class EntryForm(Form):
    """One provider. Named by an LEI that is known, it is changed."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    lei = forms.CharField(
        label=gettext_lazy("LEI"),
        max_length=20,
        help_text=gettext_lazy("Twenty letters and digits. One that is known is changed."),
    )
    jurisdiction = forms.CharField(
        label=gettext_lazy("Country"), max_length=2, help_text=gettext_lazy("Two letters: US.")
    )
    endpoint = forms.CharField(
        label=gettext_lazy("Endpoint"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("https://…; empty while it takes no messages."),
    )
    public_key = forms.CharField(
        label=gettext_lazy("Public key"),
        max_length=64,
        required=False,
        help_text=gettext_lazy("Ed25519, 64 hexadecimal digits. Compare it by another way."),
    )
    status = forms.ChoiceField(label=gettext_lazy("Status"), choices=Status.choices)
    note = forms.CharField(
        label=gettext_lazy("What the check of it found"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class AddressForm(ReasonForm):
    """An address that is a provider's. The reason is how that is known."""

    network = forms.CharField(label=gettext_lazy("Network"), max_length=20)
    key = forms.CharField(label=gettext_lazy("Address"), max_length=128)
    field_order = ("network", "key", "reason")


class Suspend(StaffAction):
    name = "suspend"
    label = gettext_lazy("Suspend at once")
    permission = directory.CHANGE
    icon = "close"
    danger = True
    intro = gettext_lazy(
        "Nothing is sent to it and nothing taken from it any more; its transfers wait for an "
        "officer. A change of the directory, approved by two people, brings it back."
    )

    def preview(self, row: Counterparty) -> str:
        return str(row)

    def skips(self, row: Counterparty) -> str:
        return _("it is suspended") if row.status == Status.SUSPENDED else ""

    def run(self, *, row: Counterparty, actor: Actor, values: dict[str, Any]) -> str:
        directory.suspend(counterparty_id=row.pk, actor=actor, reason=values["reason"])
        return _("is suspended")


class NoteAddress(StaffAction):
    name = "note-address"
    label = gettext_lazy("Write down an address")
    permission = directory.CHANGE
    icon = "plus"
    form_class = AddressForm
    intro = gettext_lazy("An address that is this provider's. The reason says how that is known.")

    def preview(self, row: Counterparty) -> str:
        return str(row)

    def run(self, *, row: Counterparty, actor: Actor, values: dict[str, Any]) -> str:
        directory.note_address(
            counterparty_id=row.pk,
            network=values["network"].strip().upper(),
            key=values["key"].strip(),
            evidence=values["reason"],
            actor=actor,
        )
        return _("has the address now")


class AskAddress(NoteAddress):
    name = "ask-address"
    label = gettext_lazy("Ask it whether an address is its own")
    icon = "retry"
    intro = gettext_lazy("Its signed yes is the proof, and is kept.")

    def skips(self, row: Counterparty) -> str:
        return "" if row.reachable else _("it can't be asked")

    def run(self, *, row: Counterparty, actor: Actor, values: dict[str, Any]) -> str:
        address = values["key"].strip()
        kept = directory.ask_address(
            counterparty_id=row.pk,
            network=values["network"].strip().upper(),
            address=address,
            key=address.lower() if address[:2].lower() == "0x" else address,
            actor=actor,
        )
        return (
            _("says that it is its own") if kept is not None else _("says that it is not its own")
        )


def addresses_table(row: Counterparty) -> Table:
    known = row.addresses.order_by("-pk")[:MOST_SHOWN]
    return Table(
        title=_("Addresses known to be its own"),
        heads=[
            Head(_("Network")),
            Head(_("Address")),
            Head(_("Proof")),
            Head(_("Evidence")),
            Head(_("At")),
        ],
        rows=[
            (
                each.network,
                columns.mono(each.key),
                each.get_proof_display(),
                each.evidence,
                columns.moment(each.at),
            )
            for each in known
        ],
        empty=_("None yet: they come with messages that it takes, or are written down."),
    )


@admin.register(Counterparty)
class CounterpartyAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 42),)
    menu_label = gettext_lazy("Providers")
    says = gettext_lazy("Other providers with whom data about transfers are exchanged.")
    empty_says = gettext_lazy("Enter the first provider with “Enter or change a provider”.")
    big = False
    ordering = ("name",)
    row_actions = (Suspend, NoteAddress, AskAddress)
    lookups = (
        lookups.by_id(Counterparty),
        lookups.by_text(Counterparty, "lei", gettext_lazy("an LEI")),
    )
    list_display = (
        "name",
        columns.state("status", gettext_lazy("status"), TONES),
        "jurisdiction",
        columns.computed("lei_text", gettext_lazy("LEI"), lambda row: columns.mono(row.lei)),
        columns.computed(
            "takes",
            gettext_lazy("takes messages"),
            lambda row: _("yes") if row.reachable else _("not now"),
        ),
        columns.when("answered_at", gettext_lazy("last answered")),
        columns.when("failed_at", gettext_lazy("last failed")),
    )
    sections = (
        (
            gettext_lazy("Provider"),
            (
                *list_display[1:],
                columns.computed(
                    "endpoint_text",
                    gettext_lazy("endpoint"),
                    lambda row: columns.mono(row.endpoint or "—"),
                ),
                columns.computed(
                    "key_text",
                    gettext_lazy("public key"),
                    lambda row: columns.mono(row.public_key or "—"),
                ),
                "note",
                columns.when("changed_at", gettext_lazy("changed")),
            ),
        ),
    )

    def row_title(self, row: Counterparty) -> str:
        return row.name

    def headline(self, row: Counterparty) -> Any:
        return columns.badge(TONES[Status(row.status)], row.get_status_display())

    def tables(self, request: HttpRequest, row: Counterparty) -> list[Table]:
        return [addresses_table(row)]


@admin.register(CounterpartyAddress)
class CounterpartyAddressAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 43),)
    menu_label = gettext_lazy("Providers' addresses")
    says = gettext_lazy("Which addresses are a provider's, and how that is known.")
    empty_says = gettext_lazy("They come with messages that providers take, or are written down.")
    list_select_related = ("counterparty",)
    lookups = (
        lookups.by_id(CounterpartyAddress),
        lookups.by_text(CounterpartyAddress, "key", gettext_lazy("an address")),
    )
    list_display = (
        columns.computed("address", gettext_lazy("address"), lambda row: columns.mono(row.key)),
        "network",
        columns.related(
            "provider",
            gettext_lazy("provider"),
            "counterparty",
            lambda row: (row.counterparty_id, row.counterparty),
        ),
        "proof",
        columns.when("at", gettext_lazy("since")),
    )
    sections = ((gettext_lazy("Address"), (*list_display, "evidence")),)

    def row_title(self, row: CounterpartyAddress) -> str:
        return row.key


@page(
    desk=COMPLIANCE,
    path="compliance/providers/enter/",
    name="enter-provider",
    label=gettext_lazy("Enter or change a provider"),
    says=gettext_lazy("A colleague has to approve it: it decides where personal data are sent."),
    permission=directory.CHANGE,
    order=44,
)
def enter_provider(request: HttpRequest) -> HttpResponse:
    """A proposal. ?lei= begins with what is known of one."""
    known = Counterparty.objects.filter(lei=request.GET.get("lei", "")).first()
    initial = {name: getattr(known, name) for name in directory.FIELDS} if known else {}
    form = EntryForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            asked = directory.propose(
                values=values, actor=actor_of(request), reason=values.pop("reason")
            )
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(
                request, _("Proposed (proposal %(id)s): a colleague decides.") % {"id": asked.pk}
            )
            return HttpResponseRedirect(reverse("admin:compliance_counterparty_changelist"))
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "button": _("Propose it"),
        "back": reverse("admin:compliance_counterparty_changelist"),
    }
    return TemplateResponse(request, "admin/compliance/enter_provider.html", context)
