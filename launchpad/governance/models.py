"""Proposals, votes, delegations and what was counted.

A proposal's words and rules are fixed when it is published; from then on only its state moves. What
was counted is written once.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from exchange.accounts.models import Customer
from exchange.audit.models import Proposal
from exchange.core.money import AmountField, UnitsField
from launchpad.governance.states import (
    Excluded,
    HiddenCode,
    Kind,
    Method,
    Outcome,
    ReviewCode,
    Role,
    State,
    Tally,
)
from launchpad.programmes.models import Payout
from launchpad.snapshots.models import Snapshot

__all__ = [  # what the index passes on
    "CountedVote",
    "Delegate",
    "Delegation",
    "GrantPart",
    "ProposalComment",
    "Vote",
    "VoteExclusion",
    "VoteOption",
    "VoteProposal",
]


class VoteProposal(models.Model):
    """Something that BMX holders decide."""

    kind = models.CharField(max_length=10, choices=Kind.choices)
    method = models.CharField(max_length=10, choices=Method.choices, default=Method.SINGLE)
    tally = models.CharField(max_length=8, choices=Tally.choices, default=Tally.HIDDEN)
    title = models.CharField(max_length=120)
    text = models.TextField(max_length=10_000)
    subject = models.CharField(max_length=60, blank=True)  # "listing:7": what a room above decides
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    # A customer who proposed it, or nobody; `proposed_by` names whoever did.
    proposer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_by = models.CharField(max_length=254)
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)

    # Hundredths of a percent: of all power that may vote, and of what voted for or against.
    quorum_bps = models.PositiveIntegerField()
    threshold_bps = models.PositiveIntegerField()

    # What a passed change of a parameter sets (parameters.py).
    parameter = models.CharField(max_length=60, blank=True)
    parameter_target = models.CharField(max_length=60, blank=True)
    parameter_value = models.CharField(max_length=60, blank=True)

    # What a passed grant may pay at most, in BMX, and what its parts came to so far (grants.py).
    grant_amount = AmountField(null=True)
    granted = AmountField(default=0)

    reviewed_by = models.CharField(max_length=254, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    review_code = models.CharField(max_length=10, choices=ReviewCode.choices, blank=True)
    review_note = models.CharField(max_length=1000, blank=True)

    published_at = models.DateTimeField(null=True)
    snapshot_at = models.DateTimeField(null=True)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    snapshot = models.ForeignKey(
        Snapshot, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_because = models.CharField(max_length=500, blank=True)  # everybody reads it

    # Known when it opens. Units of the snapshot's asset.
    opened_at = models.DateTimeField(null=True)
    eligible_units = UnitsField(null=True)
    eligible_voters = models.PositiveIntegerField(null=True)

    # The count: how far it got, by customer, and what it came to.
    counted_to = models.BigIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    winner = models.CharField(max_length=20, blank=True)
    result = models.JSONField(null=True)  # verify_vote.Result, numbers as text
    file_header = models.TextField(blank=True)  # the file's first line
    root = models.CharField(max_length=64, blank=True)  # of the file's Merkle tree

    # A passed change of a parameter, taken over by a person (carry.py).
    carried = models.ForeignKey(
        Proposal, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    executed_at = models.DateTimeField(null=True)
    executed_by = models.CharField(max_length=254, blank=True)
    execution_note = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = "proposal to vote on"
        verbose_name_plural = "proposals to vote on"
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(
                    snapshot__isnull=False,
                    published_at__lt=F("snapshot_at"),
                    snapshot_at__lt=F("opens_at"),
                    opens_at__lt=F("closes_at"),
                ),
                name="vote_moments_in_order",
            ),
            models.CheckConstraint(
                condition=Q(quorum_bps__lte=10_000, threshold_bps__lte=10_000),
                name="vote_shares_make_sense",
            ),
            models.CheckConstraint(
                condition=Q(granted=0) | Q(granted__gt=0, granted__lte=F("grant_amount")),
                name="grant_not_exceeded",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["closed", "executed"])
                | Q(outcome__gt="", root__gt="", closed_at__isnull=False),
                name="closed_vote_has_a_result",
            ),
            models.UniqueConstraint(
                fields=["subject"],
                name="one_vote_a_subject",
                condition=~Q(subject="")
                & Q(state__in=["draft", "review", "published", "open", "counting"]),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "closes_at"], name="votes_by_state"),
            models.Index(fields=["proposer", "-id"], name="votes_by_proposer"),
        ]
        permissions = [
            ("open_voteproposal", "Can draft votes and open those that a room asks for"),
            ("review_voteproposal", "Can publish, return, decline and withdraw proposals"),
            (
                "carry_over_vote",
                "Can propose the change that a vote passed, and note what was done",
            ),
            ("approve_voted_change", "Can approve the change that a vote passed"),
        ]

    def __str__(self) -> str:
        return self.title


class VoteOption(models.Model):
    """One of the answers."""

    proposal = models.ForeignKey(VoteProposal, on_delete=models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    text = models.CharField(max_length=1000, blank=True)
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.FOR)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "key"], name="one_option_a_key"),
        ]

    def __str__(self) -> str:
        return self.title


class Vote(models.Model):
    """What an account answered; its newest answer counts. The salt is the voter's receipt."""

    proposal = models.ForeignKey(
        VoteProposal, on_delete=models.PROTECT, related_name="votes", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    choices = models.JSONField()  # keys of options; in the voter's order when they rank
    salt = models.CharField(max_length=32)
    serial = models.PositiveIntegerField(default=1)  # how often they answered
    cast_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "customer"], name="one_vote_an_account")
        ]

    def __str__(self) -> str:
        return f"vote {self.pk}"


