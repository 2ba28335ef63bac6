"""Staff screen: campaigns, how much of each budget is used, and what can be done with one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.portal import columns, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import LAUNCHPAD
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from launchpad.programmes import queries as programmes
from launchpad.rewards import campaigns, competition, queries, recipients, rules, terms
from launchpad.rewards.models import Campaign, RecipientFile, Referral, Reward

State, Kind = Campaign.State, Campaign.Kind
TONES = {
    State.DRAFT: columns.QUIET,
    State.OPEN: columns.OK,
    State.STOPPED: columns.WATCH,
    State.CLOSED: columns.QUIET,
}
REWARD_TONES = {
    Reward.State.HELD: columns.WATCH,
    Reward.State.DUE: columns.INFO,
    Reward.State.PAYING: columns.INFO,
    Reward.State.PAID: columns.OK,
    Reward.State.REFUSED: columns.BAD,
}


class OpenCampaign(StaffAction):
    name = "open-campaign"
    label = gettext_lazy("Open")
    permission = campaigns.MANAGE
    icon = "check"
    intro = gettext_lazy("Customers see it, and it gives rewards. Its terms change no more.")

    def preview(self, row: Campaign) -> str:
        available, _held = programmes.house_balances_of(row.programme)
        return _("budget %(budget)s, in the programme %(there)s") % {
            "budget": columns.amount_text(row.budget),
            "there": columns.amount_text(available),
        }

    def skips(self, row: Campaign) -> str:
        able = row.state in (State.DRAFT, State.STOPPED)
        return "" if able else _("it is %(state)s") % {"state": row.get_state_display()}

    def run(self, *, row: Campaign, actor: Actor, values: dict[str, Any]) -> str:
        campaigns.open_campaign(campaign_id=row.pk, actor=actor, reason=values["reason"])
        return _("is open")


class StopCampaign(StaffAction):
    name = "stop-campaign"
    label = gettext_lazy("Stop")
    permission = campaigns.MANAGE
    icon = "alarm"
    danger = True
    intro = gettext_lazy("Gives nothing any more, until it is opened again. What is due is paid.")

    def preview(self, row: Campaign) -> str:
        return _("gives nothing any more")

    def skips(self, row: Campaign) -> str:
        return "" if row.state == State.OPEN else _("it is not open")

    def run(self, *, row: Campaign, actor: Actor, values: dict[str, Any]) -> str:
        campaigns.stop(campaign_id=row.pk, actor=actor, reason=values["reason"])
        return _("is stopped")


class CloseCampaign(StopCampaign):
    name = "close-campaign"
    label = gettext_lazy("Close")
    icon = "seal"
    intro = gettext_lazy("Over for good. What is left stays in the programme for treasury.")

    def preview(self, row: Campaign) -> str:
        return _("%(left)s are left") % {"left": columns.amount_text(row.left)}

    def skips(self, row: Campaign) -> str:
        return _("it is closed") if row.state == State.CLOSED else ""

    def run(self, *, row: Campaign, actor: Actor, values: dict[str, Any]) -> str:
        campaigns.close(campaign_id=row.pk, actor=actor, reason=values["reason"])
        return _("is closed")


class MakeList(StaffAction):
    name = "make-list"
    label = gettext_lazy("Make the list of recipients")
    permission = campaigns.MANAGE
    icon = "people"
    intro = gettext_lazy(
        "Pays nobody: the list is reviewed, proposed and approved by somebody else."
    )

    def preview(self, row: Campaign) -> str:
        if row.kind == Kind.COMPETITION:
            return _("from the final board")
        return _("from snapshot %(id)s") % {"id": terms.airdrop(row).snapshot_id}

    def skips(self, row: Campaign) -> str:
        if row.kind == Kind.COMPETITION:
            return ""
        if row.kind == Kind.AIRDROP and terms.airdrop(row).rule != terms.UPLOAD:
            return ""
        return _("its recipients are not listed this way")

    def run(self, *, row: Campaign, actor: Actor, values: dict[str, Any]) -> str:
        make = competition.final_list if row.kind == Kind.COMPETITION else recipients.from_snapshot
        file = make(campaign_id=row.pk, actor=actor)
        return _("list %(id)s: %(n)s recipients, %(total)s") % {
            "id": file.pk,
            "n": file.recipients,
            "total": columns.amount_text(file.total),
        }


@admin.register(Campaign)
class CampaignAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 60),)
    menu_label = gettext_lazy("Campaigns")
    says = gettext_lazy("Airdrops, promotions, referral and lessons, and what is left of budgets.")
    empty_says = gettext_lazy("Draft the first one under “New campaign”.")
    big = False
    ordering = ("-pk",)
    change_form_template = "launchpad/rewards/admin_campaign.html"
    list_select_related = ("programme__asset",)
    lookups = (lookups.by_id(Campaign),)
    row_actions = (OpenCampaign, MakeList, StopCampaign, CloseCampaign)
    numeric = ("budget", "committed")
    list_filter = ("state", "kind")
    list_display = (
        columns.computed("title", gettext_lazy("campaign"), lambda row: row.title),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.computed("kind", gettext_lazy("kind"), lambda row: row.get_kind_display()),
        columns.amount("budget", gettext_lazy("budget"), "programme__asset__code"),
        columns.amount("committed", gettext_lazy("given"), "programme__asset__code"),
        columns.when("starts_at", gettext_lazy("starts")),
        columns.when("ends_at", gettext_lazy("ends")),
    )
    sections = (
        (
            gettext_lazy("Campaign"),
            (
                *list_display,
                "summary",
                columns.computed(
                    "terms", gettext_lazy("terms"), lambda row: terms_in_words(row.terms)
                ),
                columns.related(
                    "programme",
                    gettext_lazy("paid from"),
                    "launchpad.Programme",
                    lambda row: (row.programme_id, row.title),
                ),
                "created_by",
                columns.when("created_at", gettext_lazy("drafted")),
            ),
        ),
    )

    def row_title(self, row: Campaign) -> str:
        return row.title

    def headline(self, row: Campaign) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def notice(self, request: HttpRequest, row: Campaign) -> Any:
        links = []
        if row.state == State.DRAFT and request.user.has_perm(campaigns.MANAGE):
            url = reverse("admin:rewards-campaign")
            links.append(format_html('<a href="{}?id={}">{}</a>', url, row.pk, _("Edit the draft")))
        uploads = row.kind == Kind.AIRDROP and row.terms.get("rule") == terms.UPLOAD
        if uploads and request.user.has_perm(campaigns.MANAGE) and row.state != State.CLOSED:
            url = reverse("admin:rewards-upload", args=[row.pk])
            words = _("Upload its recipients")
            links.append(format_html('<a href="{}">{}</a>', url, words))
        return columns.together(links) if links else ""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        row = self.get_object(request, object_id)
        extra = {
            "use": use_of(row) if row else None,
            "promotion": _as_read(row) if row and row.kind in queries.PUBLIC_KINDS else None,
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, extra)

    def tables(self, request: HttpRequest, row: Campaign) -> list[Table]:
        return [_files(row), _rewards(row)]


@admin.register(Reward)
class RewardAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 62),)
    menu_label = gettext_lazy("Rewards")
    says = gettext_lazy("What each campaign gave whom, and whether it is paid.")
    empty_says = gettext_lazy("Rewards appear here as campaigns give them.")
    list_select_related = ("campaign__programme__asset",)
    ordering = ("-pk",)
    lookups = (
        lookups.by_id(Reward),
        lookups.by_word(
            "customer",
            gettext_lazy("“customer 42”"),
            lambda n: list(
                Reward.objects.filter(customer_id=n).values_list("pk", flat=True)[:1000]
            ),
        ),
    )
    numeric = ("amount",)
    list_display = (
        columns.identifier("pk", gettext_lazy("reward")),
        columns.state("state", gettext_lazy("state"), REWARD_TONES),
        columns.computed("campaign", gettext_lazy("campaign"), lambda row: row.campaign.title),
        columns.related(
            "customer",
            gettext_lazy("customer"),
            "customer",
            lambda row: (row.customer_id, row.customer_id),
        ),
        "of",
        columns.amount("amount", gettext_lazy("amount"), "campaign__programme__asset__code"),
        columns.when("earned_at", gettext_lazy("earned")),
        columns.when("paid_at", gettext_lazy("paid")),
    )
    sections = ((gettext_lazy("Reward"), list_display),)


@admin.register(Referral)
class ReferralAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 66),)
    menu_label = gettext_lazy("Referrals")
    says = gettext_lazy("Who came through whom, and until when it earns.")
    empty_says = gettext_lazy("They appear here when somebody opens an account with a code.")
    ordering = ("-pk",)
    lookups = (lookups.by_number(Referral, "referrer_id", gettext_lazy("referrer")),)
    list_display = (
        columns.identifier("referee_id", gettext_lazy("came")),
        columns.related(
            "referrer",
            gettext_lazy("through"),
            "customer",
            lambda row: (row.referrer_id, row.referrer_id),
        ),
        columns.state(
            "state",
            gettext_lazy("state"),
            {Referral.State.ACTIVE: columns.OK, Referral.State.REFUSED: columns.BAD},
        ),
        "because",
        "first_day",
        "last_day",
        columns.when("at", gettext_lazy("since")),
    )
    sections = ((gettext_lazy("Referral"), list_display),)


def terms_in_words(figures: dict[str, Any]) -> str:
    shown = (
        (name.replace("_", " "), _in_words(value))
        for name, value in figures.items()
        if value not in (None, "", "0", [])
    )
    return "; ".join(f"{name}: {value}" for name, value in shown)


def _in_words(value: Any) -> Any:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def use_of(row: Campaign) -> dict[str, Any]:
    """A budget's use as widths of a bar, and the same in words."""
    spent = queries.spent(row)
    asset = row.programme.asset.code
    parts = [
        ("paid", _("paid"), spent.paid),
        ("coming", _("due"), spent.coming),
        ("held", _("held"), spent.held),
        ("left", _("left"), spent.left),
    ]
    at = 0.0
    bars = []
    for key, _words, amount in parts:
        width = float(amount * 100 / row.budget)  # pixels of a picture, and no money
        bars.append({"key": key, "x": f"{at:.2f}", "width": f"{width:.2f}"})
        at += width
    words = ", ".join(f"{name} {columns.amount_text(amount)}" for _k, name, amount in parts)
    return {"bars": bars, "says": f"{words} {asset}", "people": spent.people}


