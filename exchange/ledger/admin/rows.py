"""Staff screens: ledger accounts, entries and postings. Quick at ten million rows; read-only."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.money import ZERO
from exchange.ledger.models import LedgerAccount, LedgerEntry, Posting
from exchange.portal import columns, filters, lookups
from exchange.portal.desks import TREASURY
from exchange.portal.finder import finder
from exchange.portal.panels import ROWS, panel
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table

_LATEST = """
SELECT p.id, p.entry_id
  FROM unnest(%s::bigint[]) AS wanted(account_id)
 CROSS JOIN LATERAL (SELECT id, entry_id FROM exchange_posting
                      WHERE account_id = wanted.account_id ORDER BY id DESC LIMIT %s) p
 ORDER BY p.id DESC LIMIT %s
"""
LATEST = lookups.MOST_HITS


def accounts_of(customer_id: int) -> list[int]:
    """A customer's ledger accounts. One index range."""
    rows = LedgerAccount.objects.filter(owner_kind="customer", owner_id=customer_id)
    return list(rows.values_list("pk", flat=True)[:LATEST])


def latest(account_ids: list[int]) -> list[tuple[int, int]]:
    """The newest (posting, entry) ids of some accounts: an index range each, merged."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [account_ids, LATEST, LATEST])
        return cursor.fetchall()


def postings_of_customer(customer_id: int) -> Iterable[int]:
    return [posting for posting, _entry in latest(accounts_of(customer_id))]


def entries_of_customer(customer_id: int) -> Iterable[int]:
    return [entry for _posting, entry in latest(accounts_of(customer_id))]


def owner(account: LedgerAccount) -> Any:
    if account.owner_kind == LedgerAccount.Owner.HOUSE:
        return columns.badge(columns.INFO, _("house"))
    words = _("customer %(id)s") % {"id": account.owner_id}
    return columns.link("customer", account.owner_id, words)


def account_words(account: LedgerAccount) -> str:
    who = _("house") if account.owner_id == 0 else _("customer %(id)s") % {"id": account.owner_id}
    return f"{who} · {account.purpose} · {account.asset.code}"


class OwnerFilter(filters.RecentChoiceFilter):
    title = gettext_lazy("owner")
    field = "owner_kind"
    options = LedgerAccount.Owner.choices


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 20),)
    menu_label = gettext_lazy("Ledger accounts")
    says = gettext_lazy(
        "One balance each: of a customer or the house, in one asset, for one purpose."
    )
    empty_says = gettext_lazy("Accounts open by themselves with the first movement.")
    list_select_related = ("asset",)
    lookups = (
        lookups.by_id(LedgerAccount),
        lookups.by_word("customer", gettext_lazy("“customer 42”"), accounts_of),
    )
    list_filter = (
        OwnerFilter,
        filters.text(field="asset__code", title=gettext_lazy("asset"), placeholder="USDT"),
    )
    numeric = ("available", "held")
    list_display = (
        columns.identifier("pk", gettext_lazy("account")),
        columns.computed("owner", gettext_lazy("owner"), owner),
        "purpose",
        columns.amount("available", gettext_lazy("available"), "asset__code"),
        columns.amount("held", gettext_lazy("held"), "asset__code"),
    )
    sections = (
        (
            gettext_lazy("Account"),
            (
                columns.computed("owner", gettext_lazy("owner"), owner),
                "purpose",
                columns.related(
                    "asset", gettext_lazy("asset"), "asset", lambda row: (row.asset_id, row.asset)
                ),
                columns.flag(
                    "may_be_negative",
                    gettext_lazy("below zero"),
                    yes=(columns.INFO, gettext_lazy("allowed: it stands for the outside world")),
                    no=(columns.OK, gettext_lazy("never: the database refuses it")),
                ),
            ),
        ),
        (
            gettext_lazy("Balance"),
            (
                *list_display[3:],
                columns.computed(
                    "total",
                    gettext_lazy("together"),
                    lambda row: columns.money(row.available + row.held, row.asset.code),
                ),
            ),
        ),
    )

    def row_title(self, row: LedgerAccount) -> str:
        return account_words(row)

    def tables(self, request: HttpRequest, row: LedgerAccount) -> list[Table]:
        rows = (
            Posting.objects.filter(account=row).select_related("entry").order_by("-pk")[: ROWS * 2]
        )
        return [
            Table(
                title=_("Latest postings"),
                heads=[
                    Head(_("At")),
                    Head(_("Kind")),
                    Head(_("Reference")),
                    Head(_("Available"), numeric=True),
                    Head(_("Held"), numeric=True),
                ],
                rows=[
                    (
                        columns.moment(posting.entry.created_at),
                        posting.entry.kind,
                        columns.link(
                            "ledgerentry", posting.entry_id, columns.mono(posting.entry.reference)
                        ),
                        columns.signed(posting.available),
                        columns.signed(posting.held),
                    )
                    for posting in rows
                ],
                empty=_("Nothing was posted to it yet."),
                more_url=f"{columns.admin_url(Posting, None, 'changelist')}?q=account {row.pk}",
                more_label=_("All its postings"),
            )
        ]


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 30),)
    menu_label = gettext_lazy("Ledger entries")
    says = gettext_lazy(
        "Each reason for which balances moved, once, with its postings and their sum."
    )
    empty_says = gettext_lazy("An entry appears whenever balances move.")
    lookups = (
        lookups.by_id(LedgerEntry),
        lookups.by_text(LedgerEntry, "reference", gettext_lazy("reference")),
        lookups.by_word("customer", gettext_lazy("“customer 42”"), entries_of_customer),
    )
    list_filter = (filters.since("created_at"),)
    list_display = (
        columns.identifier("pk", gettext_lazy("entry")),
        columns.when("created_at", gettext_lazy("at")),
        "kind",
        columns.identifier("reference", gettext_lazy("reference")),
        columns.related(
            "reverses",
            gettext_lazy("reverses"),
            "ledgerentry",
            lambda row: (row.reverses_id, row.reverses_id),
        ),
    )
    list_display_links = (list_display[0], list_display[3])
    sections = ((gettext_lazy("Entry"), list_display[1:]),)

    def row_title(self, row: LedgerEntry) -> str:
        return _("Entry %(id)s: %(kind)s %(reference)s") % {
            "id": row.pk,
            "kind": row.kind,
            "reference": row.reference,
        }

    def headline(self, row: LedgerEntry) -> Any:
        if LedgerEntry.objects.filter(reverses=row).exists():
            return columns.badge(columns.WATCH, _("reversed"))
        if row.reverses_id:
            return columns.badge(columns.INFO, _("a reversal"))
        return ""

    def tables(self, request: HttpRequest, row: LedgerEntry) -> list[Table]:
        """Its postings, and their sum by asset: zero, or the database would have refused it."""
        postings = list(
            Posting.objects.filter(entry=row).select_related("account__asset").order_by("pk")[:500]
        )
        sums: dict[str, Decimal] = {}
        for posting in postings:
            code = posting.account.asset.code
            sums[code] = sums.get(code, ZERO) + posting.available + posting.held
        foot = ", ".join(f"{code} {columns.amount_text(total)}" for code, total in sums.items())
        return [
            Table(
                title=_("Postings"),
                heads=[
                    Head(_("Account")),
                    Head(_("Asset")),
                    Head(_("Available"), numeric=True),
                    Head(_("Held"), numeric=True),
                ],
                rows=[
                    (
                        columns.link(
                            "ledgeraccount", posting.account_id, account_words(posting.account)
                        ),
                        posting.account.asset.code,
                        columns.signed(posting.available),
                        columns.signed(posting.held),
                    )
                    for posting in postings
                ],
                empty=_("An entry without postings is a defect: tell the ledger's keepers."),
                foot=(_("Sum by asset"), "", foot, ""),
            )
        ]


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 40),)
    menu_label = gettext_lazy("Postings")
    says = gettext_lazy("What each entry did to each account.")
    empty_says = gettext_lazy("Postings appear whenever balances move.")
    list_select_related = ("account__asset", "entry")
    lookups = (
        lookups.by_number(Posting, "entry_id", gettext_lazy("entry")),
        lookups.by_word(
            "account",
            gettext_lazy("“account 7”"),
            lambda number: [posting for posting, _entry in latest([number])],
        ),
        lookups.by_word("customer", gettext_lazy("“customer 42”"), postings_of_customer),
    )
    list_filter = (
        filters.text(field="account_id", title=gettext_lazy("account"), placeholder="7"),
    )
    numeric = ("available", "held")
    list_display = (
        columns.computed(
            "at", gettext_lazy("at"), lambda row: columns.moment(row.entry.created_at)
        ),
        columns.computed(
            "entry",
            gettext_lazy("entry"),
            lambda row: columns.link(
                "ledgerentry", row.entry_id, f"{row.entry.kind} {row.entry.reference}"
            ),
        ),
        columns.computed(
            "account",
            gettext_lazy("account"),
            lambda row: columns.link("ledgeraccount", row.account_id, account_words(row.account)),
        ),
        columns.change("available", gettext_lazy("available")),
        columns.change("held", gettext_lazy("held")),
    )
    list_display_links = (list_display[0],)
    sections = ((gettext_lazy("Posting"), list_display),)


@panel(permission="exchange.view_ledgeraccount", order=10)
def balances(request: HttpRequest, customer: Any) -> Table:
    rows = (
        LedgerAccount.objects.filter(owner_kind="customer", owner_id=customer.pk)
        .exclude(available=0, held=0)
        .select_related("asset")
        .order_by("asset__rank", "asset__code")[: ROWS * 2]
    )
    return Table(
        title=_("Balances"),
        heads=[
            Head(_("Account")),
            Head(_("Available"), numeric=True),
            Head(_("Held"), numeric=True),
        ],
        rows=[
            (
                columns.link("ledgeraccount", row.pk, f"{row.asset.code} · {row.purpose}"),
                columns.money(row.available),
                columns.money(row.held),
            )
            for row in rows
        ],
        empty=_("Holds nothing. A balance appears with the first deposit or trade."),
        more_url=f"{columns.admin_url(LedgerAccount, None, 'changelist')}?q=customer {customer.pk}",
        more_label=_("All accounts"),
    )


@finder(says=gettext_lazy("entry reference"), permission="exchange.view_ledgerentry", order=40)
def find_entry(text: str) -> list[tuple[Any, str]]:
    found = LedgerEntry.objects.filter(reference=text)[:20]
    return [
        (f"{entry.kind} {entry.reference}", columns.admin_url(LedgerEntry, entry.pk))
        for entry in found
    ]
