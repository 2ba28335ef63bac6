"""The attacker: whoever owns the web process, its socket, its database and its machine's time.

They may send anything, see every approval that was ever given, replay, reorder, split, lie about
what belongs to whom, kill the signer and take the socket's name. What they may not do is get a
signature that the policy did not allow: every signature that leaves is decoded here by other code,
added up, and compared with what the policy says of a day.
"""

from __future__ import annotations

import contextlib
import json
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import rlp
from embit.transaction import Transaction
from eth_account import Account

from tests.factories.signer import COLD_EVM, USDT
from tests.wallets.signer.asking import (
    COIN,
    ETHER,
    GWEI,
    Wallet,
    ask_btc,
    ask_evm,
    evm,
    psbt,
    token,
)

THIEF = "0x" + "de" * 20
A_DAY_ALONE_ETHER, A_DAY_ALONE_USDT, A_DAY_ALONE_BTC = 100 * ETHER, 10_000 * 10**6, 10 * COIN
FEES_OF_A_DAY = 2 * ETHER
COLD = bytes.fromhex(COLD_EVM[2:])


class Loot:
    """Every signature the attacker got, decoded without the signer's code."""

    def __init__(self) -> None:
        self.evm: dict[tuple[str, int], list[list[bytes]]] = {}
        self.btc: dict[str, Transaction] = {}

    def take(self, answer: dict) -> bool:
        if not answer.get("ok") or "signed" not in answer:
            return False
        raw = bytes.fromhex(answer["signed"].removeprefix("0x"))
        if answer["signed"].startswith("0x"):
            fields = rlp.decode(raw[1:]) if raw[:1] == b"\x02" else rlp.decode(raw)
            assert raw[:1] == b"\x02"
            source = Account.recover_transaction(answer["signed"])
            self.evm.setdefault((source, int.from_bytes(fields[1])), []).append(fields)
        else:
            made = Transaction.parse(raw)
            self.btc[made.txid().hex()] = made
        return True

    def ether(self, source: str) -> int:
        """The most ether that strangers could get: of rivals at one nonce only one is mined."""
        return self._most(source, lambda f: 0 if f[7] or f[5] == COLD else int.from_bytes(f[6]))

    def tokens(self, source: str) -> int:
        return self._most(
            source,
            lambda f: 0 if not f[7] or f[7][16:36] == COLD else int.from_bytes(f[7][36:]),
        )

    def _most(self, source: str, worth: Callable[[list[bytes]], int]) -> int:
        return sum(
            max(worth(fields) for fields in rivals)
            for (payer, _), rivals in self.evm.items()
            if payer == source
        )


def everything(signer) -> dict[str, str]:
    """What the whole attack found out about the keys."""
    return {
        "hot": signer.address("eth-hot"),
        "deposit": signer.address("eth-deposit", 3),
    }


def test_small_thefts_end_at_what_the_policy_lets_go_unattended(signer):
    loot, hot, n = Loot(), signer.address("eth-hot"), 0
    for ether in (10, 10, 9, 10, 10, 10, 10, 10, 10, 10, 10, 10, 5, 1):
        while loot.take(ask_evm(signer, f"a:{n}", evm=evm(to=THIEF, nonce=n, value=ether * ETHER))):
            n += 1
    units = 10**9
    while units:
        fields = {**token(USDT, THIEF, units), "nonce": n}
        if loot.take(ask_evm(signer, f"t:{n}", evm=fields)):
            n += 1
        else:
            units //= 2
    wei = ETHER
    while wei:
        if loot.take(ask_evm(signer, f"w:{n}", evm=evm(to=THIEF, nonce=n, value=wei))):
            n += 1
        else:
            wei //= 7

    assert loot.ether(hot) == A_DAY_ALONE_ETHER
    assert loot.tokens(hot) == A_DAY_ALONE_USDT


