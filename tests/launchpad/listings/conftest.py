"""Listings at every stage of their road, and the people who judge them."""

from __future__ import annotations

import shutil
from datetime import timedelta
from decimal import Decimal

import pytest

from exchange.accounts.models import Customer
from exchange.core import clock
from exchange.core.actors import Actor
from launchpad.listings import (
    apply,
    checklist,
    committee,
    interests,
    schedule,
    signing,
    stages,
    terms,
)
from launchpad.listings.models import ChainCheck, Listing
from launchpad.listings.states import Stage
from launchpad.listings.words import APPROVE, VIEW, VOTE, WANTED, WORK
from tests import factories, without
from tests.factories import chains
from tests.factories import wallets as rows
from tests.factories.accounts import acting, staff

CONTRACT = "0x" + "ab" * 20
TOKEN = {
    "name": "Harbour",
    "code": "HRB",
    "asset_class": "token",
    "network": "ERC20",
    "contract": CONTRACT,
    "supply": Decimal(1_000_000),
    "about": "Pays for berths in small harbours.",
    "risks": "Few harbours take it yet.",
}
COMPANY = {
    "company": "Harbour Foundation",
    "company_country": "CH",
    "company_number": "CHE-123",
    "website": "https://harbour.example",
    "paper": "https://harbour.example/paper.pdf",
    "contact_name": "Ada Quay",
    "contact_role": "director",
}


@pytest.fixture(autouse=True)
def signer_word(monkeypatch):
    """The signer names everything, unless a test says what it lacks. test_signing.py asks a real
    one."""
    said = {"lacks": ""}
    monkeypatch.setattr(signing, "_status", lambda: None if said["lacks"] is None else {})
    monkeypatch.setattr(signing, "lack_of", lambda listing, status: said["lacks"])
    return said


@pytest.fixture(scope="session")
def evm_process(tmp_path_factory):
    if not shutil.which("npm"):
        without("npm")
    yield from chains.running(chains.evm_process(tmp_path_factory.mktemp("evm")))


@pytest.fixture
def evm_node(db, settings, evm_process):
    """Ethereum on anvil, followed from its tip."""
    return chains.followed(settings, "ERC20", evm_process, "31337")


@pytest.fixture
def ethereum(db):
    return rows.network("ERC20")


@pytest.fixture
def usdt(db):
    return factories.asset("USDT", precision=12)


@pytest.fixture
def project(db, ethereum, usdt) -> Customer:
    return factories.customer()


def manager() -> Actor:
    return staff(WORK, VOTE, VIEW)


def treasurer() -> Actor:
    return staff(APPROVE, VOTE, VIEW)


def free(listing: Listing, *people: Actor) -> None:
    """They say that they have no interest in it."""
    for person in people:
        interests.declare(listing_id=listing.pk, conflict=False, words="", actor=person)


def filled(project: Customer, **changes) -> Listing:
    """A draft with everything in it."""
    who = acting(project)
    listing = apply.start(customer_id=project.pk, asset_class="token", actor=who)
    apply.save(listing_id=listing.pk, values={**TOKEN, **COMPANY, **changes}, actor=who)
    apply.add_member(
        listing_id=listing.pk, name="Ada Quay", role="director", country="CH", actor=who
    )
    listing.refresh_from_db()
    for kind in WANTED[listing.asset_class]:  # as rows: making pictures anew takes a process each
        listing.documents.create(
            kind=kind, mime="image/png", size=1, sha256=kind, uploaded_at=clock.now()
        )
    return listing


def submitted(project: Customer, **changes) -> Listing:
    return apply.submit(
        listing_id=filled(project, **changes).pk, confirmed=True, actor=acting(project)
    )


def was_read(listing: Listing, **findings: str) -> ChainCheck:
    """Its contract was read, and nothing was wrong but what is said: key="bad"."""
    run = ChainCheck.objects.create(
        listing=listing,
        state="done",
        network="ERC20",
        contract=listing.contract,
        height=100,
        block_hash="0x" + "11" * 32,
        decimals=18,
        holders=500,
        asked_by="tests",
        asked_at=clock.now(),
        done_at=clock.now(),
    )
    for key, verdict in {"code": "good", **findings}.items():
        run.findings.create(key=key, verdict=verdict, says=f"{key} is {verdict}.")
    Listing.objects.filter(pk=listing.pk).update(decimals=18)
    listing.refresh_from_db()
    return run


def judged(listing: Listing, who: Actor, score: int = 3) -> None:
    """Every item of the checklist."""
    for item in checklist.items_of(listing.asset_class):
        checklist.score(
            listing_id=listing.pk, key=item.key, score=score, evidence="page 4", actor=who
        )


def before_committee(project: Customer, who: Actor) -> Listing:
    """Checked, judged, and past the vote."""
    from launchpad.listings import screen

    listing = submitted(project)
    free(listing, who)
    Listing.objects.filter(pk=listing.pk).update(stage=Stage.CHECKS)
    screen.screen(listing_id=listing.pk)
    was_read(listing)
    stages.begin_diligence(listing_id=listing.pk, actor=who)
    judged(listing, who)
    Listing.objects.filter(pk=listing.pk).update(stage=Stage.COMMITTEE)
    listing.refresh_from_db()
    return listing


def approved(project: Customer, who: Actor) -> Listing:
    """The committee was for it."""
    listing = before_committee(project, who)
    members = [who, treasurer(), staff(VOTE, VIEW)]
    free(listing, *members[1:])
    for member in members:
        committee.vote(listing_id=listing.pk, choice="for", actor=member)
    committee.close(
        listing_id=listing.pk, minutes="Everybody was for it; no open questions.", actor=who
    )
    listing.refresh_from_db()
    return listing


def dates(*, deposits: int = 1, trading: int = 24, withdrawals: int = 48):
    """In so many hours."""
    now = clock.now().replace(microsecond=0)
    return {
        "deposits_at": now + timedelta(hours=deposits),
        "trading_at": now + timedelta(hours=trading),
        "withdrawals_at": now + timedelta(hours=withdrawals),
    }


def usual(usdt, price: str = "0.5", decimals: int = 18) -> terms.Terms:
    return terms.suggest(price=Decimal(price), decimals=decimals, quote=usdt)


def scheduled(project: Customer, usdt, who: Actor, **hours: int) -> Listing:
    """In the public calendar."""
    from exchange.audit import proposals

    listing = approved(project, who)
    proposal = schedule.propose(
        listing_id=listing.pk,
        market_terms=usual(usdt),
        quote="USDT",
        reason="the project is ready",
        actor=who,
        **dates(**hours),
    )
    second = treasurer()
    free(listing, second)
    done = proposals.approve(proposal_id=proposal.pk, actor=second)
    assert done.state == "executed", done.outcome
    listing.refresh_from_db()
    return listing
