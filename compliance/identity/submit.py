"""Hand an application in: whole, confirmed to be true, with what is odd about it noted."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.identity import apply, documents, jurisdictions, requirements, risk
from compliance.identity.models import Application, Identity
from compliance.identity.providers import asking
from compliance.identity.words import Kind, Note, Risk
from exchange.audit.record import record
from exchange.core import clock, networks
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, Restricted

State = Application.State


class Incomplete(Invalid):
    """Something is missing. `limit` lists it in words, in the order of the steps."""

    code = "incomplete"


class NotServed(Restricted):
    """The rules of the country, or the person's age, leave nothing to apply for."""

    code = "not_served"


def submit(*, application_id: int, confirmed: bool, actor: Actor) -> Application:
    """Hand it in for review. Handing in twice is once.

    Raises NotFound, PermissionRefused, NotServed, Incomplete, Invalid without the confirmation.
    """
    with transaction.atomic():
        row = apply.locked(application_id, actor)
        if row.state == State.SUBMITTED:
            return row
        if row.state not in (State.DRAFT, State.ASKED):
            raise Conflict(_("This is decided already."), limit=row.state)
        if why := requirements.refusal(row):
            raise NotServed(why, field="country")
        if lacking := requirements.missing(row):
            raise Incomplete(
                _("Still missing: %(what)s.") % {"what": ", ".join(i.says for i in lacking[:5])},
                field=lacking[0].field,
                limit=[item.says for item in lacking],
            )
        if not confirmed:
            raise Invalid(_("Please confirm that what you say is true."), field="confirmed")
        again = row.state == State.ASKED
        place = networks.place_of(actor.ip)
        row.ip, row.ip_country = actor.ip, place.country
        row.notes = notes_of(row, place)
        row.state = State.SUBMITTED
        row.submitted_at = row.confirmed_true_at = clock.now()
        row.asked_code = row.asked_words = ""
        row.claimed_by_id = row.claimed_until = None
        rated = risk.rate(row)
        row.risk = rated.risk
        row.save()
        risk.keep(row, rated)
        asking.ask_all(row)
        record(
            actor=actor,
            verb="identity.submit",
            target=row,
            after={"tier": row.tier, "risk": row.risk, "notes": row.notes, "again": again},
        )
    return row


def notes_of(row: Application, place: networks.Place) -> list[str]:
    """What a reviewer should know: where it came from, and what does not agree."""
    notes = []
    if place.country and place.country != row.country:
        notes.append(Note.IP_ELSEWHERE)
        if jurisdictions.is_known(place.country):
            if jurisdictions.rules_of(place.country).risk == Risk.PROHIBITED:
                notes.append(Note.IP_BLOCKED)
    if place.hides:
        notes.append(Note.VPN)
    read = apply.read_mrz(row)
    if read is not None:
        if not read.good:
            notes.append(Note.MRZ_WRONG)
        if disagreements(row):
            notes.append(Note.MRZ_MISMATCH)
    if row.id_expires_on is not None and row.id_expires_on < clock.now().date():
        notes.append(Note.ID_EXPIRED)
    if documents.sent_elsewhere(row):
        notes.append(Note.DOCUMENT_TWICE)
    if same_people(row):
        notes.append(Note.SAME_PERSON)
    return [str(note) for note in notes]


def disagreements(row: Application) -> list[tuple[str, str, str]]:
    """Where the document's lines and the form differ: (field, the lines, the form).

    Names are compared as letters without accents, by the beginning where the lines cut them.
    """
    read = apply.read_mrz(row)
    if read is None or row.kind != Kind.PERSON:
        return []
    found = []
    for field, printed, typed in (
        ("family_name", read.family_name, row.family_name),
        ("given_names", read.given_names, row.given_names),
    ):
        ours = _letters(typed)
        theirs = _letters(printed)
        same = ours.startswith(theirs) if read.truncated else _alike(ours, theirs)
        if printed and not same:
            found.append((field, printed, typed))
    for field, printed_day, typed_day in (
        ("birth_date", read.birth_date, row.birth_date),
        ("id_expires_on", read.expires_on, row.id_expires_on),
    ):
        if printed_day and typed_day and printed_day != typed_day:
            found.append((field, printed_day.isoformat(), typed_day.isoformat()))
    country = jurisdictions.from_alpha3(read.nationality)
    if country and row.nationality and country != row.nationality:
        found.append(("nationality", country, row.nationality))
    number = "".join(c for c in apply.opened(row, "id_number").upper() if c.isalnum())
    if number and read.number != number:
        found.append(("id_number", read.number, number))
    return found


def same_people(row: Application) -> list[int]:
    """Other customers of the same name and birth date, at most ten. One indexed query a table."""
    if row.birth_date is None:
        return []
    others: list[Identity | Application] = [
        *Identity.objects.filter(birth_date=row.birth_date)
        .exclude(customer_id=row.customer_id)
        .only("customer_id", "given_names", "family_name")[:200],
        *Application.objects.filter(birth_date=row.birth_date, state__in=Application.OPEN)
        .exclude(customer_id=row.customer_id)
        .only("customer_id", "given_names", "family_name")[:200],
    ]
    ours = sorted(_letters(row.full_name).split())
    same = {o.customer_id for o in others if sorted(_letters(o.full_name).split()) == ours}
    return sorted(same)[:10]


def _alike(ours: str, theirs: str) -> bool:
    """The lines have all names, the form may have the first only, and the other way about."""
    return ours == theirs or set(ours.split()) <= set(theirs.split()) or theirs == ""


# How passports spell what A to Z lacks (ICAO 9303-3, section 6), where people drop it.
_SPELLED = str.maketrans(
    {"ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe",
     "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ñ": "n", "-": " ", "'": "", "’": ""}
)  # fmt: skip


def _letters(name: str) -> str:
    import unicodedata

    spelled = name.casefold().translate(_SPELLED)
    plain = unicodedata.normalize("NFKD", spelled)
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in kept).split())