def test_bitcoin_thefts_end_there_too_however_change_is_claimed(signer):
    hot, loot, paid = Wallet(signer, "btc-hot"), Loot(), 0
    for n in range(1, 200):
        for units in (COIN, COIN // 3, 10_000):
            made = psbt(hot, coin=3 * COIN, paid=units, n=n)
            if n % 3 == 0:
                made.outputs[1].bip32_derivations.clear()  # the change is nobody's
            if n % 3 == 1:
                hot.claim(made.outputs[0], 1, n)  # the payment is ours
            if loot.take(ask_btc(signer, made, f"b:{n}:{units}")):
                break
        else:
            if n > 60:
                break
    ours = {hot.script(1, 3).data}
    spent_by: dict[tuple, list[int]] = {}
    for made in loot.btc.values():
        out = sum(o.value for o in made.vout if o.script_pubkey.data not in ours)
        spent_by.setdefault((made.vin[0].txid, made.vin[0].vout), []).append(out)
    paid = sum(max(outs) for outs in spent_by.values())

    assert 0 < paid <= A_DAY_ALONE_BTC


def test_deposit_keys_pay_a_thief_nothing_at_all(signer):
    loot = Loot()
    for n in range(30):
        for fields in (
            evm(to=THIEF, value=1, index=n),
            evm(to=THIEF, value=str(ETHER), index=n, nonce=5),
            {**token(USDT, THIEF, 1), "index": n},
            evm(to=signer.address("eth-deposit", n + 1), index=n),
        ):
            for context in ({}, {"recipient": {"key": "eth-deposit", "index": n}}):
                answer = ask_evm(signer, f"d:{n}", key="eth-deposit", evm=fields, context=context)
                assert not loot.take(answer)
    deposit = Wallet(signer, "btc-deposit")
    hot = Wallet(signer, "btc-hot")
    for claim in (None, (0, 2), (1, 2)):
        made = psbt(deposit, paid=COIN - 5_000)
        if claim:
            hot.claim(made.outputs[0], *claim)
        assert not loot.take(ask_btc(signer, made, "s", key="btc-deposit"))
    assert signer.ask(op="status")["journal"]["entries"] == 1


def test_every_approval_ever_given_is_worth_nothing_for_the_thief(signer):
    """They watched an honest payment of 300 ether being approved by two operators."""
    loot, hot = Loot(), signer.address("eth-hot")
    honest = evm(value=str(300 * ETHER))
    contents = ask_evm(signer, "honest", op="contents", evm=honest)["contents"]
    seen = signer.approve(contents, "first", "second")
    assert ask_evm(signer, "honest", evm=honest, approvals=seen)["ok"]
    other_operators = [
        {"operator": f"o{n}", "signature": a["signature"]} for n, a in enumerate(seen)
    ]
    swapped = [
        {"operator": "first", "signature": seen[1]["signature"]},
        {"operator": "second", "signature": seen[0]["signature"]},
    ]
    tricks = (seen, seen * 10, swapped, other_operators, [*seen, *swapped])
    for id in ("honest", "honest2", "thief"):
        for nonce in (0, 1):
            for approvals in tricks:
                for changed in (
                    {"to": THIEF},
                    {"value": str(301 * ETHER)},
                    {"to": THIEF, "value": str(11 * ETHER)},
                    {"maxFeePerGas": 90 * GWEI, "maxPriorityFeePerGas": 9 * GWEI, "to": THIEF},
                ):
                    fields = {**honest, "nonce": nonce, **changed}
                    loot.take(ask_evm(signer, id, evm=fields, approvals=approvals))
    assert loot.ether(hot) == 0
    thaw = {"op": "thaw", "approvals": seen}
    signer.freeze()
    assert signer.ask(**thaw)["ok"] is False


def test_waiting_restarting_and_racing_frees_no_limit(signer):
    loot, hot, n = Loot(), signer.address("eth-hot"), 0
    drawn = random.Random(3)
    for _ in range(4):
        for _ in range(drawn.randint(1, 4)):
            fields = evm(to=THIEF, nonce=n, value=str(10 * ETHER))
            n += loot.take(ask_evm(signer, f"r:{n}", evm=fields))
        signer.kill()
        signer.start()

    def rush(k: int) -> dict:
        with contextlib.suppress(OSError):
            return ask_evm(
                signer, f"rush:{k}", evm=evm(to=THIEF, nonce=n + k % 3, value=10 * ETHER)
            )
        return {}

    with ThreadPoolExecutor(16) as pool:
        for answer in pool.map(rush, range(64)):
            loot.take(answer)

    assert loot.ether(hot) <= A_DAY_ALONE_ETHER
    payments = [len({f[5] for f in rivals}) for rivals in loot.evm.values()]
    assert set(payments) == {1}  # one recipient a nonce


def test_fees_can_not_be_burned_beyond_those_of_a_day(signer):
    """No money for the thief, but a miner's friend: rebalance to cold at absurd fees, again and
    again, and bump without an end."""
    loot, hot, n = Loot(), signer.address("eth-hot"), 0
    for _ in range(60):
        fields = evm(to=COLD_EVM, nonce=n, value=1, gas=99_000, maxFeePerGas=1000 * GWEI)
        n += loot.take(ask_evm(signer, f"f:{n}", evm={**fields, "value": str(ETHER)}))
    price = 100 * GWEI
    for _ in range(80):
        price = price * 11 // 10 + 1
        fields = evm(to=COLD_EVM, nonce=n, maxFeePerGas=price, maxPriorityFeePerGas=price)
        loot.take(ask_evm(signer, "bump", evm=fields))

    burned = sum(
        max(int.from_bytes(f[4]) * int.from_bytes(f[3]) for f in rivals)
        for (payer, _), rivals in loot.evm.items()
        if payer == hot
    )
    assert FEES_OF_A_DAY * 9 // 10 < burned <= FEES_OF_A_DAY


def test_gas_top_ups_reach_no_stranger(signer):
    loot, n = Loot(), 0
    for index in range(5):
        context = {"recipient": {"key": "eth-deposit", "index": index}}
        fields = evm(to=THIEF, nonce=n, value=str(11 * ETHER))
        assert not loot.take(ask_evm(signer, f"g:{index}", evm=fields, context=context))


def test_a_stolen_message_is_no_transaction(signer):
    """A message that would hash to a transaction's digest does not exist; one that says so is not
    signed."""
    raw = rlp.encode([1, 2, 3]).hex()
    for text in (raw, "0x" + raw, "\x19Ethereum Signed Message:\n32" + "x" * 32):
        answer = signer.ask(op="message", key="eth-hot", text=text)
        assert answer["ok"] is False


@pytest.mark.parametrize("op", ["export", "seed", "keys", "policy", "reload", "eval", "exit", ""])
def test_there_is_no_operation_that_gives_more(signer, op):
    answer = signer.ask(op=op, key="eth-hot")

    assert answer["ok"] is False


def test_what_it_tells_of_itself_holds_no_secret(signer):
    told = json.dumps(
        [signer.ask(op="status")]
        + [signer.public(key, index=1) for key in signer.draft["keys"]]
        + [ask_evm(signer, op="contents")]
    )
    identity = (signer.folder / "identity.txt").read_text().strip()

    assert "prv" not in told
    assert identity not in told
    assert "AGE-SECRET" not in told


def test_the_whole_attack_at_random_stays_within_policy(signer):
    """A thousand requests drawn from everything above, with a kill now and then."""
    drawn, loot, known = random.Random(11), Loot(), everything(signer)
    began = time.monotonic()
    recipients = [THIEF, COLD_EVM, known["hot"], known["deposit"], "0x" + "ad" * 20]
    approvals: list[dict[str, str]] = []
    for turn in range(1000):
        if time.monotonic() - began > 60:
            break
        fields = evm(
            to=drawn.choice(recipients),
            nonce=drawn.randint(0, 12),
            value=drawn.choice([1, ETHER, 10 * ETHER, 11 * ETHER, 600 * ETHER]),
            maxFeePerGas=drawn.choice([30, 33, 40, 900]) * GWEI,
            index=drawn.choice([None, None, 0, 3]),
        )
        if drawn.random() < 0.3:
            units = drawn.choice([1, 10**9, 10**12])
            fields = {**fields, **token(USDT, drawn.choice(recipients), units)}
            fields["nonce"] = drawn.randint(0, 12)
        key = drawn.choice(["eth-hot", "eth-hot", "eth-deposit"])
        context = {"recipient": {"key": "eth-deposit", "index": drawn.choice([3, 4])}}
        loot.take(
            ask_evm(
                signer,
                f"x:{drawn.randint(0, 30)}",
                evm=fields,
                key=key,
                context=drawn.choice([{}, context]),
                approvals=drawn.choice([[], approvals]),
            )
        )
        if turn % 250 == 249:
            signer.kill()
            signer.start()

    thief = [
        fields
        for (payer, _), rivals in loot.evm.items()
        for fields in rivals
        if payer != known["hot"]
        and fields[5].hex() not in (COLD_EVM[2:], known["hot"][2:].lower())
        and not fields[7]
    ]
    assert thief == []  # nothing from deposit addresses
    assert loot.ether(known["hot"]) <= A_DAY_ALONE_ETHER
    assert loot.tokens(known["hot"]) <= A_DAY_ALONE_USDT
    assert "hang together" in signer.command("verify-journal", "--directory", signer.folder)
