"""Staff screens: the keys our addresses come from, the addresses, and customers' address books."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.assets.models import Network
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Refused
from exchange.portal import columns, desks, lookups
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import SUPPORT, TREASURY
from exchange.portal.screens import ReadOnlyAdmin
from wallets.addresses import derive, keysets
from wallets.addresses.models import Address, BookEntry, KeySet


class ProposeRetirement(StaffAction):
    name = "propose-retirement"
    label = gettext_lazy("Propose to retire")
    permission = keysets.PERMISSION
    icon = "close"
    danger = True
    intro = gettext_lazy(
        "A retired set makes no new addresses; what is paid to its old ones is still credited. "
        "Takes a second person."
    )

    def preview(self, row: KeySet) -> str:
        return _("%(name)s on %(network)s makes no new addresses") % {
            "name": row.name,
            "network": row.network.code,
        }

    def skips(self, row: KeySet) -> str:
        return "" if row.active else _("retired already")

    def run(self, *, row: KeySet, actor: Actor, values: dict[str, Any]) -> str:
        asked = keysets.propose_retirement(key_set_id=row.pk, actor=actor, reason=values["reason"])
        return _("proposal %(id)s waits for a colleague") % {"id": asked.pk}


def first_address(row: KeySet) -> Any:
    """What the signer, or the cold wallet's own display, must show as address 0."""
    try:
        return columns.mono(derive.address_at(row, index=0).address)
    except Refused as refused:
        return columns.badge(columns.BAD, str(refused))


@admin.register(KeySet)
class KeySetAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 60),)
    menu_label = gettext_lazy("Key sets")
    says = gettext_lazy("The public keys that our addresses come from. Two people change them.")
    empty_says = gettext_lazy("No wallet is registered yet.")
    big = False
    list_select_related = ("network",)
    row_actions = (ProposeRetirement,)
    list_display = (
        "name",
        columns.computed("network", gettext_lazy("network"), lambda row: row.network.code),
        columns.state("role", gettext_lazy("role"), {}),
        columns.computed("scheme", gettext_lazy("kind"), lambda row: row.get_scheme_display()),
        columns.computed(
            "signatures",
            gettext_lazy("signatures"),
            lambda row: _("%(n)s of %(m)s") % {"n": row.threshold, "m": row.signers},
        ),
        columns.flag(
            "active",
            gettext_lazy("now"),
            yes=(columns.OK, gettext_lazy("in use")),
            no=(columns.QUIET, gettext_lazy("retired")),
        ),
        columns.computed("used", gettext_lazy("addresses made"), lambda row: f"{row.next_index:,}"),
    )
    sections = (
        (
            gettext_lazy("Key set"),
            (
                *list_display,
                columns.computed("first", gettext_lazy("its address 0"), first_address),
                columns.identifier("signer_key", gettext_lazy("private half, in the signer")),
                columns.identifier("public", gettext_lazy("public half")),
                columns.when("created_at", gettext_lazy("registered")),
            ),
        ),
    )


@admin.register(Address)
class AddressAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 65), (SUPPORT, 45))
    menu_label = gettext_lazy("Addresses")
    says = gettext_lazy("Every address that pays us, and whose it is.")
    empty_says = gettext_lazy("An address appears here when a customer first asks for it.")
    list_select_related = ("network", "key_set")
    lookups = (
        lookups.by_id(Address),
        lookups.by_word(
            "customer",
            gettext_lazy("“customer 42”"),
            lambda number: Address.objects.filter(customer_id=number).values_list("pk", flat=True)[
                : lookups.MOST_HITS
            ],
        ),
        lookups.Lookup(
            says=gettext_lazy("address"),
            ids=lambda text: _by_address(text),
        ),
    )
    list_display = (
        columns.identifier("address", gettext_lazy("address")),
        columns.computed("network", gettext_lazy("network"), lambda row: row.network.code),
        columns.computed(
            "owner",
            gettext_lazy("whose"),
            lambda row: (
                columns.link("customer", row.customer_id, f"customer {row.customer_id}")
                if row.customer_id
                else row.key_set.name
            ),
        ),
        columns.identifier("memo", gettext_lazy("memo")),
        columns.when("created_at", gettext_lazy("made")),
        columns.when("retired_at", gettext_lazy("replaced")),
    )
    sections = (
        (
            gettext_lazy("Address"),
            (
                *list_display,
                columns.computed("keys", gettext_lazy("key set"), lambda row: row.key_set.name),
                columns.computed("index", gettext_lazy("index"), lambda row: row.index),
                columns.computed(
                    "branch",
                    gettext_lazy("branch"),
                    lambda row: _("change") if row.change else _("receiving"),
                ),
            ),
        ),
    )


