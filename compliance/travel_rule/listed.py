"""Is anybody on the other side of a transfer on a list?

Names reach us in two ways: another provider's message, which belongs to one transfer, and a
customer's word about an address, which counts for every transfer over it. Each is compared with
the lists by a worker (the web needs no lists in memory), and again before the next transfer when
the lists have changed since. Until then, and while a hit waits, coins stay where they are,
whatever the exchange of data has come to, and whoever released it.

After a list has changed, the names behind transfers of the last year are compared again as well,
whether anything waits for them or not: an officer hears of a payment to somebody listed since.

Our own customer is screened as a customer. While no list was ever imported there is nobody to
compare with, and nothing waits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from compliance.screening import parties
from compliance.screening.folding import ENTITY, PERSON
from compliance.screening.models import Hit
from compliance.screening.rescreen import QUEUE
from compliance.screening.subjects import Subject, version_of
from compliance.travel_rule import contents, moves, people
from compliance.travel_rule.ivms101 import parts
from compliance.travel_rule.ivms101.parts import Party
from compliance.travel_rule.models import AddressOwner, Names, TravelMessage
from exchange.core import clock, dispatch, outbox
from exchange.core.errors import NotFound

TASK = "travel_rule.screen_names"
Direction = TravelMessage.Direction
MOST_AT_ONCE = 100
LOOK_BACK = timedelta(days=366)
OWN = (AddressOwner.Kind.OWN_WALLET, AddressOwner.Kind.OWN_ACCOUNT)


class Wait(NamedTuple):
    """What the names of a transfer wait for. `message` is for staff."""

    code: str
    message: str


def expect(thing: AddressOwner | TravelMessage) -> None:
    """New names stand in this saved row: a worker compares them. Part of the transaction that
    wrote them."""
    newest = parties.newest_list()
    clear = not newest or not _names_somebody(thing)
    thing.names = Names.CLEAR if clear else Names.UNSCREENED
    thing.names_through = newest if clear else 0
    thing.save(update_fields=["names", "names_through"])
    if not clear:
        _ask(thing)


def wait_of(*, row: TravelMessage | None, owner: AddressOwner | None) -> Wait | None:
    """Why coins stay because of a name; None when no list names anybody. Two queries at most."""
    newest = parties.newest_list()
    for thing in (row if row is not None and _has_message(row) else None, owner):
        if thing is None or not _names_somebody(thing):
            continue
        if thing.names == Names.HIT:
            return Wait("travel_listed", f"A list may name somebody in it: {_hits(thing)}")
        if thing.names != Names.CLEAR or thing.names_through < newest:
            _ask(thing)
            return Wait("travel_names", "The names are being compared with the lists.")
    return None


def screen_owner(*, owner_id: int) -> int:
    """Compare whom a customer named. Returns how many hits stand in the way. Safe to run twice."""
    with transaction.atomic():
        row = AddressOwner.objects.select_for_update(of=("self",)).filter(pk=owner_id).first()
        if row is None:
            raise NotFound(f"There is no owner {owner_id}.", field="owner_id")
        found = _screen(row, _of_owner(row))
        about = TravelMessage.objects.filter(owner=row).exclude(transfer="")
        for message in about.order_by("-pk")[:MOST_AT_ONCE]:
            moves.announce(message)
    return found


def screen_message(*, message_id: int) -> int:
    """The same for a message's parties."""
    with transaction.atomic():
        row = moves.locked(message_id)
        found = _screen(row, _of_message(row))
        moves.announce(row)
    return found


def screen_waiting(*, limit: int = 50) -> int:
    """Compare what no worker was told of, and what was compared with older lists. Returns how
    many, at most twice `limit`. Safe to run twice and alongside itself."""
    done = 0
    for owner_id in _first(limit, _owners_waiting(), _owners_of_older_lists()):
        screen_owner(owner_id=owner_id)
        done += 1
    for message_id in _first(limit, _messages_waiting(), _messages_of_older_lists()):
        screen_message(message_id=message_id)
        done += 1
    return done


def sweep() -> int:
    """Wake a worker when something waits to be compared: one message, however much it is."""
    waiting = (
        _owners_waiting(),
        _messages_waiting(),
        _owners_of_older_lists(),
        _messages_of_older_lists(),
    )
    if not any(rows.exists() for rows in waiting):
        return 0
    dispatch.send(TASK, queue=QUEUE)
    return 1


def _first(limit: int, *found: QuerySet[Any]) -> list[int]:
    """The first rows of the first query, then of the next, `limit` in all."""
    ids: list[int] = []
    for rows in found:
        ids += rows.values_list("pk", flat=True)[: limit - len(ids)]
    return ids


def _owners_waiting() -> QuerySet[AddressOwner]:
    rows = AddressOwner.objects.filter(names=Names.UNSCREENED, replaced_at=None)
    return rows.order_by("pk")


