"""The hot key lends to the vault that its policy names, for itself, and makes no other call."""

from __future__ import annotations

import pytest
from eth_account import Account

from tests.factories import signer as signers
from tests.factories.signer import USDT
from tests.wallets.signer.asking import ETHER, SOMEBODY, ask_evm, evm, refusal, token
from wallets.signer import policy
from wallets.signer.refusals import Unfit

VAULT = "0x00000000000000000000000000000000000a417c"
DOLLAR = 10**6
LIMITS = {
    "asset": "USDT",
    "tiers": [{"above": str(1_000 * DOLLAR), "approvals": 1}],
    "unattended_per_day": str(1_500 * DOLLAR),
    "per_transaction": str(5_000 * DOLLAR),
    "per_day": str(8_000 * DOLLAR),
}
APPROVE, DEPOSIT, WITHDRAW, REDEEM = "095ea7b3", "6e553f65", "b460af94", "ba087652"


@pytest.fixture
def signer_draft():
    draft = signers.draft()
    draft["keys"]["eth-hot"]["vaults"] = {VAULT: LIMITS}
    return draft


@pytest.fixture
def own(signer):
    return signer.address("eth-hot")


def call(to: str, selector: str, *words: int | str, **changed):
    numbers = [int(word, 16) if isinstance(word, str) else word for word in words]
    data = "0x" + selector + "".join(f"{number:064x}" for number in numbers)
    return evm(to=to, value=0, data=data, gas=400_000, **changed)


def approve(units: int, *, spender: str = VAULT, contract: str = USDT, **changed):
    return call(contract, APPROVE, spender, units, **changed)


def test_approving_depositing_and_fetching_back_are_signed(signer, own):
    calls = [
        approve(700 * DOLLAR),
        call(VAULT, DEPOSIT, 700 * DOLLAR, own, nonce=1),
        call(VAULT, WITHDRAW, 300 * DOLLAR, own, own, nonce=2),
        call(VAULT, REDEEM, 5, own, own, nonce=3),
        approve(0, nonce=4),
    ]
    for number, fields in enumerate(calls):
        answer = ask_evm(signer, f"vault:{number}", evm=fields)
        assert Account.recover_transaction(answer["signed"]) == own, answer
    told = signer.ask(op="status")["keys"]["eth-hot"]["vaults"][VAULT]
    assert (told["used"], told["used_unattended"]) == (str(700 * DOLLAR),) * 2


def test_operators_see_which_call_they_approve(signer):
    asked = ask_evm(signer, "vault:1", op="contents", evm=approve(2_000 * DOLLAR))

    assert '"call":"approve"' in asked["contents"]
    assert asked["approvals_needed"] == 1
    assert refusal(ask_evm(signer, "vault:1", evm=approve(2_000 * DOLLAR))) == "approvals"
    given = signer.approve(asked["contents"], "first")
    assert ask_evm(signer, "vault:1", evm=approve(2_000 * DOLLAR), approvals=given)["ok"]


def test_many_small_ones_need_an_operator_and_end_at_the_limit_of_a_day(signer, own):
    for number in range(2):
        assert ask_evm(signer, f"v:{number}", evm=approve(700 * DOLLAR, nonce=number))["ok"]
    third = approve(700 * DOLLAR, nonce=2)
    assert refusal(ask_evm(signer, "v:2", evm=third)) == "approvals"
    assert refusal(ask_evm(signer, "v:3", evm=approve(5_001 * DOLLAR, nonce=2))) == (
        "per_transaction"
    )
    too_much = ask_evm(signer, "v:4", op="contents", evm=approve(5_000 * DOLLAR, nonce=2))
    assert too_much["ok"]
    given = signer.approve(too_much["contents"], "first")
    assert ask_evm(signer, "v:4", evm=approve(5_000 * DOLLAR, nonce=2), approvals=given)["ok"]
    assert refusal(ask_evm(signer, "v:5", evm=approve(1_700 * DOLLAR, nonce=3))) == "per_day"
    for number, units in enumerate((5_000, 3_000)):
        deposit = call(VAULT, DEPOSIT, units * DOLLAR, own, nonce=3 + number)
        assert ask_evm(signer, f"d:{number}", evm=deposit)["ok"]
    assert refusal(ask_evm(signer, "d:9", evm=call(VAULT, DEPOSIT, 1, own, nonce=5))) == "per_day"


OTHER_CALLS = (
    (lambda own: approve(1, spender=SOMEBODY), "vault"),
    (lambda own: approve(1, contract=SOMEBODY), "contract"),
    (lambda own: approve(2**256 - 1), "per_transaction"),
    (lambda own: approve(1) | {"value": 1}, "call"),
    (lambda own: call(VAULT, DEPOSIT, 1, SOMEBODY), "destination"),
    (lambda own: call(VAULT, WITHDRAW, 1, SOMEBODY, own), "destination"),
    (lambda own: call(VAULT, WITHDRAW, 1, own, SOMEBODY), "destination"),
    (lambda own: call(VAULT, REDEEM, 1, own, SOMEBODY), "destination"),
    (lambda own: call(VAULT, DEPOSIT, 0, own), "amount"),
    (lambda own: call(VAULT, DEPOSIT, 1, own, 0), "call"),  # something behind it
    (lambda own: call(VAULT, DEPOSIT, 1, "1" + own[2:]), "destination"),  # dirty upper bytes
    (lambda own: call(VAULT, APPROVE, SOMEBODY, 1), "contract"),  # its shares to somebody
    (lambda own: call(VAULT, "a9059cbb", SOMEBODY, 1), "call"),  # transfer of its shares
    (lambda own: call(VAULT, "94bf804d", 1, own), "call"),  # mint(shares): another amount
    (lambda own: call(USDT, "39509351", VAULT, 1), "call"),  # increaseAllowance
    (lambda own: call(VAULT, DEPOSIT, 1, own) | {"value": 1}, "call"),
    (lambda own: evm(to=VAULT, value=ETHER), "call"),
    (lambda own: token(USDT, VAULT, 5), "destination"),  # a gift to everybody in it
)


def test_nothing_else_is_called(signer, own):
    for number, (make, code) in enumerate(OTHER_CALLS):
        assert refusal(ask_evm(signer, f"v:{number}", evm=make(own))) == code, number
    deposit_key = {"key": "eth-deposit", "evm": approve(1) | {"index": 3}}
    assert refusal(ask_evm(signer, "v:deposit", **deposit_key)) == "vault"


@pytest.mark.parametrize(
    "vaults",
    [
        {VAULT: {**LIMITS, "asset": "ETH"}},  # no token
        {USDT: LIMITS},  # the token itself
        {signers.COLD_EVM: LIMITS},
        {VAULT: {**LIMITS, "per_dya": "1"}},  # a misspelt limit would be none
        {VAULT: {**LIMITS, "tiers": [{"above": "1", "approvals": 9}]}},
        {"0xno": LIMITS},
    ],
)
def test_a_policy_whose_vault_makes_no_sense_is_refused(vaults):
    draft = signers.draft()
    draft["operators"] = {"first": "01" * 32, "second": "02" * 32, "third": "03" * 32}
    draft["keys"]["eth-hot"]["vaults"] = vaults
    with pytest.raises(Unfit):
        policy.parse(draft)