def _as_read(row: Campaign) -> dict[str, Any]:
    return {
        name: columns.amount_text(value) if isinstance(value, Decimal) else value
        for name, value in rules.figures(row).items()
    }


def _files(row: Campaign) -> Table:
    return Table(
        title=_("Lists of recipients"),
        heads=[
            Head(_("List")), Head(_("State")), Head(_("From")), Head(_("Paid"), numeric=True),
            Head(_("Left out"), numeric=True), Head(_("Total"), numeric=True),
        ],
        rows=[
            (
                columns.link(RecipientFile, file.pk, file.pk),
                file.get_state_display(),
                file.source,
                columns.whole(file.recipients),
                columns.whole(file.excluded),
                columns.money(file.total, row.programme.asset.code),
            )
            for file in row.files.all()[:10]
        ],
        empty=_("None was made."),
    )  # fmt: skip


def _rewards(row: Campaign) -> Table:
    return Table(
        title=_("Newest rewards"),
        heads=[
            Head(_("Customer")), Head(_("For")), Head(_("Amount"), numeric=True), Head(_("State")),
        ],
        rows=[
            (
                columns.link("customer", reward.customer_id, reward.customer_id),
                reward.of,
                columns.money(reward.amount, row.programme.asset.code),
                columns.badge(REWARD_TONES[Reward.State(reward.state)], reward.get_state_display()),
            )
            for reward in row.rewards.all()[:10]
        ],
        empty=_("None yet."),
    )  # fmt: skip
