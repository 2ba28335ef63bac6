"""Letters to many for one cause, each with facts of their own, at a pace that holds up nobody.

The room registers where the people come from; `begin` costs its transaction one row, however many
they are. The outbox then writes a hundred letters at a time and puts word to go on behind whatever
else waits: a hundred thousand letters keep no password link waiting, and a kill repeats none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from exchange.accounts import mail
from exchange.accounts.models import Customer
from exchange.core import outbox

TOPIC = "mail.circular"
AT_ONCE = 100


class Addressed(NamedTuple):
    """A letter to one customer. `order` counts up from one to the next; a letter without a name is
    none, for whoever turns out to have nothing to be told."""

    order: int
    customer_id: int
    letter: str
    facts: dict[str, str | int]


# From what it is about, the order of the last one that is written to, and how many at most: the
# next ones, through an index. Fewer than asked for are the last.
Source = Callable[[dict[str, Any], int, int], list[Addressed]]
_sources: dict[str, Source] = {}


def source(name: str) -> Callable[[Source], Source]:
    """Register where the people of a circular come from."""

    def register(find: Source) -> Source:
        if name in _sources:
            raise RuntimeError(f"there are two circulars called {name}")
        _sources[name] = find
        return find

    return register


def begin(name: str, **about: str | int) -> None:
    """Write to everybody whom the source names. Must run inside the transaction that gives cause;
    the source is asked after it."""
    outbox.announce(TOPIC, name=name, about=about, above=0)


@outbox.consumes(TOPIC)
def go_on(payload: dict[str, Any]) -> None:
    """The next hundred, and word to go on after them."""
    found = _sources[payload["name"]](payload["about"], payload["above"], AT_ONCE)
    users = _users([each.customer_id for each in found])
    for each in found:
        user_id = users.get(each.customer_id)
        if each.letter and user_id is not None:
            mail.tell(user_id, each.letter, **each.facts)
    if len(found) == AT_ONCE:
        outbox.announce(TOPIC, name=payload["name"], about=payload["about"], above=found[-1].order)


def _users(customer_ids: list[int]) -> dict[int, int | None]:
    """Who reads a customer's letters: for a sub-account whoever owns it."""
    rows = Customer.objects.filter(pk__in=customer_ids).values_list(
        "pk", "user_id", "parent__user_id"
    )
    return {pk: own or of_owner for pk, own, of_owner in rows}
