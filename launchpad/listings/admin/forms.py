"""What staff can do on a listing's page, as forms: one for each verb."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.assets.models import Asset
from exchange.core import clock
from launchpad.governance.propose import usual_timeline
from launchpad.governance.states import Kind
from launchpad.listings import checklist, delist, schedule, terms
from launchpad.listings.models import CommitteeVote, Listing, ScreenedName
from launchpad.listings.states import Reason

PICKER = "%Y-%m-%dT%H:%M"


def _long(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def moment(label: Any, **more: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=PICKER),
        input_formats=[PICKER, "%Y-%m-%dT%H:%M:%S"],
        **more,
    )


def number(label: Any, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        localize=False,
        max_digits=38,
        decimal_places=18,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        **more,
    )


class ListingForm(forms.Form):
    """Knows its listing; fields have ids of their own on a page of many forms."""

    def __init__(self, *args: Any, listing: Listing, **kw: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{type(self).__name__.lower()}_%s", **kw})
        self.listing = listing
        self.prepare()

    def prepare(self) -> None:
        """Fill in choices that depend on the listing."""


class Bare(ListingForm):
    """Nothing to fill in."""


class Declare(ListingForm):
    conflict = forms.TypedChoiceField(
        label=_("Do you, or somebody close to you, hold it, work for it or get paid by it?"),
        coerce=lambda value: value == "yes",
        choices=[("no", _("No, none of that")), ("yes", _("Yes"))],
        widget=forms.RadioSelect,
        initial="no",
    )
    words = forms.CharField(label=_("If so, what"), max_length=500, required=False)
    accounts = forms.CharField(
        label=_("E-mails of accounts here that are yours or theirs"),
        max_length=500,
        required=False,
        help_text=_("They are kept out of the new market for its first hours."),
    )


class Score(ListingForm):
    key = forms.ChoiceField(label=_("Item"))
    score = forms.TypedChoiceField(
        label=_("Score"),
        coerce=int,
        choices=[
            (4, _("4: nothing to wish for")),
            (3, _("3: good")),
            (2, _("2: will do")),
            (1, _("1: weak")),
            (0, _("0: not at all")),
        ],
        initial=3,
    )
    evidence = forms.CharField(
        label=_("Shown by"), max_length=500, help_text=_("A document, a page, a check, a link.")
    )
    note = forms.CharField(label=_("Note"), max_length=1000, required=False, widget=_long(2))
    blocker = forms.BooleanField(label=_("This alone stops it"), required=False)

    def prepare(self) -> None:
        result = checklist.result(self.listing)
        first = next((s.item.key for s in result.items if s.scored is None), None)
        self.fields["key"].choices = [  # type: ignore[attr-defined]
            (s.item.key, f"{'✓ ' if s.scored else ''}{s.item.title}") for s in result.items
        ]
        self.fields["key"].initial = first


class Words(ListingForm):
    words = forms.CharField(label=_("In words for them"), max_length=1000, widget=_long(3))


class Public(ListingForm):
    words = forms.CharField(label=_("Why, as customers read it"), max_length=500, widget=_long(3))


class Refuse(ListingForm):
    reason_code = forms.ChoiceField(label=_("Reason"), choices=Reason.choices)
    words = forms.CharField(label=_("In words for the project"), max_length=1000, widget=_long(3))


class Why(ListingForm):
    reason = forms.CharField(label=_("Why"), max_length=500, widget=_long(2))


class AddInsider(ListingForm):
    name = forms.CharField(label=_("Who"), max_length=160)
    how = forms.CharField(label=_("How they know"), max_length=200)
    email = forms.EmailField(label=_("E-mail of their account here"), required=False)


class AskHolders(ListingForm):
    snapshot_at = moment(_("Power is counted (UTC)"))
    opens_at = moment(_("The vote opens (UTC)"))
    closes_at = moment(_("It closes (UTC)"))

    def prepare(self) -> None:
        usual = usual_timeline(Kind.LISTING)
        for name, at in usual._asdict().items():
            self.fields[name].initial = at


class Vote(ListingForm):
    choice = forms.ChoiceField(
        label=_("Your vote"), choices=CommitteeVote.Choice.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(label=_("Why"), max_length=500, required=False, widget=_long(2))


class Minutes(ListingForm):
    minutes = forms.CharField(
        label=_("Minutes"),
        max_length=10_000,
        widget=_long(6),
        help_text=_("Who said what, and why it was decided so. Kept for good."),
    )


class Name(ListingForm):
    screened_id = forms.TypedChoiceField(label=_("Whose name"), coerce=int)
    same = forms.TypedChoiceField(
        label=_("Are they whom the list names?"),
        coerce=lambda value: value == "yes",
        choices=[("no", _("No, somebody else")), ("yes", _("Yes"))],
        widget=forms.RadioSelect,
        initial="no",
    )
    reason = forms.CharField(label=_("Why"), max_length=500, widget=_long(2))

    def prepare(self) -> None:
        self.fields["screened_id"].choices = [  # type: ignore[attr-defined]
            (row.pk, row.name)
            for row in self.listing.screened.exclude(state=ScreenedName.State.CLEAR)[:50]
        ]


class Dates(ListingForm):
    deposits_at = moment(_("Deposits open (UTC)"))
    trading_at = moment(_("Trading opens (UTC)"))
    withdrawals_at = moment(_("Withdrawals open (UTC)"))

    def prepare(self) -> None:
        plan = getattr(self.listing, "schedule", None)
        day = (clock.now() + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
        usual = (day, day + timedelta(days=1), day + timedelta(days=2))
        for name, at in zip(schedule.DATES, usual, strict=True):
            self.fields[name].initial = getattr(plan, name) if plan else at


class Plan(Dates):
    quote = forms.ChoiceField(
        label=_("Quoted in"), choices=[(code, code) for code in schedule.QUOTES]
    )
    price = number(
        _("Price to begin with"),
        help_text=_("Digits, sizes and fees follow from it, as other markets have them."),
    )
    insiders_hours = forms.IntegerField(
        label=_("Insiders wait, hours"),
        min_value=0,
        max_value=schedule.MOST_INSIDER_HOURS,
        initial=72,
    )
    reason = forms.CharField(label=_("Why, for the second person"), max_length=500, widget=_long(2))

    def terms(self) -> terms.Terms:
        """What follows from the price. Raises Invalid."""
        quote = Asset.objects.get(code=self.cleaned_data["quote"])
        return terms.suggest(
            price=Decimal(self.cleaned_data["price"]),
            decimals=self.listing.decimals or 18,
            quote=quote,
        )


class MoveDates(Dates):
    reason = forms.CharField(label=_("Why, as customers read it"), max_length=300, widget=_long(2))


class Delist(ListingForm):
    trading_closes_at = moment(_("Trading ends (UTC)"))
    withdrawals_close_at = moment(_("Withdrawals end (UTC)"))
    reason_code = forms.ChoiceField(label=_("Reason"), choices=Reason.choices, initial="criteria")
    words = forms.CharField(label=_("Why, as holders read it"), max_length=600, widget=_long(3))

    def prepare(self) -> None:
        first = clock.now().replace(minute=0, second=0, microsecond=0) + delist.NOTICE
        first += timedelta(days=1)
        self.fields["trading_closes_at"].initial = first
        self.fields["withdrawals_close_at"].initial = first + delist.WINDOW


class Duty(ListingForm):
    what = forms.CharField(label=_("What they have to do"), max_length=160)
    due = forms.DateField(
        label=_("By"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class DutyDone(ListingForm):
    duty_id = forms.TypedChoiceField(label=_("Which"), coerce=int)
    note = forms.CharField(label=_("Shown by"), max_length=300)

    def prepare(self) -> None:
        self.fields["duty_id"].choices = [  # type: ignore[attr-defined]
            (row.pk, str(row)) for row in self.listing.duties.filter(done_on=None)[:50]
        ]
