"""The fields of each report, in an officer's words. Nothing is required while it is a draft: what
is missing is said when the report is checked, beside its field."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.reporting.fincen.ctr_rules import CASH_IN
from compliance.reporting.fincen.sar import type_of
from compliance.reporting.fincen.schema import codes
from exchange.portal.forms import Form

KINDS = (("person", _("a person")), ("company", _("a company")))
GENDERS = (("", _("not known")), ("f", _("female")), ("m", _("male")))
AMOUNTS = (
    ("known", _("the amount below")),
    ("unknown", _("not known")),
    ("none", _("no amount involved")),
)
EMPTY = (("", "—"),)


class ListField(forms.CharField):
    """Several short texts with semicolons between them."""

    def prepare_value(self, value: Any) -> Any:
        return "; ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        return [part.strip() for part in (value or "").split(";") if part.strip()]

    def validate(self, value: Any) -> None:
        return None

    def run_validators(self, value: Any) -> None:
        return None


def text(label: Any, most: int = 200, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False, **more)


def long_text(label: Any, rows: int, **more: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=200_000, required=False, widget=widget, **more)


def day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


def moment(label: Any, **more: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(
        attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"
    )
    return forms.DateTimeField(label=label, required=False, widget=widget, **more)


def choice(label: Any, choices: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, **more)


def yes(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


def id_types() -> list[tuple[str, Any]]:
    """The papers that a person shows: FinCEN's codes without those of institutions."""
    found = codes("SARX", "ValidatePartyIdentificationCodeType")
    return [("", "—"), *((code, found[code]) for code in ("5", "6", "7", "9", "999"))]


def subtypes() -> list[tuple[str, list[tuple[str, str]]]]:
    """Kinds of suspicious activity under their types."""
    types = codes("SARX", "ValidateSuspiciousActivityTypeID")
    grouped: dict[str, list[tuple[str, str]]] = {code: [] for code in types}
    for code, words in codes("SARX", "ValidateSuspiciousActivitySubtypeID").items():
        grouped[type_of(code)].append((code, f"{words} ({code})"))
    return [(types[code], rows) for code, rows in grouped.items() if rows]


class PersonForm(Form):
    kind = choice(_("Is"), KINDS)
    last_name = text(_("Last name, or name of the company"), 160)
    first_name = text(_("First name"), 120)
    middle_name = text(_("Middle name"), 120)
    suffix = text(_("Suffix (Jr., III)"), 35)
    aliases = ListField(label=_("Also called"), required=False, help_text=_("Semicolons between."))
    birth_date = day(_("Born"))
    gender = choice(_("Gender"), GENDERS)
    street = text(_("Street"), 160)
    city = text(_("City"), 80)
    state = text(_("State or province"), 3, help_text=_("Two letters, in the US, Canada, Mexico."))
    postal_code = text(_("Postal code"), 20)
    country = text(_("Country"), 2, help_text=_("Two letters: US, CA, DE."))
    phone = text(_("Phone"), 30)
    email = text(_("E-mail"), 254)
    occupation = text(_("Occupation or business"), 120)
    account = text(_("Account with us"), 40)


