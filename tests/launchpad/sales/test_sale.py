"""A sale from draft to the last token, and what it refuses on its way."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import transaction

from exchange.accounts import restrictions
from exchange.audit import proposals
from exchange.core import clock
from exchange.core.errors import InsufficientFunds, Invalid, PermissionRefused
from exchange.core.models import Fact
from exchange.ledger import reconcile
from launchpad.sales import (
    allocate,
    approve,
    blocks,
    cancel,
    commit,
    draft,
    draw,
    errors,
    fund,
    inputs,
    pay,
    recompute,
    release,
    run,
    settle,
    sweep,
    withdraw,
)
from launchpad.sales.models import Sale, SaleBook, Subscription
from tests import factories
from tests.factories import sales as s
from tests.factories.accounts import acting, staff
from tests.factories.identity import identified

pytestmark = pytest.mark.django_db

DRAFTS, APPROVES, PAYS = (
    "launchpad.draft_sale",
    "launchpad.approve_sale",
    "launchpad.pay_sale",
)


def books_agree() -> None:
    """Every check of sales, and that what is set aside is what accounts hold."""
    for check in reconcile.checks():
        if check.name in ("sales", "sales from entries", "holds", "trial balance"):
            assert check.look(0).findings == [], check.name


def distributed(sale: Sale) -> Sale:
    """Closed, drawn and settled."""
    s.closed(sale)
    with clock.held_at(sale.distributes_at):
        sweep.go_on(sale.pk)
    sale.refresh_from_db()
    return sale


@pytest.fixture
def sale() -> Sale:
    return s.opened()


# Commitments


def test_what_is_committed_is_held_in_the_customers_own_account(sale):
    who = s.buyer("100")

    mine = s.commits(who, sale, "60")

    assert (factories.available(who, "USDT"), factories.held(who, "USDT")) == (D(40), D(60))
    assert (mine.place, mine.committed, mine.tier.name) == (1, D(60), "everybody")
    book = SaleBook.objects.get(sale=sale)
    assert (book.subscribers, book.committed, book.lots) == (1, D(60), 240)
    books_agree()


def test_the_same_total_asked_for_twice_is_one_commitment(sale):
    who = s.buyer("100")

    s.commits(who, sale, "60")
    s.commits(who, sale, "60")

    assert factories.held(who, "USDT") == D(60)
    assert SaleBook.objects.get(sale=sale).committed == D(60)


def test_a_commitment_is_raised_to_a_new_total_and_keeps_its_place(sale):
    first, second = s.buyer("100"), s.buyer("100")
    s.commits(first, sale, "10")
    s.commits(second, sale, "10")

    mine = s.commits(first, sale, "90.5")

    assert (mine.place, factories.held(first, "USDT")) == (1, D("90.5"))
    books_agree()


def test_a_stale_page_lowers_nothing(sale):
    who = s.buyer("100")
    s.commits(who, sale, "60")

    with pytest.raises(errors.CannotLower):
        s.commits(who, sale, "50")

    assert factories.held(who, "USDT") == D(60)


def test_money_is_taken_back_until_the_close(sale):
    who = s.buyer("100")
    s.commits(who, sale, "60")

    withdraw.withdraw(sale_id=sale.pk, customer_id=who.pk, total=D(20), actor=acting(who))
    assert factories.held(who, "USDT") == D(20)
    mine = withdraw.withdraw(sale_id=sale.pk, customer_id=who.pk, actor=acting(who))

    assert (mine.place, mine.committed, factories.held(who, "USDT")) == (None, D(0), D(0))
    book = SaleBook.objects.get(sale=sale)
    assert (book.subscribers, book.committed, book.lots, book.places) == (0, D(0), 0, 1)
    books_agree()
    with clock.held_at(sale.closes_at), pytest.raises(errors.NotWithdrawable):
        withdraw.withdraw(sale_id=sale.pk, customer_id=who.pk, actor=acting(who))


def test_where_the_rules_say_so_nothing_is_taken_back():
    sale = s.opened(withdrawable=False)
    who = s.buyer()
    s.commits(who, sale, "60")

    with pytest.raises(errors.NotWithdrawable):
        withdraw.withdraw(sale_id=sale.pk, customer_id=who.pk, actor=acting(who))

    assert factories.held(who, "USDT") == D(60)


@pytest.mark.parametrize(
    ("total", "refusal"),
    [
        ("0.5", errors.BelowLeast),
        ("1000.01", errors.AboveMost),
        ("60.000000001", errors.NotWhole),
        ("999", InsufficientFunds),
    ],
)
def test_an_amount_that_the_rules_refuse_moves_nothing(sale, total, refusal):
    who = s.buyer("100")

    with pytest.raises(refusal):
        s.commits(who, sale, total)

    assert (factories.available(who, "USDT"), factories.held(who, "USDT")) == (D(100), D(0))
    assert SaleBook.objects.get(sale=sale).places == 0
    assert not Subscription.objects.filter(committed__gt=0).exists()


def test_bmx_held_on_average_decides_the_tier(sale):
    holder = s.buyer("9000", sale=sale, bmx="499.99999999")
    richer = s.buyer("9000", sale=sale, bmx="500")

    with pytest.raises(errors.AboveMost):
        s.commits(holder, sale, "1001")
    assert s.commits(richer, sale, "9000").tier.name == "holders"


def test_without_the_lowest_tiers_bmx_nobody_takes_part():
    sale = s.opened(tiers=[draft.NewTier("holders", D(500), D(1000))])

    with pytest.raises(errors.TooLittleHeld):
        s.commits(s.buyer(sale=sale, bmx="499"), sale, "60")

    assert s.commits(s.buyer(sale=sale, bmx="501"), sale, "60").place == 1


def test_who_may_not_take_part_is_told_why_and_nothing_moves():
    sale = s.opened(kyc_tier=2, countries_excluded="FR,CA")
    unknown, basic, french, restricted, project = [factories.customer() for _ in range(5)]
    identified(basic, tier=1)
    identified(french, country="FR")
    for who in (restricted, project):
        identified(who)
    restrictions.restrict(
        customer_id=restricted.pk, kind="trading", actor=factories.SYSTEM, reason="a test"
    )
    Sale.objects.update(project=project)
    person = factories.user(is_staff=True)
    colleague = type(project).objects.create(user=person)
    identified(colleague)
    for who in (unknown, basic, french, restricted, project, colleague):
        factories.fund(who, "USDT", "100")
        with pytest.raises((errors.NotForYou, restrictions.Restricted)):
            commit.commit(
                sale_id=sale.pk, customer_id=who.pk, total=D(60), risks_accepted=True,
                actor=factories.SYSTEM,
            )  # fmt: skip
        assert factories.held(who, "USDT") == 0


def test_a_sub_account_takes_part_through_its_main_account(sale):
    owner = s.buyer()
    sub = factories.customer(parent=owner)
    factories.fund(sub, "USDT", "100")

    with pytest.raises(errors.NotMain):
        commit.commit(
            sale_id=sale.pk, customer_id=sub.pk, total=D(60), risks_accepted=True,
            actor=acting(owner),
        )  # fmt: skip

    assert factories.held(sub, "USDT") == 0


def test_nobody_commits_anothers_money(sale):
    who, thief = s.buyer(), s.buyer()

    with pytest.raises(PermissionRefused):
        commit.commit(
            sale_id=sale.pk, customer_id=who.pk, total=D(60), risks_accepted=True,
            actor=acting(thief),
        )  # fmt: skip

    assert factories.held(who, "USDT") == 0


def test_nobody_takes_part_without_having_read_the_risks(sale):
    who = s.buyer()

    with pytest.raises(errors.RisksNotAccepted):
        commit.commit(
            sale_id=sale.pk, customer_id=who.pk, total=D(60), risks_accepted=False,
            actor=acting(who),
        )  # fmt: skip


def test_a_sale_takes_money_only_while_it_is_open():
    sale = s.announced()
    who = s.buyer()

    with pytest.raises(errors.NotOpen):
        s.commits(who, sale, "60")
    run.open_due(sale.pk)
    s.commits(who, sale, "60")
    with clock.held_at(sale.closes_at), pytest.raises(errors.NotOpen):
        s.commits(who, sale, "70")

    assert factories.held(who, "USDT") == D(60)


def test_monitoring_hears_of_a_sale_when_everybody_does():
    sale = s.announced()

    told = Fact.objects.get(kind="listing_announced")

    assert (told.asset, told.customer_id) == ("NEW", sale.project_id)


def test_a_sale_without_its_snapshot_does_not_open():
    sale = s.announced()
    Sale.objects.update(snapshot=999_999)

    assert not run.open_due(sale.pk)

    sale.refresh_from_db()
    assert "snapshot" in sale.stuck_because


# First come, first served


def test_the_queue_ends_where_everything_is_taken():
    sale = s.opened(mode="first_come", withdrawable=False)
    for _ in range(2):
        s.commits(s.buyer(sale=sale, bmx="500"), sale, "100")
    late = s.buyer()

    with pytest.raises(errors.SoldOut):
        s.commits(late, sale, "60")
    assert factories.held(late, "USDT") == 0
    assert s.commits(late, sale, "50").place == 3

    assert run.close_due(sale.pk)  # nothing is left, and nobody can step back


def test_the_queue_is_bounded():
    sale = s.opened(mode="first_come", most_places=2)
    for _ in range(2):
        s.commits(s.buyer(), sale, "1")

    with pytest.raises(errors.SoldOut):
        s.commits(s.buyer(), sale, "1")

    assert SaleBook.objects.get(sale=sale).places == 2


def test_hammering_gains_no_second_place_and_no_better_one():
    sale = s.opened(mode="first_come")
    eager, other = s.buyer(), s.buyer()
    for _ in range(5):
        s.commits(eager, sale, "10")
    s.commits(other, sale, "10")

    assert list(Subscription.objects.order_by("place").values_list("customer", "place")) == [
        (eager.pk, 1),
        (other.pk, 2),
    ]


def test_whoever_steps_out_of_the_queue_comes_back_at_its_end():
    sale = s.opened(mode="first_come")
    first, second = s.buyer(), s.buyer()
    s.commits(first, sale, "150")
    s.commits(second, sale, "150")
    withdraw.withdraw(sale_id=sale.pk, customer_id=first.pk, actor=acting(first))
    s.commits(first, sale, "150")

    distributed(sale)

    assert factories.available(second, "NEW") == D(600)
    assert factories.available(first, "NEW") == D(400)
    assert factories.available(first, "USDT") == D(900)
    books_agree()


# Allocation and settlement


@pytest.mark.parametrize("mode", ["pro_rata", "tickets", "first_come"])
def test_every_unit_is_accounted_for(mode):
    sale = s.opened(mode=mode)
    people = [s.buyer("200") for _ in range(7)]
    for n, who in enumerate(people):
        s.commits(who, sale, f"{40 + n * (10 if mode == 'tickets' else 17)}")

    sale = distributed(sale)

    assert sale.state == "finished"
    assert sale.allocated == D(1000)
    assert (sale.spent, sale.spent + sale.refunded) == (D(250), sale.committed)
    assert sum(factories.available(who, "NEW") for who in people) == D(1000)
    assert sum(factories.available(who, "USDT") for who in people) == D(7 * 200 - 250)
    assert all(factories.held(who, "USDT") == 0 for who in people)
    assert factories.house("USDT", sale.purpose) == D(250)
    assert factories.house("NEW", sale.purpose) == 0
    books_agree()


def test_what_nobody_asks_for_stays_unsold():
    sale = s.opened()
    who = s.buyer()
    s.commits(who, sale, "100.1")

    sale = distributed(sale)

    assert (sale.allocated, sale.spent, sale.refunded) == (D(400), D(100), D("0.1"))
    assert factories.house("NEW", sale.purpose) == D(600)
    assert factories.available(who, "USDT") == D(900)
    books_agree()


def test_a_sale_that_nobody_joined_ends():
    sale = distributed(s.opened())

    assert (sale.state, sale.subscribers, sale.allocated) == ("finished", 0, D(0))


def test_the_published_script_comes_to_what_the_ledger_did():
    sale = s.opened(mode="tickets")
    people = [s.buyer("200") for _ in range(9)]
    for who in people:
        s.commits(who, sale, "60")

    sale = distributed(sale)

    data, _ids = inputs.inputs(sale)
    assert draw.digest(data) == sale.inputs_digest
    assert draw.digest(bytes.fromhex(sale.seed)) == sale.seed_hash
    terms, lines = draw.read(data)
    seed = draw.seed_of(secret=sale.seed, inputs_digest=sale.inputs_digest, block="")
    won = draw.allocate(terms, lines, seed)
    assert draw.digest(draw.results(won)) == sale.result_digest
    by_code = {each.code: each for each in won}
    told = {each.customer_id: each for each in recompute.told_by_ledger(sale.pk)}
    for who in people:
        mine = Subscription.objects.get(customer=who)
        code = commit.code_of(sale_id=sale.pk, customer_id=who.pk, salt=mine.salt)
        assert told[who.pk].tokens == D(by_code[code].lots)
        assert told[who.pk].spent == D(by_code[code].spent).scaleb(-8)


def test_the_draw_waits_for_a_block_that_nobody_knew(monkeypatch):
    monkeypatch.setattr(blocks, "named", lambda: 803)
    buried: list[int] = []
    monkeypatch.setattr(blocks, "hash_at", lambda height: "0" * 56 + "00abcdef" if buried else None)
    sale = s.opened(mode="tickets", public_input="bitcoin")
    for _ in range(6):
        s.commits(s.buyer("200"), sale, "60")
    s.closed(sale)

    assert not allocate.allocate(sale.pk)
    buried.append(1)
    assert allocate.allocate(sale.pk)

    sale.refresh_from_db()
    assert (sale.block_height, sale.block_hash[-8:]) == (803, "00abcdef")


def test_a_list_that_was_changed_after_its_digest_is_not_drawn():
    sale = s.opened()
    s.commits(s.buyer(), sale, "60")
    s.closed(sale)
    Subscription.objects.update(code="f" * 64)

    sweep.go_on(sale.pk)

    sale.refresh_from_db()
    assert sale.state == "closed"
    assert "digest" in sale.stuck_because


def test_batches_of_any_size_come_to_the_same():
    sale = s.opened()
    people = [s.buyer("200") for _ in range(5)]
    for who in people:
        s.commits(who, sale, "100")
    s.closed(sale)
    assert allocate.allocate(sale.pk)
    with clock.held_at(sale.distributes_at):
        assert [settle.distribute(sale_id=sale.pk, limit=2) for _ in range(4)] == [2, 2, 1, 0]

    assert [factories.available(who, "NEW") for who in people] == [D(200)] * 5
    books_agree()


def test_nothing_is_distributed_before_its_moment():
    sale = s.opened()
    s.commits(s.buyer(), sale, "100")
    s.closed(sale)
    allocate.allocate(sale.pk)

    assert settle.distribute(sale_id=sale.pk) == 0


def test_reconciliation_sees_a_sum_that_was_tampered_with():
    sale = s.opened()
    s.commits(s.buyer(), sale, "100")
    sale = distributed(sale)
    Subscription.objects.update(released=D(399))

    found = {c.name: c.look(0).wrong for c in reconcile.checks() if c.name.startswith("sales")}

    assert found == {"sales": 1, "sales from entries": 1}


# Vesting


@pytest.fixture
def vesting() -> Sale:
    return s.opened(first_ppm=100_000, cliff_days=30, periods=3, period_days=30, claim_days=7)


def test_tokens_are_released_in_parts_that_make_the_whole(vesting):
    who = s.buyer()
    s.commits(who, vesting, "83.25")  # 333 tokens
    sale = distributed(vesting)
    assert factories.available(who, "NEW") == D("33.3")
    assert sale.state == "vesting"

    with clock.held_at(sale.distributes_at + timedelta(days=59)), pytest.raises(errors.NothingDue):
        release.claim(sale_id=sale.pk, customer_id=who.pk, actor=acting(who))
    with clock.held_at(sale.distributes_at + timedelta(days=60)):
        assert release.claim(sale_id=sale.pk, customer_id=who.pk, actor=acting(who)) == D("99.9")
        with pytest.raises(errors.NothingDue):
            release.claim(sale_id=sale.pk, customer_id=who.pk, actor=acting(who))
    books_agree()
    with clock.held_at(sale.distributes_at + timedelta(days=127)):
        sweep.go_on(sale.pk)

    sale.refresh_from_db()
    assert factories.available(who, "NEW") == D(333)
    assert sale.state == "finished"
    books_agree()


def test_equal_parts_are_equal_even_where_a_share_is_no_whole_number():
    sale = s.opened(first_ppm=0, periods=3, period_days=1)
    who = s.buyer()
    s.commits(who, sale, "75")
    sale = distributed(sale)
    got = []
    for day in (1, 2, 3):
        with clock.held_at(sale.distributes_at + timedelta(days=day)):
            got.append(release.claim(sale_id=sale.pk, customer_id=who.pk, actor=acting(who)))

    assert got == [D(100)] * 3
    books_agree()


def test_what_nobody_claims_is_released_by_itself(vesting):
    people = [s.buyer() for _ in range(3)]
    for who in people:
        s.commits(who, vesting, "100")
    sale = distributed(vesting)
    total = sum(factories.available(who, "NEW") for who in people)
    assert total == D(100)

    with clock.held_at(sale.distributes_at + timedelta(days=66)):
        sweep.go_on(sale.pk)
        assert factories.house("NEW", sale.purpose) == D(900)
    with clock.held_at(sale.distributes_at + timedelta(days=67)):
        assert release.release_due(sale_id=sale.pk, limit=2) == 2
        sweep.go_on(sale.pk)
        assert factories.house("NEW", sale.purpose) == D(600)
    books_agree()
    with clock.held_at(sale.distributes_at + timedelta(days=500)):
        sweep.go_on(sale.pk)

    assert factories.house("NEW", sale.purpose) == 0
    assert sum(factories.available(who, "NEW") for who in people) == D(1000)
    books_agree()


# The project's side


def test_the_project_is_paid_by_two_people_and_gets_back_what_nobody_bought():
    sale = s.opened(fee_ppm=25_000)
    s.commits(s.buyer(), sale, "100")
    sale = distributed(sale)
    proposer = staff(DRAFTS)
    asked = pay.propose(sale_id=sale.pk, actor=proposer, reason="all is settled")

    with pytest.raises(PermissionRefused):
        proposals.approve(proposal_id=asked.pk, actor=staff(DRAFTS))
    done = proposals.approve(proposal_id=asked.pk, actor=staff(PAYS))

    assert done.state == "executed"
    assert factories.available(sale.project, "USDT") == D("97.5")
    assert factories.house("USDT", pay.FEES) == D("2.5")
    assert factories.house("NEW", sale.purpose) == 0
    sale.refresh_from_db()
    books_agree()
    with pytest.raises(errors.NotReady):
        pay.propose(sale_id=sale.pk, actor=proposer, reason="again")


def test_a_sale_takes_two_people_to_approve_and_two_to_fund():
    sale = s.drafted()
    factories.fund(sale.project, "NEW", "1000")
    proposer, approver = staff(DRAFTS), staff(APPROVES)
    first = approve.propose(sale_id=sale.pk, actor=proposer, reason="terms are agreed")
    assert proposals.approve(proposal_id=first.pk, actor=approver).state == "executed"
    second = fund.propose(
        sale_id=sale.pk, source="project", actor=proposer, reason="as the contract says"
    )
    assert factories.available(sale.project, "NEW") == D(1000)

    assert proposals.approve(proposal_id=second.pk, actor=approver).state == "executed"

    assert factories.available(sale.project, "NEW") == 0
    assert factories.house("NEW", sale.purpose) == D(1000)
    books_agree()


def test_tokens_that_the_project_does_not_have_are_not_sold():
    sale = s.drafted()
    proposer, approver = staff(DRAFTS), staff(APPROVES)
    first = approve.propose(sale_id=sale.pk, actor=proposer, reason="terms are agreed")
    proposals.approve(proposal_id=first.pk, actor=approver)
    second = fund.propose(sale_id=sale.pk, source="project", actor=proposer, reason="now")

    assert proposals.approve(proposal_id=second.pk, actor=approver).state == "failed"

    sale.refresh_from_db()
    assert sale.funded_from == ""


def test_an_approval_is_of_the_terms_that_were_proposed():
    sale = s.drafted()
    asked = approve.propose(sale_id=sale.pk, actor=staff(DRAFTS), reason="terms are agreed")
    draft.save(
        sale_id=sale.pk, values={"price": D("0.5")}, tiers=s.TIERS, actor=staff(DRAFTS),
        reason="a better price",
    )  # fmt: skip

    assert proposals.approve(proposal_id=asked.pk, actor=staff(APPROVES)).state == "failed"

    sale.refresh_from_db()
    assert sale.state == "draft"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lot": D("0.001"), "price": D("0.0000001")}, "lot"),
        ({"offered": D("1000.5")}, "offered"),
        ({"mode": "tickets", "ticket_lots": 3}, "offered"),
        ({"least": D("0.1")}, "least"),
        ({"risks": " "}, "risks"),
        ({"countries_excluded": "XX"}, "countries_excluded"),
        ({"first_ppm": 500_000}, "periods"),
        ({"first_ppm": 1_000_000, "periods": 2}, "periods"),
        ({"most_places": 0}, "most_places"),
    ],
)
def test_terms_that_could_not_be_kept_are_refused(change, field):
    with pytest.raises(Invalid) as refused:
        s.drafted(**change)

    assert refused.value.field == field
    assert not Sale.objects.exists()


# Cancellation


@pytest.mark.parametrize("stage", ["open", "closed", "allocated"])
def test_a_cancelled_sale_gives_everybody_everything_back(stage):
    sale = s.opened()
    people = [s.buyer("200") for _ in range(3)]
    for who in people:
        s.commits(who, sale, "150")
    if stage != "open":
        s.closed(sale)
    if stage == "allocated":
        assert allocate.allocate(sale.pk)
    asked = cancel.propose(
        sale_id=sale.pk, told="The project withdrew.", actor=staff(DRAFTS), reason="they asked"
    )
    assert factories.held(people[0], "USDT") == D(150)

    assert proposals.approve(proposal_id=asked.pk, actor=staff(APPROVES)).state == "executed"
    assert settle.refund(sale_id=sale.pk, limit=2) == 2
    assert sweep.due() == [sale.pk]
    sweep.sweep()

    assert [factories.available(who, "USDT") for who in people] == [D(200)] * 3
    assert factories.house("NEW", sale.purpose) == 0
    assert sweep.due() == []
    with pytest.raises(errors.NotOpen):
        s.commits(people[0], sale, "150")
    books_agree()


def test_a_distributed_sale_is_not_cancelled():
    sale = s.opened()
    s.commits(s.buyer(), sale, "100")
    sale = distributed(sale)

    with pytest.raises(errors.NotReady):
        cancel.propose(sale_id=sale.pk, told="Sorry.", actor=staff(DRAFTS), reason="too late")


def test_a_switch_stops_commitments_and_payments(sale):
    from exchange.audit.switches import throw_switch

    who = s.buyer()
    s.commits(who, sale, "60")
    with transaction.atomic():
        throw_switch(name="sales:commit", close=True, actor=factories.SYSTEM, reason="a test")
        throw_switch(name="sales:pay", close=True, actor=factories.SYSTEM, reason="a test")

    with pytest.raises(commit.switches.SwitchedOff):
        s.commits(who, sale, "70")
    sale = distributed(sale)

    assert (sale.state, sale.stuck_because != "") == ("allocated", True)
    assert factories.held(who, "USDT") == D(60)
