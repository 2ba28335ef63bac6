"""Airdrops: a list that is exact, reviewed, approved as it stands by a second person, and paid."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.core import mail as django_mail
from django.utils import timezone

from compliance.monitoring.models import Alert
from exchange.accounts import restrictions
from exchange.audit import proposals
from exchange.core import clock, outbox
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from exchange.core.money import plain
from launchpad.rewards import approve, persons, recipients
from launchpad.rewards.errors import BadRecipients
from launchpad.rewards.models import RecipientFile, RecipientLine, Reward, RewardCheck
from tests import factories
from tests.factories.accounts import staff
from tests.factories.launchpad import NOON, moved, taken
from tests.launchpad.rewards.conftest import (
    APPROVER,
    MANAGER,
    approver,
    campaign,
    manager,
    person,
    same_browser,
)
from tests.launchpad.rewards.test_budgets import pay_all

pytestmark = pytest.mark.django_db


def holder(bmx: str, name: str = "", **more):
    who = person(name, **more)
    moved(who, bmx, at=NOON - timedelta(days=9))
    return who


def amounts(file: RecipientFile) -> dict[int, D]:
    return dict(file.lines.filter(excluded="").values_list("customer_id", "amount"))


def excluded(file: RecipientFile) -> dict[int, str]:
    return dict(file.lines.exclude(excluded="").values_list("customer_id", "excluded"))


def airdrop(**terms):
    words = {"rule": "pro_rata", "total": "100", "snapshot_id": taken().pk, **terms}
    return campaign("airdrop", budget="100", **words)


def approved(file: RecipientFile):
    proposal = approve.propose(file_id=file.pk, actor=manager(), reason="reviewed")
    return proposals.approve(proposal_id=proposal.pk, actor=approver())


def test_power_divides_the_total_to_the_last_unit_and_the_remainder_stays():
    one, two, three = holder("1"), holder("1"), holder("1")

    file = recipients.from_snapshot(campaign_id=airdrop().pk, actor=manager())

    each = D("33.33333333")
    assert amounts(file) == {one.pk: each, two.pk: each, three.pk: each}
    assert file.total == D("99.99999999")
    text = "\n".join(f"{who.pk}:33.33333333" for who in (one, two, three))
    assert file.digest == hashlib.sha256(text.encode()).hexdigest()


def test_a_fixed_amount_a_head_is_one_for_a_person_and_who_is_left_out_is_told_why():
    born = date(1990, 5, 17)
    rich = holder("100", "Anna Olsen", born=born)
    second = holder("50", "Anna Olsen", born=born)
    poor = holder("0.5")
    clerk = holder("100")
    clerk.user.is_staff = True
    clerk.user.save()
    barred = holder("100")
    restrictions.restrict(customer_id=barred.pk, kind="trading", actor=factories.SYSTEM, reason="x")
    nobody = factories.customer()
    moved(nobody, "100", at=NOON - timedelta(days=9))
    persons.find_all()
    made = airdrop(rule="per_head", each="3", least="1")

    file = recipients.from_snapshot(campaign_id=made.pk, actor=manager())

    assert amounts(file) == {rich.pk: D(3)}
    assert excluded(file) == {
        second.pk: "same_person",
        poor.pk: "too_little",
        clerk.pk: "staff",
        barred.pk: "restricted",
        nobody.pk: "unverified",
    }
    assert (file.recipients, file.excluded, file.total) == (1, 5, D(3))


def test_a_second_person_approves_exactly_this_digest_and_then_it_is_paid():
    one, other = holder("3"), holder("1")
    made = airdrop()
    file = recipients.from_snapshot(campaign_id=made.pk, actor=manager())
    both = staff(MANAGER, APPROVER)
    proposal = approve.propose(file_id=file.pk, actor=both, reason="reviewed")
    with pytest.raises(proposals.OwnProposal):
        proposals.approve(proposal_id=proposal.pk, actor=both)
    with pytest.raises(PermissionRefused):
        proposals.approve(proposal_id=proposal.pk, actor=manager())
    assert not Reward.objects.exists()

    done = proposals.approve(proposal_id=proposal.pk, actor=approver())
    pay_all()

    assert done.state == "executed", done.outcome
    assert factories.available(one, "USDT") == D(75)
    assert factories.available(other, "USDT") == D(25)
    made.refresh_from_db()
    assert made.committed == D(100)
    with pytest.raises(Conflict):
        recipients.from_snapshot(campaign_id=made.pk, actor=manager())


def test_lines_that_changed_after_the_review_pay_nobody():
    one, _other = holder("3"), holder("1")
    made = airdrop()
    file = recipients.from_snapshot(campaign_id=made.pk, actor=manager())
    proposal = approve.propose(file_id=file.pk, actor=manager(), reason="reviewed")
    RecipientLine.objects.filter(file=file, customer_id=one.pk).update(amount=D("75.00000001"))

    done = proposals.approve(proposal_id=proposal.pk, actor=approver())

    assert done.state == "failed"
    assert "reviewed" in done.outcome
    assert not Reward.objects.exists()


def test_a_new_list_replaces_the_one_before_and_the_old_one_can_not_be_approved():
    holder("1")
    made = airdrop()
    first = recipients.from_snapshot(campaign_id=made.pk, actor=manager())
    proposal = approve.propose(file_id=first.pk, actor=manager(), reason="reviewed")

    recipients.from_snapshot(campaign_id=made.pk, actor=manager())

    assert proposals.approve(proposal_id=proposal.pk, actor=approver()).state == "failed"
    assert not Reward.objects.exists()


def test_who_came_into_question_since_is_held_and_nobody_is_told():
    named, suspected, other, fine = (holder("1") for _ in range(4))
    same_browser(suspected, other)
    persons.find_all()
    made = airdrop()
    file = recipients.from_snapshot(campaign_id=made.pk, actor=manager())
    now = timezone.now()
    alert = Alert.objects.create(
        subject=f"customer:{named.pk}", customer=named, scenario="wash_trading", title="x",
        origin="live", window_start=now, window_end=now, at=now, facts_known_at=now, severity=3,
        explanation="x", ring=[named.pk],
    )  # fmt: skip

    approved(file)
    pay_all()

    states = dict(Reward.objects.values_list("customer_id", "state"))
    assert states == {
        named.pk: "held", suspected.pk: "held", other.pk: "held", fine.pk: "paid",
    }  # fmt: skip
    reasons = RewardCheck.objects.get(reward__customer=named).reasons
    assert [(r["code"], r["with"]) for r in reasons] == [("alert", [alert.pk])]


def test_whoever_is_paid_is_written_to_and_whoever_waits_is_not():
    suspected, other, fine = (holder("1") for _ in range(3))
    same_browser(suspected, other)
    persons.find_all()
    made = airdrop()
    approved(recipients.from_snapshot(campaign_id=made.pk, actor=manager()))
    pay_all()

    while outbox.deliver():
        pass

    told = [(each.to, each.subject) for each in django_mail.outbox if made.title in each.subject]
    amount = plain(factories.available(fine, "USDT"))
    assert told == [([fine.user.email], f"You got {amount} USDT: {made.title}")]


# Uploads ----------------------------------------------------------------------------------------


def uploaded(made, text: str) -> RecipientFile:
    return recipients.from_upload(campaign_id=made.pk, content=text.encode(), actor=manager())


def test_an_upload_names_customers_by_number_or_address():
    one, other = person(), person()
    made = campaign("airdrop", rule="upload")

    file = uploaded(made, f"customer,amount\n{one.pk},1.5\n{other.user.email.upper()}, 2\n\n")

    assert amounts(file) == {one.pk: D("1.5"), other.pk: D(2)}
    assert file.total == D("3.5")


def test_every_bad_line_is_named_and_nothing_has_changed():
    who = person()
    made = campaign("airdrop", rule="upload")
    text = f"{who.pk},1\n{who.pk},2\n999999999,1\n{who.pk}\n{who.pk},-1\nnobody@example.com,1e3\n"

    with pytest.raises(BadRecipients) as bad:
        uploaded(made, text)

    assert [line.split(":")[0] for line in bad.value.limit] == [
        "line 2", "line 3", "line 4", "line 5", "line 6",
    ]  # fmt: skip
    assert RecipientFile.objects.count() == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"x" * 2_000_001, b"customer,amount\n"],
    ids=["empty", "no text", "too large", "headings only"],
)
def test_what_is_no_list_is_refused(content):
    made = campaign("airdrop", rule="upload")

    with pytest.raises(Invalid):
        recipients.from_upload(campaign_id=made.pk, content=content, actor=manager())


def test_a_list_of_more_than_the_budget_is_refused_and_takes_the_permission():
    who = person()
    made = campaign("airdrop", rule="upload", budget="100")

    with pytest.raises(Invalid, match="more than"):
        uploaded(made, f"{who.pk},100.00000001")
    with pytest.raises(PermissionRefused):
        recipients.from_upload(campaign_id=made.pk, content=b"1,1", actor=staff())
    assert RecipientFile.objects.count() == 0


def test_the_preview_is_bounded_and_shows_both_ends():
    people = [person() for _ in range(25)]
    made = campaign("airdrop", rule="upload", budget="1000")
    file = uploaded(made, "\n".join(f"{who.pk},{n + 1}" for n, who in enumerate(people)))

    seen = recipients.preview(file)

    assert [line.amount for line in seen.top] == [D(25 - n) for n in range(10)]
    assert [line.amount for line in seen.bottom] == [D(1 + n) for n in range(10)]
    assert seen.excluded == []
    assert clock.now() >= file.made_at


@pytest.mark.parametrize(
    "content", [b"1,5\x00\n", b'"' + b"x" * 140_000 + b'",5\n', b"\xff\xfe1,5\n"]
)
def test_what_is_no_table_is_refused_and_nothing_has_changed(content):
    made = airdrop(rule="upload", total="0")

    with pytest.raises(Invalid) as refused:
        recipients.from_upload(campaign_id=made.pk, content=content, actor=manager())

    assert refused.value.field == "file"
    assert not RecipientFile.objects.exists()
