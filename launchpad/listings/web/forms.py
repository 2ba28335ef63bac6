"""The forms of an application. Nothing is required: what is there is kept, the rest asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.identity import jurisdictions
from exchange.assets.models import Network
from exchange.portal.forms import Form
from launchpad.listings.apply import LARGEST_SUPPLY, TEXTS
from launchpad.listings.states import AssetClass
from launchpad.listings.words import APPLIED_FOR

CHOOSE = ("", _("Choose …"))
CLASSES = {
    AssetClass.TOKEN: _("A project's token, on a chain that exists already"),
    AssetClass.COIN: _("The coin of a chain of its own"),
    AssetClass.STABLECOIN: _("A stablecoin"),
    AssetClass.SECURITY: _("Something like a share, a bond or a part of the profit"),
}


def text(name: str, label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=TEXTS.get(name, 300),
        required=False,
        widget=more.pop("widget", forms.TextInput(attrs={"autocomplete": "off"})),
        **more,
    )


def country(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=lambda: [CHOOSE, *jurisdictions.names()]
    )


class Start(Form):
    asset_class = forms.ChoiceField(
        label=_("What is it?"),
        choices=[(key, CLASSES[key]) for key in APPLIED_FOR],
        widget=forms.RadioSelect,
        initial=AssetClass.TOKEN,
    )


class Token(Form):
    name = text("name", _("Name"), help_text=_("As people call it: Harbour Token."))
    code = text("code", _("Code"), help_text=_("Two to twelve letters and digits: HRB."))
    network = forms.ChoiceField(
        label=_("Network"),
        required=False,
        choices=lambda: [CHOOSE, *Network.objects.order_by("name").values_list("code", "name")],
    )
    contract = text(
        "contract",
        _("Contract"),
        help_text=_("Its address on that network. We read it on the chain ourselves."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    supply = forms.DecimalField(
        label=_("How many there are"),
        required=False,
        max_value=LARGEST_SUPPLY,
        min_value=Decimal("1e-18"),
        localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    about = text(
        "about",
        _("What it is for"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In a few plain sentences. Customers and voters read them."),
    )
    risks = text(
        "risks",
        _("What can go wrong"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Who reads only this must know what they can lose."),
    )


class Company(Form):
    company = text("company", _("Company or foundation"))
    company_country = country(_("Registered in"))
    company_number = text("company_number", _("Registration number"))
    website = text("website", _("Website"), help_text=_("Begins with https://"))
    paper = text("paper", _("White paper on the web"), help_text=_("Begins with https://"))
    contact_name = text("contact_name", _("Who speaks for the project"))
    contact_role = text("contact_role", _("Their role"))


class Member(Form):
    name = forms.CharField(label=_("Full name"), max_length=160)
    role = forms.CharField(label=_("Role"), max_length=80)
    country = forms.ChoiceField(
        label=_("Country they live in"), choices=lambda: [CHOOSE, *jurisdictions.names()]
    )
    born = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Helps to tell them from others of the same name. Never shown."),
    )
    owns_percent = forms.DecimalField(
        label=_("Owns of the company, %"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
