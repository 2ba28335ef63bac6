"""The forms of the steps. Nothing is required: what is there is kept, the rest is asked for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.identity import jurisdictions
from compliance.identity.models import Application, Owner
from compliance.identity.words import (
    PHOTO_IDS,
    Connection,
    Funds,
    Kind,
    Level,
    Office,
    Paper,
    Purpose,
)
from exchange.portal.forms import Form

CHOOSE = ("", _("Choose …"))


class Day(forms.DateInput):
    input_type = "date"

    def __init__(self, **attrs: str) -> None:
        super().__init__(format="%Y-%m-%d", attrs=attrs)


def text(label: Any, most: int, complete: str = "", **more: Any) -> forms.CharField:
    attrs = {"autocomplete": complete} if complete else {"autocomplete": "off"}
    return forms.CharField(
        label=label,
        max_length=most,
        required=False,
        widget=forms.TextInput(attrs={**attrs, **more.pop("attrs", {})}),
        **more,
    )


def day(label: Any, complete: str = "off", **more: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=Day(autocomplete=complete), **more)


def choice(label: Any, choices: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[CHOOSE, *choices], **more)


def country(label: Any, complete: str = "off", **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=lambda: [CHOOSE, *jurisdictions.names()],
        widget=forms.Select(attrs={"autocomplete": complete}),
        **more,
    )


class Start(Form):
    kind = forms.ChoiceField(
        label=_("Who is the account for?"),
        choices=[(Kind.PERSON, _("For me, a person")), (Kind.COMPANY, _("For a company"))],
        widget=forms.RadioSelect,
        initial=Kind.PERSON,
    )
    tier = forms.TypedChoiceField(
        label=_("How much do you want to do?"),
        coerce=int,
        choices=[
            (Level.BASIC, _("Basic: a document and a photo of your face")),
            (Level.FULL, _("Full: also a proof of your address, higher limits")),
            (Level.ENHANCED, _("Enhanced: also where your money comes from, highest limits")),
        ],
        widget=forms.RadioSelect,
        initial=Level.BASIC,
    )


class AboutPerson(Form):
    given_names = text(_("Given names"), 120, "given-name", help_text=_("As in your document."))
    family_name = text(_("Family name"), 160, "family-name")
    native_name = text(
        _("Your name in other letters"),
        200,
        help_text=_("Only if your document has it in letters other than these."),
    )
    birth_date = day(_("Birth date"), "bday")
    nationality = country(_("Citizenship"))
    country = country(_("Country you live in"), "country")
    street = text(_("Street and number"), 160, "street-address")
    postal_code = text(_("Postal code"), 20, "postal-code")
    city = text(_("Town"), 80, "address-level2")
    region = text(_("State or region"), 80, "address-level1", help_text=_("If there is one."))
    occupation = text(_("What you do for a living"), 120, "organization-title")


class AboutCompany(Form):
    family_name = text(_("Legal name"), 160, "organization")
    registration_number = text(_("Number in the register"), 60)
    birth_date = day(_("Day of incorporation"))
    country = country(_("Country of incorporation"), "country")
    street = text(_("Street and number"), 160, "street-address")
    postal_code = text(_("Postal code"), 20, "postal-code")
    city = text(_("Town"), 80, "address-level2")
    region = text(_("State or region"), 80, "address-level1", help_text=_("If there is one."))
    occupation = text(_("What the company does"), 120)
    contact_name = text(_("Your name"), 160, "name")
    contact_role = text(_("What you are in the company"), 80, help_text=_("Director, for example."))


class Money(Form):
    purpose = choice(_("What is the account for?"), Purpose.choices)
    source_of_funds = choice(_("Where does the money come from?"), Funds.choices)
    source_of_wealth = text(
        _("More about it"), 500, help_text=_("Optional: an employer, what was sold, and so on.")
    )
    declared_yearly = forms.DecimalField(
        label=_("How much do you expect to bring a year, in USD?"),
        required=False,
        min_value=0,
        max_digits=15,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=_("A guess is enough."),
    )


class PublicOffice(Form):
    office = choice(
        _("A public office"),
        [
            (Office.NONE, _("No, neither I nor anybody close")),
            (Office.DOMESTIC, _("Yes, in the country I live in")),
            (Office.FOREIGN, _("Yes, in another country")),
            (Office.HIO, _("Yes, head of an international organization")),
        ],
        help_text=_(
            "A head of state or government, a minister, a member of a parliament, a judge of a"
            " high court, a general, an ambassador, the head of a state company: now or ever."
        ),
    )
    connection = choice(_("If yes: whose is it?"), Connection.choices)
    position = text(_("If yes: which office?"), 160)
    holder = text(_("If not yours: who holds it?"), 160)
    country = country(_("If yes: in which country?"))


class Person(Form):
    kind = forms.ChoiceField(label=_("This is"), choices=Kind.choices)
    given_names = text(_("Given names"), 120)
    family_name = text(_("Family name, or the company's name"), 160)
    birth_date = day(_("Birth date"), help_text=_("Of a person."))
    nationality = country(_("Citizenship"))
    country = country(_("Country they live in"))
    role = choice(_("What they are"), Owner.Role.choices)
    percent = forms.DecimalField(
        label=_("Their share in percent"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class PaperDetails(Form):
    id_kind = choice(
        _("Which document do you show?"), [(str(p), Paper(p).label) for p in PHOTO_IDS]
    )
    id_country = country(_("Which country issued it?"))
    id_number = text(_("Its number"), 40, attrs={"spellcheck": "false", "dir": "ltr"})
    id_expires_on = day(
        _("Valid until"), help_text=_("Leave it empty for a card that never expires.")
    )
    mrz = forms.CharField(
        label=_("The lines of letters and < at its foot"),
        required=False,
        max_length=200,
        widget=forms.Textarea(
            attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "characters", "dir": "ltr"}
        ),
        help_text=_("Optional, and makes it quicker: copy the two or three lines."),
    )


def about(row: Application) -> type[Form]:
    return AboutCompany if row.kind == Kind.COMPANY else AboutPerson
