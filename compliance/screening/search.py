"""Screen one name at the request of a person or a program. Looking somebody up is on the record."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.screening import names
from compliance.screening.folding import ANY, ENTITY, PERSON
from compliance.screening.names import Match
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Invalid

PERMISSION = "compliance.screen_name"
LONGEST = 200
MOST_MATCHES = 50
LEAST_FLOOR = 500  # thousandths; below it half of the world looks alike


def screen_name(
    *,
    name: str,
    actor: Actor,
    kind: str = ANY,
    births: Sequence[str] = (),
    countries: Sequence[str] = (),
    floor: int = 700,
) -> list[Match]:
    """Who on any list may be meant by this name, the likeliest first; at most MOST_MATCHES.

    Raises PermissionRefused, Invalid for an empty or endless name, an unknown kind, a floor that
    makes no sense.
    """
    actor.require(PERMISSION)
    text = name.strip()
    if not text or len(text) > LONGEST:
        raise Invalid(_("A name has 1 to 200 characters."), field="name", limit=LONGEST)
    if kind not in (ANY, PERSON, ENTITY):
        raise Invalid(_("A name is a person's or a company's."), field="kind", limit="person")
    if not LEAST_FLOOR <= floor <= 1000:
        raise Invalid(_("Between 500 and 1000."), field="floor", limit=LEAST_FLOOR)
    found = names.screen(
        texts=[text], kind=kind, births=births, countries=countries, floor=floor / 1000
    )[:MOST_MATCHES]
    with transaction.atomic():
        record(
            actor=actor,
            verb="screening.screen_name",
            target_type="listentry",
            target_id="",
            after={"name": text, "kind": kind, "matches": len(found)},
        )
    return found
