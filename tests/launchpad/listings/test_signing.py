"""Withdrawals of a new token open when the signer can send them, and not before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.assets.models import AssetNetwork
from exchange.audit import proposals
from exchange.core import clock
from launchpad.listings import delist, opening, signing, warn
from launchpad.listings.models import Listing
from launchpad.listings.states import SignerWord
from tests.factories import wallets as rows
from tests.launchpad.listings import conftest as made
from wallets.sending import signer as client
from wallets.signer import additions

pytestmark = pytest.mark.django_db
LACK = "The policy does not name HRB for eth-hot."


@pytest.fixture
def listing(project, usdt):
    return made.scheduled(project, usdt, made.manager(), deposits=1, trading=2, withdrawals=3)


def after(hours: int) -> int:
    with clock.held_at(clock.now() + timedelta(hours=hours, minutes=1)):
        return opening.open_due()


def opens() -> bool:
    return AssetNetwork.objects.get(asset__code="HRB").withdraw_enabled


def test_withdrawals_wait_for_the_policy_and_open_by_themselves(listing, signer_word):
    signer_word["lacks"] = LACK
    assert after(5) == 2
    listing.refresh_from_db()
    assert (listing.stage, listing.signer_word, listing.signer_lacks, opens()) == (
        "trading", "lacks", LACK, False,
    )  # fmt: skip
    assert after(5) == 0
    said = listing.events.filter(kind="late")
    assert [event.public for event in said] == [True]
    assert "What you hold is safe" in said[0].words

    signer_word["lacks"] = ""
    assert after(5) == 1

    listing.refresh_from_db()
    assert (listing.stage, opens()) == ("withdrawals", True)
    assert listing.withdrawals_opened_at is not None


def test_a_signer_that_does_not_answer_opens_nothing_and_is_asked_again(listing, signer_word):
    signer_word["lacks"] = None
    assert after(5) == 2
    listing.refresh_from_db()
    assert (listing.signer_word, opens()) == ("silent", False)
    signer_word["lacks"] = ""
    assert after(5) == 1


def test_a_tag_before_withdrawals_open_does_not_keep_them_shut_for_ever(listing):
    after(2)
    who = made.manager()
    made.free(listing, who)
    warn.warn(listing_id=listing.pk, words="An audit is open.", actor=who)
    assert after(5) == 1
    listing.refresh_from_db()
    assert (listing.stage, opens()) == ("warned", True)
    warn.lift(listing_id=listing.pk, words="It is closed.", actor=who)
    assert Listing.objects.get(pk=listing.pk).stage == "listed"


def test_a_tag_lifted_before_withdrawals_open_goes_back_to_trading(listing):
    after(2)
    who = made.manager()
    made.free(listing, who)
    warn.warn(listing_id=listing.pk, words="An audit is open.", actor=who)
    warn.lift(listing_id=listing.pk, words="It is closed.", actor=who)
    assert Listing.objects.get(pk=listing.pk).stage == "trading"
    assert after(5) == 1
    assert Listing.objects.get(pk=listing.pk).stage == "withdrawals"


def test_a_delisting_whose_withdrawals_never_opened_ends_no_window(listing, signer_word):
    signer_word["lacks"] = LACK
    after(5)
    who, second = made.manager(), made.treasurer()
    made.free(listing, who, second)
    now = clock.now()
    proposal = delist.propose(
        listing_id=listing.pk, trading_closes_at=now + timedelta(days=8),
        withdrawals_close_at=now + timedelta(days=40), reason_code="criteria",
        words="Nobody trades it.", actor=who,
    )  # fmt: skip
    assert proposals.approve(proposal_id=proposal.pk, actor=second).state == "executed"
    with clock.held_at(now + timedelta(days=41)):
        delist.close_due()
        delist.close_due()
        assert Listing.objects.get(pk=listing.pk).stage == "window"
        assert not opens()
        signer_word["lacks"] = ""
        assert opening.open_due() == 1
        assert opens()
        assert delist.close_due() == 0
    listing.refresh_from_db()
    assert listing.stage == "window"
    assert listing.withdrawals_close_at == now + timedelta(days=71)


@pytest.fixture
def real(monkeypatch):
    """The signer is really asked."""
    monkeypatch.undo()


def test_a_real_signer_says_what_its_policy_names(listing, signer_word, real, signer):
    for role in ("hot", "deposit"):
        rows.key_set(listing.network, role, signer_key=f"eth-{role}")
    assert signing.refresh() == 1
    listing.refresh_from_db()
    assert (listing.signer_word, listing.signer_lacks) == (SignerWord.LACKS, LACK)
    assert signing.refresh() == 0  # asked a moment ago
    standing = client.status()
    added, _said = additions.add_asset(
        signer.draft, network="ERC20", asset="HRB", contract=listing.contract, decimals=18,
        least="3",
    )  # fmt: skip

    def named(**changes):
        row = {**added["keys"]["eth-hot"]["assets"]["HRB"], **changes}
        assets = {"assets": {"HRB": row}}
        return {**standing, "keys": {"eth-hot": assets, "eth-deposit": assets}}

    assert signing.lack_of(listing, named()) == ""
    assert "another contract" in signing.lack_of(listing, named(contract="0x" + "cd" * 20))
    assert "other decimals" in signing.lack_of(listing, named(decimals=6))
    listing.network.key_sets.filter(role="hot").update(active=False)
    assert "no hot wallet" in signing.lack_of(listing, named())


def test_the_page_says_which_command_drafts_the_policy(listing):
    assert listing.schedule.withdraw_min == 6
    assert signing.command_of(listing) == (
        "python -m wallets.signer add-asset --policy policy.json --network ERC20 --asset HRB"
        f" --contract {made.CONTRACT} --decimals 18 --least 6 --out draft.json"
    )
