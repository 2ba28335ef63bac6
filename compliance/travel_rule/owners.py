"""Whose an address is, as the customer says, and how a wallet of their own is proved.

Asked once for an address: what was said counts for every later transfer until it is said anew.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.travel_rule import contents, listed, people, plan
from compliance.travel_rule.models import AddressOwner, Counterparty
from exchange.accounts.actors import require_holder
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from exchange.core.money import plain

PERMISSION = "compliance.work_travelmessage"
Kind, Proof = AddressOwner.Kind, AddressOwner.Proof
CHALLENGE_GOOD_FOR = timedelta(days=7)
MOST_OF_ONE = 500  # addresses that one customer can have described

# Who can judge a message signed by a wallet: (network, address, text, signature), raising Invalid.
Verifier = Callable[[str, str, str, str], None]
_verifiers: list[Verifier] = []


def verified_by(verifier: Verifier) -> None:
    """Wallets know how addresses sign; they register the function that judges it."""
    _verifiers[:] = [verifier]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOwner:
    """What a customer says. `key` is the address as it is compared. Of somebody else a name, and
    where they live; of an account elsewhere a provider of the directory, or its name."""

    customer_id: int  # any account of theirs
    network: str
    key: str
    memo: str = ""
    kind: str
    provider_id: int | None = None
    provider_name: str = ""
    name: str = ""
    company: bool = False
    street: str = ""
    city: str = ""
    country: str = ""


def standing(*, customer_id: int, network: str, key: str, memo: str = "") -> AddressOwner | None:
    """What a main account's holder last said of an address. One indexed query."""
    return (
        AddressOwner.objects.filter(
            customer_id=customer_id, network=network, key=key, memo=memo, replaced_at=None
        )
        .select_related("provider")
        .first()
    )


def declare(*, new: NewOwner, actor: Actor) -> AddressOwner:
    """Write down whose an address is, and go on with every transfer that waited for it.

    Raises Invalid naming the field that is missing, PermissionRefused.
    """
    require_holder(actor=actor, customer_id=new.customer_id, permission=PERMISSION)
    owner_id = people.main_account(new.customer_id)
    provider = _provider(new)
    _refuse_incomplete(new, provider)
    with transaction.atomic():
        before = _locked_standing(owner_id, new)
        if (
            before is None
            and AddressOwner.objects.filter(customer_id=owner_id, replaced_at=None).count()
            >= MOST_OF_ONE
        ):
            raise Conflict(_("You have described very many addresses. Please ask support."))
        if before is not None:
            before.replaced_at = clock.now()
            before.save(update_fields=["replaced_at"])
        row = AddressOwner.objects.create(
            customer_id=owner_id,
            network=new.network,
            key=new.key,
            memo=new.memo,
            kind=new.kind,
            provider=provider,
            provider_name="" if provider is not None else new.provider_name.strip(),
            declared_at=clock.now(),
        )
        _keep_proof(before, row)
        if new.kind in (Kind.OTHER_WALLET, Kind.OTHER_ACCOUNT):
            contents.put_person(row, _person(new))
        row.save()
        listed.expect(row)
        record(
            actor=actor,
            verb="travel_rule.declare",
            target=row,
            after={"customer": owner_id, "network": row.network, "key": row.key, "kind": row.kind},
        )
        plan.again(row)
    return row


def ask_proof(
    *, owner_id: int, actor: Actor, asset: str = "", least: Decimal | None = None
) -> AddressOwner:
    """Give the customer the text to sign, and (with an asset) the amount to send instead.

    `least` is the least amount that is noticed; the last digits are drawn by lot.
    """
    with transaction.atomic():
        row = _locked(owner_id)
        require_holder(actor=actor, customer_id=row.customer_id, permission=PERMISSION)
        if row.kind != Kind.OWN_WALLET:
            raise Conflict(_("Only a wallet of your own is proved."))
        row.challenge = (
            f"Holdfast: this wallet is mine. Customer {row.customer_id}, address {row.key},"
            f" number {secrets.token_hex(8)}"
        )
        row.challenged_at = clock.now()
        if asset and least is not None:
            row.challenge_asset = asset
            row.challenge_amount = least + (secrets.randbelow(899) + 100) * Decimal("0.000001")
        row.save()
    return row


