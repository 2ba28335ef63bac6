"""Screen one name by program: for staff's own tools and for integrators whom staff have trusted.

The key must belong to a member of staff whose role may screen names; the customer's own rights do
not count here. One look-up is one line in the audit log, as on the staff page.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from compliance.screening import explain, search
from compliance.screening.folding import ENTITY, PERSON
from compliance.screening.names import Match
from exchange.accounts.models import User
from exchange.api.endpoints import Access, Call, Room
from exchange.api.errors import SPOT
from exchange.api.parameters import Choice, Text, Whole
from exchange.api.shapes import strings
from exchange.core.actors import STAFF, Actor

room = Room("Compliance")

NAME = Text(name="name", required=True, about="A person's or a company's name, in any script.")
KIND = Choice(name="kind", among=(PERSON, ENTITY), about="Whose name it is; both when left out.")
BORN = Text(name="born", about="2001-12-31 or 2001. It moves the score and clears nobody.")
COUNTRY = Text(name="country", about="A country's code or name.")
FLOOR = Whole(
    name="floor",
    least=search.LEAST_FLOOR,
    most=1000,
    default=700,
    about="The least score of 1000 to be told of. From 700 on a person has to look.",
)
PART = strings("how mine listed says")
MATCH = {
    "score": "integer",
    **strings("source uid kind name matched role"),
    "births": ["string"],
    "countries": ["string"],
    "parts": [PART],
}


@room.post(
    "/compliance/v1/screen_name",
    access=Access.SIGNED,
    takes=[NAME, KIND, BORN, COUNTRY, FLOOR],
    gives={"matches": [MATCH]},
    family=SPOT,
)
def screen_name(call: Call) -> dict[str, Any]:
    """Whom the lists may mean by a name, the likeliest first, with the parts of each score."""
    born, country = call.read(BORN), call.read(COUNTRY)
    matches = search.screen_name(
        name=call.read(NAME),
        kind=call.read(KIND) or "",
        births=[born] if born else [],
        countries=[country] if country else [],
        floor=call.read(FLOOR),
        actor=_staff(call.actor),
    )
    return {"matches": [_said(match) for match in matches]}


def _staff(actor: Actor) -> Actor:
    """The key's owner with the permissions of their roles, if they are staff."""
    person = User.objects.filter(pk=actor.user_id or 0, is_staff=True, is_active=True).first()
    if person is None:
        return actor
    return replace(actor, kind=STAFF, may=person.has_perm)


def _said(match: Match) -> dict[str, Any]:
    entry = match.listed
    return {
        "score": match.score,
        "source": entry.source,
        "uid": entry.uid,
        "kind": entry.kind,
        "name": entry.names[0][0],
        "matched": match.listed_name,
        "role": match.role,
        "births": list(entry.births),
        "countries": list(entry.countries),
        "parts": [
            {
                "how": part.how,
                "mine": part.mine,
                "listed": part.listed,
                "says": explain.words_of(
                    {"how": part.how, "mine": part.mine, "listed": part.listed}
                ),
            }
            for part in match.parts
        ],
    }


urlpatterns = room.urlpatterns()
