"""Hot, warm and cold wallets, what cosigners are asked for, and what looks wrong."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from exchange.assets.models import Asset, AssetNetwork, Network
from exchange.core.money import UnitsField
from wallets.addresses.models import KeySet
from wallets.sending.models import ChainTransaction

WHOLE = 10_000  # shares are in basis points: 10,000 is everything


class WalletPolicy(models.Model):
    """How an asset's coins are spread over hot and cold, and when its outflow is suspicious.

    The row without an asset holds for every asset that has none of its own. Shares are basis
    points of what we hold of the asset on one network.
    """

    asset = models.OneToOneField(Asset, null=True, on_delete=models.PROTECT, related_name="+")
    cold_minimum_bp = models.PositiveIntegerField(
        default=9_000, validators=[MaxValueValidator(WHOLE)]
    )
    hot_target_bp = models.PositiveIntegerField(default=500, validators=[MaxValueValidator(WHOLE)])
    # Above it hot pays cold by itself; below it a payment from cold is drafted for people to sign.
    hot_high_bp = models.PositiveIntegerField(default=1_000, validators=[MaxValueValidator(WHOLE)])
    hot_low_bp = models.PositiveIntegerField(default=100, validators=[MaxValueValidator(WHOLE)])
    # Ten minutes' outflow of one wallet: so many deviations above its own median *and* this share
    # of the wallet stop withdrawals of the asset; the second share does whatever history says.
    outflow_deviations = models.PositiveIntegerField(default=6)
    outflow_share_bp = models.PositiveIntegerField(
        default=1_000, validators=[MaxValueValidator(WHOLE)]
    )
    outflow_alone_bp = models.PositiveIntegerField(
        default=5_000, validators=[MaxValueValidator(WHOLE)]
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset"],
                nulls_distinct=False,
                name="one_wallet_policy_an_asset",
            ),
            models.CheckConstraint(
                condition=Q(hot_low_bp__lte=models.F("hot_target_bp"))
                & Q(hot_target_bp__lte=models.F("hot_high_bp"))
                & Q(hot_high_bp__lte=WHOLE)
                & Q(cold_minimum_bp__lte=WHOLE),
                name="wallet_policy_in_order",
            ),
        ]
        verbose_name_plural = "wallet policies"

    def __str__(self) -> str:
        return f"policy of {self.asset}" if self.asset_id else "policy of every asset"


class ColdPayment(models.Model):
    """A payment out of cold storage: drafted by staff, signed by cosigners on their own machines.

    Bitcoin: `unsigned` is a PSBT and `digest` the transaction's id; its coins are set aside by
    `transaction`. Safe: `unsigned` is the EIP-712 content as JSON, `digest` its hash, `nonce` the
    Safe's own counter; `transaction` is the call that executes it, once there is one.
    """

    class State(models.TextChoices):
        DRAFTED = "drafted"  # what cosigners need to check it is still being gathered
        SIGNING = "signing"
        READY = "ready"  # enough cosigners have signed
        SENT = "sent"
        DONE = "done", "confirmed"
        CANCELLED = "cancelled"
        FAILED = "failed"

    key_set = models.ForeignKey(KeySet, on_delete=models.PROTECT, related_name="cold_payments")
    asset_network = models.ForeignKey(AssetNetwork, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=128)
    units = UnitsField()
    # Whose address it is, when it is one of ours: the wallet's name. Empty: somebody else's.
    whose = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=500)
    drafted_by = models.CharField(max_length=254)
    drafter_id = models.BigIntegerField(null=True)
    # For a payment to somebody else: the second person, who approved that it be drafted.
    approved_by = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFTED)
    unsigned = models.TextField(blank=True)
    digest = models.CharField(max_length=66, blank=True)
    nonce = models.BigIntegerField(null=True)
    fee_units = UnitsField(default=0)
    threshold = models.PositiveSmallIntegerField()
    # Who may sign: fingerprints of master keys (Bitcoin) or the Safe's owners.
    cosigners = models.JSONField(default=list)
    transaction = models.OneToOneField(
        ChainTransaction, null=True, on_delete=models.PROTECT, related_name="cold_payment"
    )
    txid = models.CharField(max_length=66, blank=True)
    height = models.BigIntegerField(null=True)  # the block that a Safe's payment was executed in
    last_error = models.CharField(max_length=500, blank=True)
    drafted_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key_set", "nonce"],
                condition=Q(nonce__isnull=False) & ~Q(state__in=["cancelled", "failed"]),
                name="one_cold_payment_a_nonce",
            )
        ]
        indexes = [
            models.Index(
                fields=["key_set", "id"],
                name="cold_payments_open",
                condition=Q(state__in=["drafted", "signing", "ready", "sent"]),
            )
        ]
        permissions = [
            ("draft_cold_payment", "Can draft and cancel payments out of cold storage"),
            ("approve_cold_payment", "Can approve a payment out of cold storage to strangers"),
            ("upload_cold_signature", "Can hand in what cosigners signed"),
            ("send_cold_payment", "Can send what enough cosigners have signed"),
        ]

    def __str__(self) -> str:
        return f"cold payment {self.pk}"


class ColdSignature(models.Model):
    """One cosigner's signature over a cold payment, verified when it came in."""

    payment = models.ForeignKey(ColdPayment, on_delete=models.PROTECT, related_name="signatures")
    # The fingerprint of the cosigner's master key (Bitcoin), or the owner's address (Safe).
    cosigner = models.CharField(max_length=42)
    # Bitcoin: [[public key, signature], …] in the inputs' order, as JSON. Safe: 65 bytes as hex.
    signature = models.TextField()
    handed_in_by = models.CharField(max_length=254)
    handed_in_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "cosigner"], name="one_signature_a_cosigner")
        ]

    def __str__(self) -> str:
        return f"{self.cosigner} on {self.payment_id}"