def _messages_waiting() -> QuerySet[TravelMessage]:
    return TravelMessage.objects.filter(names=Names.UNSCREENED).order_by("pk")


def _owners_of_older_lists() -> QuerySet[AddressOwner]:
    """Whom customers named, as far as transfers of the last year are over them."""
    recent = TravelMessage.objects.filter(
        owner=OuterRef("pk"), created_at__gt=clock.now() - LOOK_BACK
    )
    return AddressOwner.objects.filter(
        Exists(recent),
        ~Q(kind__in=OWN) | ~Q(provider_name=""),
        names=Names.CLEAR,
        replaced_at=None,
        names_through__lt=parties.newest_list(),
    ).order_by("names_through", "pk")


def _messages_of_older_lists() -> QuerySet[TravelMessage]:
    return TravelMessage.objects.filter(
        names=Names.CLEAR,
        direction=Direction.IN,
        sealed__isnull=False,
        created_at__gt=clock.now() - LOOK_BACK,
        names_through__lt=parties.newest_list(),
    ).order_by("names_through", "pk")


@outbox.consumes("screening.cleared")
def on_cleared(payload: dict[str, Any]) -> None:
    """Somebody else, two people say: the transfers that it held are compared again."""
    hit = Hit.objects.filter(pk=payload["hit_id"], about=Hit.About.PARTY).first()
    if hit is None:
        return
    mine = {"customer_id": hit.customer_id, "names": Names.HIT}
    for owner in AddressOwner.objects.filter(**mine).order_by("-pk")[:MOST_AT_ONCE]:
        _ask(owner)
    for message in TravelMessage.objects.filter(**mine).order_by("-pk")[:MOST_AT_ONCE]:
        _ask(message)


def _screen(row: AddressOwner | TravelMessage, subjects: list[Subject]) -> int:
    hits, newest = parties.screen(subjects)
    row.names = Names.HIT if hits else Names.CLEAR
    row.names_through = newest
    row.save(update_fields=["names", "names_through"])
    return len(hits)


def _ask(thing: AddressOwner | TravelMessage) -> None:
    which = "owner_id" if isinstance(thing, AddressOwner) else "message_id"
    dispatch.after_commit(TASK, queue=QUEUE, **{which: thing.pk})


def _has_message(row: TravelMessage) -> bool:
    """Outgoing messages say what the customer said: that is screened once an address."""
    return row.direction == Direction.IN and bool(row.sealed)


def _names_somebody(thing: AddressOwner | TravelMessage) -> bool:
    if isinstance(thing, TravelMessage):
        return _has_message(thing)
    return not thing.is_own or bool(thing.provider_name)


def _hits(thing: AddressOwner | TravelMessage) -> str:
    """Which hits, for whoever looks at the queue."""
    hits = Hit.objects.filter(
        customer_id=thing.customer_id or 0,
        about=Hit.About.PARTY,
        state__in=[*Hit.WAITING, Hit.State.TRUE],
    )
    numbers = ", ".join(str(pk) for pk in hits.order_by("-pk").values_list("pk", flat=True)[:5])
    return f"see hit {numbers}." if numbers else "see the hits of the customer."


def _of_owner(row: AddressOwner) -> list[Subject]:
    where = f"{row.network} {row.key}"
    found = []
    person = contents.get_person(row)
    if not row.is_own and person.get("name"):
        kind = ENTITY if person.get("company") else PERSON
        found.append(
            _subject(
                row.customer_id,
                f"whose address {where} is",
                person["name"],
                kind,
                person.get("country", ""),
            )
        )
    if row.provider_name:
        who = f"provider that keeps {where}"
        found.append(_subject(row.customer_id, who, row.provider_name, ENTITY))
    return found


def _of_message(row: TravelMessage) -> list[Subject]:
    payload = contents.get(row)
    if payload is None or row.customer_id is None:
        return []
    message = parts.read(payload)
    mine = people.names_of(row.customer_id)
    found = []
    for role, party in (("originator", message.originator), ("beneficiary", message.beneficiary)):
        if not any(parts.same_name(party.name, name) for name in mine):
            found.append(_party(row, role, party))
    return found


def _party(row: TravelMessage, role: str, party: Party) -> Subject:
    assert row.customer_id is not None
    return _subject(
        row.customer_id,
        f"{role} of travel message {row.pk}",
        party.name,
        ENTITY if party.company else PERSON,
        party.country,
        party.birth_date,
    )


def _subject(
    customer_id: int, who: str, name: str, kind: str, country: str = "", birth: str = ""
) -> Subject:
    return Subject(
        customer_id=customer_id,
        who=who[:120],
        version=version_of(customer_id),
        name=name,
        kind=kind,
        texts=(name,),
        births=(birth,) if birth else (),
        countries=(country,) if country else (),
    )