def prove_by_message(*, owner_id: int, signature: str, actor: Actor) -> AddressOwner:
    """Take the wallet's signature over the text that was given. Raises Invalid when it is none."""
    row = _one(owner_id)
    require_holder(actor=actor, customer_id=row.customer_id, permission=PERMISSION)
    _refuse_stale(row)
    if not _verifiers:
        raise Conflict(_("Signed messages can't be checked at the moment."))
    _verifiers[0](row.network, row.key, row.challenge, signature.strip())
    with transaction.atomic():
        row = _locked(owner_id)
        _refuse_stale(row)
        _proved(row, Proof.MESSAGE, f"signed: {row.challenge}", actor)
    return row


def notice_payment(
    *, customer_id: int, network: str, sender: str, asset: str, amount: Decimal, actor: Actor
) -> AddressOwner | None:
    """A small payment out of a wallet that was to be proved by one: exactly the amount that was
    asked for. Called by whoever sees deposits; returns what it proved."""
    if not sender:
        return None
    with transaction.atomic():
        row = (
            AddressOwner.objects.select_for_update(of=("self",))
            .filter(
                customer_id=customer_id,
                network=network,
                key=sender,
                kind=Kind.OWN_WALLET,
                replaced_at=None,
                proved_at=None,
                challenge_asset=asset,
                challenge_amount=amount,
                challenged_at__gt=clock.now() - CHALLENGE_GOOD_FOR,
            )
            .first()
        )
        if row is not None:
            _proved(row, Proof.SATOSHI, f"paid {plain(amount)} {asset} from it", actor)
    return row


def _proved(row: AddressOwner, proof: str, evidence: str, actor: Actor) -> None:
    row.proof, row.proof_evidence, row.proved_at = proof, evidence[:500], clock.now()
    row.save()
    record(actor=actor, verb="travel_rule.prove_wallet", target=row, after={"proof": proof})
    plan.again(row)


def _keep_proof(before: AddressOwner | None, row: AddressOwner) -> None:
    """A wallet that was proved stays proved when the same is said of it again."""
    if before is None or before.kind != row.kind or before.proved_at is None:
        return
    row.proof, row.proof_evidence = before.proof, before.proof_evidence
    row.proved_at = before.proved_at


def _provider(new: NewOwner) -> Counterparty | None:
    if new.provider_id is None:
        return None
    found = Counterparty.objects.filter(pk=new.provider_id).first()
    if found is None:
        raise NotFound(_("Choose a provider of the list."), field="provider")
    return found


def _refuse_incomplete(new: NewOwner, provider: Counterparty | None) -> None:
    if new.kind not in Kind.values:
        raise Invalid(_("Say whose address it is."), field="kind")
    if new.kind in (Kind.OWN_ACCOUNT, Kind.OTHER_ACCOUNT):
        if provider is None and not new.provider_name.strip():
            raise Invalid(_("Say at which provider the account is."), field="provider_name")
    if new.kind in (Kind.OTHER_WALLET, Kind.OTHER_ACCOUNT):
        if len(new.name.split()) < (1 if new.company else 2):
            raise Invalid(_("Write first and last name."), field="name")
    for field, most in (("name", 100), ("provider_name", 100), ("street", 70), ("city", 35)):
        if len(getattr(new, field)) > most:
            raise Invalid(_("That is too long."), field=field, limit=most)


def _person(new: NewOwner) -> dict[str, str]:
    return {
        "name": new.name.strip(),
        "company": "1" if new.company else "",
        "street": new.street.strip(),
        "city": new.city.strip(),
        "country": new.country.strip().upper()[:2],
    }


def _locked_standing(owner_id: int, new: NewOwner) -> AddressOwner | None:
    """Of two declarations at once, the second waits and replaces the first."""
    return (
        AddressOwner.objects.select_for_update(of=("self",))
        .filter(
            customer_id=owner_id,
            network=new.network,
            key=new.key,
            memo=new.memo,
            replaced_at=None,
        )
        .first()
    )


def _refuse_stale(row: AddressOwner) -> None:
    asked = row.challenged_at
    if row.replaced_at is not None or not row.challenge or asked is None:
        raise Conflict(_("Ask for a text to sign first."))
    if asked < clock.now() - CHALLENGE_GOOD_FOR:
        raise Conflict(_("That text is too old. Ask for a new one."))


def _one(owner_id: int) -> AddressOwner:
    row = AddressOwner.objects.filter(pk=owner_id).first()
    if row is None:
        raise NotFound(_("There is no such address."), field="owner_id")
    return row


def _locked(owner_id: int) -> AddressOwner:
    row = AddressOwner.objects.select_for_update(of=("self",)).filter(pk=owner_id).first()
    if row is None:
        raise NotFound(_("There is no such address."), field="owner_id")
    return row