class Outflow(models.Model):
    """What left one wallet for addresses that are not ours, in one block. Gone with a fork."""

    key_set = models.ForeignKey(KeySet, on_delete=models.PROTECT, related_name="+", db_index=False)
    asset_network = models.ForeignKey(
        AssetNetwork, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="+", db_index=False)
    height = models.BigIntegerField()
    at = models.DateTimeField()  # the block's own time
    units = UnitsField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "height", "key_set", "asset_network"],
                name="one_outflow_a_block",
            )
        ]
        indexes = [
            models.Index(fields=["key_set", "asset_network", "at"], name="outflow_of_a_wallet")
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.key_set_id} at {self.height}"


class CustodyAlarm(models.Model):
    """Something about our coins that must not be. Written by detectors, never changed by them.

    What was done about it at once stands here too: which switches were closed, and whether the
    signer was told to freeze. The incidents room takes it from here.
    """

    class Kind(models.TextChoices):
        FOREIGN_SPEND = "foreign_spend", "a spend that no transaction of ours explains"
        OUTFLOW = "outflow", "more leaves a wallet than ever before"
        DIFFERENCE = "difference", "the chain and the ledger do not agree"

    class Grade(models.TextChoices):
        WATCH = "watch"
        STOP = "stop"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    grade = models.CharField(max_length=6, choices=Grade.choices)
    # What makes it one alarm however often it is noticed ("foreign_spend:BTC:<txid>").
    reference = models.CharField(max_length=160, unique=True)
    network = models.ForeignKey(Network, null=True, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, null=True, on_delete=models.PROTECT, related_name="+")
    key_set = models.ForeignKey(KeySet, null=True, on_delete=models.PROTECT, related_name="+")
    says = models.CharField(max_length=500)
    facts = models.JSONField()
    switches = models.JSONField(default=list)
    raised_at = models.DateTimeField()
    freeze_signer = models.BooleanField(default=False)
    # When its switches were closed and the signer frozen; until then it is tried again.
    switched_at = models.DateTimeField(null=True)
    frozen_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=254, blank=True)
    finding = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-id"], name="alarms_open", condition=Q(closed_at__isnull=True)),
            models.Index(
                fields=["id"],
                name="alarms_to_act_on",
                condition=Q(switched_at__isnull=True)
                | Q(freeze_signer=True, frozen_at__isnull=True),
            ),
        ]
        permissions = [("close_custody_alarm", "Can close a custody alarm with a finding")]

    def __str__(self) -> str:
        return self.says


