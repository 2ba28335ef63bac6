"""Every verb of the launchpad that takes an actor refuses one who may not, first of all.

The verbs are found, not listed: a new one is asked by being there, or has to say here why it asks
nobody.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models

import launchpad
from exchange.audit.models import AuditEvent
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import NotFound, PermissionRefused
from launchpad.earn.products import NewProduct
from launchpad.earn.terms import Draft
from launchpad.governance.propose import Timeline
from launchpad.listings import apply as applying
from tests import factories
from tests.factories import launchpad as votes
from tests.factories.accounts import acting, staff

pytestmark = pytest.mark.django_db

EDGES = {"admin", "api", "web", "tasks", "demo", "migrations", "management", "models"}
# Verbs for the exchange's own processes and for other verbs, which asked; each with its caller.
ASKED_BY_ANOTHER = {
    "programmes.fund.take_in": "rooms that collected money for a purpose",
    "programmes.prepare.prepare": "accruals, arrivals and rewards",
    "programmes.prepare.release": "whoever prepared it held back",
    "snapshots.plan.plan": "votes, sales and airdrops, in verbs of theirs",
    "governance.propose.write": "hand_in, draft_by_staff and open_proposal",
    "rewards.grant.grant": "rules of campaigns; by hand with a permission there",
    "sales.approve.carry_out": "the approval of a proposal",
    "sales.fund.carry_out": "the approval of a proposal",
}


def verbs() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Public functions that take an actor and no row that somebody else has locked for them."""
    for found in pkgutil.walk_packages(launchpad.__path__, "launchpad."):
        parts = found.name.split(".")[1:]
        if EDGES & set(parts):
            continue
        module = importlib.import_module(found.name)
        for name, function in vars(module).items():
            if (
                inspect.isfunction(function)
                and function.__module__ == found.name
                and not name.startswith("_")
                and is_verb(function)
            ):
                yield ".".join([*parts, name]), function


def is_verb(function: Callable[..., Any]) -> bool:
    hints = typing.get_type_hints(function)
    names = inspect.signature(function).parameters
    takes_row = any(
        inspect.isclass(hints.get(name)) and issubclass(hints[name], models.Model) for name in names
    )
    keyword_only = all(each.kind is each.KEYWORD_ONLY for each in names.values())
    return "actor" in names and keyword_only and not takes_row


VERBS = dict(verbs())
# Words that other verbs take under the same name.
OTHER_WORDS = {
    "listings.papers.upload": {"kind": "legal"},
    "listings.apply.add_member": {"role": "chief", "country": "DE"},
}
WORDS = "Words that are long enough to be taken for a reason by everybody who asks for one."


@pytest.fixture
def things() -> dict[str, Any]:
    """What verbs take, by the names of their parameters; rows that do not exist have number 1."""
    alice = factories.customer()
    proposal = votes.published()
    listing = applying.start(customer_id=alice.pk, asset_class="token", actor=acting(alice))
    now = clock.now()
    timeline = Timeline(now + timedelta(days=3), now + timedelta(days=4), now + timedelta(days=9))
    draft = Draft(Decimal(1), Decimal(100), Decimal(100), [(Decimal(0), 10_000)])
    new = NewProduct("new", "New", "flexible", "rate", 1, WORDS, WORDS)
    return {
        "customer_id": alice.pk,
        "referee_id": alice.pk,
        "proposal_id": proposal.pk,
        "listing_id": listing.pk,
        "timeline": timeline,
        "draft": draft,
        "new": new,
        "kind": "interest",
        "quote": "USDT",
        "values": {},
        "market_terms": {},
        "content": b"1,2",
        "asset_class": "token",
        "request_no": "r1",
    }


def value_of(name: str, hint: Any, things: dict[str, Any]) -> Any:
    if name in things:
        return things[name]
    for kind in (hint, *typing.get_args(hint)):
        match kind:
            case _ if kind is bool:
                return True
            case _ if kind is int:
                return 1
            case _ if kind is str:
                return WORDS
            case _ if kind is Decimal:
                return Decimal(1)
            case _ if kind is datetime:
                return clock.now() + timedelta(days=2)
            case _ if kind is date:
                return clock.now().date() - timedelta(days=1)
    return {} if "Mapping" in str(hint) or "dict" in str(hint) else []


def asks(function: Callable[..., Any], actor: Actor, things: dict[str, Any]) -> None:
    hints = typing.get_type_hints(function)
    given = {
        name: value_of(name, hints.get(name), things)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is parameter.empty and name != "actor"
    }
    function(**given, actor=actor)


def written() -> int:
    """How many rows this transaction's database session has written so far, in all tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)"
            " FROM pg_stat_xact_user_tables"
        )
        return int(cursor.fetchone()[0])


NOBODY = {
    "a member of staff without permissions": lambda: staff(),
    "another customer": lambda: acting(factories.customer()),
}


@pytest.mark.parametrize("who", NOBODY)
def test_a_verb_refuses_whoever_may_not_before_anything_else(who, things):
    actor = NOBODY[who]()
    wrong = []
    before, said = written(), AuditEvent.objects.count()
    for name, function in VERBS.items():
        if name in ASKED_BY_ANOTHER:
            continue
        try:
            asks(function, actor, things | OTHER_WORDS.get(name, {}))
        except (PermissionRefused, NotFound) as refused:
            if isinstance(refused, NotFound) and who != "another customer":
                wrong.append(f"{name}: looked before it asked ({refused})")
        except Exception as error:  # noqa: BLE001  told below
            wrong.append(f"{name}: {type(error).__name__}: {error}")
        else:
            wrong.append(f"{name}: was done")
    assert not wrong, "\n".join(wrong)
    assert (written(), AuditEvent.objects.count()) == (before, said)


def test_every_exception_still_stands():
    assert set(ASKED_BY_ANOTHER) <= set(VERBS)


def test_there_are_many_verbs():
    """The search finds them: were it broken, it would find none and everything would pass."""
    assert len(VERBS) > 70
    assert {"earn.redeem.redeem", "sales.commit.commit", "governance.cast.cast"} <= set(VERBS)