def _by_address(text: str) -> list[int]:
    """By its key, on whichever networks: one read of the unique index a network."""
    wanted = text.strip()
    if len(wanted) < 20 or not wanted.isascii():
        return []
    keys = {wanted, wanted.lower()}
    networks = Network.objects.filter(key_sets__isnull=False).distinct()
    rows = Address.objects.filter(network__in=networks, key__in=keys)
    return list(rows.values_list("pk", flat=True)[: lookups.MOST_HITS])


@admin.register(BookEntry)
class BookEntryAdmin(ReadOnlyAdmin):
    desks = ((SUPPORT, 50),)
    menu_label = gettext_lazy("Address books")
    says = gettext_lazy("Where customers withdraw to. Only they change it.")
    empty_says = gettext_lazy("No customer has added an address yet.")
    list_select_related = ("network",)
    lookups = (
        lookups.by_id(BookEntry),
        lookups.by_word(
            "customer",
            gettext_lazy("“customer 42”"),
            lambda number: BookEntry.objects.filter(customer_id=number).values_list(
                "pk", flat=True
            )[: lookups.MOST_HITS],
        ),
    )
    list_display = (
        columns.computed(
            "customer",
            gettext_lazy("customer"),
            lambda row: columns.link("customer", row.customer_id, f"customer {row.customer_id}"),
        ),
        "label",
        columns.identifier("address", gettext_lazy("address")),
        columns.computed("network", gettext_lazy("network"), lambda row: row.network.code),
        columns.computed("now", gettext_lazy("now"), lambda row: _entry_state(row)),
        columns.when("added_at", gettext_lazy("added")),
        columns.when("usable_at", gettext_lazy("usable from")),
        columns.when("removed_at", gettext_lazy("removed")),
    )
    sections = ((gettext_lazy("Entry"), (*list_display, "memo")),)


def _entry_state(row: BookEntry) -> Any:
    if row.removed_at:
        return columns.badge(columns.QUIET, _("removed"))
    if row.usable_at > clock.now():
        return columns.badge(columns.WATCH, _("waits"))
    return columns.badge(columns.OK, _("usable"))


class RegisterForm(ReasonForm):
    """What a new key set is. The verb judges it."""

    field_order = ("network_code", "name", "role", "scheme", "public")
    network_code = forms.ChoiceField(label=gettext_lazy("Network"))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=KeySet.Role.choices)
    scheme = forms.ChoiceField(label=gettext_lazy("Kind"), choices=KeySet.Scheme.choices)
    public = forms.CharField(
        label=gettext_lazy("Public half"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "dir": "ltr"}),
        help_text=gettext_lazy("A descriptor, an account xpub or an address. Never a private key."),
    )
    threshold = forms.IntegerField(label=gettext_lazy("Signatures needed"), min_value=1, initial=1)
    signers = forms.IntegerField(label=gettext_lazy("Signatures there are"), min_value=1, initial=1)
    signer_key = forms.CharField(
        label=gettext_lazy("Name in the signer"), max_length=60, required=False
    )
    first_address = forms.CharField(
        label=gettext_lazy("Its address 0, as the other side shows it"),
        max_length=128,
        help_text=gettext_lazy("Must be what is derived here: it proves that both mean one key."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        networks = Network.objects.order_by("code")
        self.fields["network_code"].choices = [  # type: ignore[attr-defined]
            (network.code, f"{network.code}: {network.name}") for network in networks
        ]


@desks.page(
    desk=TREASURY,
    path="key-sets/register/",
    name="register_key_set",
    label=gettext_lazy("Register keys"),
    says=gettext_lazy("Propose the public half of a new wallet."),
    permission=keysets.PERMISSION,
    order=61,
)
def register(request: HttpRequest) -> HttpResponse:
    """Propose a key set; a colleague decides."""
    form = RegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = keysets.propose(actor=actor_of(request), **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(
                request, _("Proposal %(id)s waits for a colleague.") % {"id": asked.pk}
            )
            return HttpResponseRedirect(columns.admin_url(KeySet, None, "changelist"))
    context = {**request.staff_context, "form": form}  # type: ignore[attr-defined]
    return TemplateResponse(request, "wallets/addresses/register.html", context)
