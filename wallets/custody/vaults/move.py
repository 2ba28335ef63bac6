"""Ask for a move into or out of a vault, and let a second person agree where it takes one.

Up to a vault's `alone` within 24 hours one person moves it; what our own processes suggest takes a
person too. Asking again under the same reference is the same wish.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from exchange.audit.record import record
from exchange.core import clock, dispatch, outbox, switches
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, KeyReused, NotFound, PermissionRefused
from exchange.core.money import from_units, parse, plain, to_units
from wallets.addresses import issue
from wallets.custody.models import Vault, VaultMove
from wallets.custody.vaults import register
from wallets.custody.vaults.calls import Reader

ASK, AGREE = "wallets.move_vault", "wallets.agree_vaultmove"
Kind, State = VaultMove.Kind, VaultMove.State
OPEN = (State.ASKED, State.AGREED, State.SENT)
DAY = timedelta(days=1)


def ask(
    *, vault_id: int, kind: str, amount: Decimal, reference: str, actor: Actor, reason: str
) -> VaultMove:
    """Write the wish down; it is sent by itself once it takes nobody more.

    Raises PermissionRefused, NotFound, Invalid (amount, reason), Conflict (another move is under
    way, more than the vault has or gives back, beyond the signer's limit), NotInPolicy,
    SwitchedOff, ChainUnavailable, SignerUnavailable, KeyReused.
    """
    actor.require(ASK)
    vault = _vault(vault_id)
    what = vault.asset_network
    precision = min(what.decimals, what.asset.precision)
    units = to_units(parse(amount, field="amount", precision=precision), what.decimals)
    if kind not in Kind.values or not reason.strip():
        raise Invalid("Say what to do, and why.", field="reason")
    if before := VaultMove.objects.filter(reference=reference).first():
        return _the_same(before, vault, kind, units)
    _refuse_beyond_limits(vault, kind, units)
    with transaction.atomic():
        switches.hold_still()
        switches.refuse_if_closed(*switches_of(vault, kind))
        # A token's approval of a vault is one number: moves of a vault take turns.
        locked = Vault.objects.select_for_update().get(pk=vault.pk)
        if before := VaultMove.objects.filter(reference=reference).first():
            return _the_same(before, vault, kind, units)
        if under_way := VaultMove.objects.filter(vault=vault, state__in=OPEN).first():
            raise Conflict("Another move of this vault is under way.", limit=under_way.pk)
        alone = actor.user_id is not None and _today(locked, actor) + units <= locked.alone
        made = VaultMove.objects.create(
            vault=vault,
            kind=kind,
            units=units,
            state=State.AGREED if alone else State.ASKED,
            reference=reference,
            reason=reason[:500],
            asked_by=actor.label,
            asked_by_id=actor.user_id,
            asked_at=clock.now(),
        )
        record(
            actor=actor,
            verb="custody.ask_vault_move",
            target=made,
            reason=reason,
            after={"kind": kind, "units": str(units), "vault": vault.address, "alone": alone},
        )
        outbox.announce("custody.vault_move", move_id=made.pk, state=made.state)
        wake(made)
    return made


def agree(*, move_id: int, actor: Actor) -> VaultMove:
    """Be the second person. Agreeing twice is agreeing once.

    Raises PermissionRefused (also to whoever asked), NotFound, Conflict in another state.
    """
    actor.require(AGREE)
    with transaction.atomic():
        row = locked_move(move_id)
        if row.state in (State.AGREED, State.SENT, State.MINED):
            return row
        _refuse_unless_asked(row)
        if actor.user_id is not None and actor.user_id == row.asked_by_id:
            raise PermissionRefused("You asked for this yourself: somebody else has to agree.")
        row.state, row.agreed_by, row.agreed_at = State.AGREED, actor.label, clock.now()
        row.save(update_fields=["state", "agreed_by", "agreed_at"])
        record(actor=actor, verb="custody.agree_vault_move", target=row)
        wake(row)
    return row


def decline(*, move_id: int, actor: Actor, reason: str) -> VaultMove:
    """Give a wish up that nobody has agreed to. Raises as `agree` does; whoever asked may."""
    if not (actor.may(AGREE) or actor.may(ASK)):
        actor.require(AGREE)
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        row = locked_move(move_id)
        if row.state == State.DECLINED:
            return row
        _refuse_unless_asked(row)
        row.state, row.last_error, row.ended_at = State.DECLINED, reason[:500], clock.now()
        row.save(update_fields=["state", "last_error", "ended_at"])
        record(actor=actor, verb="custody.decline_vault_move", target=row, reason=reason)
    return row


def locked_move(move_id: int) -> VaultMove:
    """The row, locked until the transaction ends. Raises NotFound."""
    found = (
        VaultMove.objects.select_for_update(of=("self",))
        .select_related("vault__key_set__network", "vault__asset_network__asset")
        .filter(pk=move_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such move of a vault.", field="move")
    return found


def switches_of(vault: Vault, kind: str) -> list[str]:
    """Into a vault it goes only while it may go out at all; home it comes always."""
    names = [switches.wallet(vault.key_set.name)]
    if kind == Kind.DEPOSIT:
        names += switches.withdrawals(
            asset=vault.asset_network.asset.code, network=vault.key_set.network.code
        )
    return names


def wake(row: VaultMove) -> None:
    """Go on after the commit, where it is to be sent."""
    if row.state in (State.AGREED, State.SENT):
        dispatch.after_commit("custody.vault_step", queue="wallets", move_id=row.pk)


def _vault(vault_id: int) -> Vault:
    found = (
        Vault.objects.select_related("key_set__network", "asset_network__asset")
        .filter(pk=vault_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such vault.", field="vault")
    return found


def _the_same(before: VaultMove, vault: Vault, kind: str, units: int) -> VaultMove:
    if (before.vault_id, before.kind, before.units) != (vault.pk, kind, units):
        raise KeyReused(field="reference")
    return before


def _refuse_unless_asked(row: VaultMove) -> None:
    if row.state != State.ASKED:
        raise Conflict(f"This move {row.get_state_display()} already.", limit=row.state)


def _refuse_beyond_limits(vault: Vault, kind: str, units: int) -> None:
    """What the signer would refuse anyway, or the vault: said before anything is written."""
    limits = register.limits_of(vault.key_set, vault.address)
    code, decimals = vault.asset_network.asset.code, vault.asset_network.decimals
    if kind == Kind.WITHDRAW:
        holder = issue.own_address(key_set_id=vault.key_set_id).address
        most = Reader(vault.key_set.network.code).withdrawable(vault.address, holder)
        if units > most:
            words = plain(from_units(most, decimals))
            raise Conflict(f"The vault gives back {words} {code} now.", field="amount", limit=words)
        return
    most = min(int(limits["per_transaction"]), max(0, int(limits["per_day"]) - int(limits["used"])))
    if units > most:
        words = plain(from_units(most, decimals))
        raise Conflict(
            f"The signer lets {words} {code} go into this vault now.", field="amount", limit=words
        )


def _today(vault: Vault, actor: Actor) -> int:
    """What a person moved without anybody else in 24 hours, whatever became of it."""
    rows = VaultMove.objects.filter(
        vault=vault, asked_by_id=actor.user_id, asked_at__gt=clock.now() - DAY, agreed_by=""
    ).exclude(state=State.DECLINED)
    return int(rows.aggregate(total=Sum("units"))["total"] or 0)