class Vault(models.Model):
    """An ERC-4626 vault that a hot wallet lends to. Its shares stand on the wallet's own address.

    `book` is what the ledger counts as being in it: what went in, less what came back, plus gains
    and less losses that were booked. It changes in the block that has a move. `gained` is what the
    shares were worth beyond it (or, negative, below it) at the last look.
    """

    key_set = models.ForeignKey(KeySet, on_delete=models.PROTECT, related_name="vaults")
    asset_network = models.ForeignKey(AssetNetwork, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=42)
    # What one person may move within 24 hours; more takes a second one.
    alone = UnitsField()
    book = UnitsField(default=0)
    moved = models.PositiveIntegerField(default=0)  # each may have cost one unit of rounding
    shares = UnitsField(default=0)
    gained = UnitsField(default=0)  # signed
    read_height = models.BigIntegerField(null=True)
    read_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    registered_by = models.CharField(max_length=254)
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key_set", "address"], name="one_vault_an_address")
        ]
        permissions = [("register_vault", "Can propose a DeFi vault, and approve one")]

    @property
    def worth(self) -> int:
        return self.book + self.gained

    def __str__(self) -> str:
        return f"vault {self.address}"


class VaultMove(models.Model):
    """One wish to put something into a vault or to fetch it back, until the chain has decided it.

    It takes several transactions (`step`), one after the other: `current` is the one under way,
    `carrier` the one that moves the coins. What the chain says of the carrier changes the books,
    whatever else happens; nothing else does.
    """

    class Kind(models.TextChoices):
        DEPOSIT = "deposit", "into the vault"
        WITHDRAW = "withdraw", "out of the vault"

    class State(models.TextChoices):
        ASKED = "asked", "waits for a second person"
        AGREED = "agreed", "to be sent"
        SENT = "sent", "on its way"
        MINED = "mined", "done"
        FAILED = "failed", "failed"
        DECLINED = "declined", "declined"

    class Step(models.TextChoices):
        NONE = "", "not begun"
        REVOKE = "revoke", "take the approval back"
        APPROVE = "approve", "approve the amount"
        CARRY = "carry", "move it"

    vault = models.ForeignKey(Vault, on_delete=models.PROTECT, related_name="moves")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    units = UnitsField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    step = models.CharField(max_length=7, choices=Step.choices, blank=True, default=Step.NONE)
    # What became of the step under way: "", "mined", "failed".
    ended = models.CharField(max_length=6, blank=True)
    steps = models.PositiveSmallIntegerField(default=0)
    current = models.ForeignKey(
        ChainTransaction, null=True, on_delete=models.PROTECT, related_name="+"
    )
    carrier = models.OneToOneField(
        ChainTransaction, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reference = models.CharField(max_length=80, unique=True)  # its idempotency key
    reason = models.CharField(max_length=500)
    asked_by = models.CharField(max_length=254)
    asked_by_id = models.BigIntegerField(null=True)  # none: one of our own processes
    asked_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=254, blank=True)
    agreed_at = models.DateTimeField(null=True)
    txid = models.CharField(max_length=66, blank=True)
    height = models.BigIntegerField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0), name="vault_moves_move_something"),
        ]
        indexes = [
            models.Index(
                fields=["vault"],
                name="vault_moves_open",
                condition=Q(state__in=["asked", "agreed", "sent"]),
            )
        ]
        permissions = [
            ("move_vault", "Can ask for a move into or out of a vault"),
            ("agree_vaultmove", "Can agree to a move of a vault that a colleague asked for"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class ChainComparison(models.Model):
    """What one comparison of the chains with the ledger found, asset by asset.

    `rows` is a list of {"asset", "on_chain", "on_the_way_out", "not_credited", "not_booked",
    "awaited", "ledger", "difference", "ok", "networks", …}; amounts as text in the asset.
    """

    at = models.DateTimeField()
    ok = models.BooleanField()
    rows = models.JSONField()
    took_ms = models.PositiveIntegerField()

    class Meta:
        permissions = [("book_surplus", "Can book what the chain has more as the house's own")]

    def __str__(self) -> str:
        return f"comparison {self.pk}: {'agrees' if self.ok else 'does not agree'}"
