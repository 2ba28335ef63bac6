"""Have the contract read on its chain: asked for by people, done by a task, kept with its block."""

from __future__ import annotations

import logging
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit.record import record
from exchange.core import clock, dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound
from launchpad.listings import probe, road
from launchpad.listings.models import ChainCheck, ChainFinding, Listing
from launchpad.listings.states import Stage
from launchpad.listings.words import WORK
from wallets.chains import nodes
from wallets.chains.contract import ContractReader
from wallets.chains.evm import EvmAdapter
from wallets.chains.interface import ChainUnavailable

log = logging.getLogger(__name__)
TASK, QUEUE = "listings.check_chain", "wallets"
State = ChainCheck.State
MOST_KEPT = 200  # runs of one listing
LARGEST_SUPPLY = Decimal(10) ** 30  # as in an application


def ask(*, listing_id: int, actor: Actor) -> ChainCheck:
    """Have it read; one that waits already is returned. Raises PermissionRefused, Invalid."""
    actor.require(WORK)
    with transaction.atomic():
        listing = road.locked(listing_id)
        waiting = listing.chain_checks.filter(state=State.ASKED).first()
        if waiting is None:
            waiting = _asked(listing, actor)
        # Also when it waits already: the wake-up may have been lost.
        dispatch.after_commit(TASK, queue=QUEUE, check_id=waiting.pk)
    return waiting


def _asked(listing: Listing, actor: Actor) -> ChainCheck:
    if not listing.contract or listing.network is None:
        raise Invalid(_("There is no contract to read."), field="contract")
    if listing.chain_checks.count() >= MOST_KEPT:
        raise Invalid(_("It was read often enough."), limit=MOST_KEPT)
    row = ChainCheck.objects.create(
        listing=listing,
        network=listing.network.code,
        contract=listing.contract,
        asked_by=actor.label,
        asked_at=clock.now(),
    )
    record(actor=actor, verb="listings.ask_check", target=listing, after={"contract": row.contract})
    return row


def run(check_id: int) -> int:
    """Read the contract. Returns how many findings there are; 0 when it was done already.

    The node is asked outside any transaction. Safe to run twice: the first to write wins.
    """
    row = ChainCheck.objects.select_related("listing").filter(pk=check_id).first()
    if row is None:
        raise NotFound(f"There is no check {check_id}.", field="check_id")
    if row.state != State.ASKED:
        return 0
    try:
        reader, found = _read(row)
    except (ChainUnavailable, NotFound) as error:
        return _write_failure(row, str(error))
    except Exception:  # whatever a stranger's contract answers, others are read all the same
        log.exception("check %s of %s broke", row.pk, row.contract)
        return _write_failure(row, "It answered something that could not be read.")
    with transaction.atomic():
        road.locked(row.listing_id)
        row.refresh_from_db()
        if row.state != State.ASKED:
            return 0
        row.state, row.done_at = State.DONE, clock.now()
        row.height, row.block_hash = reader.block.height, reader.block.hash
        row.symbol, row.name = found.symbol, found.name
        row.decimals = found.decimals if (found.decimals or 0) <= 36 else None
        row.supply_units = found.supply if (found.supply or 0) < 10**78 else None
        row.holders = found.holders
        row.save()
        ChainFinding.objects.bulk_create(
            ChainFinding(
                check_run=row,
                key=each.key,
                verdict=each.verdict,
                value=each.value[:200],
                says=each.says[:400],
                rows=list(each.rows),
            )
            for each in found.findings
        )
        _fill_in(row)
    return len(found.findings)


def sweep(*, limit: int = 20) -> int:
    """Run what waits since its wake-up was lost. Returns how many."""
    waiting = ChainCheck.objects.filter(state=State.ASKED).order_by("id")
    ids = list(waiting.values_list("pk", flat=True)[:limit])
    return sum(1 for check_id in ids if run(check_id))


def newest(listing: Listing) -> ChainCheck | None:
    """The last run that came to an end."""
    return listing.chain_checks.exclude(state=State.ASKED).order_by("-id").first()


def since(listing: Listing) -> datetime | None:
    """When the contract that it has now was first asked about, if it had another before; what was
    judged earlier was judged about that one. None when there was no other."""
    now = {"network": listing.network.code if listing.network else "", "contract": listing.contract}
    other = listing.chain_checks.exclude(**now).order_by("-id").first()
    if other is None:
        return None
    first = listing.chain_checks.filter(**now, id__gt=other.pk).order_by("id").first()
    return first.asked_at if first is not None else clock.now()


def bad(listing: Listing) -> list[ChainFinding]:
    """What speaks against it in the newest run."""
    row = newest(listing)
    if row is None or row.state != State.DONE:
        return []
    return list(row.findings.filter(verdict=ChainFinding.Verdict.BAD).order_by("id"))


def _read(row: ChainCheck) -> tuple[ContractReader, probe.Probed]:
    adapter = nodes.adapter(row.network)
    if not isinstance(adapter, EvmAdapter):
        raise ChainUnavailable(f"contracts of {row.network} can't be read here")
    status = adapter.status()
    block = adapter.block_id(status.height)
    if block is None:
        raise ChainUnavailable("the node lost its newest block")
    reader = ContractReader(adapter, row.contract, block)
    listing = row.listing
    return reader, probe.probe(
        reader, code=listing.code, decimals=listing.decimals, supply=listing.supply
    )


def _write_failure(row: ChainCheck, why: str) -> int:
    ChainCheck.objects.filter(pk=row.pk, state=State.ASKED).update(
        state=State.FAILED, error=why[:300], done_at=clock.now()
    )
    log.warning("check %s of %s failed: %s", row.pk, row.contract, why)
    return 0


def _fill_in(row: ChainCheck) -> None:
    """What only the chain can say, where nobody has said it. Staff's own drafts take all of it."""
    listing = Listing.objects.select_for_update(no_key=True).get(pk=row.listing_id)
    changed = []
    where = (listing.network.code if listing.network else "", listing.contract)
    if (row.network, row.contract) != where:
        return  # of the contract that was named before
    if listing.decimals is None and row.decimals is not None:
        listing.decimals = row.decimals
        changed.append("decimals")
    if listing.customer_id is None and listing.stage in (Stage.DRAFT, Stage.CHECKS):
        code = "".join(c for c in row.symbol.upper() if c.isascii() and c.isalnum())[:12]
        for field, value in (("code", code), ("name", row.name)):
            if value and not getattr(listing, field):
                setattr(listing, field, value)
                changed.append(field)
        supply = Decimal(row.supply_units or 0).scaleb(-(row.decimals or 0))
        if listing.supply is None and row.decimals is not None and 0 < supply < LARGEST_SUPPLY:
            listing.supply = supply
            changed.append("supply")
    if changed:
        listing.save(update_fields=changed)