class SubjectForm(PersonForm):
    tax_id = text(_("Taxpayer number"), 11, help_text=_("US: nine digits. Empty: not known."))
    tax_id_type = choice(_("which is"), (("1", _("SSN or ITIN")), ("2", _("EIN"))))
    id_type = choice(_("Paper shown"), EMPTY)
    id_other = text(_("if other, what"), 50)
    id_number = text(_("Its number"), 25)
    id_country = text(_("issued by country"), 2)
    id_state = text(_("and state"), 3)
    customer = yes(_("Is our customer"))
    relationship_ended = yes(_("The relationship has ended"))
    unknown = yes(_("Nothing at all is known of this subject"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "id_type", id_types())


class CashPersonForm(SubjectForm):
    role = choice(
        _("Part"),
        (
            ("50", _("acted on their own behalf")),
            ("17", _("acted for another")),
            ("23", _("on whose behalf it was done")),
        ),
    )
    cash_in = text(_("Cash in, whole dollars"), 15)
    cash_out = text(_("Cash out, whole dollars"), 15)


class CanadianPersonForm(PersonForm):
    ref = text(_("Called here"), 50, help_text=_("P1, P2: transactions below name people so."))
    citizenship = text(_("Citizen of"), 2)
    ca_id_type = choice(_("Paper shown"), EMPTY)
    id_number = text(_("Its number"), 100)
    id_country = text(_("issued by country"), 2)
    id_state = text(_("and province or state"), 50)
    field_order = ("ref",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _coded(self, ca_id_type="identifier")


class ActivityForm(Form):
    subtypes = forms.MultipleChoiceField(
        label=_("What kind of activity"), required=False, widget=forms.CheckboxSelectMultiple
    )
    other = text(_("If “other”, what"), 50)
    amount_kind = choice(_("Amount involved"), AMOUNTS)
    amount = text(_("Amount, whole US dollars"), 15)
    cumulative = text(
        _("Of all reports together, whole US dollars"), 15,
        help_text=_("Only for activity that goes on."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # JSON calls the first day "from", which Python can't.
        self.fields["from"] = day(_("From"))
        self.fields["to"] = day(_("to"))
        self.order_fields(["from", "to"])
        _choose(self, "subtypes", subtypes())


class SarForm(Form):
    narrative = long_text(
        _("Narrative"), 24,
        help_text=_("Who, what, when, where, why and how. At most 17,000 characters. Answer what "
                    "stands in [[double brackets]] and take the brackets out."),
    )  # fmt: skip
    coins = ListField(label=_("Virtual currencies"), required=False, help_text=_("BTC; ETH"))
    note = text(_("Note to FinCEN"), 50)
    prior_id = text(
        _("BSA ID of the report before"), 14,
        help_text=_("For corrections and activity that goes on. Empty: not known."),
    )  # fmt: skip


class IpForm(Form):
    ip = text(_("IP address"), 39)
    date = day(_("Day"))
    time = text(_("Time (UTC)"), 8, help_text=_("14:03:11"))


class AddressForm(Form):
    address = text(_("Virtual currency address"), 200)
    date = day(_("Day"))
    time = text(_("Time (UTC)"), 8, help_text=_("14:03:11"))


class CtrForm(Form):
    transaction_date = day(_("Day of the transaction"))
    aggregated = yes(_("Several transactions of the day together"))
    cash_in = text(_("All cash in, whole dollars"), 15)
    cash_out = text(_("All cash out, whole dollars"), 15)
    prior_id = text(_("BSA ID of the report before"), 14, help_text=_("For corrections."))


class DetailForm(Form):
    code = choice(_("For what"), EMPTY)
    amount = text(_("Whole dollars"), 15)
    other = text(_("If other, what"), 50)
    country = text(_("Country of foreign money"), 2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = codes("CTRX", "ValidateCurrencyTransactionActvityDetailCodeType")
        ways = {True: _("in"), False: _("out")}
        _choose(
            self,
            "code",
            [("", "—"), *((c, f"{ways[c in CASH_IN]}: {w}") for c, w in found.items())],
        )


class StrForm(Form):
    suspicion_type = choice(_("Suspected"), EMPTY)
    narrative = long_text(
        _("Why it is suspicious"), 20,
        help_text=_("Who, what, when, where, why and how. Answer what stands in [[double "
                    "brackets]] and take the brackets out."),
    )  # fmt: skip
    action_taken = long_text(_("What we did about it"), 5)
    pep = yes(_("A politically exposed person appears in it"))
    related = ListField(label=_("Related reports"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _coded(self, suspicion_type="suspicion_type")


class EftrForm(Form):
    eft_direction = choice(_("We"), (("1", _("sent it out")), ("2", _("received it"))))


class TransactionForm(Form):
    reference = text(_("Our reference"), 200)
    at = moment(_("When (UTC)"))
    direction = choice(_("Direction"), (("in", _("in")), ("out", _("out"))))
    virtual = yes(_("Virtual currency"))
    asset = text(_("Currency"), 20)
    amount = text(_("Amount"), 40)
    value_cad = text(_("Worth in Canadian dollars"), 40)
    rate = text(_("Rate"), 40)
    txid = text(_("Transaction on the chain"), 200)
    from_address = text(_("From address"), 200)
    to_address = text(_("To address"), 200)
    conductor = text(_("Conducted by"), 50, help_text=_("P1, as above."))
    on_behalf_of = text(_("on behalf of"), 50)
    beneficiary = text(_("Beneficiary"), 50)
    method = choice(_("How"), EMPTY)
    disposition = choice(_("What became of it"), EMPTY)
    ip = text(_("IP address"), 39)
    device = text(_("Device"), 200)
    session_at = moment(_("Session began (UTC)"))
    purpose = text(_("Purpose"), 200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _coded(self, method="method", disposition="disposition")


class SuspiciousTransactionForm(TransactionForm):
    attempted = yes(_("Attempted only"))
    reason_not_completed = text(_("Why it was not completed"), 200)


class ItemForm(Form):
    owner = text(_("Owner"))
    listed_name = text(_("Listed as"))
    program = text(_("Sanctions programme"), 60)
    legal_authority = text(_("Legal authority"), 60)
    asset = text(_("Asset"), 15)
    amount = text(_("Amount"), 40)
    worth_usd = text(_("Worth in US dollars"), 40)
    address = text(_("Address on the chain"), 200)
    reference = text(_("Our reference"), 120)
    description = text(_("Description"), 500)


class BlockedItemForm(ItemForm):
    blocked_on = day(_("Blocked on"))
    where_held = text(_("Where it is held"))


class RejectedItemForm(ItemForm):
    rejected_on = day(_("Rejected on"))
    beneficiary = text(_("Who should have received it"))


class OfacForm(Form):
    narrative = long_text(_("Remarks"), 6)


class AnnualForm(OfacForm):
    as_of = day(_("As of"))


def said(value: Any) -> Any:
    """A field's value as contents keep it: days and moments as text, nothing as an empty text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value


def shown(field: forms.Field, value: Any) -> Any:
    """The other way: a moment as the form's field takes it."""
    if isinstance(field, forms.DateTimeField) and value:
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except ValueError:
            return None
    return value


def _choose(form: forms.Form, name: str, choices: Any) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _coded(form: forms.Form, **tables: str) -> None:
    """Choices from FINTRAC's tables, read once a page."""
    from compliance.reporting.fintrac.codes import table

    for name, wanted in tables.items():
        kept = form.fields[name]
        assert isinstance(kept, forms.ChoiceField)
        kept.choices = [("", "—"), *table(wanted).items()]
