"""Ask the gate about every deposit that has its confirmations."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from exchange.assets.models import Network
from wallets.chains.models import NetworkWatch
from wallets.deposits import gate, senders, states
from wallets.deposits.confirmations import COINBASE_MATURITY
from wallets.deposits.gate import Verdict
from wallets.deposits.models import Deposit

State = Deposit.State
NEXT = {
    Verdict.PASS: State.CHECKED,
    Verdict.HOLD: State.HELD,
    Verdict.REFUSE: State.REFUSED,
}


def check_confirmed(*, network_id: int, limit: int = 200) -> int:
    """Judge confirmed deposits one by one, oldest first. Returns how many.

    Safe to run twice and alongside itself: a deposit is locked while it is judged, and one that
    somebody else holds is left to them.
    """
    code = Network.objects.values_list("code", flat=True).get(pk=network_id)
    senders.learn(network_id, code)
    judged = 0
    while judged < limit and _judge_one(network_id, senders.names_senders(code)):
        judged += 1
    return judged


def _judge_one(network_id: int, names_senders: bool) -> bool:
    """One that waits for the word of its node who paid it is left out."""
    known = Q(coinbase=True) | Q(senders__isnull=False) if names_senders else Q()
    with transaction.atomic():
        watch = NetworkWatch.objects.select_related("network").filter(network=network_id).first()
        if watch is None:
            return False
        deep = watch.height - watch.network.confirmations + 1
        mature = watch.height - max(watch.network.confirmations, COINBASE_MATURITY) + 1
        deposit = (
            Deposit.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(network=network_id, state=State.CONFIRMING)
            .filter(known)
            .filter(Q(coinbase=False, height__lte=deep) | Q(height__lte=mature))
            .select_related("asset_network__asset", "network", "address")
            .order_by("height", "id")
            .first()
        )
        if deposit is None:
            return False
        outcome = gate.judge(deposit)
        states.move(deposit, NEXT[Verdict(outcome.verdict)], reason=outcome.message)
        deposit.save()
    return True