class GrantPart(models.Model):
    """A part of a passed grant that two people let be paid. Written once."""

    proposal = models.ForeignKey(VoteProposal, on_delete=models.PROTECT, related_name="parts")
    number = models.PositiveSmallIntegerField()
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    amount = AmountField()
    payout = models.OneToOneField(Payout, on_delete=models.PROTECT, related_name="+")
    asked_by = models.CharField(max_length=254)
    approved_by = models.CharField(max_length=254)
    at = models.DateTimeField()
    note = models.CharField(max_length=500)  # everybody reads it

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "number"], name="grant_parts_in_order"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="grant_part_is_something"),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of vote {self.proposal_id}"


class VoteExclusion(models.Model):
    """An account whose power does not count in one vote, and by which rule."""

    proposal = models.ForeignKey(
        VoteProposal, on_delete=models.PROTECT, related_name="exclusions", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=10, choices=Excluded.choices)
    at = models.DateTimeField()  # the moment by which the rule was read: snapshot or close
    units = UnitsField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "customer"], name="one_exclusion_an_account"
            )
        ]

    def __str__(self) -> str:
        return f"exclusion {self.pk}"


class CountedVote(models.Model):
    """A line of the published file. Written once.

    Somebody who delegated has a line with their delegate's answer and `via`, the delegate's voter.
    """

    proposal = models.ForeignKey(
        VoteProposal, on_delete=models.PROTECT, related_name="counted", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    voter = models.CharField(max_length=64)  # SHA-256 of salt, proposal and account number
    salt = models.CharField(max_length=32)
    units = UnitsField()
    choices = models.JSONField()
    via = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "customer"], name="counted_once"),
            models.UniqueConstraint(fields=["proposal", "voter"], name="one_line_a_voter"),
        ]

    def __str__(self) -> str:
        return f"line {self.pk}"


class Delegate(models.Model):
    """Somebody who offers to vote for others, under a name that everybody sees."""

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=30, unique=True)
    statement = models.CharField(max_length=1000)
    accepts = models.BooleanField(default=True)
    since = models.DateTimeField()

    class Meta:
        permissions = [("hide_delegate", "Can stop a delegate from being offered")]

    def __str__(self) -> str:
        return self.name


class Delegation(models.Model):
    """From when until when an account's power goes to a delegate who votes."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="delegations")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], name="one_delegation_an_account", condition=Q(until=None)
            ),
        ]
        indexes = [models.Index(fields=["customer", "-since"], name="delegations_by_customer")]

    def __str__(self) -> str:
        return f"delegation {self.pk}"


class ProposalComment(models.Model):
    """What somebody says about a proposal; answers hang below the comment they answer."""

    proposal = models.ForeignKey(
        VoteProposal, on_delete=models.PROTECT, related_name="comments", db_index=False
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="answers"
    )
    # Nobody for what the exchange itself says.
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=60)
    text = models.CharField(max_length=2000)
    at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True)
    hidden_by = models.CharField(max_length=254, blank=True)
    hidden_code = models.CharField(max_length=10, choices=HiddenCode.choices, blank=True)
    hidden_note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["proposal", "id"], name="comments_by_proposal"),
            models.Index(fields=["customer", "-at"], name="comments_by_customer"),
        ]
        permissions = [("moderate_comment", "Can hide comments on proposals and answer them")]

    def __str__(self) -> str:
        return f"comment {self.pk}"
