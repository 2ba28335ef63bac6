"""What has to happen to one transfer, from what is known of it now. Pure rules, then one verb.

    outgoing, nothing said of the address    the customer is asked
    own wallet                               kept; above the regime's amount only when proved
    somebody else's wallet                   kept; above that amount an officer decides
    an account at a reachable provider       a message is built and sent
    at one that takes no messages            sunrise: kept, or an officer decides

Incoming ones follow the same rules about who sent them; instead of a message, the sender's provider
is asked for one.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Q

from compliance.travel_rule import contents, keys, moves, people
from compliance.travel_rule.ivms101.parts import Faulty, Message, Party, Provider, build
from compliance.travel_rule.models import AddressOwner, Counterparty, TravelMessage
from compliance.travel_rule.regimes import Regime, Sunrise, by_code
from compliance.travel_rule.states import State
from exchange.core import clock

Kind, Direction = AddressOwner.Kind, TravelMessage.Direction
# States in which a new word of the customer's changes what happens.
OPEN_TO_CUSTOMER = [
    State.CUSTOMER, State.REPAIR, State.STAFF, State.READY, State.UNREACHABLE, State.SENT,
]  # fmt: skip
MOST_AT_ONCE = 100
# Chains of coins name no sender: what a customer says is then about one transaction.
BY_TRANSACTION = "tx:"
OWNER_UNKNOWN = "The customer has not said whose address it is."
PROOF_MISSING = "The customer has not proved that the wallet is theirs."


class Plan(NamedTuple):
    """Where a transfer stands after the rules. `counterparty`: whom a message concerns."""

    state: State
    says: str
    counterparty: Counterparty | None = None


def of(
    *,
    owner: AddressOwner | None,
    regime: Regime,
    usd: object,
    customer_known: bool,
) -> Plan:
    """The rules. `usd` is what it is worth, None when nobody knows."""
    if owner is None:
        return Plan(State.CUSTOMER, OWNER_UNKNOWN)
    strict = regime.must_be_proved(usd)  # type: ignore[arg-type]
    if owner.kind == Kind.OWN_WALLET:
        if strict and owner.proved_at is None:
            if owner.key.startswith(BY_TRANSACTION):
                return Plan(State.STAFF, "This chain names no sender that could be proved.")
            return Plan(State.CUSTOMER, PROOF_MISSING)
        how = f", proved by {owner.get_proof_display()}" if owner.proof else ""
        return Plan(State.KEPT, f"The customer's own wallet, as they say{how}.")
    if owner.kind == Kind.OTHER_WALLET:
        if strict:
            return Plan(State.STAFF, "Somebody else's wallet, above the amount that needs proof.")
        return Plan(State.KEPT, "Somebody else's wallet; their name is kept.")
    return _hosted(owner, regime, customer_known)


def _hosted(owner: AddressOwner, regime: Regime, customer_known: bool) -> Plan:
    provider = owner.provider
    if provider is not None and provider.status == Counterparty.Status.SUSPENDED:
        return Plan(State.STAFF, f"{provider.name} is suspended.", provider)
    if provider is not None and provider.reachable:
        if not customer_known:
            return Plan(State.STAFF, "Nobody knows yet who our customer is.", provider)
        return Plan(State.READY, "", provider)
    name = provider.name if provider is not None else owner.provider_name
    if regime.unreachable == Sunrise.KEEP:
        return Plan(
            State.KEPT, f"{name} takes no messages; what the law asks for is kept.", provider
        )
    return Plan(State.STAFF, f"{name} takes no messages; {regime.name} needs a decision.", provider)


def apply(row: TravelMessage, owner: AddressOwner | None) -> None:
    """Plan a locked (or new) row anew, build its message, save and announce it."""
    assert row.customer_id is not None
    regime = by_code(row.regime)
    party = people.party_of(row.customer_id, accounts=(row.address,))
    plan = of(owner=owner, regime=regime, usd=row.usd, customer_known=party is not None)
    row.owner = owner
    row.counterparty = plan.counterparty
    state, says = plan.state, plan.says
    if row.direction == Direction.OUT and owner is not None and state in (State.READY, State.KEPT):
        try:
            fault = _build(row, owner, party)
        except Faulty as faulty:
            fault = str(faulty)
        if fault and state == State.READY:
            state, says = State.STAFF, f"No valid message can be built: {fault}"
    if state == State.READY:
        row.revision += int(row.direction == Direction.OUT)
        row.attempts = 0
        row.next_try_at = clock.now()
    moves.move(row, state, says=says, faults=[])


def again(owner: AddressOwner) -> int:
    """Go on with the transfers that are about an address of which something new is known.

    Part of the transaction that says it. Returns how many.
    """
    paid_to_it = Q(direction=Direction.OUT, key=owner.key, memo=owner.memo)
    # Those for which a message has come are between the providers.
    came_from_it = Q(direction=Direction.IN, sender=owner.key, revision=0) & ~Q(transfer="")
    rows = list(
        TravelMessage.objects.select_for_update(of=("self",))
        .filter(customer_id=owner.customer_id, network=owner.network, state__in=OPEN_TO_CUSTOMER)
        .filter(paid_to_it | came_from_it)
        .order_by("pk")[:MOST_AT_ONCE]
    )
    for row in rows:
        apply(row, owner)
    return len(rows)


def _build(row: TravelMessage, owner: AddressOwner, party: Party | None) -> str:
    """Seal what is known into the row. Returns why it could not, or nothing."""
    if party is None:
        return "who our customer is, is not known"
    provider = row.counterparty
    receiving = None
    if provider is not None:
        receiving = Provider(name=provider.name, lei=provider.lei, country=provider.jurisdiction)
    elif owner.provider_name:
        receiving = Provider(name=owner.provider_name)
    contents.put(
        row,
        build(
            Message(
                originator=party,
                beneficiary=_beneficiary(owner, party, row.address),
                originating=keys.ourselves(),
                receiving=receiving,
            )
        ),
    )
    return ""


def _beneficiary(owner: AddressOwner, party: Party, address: str) -> Party:
    if owner.is_own:
        return Party(
            company=party.company,
            family_name=party.family_name,
            given_names=party.given_names,
            country=party.country,
            accounts=(address,),
        )
    person = contents.get_person(owner)
    company = bool(person.get("company"))
    given, _space, family = person.get("name", "").rpartition(" ")
    return Party(
        company=company,
        family_name=person.get("name", "") if company else family,
        given_names="" if company else given,
        street=person.get("street", ""),
        city=person.get("city", ""),
        country=person.get("country", ""),
        accounts=(address,),
    )
