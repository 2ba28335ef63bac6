"""Customers' withdrawals, what each gate said of them, and who decided."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from exchange.accounts.models import Customer, User
from exchange.assets.models import Asset, AssetNetwork
from exchange.core.money import AmountField
from wallets.sending.models import ChainTransaction
from wallets.withdrawals.states import COUNTED, HOLDING, State


class Withdrawal(models.Model):
    """A customer's wish to have `amount` arrive somewhere; they pay `fee` on top of it.

    Over a chain it has `asset_network` and `address`; to another customer, `recipient`. In both
    cases amount and fee are set aside in `account_id` until it is settled or given up.
    """

    class Via(models.TextChoices):
        PAGE = "page", "the page"
        API = "api", "the API"

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="withdrawals")
    # The main account behind it: whose limits, risks and address book count.
    owner_id = models.BigIntegerField()
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    asset_network = models.ForeignKey(
        AssetNetwork, null=True, on_delete=models.PROTECT, related_name="+"
    )
    address = models.CharField(max_length=128, blank=True)
    key = models.CharField(max_length=128, blank=True)  # the address as it is compared
    memo = models.CharField(max_length=64, blank=True)
    recipient = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="transfers_received"
    )
    account_id = models.BigIntegerField()  # the ledger account that pays
    amount = AmountField()
    fee = AmountField()
    value_usdt = AmountField(null=True)  # when it was asked for; None: nobody knew
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    via = models.CharField(max_length=4, choices=Via.choices)
    api_key_id = models.BigIntegerField(null=True)
    device_id = models.BigIntegerField(null=True)
    ip = models.GenericIPAddressField(null=True)
    # The customer's own key for this request, and what came with it: twice is once.
    request_no = models.CharField(max_length=64)
    input_hash = models.CharField(max_length=64)
    approvals_needed = models.PositiveSmallIntegerField(default=0)
    gates_round = models.PositiveSmallIntegerField(default=0)
    recheck_at = models.DateTimeField(null=True)  # a hold that ends by itself
    customer_message = models.CharField(max_length=300, blank=True)
    stuck = models.CharField(max_length=300, blank=True)  # for staff: what it waits for
    transaction = models.ForeignKey(
        ChainTransaction, null=True, on_delete=models.PROTECT, related_name="+"
    )
    attempt = models.PositiveSmallIntegerField(default=0)  # transactions prepared for it
    times_settled = models.PositiveSmallIntegerField(default=0)  # a fork may undo one
    requested_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "request_no"], name="withdrawal_asked_once"
            ),
            models.CheckConstraint(
                condition=Q(asset_network__isnull=False) ^ Q(recipient__isnull=False),
                name="withdrawal_to_chain_or_customer",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(fee__gte=0), name="withdrawal_of_something"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="withdrawals_of_customer"),
            models.Index(
                fields=["owner_id", "requested_at"],
                name="withdrawals_counted",
                condition=Q(state__in=COUNTED),
            ),
            models.Index(
                fields=["state", "id"],
                name="withdrawals_open",
                condition=Q(state__in=HOLDING),
            ),
            models.Index(fields=["key", "id"], name="withdrawals_by_address"),
        ]
        permissions = [
            ("approve_withdrawal", "Can approve and refuse withdrawals that are being checked"),
            ("cancel_withdrawal", "Can cancel a customer's withdrawal before it is signed"),
        ]

    def __str__(self) -> str:
        return f"withdrawal {self.pk}"

    @property
    def total(self) -> object:
        return self.amount + self.fee


class GateOutcome(models.Model):
    """What one gate said of one withdrawal, and why. Staff read it; nobody changes it."""

    class Verdict(models.TextChoices):
        PASS = "pass", "passed"
        HOLD = "hold", "held"
        REFUSE = "refuse", "refused"

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="outcomes")
    round = models.PositiveSmallIntegerField()
    gate = models.CharField(max_length=30)
    verdict = models.CharField(max_length=6, choices=Verdict.choices)
    code = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["withdrawal", "round", "gate"], name="one_outcome_a_gate_and_round"
            )
        ]

    def __str__(self) -> str:
        return f"{self.gate}: {self.verdict}"


class Decision(models.Model):
    """A person who approved or refused a withdrawal that was held, with a fresh code."""

    class Kind(models.TextChoices):
        APPROVE = "approve", "approved"
        REFUSE = "refuse", "refused"

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="decisions")
    round = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["withdrawal", "round", "by"], name="one_decision_a_person_and_round"
            )
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.kind}"


class OperatorApproval(models.Model):
    """An operator's Ed25519 signature over what the signer says a transaction does.

    Made in the operator's own browser or beside the command; here it is only carried.
    """

    transaction = models.ForeignKey(
        ChainTransaction, on_delete=models.PROTECT, related_name="operator_approvals"
    )
    operator = models.CharField(max_length=60)
    signature = models.CharField(max_length=128)
    contents = models.TextField()  # what was signed, to the byte
    handed_in_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["transaction", "operator"], name="one_approval_an_operator"
            )
        ]

    def __str__(self) -> str:
        return f"{self.operator} for {self.transaction_id}"
